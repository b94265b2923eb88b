"""The Western Electric zone rules: which points of a chart say that something has changed, and by which rule.

Source: Western Electric, Statistical Quality Control Handbook (1956), part B, "tests for unnatural patterns"; the same
four in NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2 (WECO rules).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Rule(IntEnum):
    """The four zone rules, each for one side of the centre line."""

    BEYOND_LIMIT = 1
    """one point beyond three standard deviations"""
    TWO_OF_THREE = 2
    """two of three points in a row beyond two standard deviations"""
    FOUR_OF_FIVE = 3
    """four of five points in a row beyond one standard deviation"""
    EIGHT_IN_A_ROW = 4
    """eight points in a row on one side of the centre line"""


class Side(StrEnum):
    """Which side of the centre line."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True)
class Signal:
    """A rule that was met: `points` are the indices of all points that took part, the last completes the pattern."""

    rule: Rule
    side: Side
    points: tuple[int, ...]

    @property
    def at(self) -> int:
        """The index of the point that completed the pattern."""
        return self.points[-1]


_PATTERNS = (
    (Rule.BEYOND_LIMIT, 1, 1, 3.0),
    (Rule.TWO_OF_THREE, 2, 3, 2.0),
    (Rule.FOUR_OF_FIVE, 4, 5, 1.0),
    (Rule.EIGHT_IN_A_ROW, 8, 8, 0.0),
)
"""Rule, how many points, of how many in a row, strictly beyond how many standard deviations."""

LONGEST_PATTERN = max(window for _, _, window, _ in _PATTERNS)
"""Points before this many have no say in what the newest point says."""

_ROUNDING = 1e-9
"""What a standard score may be off by arithmetic alone: a point on a line is not beyond it."""


def western_electric(scores: Sequence[float], rules: Sequence[Rule] = tuple(Rule)) -> tuple[Signal, ...]:
    """Every signal in standard scores (value minus centre line, in standard deviations), in the order of points.

    A point on a line is not beyond it. A rule speaks at a point that itself lies beyond its line; it speaks again at
    every further point that meets it.
    """
    found = [
        Signal(rule, side, points)
        for rule, needed, window, beyond in _PATTERNS
        if rule in rules
        for side, sign in ((Side.ABOVE, 1.0), (Side.BELOW, -1.0))
        for points in _patterns([sign * score for score in scores], needed, window, beyond)
    ]
    return tuple(sorted(found, key=lambda signal: (signal.at, signal.rule, signal.side)))


def _patterns(scores: Sequence[float], needed: int, window: int, beyond: float) -> list[tuple[int, ...]]:
    line = beyond + _ROUNDING
    outside = [score > line for score in scores]
    found, count = [], 0
    for end, is_outside in enumerate(outside):
        count += is_outside - (outside[end - window] if end >= window else 0)
        if is_outside and count >= needed:
            found.append(tuple(index for index in range(max(0, end - window + 1), end + 1) if outside[index]))
    return found
