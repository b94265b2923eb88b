"""Which time is looked at: a shift (a window of the line's calendars), a day or a week, and what of it is planned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from lines.losses import Window
from lines.losses.track import joined
from mes.planning.models import Line, Station, WorkCalendar
from mes.planning.situation import CalendarFacts
from mes.planning.working_time import at_local, expand_windows, moment_of

LOOK_BACK_DAYS = 15
"""Longer than any holiday after which people still ask for the last shift."""


@dataclass(frozen=True)
class Period:
    """A stretch of time; `end` is not part of it. `code` names it in an address: day, week, or 0730-1130."""

    code: str
    start: datetime
    end: datetime


def day_period(day: date, zone: ZoneInfo) -> Period:
    """A calendar day of the factory."""
    return Period("day", at_local(day, time(0), zone), at_local(day + timedelta(days=1), time(0), zone))


def week_period(day: date, zone: ZoneInfo) -> Period:
    """The week, from Monday, that holds a day."""
    monday = day - timedelta(days=day.weekday())
    return Period("week", at_local(monday, time(0), zone), at_local(monday + timedelta(days=7), time(0), zone))


def shift_periods(line: Line, day: date, zone: ZoneInfo) -> list[Period]:
    """The shifts of a day: every window of the calendars by which the line's people work."""
    whole = day_period(day, zone)
    found = {window for station in line.stations for window in _windows(station.calendar, whole, zone)}
    return [Period(f"{_clock(one.start, zone)}-{_clock(one.end, zone)}", one.start, one.end) for one in joined(found)]


def last_working_day(line: Line, before: datetime, zone: ZoneInfo) -> Period | None:
    """The latest day on which people began to work at a line before a moment, from its first to its last shift."""
    for days in range(LOOK_BACK_DAYS):
        shifts = shift_periods(line, before.astimezone(zone).date() - timedelta(days=days), zone)
        if shifts and shifts[0].start < before:
            return Period("worked", shifts[0].start, shifts[-1].end)
    return None


def planned_windows(station: Station, period: Period, until: datetime, zone: ZoneInfo) -> list[Window]:
    """The planned time of a station in a period, up to `until`; all of it where it has no calendar (unattended)."""
    end = min(period.end, until)
    found = _windows(station.calendar, period, zone) if station.calendar else [Window(period.start, period.end)]
    cut = [Window(max(one.start, period.start), min(one.end, end)) for one in found]
    return [one for one in cut if one.end > one.start]


def _windows(calendar: WorkCalendar | None, period: Period, zone: ZoneInfo) -> list[Window]:
    if calendar is None:
        return []
    facts = CalendarFacts(
        code=calendar.code,
        windows=tuple((int(day), int(start), int(end)) for day, start, end in calendar.windows),
        closed_days=frozenset(date.fromisoformat(day) for day in calendar.closed_days),
    )
    epoch = at_local((period.start - timedelta(days=1)).astimezone(zone).date(), time(0), zone)
    days = (period.end - epoch).days + 2
    minutes = expand_windows(facts, epoch, days, zone)
    found = [Window(moment_of(epoch, start), moment_of(epoch, end)) for start, end in minutes]
    return [one for one in found if one.end > period.start and one.start < period.end]


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%H%M")
