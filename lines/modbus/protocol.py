"""What Modbus brings to the table of protocols: its checks and its adapter."""

from collections.abc import Mapping

from lines.modbus.adapter import ModbusAdapter, parse_host
from lines.modbus.registers import check_address, parse_illegal
from lines.profile import ValueType

__all__ = ["ModbusAdapter", "check_access", "check_endpoint", "check_illegal", "check_point"]


def check_point(address: str, value_type: ValueType, writable: bool) -> None:
    """The address of a point or command suits its type. Raises ``ValueError``."""
    check_address(address, value_type, writable=writable)


def check_illegal(span: str) -> None:
    """A span such as ``holding:40-49``. Raises ``ValueError``."""
    parse_illegal(span)


def check_endpoint(address: str) -> None:
    """A device's address, ``host:port``. Raises ``ValueError``."""
    parse_host(address)


def check_access(access: Mapping[str, str]) -> None:
    """Modbus knows no users. Raises ``ValueError`` for any entry."""
    if access:
        raise ValueError(f"Modbus knows no access entries, such as {sorted(access)[0]!r}")
