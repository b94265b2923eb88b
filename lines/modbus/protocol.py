"""What Modbus brings to the table of protocols: its checks and its adapter."""

from collections.abc import Mapping

from lines.modbus.adapter import ModbusAdapter
from lines.modbus.endpoint import parse_serial, parse_tcp
from lines.modbus.registers import check_address, parse_illegal
from lines.profile import ValueType

__all__ = ["ModbusAdapter", "check_access", "check_illegal", "check_point", "check_serial", "check_tcp"]


def check_point(address: str, value_type: ValueType, writable: bool) -> None:
    """The address of a point or command suits its type. Raises ``ValueError``."""
    check_address(address, value_type, writable=writable)


def check_illegal(span: str) -> None:
    """A span such as ``holding:40-49``. Raises ``ValueError``."""
    parse_illegal(span)


def check_tcp(address: str) -> None:
    """A device's address, ``host:port``. Raises ``ValueError``."""
    parse_tcp(address)


def check_serial(address: str) -> None:
    """A device's address, ``serial:///dev/ttyUSB0``. Raises ``ValueError``."""
    parse_serial(address)


def check_access(access: Mapping[str, str]) -> None:
    """Modbus knows no users. Raises ``ValueError`` for any entry."""
    if access:
        raise ValueError(f"Modbus knows no access entries, such as {sorted(access)[0]!r}")
