"""A device on the line, and what is read from it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from lines.profile import Profile, Value


class Quality(StrEnum):
    """How far a reading can be trusted.

    ``good``: read just now. ``stale``: the last good value, of a device that no longer answers. ``bad``: the
    device (or the profile) gave no usable value for this point.
    """

    GOOD = "good"
    STALE = "stale"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Device:
    """One machine: its name in the factory, its profile and where it is reached.

    ``address`` is ``host:port`` for Modbus TCP, ``unit`` the Modbus unit id.
    """

    name: str
    profile: Profile
    address: str
    unit: int = 1


@dataclass(frozen=True, slots=True)
class Reading:
    """One reported change of one point. ``time`` is aware, in UTC; ``error`` says why the quality is not
    good.
    """

    device: str
    point: str
    value: Value | None
    unit: str | None
    quality: Quality
    time: datetime
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The reading as a JSON-able mapping, time as ``2026-11-23T08:00:00.120Z``."""
        return {
            "device": self.device,
            "point": self.point,
            "value": self.value,
            "unit": self.unit,
            "quality": self.quality.value,
            "time": self.time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "error": self.error,
        }
