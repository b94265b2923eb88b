"""Packing of one pallet by maximal free rectangles, compiled (Jylänki 2010, "A thousand ways to pack the bin").

A gap between items is kept by packing items that are one gap larger into a field that is one gap larger. Places are
counted from the corner of that field; `groups` turns them into places on the pallet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """The function as machine code, kept on disk; it does not hold Python's lock."""
    machine_code: Any = numba.njit(cache=True, nogil=True)(function)
    return cast(Function, machine_code)


SHORT_SIDE, AREA, ALONG, ACROSS = 0, 1, 2, 3
"""How the free rectangle for an item is chosen: least left on its shorter side, least area left, nearest along the
pallet, nearest across it."""
RULES = 4
MAX_FREE = 400
"""Free rectangles that are remembered; what is beyond is forgotten, which wastes room and harms nothing else."""


@compiled
def _cut(free: Any, count: int, x: int, y: int, length: int, width: int) -> int:
    """Take a rectangle out of all free ones, keep the maximal pieces; returns how many there are."""
    found = count
    index = 0
    first_new = count
    while index < count:
        fx, fy, fl, fw = free[index, 0], free[index, 1], free[index, 2], free[index, 3]
        if x >= fx + fl or x + length <= fx or y >= fy + fw or y + width <= fy:
            index += 1
            continue
        pieces = (
            (fx, fy, x - fx, fw),
            (x + length, fy, fx + fl - x - length, fw),
            (fx, fy, fl, y - fy),
            (fx, y + width, fl, fy + fw - y - width),
        )
        for piece in pieces:
            if piece[2] > 0 and piece[3] > 0 and found < MAX_FREE:
                for column in range(4):
                    free[found, column] = piece[column]
                found += 1
        free[index, 2] = 0
        index += 1
    return _keep_maximal(free, found, first_new)


@compiled
def _keep_maximal(free: Any, count: int, first_new: int) -> int:
    """Drop emptied rectangles, and new ones (from `first_new` on) that lie inside another one."""
    for new in range(first_new, count):
        for other in range(count):
            if other == new or free[other, 2] == 0:
                continue
            if (
                free[new, 0] >= free[other, 0]
                and free[new, 1] >= free[other, 1]
                and free[new, 0] + free[new, 2] <= free[other, 0] + free[other, 2]
                and free[new, 1] + free[new, 3] <= free[other, 1] + free[other, 3]
            ):
                free[new, 2] = 0
                break
    kept = 0
    for index in range(count):
        if free[index, 2] > 0:
            for column in range(4):
                free[kept, column] = free[index, column]
            kept += 1
    return kept


@compiled
def _best_place(free: Any, count: int, length: int, width: int, turnable: bool, rule: int) -> tuple[int, int, int]:
    """The free rectangle for an item by a rule, and 1 if it lies rotated; -1 where there is none."""
    best, best_turn = -1, 0
    best_first, best_second = 1 << 60, 1 << 60
    for turn in range(2 if turnable and length != width else 1):
        along, across = (width, length) if turn else (length, width)
        for index in range(count):
            left_along, left_across = free[index, 2] - along, free[index, 3] - across
            if left_along < 0 or left_across < 0:
                continue
            if rule == SHORT_SIDE:
                first, second = min(left_along, left_across), max(left_along, left_across)
            elif rule == AREA:
                first, second = free[index, 2] * free[index, 3], min(left_along, left_across)
            elif rule == ALONG:
                first, second = free[index, 0] + along, free[index, 1]
            else:
                first, second = free[index, 1] + across, free[index, 0]
            if first < best_first or (first == best_first and second < best_second):
                best, best_turn, best_first, best_second = index, turn, first, second
    return best, best_turn, best_first


@compiled
def fill(order: Any, items: Any, shapes: Any, kind: Any, window: int, rule: int, places: Any, free: Any) -> int:
    """Lay items on one empty pallet, in this order, each where the rule says; returns how many lie there.

    Args:
        order: rows of `items`; those that do not fit are passed over.
        items: a row per item: length, width, weight, due, 1 if it may be rotated.
        shapes: a number per item, below the number of items, the same for items of equal length, width and rotation.
        kind: length and width of the pallet's field, the largest weight, and the gap.
        window: how far apart the due times may be.
        places: filled with a row per item that lies there: item, x, y, 1 if rotated.
        free: room for the free rectangles.
    """
    gap = kind[3]
    free[0, 0], free[0, 1], free[0, 2], free[0, 3] = 0, 0, kind[0] + gap, kind[1] + gap
    count = 1
    weight, placed = 0, 0
    earliest, latest = 1 << 60, -1
    refused = np.zeros(len(shapes), dtype=np.uint8)
    for item in order:
        due = items[item, 3]
        if refused[shapes[item]] or weight + items[item, 2] > kind[2]:
            continue
        if max(latest, due) - min(earliest, due) > window:
            continue
        length, width = items[item, 0] + gap, items[item, 1] + gap
        index, turn, _ = _best_place(free, count, length, width, items[item, 4] == 1, rule)
        if index < 0:
            refused[shapes[item]] = 1
            continue
        if turn:
            length, width = width, length
        x, y = free[index, 0], free[index, 1]
        places[placed, 0], places[placed, 1], places[placed, 2], places[placed, 3] = item, x, y, turn
        placed += 1
        weight += items[item, 2]
        earliest, latest = min(earliest, due), max(latest, due)
        count = _cut(free, count, x, y, length, width)
        if count == 0:
            break
    return placed
