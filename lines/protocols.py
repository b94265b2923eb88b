"""Which protocols there are, and what each brings: checks of its addresses and an adapter.

To add one: write its adapter in a folder of its own and add its row to ``PROTOCOLS``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lines.adapter import Adapter
from lines.device import Device
from lines.modbus import protocol as modbus
from lines.mqtt import protocol as mqtt
from lines.opcua import protocol as opcua
from lines.profile import ValueType
from lines.sparkplug import protocol as sparkplug

KNOWN_PROTOCOLS = ("modbus-tcp", "modbus-rtu", "opcua", "mqtt", "sparkplug")


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


PROTOCOLS = {
    "modbus-tcp": ProtocolSupport(
        modbus.check_point, modbus.check_illegal, modbus.check_tcp, modbus.check_access, modbus.ModbusAdapter
    ),
    "modbus-rtu": ProtocolSupport(
        modbus.check_point, modbus.check_illegal, modbus.check_serial, modbus.check_access, modbus.ModbusAdapter
    ),
    "opcua": ProtocolSupport(
        opcua.check_point, opcua.check_illegal, opcua.check_endpoint, opcua.check_access, opcua.OpcUaAdapter
    ),
    "mqtt": ProtocolSupport(
        mqtt.check_point, mqtt.check_illegal, mqtt.check_endpoint, mqtt.check_access, mqtt.MqttAdapter
    ),
    "sparkplug": ProtocolSupport(
        sparkplug.check_point,
        sparkplug.check_illegal,
        sparkplug.check_endpoint,
        sparkplug.check_access,
        sparkplug.SparkplugAdapter,
    ),
}


def protocol_support(protocol: str) -> ProtocolSupport:
    """What the protocol brings. Raises :class:`ProtocolNotSupportedError`."""
    support = PROTOCOLS.get(protocol)
    if support is None:
        raise ProtocolNotSupportedError(f"protocol {protocol!r} is unknown (known: {', '.join(PROTOCOLS)})")
    return support


def open_adapter(device: Device) -> Adapter:
    """An unconnected adapter for the device. Raises :class:`ProtocolNotSupportedError`, or ``ValueError``
    (address).
    """
    return protocol_support(device.profile.protocol).open(device)
