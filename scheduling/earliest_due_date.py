"""The constructive start: jobs in the order of their due times, each on the line where it costs least."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scheduling.layout import Placed, placed_from
from scheduling.placement import Board, CannotPlaceError
from scheduling.plan import PlannedJob
from scheduling.problem import Job, Option, Order, Problem


@dataclass(frozen=True)
class Draft:
    """Jobs with their times, and the overtime that they may use; not yet checked."""

    placed: tuple[Placed, ...]
    missing: tuple[str, ...]
    overtime: frozenset[str]


class BegunJobError(Exception):
    """A job that has begun finds no times behind its past in the order that was tried."""


def due_order(problem: Problem) -> list[Job]:
    """Jobs that have not begun, earliest due first."""
    waiting = [job for job in problem.jobs if job.id not in problem.fixed_by_job]
    return sorted(waiting, key=lambda job: (job.due, -job.tardiness_cost, job.release))


def begun_order(problem: Problem) -> list[Job]:
    """Jobs that have begun, the furthest along its line first; at random access, the first to finish first."""

    def progress(job: Job) -> tuple[int, int, int]:
        operations = problem.fixed_by_job[job.id].operations
        if not operations:
            return (1, 0, 0)
        last = operations[-1]
        line = problem.line_by_id[problem.fixed_by_job[job.id].line]
        station = line.stations[len(operations) - 1]
        finish = last.enter
        if station.order is Order.ANY and last.end is not None:
            finish = last.end
        elif station.order is Order.ANY:
            option = job.option(line.id)
            minutes = option.minutes[len(operations) - 1] if option else 0
            finish = last.enter + minutes if last.remaining is None else problem.now + last.remaining
        return (-len(operations), 0 if last.leave is not None else 1, finish)

    return sorted((problem.job_by_id[fixed.job] for fixed in problem.fixed), key=progress)


def place_begun(board: Board, known: Mapping[str, PlannedJob] | None = None) -> list[Placed]:
    """Continue what has begun, or adopt a continuation that is known; raises `BegunJobError`."""
    problem = board.problem
    result: list[Placed] = []
    for job in begun_order(problem):
        if known is not None:
            placed = placed_from(problem, known[job.id])
            board.adopt(placed)
            result.append(placed)
            continue
        option = job.option(problem.fixed_by_job[job.id].line)
        try:
            if option is None:
                raise CannotPlaceError(0)
            placed = board.times(job, option)
        except CannotPlaceError as error:
            raise BegunJobError(job.id) from error
        board.commit(placed)
        result.append(placed)
    return result


def cheapest(board: Board, job: Job, options: Iterable[Option], not_before: int = 0) -> Placed | None:
    """The job's times on the line where it costs least, the earliest done among equals; None: nowhere."""
    best: tuple[tuple[int, int], Placed] | None = None
    for option in options:
        try:
            placed = board.times(job, option, not_before)
        except CannotPlaceError:
            continue
        rank = (_cost(board, placed), placed.leave[-1])
        if best is None or rank < best[0]:
            best = (rank, placed)
    return None if best is None else best[1]


def job_cost(problem: Problem, placed: Placed) -> int:
    """What a job costs by itself: tardiness, earliness, stability."""
    job, done = placed.job, placed.leave[-1]
    cost = job.tardiness_cost * max(0, done - job.due) + job.earliness_cost * max(0, job.due - done)
    previous = problem.previous_by_job.get(job.id)
    if previous is not None:
        cost += problem.objective.shift_hour * abs(placed.enter[0] - previous.enter) // 60
        cost += problem.objective.line_change if previous.line != placed.line.id else 0
    return cost


def _cost(board: Board, placed: Placed) -> int:
    state = board.lines[placed.line.id]
    cost = job_cost(board.problem, placed)
    for index, station in enumerate(placed.line.stations):
        if station.changeover is None or placed.minutes[index] == 0:
            continue
        segment = state.segments.of_station[index]
        ahead = state.orders[segment][: placed.positions[segment]]
        family = next(
            (other.job.family for other in reversed(ahead) if other.minutes[index]), station.changeover.initial
        )
        cost += board.problem.objective.changeover_minute * station.changeover.between(family, placed.job.family)
    return cost


def earliest_due_date(
    problem: Problem,
    overtime: frozenset[str],
    known: Mapping[str, PlannedJob] | None = None,
    order: Sequence[Job] | None = None,
) -> Draft:
    """Place every job in turn; a job that fits nowhere is left out. Raises `BegunJobError`."""
    board = Board(problem, overtime)
    result = place_begun(board, known)
    missing: list[str] = []
    for job in due_order(problem) if order is None else order:
        placed = cheapest(board, job, job.options)
        if placed is None:
            missing.append(job.id)
        else:
            board.commit(placed)
            result.append(placed)
    return Draft(tuple(result), tuple(missing), overtime)
