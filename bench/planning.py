"""The solver against its own start, and nesting against the pallets' area, on generated instances of fixed seeds."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from bench.row import Row
from scheduling import Item, NestingProblem, PalletType, generate, nest, solve

SECONDS = 5
SEEDS = (1, 2, 3)


def rows() -> Iterator[Row]:
    """Objective after five seconds over that of the start; pallets over the least their area needs."""
    for jobs, lines in ((30, 2), (200, 2)):
        ratios = []
        for seed in SEEDS:
            problem = generate(jobs=jobs, lines=lines, seed=seed)
            start = solve(problem, seconds=0, seed=seed).objective.total
            ratios.append(solve(problem, seconds=SECONDS, workers=2, seed=seed).objective.total / max(start, 1))
        figures = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        yield Row(
            f"plan of {jobs} loads on {lines} lines, {SECONDS} s", "earliest due date", statistics.mean(ratios), figures
        )
    yield _nesting()


def _nesting() -> Row:
    pallet = PalletType(id="P", length_mm=9000, width_mm=3500, max_load_kg=20000, edge_clearance_mm=40, gap_mm=120)
    sizes = [(3420, 1760), (3120, 1460), (2820, 1700), (3720, 1760)]
    items = tuple(
        Item(id=f"E{n}", length_mm=sizes[n % 4][0], width_mm=sizes[n % 4][1], weight_kg=900, group="A", due=n)
        for n in range(200)
    )
    used = len(nest(NestingProblem(pallets=(pallet,), items=items, due_window_minutes=10_000)).loads)
    area = sum(item.length_mm * item.width_mm for item in items) / (pallet.length_mm * pallet.width_mm)
    return Row("200 slabs on pallets", "their bare area", used / area, f"{used} pallets, area of {area:.1f}")
