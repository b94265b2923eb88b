"""Control charts: mean and range of subgroups, single values with their moving range, and fractions.

Lines after Shewhart as in NIST/SEMATECH e-Handbook of Statistical Methods 6.3.2.1 (X̄–R), 6.3.2.2 (individuals) and
6.3.3.2 (p). Whatever the unit of the values is, it is that of the lines.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from quality.statistics.constants import StatisticsInputError, factors, require_finite
from quality.statistics.runs import Rule, Signal, western_electric


@dataclass(frozen=True)
class ChartPoint:
    """A point and the lines at its place. `sigma` is a third of the way from centre to an uncut limit."""

    value: float
    centre: float
    lower: float
    upper: float
    sigma: float

    @property
    def score(self) -> float:
        """Distance from the centre line in standard deviations; 0 where nothing varies at all."""
        return (self.value - self.centre) / self.sigma if self.sigma else 0.0


@dataclass(frozen=True)
class ControlChart:
    """Points with their lines, and the signals among them."""

    points: tuple[ChartPoint, ...]
    signals: tuple[Signal, ...]

    @property
    def stable(self) -> bool:
        """Whether no rule is met."""
        return not self.signals

    def rules_at(self, index: int) -> tuple[Rule, ...]:
        """The rules that speak at a point."""
        return tuple(sorted({signal.rule for signal in self.signals if signal.at == index}))


@dataclass(frozen=True)
class VariablesCharts:
    """A chart of the level and one of the spread; `sigma` is the standard deviation within subgroups."""

    level: ControlChart
    spread: ControlChart
    sigma: float


@dataclass(frozen=True)
class Sample:
    """How many of those inspected did not conform."""

    nonconforming: int
    inspected: int


def mean_and_range(subgroups: Sequence[Sequence[float]]) -> VariablesCharts:
    """X̄ and R charts of subgroups of one size, 2 to 10 values each. The order inside a subgroup means nothing.

    The rules of zones are for the mean only: a range is not distributed evenly about its centre line, so that of the
    range chart only points beyond a limit speak.

    Raises:
        StatisticsInputError: fewer than two subgroups, sizes that differ, or values that are no numbers.
    """
    _require_two(subgroups, "subgroups")
    size = len(subgroups[0])
    factor = factors(size)
    for index, values in enumerate(subgroups):
        if len(values) != size:
            raise StatisticsInputError(f"subgroups[{index}] has {len(values)} values, the first has {size}")
        require_finite(values, f"subgroups[{index}]")
    means = [math.fsum(values) / size for values in subgroups]
    ranges = [max(values) - min(values) for values in subgroups]
    mean_range = _mean(ranges)
    level = _chart(means, _mean(means), factor.a2 * mean_range / 3)
    spread = _spread_chart(ranges, mean_range, factor.d3, factor.d4)
    return VariablesCharts(level, spread, mean_range / factor.d2)


def individuals(values: Sequence[float]) -> VariablesCharts:
    """Charts of single values and of the range from each to the next. The first value has no moving range.

    Raises:
        StatisticsInputError: fewer than two values, or values that are no numbers.
    """
    _require_two(values, "values")
    require_finite(values, "values")
    factor = factors(2)
    ranges = [abs(later - earlier) for earlier, later in pairwise(values)]
    sigma = single_sigma(values)
    level = _chart(values, _mean(values), sigma)
    return VariablesCharts(level, _spread_chart(ranges, _mean(ranges), factor.d3, factor.d4), sigma)


def single_sigma(values: Sequence[float]) -> float:
    """The standard deviation of single values from one to the next: mean moving range over d2."""
    return math.fsum(abs(later - earlier) for earlier, later in pairwise(values)) / (len(values) - 1) / factors(2).d2


def fraction_chart(samples: Sequence[Sample]) -> ControlChart:
    """p chart of fractions nonconforming; samples of any sizes, each with limits of its own.

    The zone rules are asked of each point's own standard score.

    Raises:
        StatisticsInputError: no sample, a sample of none, or more nonconforming than inspected.
    """
    if not samples:
        raise StatisticsInputError("at least one sample is expected")
    for index, sample in enumerate(samples):
        if sample.inspected < 1 or not 0 <= sample.nonconforming <= sample.inspected:
            raise StatisticsInputError(
                f"samples[{index}]: {sample.nonconforming} of {sample.inspected} is no fraction of what was inspected"
            )
    centre = sum(sample.nonconforming for sample in samples) / sum(sample.inspected for sample in samples)
    points = []
    for sample in samples:
        sigma = math.sqrt(centre * (1 - centre) / sample.inspected)
        lower, upper = max(0.0, centre - 3 * sigma), min(1.0, centre + 3 * sigma)
        points.append(ChartPoint(sample.nonconforming / sample.inspected, centre, lower, upper, sigma))
    return ControlChart(tuple(points), western_electric([point.score for point in points]))


def _chart(values: Sequence[float], centre: float, sigma: float) -> ControlChart:
    points = tuple(ChartPoint(value, centre, centre - 3 * sigma, centre + 3 * sigma, sigma) for value in values)
    return ControlChart(points, western_electric([point.score for point in points]))


def _spread_chart(ranges: Sequence[float], centre: float, d3: float, d4: float) -> ControlChart:
    lower, upper, sigma = d3 * centre, d4 * centre, (d4 - 1) * centre / 3
    points = tuple(ChartPoint(value, centre, lower, upper, sigma) for value in ranges)
    scores = [4.0 if p.value > upper else -4.0 if p.value < lower else 0.0 for p in points]
    return ControlChart(points, western_electric(scores, [Rule.BEYOND_LIMIT]))


def _require_two(values: Sequence[object], what: str) -> None:
    if len(values) < 2:
        raise StatisticsInputError(f"at least two {what} are expected, not {len(values)}")


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
