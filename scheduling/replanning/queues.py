"""Who stands in front of whom: the jobs of a plan in the order in which they enter each station."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from scheduling.plan import Plan, PlannedJob


class Queues:
    """The queues of a plan, one for every station of every line."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @cached_property
    def _jobs_by_line(self) -> dict[str, list[PlannedJob]]:
        found: dict[str, list[PlannedJob]] = defaultdict(list)
        for job in self.plan.jobs:
            found[job.line].append(job)
        return found

    @cached_property
    def _fronts(self) -> dict[tuple[str, int], dict[str, str]]:
        """By line and station: the job directly in front of each job."""
        fronts: dict[tuple[str, int], dict[str, str]] = {}
        for line, jobs in self._jobs_by_line.items():
            for station in range(len(jobs[0].operations)):
                names = [job.id for job in sorted(jobs, key=lambda job: _turn(job, station))]
                fronts[line, station] = dict(zip(names[1:], names, strict=False))
        return fronts

    def front(self, job: PlannedJob, station: int) -> str | None:
        """The job that entered a station directly before this one."""
        return self._fronts[job.line, station].get(job.id)

    def goes_before(self, first: str, second: str, station: int) -> bool:
        """Whether both are on one line, and the first enters this station before the second."""
        one, other = self.plan.job_by_id.get(first), self.plan.job_by_id.get(second)
        return (
            one is not None
            and other is not None
            and one.line == other.line
            and _turn(one, station) < _turn(other, station)
        )


def _turn(job: PlannedJob, station: int) -> tuple[int, int, int, str]:
    """The order of entry; among equals, who goes on first."""
    operation = job.operations[station]
    return operation.enter, operation.leave, operation.start, job.id
