"""Pallet formation against what is proven: the pallets that there must be at least."""

from __future__ import annotations

import random

from bench.figure import Figure, Quantity, Values
from scheduling import Item, NestingProblem, PalletType, check_nesting, nest

SLAB_PALLET = PalletType(id="P", length_mm=9000, width_mm=3500, max_load_kg=20000, edge_clearance_mm=40, gap_mm=120)
MIXED_PALLET = PalletType(id="P", length_mm=9000, width_mm=3500, max_load_kg=25000, edge_clearance_mm=100, gap_mm=100)
SIZES_MM = ((3420, 1760), (3120, 1460), (2820, 1700), (3720, 1760))
DAY = 1440
KG_PER_MM3 = 2.5e-6


def slabs(_: int, items: int, seconds: float) -> Values:
    """Slabs of four sizes, one due a minute after the other."""
    of = tuple(
        Item(id=f"E{n}", length_mm=length, width_mm=width, weight_kg=900, group="A", due=n)
        for n in range(int(items))
        for length, width in [SIZES_MM[n % len(SIZES_MM)]]
    )
    return _measured(NestingProblem((SLAB_PALLET,), of, due_window_minutes=10_000), seconds)


def mixed(seed: int, items: int, seconds: float) -> Values:
    """Slabs, walls of two concretes and stairs, due within four weeks; four days of them may share a pallet."""
    draw = random.Random(seed)
    of = tuple(_element(number, draw) for number in range(int(items)))
    return _measured(NestingProblem((MIXED_PALLET,), of, due_window_minutes=4 * DAY), seconds)


def _element(number: int, draw: random.Random) -> Item:
    family = draw.choices(("slab", "wall", "stair"), (6, 3, 1))[0]
    due = DAY * draw.randint(1, 20) + 420
    if family == "slab":
        length, width, thickness = draw.randrange(2400, 4500, 60), draw.randrange(1200, 2700, 60), 60
        group, may_rotate = "C30/60/slab", True
    elif family == "wall":
        length, width, thickness = draw.randrange(1800, 6000, 100), draw.choice((2700, 2800, 2900, 3000)), 200
        group, may_rotate = draw.choice(("C35/200/wall", "C40/200/wall")), draw.random() < 0.5
    else:
        length, width, thickness = draw.randrange(2600, 3400, 100), draw.choice((1150, 1200, 1300)), 250
        group, may_rotate = "C30/stair", False
    weight = round(length * width * thickness * KG_PER_MM3)
    return Item(f"{family}-{number:03d}", length, width, weight, group, due, may_rotate)


def _measured(problem: NestingProblem, seconds: float) -> Values:
    """Pallets over what is proven, with the start beside them: the answer that no search has improved."""
    first, found = nest(problem, 0), nest(problem, seconds)
    assert check_nesting(problem, found) == ()
    assert first.objective is not None
    assert found.objective is not None
    assert found.bound is not None
    return {
        "ratio": found.objective.pallets / found.bound.pallets,
        "start": first.objective.pallets / found.bound.pallets,
        "early": found.objective.early_minutes / max(1, first.objective.early_minutes),
        "pallets": found.objective.pallets,
        "bound": found.bound.pallets,
    }


QUANTITIES = (
    Quantity("ratio", "pallets ÷ proven least"),
    Quantity("start", "– the start's pallets ÷ proven least"),
    Quantity("early", "– early minutes ÷ the start's"),
    Quantity("pallets", "– pallets", digits=0),
    Quantity("bound", "– pallets, proven least", digits=0),
)


def _mixed_figure(items: int) -> Figure:
    return Figure(
        f"nesting-mixed-{items}",
        f"{items} slabs, walls and stairs on pallets, 10 s: ÷ proven least",
        mixed,
        QUANTITIES,
        {"items": items, "seconds": 10},
    )


FIGURES = (
    Figure(
        "nesting-slabs-200",
        "200 slabs of four sizes on pallets, 10 s: ÷ proven least",
        slabs,
        QUANTITIES,
        {"items": 200, "seconds": 10},
        (1,),
    ),
    *(_mixed_figure(items) for items in (100, 200, 400)),
)
