"""R1: every job once, on one of its lines, through every station; R2-overtime: the windows that are named."""

from __future__ import annotations

from collections import Counter

from scheduling.plan import Plan, PlannedJob, Violation
from scheduling.problem import Problem


def structure_violations(problem: Problem, plan: Plan) -> tuple[list[Violation], list[PlannedJob]]:
    """The violations, and the planned jobs that are built soundly enough for the other rules."""
    found = _job_violations(problem, plan) + _overtime_violations(problem, plan)
    sound: list[PlannedJob] = []
    seen: set[str] = set()
    for planned in plan.jobs:
        faults, usable = _route_violations(problem, planned)
        found += faults
        if usable and planned.id not in seen:
            sound.append(planned)
        seen.add(planned.id)
    return found, sound


def _job_violations(problem: Problem, plan: Plan) -> list[Violation]:
    """R1-job: each job of the problem exactly once; a fixed job is planned."""
    code = "R1-job"
    found: list[Violation] = []
    times = Counter([planned.id for planned in plan.jobs] + [entry.job for entry in plan.unscheduled])
    for name, count in times.items():
        if name not in problem.job_by_id:
            found.append(Violation(code, f"there is no job {name!r}"))
        elif count > 1:
            found.append(Violation(code, f"job {name!r} stands {count} times"))
    found += [Violation(code, f"job {job.id!r} is missing") for job in problem.jobs if job.id not in times]
    found += [
        Violation(code, f"job {entry.job!r} has begun and cannot be unscheduled")
        for entry in plan.unscheduled
        if entry.job in problem.fixed_by_job
    ]
    return found


def _overtime_violations(problem: Problem, plan: Plan) -> list[Violation]:
    """R2-overtime: known windows, each named once."""
    known = {entry.id for entry in problem.overtime}
    found: list[Violation] = []
    for name, count in Counter(plan.overtime).items():
        if name not in known:
            found.append(Violation("R2-overtime", f"there is no overtime {name!r}"))
        elif count > 1:
            found.append(Violation("R2-overtime", f"overtime {name!r} is named {count} times"))
    return found


def _route_violations(problem: Problem, planned: PlannedJob) -> tuple[list[Violation], bool]:
    """R1-line and R1-route of one job, and whether its operations fit its line."""
    job = problem.job_by_id.get(planned.id)
    if job is None:
        return [], False
    line = problem.line_by_id.get(planned.line)
    if line is None or job.option(planned.line) is None:
        return [Violation("R1-line", f"job {job.id!r} has no option on line {planned.line!r}")], False
    stations = [operation.station for operation in planned.operations]
    if stations != [station.id for station in line.stations]:
        return [Violation("R1-route", f"job {job.id!r} does not visit the stations of {line.id!r}")], False
    found = [
        Violation("R1-route", f"job {job.id!r} at {operation.station!r}: enter ≤ start ≤ end ≤ leave fails")
        for operation in planned.operations
        if not operation.enter <= operation.start <= operation.end <= operation.leave
    ]
    return found, True
