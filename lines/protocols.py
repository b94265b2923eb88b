"""Which protocols there are, and what each brings: a check of its addresses and an adapter.

To add one (OPC UA, MQTT): write its adapter beside :mod:`lines.modbus` and add its row to ``PROTOCOLS``.
"""

from collections.abc import Callable
from dataclasses import dataclass

from lines.adapter import Adapter
from lines.device import Device
from lines.modbus import ModbusAdapter
from lines.profile import ValueType
from lines.registers import check_address

KNOWN_PROTOCOLS = ("modbus-tcp", "modbus-rtu", "opcua", "mqtt", "sparkplug")


class ProtocolNotSupportedError(ValueError):
    """A protocol that a profile may name, but for which there is no adapter yet."""


@dataclass(frozen=True, slots=True)
class ProtocolSupport:
    """``check_address(address, type, writable)`` raises ``ValueError``; ``open`` makes an unconnected
    adapter.
    """

    check_address: Callable[[str, ValueType, bool], None]
    open: Callable[[Device], Adapter]


def _check_modbus(address: str, value_type: ValueType, writable: bool) -> None:
    check_address(address, value_type, writable=writable)


PROTOCOLS = {"modbus-tcp": ProtocolSupport(_check_modbus, ModbusAdapter)}


def protocol_support(protocol: str) -> ProtocolSupport:
    """What the protocol brings. Raises :class:`ProtocolNotSupportedError`."""
    support = PROTOCOLS.get(protocol)
    if support is None:
        known = "is not supported yet" if protocol in KNOWN_PROTOCOLS else "is unknown"
        raise ProtocolNotSupportedError(f"protocol {protocol!r} {known} (supported: {', '.join(PROTOCOLS)})")
    return support


def open_adapter(device: Device) -> Adapter:
    """An unconnected adapter for the device. Raises :class:`ProtocolNotSupportedError`, or ``ValueError``
    (address).
    """
    return protocol_support(device.profile.protocol).open(device)
