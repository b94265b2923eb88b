"""The improved plan: a cool search that starts from the right-shifted one and therefore stays near it."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import replace

from scheduling.plan import Plan, Status
from scheduling.replanning.right_shift import Shifted
from scheduling.replanning.stated_plan import stated_plan
from scheduling.search.portfolio import Portfolio
from scheduling.search.walk import Heat, Walk
from scheduling.simulator.schedule import Schedule
from scheduling.solver import Progress, solve
from scheduling.validator import check

SMALL_JOBS = 40
"""Up to so many jobs `solve` is asked, which may prove an optimum."""
HOT_SHARE, COLD_SHARE = 0.01, 0.001
"""Temperatures as a share of the total per job. A hotter search gains nothing in seconds and moves twice as much."""


def improved(
    shifted: Shifted,
    seconds: float,
    workers: int,
    seed: int,
    progress: Callable[[Progress], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> Plan:
    """The best plan found in `seconds`, never worse than the right-shifted one."""
    problem = shifted.schedule.problem
    if seconds <= 0.0:
        return shifted.plan
    if len(problem.jobs) <= SMALL_JOBS:
        found = solve(problem, seconds, workers, seed, shifted.plan, progress, should_cancel)
        return min(found, shifted.plan, key=lambda plan: plan.rank)
    return _Improvement(shifted, seconds, max(1, workers), seed, progress, should_cancel).plan()


class _Improvement:
    """One search."""

    def __init__(
        self,
        shifted: Shifted,
        seconds: float,
        workers: int,
        seed: int,
        progress: Callable[[Progress], None] | None,
        should_cancel: Callable[[], bool] | None,
    ) -> None:
        self.began = time.monotonic()
        self.shifted, self.limit = shifted, seconds
        self.progress, self.should_cancel = progress, should_cancel
        self.was_cancelled = False
        self.told: tuple[int, int] | None = None
        walks = [Walk(shifted.again(), seed * 1009 + number) for number in range(workers)]
        self.portfolio = Portfolio(shifted.schedule.problem, walks)
        per_job = max(1, shifted.schedule.cost.total) / len(shifted.schedule.problem.jobs)
        self.portfolio.heat = Heat(HOT_SHARE * per_job, COLD_SHARE * per_job)

    def plan(self) -> Plan:
        """Search, then check: a plan that breaks a rule is dropped, and the right-shifted one stays."""
        self.portfolio.run_until(self.began + self.limit, self._cancelled, self._tell)
        schedule: Schedule = self.shifted.again()
        schedule.take(self.portfolio.best_decisions())
        best = min(stated_plan(schedule), self.shifted.plan, key=lambda plan: plan.rank)
        violations = check(schedule.problem, best).violations
        if violations:
            faults = "; ".join(str(violation) for violation in violations[:5])
            warnings.warn(f"an improved plan was dropped: {faults}", RuntimeWarning, stacklevel=2)
            best = self.shifted.plan
        status = Status.CANCELLED if self.was_cancelled else best.status
        return replace(best, status=status, seconds=time.monotonic() - self.began)

    def _cancelled(self) -> bool:
        if self.should_cancel is not None and not self.was_cancelled:
            self.was_cancelled = self.should_cancel()
        return self.was_cancelled

    def _tell(self) -> None:
        cost = self.portfolio.best
        if self.progress is None or (cost.missing, cost.total) == self.told:
            return
        self.told = cost.missing, cost.total
        spent = time.monotonic() - self.began
        rate = self.portfolio.trials / max(1e-6, spent)
        self.progress(Progress(spent, self.limit, cost.missing, cost.total, None, rate))
