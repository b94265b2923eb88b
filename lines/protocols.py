"""Which protocols there are, and what each brings: checks of its addresses and an adapter.

To add one: write its adapter in a folder of its own and add its row to ``PROTOCOLS``. A protocol's module is loaded
when the first profile names it: OPC UA alone costs a process half a second.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from lines.adapter import Adapter
from lines.device import Device
from lines.profile import ValueType


class ProtocolNotSupportedError(ValueError):
    """A protocol that a profile names, but for which there is no adapter."""


@dataclass(frozen=True, slots=True)
class ProtocolSupport:
    """What a protocol brings. Each check raises ``ValueError`` that says what is wrong.

    ``check_address(address, type, writable)`` of a point or command; ``check_illegal`` of a span that no request may
    touch; ``check_endpoint`` of a device's address; ``check_access`` of its access entries; ``open`` makes an
    unconnected adapter.
    """

    check_address: Callable[[str, ValueType, bool], None]
    check_illegal: Callable[[str], None]
    check_endpoint: Callable[[str], None]
    check_access: Callable[[Mapping[str, str]], None]
    open: Callable[[Device], Adapter]


def _modbus(*, is_serial: bool) -> ProtocolSupport:
    from lines.modbus import protocol as modbus

    check_endpoint = modbus.check_serial if is_serial else modbus.check_tcp
    checks = (modbus.check_point, modbus.check_illegal, check_endpoint, modbus.check_access)
    return ProtocolSupport(*checks, modbus.ModbusAdapter)


def _opcua() -> ProtocolSupport:
    from lines.opcua import protocol as opcua

    checks = (opcua.check_point, opcua.check_illegal, opcua.check_endpoint, opcua.check_access)
    return ProtocolSupport(*checks, opcua.OpcUaAdapter)


def _mqtt() -> ProtocolSupport:
    from lines.mqtt import protocol as mqtt

    checks = (mqtt.check_point, mqtt.check_illegal, mqtt.check_endpoint, mqtt.check_access)
    return ProtocolSupport(*checks, mqtt.MqttAdapter)


def _sparkplug() -> ProtocolSupport:
    from lines.sparkplug import protocol as sparkplug

    checks = (sparkplug.check_point, sparkplug.check_illegal, sparkplug.check_endpoint, sparkplug.check_access)
    return ProtocolSupport(*checks, sparkplug.SparkplugAdapter)


PROTOCOLS: Mapping[str, Callable[[], ProtocolSupport]] = {
    "modbus-tcp": partial(_modbus, is_serial=False),
    "modbus-rtu": partial(_modbus, is_serial=True),
    "opcua": _opcua,
    "mqtt": _mqtt,
    "sparkplug": _sparkplug,
}


def protocol_support(protocol: str) -> ProtocolSupport:
    """What the protocol brings. Raises :class:`ProtocolNotSupportedError`."""
    if protocol not in PROTOCOLS:
        raise ProtocolNotSupportedError(f"protocol {protocol!r} is unknown (known: {', '.join(PROTOCOLS)})")
    return PROTOCOLS[protocol]()


def open_adapter(device: Device) -> Adapter:
    """An unconnected adapter for the device. Raises :class:`ProtocolNotSupportedError`, or ``ValueError``
    (address).
    """
    return protocol_support(device.profile.protocol).open(device)
