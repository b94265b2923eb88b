"""How well a plan keeps its due times: per delivery, and what is done too early and waits in store."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from scheduling.kpis.steps import StepSeries, step_series
from scheduling.plan import Plan, PlannedJob
from scheduling.problem import Problem


@dataclass(frozen=True)
class DeliveryKpis:
    """The jobs that are due at the same minute. Minutes and costs are sums over its planned jobs."""

    due: int
    jobs: int
    unscheduled: int
    tardy_jobs: int
    tardiness_minutes: int
    tardiness_cost: int
    last_done: int | None
    """When its last planned job is done; None where none is planned."""

    @property
    def minutes_late(self) -> int:
        """Minutes after its due time until the last planned job is done, 0 in time."""
        return max(0, self.last_done - self.due) if self.last_done is not None else 0


@dataclass(frozen=True)
class StorageKpis:
    """Loads that are done before they are due: minutes in store, their cost, and how many wait at once."""

    earliness_minutes: int
    earliness_cost: int
    waiting: StepSeries


def delivery_kpis(problem: Problem, plan: Plan) -> tuple[DeliveryKpis, ...]:
    """Every delivery, by due time."""
    members = defaultdict(list)
    for job in problem.jobs:
        members[job.due].append(job)
    return tuple(
        _delivery(due, [(job.tardiness_cost, plan.job_by_id.get(job.id)) for job in jobs])
        for due, jobs in sorted(members.items())
    )


def _delivery(due: int, members: list[tuple[int, PlannedJob | None]]) -> DeliveryKpis:
    planned = [(cost, job.done) for cost, job in members if job is not None]
    late = [(cost, done - due) for cost, done in planned if done > due]
    return DeliveryKpis(
        due=due,
        jobs=len(members),
        unscheduled=len(members) - len(planned),
        tardy_jobs=len(late),
        tardiness_minutes=sum(minutes for _, minutes in late),
        tardiness_cost=sum(cost * minutes for cost, minutes in late),
        last_done=max((done for _, done in planned), default=None),
    )


def storage_kpis(problem: Problem, plan: Plan) -> StorageKpis:
    """What the plan finishes before it is due."""
    early = [(problem.job_by_id[job.id], job.done) for job in plan.jobs if job.done < problem.job_by_id[job.id].due]
    return StorageKpis(
        earliness_minutes=sum(job.due - done for job, done in early),
        earliness_cost=sum(job.earliness_cost * (job.due - done) for job, done in early),
        waiting=step_series([(done, job.due) for job, done in early], problem.now),
    )
