"""What OPC UA brings to the table of protocols: its checks and its adapter."""

from collections.abc import Mapping

from lines.opcua.access import parse_access
from lines.opcua.adapter import OpcUaAdapter
from lines.opcua.addresses import parse_endpoint, parse_node
from lines.profile import Kind, ValueType

__all__ = ["OpcUaAdapter", "check_access", "check_endpoint", "check_illegal", "check_point"]


def check_point(address: str, value_type: ValueType, _writable: bool) -> None:
    """A node id, and a type that is no part of a register. Raises ``ValueError``."""
    parse_node(address)
    if value_type.kind in {Kind.BIT, Kind.BCD16}:
        raise ValueError(f"{value_type} is a matter of registers: an OPC UA node has a value of its own")


def check_illegal(span: str) -> None:
    """OPC UA has no addresses that lie side by side. Raises ``ValueError``."""
    raise ValueError(f"{span!r}: an OPC UA node is asked only where a point names it, so that none is illegal")


def check_endpoint(address: str) -> None:
    """A device's address, ``opc.tcp://host:4840/path``. Raises ``ValueError``."""
    parse_endpoint(address)


def check_access(access: Mapping[str, str]) -> None:
    """The access entries. Raises ``ValueError``."""
    parse_access(access)
