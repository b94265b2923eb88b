"""A first answer for a group: loads formed one after the other, in every order and by every rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scheduling.nesting.forming import PLAIN_TRIES, form
from scheduling.nesting.groups import Group, Integers, Load, Values, groups_of
from scheduling.nesting.problem import Item, NestingProblem, PalletType
from scheduling.nesting.result import NestingObjective

State = npt.NDArray[np.uint64]
MANY = 1 << 30
"""Pallets left of a kind that is not counted."""


@dataclass(frozen=True)
class Answer:
    """Loads of one group, and the rows of its items for which no pallet was left."""

    loads: tuple[Load, ...]
    left: tuple[int, ...] = ()

    @property
    def objective(self) -> NestingObjective:
        """What the answer is compared by."""
        return NestingObjective(len(self.left), len(self.loads), sum(load.early_minutes for load in self.loads))


def pallets_left(group_pallets: tuple[int | None, ...]) -> Integers:
    """How many pallets of each kind are there before any is used."""
    return np.array([MANY if count is None else count for count in group_pallets], dtype=np.int64)


def random_state(seed: int) -> State:
    """A state of the compiled random numbers; never 0."""
    return np.array([(seed * 0x9E3779B97F4A7C15 + 0x1234567) % (1 << 64) or 1], dtype=np.uint64)


def formed(
    group: Group,
    rows: list[int],
    values: Values,
    available: Integers,
    tries: int,
    plain: bool,
    early_weight: float,
    state: State,
) -> Answer:
    """Loads of some of a group's items; counts down the pallets that are left."""
    pool = np.array(sorted(rows), dtype=np.int64)
    out = np.empty((len(pool), 5), dtype=np.int64)
    count = form(
        pool,
        group.table,
        group.shapes,
        values,
        group.kinds,
        available,
        group.window,
        tries,
        plain,
        early_weight,
        state,
        out,
    )
    kinds = [0] * count
    places: list[list[tuple[int, int, int, int]]] = [[] for _ in range(count)]
    left = []
    for row, (load, kind, x, y, turned) in zip(pool.tolist(), out.tolist(), strict=True):
        if load < 0:
            left.append(row)
        else:
            kinds[load] = kind
            places[load].append((row, x, y, turned))
    loads = tuple(group.load(kind, tuple(entries)) for kind, entries in zip(kinds, places, strict=True))
    return Answer(loads, tuple(left))


def first_answer(group: Group, available: Integers) -> Answer:
    """An answer for a whole group at once."""
    return formed(group, _all(group), group.area_values, available, 1, True, 0.0, random_state(1))


def thorough_answer(group: Group, available: Integers, seed: int) -> Answer:
    """An answer for a whole group by every order and rule, and some random ones."""
    return formed(group, _all(group), group.area_values, available, 2 * PLAIN_TRIES, True, 0.0, random_state(seed))


def _all(group: Group) -> list[int]:
    return list(range(len(group.items)))


def warm() -> None:
    """Compile what the search is made of, or read it from disk; some seconds on a machine's first call."""
    pallet = PalletType("warm", 2, 2, 1)
    group = groups_of(NestingProblem((pallet,), (Item("warm", 1, 1, 1, "warm", 0),)))[0][0]
    first_answer(group, pallets_left((1,)))
