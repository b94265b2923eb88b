"""Small factories for the scheduling tests: one line, hand-made stations, plans written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scheduling import (
    Calendar,
    Job,
    Line,
    Operation,
    Option,
    Plan,
    PlannedJob,
    Problem,
    Station,
    Status,
    Unscheduled,
    Work,
    objective_of,
)

EPOCH = "2026-11-23T00:00:00+08:00"
DAY = Calendar("day", ((480, 720), (780, 1020), (1920, 2160)))
"""08:00-12:00 and 13:00-17:00 on the first day, 08:00-12:00 on the second."""


def station(name: str, work: str = "pausable", **values: Any) -> Station:
    """A station on the calendar `day`, or unattended without one."""
    calendar = None if work == "unattended" else values.pop("calendar", "day")
    return Station(name, Work(work), calendar, **values)


def job(name: str, *minutes: int, due: int = 5000, line: str = "L", **values: Any) -> Job:
    """A job with one option."""
    return Job(name, due, (Option(line, minutes),), **values)


def problem(stations: Sequence[Station], jobs: Sequence[Job], **values: Any) -> Problem:
    """A problem with one line `L` and the calendar `day`."""
    waits = values.pop("max_waits", ())
    values.setdefault("calendars", (DAY,))
    return Problem(EPOCH, (Line("L", tuple(stations), waits),), tuple(jobs), **values)


def planned(name: str, *operations: tuple[str, int, int, int, int], line: str = "L") -> PlannedJob:
    """A planned job from (station, enter, start, end, leave)."""
    return PlannedJob(name, line, tuple(Operation(*operation) for operation in operations))


def plan(
    of: Problem, *jobs: PlannedJob, overtime: tuple[str, ...] = (), unscheduled: tuple[str, ...] = (), **values: Any
) -> Plan:
    """A plan with its true objective where that can be computed."""
    known = [entry for entry in jobs if entry.id in of.job_by_id and entry.line in of.line_by_id]
    values.setdefault("objective", objective_of(of, known, overtime))
    values.setdefault("status", Status.FEASIBLE)
    left_out = tuple(Unscheduled(name, "for a test") for name in unscheduled)
    values.setdefault("problem_sha256", of.sha256)
    return Plan(jobs=jobs, unscheduled=left_out, overtime=overtime, **values)
