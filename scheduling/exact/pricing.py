"""A lower bound from prices: jobs are scheduled one by one, and pay for the minutes for which they hold a station.

Proof. Let a plan schedule every job, and let λ ≥ 0 be a price per minute for each station and minute from `now` on.
R4-capacity says that a station of capacity q is held by at most q pallets in each such minute, so that the plan's
cost is at least its cost plus Σ λ·(pallets there − q). That sum falls apart: each job pays its own tardiness,
earliness and stability plus the prices of the minutes that it holds, whatever the others do; the cheapest way of a
job by itself (`chains.cheapest_ways`) costs no more than its way in the plan. So

    Σ over jobs of the cheapest way − Σ λ·q   ≤   tardiness + earliness + stability of the plan.

The cheapest way is taken over more than the plan may do: every overtime is open (work then ends no later from any
start), set-ups, order, waits, resources and places of buffers are forgotten. All arithmetic is in whole numbers.
Any λ gives a bound; `PricedJobs.climb` looks for good ones by subgradient steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scheduling.exact.candidates import Candidates, LineArrays
from scheduling.exact.chains import (
    AT_ONCE,
    COUNT,
    DUE,
    EARLIEST,
    FIRST,
    READY,
    SCALE,
    SHIFT_HOUR,
    TARDINESS,
    UNREACHABLE,
    affordable_departures,
    cheapest_ways,
    first_arrivals,
    minutes_held,
)
from scheduling.problem import Option, Problem

_BUCKET = 10
"""Minutes that share one price."""
_PATIENCE = 8
_LARGEST_SUM = 1e15
"""No pallet pays more at one station, so that all sums stay far within 64 bits."""


@dataclass(frozen=True)
class Priced:
    """The bound of some prices (in thousandths; None: no plan at all), and the minutes held too long by bucket."""

    value: int | None
    excess: Any


class PricedJobs:
    """The jobs of a problem with everything that pricing needs; bounds hold for plans that schedule every job.

    `last_minute` (from now) ends the minutes that are looked at. A job may be done later still, at the cost of
    being late by then, where `climb` is told so (`beyond`).
    """

    def __init__(
        self, problem: Problem, options: Mapping[str, Sequence[Option]], last_minute: int, tail: bool = False
    ) -> None:
        self.last_minute = last_minute
        self.lines = LineArrays(problem, last_minute + 1)
        self.candidates = Candidates(problem, options, self.lines)
        if tail:
            self._keep_last_place()
        self._job_of = np.array(self.candidates.job_of, np.int64)
        self._firsts = np.flatnonzero(np.diff(self._job_of, prepend=-1))
        places = len(self.lines.capacity)
        self._buckets = last_minute // _BUCKET + 1
        wanted = np.zeros(places, np.int64)
        for row in self.candidates.table:
            wanted[row[FIRST] : row[FIRST] + row[COUNT]] += 1
        self._scarce = wanted > self.lines.capacity
        count = len(self.candidates.table)
        self._costs = np.zeros(count, np.int64)
        self._paths = np.zeros((count, self.candidates.minutes.shape[1], 2), np.int64)

    def _keep_last_place(self) -> None:
        """Only the last place of every line counts; jobs arrive there as early as they can by themselves."""
        until = self.last_minute
        no_prices = np.zeros((len(self.lines.capacity), until + 1), np.int64)
        table, minutes = self.candidates.table, self.candidates.minutes
        arrivals = first_arrivals(table, minutes, until, self.lines.layout, no_prices, self.lines.calendars)
        last = table[:, COUNT] - 1
        self.candidates.minutes = minutes[np.arange(len(table)), last][:, None]
        moved = last > 0
        table[:, FIRST] += last
        table[:, COUNT] = 1
        table[moved, EARLIEST] = arrivals[moved]
        table[moved, AT_ONCE] = 0
        table[moved, READY] = -1
        table[moved, SHIFT_HOUR] = 0

    def free(self) -> Any:
        """Prices of nothing."""
        return np.zeros((len(self.lines.capacity), self._buckets))

    def evaluate(self, prices: Any, until: int, beyond: bool) -> Priced:
        """The bound of these prices with every job done by minute `until`, or `beyond` the last minute."""
        whole = np.floor(prices).astype(np.int64)
        self._run(whole, until)
        best = np.minimum.reduceat(self._costs, self._firsts) if len(self._firsts) else np.zeros(0, np.int64)
        owner = self._chosen(best)
        if beyond:
            escape = self._escape_costs()
            owner = owner[best <= escape]
            best = np.minimum(best, escape)
        elif np.any(best >= UNREACHABLE):
            return Priced(None, None)
        held = np.zeros(whole.shape, np.int64)
        minutes_held(self.candidates.table, owner, self._paths, _BUCKET, held)
        room = self.lines.capacity[:, None] * self._bucket_minutes(until)[None, :]
        value = self.candidates.paid + sum(best.tolist()) - sum((whole * room).sum(axis=1).tolist())
        excess = np.where(self._scarce[:, None], held - room, 0)
        return Priced(value, excess)

    def _run(self, whole: Any, until: int) -> None:
        cumulative = self._cumulative(whole, until)
        layout, calendars = self.lines.layout, self.lines.calendars
        table, minutes = self.candidates.table, self.candidates.minutes
        cheapest_ways(table, minutes, until, layout, cumulative, calendars, self._costs, self._paths)

    def _cumulative(self, whole: Any, until: int) -> Any:
        """Prices paid by each minute since the first."""
        result = np.zeros((whole.shape[0], until + 1), np.int64)
        np.cumsum(np.repeat(whole, _BUCKET, axis=1)[:, :until], axis=1, out=result[:, 1:])
        return result

    def _chosen(self, best: Any) -> Any:
        """The first candidate of each job that costs the least."""
        matches = np.flatnonzero(self._costs == best[self._job_of])
        _, index = np.unique(self._job_of[matches], return_index=True)
        return matches[index]

    def _escape_costs(self) -> Any:
        """What each job costs at least if it is done after the last minute."""
        rows = self.candidates.table[self._firsts]
        return SCALE * rows[:, TARDINESS] * np.maximum(0, self.last_minute + 1 - rows[:, DUE])

    def _bucket_minutes(self, until: int) -> Any:
        """The minutes of each bucket before `until`."""
        return np.clip(until - _BUCKET * np.arange(self._buckets), 0, _BUCKET)

    def climb(
        self, prices: Any, until: int, beyond: bool, goal: float, steps: int, should_stop: Callable[[], bool]
    ) -> tuple[int | None, Any]:
        """The best bound found (None: no plan) and its prices, from `prices` by at most so many subgradient steps.

        `goal` is a total that is thought to be within reach; a wrong guess costs speed, never truth.
        """
        best = self.evaluate(prices, until, beyond)
        if best.value is None:
            return None, prices
        top, kept = best.value, prices
        current, factor, stale = best, 1.0, 0
        direction = np.zeros_like(prices)
        for _ in range(steps):
            if should_stop() or top >= goal:
                break
            direction = 0.6 * direction + current.excess
            length = float((direction * direction).sum())
            if length == 0:
                break
            step = factor * max(goal - (current.value or 0), SCALE) / length
            prices = np.clip(prices + step * direction, 0, _LARGEST_SUM / (self.last_minute + 1))
            current = self.evaluate(prices, until, beyond)
            stale += 1
            if current.value is not None and current.value > top:
                top, kept, stale = current.value, prices, 0
            if stale >= _PATIENCE:
                factor, stale, prices = factor / 2, 0, kept
                current = self.evaluate(prices, until, beyond)
                direction = np.zeros_like(prices)
        return top, kept

    def affordable(self, prices: Any, until: int, budget: int) -> Any:
        """The first and last minute of departure of each candidate in plans that cost no more than `budget` by
        these prices (in thousandths), or (-1, -1); every plan considered has all done by `until`."""
        priced = self.evaluate(prices, until, False)
        found = np.full((len(self._costs), 2), -1, np.int64)
        if priced.value is None:
            return found
        best = np.minimum.reduceat(self._costs, self._firsts)
        limits = best[self._job_of] + budget - priced.value
        cumulative = self._cumulative(np.floor(prices).astype(np.int64), until)
        table, minutes = self.candidates.table, self.candidates.minutes
        layout, calendars = self.lines.layout, self.lines.calendars
        affordable_departures(table, minutes, until, layout, cumulative, calendars, limits, found)
        return found
