"""A device on the line, what is read from it, and how it is with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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

    ``address`` is in the protocol's notation (``host:port`` for Modbus TCP), ``unit`` the Modbus unit id. Only the
    ``commands`` named here may be written: none unless switched on. ``access`` holds what the protocol needs to be
    let in (user, files of secrets and certificates; never a secret itself). ``line`` and ``station`` say where it is.
    """

    name: str
    profile: Profile
    address: str
    unit: int = 1
    commands: frozenset[str] = frozenset()
    access: Mapping[str, str] = field(default_factory=dict)
    line: str = ""
    station: str = ""


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
            "time": iso_time(self.time),
            "error": self.error,
        }


class DeviceState(StrEnum):
    """How it is with the way to a device.

    ``quarantined``: it answers, but garbage; it is asked seldom, and none of its values is used until it is sane.
    """

    CONNECTING = "connecting"
    CONNECTED = "connected"
    FAILED = "failed"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """How it is with a device, and what it has cost so far. Times are aware, in UTC; counts are since the start.

    ``late_polls`` began more than half an interval after they were due. ``clock_offset_seconds`` is how far the
    device's own clock runs ahead of ours, where it tells the time.
    """

    device: str
    state: DeviceState
    since: datetime
    reason: str | None = None
    last_heard: datetime | None = None
    polls: int = 0
    late_polls: int = 0
    requests: int = 0
    failures: int = 0
    clock_offset_seconds: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The status as a JSON-able mapping."""
        return {
            "device": self.device,
            "state": self.state.value,
            "since": iso_time(self.since),
            "reason": self.reason,
            "last_heard": iso_time(self.last_heard) if self.last_heard else None,
            "polls": self.polls,
            "late_polls": self.late_polls,
            "requests": self.requests,
            "failures": self.failures,
            "clock_offset_seconds": self.clock_offset_seconds,
        }


def iso_time(time: datetime) -> str:
    """An aware time as ``2026-11-23T08:00:00.120Z``."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
