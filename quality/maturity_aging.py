"""How concrete ages along a straight line of temperature: the integral of the rate, not a mean of its ends, so that a
point more on the line changes no age.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

_WIDEST_K = 10.0
_NODES = ((-math.sqrt(0.6), 5 / 18), (0.0, 8 / 18), (math.sqrt(0.6), 5 / 18))
"""Gauss and Legendre's rule of three points: exact for polynomials of the fifth degree."""

Rate = Callable[[float], float]


def mean_rate(rate: Rate, bends_c: Sequence[float], before_c: float, after_c: float) -> float:
    """The mean of `rate` over temperatures from `before_c` to `after_c`; it is smooth but for its bends."""
    low, high = min(before_c, after_c), max(before_c, after_c)
    if high - low < 1e-9:
        return rate(before_c)
    pieces = math.ceil((high - low) / _WIDEST_K)
    cuts = sorted({low, high, *(low + (high - low) * n / pieces for n in range(1, pieces))})
    cuts = sorted({*cuts, *(bend for bend in bends_c if low < bend < high)})
    total = sum(_integral(rate, start, end) for start, end in itertools.pairwise(cuts))
    return total / (high - low)


def share_at_growth(
    rate: Rate, bends_c: Sequence[float], before_c: float, after_c: float, hours: float, growth_hours: float
) -> float:
    """Which part of a straight stretch of `hours` has passed when the concrete has aged by `growth_hours` on it."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        reached_c = before_c + middle * (after_c - before_c)
        if mean_rate(rate, bends_c, before_c, reached_c) * middle * hours < growth_hours:
            low = middle
        else:
            high = middle
    return high


def _integral(rate: Rate, start: float, end: float) -> float:
    middle, half = (start + end) / 2, (end - start) / 2
    return 2 * half * sum(weight * rate(middle + node * half) for node, weight in _NODES)
