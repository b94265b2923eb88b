"""Which jobs of a problem cannot be planned, and which rule keeps them out."""

from __future__ import annotations

from scheduling.calendars import open_times
from scheduling.explain.conflicts import Conflict, ConflictCode, conflicts_of_job
from scheduling.problem import Job, Line, PastError, Problem
from scheduling.solver import continue_past


def why_infeasible(problem: Problem) -> tuple[Conflict, ...]:
    """Every conflict that is certain: pasts that cannot go on, jobs that fit on no line, stations that are too busy.

    An empty answer is no promise that a plan with every job exists; only a search tells that.
    """
    found = list(_past(problem))
    begun = problem.fixed_by_job
    ruled_out: set[str] = set()
    for job in problem.jobs:
        if job.id not in begun:
            conflicts = conflicts_of_job(problem, job)
            found += conflicts
            ruled_out |= {job.id for _ in conflicts}
    waiting = [job for job in problem.jobs if job.id not in begun and job.id not in ruled_out]
    for line in problem.lines:
        found += _overloaded(problem, line, [job for job in waiting if [o.line for o in job.options] == [line.id]])
    return tuple(found)


def _past(problem: Problem) -> list[Conflict]:
    """R8-fixed: what has happened and cannot be continued."""
    if not problem.fixed:
        return []
    try:
        continue_past(problem)
    except PastError as error:
        jobs = tuple(fixed.job for fixed in problem.fixed)
        return [Conflict(ConflictCode.PAST, jobs, values={"fault": str(issue)}) for issue in error.issues]
    return []


def _overloaded(problem: Problem, line: Line, jobs: list[Job]) -> list[Conflict]:
    """R4-capacity over the whole calendar: attended stations that these jobs alone overload."""
    found: list[Conflict] = []
    if not jobs:
        return found
    calendars = open_times(problem, [entry.id for entry in problem.overtime])
    begin = max(problem.now, min(job.release for job in jobs))
    for index, station in enumerate(line.stations):
        if station.calendar is None or not station.attended:
            continue
        calendar = calendars[station.calendar]
        opened = station.capacity * (calendar.before[-1] - calendar.open_before(begin))
        needed = sum(option.minutes[index] for job in jobs for option in job.options)
        if needed > opened:
            names = tuple(job.id for job in jobs if job.options[0].minutes[index] > 0)
            values: dict[str, str | int] = {"open": opened, "needed": needed, "line": line.id}
            found.append(Conflict(ConflictCode.STATION_OVERLOADED, names, line.id, station.id, values))
    return found
