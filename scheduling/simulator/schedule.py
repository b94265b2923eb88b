"""A schedule of a problem: decisions in, times out. The plain side of the compiled simulator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scheduling.history import required_overtime
from scheduling.plan import Operation, PlannedJob
from scheduling.problem import Job, Order, Problem
from scheduling.simulator.board import (
    BEGUN,
    COST,
    CURSOR,
    DONE,
    LINE,
    LINGER,
    LOST,
    NOT_BEFORE,
    NOWHERE,
    POSITION,
    SETTLED,
    VERSION,
    Board,
)
from scheduling.simulator.compiled import Array
from scheduling.simulator.tables import build_board, with_overtime
from scheduling.simulator.timing import NO_MATTER, makespan_cost, retime
from scheduling.simulator.trial import begin_trial, keep_trial, relocate, undo_trial


class BegunJobError(Exception):
    """A job that has begun finds no times behind its past in the order that was tried."""


@dataclass(frozen=True)
class Decision:
    """What is decided for a job: its line, and minutes before which it enters no segment, and does not leave.

    Times follow from the order of the decisions: a job stands behind all that come before it on its line.
    """

    job: str
    line: str
    not_before: tuple[int, ...] = ()
    linger: int = 0


@dataclass(frozen=True)
class Decisions:
    """All decisions of a schedule as arrays: lines and keys (N, 2), what holds jobs back (N, S + 1), overtime."""

    places: Array
    holds: Array
    overtime: frozenset[str]


@dataclass(frozen=True)
class Cost:
    """Jobs that are on no line, then the total."""

    missing: int
    total: int

    def __lt__(self, other: Cost) -> bool:
        return (self.missing, self.total) < (other.missing, other.total)


class Schedule:
    """Decisions and times of one problem under a choice of overtime.

    Raises:
        BegunJobError: if what has begun cannot be continued in the order in which it is tried.
    """

    def __init__(
        self,
        problem: Problem,
        overtime: Iterable[str] | None = None,
        known: Mapping[str, PlannedJob] | None = None,
    ) -> None:
        self.problem = problem
        self.overtime = required_overtime(problem) if overtime is None else frozenset(overtime)
        self.board: Board = build_board(problem, self.overtime)
        self.number = {job.id: index for index, job in enumerate(problem.jobs)}
        self.line_number = {line.id: index for index, line in enumerate(problem.lines)}
        self.job_costs = 0
        self.begun = [self.number[job.id] for job in begun_order(problem)]
        self._place_begun(known or {})

    def _place_begun(self, known: Mapping[str, PlannedJob]) -> None:
        for job in known.values():
            self._freeze(job)
        for number in self.begun:
            fixed = self.problem.fixed_by_job[self.problem.jobs[number].id]
            if not self.append(number, self.line_number[fixed.line]):
                raise BegunJobError(fixed.job)

    def _freeze(self, job: PlannedJob) -> None:
        """Take the times of a job as given, as if they had happened."""
        number = self.number[job.id]
        self.board.jobs[number, BEGUN] = len(job.operations)
        for index, operation in enumerate(job.operations):
            times = (operation.enter, operation.start, operation.end, operation.leave)
            self.board.past[number, index] = times

    @property
    def overtime_cost(self) -> int:
        """What the chosen overtime costs."""
        return sum(entry.cost for entry in self.problem.overtime if entry.id in self.overtime)

    @property
    def first_free(self) -> Array:
        """Of every line the first position behind what has begun."""
        begun = self.board.jobs[self.begun, LINE] if self.begun else np.zeros(0, dtype=np.int64)
        return np.bincount(begun, minlength=len(self.problem.lines)).astype(np.int64)

    @property
    def makespan_cost(self) -> int:
        """What the last departure costs."""
        return int(makespan_cost(self.board))

    @property
    def missing(self) -> list[int]:
        """Jobs that are on no line."""
        return [int(number) for number in np.flatnonzero(self.board.jobs[:, LINE] == NOWHERE)]

    @property
    def cost(self) -> Cost:
        """Missing jobs and the total, as the contract counts it."""
        total = self.job_costs + self.makespan_cost + self.overtime_cost
        return Cost(len(self.missing), total)

    def append(self, number: int, line: int) -> bool:
        """Put a job at the end of a line; False, and no change, where it cannot run or finds no times there."""
        if self.board.minutes_of[number, line, 0] < 0:
            return False
        begin_trial(self.board)
        relocate(self.board, number, line, int(self.board.lengths[line, 0]))
        self.board.keys[number] = self.board.keys[:-1].max() + 1.0
        return self._keep_or_undo()

    def drop(self, number: int) -> None:
        """Take the last job of a line, or the only one, off again."""
        begin_trial(self.board)
        cost = int(self.board.jobs[number, COST + self.board.jobs[number, VERSION]])
        relocate(self.board, number, NOWHERE, 0)
        keep_trial(self.board)
        self.job_costs -= cost

    def _keep_or_undo(self) -> bool:
        change = int(retime(self.board, NO_MATTER))
        if self.board.scalars[LOST] >= 0:
            undo_trial(self.board)
            return False
        keep_trial(self.board)
        self.job_costs += change
        return True

    def decide(self, decisions: Sequence[Decision]) -> None:
        """Place jobs in this order; one that finds no times stays on no line.

        Jobs that have begun keep their places; they are held back together, where all of them then find times.
        """
        begun = [decision for decision in decisions if self.number[decision.job] in self.begun]
        before = self.board.jobs.copy()
        for decision in begun:
            self._hold(decision)
        if begun and not self.retime_all():
            self.board.jobs[:, NOT_BEFORE:], self.board.jobs[:, LINGER] = before[:, NOT_BEFORE:], before[:, LINGER]
        for decision in decisions:
            number = self.number[decision.job]
            if number not in self.begun:
                self._hold(decision)
                self.append(number, self.line_number[decision.line])

    def _hold(self, decision: Decision) -> None:
        """Take what holds a job back, without timing it anew."""
        row = self.board.jobs[self.number[decision.job]]
        for segment, minute in enumerate(decision.not_before[: self.board.lengths.shape[1]]):
            row[NOT_BEFORE + segment] = minute
        row[LINGER] = decision.linger

    def decisions(self) -> Decisions:
        """What is decided, to be taken again later."""
        jobs = self.board.jobs
        places = np.stack([jobs[:, LINE].astype(np.float64), self.board.keys[:-1]], axis=1)
        holds = np.concatenate([jobs[:, NOT_BEFORE:], jobs[:, LINGER : LINGER + 1]], axis=1)
        return Decisions(places, holds, self.overtime)

    def take(self, decisions: Decisions) -> None:
        """Decide what was decided in another schedule of the same problem.

        Raises:
            BegunJobError: if a job then finds no times; decisions of a schedule of this problem always do.
        """
        if decisions.overtime != self.overtime:
            self.overtime = decisions.overtime
            self.board = with_overtime(self.board, self.problem, self.overtime)
        jobs = self.board.jobs
        jobs[:, LINE] = decisions.places[:, 0]
        self.board.keys[:-1] = decisions.places[:, 1]
        jobs[:, NOT_BEFORE:], jobs[:, LINGER] = decisions.holds[:, :-1], decisions.holds[:, -1]
        jobs[:, DONE] = -1
        for line in range(len(self.problem.lines)):
            there = np.flatnonzero(jobs[:, LINE] == line)
            there = there[np.argsort(self.board.keys[there], kind="stable")]
            self.board.lengths[line, 0] = len(there)
            self.board.orders[line, 0, : len(there)] = there
            jobs[there, POSITION] = np.arange(len(there))
        self.job_costs = 0
        if not self.retime_all():
            raise BegunJobError(self.problem.jobs[self.board.scalars[LOST]].id)

    def change_overtime(self, overtime: Iterable[str]) -> bool:
        """Time everything anew with other overtime; False, and no change, where a job then finds no times."""
        before = self.board, self.overtime
        self.overtime = frozenset(overtime)
        self.board = with_overtime(self.board, self.problem, self.overtime)
        if self.retime_all():
            return True
        self.board, self.overtime = before
        return False

    def retime_all(self) -> bool:
        """Time every line from its first job on; False, and no change, where a job finds no times."""
        begin_trial(self.board)
        self.board.lines[:, CURSOR] = 0
        self.board.lines[:, SETTLED] = self.board.lengths[:, 0]
        self.board.keys[-1] = -np.inf
        return self._keep_or_undo()

    def jobs(self) -> tuple[PlannedJob, ...]:
        """The jobs on lines, with their times, in the problem's order."""
        return tuple(self._planned(int(number)) for number in np.flatnonzero(self.board.jobs[:, LINE] != NOWHERE))

    def _planned(self, number: int) -> PlannedJob:
        line = self.problem.lines[self.board.jobs[number, LINE]]
        rows = self.board.times[self.board.jobs[number, VERSION], number].tolist()
        operations = tuple(Operation(station.id, *row) for station, row in zip(line.stations, rows, strict=False))
        return PlannedJob(self.problem.jobs[number].id, line.id, operations)


def begun_order(problem: Problem) -> list[Job]:
    """Jobs that have begun, the furthest along its line first; at random access, the first to finish first."""

    def progress(job: Job) -> tuple[int, int, int]:
        fixed = problem.fixed_by_job[job.id]
        last = fixed.operations[-1]
        line = problem.line_by_id[fixed.line]
        station = line.stations[len(fixed.operations) - 1]
        finish = last.enter
        if station.order is Order.ANY and last.end is not None:
            finish = last.end
        elif station.order is Order.ANY:
            option = job.option(line.id)
            minutes = option.minutes[len(fixed.operations) - 1] if option else 0
            finish = last.enter + minutes if last.remaining is None else problem.now + last.remaining
        return (-len(fixed.operations), 0 if last.leave is not None else 1, finish)

    begun = (fixed for fixed in problem.fixed if fixed.operations)
    return sorted((problem.job_by_id[fixed.job] for fixed in begun), key=progress)
