"""From a schedule to the plan that states it."""

from __future__ import annotations

from scheduling.exact.relaxation import Relaxation
from scheduling.plan import Plan, Status, Unscheduled
from scheduling.problem import Job, Problem
from scheduling.simulator.schedule import Schedule
from scheduling.validator import objective_of


def stated_plan(schedule: Schedule) -> Plan:
    """The plan of a schedule, with its objective, and with reasons for the jobs that are on no line."""
    problem, jobs = schedule.problem, schedule.jobs()
    left_out = [problem.jobs[number] for number in schedule.missing]
    unscheduled, status = _left_out(problem, left_out) if left_out else ((), Status.FEASIBLE)
    return Plan(
        problem_sha256=problem.sha256,
        status=status,
        objective=objective_of(problem, jobs, schedule.overtime),
        jobs=jobs,
        unscheduled=unscheduled,
        overtime=tuple(entry.id for entry in problem.overtime if entry.id in schedule.overtime),
    )


def _left_out(problem: Problem, jobs: list[Job]) -> tuple[tuple[Unscheduled, ...], Status]:
    """Why jobs are left out; infeasible is said only where one of them fits nowhere, even alone."""
    alone = Relaxation(problem)
    reasons = tuple(alone.why_unscheduled(job) for job in jobs)
    return reasons, Status.FEASIBLE if all(alone.options(job) for job in jobs) else Status.INFEASIBLE
