"""Pallet formation by maximal rectangles (Jylänki 2010, "A thousand ways to pack the bin"), in several orders.

Each pallet takes the most urgent item left and then what fills it best among the items of the same group within
the due window. Several rules of choice are tried for every group; the one with the fewest pallets is kept, the
fuller ones among equals. Gaps are kept by packing items that are one gap larger into a field one gap larger.
"""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scheduling.nesting.problem import Item, NestingProblem, PalletType
from scheduling.nesting.result import NestingResult, PalletLoad, Placement, UnplacedItem

Rectangle = tuple[int, int, int, int]
"""x, y, length, width in millimetres."""


class FreeSpace:
    """The maximal free rectangles of one pallet."""

    def __init__(self, pallet: PalletType) -> None:
        edge, gap = pallet.edge_clearance_mm, pallet.gap_mm
        self.gap = gap
        length, width = pallet.length_mm - 2 * edge + gap, pallet.width_mm - 2 * edge + gap
        self.free: list[Rectangle] = [(edge, edge, length, width)] if min(length, width) > 0 else []

    def best_place(self, item: Item) -> tuple[tuple[int, int], Rectangle, bool] | None:
        """Best short side fit: (score, rectangle taken, rotated), or None where the item does not fit."""
        best: tuple[tuple[int, int], Rectangle, bool] | None = None
        turns = ((False, item.length_mm, item.width_mm), (True, item.width_mm, item.length_mm))
        for rotated, length, width in turns if item.may_rotate else turns[:1]:
            needed_x, needed_y = length + self.gap, width + self.gap
            for x, y, free_x, free_y in self.free:
                if needed_x > free_x or needed_y > free_y:
                    continue
                left_x, left_y = free_x - needed_x, free_y - needed_y
                score = (min(left_x, left_y), max(left_x, left_y))
                if best is None or score < best[0]:
                    best = (score, (x, y, needed_x, needed_y), rotated)
        return best

    def take(self, taken: Rectangle) -> None:
        """Cut a rectangle out of every free one, and keep only the maximal ones."""
        pieces: list[Rectangle] = []
        for rectangle in self.free:
            pieces += _without(rectangle, taken)
        pieces = list(dict.fromkeys(pieces))
        self.free = [piece for piece in pieces if not any(piece != other and _inside(piece, other) for other in pieces)]


def _without(free: Rectangle, taken: Rectangle) -> list[Rectangle]:
    x, y, length, width = free
    tx, ty, t_length, t_width = taken
    if tx >= x + length or tx + t_length <= x or ty >= y + width or ty + t_width <= y:
        return [free]
    pieces = [
        (x, y, tx - x, width),
        (tx + t_length, y, x + length - tx - t_length, width),
        (x, y, length, ty - y),
        (x, ty + t_width, length, y + width - ty - t_width),
    ]
    return [piece for piece in pieces if piece[2] > 0 and piece[3] > 0]


def _inside(inner: Rectangle, outer: Rectangle) -> bool:
    return (
        inner[0] >= outer[0]
        and inner[1] >= outer[1]
        and inner[0] + inner[2] <= outer[0] + outer[2]
        and inner[1] + inner[3] <= outer[1] + outer[3]
    )


@dataclass(frozen=True)
class _Filled:
    pallet: PalletType
    placements: tuple[Placement, ...]
    items: tuple[Item, ...]

    @property
    def share(self) -> float:
        """The share of the pallet that is covered."""
        covered = sum(item.length_mm * item.width_mm for item in self.items)
        return covered / (self.pallet.length_mm * self.pallet.width_mm)


Choice = Callable[[Item], tuple[float, ...]]


def _choices() -> list[Choice]:
    """Orders in which the items after the most urgent one are offered to a pallet."""
    orders: list[Choice] = [
        lambda item: (-item.length_mm * item.width_mm, item.due),
        lambda item: (-max(item.length_mm, item.width_mm), -min(item.length_mm, item.width_mm)),
        lambda item: (-item.width_mm, -item.length_mm),
        lambda item: (item.due, -item.length_mm * item.width_mm),
        lambda item: (-(item.length_mm + item.width_mm), item.due),
    ]
    for seed in range(12):
        orders.append(_noisy_area(seed))
    return orders


def _noisy_area(seed: int) -> Choice:
    draw = random.Random(seed)  # noqa: S311 - a search, no secret
    noise: dict[str, float] = defaultdict(lambda: draw.uniform(0.7, 1.3))
    return lambda item: (-item.length_mm * item.width_mm * noise[item.id],)


def _fill(pallet: PalletType, urgent: Item, others: Sequence[Item]) -> _Filled | None:
    """One pallet with the most urgent item and, in this order, all others that still fit."""
    space = FreeSpace(pallet)
    weight = 0
    placements: list[Placement] = []
    items: list[Item] = []
    refused: set[tuple[int, int, bool]] = set()
    for item in (urgent, *others):
        shape = (item.length_mm, item.width_mm, item.may_rotate)
        place = None
        if shape not in refused and weight + item.weight_kg <= pallet.max_load_kg:
            place = space.best_place(item)
            if place is None:
                refused.add(shape)
        if place is None:
            if item is urgent:
                return None
            continue
        _, taken, rotated = place
        space.take(taken)
        weight += item.weight_kg
        placements.append(Placement(item.id, taken[0], taken[1], rotated))
        items.append(item)
        if not space.free:
            break
    return _Filled(pallet, tuple(placements), tuple(items))


def _form_group(
    problem: NestingProblem, items: Sequence[Item], choice: Choice | None, used: Counter[str]
) -> tuple[list[_Filled], list[UnplacedItem]]:
    """All pallets of one group. `choice` None: for every pallet the order that fills it best."""
    waiting = sorted(items, key=lambda item: (item.due, -item.length_mm * item.width_mm, item.id))
    loads: list[_Filled] = []
    unplaced: list[UnplacedItem] = []
    used = Counter(used)
    while waiting:
        urgent = waiting[0]
        window = problem.due_window_minutes
        others = [item for item in waiting[1:] if window is None or item.due - urgent.due <= window]
        candidates: list[_Filled] = []
        for order in _choices() if choice is None else [choice]:
            ranked = sorted(others, key=order)
            for pallet in problem.pallets:
                if pallet.count is None or used[pallet.id] < pallet.count:
                    filled = _fill(pallet, urgent, ranked)
                    candidates += [] if filled is None else [filled]
        if not candidates:
            unplaced.append(_why_unplaced(problem, urgent))
            waiting = waiting[1:]
            continue
        best = max(candidates, key=lambda filled: (filled.share, len(filled.items)))
        if len(best.items) == len(waiting):
            everything = [filled for filled in candidates if len(filled.items) == len(waiting)]
            best = max(everything, key=lambda filled: filled.share)
        used[best.pallet.id] += 1
        loads.append(best)
        there = {item.id for item in best.items}
        waiting = [item for item in waiting if item.id not in there]
    return loads, unplaced


def _why_unplaced(problem: NestingProblem, item: Item) -> UnplacedItem:
    sized = [pallet for pallet in problem.pallets if FreeSpace(pallet).best_place(item) is not None]
    if not sized:
        return UnplacedItem(item.id, f"no pallet has room for {item.length_mm} × {item.width_mm} mm", "too-large")
    if all(item.weight_kg > pallet.max_load_kg for pallet in sized):
        return UnplacedItem(item.id, f"no pallet carries {item.weight_kg} kg", "too-heavy")
    return UnplacedItem(item.id, "no pallet of a kind that holds it is left", "no-pallet-left")


def form_loads(problem: NestingProblem, seconds: float = 10.0) -> NestingResult:
    """Every group by itself, the most urgent first; the rules of choice are tried until the time is up."""
    until = time.monotonic() + seconds
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in sorted(problem.items, key=lambda item: (item.due, item.id)):
        groups[item.group].append(item)
    used: Counter[str] = Counter()
    loads: list[_Filled] = []
    unplaced: list[UnplacedItem] = []
    for items in groups.values():
        best: tuple[list[_Filled], list[UnplacedItem]] | None = None
        for choice in (*_choices(), None):
            if best is not None and time.monotonic() >= until:
                break
            found = _form_group(problem, items, choice, used)
            if best is None or _rank(found) < _rank(best):
                best = found
        if best is not None:
            loads += best[0]
            unplaced += best[1]
            used.update(filled.pallet.id for filled in best[0])
    loads.sort(key=lambda filled: min((item.due, item.id) for item in filled.items))
    numbered = tuple(
        PalletLoad(f"LOAD-{number:04d}", filled.pallet.id, filled.placements)
        for number, filled in enumerate(loads, start=1)
    )
    return NestingResult(numbered, tuple(unplaced))


def _rank(found: tuple[list[_Filled], list[UnplacedItem]]) -> tuple[int, int, float]:
    """Fewest items left over, fewest pallets, least pallet area."""
    loads, unplaced = found
    area = sum(filled.pallet.length_mm * filled.pallet.width_mm for filled in loads)
    return (len(unplaced), len(loads), area)
