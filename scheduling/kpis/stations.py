"""What stations and resources do from now until the last job is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scheduling.calendars import OpenTime, open_times
from scheduling.history import fixed_operation
from scheduling.kpis.steps import StepSeries, step_series
from scheduling.plan import Operation, Plan, PlannedJob
from scheduling.problem import Line, Problem, Station, Window


@dataclass(frozen=True)
class StationKpis:
    """A station between now and the last `done`, all in minutes of open time times its places.

    An unattended station is open at any hour. `blocked`: occupied by a pallet whose work is done. `idle`: neither
    worked, nor blocked, nor changing over; a pallet that waits there for work to begin counts as idle.
    """

    line: str
    station: str
    capacity: int
    open_minutes: int
    worked_minutes: int
    blocked_minutes: int
    changeover_minutes: int

    @property
    def idle_minutes(self) -> int:
        """What is left of the open minutes."""
        return self.open_minutes - self.worked_minutes - self.blocked_minutes - self.changeover_minutes

    @property
    def utilisation(self) -> float:
        """The share of the open minutes that is worked, 0 … 1."""
        return self.worked_minutes / self.open_minutes if self.open_minutes else 0.0


@dataclass(frozen=True)
class LineKpis:
    """A line's jobs and changeovers. The minutes are those that the objective pays for."""

    line: str
    jobs: int
    changeovers: int
    changeover_minutes: int


@dataclass(frozen=True)
class OccupancyKpis:
    """How many pallets stand at a station with several places, or cure in a chamber, over time."""

    line: str
    station: str
    capacity: int
    pallets: StepSeries


@dataclass(frozen=True)
class ResourceKpis:
    """How many units of a resource are in use over time."""

    resource: str
    count: int
    in_use: StepSeries


@dataclass(frozen=True)
class ChangeoverDone:
    """A change of families that a plan makes before a job starts at a station."""

    job: str
    index: int
    before: str
    after: str
    minutes: int
    start: int
    """When the job's work starts; the changeover lies before it, in open time."""


def line_kpis(problem: Problem, plan: Plan) -> tuple[LineKpis, ...]:
    """Every line."""
    result: list[LineKpis] = []
    for line in problem.lines:
        done = changeovers_of(problem, plan, line)
        jobs = sum(job.line == line.id for job in plan.jobs)
        result.append(LineKpis(line.id, jobs, len(done), sum(entry.minutes for entry in done)))
    return tuple(result)


def changeovers_of(problem: Problem, plan: Plan, line: Line) -> list[ChangeoverDone]:
    """Every changeover of a line that takes minutes, in order, station by station (R5, and R9 for the first)."""
    found: list[ChangeoverDone] = []
    for index, station in enumerate(line.stations):
        if station.changeover is None:
            continue
        family = station.changeover.initial
        for position, job in enumerate(_worked(problem, plan, line, index)):
            following, start = problem.job_by_id[job.id].family, job.operations[index].start
            given = fixed_operation(problem, job.id, index) if position == 0 else None
            minutes = station.changeover.between(family, following)
            if minutes > 0 and (given is None or given.start is None):
                found.append(ChangeoverDone(job.id, index, family or "", following or "", minutes, start))
            family = following
    return found


def _worked(problem: Problem, plan: Plan, line: Line, index: int) -> list[PlannedJob]:
    """The jobs that are worked on at a station, in its order."""
    jobs = []
    for job in plan.jobs:
        option = problem.job_by_id[job.id].option(line.id) if job.line == line.id else None
        if option is not None and option.minutes[index] > 0:
            jobs.append(job)
    return sorted(jobs, key=lambda job: _entry(job.operations[index]))


def _entry(operation: Operation) -> tuple[int, int, int]:
    return operation.enter, operation.leave, operation.start


def station_kpis(problem: Problem, plan: Plan) -> tuple[StationKpis, ...]:
    """Every station of every line."""
    last = max((job.done for job in plan.jobs), default=problem.now)
    calendars = open_times(problem, plan.overtime)
    result: list[StationKpis] = []
    for line in problem.lines:
        changeovers = changeovers_of(problem, plan, line)
        jobs = [job for job in plan.jobs if job.line == line.id]
        for index, station in enumerate(line.stations):
            calendar = calendars.get(station.calendar or "") if station.attended else None
            minutes = sum(e.minutes for e in changeovers if e.index == index and e.start > problem.now)
            result.append(_station(line, station, index, jobs, calendar, (problem.now, last), minutes))
    return tuple(result)


def _station(
    line: Line,
    station: Station,
    index: int,
    jobs: Sequence[PlannedJob],
    calendar: OpenTime | None,
    horizon: Window,
    changeover_minutes: int,
) -> StationKpis:
    operations = [job.operations[index] for job in jobs]
    return StationKpis(
        line=line.id,
        station=station.id,
        capacity=station.capacity,
        open_minutes=_open(calendar, horizon, horizon) * station.capacity,
        worked_minutes=sum(_open(calendar, (o.start, o.end), horizon) for o in operations),
        blocked_minutes=sum(_open(calendar, (o.end, o.leave), horizon) for o in operations),
        changeover_minutes=changeover_minutes,
    )


def _open(calendar: OpenTime | None, window: Window, horizon: Window) -> int:
    """The open minutes of a window, as far as it lies in the horizon."""
    start, end = max(window[0], horizon[0]), min(window[1], horizon[1])
    if end <= start:
        return 0
    return end - start if calendar is None else calendar.open_before(end) - calendar.open_before(start)


def occupancy_kpis(problem: Problem, plan: Plan) -> tuple[OccupancyKpis, ...]:
    """Every station that has several places or that nobody attends."""
    return tuple(
        OccupancyKpis(line.id, station.id, station.capacity, _occupancy(problem, plan, line, index))
        for line in problem.lines
        for index, station in enumerate(line.stations)
        if station.capacity > 1 or not station.attended
    )


def _occupancy(problem: Problem, plan: Plan, line: Line, index: int) -> StepSeries:
    operations = [job.operations[index] for job in plan.jobs if job.line == line.id]
    return step_series([(operation.enter, operation.leave) for operation in operations], problem.now)


def resource_kpis(problem: Problem, plan: Plan) -> tuple[ResourceKpis, ...]:
    """Every resource."""
    held: dict[str, list[Window]] = {resource.id: [] for resource in problem.resources}
    for job in plan.jobs:
        stations = problem.line_by_id[job.line].station_index
        for hold in problem.job_by_id[job.id].holds:
            if hold.line == job.line:
                first, last = job.operations[stations[hold.from_station]], job.operations[stations[hold.to_station]]
                held[hold.resource].append((first.enter, last.leave))
    return tuple(
        ResourceKpis(resource.id, resource.count, step_series(held[resource.id], problem.now))
        for resource in problem.resources
    )
