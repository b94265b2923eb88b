"""Constructive starts: jobs in some order, each at the end of the line where it is best off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from scheduling.plan import PlannedJob
from scheduling.problem import Problem
from scheduling.search.filling import CHEAPEST, EARLIEST, fill, insert
from scheduling.simulator.schedule import Decision, Schedule
from scheduling.simulator.tables import segment_firsts
from scheduling.simulator.trial import deal_keys

_DEALT = 16
"""After so many insertions keys are dealt out anew, lest they come too close."""
_MOST_FOR_APPARENT_COST = 1000
_LOOK_AHEAD, _SAME_FAMILY = 2.0, 1.5


def append_in_order(schedule: Schedule, numbers: Iterable[int], rule: int = EARLIEST) -> None:
    """Append jobs in this order; those that find no times stay on no line."""
    sequence = np.array(list(numbers), dtype=np.int64)
    first_key = float(schedule.board.keys[:-1].max(initial=0.0)) + 1.0
    schedule.job_costs += int(fill(schedule.board, sequence, rule, first_key))


def due_order(problem: Problem, numbers: Sequence[int]) -> list[int]:
    """Earliest due first, the dearer first among equals."""
    jobs = problem.jobs
    return sorted(numbers, key=lambda n: (jobs[n].due, -jobs[n].tardiness_cost, jobs[n].release))


def family_order(problem: Problem, numbers: Sequence[int]) -> list[int]:
    """Earliest due first, but families together among jobs that are due on the same half day."""
    jobs = problem.jobs
    return sorted(numbers, key=lambda n: (jobs[n].due // 720, jobs[n].family or "", jobs[n].due))


def slack_order(problem: Problem, numbers: Sequence[int]) -> list[int]:
    """Least time to spare first: due less the work of the quickest line, weighted by the cost of being late."""
    jobs = problem.jobs

    def slack(number: int) -> tuple[float, int]:
        job = jobs[number]
        work = min(sum(option.minutes) for option in job.options)
        return (job.due - work - 60.0 * np.log1p(job.tardiness_cost), job.due)

    return sorted(numbers, key=slack)


def longest_first_order(problem: Problem, numbers: Sequence[int]) -> list[int]:
    """Most work first, as for the shortest makespan."""
    return sorted(numbers, key=lambda n: -min(sum(option.minutes) for option in problem.jobs[n].options))


def apparent_cost_order(problem: Problem, numbers: Sequence[int]) -> list[int]:
    """The next job is the one whose lateness costs most for its work, less the more time it has and the more setting
    up it needs after the one before (apparent tardiness cost with setups, Lee, Bhaskaran and Pinedo 1997)."""
    if len(numbers) > _MOST_FOR_APPARENT_COST or not numbers:
        return due_order(problem, numbers)
    jobs = [problem.jobs[number] for number in numbers]
    work = np.array([max(1, min(max(option.minutes) for option in job.options)) for job in jobs], dtype=float)
    due, cost = np.array([job.due for job in jobs], dtype=float), np.array([job.tardiness_cost + 1 for job in jobs])
    whole = np.array([min(sum(option.minutes) for option in job.options) for job in jobs])
    pace = np.diff(np.sort(due)).sum() / max(1, len(jobs) - 1)
    families = sorted({job.family for job in jobs}, key=str)
    family = np.array([families.index(job.family) for job in jobs])
    left = np.ones(len(jobs), dtype=bool)
    minute, last, found = float(due.min() - whole.max()), -1, []
    for _ in jobs:
        slack = np.maximum(0.0, due - whole - minute)
        index = np.where(left, cost / work * np.exp(-slack / (_LOOK_AHEAD * max(1.0, pace * 60))), -1.0)
        index = np.where(family == last, index * _SAME_FAMILY, index)
        best = int(index.argmax())
        left[best], last = False, family[best]
        minute += pace
        found.append(numbers[best])
    return found


OrderRule = Callable[[Problem, Sequence[int]], list[int]]
ORDERS: tuple[OrderRule, ...] = (due_order, family_order, slack_order, apparent_cost_order, longest_first_order)


@dataclass(frozen=True)
class Start:
    """A rule for the order and a rule for the line."""

    order: OrderRule
    rule: int


STARTS = tuple(Start(order, rule) for order in ORDERS for rule in (EARLIEST, CHEAPEST))
"""The first is plain earliest due date."""


def construct(schedule: Schedule, start: Start) -> None:
    """Put every job that is on no line at the end of some line."""
    append_in_order(schedule, start.order(schedule.problem, schedule.missing), start.rule)


def insert_in_order(schedule: Schedule, numbers: Sequence[int], most_positions: int) -> None:
    """Insert jobs in this order where they cost least; those that find no times stay on no line."""
    first_free = schedule.first_free
    for start in range(0, len(numbers), _DEALT):
        sequence = np.array(numbers[start : start + _DEALT], dtype=np.int64)
        schedule.job_costs += int(insert(schedule.board, sequence, first_free, most_positions))
        deal_keys(schedule.board)


def decisions_of(problem: Problem, jobs: Iterable[PlannedJob]) -> list[Decision]:
    """Decisions that give a plan's jobs the same times again, as far as the rules allow it: in order of entry, held
    back where the plan has them enter a segment, lingering where it has them wait at the end."""
    found = []
    for job in sorted(jobs, key=lambda planned: (planned.enter, planned.operations[0].start, planned.done)):
        last = job.operations[-1]
        firsts = segment_firsts(problem.line_by_id[job.line])
        not_before = tuple(job.operations[index].enter for index in firsts)
        found.append(Decision(job.id, job.line, not_before, last.leave if last.leave > last.end else 0))
    return found
