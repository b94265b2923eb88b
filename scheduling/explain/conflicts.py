"""Which rule keeps a job out of every plan, however empty the factory is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from scheduling.calendars import OpenTime, open_times
from scheduling.explain.alone import alone, shortest_wait
from scheduling.explain.texts import conflict_text
from scheduling.plan import Unscheduled
from scheduling.problem import Job, Line, Option, Problem, Work


class ConflictCode(StrEnum):
    """Why jobs cannot be planned; docs and translations go by these codes."""

    NO_WINDOW = "no-window"
    """No window is long enough for work that must not be split."""
    WAIT_IMPOSSIBLE = "wait-impossible"
    """The wait between two stations is longer than allowed, whenever the job starts."""
    RESOURCE_TOO_FEW = "resource-too-few"
    """It needs more units at once than there are."""
    CALENDAR_ENDS = "calendar-ends"
    """The calendars end before it could be finished."""
    STATION_OVERLOADED = "station-overloaded"
    """The jobs that only this line can make need more open minutes than the station has."""
    PAST = "past"
    """No plan can continue what has happened."""
    NO_ROOM = "no-room"
    """It fits alone, and no room was found beside the others."""
    NO_LINE_FITS = "no-line-fits"
    """Each of its lines is ruled out by another rule."""


@dataclass(frozen=True)
class Conflict:
    """A rule that these jobs cannot keep; `line` and `station` say where, `values` what the words need."""

    code: ConflictCode
    jobs: tuple[str, ...]
    line: str | None = None
    station: str | None = None
    values: Mapping[str, str | int] = field(default_factory=dict)

    def __str__(self) -> str:
        return conflict_text(self.code, self.station, self.values)


def conflicts_of_job(problem: Problem, job: Job) -> tuple[Conflict, ...]:
    """For a job that has not begun: one conflict for each of its lines, or nothing where it fits on one alone."""
    calendars = open_times(problem, [entry.id for entry in problem.overtime])
    found: list[Conflict] = []
    for option in job.options:
        conflict = _conflict_on(problem, calendars, job, option)
        if conflict is None:
            return ()
        found.append(conflict)
    return tuple(found)


def why_unscheduled(problem: Problem, job: Job) -> Unscheduled:
    """Why a job is left out of a plan, as the plan states it."""
    found = conflicts_of_job(problem, job)
    if not found:
        return Unscheduled(job.id, conflict_text(ConflictCode.NO_ROOM, None, {}), ConflictCode.NO_ROOM.value)
    if len({conflict.code for conflict in found}) > 1:
        words = "; ".join(f"{conflict.line}: {conflict}" for conflict in found)
        return Unscheduled(job.id, f"no eligible line can take it – {words}", ConflictCode.NO_LINE_FITS.value)
    least = min(found, key=lambda conflict: int(conflict.values.get("minutes", 0)))
    values = dict(least.values) if least.station is None else {**least.values, "station": least.station}
    return Unscheduled(job.id, str(least), least.code.value, values)


def _conflict_on(problem: Problem, calendars: Mapping[str, OpenTime], job: Job, option: Option) -> Conflict | None:
    """The rule that rules out one line, or None."""
    line = problem.line_by_id[option.line]
    return (
        _too_few_units(problem, job, line, option)
        or _no_window(problem, calendars, job, line, option)
        or _times(problem, calendars, job, line, option)
    )


def _too_few_units(problem: Problem, job: Job, line: Line, option: Option) -> Conflict | None:
    """R7-resource by the job's own holds: at a station where it works, more are held than there are."""
    for resource in problem.resources:
        spans = [
            (line.station_index[hold.from_station], line.station_index[hold.to_station])
            for hold in job.holds
            if hold.resource == resource.id and hold.line == line.id
        ]
        for index, station in enumerate(line.stations):
            needed = sum(first <= index <= last for first, last in spans)
            if needed > resource.count and option.minutes[index] > 0:
                values: dict[str, str | int] = {"resource": resource.id, "count": resource.count, "needed": needed}
                return Conflict(ConflictCode.RESOURCE_TOO_FEW, (job.id,), line.id, station.id, values)
    return None


def _no_window(
    problem: Problem, calendars: Mapping[str, OpenTime], job: Job, line: Line, option: Option
) -> Conflict | None:
    """R2-work: a station whose calendar has no window for this job's unsplittable work."""
    begin = max(problem.now, job.release)
    for station, minutes in zip(line.stations, option.minutes, strict=True):
        calendar = calendars.get(station.calendar or "")
        if station.work is Work.UNSPLITTABLE and calendar and calendar.longest_window(begin) < minutes:
            return Conflict(ConflictCode.NO_WINDOW, (job.id,), line.id, station.id, {"minutes": minutes})
    return None


def _times(
    problem: Problem, calendars: Mapping[str, OpenTime], job: Job, line: Line, option: Option
) -> Conflict | None:
    """R6-wait or the calendars' end: fits without one limit and not with it, or not even without any."""
    if alone(problem, calendars, job, option, line.max_waits) is not None:
        return None
    for wait in line.max_waits:
        others = [other for other in line.max_waits if other is not wait]
        if shortest_wait(line, option, wait) > wait.minutes or alone(problem, calendars, job, option, others):
            values: dict[str, str | int] = {"from": wait.from_station, "minutes": wait.minutes}
            return Conflict(ConflictCode.WAIT_IMPOSSIBLE, (job.id,), line.id, wait.to_station, values)
    return Conflict(ConflictCode.CALENDAR_ENDS, (job.id,), line.id)
