"""Times in events: milliseconds with exactly three digits, and the local offset."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache


class EventTimeError(ValueError):
    """A time that an event cannot carry: without a zone, or with an offset outside -13:59 … +14:00."""


def time_text(moment: datetime) -> str:
    """`2026-03-04T11:00:30.120+08:00`: milliseconds are cut, not rounded, so that a time never moves forward.

    Raises:
        EventTimeError: `moment` has no zone, or an offset that the standard does not know.
    """
    offset_text(moment)
    return moment.isoformat(timespec="milliseconds")


def offset_text(moment: datetime) -> str:
    """The local offset as `±hh:mm` (`eventTimeZoneOffset`).

    Raises:
        EventTimeError: as `time_text`.
    """
    offset = moment.utcoffset()
    if offset is None:
        raise EventTimeError(f"{moment} has no time zone")
    text = _text_of(offset)
    if text is None:
        raise EventTimeError(f"{moment}: an offset of {offset} is outside -13:59 … +14:00 in whole minutes")
    return text


@lru_cache(maxsize=256)
def _text_of(offset: timedelta) -> str | None:
    if not timedelta(hours=-14) < offset <= timedelta(hours=14) or offset.seconds % 60:
        return None
    minutes = int(offset.total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
