"""R9: the objective of a set of planned jobs, computed from their operations alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scheduling.plan import Objective, PlannedJob
from scheduling.problem import Line, Problem


def objective_of(problem: Problem, jobs: Sequence[PlannedJob], overtime: Iterable[str]) -> Objective:
    """Every term of the objective. Jobs must be of the problem and visit their line's stations in order."""
    late = early = 0
    for planned in jobs:
        job = problem.job_by_id[planned.id]
        late += job.tardiness_cost * max(0, planned.done - job.due)
        early += job.earliness_cost * max(0, job.due - planned.done)
    cost_by_overtime = {entry.id: entry.cost for entry in problem.overtime}
    return Objective(
        tardiness=late,
        earliness=early,
        changeover=problem.objective.changeover_minute * _changeover_minutes(problem, jobs),
        makespan=problem.objective.makespan_minute * max((planned.done for planned in jobs), default=0),
        overtime=sum(cost_by_overtime.get(name, 0) for name in set(overtime)),
        stability=sum(_stability(problem, planned) for planned in jobs),
    )


def _stability(problem: Problem, planned: PlannedJob) -> int:
    previous = problem.previous_by_job.get(planned.id)
    if previous is None:
        return 0
    moved = problem.objective.shift_hour * abs(planned.enter - previous.enter) // 60
    return moved + (problem.objective.line_change if planned.line != previous.line else 0)


def _changeover_minutes(problem: Problem, jobs: Sequence[PlannedJob]) -> int:
    total = 0
    for line in problem.lines:
        on_line = [planned for planned in jobs if planned.line == line.id]
        for index in range(len(line.stations)):
            total += _changeover_minutes_at(problem, line, index, on_line)
    return total


def _changeover_minutes_at(problem: Problem, line: Line, index: int, jobs: Sequence[PlannedJob]) -> int:
    """Minutes over consecutive pairs, the first included unless its start is history."""
    changeover = line.stations[index].changeover
    if changeover is None:
        return 0
    worked = []
    for planned in jobs:
        option = problem.job_by_id[planned.id].option(line.id)
        if option is not None and option.minutes[index] > 0:
            operation = planned.operations[index]
            worked.append(((operation.enter, operation.leave, operation.start), planned.id))
    worked.sort(key=lambda entry: entry[0])
    total = 0
    family = changeover.initial
    for position, (_, name) in enumerate(worked):
        following = problem.job_by_id[name].family
        if position > 0 or not _start_is_given(problem, name, index):
            total += changeover.between(family, following)
        family = following
    return total


def _start_is_given(problem: Problem, job: str, index: int) -> bool:
    fixed = problem.fixed_by_job.get(job)
    return fixed is not None and index < len(fixed.operations) and fixed.operations[index].start is not None
