"""What Sparkplug brings to the table of protocols: its checks and its adapter."""

from collections.abc import Mapping

from lines.mqtt.endpoint import check_topic, parse_access
from lines.profile import ValueType
from lines.sparkplug.adapter import HOST_ID, SparkplugAdapter
from lines.sparkplug.node import parse_target

__all__ = ["SparkplugAdapter", "check_access", "check_endpoint", "check_illegal", "check_point"]


def check_point(address: str, value_type: ValueType, writable: bool) -> None:
    """The address of a point or command, the name of a metric. Raises ``ValueError``."""
    if not address.strip():
        raise ValueError("the address is the name of a metric, such as Spreader/State")


def check_illegal(span: str) -> None:
    """Sparkplug asks for no addresses. Raises ``ValueError``."""
    raise ValueError(f"Sparkplug knows no illegal addresses, such as {span!r}")


def check_endpoint(address: str) -> None:
    """A device's address, ``mqtt://host:1883/GROUP/NODE/DEVICE``. Raises ``ValueError``."""
    parse_target(address)


def check_access(access: Mapping[str, str]) -> None:
    """As for MQTT, and ``host_id``. Raises ``ValueError``."""
    parse_access(access, (HOST_ID,))
    if HOST_ID in access:
        check_topic(access[HOST_ID])
