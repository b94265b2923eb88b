"""How early and how late a job can be at every station of a line, by its own work and the calendars alone.

With every overtime open, work never ends later from the same start, nor can a later start still end in time without
it; so these are the least and the greatest times of any plan.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass

from scheduling.calendars import OpenTime
from scheduling.problem import Line, Option, Station, Work


@dataclass(frozen=True)
class Span:
    """Bounds at one station: entry and start are at least `enter_from`, start and entry at most `start_to`, the
    departure lies in [leave_from, leave_to]."""

    enter_from: int
    start_to: int
    leave_from: int
    leave_to: int


def spans_of(
    line: Line, option: Option, open_times: Mapping[str, OpenTime], earliest: int, latest: int
) -> list[Span] | None:
    """The span of every station for a job that enters at `earliest` or later and is done by `latest`; None: never."""
    enter_from, leave_from = [], []
    moment = earliest
    for station, minutes in zip(line.stations, option.minutes, strict=True):
        enter_from.append(moment)
        moment = _first_end(station, minutes, open_times, moment)
        if moment > latest:
            return None
        leave_from.append(moment)
    start_to, leave_to = [], []
    moment = latest
    for station, minutes in zip(reversed(line.stations), reversed(option.minutes), strict=True):
        leave_to.append(moment)
        moment = _last_start(station, minutes, open_times, moment)
        start_to.append(moment)
    spans = [
        Span(*bounds) for bounds in zip(enter_from, reversed(start_to), leave_from, reversed(leave_to), strict=True)
    ]
    possible = all(span.enter_from <= span.start_to and span.leave_from <= span.leave_to for span in spans)
    return spans if possible else None


def _first_end(station: Station, minutes: int, open_times: Mapping[str, OpenTime], entered: int) -> int:
    if minutes == 0 or station.work is Work.UNATTENDED:
        return entered + minutes
    calendar = open_times[station.calendar or ""]
    if station.work is Work.UNSPLITTABLE:
        return calendar.unsplittable(entered, minutes)[1]
    return calendar.pausable(entered, minutes)[1]


def _last_start(station: Station, minutes: int, open_times: Mapping[str, OpenTime], left: int) -> int:
    """The last start from which the work ends by `left`; -1 where there is none."""
    if minutes == 0 or station.work is Work.UNATTENDED:
        return left - minutes
    calendar = open_times[station.calendar or ""]
    if station.work is Work.PAUSABLE:
        ordinal = calendar.open_before(left) - minutes
        return calendar.open_minute(ordinal) if ordinal >= 0 else -1
    for index in range(bisect_left(calendar.starts, left) - 1, -1, -1):
        start = min(left, calendar.ends[index]) - minutes
        if start >= calendar.starts[index]:
            return start
    return -1
