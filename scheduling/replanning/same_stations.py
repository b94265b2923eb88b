"""What can be compared with an earlier plan: jobs that visited the stations that their line still has."""

from __future__ import annotations

from dataclasses import replace

from scheduling.plan import Plan, PlannedJob
from scheduling.problem import Problem


def on_same_stations(problem: Problem, plan: Plan) -> Plan:
    """The plan without the jobs whose line has other stations now; they count as not planned before."""

    def is_same(job: PlannedJob) -> bool:
        line = problem.line_by_id.get(job.line)
        stations = None if line is None else [station.id for station in line.stations]
        return stations is None or stations == [operation.station for operation in job.operations]

    return replace(plan, jobs=tuple(job for job in plan.jobs if is_same(job)))
