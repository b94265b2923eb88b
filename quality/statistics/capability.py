"""Capability of a process against its tolerance: Cp and Cpk from the spread within subgroups, Pp and Ppk from all.

Formulas: NIST/SEMATECH e-Handbook of Statistical Methods 6.1.6; AIAG, Statistical Process Control, 2nd edition (2005),
chapter IV: Cp and Cpk use R̄/d2, Pp and Ppk the sample standard deviation of all values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

from quality.statistics.constants import StatisticsInputError, require_finite
from quality.statistics.tolerances import Limits


@dataclass(frozen=True)
class Indices:
    """Width of the tolerance over the spread (None for a one-sided one), and the same for the nearer limit."""

    potential: float | None
    actual: float


@dataclass(frozen=True)
class Capability:
    """How a process fits its tolerance.

    `short_term` is Cp and Cpk, `long_term` Pp and Ppk; None where the values do not vary at all. `actual_at_least` is
    the lower end of Ppk's one-sided confidence interval of 95 % (Bissell 1990, as in NIST 6.1.6).
    """

    count: int
    mean: float
    sigma_within: float
    sigma_overall: float
    short_term: Indices | None
    long_term: Indices | None
    actual_at_least: float | None
    outside: int


def indices(mean: float, sigma: float, limits: Limits) -> Indices | None:
    """Both indices of a mean and a standard deviation; None where nothing varies.

    Raises:
        StatisticsInputError: a negative standard deviation.
    """
    if sigma < 0:
        raise StatisticsInputError("a standard deviation is not negative")
    if sigma == 0:
        return None
    above = (limits.upper - mean) / (3 * sigma)
    if limits.lower is None:
        return Indices(None, above)
    below = (mean - limits.lower) / (3 * sigma)
    return Indices((limits.upper - limits.lower) / (6 * sigma), min(above, below))


def capability(values: Sequence[float], sigma_within: float, limits: Limits) -> Capability:
    """The capability of values, whose spread within subgroups is known from their chart.

    Raises:
        StatisticsInputError: fewer than two values, or values that are no numbers.
    """
    if len(values) < 2:
        raise StatisticsInputError(f"at least two values are expected, not {len(values)}")
    require_finite(values, "values")
    mean, overall = fmean(values), stdev(values)
    long_term = indices(mean, overall, limits)
    return Capability(
        count=len(values),
        mean=mean,
        sigma_within=sigma_within,
        sigma_overall=overall,
        short_term=indices(mean, sigma_within, limits),
        long_term=long_term,
        actual_at_least=at_least(long_term.actual, len(values)) if long_term else None,
        outside=sum(not limits.holds(value) for value in values),
    )


def at_least(actual: float, count: int, confidence: float = 0.95) -> float:
    """The lower end of the one-sided confidence interval of Cpk or Ppk from `count` values."""
    half = math.sqrt(1 / (9 * count) + actual**2 / (2 * (count - 1)))
    return actual - NormalDist().inv_cdf(confidence) * half
