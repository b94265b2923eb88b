"""What the gateway's tests share: a profile, quick pauses, and a machine that tells of changes by itself."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from lines import (
    Adapter,
    Backoff,
    Command,
    Device,
    DeviceStatus,
    DeviceUnavailableError,
    Gateway,
    Point,
    Profile,
    Reading,
    Sample,
    Value,
    parse_profile,
)
from lines.modbus import ModbusAdapter

PROFILE = parse_profile("""
profile: test
protocol: modbus-tcp
poll: {fast: 0.02, slow: 0.05}
points:
  - {name: state, address: "holding:0", type: u16, poll: fast, map: {4: idle, 6: execute}}
  - {name: hopper_kg, address: "holding:1", type: u16, unit: kg, deadband: 5, low: 0, high: 8000}
commands:
  - {name: release, address: "holding:2", type: u16, verify: true, low: 1, high: 99}
  - {name: quiet, address: "holding:2", type: u16}
""")
QUICK = Backoff(first_seconds=0.02, max_seconds=0.1)
ALL = frozenset({"release", "quiet"})


def quick_adapter(device: Device) -> Adapter:
    """As the usual one, with short time-outs."""
    return ModbusAdapter(device, connect_seconds=0.5, read_seconds=0.3)


def gateway(devices: Sequence[Device], sink: Callable[[Sequence[Reading]], Any], **options: Any) -> Gateway:
    """A gateway that does not wait long for anything."""
    return Gateway(devices, sink, **({"backoff": QUICK, "open_device": quick_adapter} | options))


def served(address: str, name: str = "A", profile: Profile = PROFILE, commands: frozenset[str] = ALL) -> Device:
    """A device whose commands are switched on."""
    return Device(name, profile, address, commands=commands)


def ignore(_readings: Sequence[Reading]) -> None:
    """A sink that is not looked at."""


def run(action: Coroutine[Any, Any, None]) -> None:
    """Run a test's scenario."""
    asyncio.run(action)


class Statuses:
    """Collects what is told of devices."""

    def __init__(self) -> None:
        self.all: list[DeviceStatus] = []

    def __call__(self, status: DeviceStatus) -> None:
        self.all.append(status)

    def states(self, device: str) -> list[str]:
        """The states of a device, one after the other."""
        return [status.state.value for status in self.all if status.device == device]


class TellingMachine:
    """A machine of a protocol that tells of changes by itself, and the way to it."""

    def __init__(self) -> None:
        self.values: dict[str, Sample] = {}
        self.told: list[tuple[str, Sample]] = []
        self.is_there = True
        self.written: list[tuple[str, Value]] = []
        self.write_error: Exception | None = None
        self.requests = 0

    def tell(self, name: str, sample: Sample) -> None:
        """A change."""
        self.values[name] = sample
        self.told.append((name, sample))

    async def connect(self) -> None:
        if not self.is_there:
            raise DeviceUnavailableError("nobody there")

    async def read(self, points: Sequence[Point]) -> Mapping[str, Sample]:
        if not self.is_there:
            raise DeviceUnavailableError("gone")
        return {point.name: self.values.get(point.name, Sample(None, "not told yet")) for point in points}

    def heard(self) -> Sequence[tuple[str, Sample]]:
        told, self.told = self.told, []
        return told

    async def write(self, command: Command, value: Value) -> None:
        self.written.append((command.name, value))
        if self.write_error:
            raise self.write_error

    async def close(self) -> None:
        """Nothing is held."""
