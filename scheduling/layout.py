"""The lines of a problem in the form in which jobs are placed on them.

A line falls into *segments*, each ending at a station of random access: within a segment pallets keep their
order, and after it they may have another. `Placed` is one job with its times, not yet a `PlannedJob`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from scheduling.history import fixed_operation
from scheduling.plan import Operation, PlannedJob
from scheduling.problem import FixedOperation, Job, Line, Order, Problem


@dataclass(eq=False)
class Placed:
    """A job on a line: four times per station, and its position in the order of every segment."""

    job: Job
    line: Line
    minutes: tuple[int, ...]
    enter: list[int] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    leave: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)

    def planned(self) -> PlannedJob:
        """The job as a plan states it."""
        times = zip(self.line.stations, self.enter, self.start, self.end, self.leave, strict=True)
        return PlannedJob(self.job.id, self.line.id, tuple(Operation(station.id, *rest) for station, *rest in times))


def placed_from(problem: Problem, planned: PlannedJob) -> Placed:
    """The times of a planned job."""
    job = problem.job_by_id[planned.id]
    option = job.option(planned.line)
    if option is None:
        raise ValueError(f"job {planned.id!r} has no option on line {planned.line!r}")
    operations = planned.operations
    return Placed(
        job,
        problem.line_by_id[planned.line],
        option.minutes,
        [operation.enter for operation in operations],
        [operation.start for operation in operations],
        [operation.end for operation in operations],
        [operation.leave for operation in operations],
    )


@dataclass(frozen=True)
class Segments:
    """Which segment each station of a line belongs to, and the first station of each."""

    of_station: tuple[int, ...]
    first_station: tuple[int, ...]

    @property
    def hold_station(self) -> int:
        """Where a pallet that is not yet wanted is held back: before the last segment."""
        return self.first_station[-1]


def segments_of(line: Line) -> Segments:
    """Cut a line after every station of random access."""
    of_station: list[int] = []
    first = [0]
    for index, station in enumerate(line.stations):
        of_station.append(len(first) - 1)
        if station.order is Order.ANY and index + 1 < len(line.stations):
            first.append(index + 1)
    return Segments(tuple(of_station), tuple(first))


def given_operations(problem: Problem, job: Job, line: Line) -> Sequence[FixedOperation | None]:
    """What has happened at each station."""
    return [fixed_operation(problem, job.id, index) for index in range(len(line.stations))]
