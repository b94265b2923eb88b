"""The right-shifted plan: the plan goes on as it was, and what cannot happen in time happens later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scheduling.history import required_overtime
from scheduling.plan import Plan, PlannedJob
from scheduling.problem import Problem
from scheduling.replanning.inserting import insert_cheapest
from scheduling.replanning.same_stations import on_same_stations
from scheduling.replanning.stated_plan import stated_plan
from scheduling.simulator.schedule import BegunJobError, Decision, Schedule
from scheduling.simulator.tables import segment_firsts
from scheduling.solver import InvalidPlanError, continue_past
from scheduling.validator import check


@dataclass(frozen=True)
class Shifted:
    """A right-shifted plan, the schedule that it states, and times that its past was given."""

    schedule: Schedule
    plan: Plan
    known: Mapping[str, PlannedJob]

    def again(self) -> Schedule:
        """The same schedule once more, for a search to change."""
        schedule = Schedule(self.schedule.problem, self.schedule.overtime, self.known)
        schedule.take(self.schedule.decisions())
        return schedule


def right_shift(problem: Problem, plan: Plan, new_jobs_last: bool = False) -> Plan:
    """A valid plan of `problem` with the decisions of `plan`, which may be a plan of another problem.

    A job of the plan keeps its line and its place in the line's order, and does nothing earlier than planned: it
    neither enters the line, nor enters a segment after a station of random access, nor leaves the line before it was
    to. What has begun goes on. Jobs that the plan lacks, or that can no longer run on their line, then take the place
    that costs least among a few, the earliest due one first; with `new_jobs_last` only the ends of the lines count, so
    that they disturb nobody. Overtime stays as it was, unless a job would be left out without more of it.

    Raises:
        PastError: if no plan can continue what `problem.fixed` says has happened.
        InvalidPlanError: if the result does not pass `check`; that is a fault of this program.
    """
    return shift(problem, plan, new_jobs_last).plan


def shift(problem: Problem, plan: Plan, new_jobs_last: bool = False) -> Shifted:
    """As `right_shift`, with the schedule from which a search can go on."""
    plan = on_same_stations(problem, plan)
    made: list[Shifted] = []
    faults = "what has begun found no times"
    for overtime, known in _ways_to_go_on(problem, plan, made):
        try:
            schedule = _Shift(problem, plan, overtime, known, new_jobs_last).schedule()
        except BegunJobError:
            continue
        shifted = Shifted(schedule, stated_plan(schedule), known)
        violations = check(problem, shifted.plan).violations
        if violations:
            faults = "; ".join(str(violation) for violation in violations[:5])
        else:
            made.append(shifted)
    if not made:
        raise InvalidPlanError(faults)
    return min(made, key=lambda candidate: len(candidate.plan.unscheduled))


_Way = tuple[frozenset[str], Mapping[str, PlannedJob]]
"""Overtime, and times for what has begun where the simple order finds none."""


def _ways_to_go_on(problem: Problem, plan: Plan, made: Sequence[Shifted]) -> Iterator[_Way]:
    """The plan's overtime; all of it where that leaves a job out; a continuation of the past where none was `made`."""
    offered = frozenset(entry.id for entry in problem.overtime)
    kept = (offered & frozenset(plan.overtime)) | required_overtime(problem)
    yield kept, {}
    if kept != offered and not any(not other.plan.unscheduled for other in made):
        yield offered, {}
    if not made and problem.fixed:
        past = continue_past(problem)
        if past is not None:
            yield past.overtime, past.jobs


@dataclass(frozen=True)
class _Shift:
    """One attempt: a plan under some overtime."""

    problem: Problem
    before: Plan
    overtime: frozenset[str]
    known: Mapping[str, PlannedJob]
    new_jobs_last: bool

    def schedule(self) -> Schedule:
        """The schedule that comes out.

        Raises:
            BegunJobError: if what has begun finds no times.
        """
        schedule = Schedule(self.problem, self.overtime, self.known)
        waiting = [job for job in self.problem.jobs if not self._has_begun(job.id)]
        if not self.known:
            self._hold_begun(schedule)
        schedule.decide([self._as_before(self.before.job_by_id[name]) for name in self._keeping_their_line()])
        lost = set(schedule.missing)
        for job in sorted(waiting, key=lambda job: job.due):
            if schedule.number[job.id] in lost:
                insert_cheapest(schedule, job, self.new_jobs_last)
        return schedule

    def _has_begun(self, name: str) -> bool:
        fixed = self.problem.fixed_by_job.get(name)
        return fixed is not None and bool(fixed.operations)

    def _keeping_their_line(self) -> list[str]:
        """Jobs of the plan that have not begun and can still run on their line, in the order of their entries.

        Those whose times are known already come first.
        """
        known = self.problem.job_by_id
        entered = sorted(
            self.before.jobs,
            key=lambda job: (job.id not in self.known, job.enter, job.operations[0].start, job.done),
        )
        return [
            job.id
            for job in entered
            if job.id in known and not self._has_begun(job.id) and job.line in lines_of(self.problem, job.id)
        ]

    def _hold_begun(self, schedule: Schedule) -> None:
        """Let jobs that have begun do the rest no earlier than planned, where that can be."""
        held = [
            self._as_before(self.before.job_by_id[fixed.job])
            for fixed in self.problem.fixed
            if fixed.operations and fixed.job in self.before.job_by_id
        ]
        schedule.decide(held)
        if not schedule.retime_all():
            schedule.decide([Decision(entry.job, entry.line, (0,) * len(entry.not_before)) for entry in held])

    def _as_before(self, planned: PlannedJob) -> Decision:
        """Entries and departure no earlier than planned; what has happened is not decided any more."""
        fixed = self.problem.fixed_by_job.get(planned.id)
        happened = 0 if fixed is None else len(fixed.operations)
        line = self.problem.line_by_id[planned.line]
        entries = [planned.operations[station].enter if station >= happened else 0 for station in segment_firsts(line)]
        return Decision(planned.id, planned.line, tuple(entries), planned.done)


def lines_of(problem: Problem, name: str) -> Sequence[str]:
    """The lines that a job may run on: those of its options, or the one that it was given already."""
    fixed = problem.fixed_by_job.get(name)
    return [fixed.line] if fixed else [option.line for option in problem.job_by_id[name].options]
