"""A job among the others of a plan: its steps, and the other jobs on its line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from scheduling.calendars import OpenTime, open_times
from scheduling.explain.reasons import NotPlannedError, UnsoundPlanError
from scheduling.plan import Operation, Plan, PlannedJob
from scheduling.problem import Job, Line, Problem, Station
from scheduling.validator.structure import structure_violations


class Kind(StrEnum):
    """What a job may have to wait for at a station."""

    ENTER = "enter"
    START = "start"
    LEAVE = "leave"


@dataclass(frozen=True)
class Step:
    """A moment that may have to be waited for. `ready`: from when on nothing of the job itself is in the way."""

    kind: Kind
    index: int
    ready: int
    minute: int


def moves_on_its_own(line: Line, index: int) -> bool:
    """Whether leaving this station is a step of its own, and not the same moment as entering the next."""
    return index + 1 == len(line.stations) or line.stations[index].buffer_after > 0


class Surroundings:
    """One planned job and everything around it that may be in its way."""

    def __init__(self, problem: Problem, plan: Plan, job_id: str) -> None:
        planned = plan.job_by_id.get(job_id)
        if planned is None or job_id not in problem.job_by_id:
            raise NotPlannedError(f"job {job_id!r} is not planned")
        violations, sound = structure_violations(problem, plan)
        if len(sound) != len(plan.jobs):
            raise UnsoundPlanError("; ".join(map(str, violations[:5])))
        self.problem, self.plan, self.planned = problem, plan, planned
        self.job: Job = problem.job_by_id[job_id]
        self.line: Line = problem.line_by_id[planned.line]
        self.others = [other for other in plan.jobs if other.id != job_id]
        self.neighbours = [other for other in self.others if other.line == planned.line]
        self.fixed = problem.fixed_by_job.get(job_id)

    @property
    def begin(self) -> int:
        """The first minute to explain: now or the release, of a job that has begun now."""
        return self.problem.now if self.fixed is not None else max(self.problem.now, self.job.release)

    @cached_property
    def minutes(self) -> tuple[int, ...]:
        """The minutes of work at each station."""
        option = self.job.option(self.planned.line)
        return option.minutes if option is not None else ()

    @cached_property
    def _calendars(self) -> dict[str, OpenTime]:
        return dict(open_times(self.problem, self.plan.overtime))

    def calendar(self, station: Station) -> OpenTime | None:
        """The open time of a station, None where nobody attends it."""
        return self._calendars[station.calendar] if station.attended and station.calendar else None

    def at(self, index: int) -> Operation:
        """The planned operation at the station of this index."""
        return self.planned.operations[index]

    def ahead(self, index: int) -> list[PlannedJob]:
        """The jobs that enter a station before this one, in that order; of those that enter together, the ones
        that move on first."""
        own = self._entry(self.planned, index)
        earlier = [
            other
            for other in self.neighbours
            if (entry := self._entry(other, index))[0] < own[0] or (entry[0] == own[0] and _moves_on_first(entry, own))
        ]
        return sorted(earlier, key=lambda other: self._entry(other, index))

    def _entry(self, planned: PlannedJob, index: int) -> tuple[int, int, int]:
        """When a job enters a station, leaves it and enters the next."""
        operation = planned.operations[index]
        following = planned.operations[index + 1].enter if index + 1 < len(planned.operations) else operation.leave
        return operation.enter, operation.leave, following

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every step of the job in order."""
        steps: list[Step] = []
        ready = self.begin
        for index, operation in enumerate(self.planned.operations):
            steps.append(Step(Kind.ENTER, index, ready, operation.enter))
            steps.append(Step(Kind.START, index, operation.enter, operation.start))
            ready = operation.end
            if moves_on_its_own(self.line, index):
                steps.append(Step(Kind.LEAVE, index, ready, operation.leave))
                ready = operation.leave
        return tuple(steps)


def _moves_on_first(entry: tuple[int, int, int], own: tuple[int, int, int]) -> bool:
    return entry[1] < own[1] or entry[2] < own[2]
