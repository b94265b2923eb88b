"""What plans are measured against: plain earliest due date, and the timing anew of another's order."""

from __future__ import annotations

from collections.abc import Iterable

from bench.dispatch import CannotDispatchError, LineBoard, Times, boards
from scheduling import Job, Plan, PlannedJob, Problem, Status, Unscheduled, objective_of


def due_order(problem: Problem) -> list[Job]:
    """Jobs with the earliest due date first, among equals as they stand in the problem."""
    return sorted(problem.jobs, key=lambda job: job.due)


def earliest_due_date(problem: Problem, enter_to_work: bool = False) -> Plan:
    """Plain EDD: in the order of due dates, each load on the line where it is done earliest; left-shifted, no holds.

    `enter_to_work`: a load moves on only when its next work can begin, as some peers' models want it.
    """
    by_line = boards(problem)
    planned: list[PlannedJob] = []
    missing: list[str] = []
    for job in due_order(problem):
        best: tuple[LineBoard, Times] | None = None
        for option in job.options:
            try:
                times = by_line[option.line].times(job, enter_to_work=enter_to_work)
            except CannotDispatchError:
                continue
            if best is None or times.leave[-1] < best[1].leave[-1]:
                best = by_line[option.line], times
        if best is None:
            missing.append(job.id)
        else:
            planned.append(best[0].commit(job, best[1]))
    return plan_of(problem, planned, missing)


def timed_anew(problem: Problem, jobs: Iterable[PlannedJob]) -> Plan:
    """Another's plan under the contract's rules: lines and order kept, nothing earlier, what cannot be pushed back.

    The order is that of the entries at the first station. A plan that keeps every rule comes back as it was.
    """
    by_line = boards(problem)
    planned: list[PlannedJob] = []
    missing: list[str] = []
    for entry in sorted(jobs, key=lambda job: (job.enter, job.operations[0].start, job.done)):
        job, board = problem.job_by_id[entry.id], by_line[entry.line]
        try:
            planned.append(board.commit(job, board.times(job, Times.of(entry))))
        except CannotDispatchError:
            missing.append(entry.id)
    return plan_of(problem, planned, missing)


def plan_of(problem: Problem, jobs: Iterable[PlannedJob], missing: Iterable[str] = ()) -> Plan:
    """A plan document of these jobs, with the validator's objective."""
    planned = tuple(jobs)
    return Plan(
        problem_sha256=problem.sha256,
        status=Status.FEASIBLE,
        objective=objective_of(problem, planned, ()),
        jobs=planned,
        unscheduled=tuple(Unscheduled(name, "no open time left") for name in missing),
    )
