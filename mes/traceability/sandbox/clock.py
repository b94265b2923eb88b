"""The platform's clock, which can be told to go wrong."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class PlatformClock:
    """What the platform believes the time to be; `minutes_off` is how far it is ahead of the machine's clock."""

    def __init__(self) -> None:
        self.minutes_off = 0.0

    def seconds(self) -> float:
        """Unix time."""
        return time.time() + 60 * self.minutes_off

    def now(self) -> datetime:
        """The moment in UTC."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def text(self) -> str:
        """The moment in UTC with milliseconds."""
        return utc_text(self.now())


def utc_text(moment: datetime) -> str:
    """`moment` in UTC with milliseconds, in a form that sorts by time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
