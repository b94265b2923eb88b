"""One walk of the local search: a schedule, the best decisions it has seen, its random numbers."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scheduling.history import required_overtime
from scheduling.problem import Problem
from scheduling.search.annealing import (
    BESIDE_FAMILY,
    BEST_MISSING,
    BEST_TOTAL,
    HOLD,
    IS_SAVED,
    LINGERING,
    MISSING,
    MUST_DEAL_KEYS,
    RELEASE,
    SWAPPED_HOLDS,
    SWAPPED_LINES,
    TO_LINE,
    TOTAL,
    TRIALS,
    anneal,
)
from scheduling.simulator.compiled import Array
from scheduling.simulator.schedule import Cost, Decisions, Schedule
from scheduling.simulator.tables import segment_firsts
from scheduling.simulator.trial import deal_keys

ALL_MOVES = (0.14, 0.10, 0.10, 0.12, 0.08, 0.06, 0.06, 0.26, 0.03, 0.05)
"""How often each kind is tried: within a line, swap, block, to another line, swap between lines, beside its family,
exchanged holds, hold, release, linger. Measured on 200 jobs; half or double of any changes the result by 1 %."""
TIMING_MOVES = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.15, 0.60, 0.18, 0.07)
"""Order and lines stay; only when jobs are held back changes."""


def _useful(problem: Problem, moves: Sequence[float]) -> Array:
    """The odds without moves that can change nothing for the better in this problem; they sum to 1."""
    odds: Array = np.array(moves)
    if len(problem.lines) == 1:
        odds[[TO_LINE, SWAPPED_LINES]] = 0.0
    if not any(station.changeover for line in problem.lines for station in line.stations):
        odds[BESIDE_FAMILY] = 0.0
    if all(len(segment_firsts(line)) == 1 for line in problem.lines):
        odds[[SWAPPED_HOLDS, HOLD]] = 0.0
    if not problem.previous and not any(job.earliness_cost for job in problem.jobs):
        odds[LINGERING] = 0.0
        odds[RELEASE] *= 0.1
    return np.asarray(odds / max(1e-9, odds.sum()))


@dataclass(frozen=True)
class Heat:
    """Temperatures at the beginning and the end of a search, in units of cost."""

    hot: float
    cold: float

    def at(self, progress: float) -> float:
        """The temperature when this share of the search is done: it falls as the square of what is left."""
        return self.cold + (self.hot - self.cold) * (1.0 - min(1.0, progress)) ** 2


class Walk:
    """A schedule that changes by trials."""

    def __init__(self, schedule: Schedule, seed: int, moves: Sequence[float] = ALL_MOVES) -> None:
        board = schedule.board
        jobs = len(board.jobs)
        problem = schedule.problem
        self.schedule = schedule
        self._choice = random.Random(seed)  # noqa: S311 - a search, no secret
        self._random = np.array([self._choice.getrandbits(63) | 1], dtype=np.uint64)
        self._account = np.zeros(8, dtype=np.int64)
        self._places = np.zeros((jobs, 2))
        self._holds = np.zeros((jobs, board.lengths.shape[1] + 1), dtype=np.int64)
        self._odds = np.cumsum(_useful(problem, moves))
        self._first_free = schedule.first_free
        self._choosable = sorted({entry.id for entry in problem.overtime} - required_overtime(problem))
        self._changes_overtime = bool(self._choosable) and moves is ALL_MOVES
        self._best = schedule.cost, schedule.decisions()
        self._begin()

    def _begin(self) -> None:
        """Count from the schedule as it stands."""
        cost = self.schedule.cost
        self._account[[TOTAL, BEST_TOTAL]] = cost.total - self.schedule.overtime_cost
        self._account[[MISSING, BEST_MISSING]] = cost.missing
        self._account[IS_SAVED] = 1
        self._places[:], self._holds[:] = self.schedule.decisions().places, self.schedule.decisions().holds

    @property
    def best(self) -> Cost:
        """The best cost seen."""
        return min(self._best[0], self._best_of_late())

    def _best_of_late(self) -> Cost:
        total = int(self._account[BEST_TOTAL]) + self.schedule.overtime_cost
        return Cost(int(self._account[BEST_MISSING]), total)

    def best_decisions(self) -> Decisions:
        """The decisions with the best cost."""
        cost = self._best_of_late()
        if cost < self._best[0]:
            self._best = cost, Decisions(self._places.copy(), self._holds.copy(), self.schedule.overtime)
        return self._best[1]

    @property
    def trials(self) -> int:
        """How many trials were made."""
        return int(self._account[TRIALS])

    def go_to(self, decisions: Decisions) -> None:
        """Go on from these decisions."""
        self.best_decisions()
        self.schedule.take(decisions)
        self._begin()

    def run(self, trials: int, hot: float, cold: float) -> None:
        """Make so many trials while the temperature falls; then, where overtime may be chosen, try it otherwise."""
        done = 0
        while done < trials and len(self._places):
            self._account[MUST_DEAL_KEYS] = 0
            done += int(
                anneal(
                    self.schedule.board,
                    self._random,
                    self._first_free,
                    self._odds,
                    self._account,
                    self._places,
                    self._holds,
                    float(hot),
                    float(cold),
                    done,
                    trials,
                )
            )
            if self._account[MUST_DEAL_KEYS]:
                deal_keys(self.schedule.board)
        self.schedule.job_costs = int(self._account[TOTAL]) - self.schedule.makespan_cost
        if self._changes_overtime:
            self._change_overtime(cold)

    def _change_overtime(self, temperature: float) -> None:
        """One overtime window more, or one less: kept as any other trial."""
        self.best_decisions()
        before, decisions = self.schedule.cost, self.schedule.decisions()
        if self.schedule.change_overtime(self.schedule.overtime ^ {self._choice.choice(self._choosable)}):
            worse = self.schedule.cost.total - before.total
            if worse > -temperature * math.log(max(1e-300, self._choice.random())):
                self.schedule.take(decisions)
            self._begin()
