"""`narrow` and `lower_bound`: a total that no plan with every job can beat, from bounds on terms that do not overlap.

The total is at least (worked overtime) + (changeover_minute × least changeover minutes) + (makespan and the jobs' own
costs). The last is bounded by cases: if the makespan lies in [a, b], the plan pays for a at least, and every job is
done by b, so that `pricing` bounds the jobs' costs with that deadline. The least of all cases holds for every plan.
The case with the least bound is split or priced better, as long as there is time.

The same prices say when a job can be done in a plan no dearer than one that is known: where its cheapest way with that
departure, and everybody else's cheapest way, cost more, no such plan has it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from scheduling.exact.chains import SCALE
from scheduling.exact.changeover_bound import least_changeover_minutes
from scheduling.exact.pricing import PricedJobs
from scheduling.exact.relaxation import Relaxation
from scheduling.history import required_overtime
from scheduling.problem import Option, Problem, Window

_LARGEST = 4_000_000
"""So many candidates × minutes at the most; beyond, pricing takes too long to be of use."""
_NARROW = 1
"""Cases of so few minutes of makespan are not split."""
_STEPS = 60
_STALLED = 3
"""So many climbs without gain end the search."""


@dataclass(frozen=True)
class Narrowed:
    """What every plan with all jobs that costs no more than the known one keeps.

    `done` gives the first and last minute of departure by (job, line), where anything is known, and None where the
    job cannot run there; `makespan` the first and last of those. `changeover_minutes` are the fewest that are paid.
    """

    bound: int
    changeover_minutes: int = 0
    done: Mapping[tuple[str, str], Window | None] = field(default_factory=dict)
    makespan: Window | None = None


def lower_bound(
    problem: Problem,
    seconds: float,
    known_total: int | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> int:
    """A proven lower bound on the total of every plan that schedules all jobs.

    `known_total` is the total of a plan that is known: it narrows what has to be looked at, and the answer is never
    above it. Takes about `seconds`, less if nothing more is to be gained.
    """
    return narrow(problem, seconds, known_total, should_stop).bound


def narrow(
    problem: Problem,
    seconds: float,
    known_total: int | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Narrowed:
    """`lower_bound`, and what it says of the plans that cost no more than `known_total`."""
    relaxation = Relaxation(problem)
    options = {job.id: relaxation.options(job) for job in problem.jobs}
    simple = relaxation.lower_bound()
    if not problem.jobs or not all(options.values()):
        return Narrowed(simple)
    minutes = least_changeover_minutes(problem, options)
    changeover = problem.objective.changeover_minute * minutes
    worked = required_overtime(problem)
    apart = changeover + sum(entry.cost for entry in problem.overtime if entry.id in worked)
    deadline = time.monotonic() + seconds

    def stop() -> bool:
        return time.monotonic() >= deadline or (should_stop is not None and should_stop())

    search = _ByMakespan(problem, options, relaxation, apart, known_total, stop)
    best = max(simple + changeover, search.bound())
    if known_total is None:
        return Narrowed(best, minutes)
    return replace(search.narrowed(min(best, known_total)), changeover_minutes=minutes)


@dataclass
class _Case:
    """Plans whose makespan (minutes from now) lies in [first, last]; `value` bounds their jobs' costs."""

    first: int
    last: int
    beyond: bool
    prices: Any
    value: int = 0
    stalled: int = -1


class _ByMakespan:
    """The cases by makespan, and the search through them."""

    def __init__(
        self,
        problem: Problem,
        options: Mapping[str, Sequence[Option]],
        relaxation: Relaxation,
        apart: int,
        known_total: int | None,
        stop: Callable[[], bool],
    ) -> None:
        self._problem, self._stop = problem, stop
        self._weight = problem.objective.makespan_minute
        self._apart, self._known = apart, known_total
        earliest = [relaxation.earliest_done(job) for job in problem.jobs]
        self._earliest = max(earliest) - problem.now
        """Before now only where every job has left its line."""
        self._last = self._last_minute()
        self.goal = SCALE * ((known_total or 0) - apart)
        candidates = sum(len(entry) for entry in options.values())
        self.cases: list[_Case] = []
        self.jobs: PricedJobs | None = None
        if candidates * self._last <= _LARGEST:
            self.jobs = PricedJobs(problem, options, self._last, tail=True)

    def _last_minute(self) -> int:
        """How far to look: to the last makespan that a better plan can have, or some days after all is due."""
        problem = self._problem
        needed = max(0, self._earliest) + 1
        if self._known is not None and self._weight:
            return max(needed, min((self._known - self._apart) // self._weight - problem.now, 1 << 30))
        return max(needed, max(job.due for job in problem.jobs) - problem.now + 3 * 1440)

    def _total(self, case: _Case) -> int:
        """The bound of a case, in whole cost units."""
        return self._apart + self._weight * (self._problem.now + case.first) - (-case.value // SCALE)

    def bound(self) -> int:
        """The least bound over all cases when time is up."""
        if self.jobs is None:
            return 0
        self.cases = self._first_cases(self.jobs)
        while self.cases:
            case = min(self.cases, key=self._total)
            total = self._total(case)
            if case.stalled >= _STALLED or self._stop() or (self._known is not None and total >= self._known):
                return total
            self.cases.remove(case)
            self.cases += self._refine(self.jobs, case)
        return self._known or 0

    def _first_cases(self, jobs: PricedJobs) -> list[_Case]:
        free = jobs.free()
        if not self._weight:
            return [_Case(-self._problem.now, self._last, True, free)]
        return [
            _Case(self._earliest, self._last, False, free),
            _Case(self._last + 1, self._last, True, free),
        ]

    def _refine(self, jobs: PricedJobs, case: _Case) -> list[_Case]:
        """Better prices for a case, or its two halves once it has good ones; nothing if it has no plan."""
        width = case.last - case.first
        if case.stalled >= 0 and self._weight and not case.beyond and width > _NARROW:
            middle = case.first + width // 2
            lower = _Case(case.first, middle, False, case.prices, case.value)
            upper = _Case(middle + 1, case.last, False, case.prices, case.value, 0)
            return [*self._climbed(jobs, lower), upper]
        return self._climbed(jobs, case)

    def _climbed(self, jobs: PricedJobs, case: _Case) -> list[_Case]:
        aim = float(self.goal - SCALE * self._weight * (self._problem.now + case.first))
        if self._known is None or aim <= case.value:
            aim = case.value * 1.1 + SCALE
        value, prices = jobs.climb(case.prices, max(0, case.last), case.beyond, aim, _STEPS, self._stop)
        if value is None:
            return []
        gained = value > case.value
        case.value, case.prices = max(case.value, value), prices
        case.stalled = 0 if gained else case.stalled + 1
        return [case]

    def narrowed(self, bound: int) -> Narrowed:
        """The departures of every candidate over all cases that are not dearer than the known plan."""
        jobs, known = self.jobs, self._known
        alive = [] if known is None else [case for case in self.cases if self._total(case) <= known]
        if jobs is None or known is None or not alive or any(case.beyond for case in alive):
            return Narrowed(bound)
        count = len(jobs.candidates.table)
        first, last = np.full(count, self._last + 1), np.full(count, -1)
        for case in alive:
            budget = self.goal - SCALE * self._weight * (self._problem.now + case.first)
            found = jobs.affordable(case.prices, max(0, case.last), budget)
            there = found[:, 1] >= 0
            first[there] = np.minimum(first[there], found[there, 0])
            last[there] = np.maximum(last[there], found[there, 1])
        now = self._problem.now
        windows = {
            name: (int(low) + now, int(high) + now) if high >= 0 else None
            for name, low, high in zip(jobs.candidates.names, first, last, strict=True)
        }
        makespan = (min(case.first for case in alive) + now, max(case.last for case in alive) + now)
        return Narrowed(bound, done=windows, makespan=makespan)
