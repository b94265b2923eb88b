"""What is said about one measured item: deviation, limits, margin, and the colour it is shown in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from quality.catalogue import Item, ItemKind
from quality.judging.measurement import Pair
from quality.rules import Tolerance
from quality.verdict import Verdict

DECIMALS = 6
"""Deviations are taken to a nanometre, so that 60.3 - 55.3 is 5 and not 4.999999…"""
NEAR_SHARE = 0.8
"""Beyond this share of the way to the limit a reading is near it."""


class Band(StrEnum):
    """Where a deviation lies, for colours: green, amber, red."""

    INSIDE = "inside"
    NEAR = "near"
    """in the last 20 % before the limit"""
    OUTSIDE = "outside"


@dataclass(frozen=True)
class ItemResult:
    """Judgement of one measurement: worst deviation, allowed range, and margin left to the limit.

    All in mm, or in the unit of the plan's item. Where the plan bounds a figure itself (a temperature, a strength),
    `deviation` is the reading.
    """

    item: str
    deviation: float
    allowed: Pair
    margin: float
    result: Verdict
    clause: str

    @property
    def band(self) -> Band:
        """Inside, in the last 20 % before the limit, or outside."""
        return band_of(self.deviation, self.allowed)


def band_of(deviation: float, allowed: Pair) -> Band:
    """Where a deviation lies in its allowed range.

    Where the range holds zero, the way from zero to the limit of the deviation's own sign counts; an exact zero is
    inside even where zero is a limit. Else (a temperature of 5 to 35 °C) the way from the middle of the range counts.
    """
    lower, upper = allowed
    if not lower <= deviation <= upper:
        return Band.OUTSIDE
    if lower <= 0 <= upper:
        limit = upper if deviation >= 0 else lower
        share = abs(deviation / limit) if limit else 0.0
    else:
        share = abs(2 * deviation - lower - upper) / (upper - lower)
    return Band.NEAR if round(share, DECIMALS) > NEAR_SHARE else Band.INSIDE


def worst(item: Item, deviations: Sequence[float], tolerance: Tolerance) -> ItemResult:
    """The reading with the least margin decides; of equal ones the larger, then the positive deviation."""
    signed = item.kind in (ItemKind.SIZE, ItemKind.LEVEL)
    return worst_of(item.id, deviations, tolerance.lower if signed else -math.inf, tolerance)


def worst_of(item_id: str, readings: Sequence[float], lower: float, tolerance: Tolerance) -> ItemResult:
    """The same for readings that are bounded below by `lower` and above by the tolerance."""

    def margin(deviation: float) -> float:
        return round(min(tolerance.upper - deviation, deviation - lower), DECIMALS)

    deviation = min(readings, key=lambda value: (margin(value), -abs(value), -value))
    left = margin(deviation)
    return ItemResult(
        item=item_id,
        deviation=deviation,
        allowed=(tolerance.lower, tolerance.upper),
        margin=left,
        result=Verdict.PASS if left >= 0 else Verdict.FAIL,
        clause=tolerance.clause,
    )
