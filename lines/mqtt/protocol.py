"""What MQTT brings to the table of protocols: its checks and its adapter."""

from collections.abc import Mapping

from lines.mqtt.adapter import MqttAdapter
from lines.mqtt.endpoint import parse_access, parse_endpoint
from lines.mqtt.payload import parse_topic_address
from lines.profile import ValueType

__all__ = ["MqttAdapter", "check_access", "check_endpoint", "check_illegal", "check_point"]


def check_point(address: str, value_type: ValueType, writable: bool) -> None:
    """The address of a point or command, ``topic#/json/pointer``. Raises ``ValueError``."""
    parse_topic_address(address)


def check_illegal(span: str) -> None:
    """MQTT asks for nothing. Raises ``ValueError``."""
    raise ValueError(f"MQTT knows no illegal addresses, such as {span!r}")


def check_endpoint(address: str) -> None:
    """A device's address, ``mqtt://host:1883/topic/prefix``. Raises ``ValueError``."""
    parse_endpoint(address)


def check_access(access: Mapping[str, str]) -> None:
    """User, version and files of certificates. Raises ``ValueError``."""
    parse_access(access)
