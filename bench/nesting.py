"""Pallet formation against the bare area of the elements."""

from __future__ import annotations

from bench.figure import Figure, Quantity, Values
from scheduling import Item, NestingProblem, PalletType, nest

PALLET = PalletType(id="P", length_mm=9000, width_mm=3500, max_load_kg=20000, edge_clearance_mm=40, gap_mm=120)
SIZES_MM = ((3420, 1760), (3120, 1460), (2820, 1700), (3720, 1760))


def pallets(_: int, items: int, seconds: float) -> Values:
    """Pallets used over the least that the elements' area needs; clearances make 1 unreachable."""
    of = tuple(
        Item(id=f"E{n}", length_mm=length, width_mm=width, weight_kg=900, group="A", due=n)
        for n in range(int(items))
        for length, width in [SIZES_MM[n % len(SIZES_MM)]]
    )
    used = len(nest(NestingProblem(pallets=(PALLET,), items=of, due_window_minutes=10_000), seconds).loads)
    area = sum(item.length_mm * item.width_mm for item in of) / (PALLET.length_mm * PALLET.width_mm)
    return {"ratio": used / area, "pallets": used}


FIGURES = (
    Figure(
        "nesting-200",
        "200 slabs on pallets, 10 s: ÷ their bare area",
        pallets,
        (Quantity("ratio", "pallets ÷ area"), Quantity("pallets", "pallets", digits=0)),
        {"items": 200, "seconds": 10},
        (1,),
    ),
)
