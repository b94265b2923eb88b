"""Drift: does a dimension wander towards a limit, and when does it arrive there?

Two tests. A trend: the slope of a straight line through the values over time, with its confidence interval by
Student's t; it must differ from 0, and head for a limit. A shift: one of the Western Electric runs at the newest points
(two of three, four of five, eight in a row), while level and spread of those points together reach a limit. Many
series are asked at a time, so that the confidence is high by default.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import fmean

from quality.maturity_line import student_quantile
from quality.statistics.charts import single_sigma
from quality.statistics.constants import StatisticsInputError, require_finite
from quality.statistics.runs import LONGEST_PATTERN, Rule, Side, western_electric
from quality.statistics.tolerances import Limits

LEAST_VALUES = 12
CONFIDENCE = 0.999
HORIZON_DAYS = 60.0
_MOST_DEGREES = 200
"""Beyond this Student's t is taken at 200 degrees: it is a little too wide there, never too narrow."""


class DriftKind(StrEnum):
    """What speaks for a drift."""

    TREND = "trend"
    SHIFT = "shift"


@dataclass(frozen=True)
class Trend:
    """A straight line through values over time: `level` at the newest, `per_day`, and the interval of the slope."""

    per_day: float
    per_day_low: float
    per_day_high: float
    level: float
    residual: float


@dataclass(frozen=True)
class Drift:
    """A warning. `limit` is the one it heads for; days count from the newest value.

    `first_out_days`: when the level with twice the spread about it reaches the limit, so that about one element in
    forty is out; 0 where that is so already. `level_out_days`: when the level itself does. Both None for a shift.
    """

    kind: DriftKind
    side: Side
    limit: float
    level: float
    trend: Trend
    first_out_days: float | None
    level_out_days: float | None
    rule: Rule | None = None


def trend(days: Sequence[float], values: Sequence[float], confidence: float = CONFIDENCE) -> Trend:
    """The least-squares line through values at times (in days, ascending), with the slope's two-sided interval.

    Raises:
        StatisticsInputError: fewer than three values, times that do not ascend or are all the same.
    """
    if len(values) < 3 or len(days) != len(values):
        raise StatisticsInputError("a trend needs at least three values, each with its time")
    require_finite(values, "values")
    if any(later < earlier for earlier, later in pairwise(days)) or days[0] == days[-1]:
        raise StatisticsInputError("times are expected to ascend")
    middle, mean = fmean(days), fmean(values)
    spread = math.fsum((day - middle) ** 2 for day in days)
    slope = math.fsum((day - middle) * (value - mean) for day, value in zip(days, values, strict=True)) / spread
    residuals = [value - mean - slope * (day - middle) for day, value in zip(days, values, strict=True)]
    degrees = len(values) - 2
    residual = math.sqrt(math.fsum(rest**2 for rest in residuals) / degrees)
    half = student_quantile((1 + confidence) / 2, min(degrees, _MOST_DEGREES)) * residual / math.sqrt(spread)
    return Trend(slope, slope - half, slope + half, mean + slope * (days[-1] - middle), residual)


def drift(
    days: Sequence[float],
    values: Sequence[float],
    limits: Limits,
    confidence: float = CONFIDENCE,
    horizon_days: float = HORIZON_DAYS,
) -> Drift | None:
    """A warning about values over time, or None: too few of them, no drift, or none that matters within the horizon.

    Raises:
        StatisticsInputError: times that do not ascend, or values that are no numbers.
    """
    if len(values) < LEAST_VALUES or days[0] == days[-1]:
        return None
    line = trend(days, values, confidence)
    return _trend_warning(line, limits, horizon_days) or _shift_warning(values, line, limits)


def _trend_warning(line: Trend, limits: Limits, horizon_days: float) -> Drift | None:
    if line.per_day_low <= 0 <= line.per_day_high:
        return None
    side = Side.ABOVE if line.per_day > 0 else Side.BELOW
    limit = limits.upper if side is Side.ABOVE else limits.lower
    if limit is None:
        return None
    room, rate = abs(limit - line.level), abs(line.per_day)
    if not limits.holds(line.level):
        return None if _leaves(line.level, limit, side) else Drift(DriftKind.TREND, side, limit, line.level, line, 0, 0)
    level_out = room / rate
    if level_out > horizon_days:
        return None
    first_out = max(0.0, (room - 2 * line.residual) / rate)
    return Drift(DriftKind.TREND, side, limit, line.level, line, first_out, level_out)


def _leaves(level: float, limit: float, side: Side) -> bool:
    """Whether a level beyond the other limit is on its way back."""
    return level < limit if side is Side.ABOVE else level > limit


def _shift_warning(values: Sequence[float], line: Trend, limits: Limits) -> Drift | None:
    mean, sigma = fmean(values), single_sigma(values)
    newest = values[-LONGEST_PATTERN:]
    scores = [(value - mean) / sigma if sigma else 0.0 for value in newest]
    for signal in western_electric(scores, [Rule.TWO_OF_THREE, Rule.FOUR_OF_FIVE, Rule.EIGHT_IN_A_ROW]):
        if signal.at != len(newest) - 1:
            continue
        limit = limits.upper if signal.side is Side.ABOVE else limits.lower
        level = fmean(newest[signal.points[0] :])
        reach = level + (3 if signal.side is Side.ABOVE else -3) * sigma
        if limit is not None and (reach > limit if signal.side is Side.ABOVE else reach < limit):
            return Drift(DriftKind.SHIFT, signal.side, limit, level, line, None, None, signal.rule)
    return None
