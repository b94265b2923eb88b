"""Forming loads one after the other, compiled: the most urgent item left, and what fills its pallet best.

The most urgent item must lie on some pallet, on which it is the earliest; so nothing is lost by always beginning with
it. What comes beside it is tried in several orders, and the fullest pallet is kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scheduling.nesting.packing import MAX_FREE, RULES, compiled, fill

ORDERS = 7
"""By area, longer side, shorter side, perimeter, due time, value, value of a square millimetre."""
PLAIN_TRIES = RULES * ORDERS
"""The first tries for a pallet use every order with every rule, without noise."""


@compiled
def _uniform(state: Any) -> float:
    """The next random number of 0 … 1 (xorshift64*); `state` holds one unsigned number other than 0."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) / 9007199254740992.0


@compiled
def _sort_key(row: Any, value: float, order: int) -> float:
    length, width = row[0], row[1]
    if order == 0:
        return float(length * width)
    if order == 1:
        return float(max(length, width))
    if order == 2:
        return float(min(length, width))
    if order == 3:
        return float(length + width)
    if order == 4:
        return float(10_000_001 - row[3])
    return float(value if order == 5 else value / (length * width))


@compiled
def _sort(keys: Any, rows: Any) -> None:
    """Both by rising keys, and rows by number among equal keys (Shell's sort: there is little to compile)."""
    gap = len(keys) // 2
    while gap > 0:
        for index in range(gap, len(keys)):
            key, row, place = keys[index], rows[index], index
            while place >= gap:
                other, other_row = keys[place - gap], rows[place - gap]
                if other < key or (other == key and other_row < row):
                    break
                keys[place], rows[place] = other, other_row
                place -= gap
            keys[place], rows[place] = key, row
        gap //= 2


@compiled
def _due_until(waiting: Any, items: Any, latest: int) -> Any:
    """The first of the waiting items, which stand in order of due times: those due by `latest`."""
    count = 0
    while count < len(waiting) and items[waiting[count], 3] <= latest:
        count += 1
    return waiting[:count]


@compiled
def _shuffled(candidates: Any, items: Any, values: Any, order: int, noise: float, state: Any) -> Any:
    """The candidates, largest key first, the first of them always first."""
    count = len(candidates)
    keys = np.empty(count)
    ranked = np.empty(count, dtype=np.int64)
    for index in range(count):
        factor = 1.0 + noise * (_uniform(state) - 0.5) if noise > 0 else 1.0
        keys[index] = -_sort_key(items[candidates[index]], values[candidates[index]], order) * factor
        ranked[index] = candidates[index]
    keys[0] = -1e300
    _sort(keys, ranked)
    return ranked


@compiled
def _worth(places: Any, placed: int, items: Any, values: Any, early_weight: float) -> float:
    """Value of what lies on a pallet, less a weight times its early minutes."""
    worth, early = 0.0, 0.0
    first = items[places[0, 0], 3]
    for index in range(placed):
        item = places[index, 0]
        worth += values[item]
        early += items[item, 3] - first
    return worth - early_weight * early


@compiled
def form(
    pool: Any,
    items: Any,
    shapes: Any,
    values: Any,
    kinds: Any,
    available: Any,
    window: int,
    tries: int,
    plain: bool,
    early_weight: float,
    state: Any,
    out: Any,
) -> int:
    """Form loads from the items of `pool`, given in order of their due times; returns how many loads.

    Args:
        pool: rows of `items`.
        items, shapes, window: as in `packing.fill`.
        values: what it is worth to have an item on a pallet; a pallet that serves well holds about 1.
        kinds: a row per kind of pallet: length, width, largest weight and gap as in `packing.fill`.
        available: pallets left of each kind; counted down.
        tries: orders tried for a pallet of each kind.
        plain: begin with the orders without noise.
        early_weight: value of an early minute.
        state: of the random numbers.
        out: filled with a row per item of the pool: load (-1: none), kind, x, y, 1 if rotated.
    """
    position = np.empty(len(items), dtype=np.int64)
    for index in range(len(pool)):
        out[index, 0] = -1
        position[pool[index]] = index
    places, best_places = np.empty((len(pool), 4), dtype=np.int64), np.empty((len(pool), 4), dtype=np.int64)
    free = np.empty((MAX_FREE, 4), dtype=np.int64)
    waiting = pool
    loads = 0
    while len(waiting) > 0:
        best_worth, best_count, best_kind = -np.inf, 0, -1
        near = _due_until(waiting, items, items[waiting[0], 3] + window)
        for kind in range(len(kinds)):
            if available[kind] == 0:
                continue
            for attempt in range(tries):
                if plain and attempt < PLAIN_TRIES:
                    order, rule, noise = attempt // RULES, attempt % RULES, 0.0
                else:
                    order, rule = int(_uniform(state) * ORDERS), int(_uniform(state) * RULES)
                    noise = 1.5 * _uniform(state) ** 2
                ranked = _shuffled(near, items, values, order, noise, state)
                placed = fill(ranked, items, shapes, kinds[kind], window, rule, places, free)
                if placed == 0 or places[0, 0] != waiting[0]:
                    break
                worth = _worth(places, placed, items, values, early_weight)
                worth -= 1e-15 * kinds[kind, 0] * kinds[kind, 1]
                if worth > best_worth:
                    best_worth, best_count, best_kind = worth, placed, kind
                    for row in range(placed):
                        for column in range(4):
                            best_places[row, column] = places[row, column]
                if placed == len(near):
                    break
        if best_kind < 0:
            waiting = waiting[1:]
            continue
        taken = np.zeros(len(pool), dtype=np.bool_)
        for index in range(best_count):
            where = position[best_places[index, 0]]
            taken[where] = True
            out[where, 0], out[where, 1] = loads, best_kind
            for column in range(3):
                out[where, 2 + column] = best_places[index, 1 + column]
        available[best_kind] -= 1
        loads += 1
        still = np.empty(len(waiting) - best_count, dtype=np.int64)
        kept = 0
        for item in waiting:
            if not taken[position[item]]:
                still[kept] = item
                kept += 1
        waiting = still
    return loads
