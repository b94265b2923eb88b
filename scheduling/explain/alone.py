"""The earliest times of one job in an empty factory: no other job, all overtime, no changeovers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scheduling.calendars import NEVER, OpenTime
from scheduling.plan import Operation
from scheduling.problem import Job, Line, MaxWait, Option, Problem, Station, Work


def alone(
    problem: Problem, calendars: Mapping[str, OpenTime], job: Job, option: Option, waits: Sequence[MaxWait]
) -> tuple[Operation, ...] | None:
    """The operations of a job that has not begun, under these wait limits; None where it fits at no time.

    Where a wait comes out too long, the work before it must end later: that is asked for, and all tried again.
    """
    line = problem.line_by_id[option.line]
    if any(shortest_wait(line, option, wait) > wait.minutes for wait in waits):
        return None
    end_from = [0] * len(line.stations)
    while True:
        operations = _pass(line, option, calendars, max(problem.now, job.release), end_from)
        if operations is None:
            return None
        asked = list(end_from)
        for wait in waits:
            first, last = line.station_index[wait.from_station], line.station_index[wait.to_station]
            asked[first] = max(asked[first], operations[last].start - wait.minutes)
        if asked == end_from or all(operations[index].end >= minute for index, minute in enumerate(asked)):
            return operations
        end_from = asked


def shortest_wait(line: Line, option: Option, wait: MaxWait) -> int:
    """The minutes of work between the two stations of a limit: no wait can be shorter."""
    first, last = line.station_index[wait.from_station], line.station_index[wait.to_station]
    return sum(option.minutes[first + 1 : last])


def _pass(
    line: Line, option: Option, calendars: Mapping[str, OpenTime], begin: int, end_from: Sequence[int]
) -> tuple[Operation, ...] | None:
    """Through all stations once, each as early as it can be with work that ends at `end_from` or later."""
    minute = begin
    operations: list[Operation] = []
    for station, minutes, end_at_least in zip(line.stations, option.minutes, end_from, strict=True):
        start, end = _work(station, calendars, minute, minutes, end_at_least)
        if end >= NEVER:
            return None
        operations.append(Operation(station.id, minute, start, end, end))
        minute = end
    return tuple(operations)


def _work(
    station: Station, calendars: Mapping[str, OpenTime], earliest: int, minutes: int, end_from: int
) -> tuple[int, int]:
    if minutes == 0 or station.calendar is None or not station.attended:
        start = max(earliest, end_from - minutes)
        return start, start + minutes
    calendar = calendars[station.calendar]
    place = calendar.unsplittable if station.work is Work.UNSPLITTABLE else calendar.pausable
    return place(earliest, minutes, end_from)
