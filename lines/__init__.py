"""Machines of the production line: PackML states, device profiles, protocol adapters, the gateway and a
simulator.

The usual way::

    line = packaged_line("SL")
    with StoreWriter(Store("readings.sqlite")) as writer:
        async with Gateway(line.devices(), sink=writer.keep) as gateway:
            await gateway.command("SL/casting", "release", 17)
"""

from lines.adapter import (
    Adapter,
    CommandNotVerifiedError,
    CommandRefusedError,
    CommandUnknownError,
    DeviceError,
    DeviceUnavailableError,
    GarbageError,
    Sample,
)
from lines.device import Device, DeviceState, DeviceStatus, Quality, Reading
from lines.gateway import Backoff, Gateway, Sink, StatusSink
from lines.plant import Line, LineError, Machine, Reach, Station, load_line, packaged_line, packaged_lines, parse_line
from lines.profile import Alarm, Command, Kind, Order, Point, Poll, Profile, Role, Severity, Value, ValueType
from lines.profile_reading import (
    ProfileError,
    load_profile,
    packaged_profile,
    packaged_profiles,
    parse_profile,
)
from lines.protocols import ProtocolNotSupportedError, open_adapter
from lines.states import MachineState
from lines.store import Message, Store
from lines.store_writer import StoreWriter

__all__ = [
    "Adapter",
    "Alarm",
    "Backoff",
    "Command",
    "CommandNotVerifiedError",
    "CommandRefusedError",
    "CommandUnknownError",
    "Device",
    "DeviceError",
    "DeviceState",
    "DeviceStatus",
    "DeviceUnavailableError",
    "GarbageError",
    "Gateway",
    "Kind",
    "Line",
    "LineError",
    "Machine",
    "MachineState",
    "Message",
    "Order",
    "Point",
    "Poll",
    "Profile",
    "ProfileError",
    "ProtocolNotSupportedError",
    "Quality",
    "Reach",
    "Reading",
    "Role",
    "Sample",
    "Severity",
    "Sink",
    "Station",
    "StatusSink",
    "Store",
    "StoreWriter",
    "Value",
    "ValueType",
    "load_line",
    "load_profile",
    "open_adapter",
    "packaged_line",
    "packaged_lines",
    "packaged_profile",
    "packaged_profiles",
    "parse_line",
    "parse_profile",
]
