"""Counting: first-pass yield, the Pareto order of defects, and a histogram over the tolerance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quality.statistics.constants import StatisticsInputError, require_finite
from quality.statistics.tolerances import Limits

MOST_BINS = 40


@dataclass(frozen=True)
class Yield:
    """How many were right at the first try, of how many."""

    good: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.good <= self.total:
            raise StatisticsInputError(f"{self.good} of {self.total} is no yield")

    @property
    def share(self) -> float | None:
        """0 to 1; None where nothing was tried."""
        return self.good / self.total if self.total else None


@dataclass(frozen=True)
class ParetoBar:
    """A cause with its weight, its share of all, and the share of it and all heavier ones (0 to 1)."""

    name: str
    weight: float
    share: float
    cumulative: float


def pareto(weights: Mapping[str, float]) -> tuple[ParetoBar, ...]:
    """Heaviest first; equal ones by name; without those that weigh nothing.

    Raises:
        StatisticsInputError: a weight that is negative or no number.
    """
    require_finite(weights.values(), "weights")
    if any(weight < 0 for weight in weights.values()):
        raise StatisticsInputError("a weight is not negative")
    ordered = sorted(((n, w) for n, w in weights.items() if w > 0), key=lambda entry: (-entry[1], entry[0]))
    total = math.fsum(weight for _, weight in ordered)
    bars, before = [], 0.0
    for name, weight in ordered:
        before += weight
        bars.append(ParetoBar(name, weight, weight / total, before / total))
    return tuple(bars)


@dataclass(frozen=True)
class Bin:
    """How many values lie from `start` to below `end`; the last bin holds its end too."""

    start: float
    end: float
    count: int


def histogram(values: Sequence[float], limits: Limits) -> tuple[Bin, ...]:
    """Bins of equal width over the tolerance and over all values, a limit always between two bins.

    A bin is a tenth of the tolerance wide, or wider where values lie far outside.

    Raises:
        StatisticsInputError: no value, or values that are no numbers.
    """
    if not values:
        raise StatisticsInputError("at least one value is expected")
    require_finite(values, "values")
    origin = 0.0 if limits.lower is None else limits.lower
    width = (limits.upper - origin) / 10
    lowest, highest = min(*values, origin), max(*values, limits.upper)
    while (highest - lowest) / width > MOST_BINS:
        width *= 2
    first = math.floor(round((lowest - origin) / width, 9))
    last = max(math.ceil(round((highest - origin) / width, 9)), first + 1)
    counts = [0] * (last - first)
    for value in values:
        place = math.floor(round((value - origin) / width, 9)) - first
        counts[min(place, len(counts) - 1)] += 1
    return tuple(
        Bin(origin + (first + index) * width, origin + (first + index + 1) * width, count)
        for index, count in enumerate(counts)
    )
