"""The line of strength over the logarithm of equivalent age (Plowman 1956), and how sure it is.

Found by least squares through the calibration points; its prediction interval for one further result by Student's t.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class CalibrationPoint:
    """Strength of one set of cubes at an equivalent age."""

    equivalent_age_hours: float
    strength_mpa: float


@dataclass(frozen=True)
class StrengthPrediction:
    """Predicted strength with the two-sided interval of one further result, MPa.

    `extrapolated` says that the age lies outside the calibrated ages, where the line is not proven.
    """

    strength_mpa: float
    lower_mpa: float
    upper_mpa: float
    extrapolated: bool


class StrengthLine:
    """Strength = a + b ln(age), fitted to the calibration points."""

    def __init__(self, points: Sequence[CalibrationPoint]) -> None:
        points = sorted(points, key=lambda point: (point.equivalent_age_hours, point.strength_mpa))
        logs = [math.log(point.equivalent_age_hours) for point in points]
        strengths = [point.strength_mpa for point in points]
        self.youngest = min(point.equivalent_age_hours for point in points)
        self.oldest = max(point.equivalent_age_hours for point in points)
        self._count = len(points)
        self._centre = statistics.fmean(logs)
        self._spread = sum((x - self._centre) ** 2 for x in logs)
        self.slope, self._intercept = statistics.linear_regression(logs, strengths)
        errors = [y - self._intercept - self.slope * x for x, y in zip(logs, strengths, strict=True)]
        self._deviation = math.sqrt(sum(error**2 for error in errors) / (self._count - 2))

    def strength(self, age_hours: float) -> float:
        """Strength on the line; below zero for very young concrete."""
        return self._intercept + self.slope * math.log(max(age_hours, 1e-9))

    def lower(self, age_hours: float, probability: float) -> float:
        """One-sided bound: a further result is at least this strong with `probability`."""
        return self.strength(age_hours) - self._half_width(age_hours, probability)

    def prediction(self, age_hours: float, confidence: float) -> StrengthPrediction:
        """Strength with its two-sided interval."""
        strength = self.strength(age_hours)
        half = self._half_width(age_hours, (1 + confidence) / 2)
        inside = self.youngest <= age_hours <= self.oldest
        return StrengthPrediction(max(0.0, strength), max(0.0, strength - half), max(0.0, strength + half), not inside)

    def _half_width(self, age_hours: float, probability: float) -> float:
        distance = math.log(max(age_hours, 1e-9)) - self._centre
        factor = math.sqrt(1 + 1 / self._count + distance**2 / self._spread)
        return student_quantile(probability, self._count - 2) * self._deviation * factor


@lru_cache(maxsize=256)
def student_quantile(probability: float, degrees: int) -> float:
    """Quantile of Student's t above the median for whole degrees of freedom, by bisection of its distribution."""
    low, high = 0.0, 1e6
    for _ in range(200):
        middle = (low + high) / 2
        if _student_distribution(middle, degrees) < probability:
            low = middle
        else:
            high = middle
    return high


def _student_distribution(t: float, degrees: int) -> float:
    """P(T ≤ t) for t ≥ 0 by the finite series for whole degrees (Abramowitz and Stegun 26.7.3 and 26.7.4)."""
    angle = math.atan(t / math.sqrt(degrees))
    cosine = math.cos(angle)
    if degrees % 2:
        term, total = cosine, cosine if degrees > 1 else 0.0
        for k in range(3, degrees - 1, 2):
            term *= cosine**2 * (k - 1) / k
            total += term
        return 0.5 + (angle + math.sin(angle) * total) / math.pi
    term = total = 1.0
    for k in range(2, degrees - 1, 2):
        term *= cosine**2 * (k - 1) / k
        total += term
    return 0.5 + math.sin(angle) * total / 2
