"""From wall clock to the scheduling contract's minutes: epoch, due times and working windows."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mes.planning.situation import CalendarFacts

Window = tuple[int, int]


def midnight(moment: datetime, zone: ZoneInfo) -> datetime:
    """The midnight, in the factory's zone, at which the day of `moment` began."""
    return at_local(moment.astimezone(zone).date(), time(0), zone)


def at_local(day: date, clock_time: time, zone: ZoneInfo) -> datetime:
    """A day and a time of day in the factory's zone."""
    return datetime.combine(day, clock_time, tzinfo=zone)


def minutes_after(epoch: datetime, moment: datetime) -> int:
    """Whole minutes from `epoch` to `moment`, rounded down."""
    return int((moment.astimezone(UTC) - epoch.astimezone(UTC)).total_seconds() // 60)


def moment_of(epoch: datetime, minute: int) -> datetime:
    """The moment of a minute after `epoch`, in UTC."""
    return epoch.astimezone(UTC) + timedelta(minutes=minute)


def expand_windows(calendar: CalendarFacts, epoch: datetime, days: int, zone: ZoneInfo) -> tuple[Window, ...]:
    """The working windows of `days` days from the day of `epoch`, in minutes after it; windows that touch are one."""
    first = epoch.astimezone(zone).date()
    found: list[Window] = []
    for offset in range(days):
        day = first + timedelta(days=offset)
        if day in calendar.closed_days:
            continue
        for weekday, start, end in sorted(calendar.windows):
            if weekday == day.weekday():
                found.append((_minute(epoch, day, start, zone), _minute(epoch, day, end, zone)))
    return _joined([(max(0, start), end) for start, end in found if end > max(0, start)])


def _minute(epoch: datetime, day: date, minute_of_day: int, zone: ZoneInfo) -> int:
    days, rest = divmod(minute_of_day, 1440)
    moment = at_local(day + timedelta(days=days), time(rest // 60, rest % 60), zone)
    return minutes_after(epoch, moment)


def _joined(windows: list[Window]) -> tuple[Window, ...]:
    joined: list[Window] = []
    for start, end in sorted(windows):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def open_minutes(windows: tuple[Window, ...], start: int, end: int) -> int:
    """Minutes of `[start, end)` that lie in the windows."""
    return sum(max(0, min(end, close) - max(start, opens)) for opens, close in windows)
