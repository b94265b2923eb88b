"""Readings of several tolerances on one scale.

The tolerance of an item differs by the size of the element (length of a slab ±5 mm, of a longer one ±10 mm). A chart in
millimetres over both would compare what cannot be compared, so that deviations are charted: in millimetres while one
tolerance judged all of them, else in per cent of the tolerance – 0 is its middle, ±100 its limits – which leaves every
index of capability as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quality.statistics.constants import StatisticsInputError, require_finite

MILLIMETRES, PER_CENT_OF_TOLERANCE = "mm", "%"


@dataclass(frozen=True)
class Limits:
    """What is allowed; `lower` is None where only one side can be wrong (gaps, positions, differences)."""

    lower: float | None
    upper: float

    def __post_init__(self) -> None:
        require_finite([self.upper if self.lower is None else self.lower, self.upper], "limits")
        if not (0.0 if self.lower is None else self.lower) < self.upper:
            raise StatisticsInputError(f"the limits {self.lower} to {self.upper} allow nothing")

    @property
    def middle(self) -> float:
        """The middle of the tolerance; 0 for a one-sided one, where nothing is better than none."""
        return 0.0 if self.lower is None else (self.lower + self.upper) / 2

    @property
    def half_width(self) -> float:
        """From the middle to a limit."""
        return self.upper - self.middle

    def holds(self, value: float) -> bool:
        """Whether a value keeps within the limits; on a limit it does."""
        return value <= self.upper and (self.lower is None or value >= self.lower)


@dataclass(frozen=True)
class Judged:
    """A deviation in mm and the limits by which it was judged."""

    deviation: float
    limits: Limits


@dataclass(frozen=True)
class Scaled:
    """Values on one scale with the limits that hold for all of them; `unit` is mm or per cent of the tolerance."""

    values: tuple[float, ...]
    limits: Limits
    unit: str


def on_one_scale(readings: Sequence[Judged]) -> Scaled:
    """All readings on one scale: mm where one tolerance judged them all, else per cent of each one's tolerance.

    Raises:
        StatisticsInputError: no reading, or one-sided and two-sided tolerances together.
    """
    if not readings:
        raise StatisticsInputError("at least one reading is expected")
    require_finite([reading.deviation for reading in readings], "readings")
    tolerances = {reading.limits for reading in readings}
    if len(tolerances) == 1:
        return Scaled(tuple(reading.deviation for reading in readings), readings[0].limits, MILLIMETRES)
    if len({limits.lower is None for limits in tolerances}) > 1:
        raise StatisticsInputError("one-sided and two-sided tolerances have no scale in common")
    values = tuple(100 * (r.deviation - r.limits.middle) / r.limits.half_width for r in readings)
    return Scaled(values, Limits(None if readings[0].limits.lower is None else -100.0, 100.0), PER_CENT_OF_TOLERANCE)
