"""Time as a thing that is handed in, so that a use case never asks the wall."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

FACTORY_ZONE = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Anything that tells the time, and the zone of the factory it hangs in."""

    zone: ZoneInfo

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def __init__(self, zone: ZoneInfo = FACTORY_ZONE) -> None:
        self.zone = zone

    def now(self) -> datetime:
        return datetime.now(UTC)


class SetClock:
    """A clock that stands where it was set; tests and the demo plant's past use it."""

    def __init__(self, at: datetime, zone: ZoneInfo = FACTORY_ZONE) -> None:
        self.at, self.zone = at, zone

    def now(self) -> datetime:
        return self.at

    def advance(self, **step: float) -> datetime:
        """Move on by a `timedelta(**step)` and return the new time."""
        self.at += timedelta(**step)
        return self.at
