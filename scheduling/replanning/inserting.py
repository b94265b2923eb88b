"""A job that comes in: the place in a schedule that costs least among a few."""

from __future__ import annotations

from scheduling.problem import Job
from scheduling.simulator.board import BEGUN, LINGER, LOST, NOT_BEFORE
from scheduling.simulator.schedule import Schedule
from scheduling.simulator.timing import NO_MATTER, retime
from scheduling.simulator.trial import begin_trial, deal_keys, keep_trial, relocate, undo_trial

PLACES = 12
"""So many places are tried on every line, evenly spread, and its end."""


def insert_cheapest(schedule: Schedule, job: Job, only_at_ends: bool = False) -> None:
    """Put a job on the line and into the place where the total grows least; it stays out where it finds no times.

    The others keep their order, and make room by being later; `only_at_ends`, none of them has to. Nothing holds the
    job itself back.
    """
    number = schedule.number[job.id]
    schedule.board.jobs[number, NOT_BEFORE:], schedule.board.jobs[number, LINGER] = 0, 0
    fixed = schedule.problem.fixed_by_job.get(job.id)
    lines = [fixed.line] if fixed else [option.line for option in job.options]
    cheapest: tuple[int, int, int] | None = None
    for line in (schedule.line_number[name] for name in lines):
        for position in _places(schedule, line)[: 1 if only_at_ends else None]:
            growth = _growth(schedule, number, line, position)
            if growth is not None and (cheapest is None or growth < cheapest[0]):
                cheapest = growth, line, position
    if cheapest is not None:
        _, line, position = cheapest
        begin_trial(schedule.board)
        relocate(schedule.board, number, line, position)
        schedule.job_costs += int(retime(schedule.board, NO_MATTER))
        if keep_trial(schedule.board):
            deal_keys(schedule.board)


def _places(schedule: Schedule, line: int) -> list[int]:
    """Positions on a line behind all jobs that have begun: evenly spread, the end first."""
    board = schedule.board
    length = int(board.lengths[line, 0])
    there = board.orders[line, 0, :length]
    first = int((board.jobs[there, BEGUN] > 0).sum())
    step = max(1, (length - first) // PLACES)
    return [length, *range(first, length, step)]


def _growth(schedule: Schedule, number: int, line: int, position: int) -> int | None:
    """By how much the total grows, or None where a job finds no times; nothing is changed."""
    board = schedule.board
    makespan = schedule.makespan_cost
    begin_trial(board)
    relocate(board, number, line, position)
    growth = int(retime(board, NO_MATTER))
    lost = board.scalars[LOST] >= 0
    if not lost:
        growth += schedule.makespan_cost - makespan
    undo_trial(board)
    return None if lost else growth
