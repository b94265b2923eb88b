"""Proven lower bounds on the pallets of a group, and on the early minutes of so few.

A dual feasible function f maps sizes, as shares of a pallet, so that whatever lies side by side still adds up to at
most 1 (Fekete and Schepers 2004; Carlier, Clautiaux and Moukrim 2007). With f for lengths and g for widths, the sum
of f(length) · g(width) over all items, each in its cheaper orientation, bounds the pallets from below; with the
identity it is the area. Weight bounds in the same way.

Items due more than a window apart share no pallet, so the bounds of spans that lie apart add up.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from scheduling.nesting.groups import Group, Values

_TOLERANCE = 1e-11
"""Shares are quotients of whole millimetres: two that differ do so by more than this."""
_SLACK = 1e-6
"""A bound this little above a whole number is taken for rounding."""
_MOST_THRESHOLDS = 14
_MOST_WORK = 50_000_000
"""Above this many comparisons nothing is said about early minutes."""

DualFunction = Callable[[Values], Values]


def least_pallets(group: Group) -> int:
    """Pallets that the items of a group need at least."""
    dues = group.table[:, 3]
    moments = np.unique(dues)
    if len(moments) > 80:
        moments = moments[np.linspace(0, len(moments) - 1, 80).astype(int)]
    totals = np.hstack([np.zeros((len(demands := _demands(group)), 1)), np.cumsum(demands, axis=1)])
    begins = np.searchsorted(dues, moments, side="left")
    ends = np.searchsorted(dues, moments, side="right")
    most = np.zeros(len(moments) + 1, dtype=np.int64)
    for last in range(len(moments)):
        spans = (totals[:, ends[last], None] - totals[:, begins[: last + 1]]).max(axis=0)
        needs = np.ceil(spans - _SLACK).astype(np.int64)
        before = np.searchsorted(moments, moments[: last + 1] - group.window, side="left")
        most[last + 1] = max(most[last], int((needs + most[before]).max()))
    return int(most[-1])


def least_early_minutes(group: Group, pallets: int) -> int:
    """Early minutes that the items cannot be below on so many pallets or fewer, if they all fitted anywhere.

    Each item then joins the load that begins last before it; so only the moments at which loads begin are chosen.
    """
    moments, items = np.unique(group.table[:, 3], return_counts=True)
    count = len(moments)
    if pallets >= count or count * count * pallets > _MOST_WORK:
        return 0
    number = np.concatenate([[0], np.cumsum(items)])
    total = np.concatenate([[0], np.cumsum(items * moments)])
    begin, end = np.arange(count)[:, None], np.arange(count + 1)[None, :]
    cost = (total[end] - total[begin] - (number[end] - number[begin]) * moments[begin]).astype(float)
    cost[end <= begin] = np.inf
    least = np.full(count + 1, np.inf)
    least[0] = 0.0
    for _ in range(pallets):
        least = np.minimum(least, (least[:-1, None] + cost).min(axis=0))
    return int(least[-1])


def _demands(group: Group) -> Values:
    """A row per way of measuring, a column per item: the share of a pallet that the item takes at least."""
    orientations = [shares for turned in (False, True) if (shares := _shares(group, turned)) is not None]
    along_functions = _functions(np.concatenate([along for along, _ in orientations]))
    across_functions = _functions(np.concatenate([across for _, across in orientations]))
    cheapest = np.full((len(along_functions), len(across_functions), len(group.items)), np.nan)
    for along, across in orientations:
        lengths = np.vstack([function(along) for function in along_functions])
        widths = np.vstack([function(across) for function in across_functions])
        cheapest = np.fmin(cheapest, lengths[:, None, :] * widths[None, :, :])
    weights = group.table[:, 2] / group.kinds[:, 2].max()
    return np.vstack([cheapest.reshape(-1, len(group.items)), weights])


def _shares(group: Group, turned: bool) -> tuple[Values, Values] | None:
    """Each item's length and width as shares of the pallet that suits it best; not a number where it fits none."""
    along = group.table[:, 1 if turned else 0].astype(float)
    across = group.table[:, 0 if turned else 1].astype(float)
    best = (np.full(len(along), np.inf), np.full(len(along), np.inf))
    for length, width, _, gap in group.kinds.tolist():
        fits = (along <= length) & (across <= width)
        if turned:
            fits &= group.table[:, 4] == 1
        for shares, sizes, side in ((best[0], along, length), (best[1], across, width)):
            shares[fits] = np.minimum(shares[fits], (sizes[fits] + gap) / (side + gap))
    if not np.isfinite(best[0]).any():
        return None
    return np.where(np.isfinite(best[0]), best[0], np.nan), np.where(np.isfinite(best[1]), best[1], np.nan)


def _functions(shares: Values) -> list[DualFunction]:
    """The dual feasible functions worth trying for these sizes."""
    known = np.unique(shares[np.isfinite(shares)])
    small = np.unique(np.concatenate([known[known <= 0.5], 1 - known[known > 0.5], [0.5]]))
    small = small[small > 0.02]
    if len(small) > _MOST_THRESHOLDS:
        small = small[np.linspace(0, len(small) - 1, _MOST_THRESHOLDS).astype(int)]
    functions: list[DualFunction] = [lambda size: size]
    functions += [_rounded(parts) for parts in range(1, 6)]
    functions += [_without_small(float(threshold)) for threshold in small]
    functions += [_counted(float(threshold)) for threshold in small]
    return functions


def _rounded(parts: int) -> DualFunction:
    """u(k) of Fekete and Schepers: how many of k + 1 equal parts a size fills, counted in parts of k."""

    def function(size: Values) -> Values:
        scaled = size * (parts + 1)
        whole = np.abs(scaled - np.round(scaled)) < 1e-9
        return np.where(whole, size, np.floor(scaled) / parts)

    return function


def _without_small(threshold: float) -> DualFunction:
    """Sizes below the threshold count nothing, those that leave less than it count as a whole."""

    def function(size: Values) -> Values:
        grown = np.where(size > 1 - threshold + _TOLERANCE, 1.0, size)
        return np.where(size < threshold - _TOLERANCE, 0.0, grown)

    return function


def _counted(part: float) -> DualFunction:
    """f2 of Carlier, Clautiaux and Moukrim: sizes counted in parts, large ones by what they leave."""
    parts = math.floor(1 / part + _TOLERANCE)

    def function(size: Values) -> Values:
        small = 2 * np.floor(size / part + _TOLERANCE)
        large = 2 * (parts - np.floor((1 - size) / part + _TOLERANCE))
        half = np.abs(size - 0.5) < _TOLERANCE
        counted = np.where(half, float(parts), np.where(size > 0.5, large, small))
        return np.where(np.isnan(size), np.nan, counted / (2 * parts))

    return function
