"""The items of one group as arrays, and loads of them, for the search."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from scheduling.nesting.problem import Item, NestingProblem, PalletType
from scheduling.nesting.result import Placement, UnplacedItem

Integers = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]
NO_WINDOW = 1 << 40
"""More minutes than lie between any two due times."""


@dataclass(frozen=True)
class Load:
    """A pallet of one kind and what lies on it: a row per item of item, x, y, 1 if rotated, counted from the corner
    of the pallet's field. `early_minutes` as in the objective, `area_mm2` of its items."""

    kind: int
    places: tuple[tuple[int, int, int, int], ...]
    early_minutes: int
    area_mm2: int
    earliest: int

    @cached_property
    def items(self) -> frozenset[int]:
        """Rows of its items."""
        return frozenset(place[0] for place in self.places)


@dataclass(frozen=True)
class Group:
    """Items that may share a pallet, in order of their due times, each of which some kind of pallet holds.

    `table` has a row per item: length, width, weight, due, 1 if it may be rotated. `kinds` has a row per kind of
    pallet: length and width of the field inside the clearance, largest weight, gap.
    """

    items: tuple[Item, ...]
    pallets: tuple[PalletType, ...]
    window: int
    table: Integers
    shapes: Integers
    kinds: Integers

    @cached_property
    def area_values(self) -> Values:
        """The value of an item by its area and the gap around it, as a share of the largest pallet."""
        gap = self.kinds[:, 3].min()
        areas = (self.table[:, 0] + gap) * (self.table[:, 1] + gap)
        field = (self.kinds[:, 0] + self.kinds[:, 3]) * (self.kinds[:, 1] + self.kinds[:, 3])
        shares: Values = areas / float(field.max())
        return shares

    def load(self, kind: int, places: tuple[tuple[int, int, int, int], ...]) -> Load:
        """A load of these places."""
        rows = [self.items[place[0]] for place in places]
        earliest = min(item.due for item in rows)
        early = sum(item.due - earliest for item in rows)
        return Load(kind, places, early, sum(item.length_mm * item.width_mm for item in rows), earliest)

    def part(self, rows: list[int]) -> Group:
        """The group of only these of its items, given in order."""
        return Group(
            items=tuple(self.items[row] for row in rows),
            pallets=self.pallets,
            window=self.window,
            table=self.table[rows],
            shapes=np.unique(self.shapes[rows], return_inverse=True)[1],
            kinds=self.kinds,
        )

    def placements(self, load: Load) -> tuple[Placement, ...]:
        """Where the items of a load lie on its pallet."""
        edge = self.pallets[load.kind].edge_clearance_mm
        return tuple(
            Placement(self.items[row].id, x + edge, y + edge, bool(turned)) for row, x, y, turned in sorted(load.places)
        )


def holds(pallet: PalletType, item: Item) -> bool:
    """Whether an empty pallet has room for an item, whatever it weighs."""
    along = pallet.length_mm - 2 * pallet.edge_clearance_mm
    across = pallet.width_mm - 2 * pallet.edge_clearance_mm
    turned = item.may_rotate and item.width_mm <= along and item.length_mm <= across
    return turned or (item.length_mm <= along and item.width_mm <= across)


def groups_of(problem: NestingProblem) -> tuple[list[Group], list[UnplacedItem]]:
    """The groups, that of the most urgent item first, and the items that no pallet holds."""
    by_name: dict[str, list[Item]] = defaultdict(list)
    hopeless = []
    for item in sorted(problem.items, key=lambda item: (item.due, item.id)):
        reason = _why_never(problem, item)
        if reason is None:
            by_name[item.group].append(item)
        else:
            hopeless.append(reason)
    return [_group(problem, items) for items in by_name.values()], hopeless


def _why_never(problem: NestingProblem, item: Item) -> UnplacedItem | None:
    roomy = [pallet for pallet in problem.pallets if holds(pallet, item)]
    if not roomy:
        return UnplacedItem(item.id, f"no pallet has room for {item.length_mm} × {item.width_mm} mm", "too-large")
    if all(item.weight_kg > pallet.max_load_kg for pallet in roomy):
        return UnplacedItem(item.id, f"no pallet that has room for it carries {item.weight_kg} kg", "too-heavy")
    return None


def _group(problem: NestingProblem, items: list[Item]) -> Group:
    rows = [[item.length_mm, item.width_mm, item.weight_kg, item.due, int(item.may_rotate)] for item in items]
    shapes: dict[Any, int] = {}
    numbers = [shapes.setdefault((row[0], row[1], row[4]), len(shapes)) for row in rows]
    kinds = [
        [
            max(0, pallet.length_mm - 2 * pallet.edge_clearance_mm),
            max(0, pallet.width_mm - 2 * pallet.edge_clearance_mm),
            pallet.max_load_kg,
            pallet.gap_mm,
        ]
        for pallet in problem.pallets
    ]
    return Group(
        items=tuple(items),
        pallets=problem.pallets,
        window=NO_WINDOW if problem.due_window_minutes is None else problem.due_window_minutes,
        table=np.array(rows, dtype=np.int64),
        shapes=np.array(numbers, dtype=np.int64),
        kinds=np.array(kinds, dtype=np.int64),
    )
