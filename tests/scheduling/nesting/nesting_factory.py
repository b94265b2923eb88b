"""Pallets, items and results that the nesting tests begin with."""

import random
from dataclasses import replace

from scheduling import (
    Item,
    NestingObjective,
    NestingProblem,
    NestingResult,
    NestingStatus,
    PalletLoad,
    PalletType,
    Placement,
    UnplacedItem,
)

PALLET = PalletType("P", 9000, 3500, 10_000, edge_clearance_mm=100, gap_mm=100)


def item(name: str, length: int, width: int, **values: object) -> Item:
    return replace(Item(name, length, width, 500, "C30", 0), **values)


def random_items(count: int, seed: int) -> tuple[Item, ...]:
    draw = random.Random(seed)
    return tuple(
        Item(
            id=f"i{number}",
            length_mm=draw.randrange(1500, 4500, 50),
            width_mm=draw.randrange(900, 2800, 50),
            weight_kg=draw.randint(200, 3000),
            group=draw.choice(["C30/60/slab", "C40/200/wall"]),
            due=1440 * draw.randint(1, 12),
            may_rotate=draw.random() < 0.7,
        )
        for number in range(count)
    )


def two_loads() -> tuple[NestingProblem, NestingResult]:
    """Four items of 4000 × 1500 on two pallets, and one that no pallet has room for; every rule is kept.

    Early minutes: the first load is due at 0 and 30, the second at 100 and 160, so 30 + 60.
    """
    items = (
        item("a", 4000, 1500, due=0),
        item("b", 4000, 1500, due=30, may_rotate=False),
        item("c", 4000, 1500, due=100, group="C40"),
        item("d", 4000, 1500, due=160, group="C40"),
        item("big", 9000, 1000, due=5),
    )
    problem = NestingProblem((replace(PALLET, count=2),), items, due_window_minutes=60)
    first = PalletLoad("L1", "P", (Placement("a", 100, 100), Placement("b", 4200, 100)))
    second = PalletLoad("L2", "P", (Placement("c", 100, 100), Placement("d", 100, 1700)))
    return problem, NestingResult(
        (first, second),
        (UnplacedItem("big", "no pallet has room for it", "too-large"),),
        NestingObjective(1, 2, 90),
        NestingObjective(1, 2, 0),
        NestingStatus.FEASIBLE,
    )
