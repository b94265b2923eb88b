"""Walks side by side, one thread each, that cool down together and go on from the best of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from scheduling.problem import Problem
from scheduling.search.walk import Heat, Walk
from scheduling.simulator.schedule import Cost, Decisions

HOT_SHARE, COLD_SHARE = 0.03, 0.001
"""Temperatures as a share of the start's total per job."""
ROUND_SECONDS = 0.05
_FIRST_TRIALS = 200
EXCHANGES = 12
"""How often in a search the worse walks go on from where the best one is."""
_ROUNDS_OF_A_COUNT = 60


class Portfolio:
    """Walks that start from the same decisions and differ in their random numbers.

    With a number of trials the result depends on nothing but the seed; with a time, on the machine too.
    """

    def __init__(self, problem: Problem, walks: list[Walk]) -> None:
        self.problem = problem
        self.walks = walks
        self.began = time.monotonic()
        jobs = max(1, len(problem.jobs))
        total = max(1, walks[0].best.total)
        self.heat = Heat(HOT_SHARE * total / jobs, COLD_SHARE * total / jobs)
        self._exchanged = 0

    @property
    def best(self) -> Cost:
        """The best cost of any walk."""
        return min(walk.best for walk in self.walks)

    @property
    def trials(self) -> int:
        """Trials of all walks."""
        return sum(walk.trials for walk in self.walks)

    def best_decisions(self) -> Decisions:
        """The decisions with the best cost."""
        return min(self.walks, key=lambda walk: walk.best).best_decisions()

    def run_until(self, deadline: float, stop: Callable[[], bool], after_round: Callable[[], None]) -> None:
        """Search until the deadline (of `time.monotonic`), or until `stop`, which is asked after every round."""
        began, trials = time.monotonic(), _FIRST_TRIALS
        with ThreadPoolExecutor(len(self.walks)) as threads:
            while not stop():
                now = time.monotonic()
                progress = (now - began) / max(1e-6, deadline - began)
                if progress >= 1.0:
                    break
                self._round(threads, trials, progress, progress)
                took = max(1e-4, time.monotonic() - now)
                trials = max(20, int(trials * min(2.0, min(ROUND_SECONDS, deadline - now) / took)))
                after_round()

    def run_trials(self, trials: int, stop: Callable[[], bool], after_round: Callable[[], None]) -> None:
        """So many trials in every walk, in rounds that depend on nothing else."""
        with ThreadPoolExecutor(len(self.walks)) as threads:
            for index in range(_ROUNDS_OF_A_COUNT):
                size = trials * (index + 1) // _ROUNDS_OF_A_COUNT - trials * index // _ROUNDS_OF_A_COUNT
                if stop():
                    break
                self._round(threads, size, index / _ROUNDS_OF_A_COUNT, (index + 1) / _ROUNDS_OF_A_COUNT)
                after_round()

    def _round(self, threads: ThreadPoolExecutor, trials: int, progress: float, then: float) -> None:
        hot, cold = self.heat.at(progress), self.heat.at(then)
        futures = [threads.submit(walk.run, trials, hot, cold) for walk in self.walks]
        for future in futures:
            future.result()
        exchange = int(then * EXCHANGES)
        if exchange > self._exchanged and len(self.walks) > 1:
            self._exchanged = exchange
            self._exchange()

    def _exchange(self) -> None:
        """The walk with the worst best goes on from the best of all."""
        ranked = sorted(self.walks, key=lambda walk: walk.best)
        if ranked[0].best < ranked[-1].best:
            ranked[-1].go_to(ranked[0].best_decisions())
