"""What has begun must go on: in the simple order where that works, else by the constraint model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scheduling.documents.issues import Issue
from scheduling.history import required_overtime
from scheduling.plan import Plan, PlannedJob, Status
from scheduling.problem import Option, PastError, Problem
from scheduling.simulator.schedule import BegunJobError, Schedule
from scheduling.validator import check, objective_of

_PAST_SECONDS = 10.0


@dataclass(frozen=True)
class Continuation:
    """Times for every job that has begun, and the overtime that they need."""

    jobs: Mapping[str, PlannedJob]
    overtime: frozenset[str]


def continue_past(problem: Problem, seconds: float = _PAST_SECONDS) -> Continuation | None:
    """Times for what has begun where the simple order finds none by itself; None: it does.

    Raises:
        PastError: if no plan can continue it, or none was found in `seconds`.
    """
    for overtime in _overtime_choices(problem):
        try:
            schedule = Schedule(problem, overtime)
        except BegunJobError:
            continue
        if _is_kept(problem, schedule):
            return None
    return _by_model(problem, seconds)


def _by_model(problem: Problem, seconds: float) -> Continuation:
    from scheduling.exact.model import PlanModel
    from scheduling.exact.solving import solve_model

    result = solve_model(PlanModel(problem, _options(problem)), seconds, 1, 1)
    if result.found:
        return Continuation({job.id: job for job in result.jobs}, result.overtime)
    reason = "no plan can continue this past" if result.infeasible else "no way to continue this past was found"
    raise PastError((Issue("$.fixed", reason),))


def _overtime_choices(problem: Problem) -> list[frozenset[str]]:
    """The overtime that has been worked, and every overtime."""
    required = required_overtime(problem)
    everything = frozenset(entry.id for entry in problem.overtime)
    return [required] if required == everything else [required, everything]


def _options(problem: Problem) -> dict[str, Sequence[Option]]:
    return {
        fixed.job: tuple(o for o in problem.job_by_id[fixed.job].options if o.line == fixed.line)
        for fixed in problem.fixed
    }


def _is_kept(problem: Problem, schedule: Schedule) -> bool:
    """Whether the continuation alone breaks no rule (the jobs that it lacks do not count)."""
    jobs = schedule.jobs()
    objective = objective_of(problem, jobs, schedule.overtime)
    plan = Plan(problem.sha256, Status.FEASIBLE, objective, jobs, overtime=tuple(schedule.overtime))
    return check(problem, plan).codes <= {"R1-job"}
