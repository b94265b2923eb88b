"""An independent check of a nesting result against every rule of its contract; shares no code with the search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations, pairwise

from scheduling.nesting.problem import Item, NestingProblem, PalletType
from scheduling.nesting.result import NestingObjective, NestingResult, NestingStatus, PalletLoad, Placement

Placed = list[tuple[Item, Placement]]


def check_nesting(problem: NestingProblem, result: NestingResult) -> tuple[str, ...]:
    """Every rule that the result breaks, one message each that begins with the rule's code; empty: none."""
    items = {item.id: item for item in problem.items}
    pallets = {pallet.id: pallet for pallet in problem.pallets}
    found = [*_item_violations(items, result), *_pallet_violations(pallets, result)]
    for load in result.loads:
        pallet = pallets.get(load.pallet)
        placed = [(items[entry.item], entry) for entry in load.placements if entry.item in items]
        if pallet is not None:
            found += _edge_violations(load, pallet, placed)
            found += _gap_violations(load, pallet, placed)
            found += _weight_violations(load, pallet, placed)
        found += _company_violations(problem, load, placed)
        found += _rotation_violations(load, placed)
    found += _unplaced_violations(problem, items, result)
    found += _objective_violations(items, result)
    found += _order_violations(items, result)
    return tuple(found)


def _item_violations(items: dict[str, Item], result: NestingResult) -> Iterator[str]:
    """N1-item: every item exactly once."""
    times = Counter(entry.item for load in result.loads for entry in load.placements)
    times.update(entry.item for entry in result.unplaced)
    for name, count in times.items():
        if name not in items:
            yield f"N1-item: there is no item {name!r}"
        if count > 1:
            yield f"N1-item: item {name!r} stands {count} times"
    for name in items:
        if name not in times:
            yield f"N1-item: item {name!r} is missing"


def _pallet_violations(pallets: dict[str, PalletType], result: NestingResult) -> Iterator[str]:
    """N2-pallet: known kinds, no more of each than there are, no load twice and none empty."""
    for load in result.loads:
        if load.pallet not in pallets:
            yield f"N2-pallet: load {load.id!r} lies on {load.pallet!r}, which is not known"
        if not load.placements:
            yield f"N2-pallet: load {load.id!r} is empty"
        if not load.id:
            yield "N2-pallet: a load has no id"
    for name, count in Counter(load.id for load in result.loads).items():
        if count > 1:
            yield f"N2-pallet: load {name!r} stands {count} times"
    used = Counter(load.pallet for load in result.loads)
    for pallet in pallets.values():
        if pallet.count is not None and used[pallet.id] > pallet.count:
            yield f"N2-pallet: {used[pallet.id]} loads on {pallet.id!r}, of which there are {pallet.count}"


def _box(item: Item, placement: Placement) -> tuple[int, int, int, int]:
    """The item's near corner and its far corner."""
    along, across = item.length_mm, item.width_mm
    if placement.rotated:
        along, across = across, along
    return placement.x_mm, placement.y_mm, placement.x_mm + along, placement.y_mm + across


def _edge_violations(load: PalletLoad, pallet: PalletType, placed: Placed) -> Iterator[str]:
    """N3-edge: the clearance to all four edges."""
    edge = pallet.edge_clearance_mm
    for item, placement in placed:
        left, near, right, far = _box(item, placement)
        room = min(left, near, pallet.length_mm - right, pallet.width_mm - far)
        if room < edge:
            yield f"N3-edge: {item.id!r} on {load.id!r} keeps {room} mm from the edge, not {edge}"


def _gap_violations(load: PalletLoad, pallet: PalletType, placed: Placed) -> Iterator[str]:
    """N4-gap: any two items are apart along the length or along the width."""
    boxes = [(item.id, _box(item, placement)) for item, placement in placed]
    for (one, a), (other, b) in combinations(boxes, 2):
        apart_along = max(b[0] - a[2], a[0] - b[2])
        apart_across = max(b[1] - a[3], a[1] - b[3])
        if max(apart_along, apart_across) < pallet.gap_mm:
            yield f"N4-gap: {one!r} and {other!r} on {load.id!r} are less than {pallet.gap_mm} mm apart"


def _weight_violations(load: PalletLoad, pallet: PalletType, placed: Placed) -> Iterator[str]:
    """N5-weight: no pallet carries more than it may."""
    weight = sum(item.weight_kg for item, _ in placed)
    if weight > pallet.max_load_kg:
        yield f"N5-weight: {load.id!r} weighs {weight} kg, at most {pallet.max_load_kg}"


def _company_violations(problem: NestingProblem, load: PalletLoad, placed: Placed) -> Iterator[str]:
    """N6-group and N7-due: who may share a pallet."""
    if len({item.group for item, _ in placed}) > 1:
        yield f"N6-group: {load.id!r} mixes groups"
    window = problem.due_window_minutes
    dues = sorted(item.due for item, _ in placed)
    if dues and window is not None and dues[-1] - dues[0] > window:
        yield f"N7-due: items on {load.id!r} are due {dues[-1] - dues[0]} minutes apart, at most {window}"


def _rotation_violations(load: PalletLoad, placed: Placed) -> Iterator[str]:
    """N8-rotation: what must not be turned is not."""
    for item, placement in placed:
        if placement.rotated and not item.may_rotate:
            yield f"N8-rotation: {item.id!r} on {load.id!r} must not be rotated"


def _has_room(pallet: PalletType, item: Item) -> bool:
    along = pallet.length_mm - 2 * pallet.edge_clearance_mm
    across = pallet.width_mm - 2 * pallet.edge_clearance_mm
    straight = item.length_mm <= along and item.width_mm <= across
    return straight or (item.may_rotate and item.width_mm <= along and item.length_mm <= across)


def _unplaced_violations(problem: NestingProblem, items: dict[str, Item], result: NestingResult) -> Iterator[str]:
    """N9-unplaced: nothing is left that an empty pallet still there would hold, and the code of a reason is true."""
    used = Counter(load.pallet for load in result.loads)
    for entry in result.unplaced:
        item = items.get(entry.item)
        if item is None:
            continue
        roomy = [pallet for pallet in problem.pallets if _has_room(pallet, item)]
        strong = [pallet for pallet in roomy if item.weight_kg <= pallet.max_load_kg]
        for pallet in strong:
            if pallet.count is None or used[pallet.id] < pallet.count:
                yield f"N9-unplaced: {item.id!r} fits on an empty {pallet.id!r}"
                break
        code = "no-pallet-left" if strong else "too-heavy" if roomy else "too-large"
        if entry.code not in ("", code):
            yield f"N9-unplaced: {item.id!r} is left out for {code!r}, not for {entry.code!r}"


def _dues(items: dict[str, Item], load: PalletLoad) -> list[int]:
    return [items[entry.item].due for entry in load.placements if entry.item in items]


def _objective_violations(items: dict[str, Item], result: NestingResult) -> Iterator[str]:
    """N10-objective: the objective is what the loads say, and status and bound do not contradict it."""
    early = 0
    for load in result.loads:
        dues = _dues(items, load)
        early += sum(due - min(dues) for due in dues)
    actual = NestingObjective(len(result.unplaced), len(result.loads), early)
    if result.objective is not None and result.objective != actual:
        yield f"N10-objective: the result says {_words(result.objective)}, but it is {_words(actual)}"
    if result.bound is not None and actual < result.bound:
        yield f"N10-objective: the bound says {_words(result.bound)}, but the result is {_words(actual)}"
    if result.status is NestingStatus.OPTIMAL and actual != result.bound:
        yield "N10-objective: the result is called optimal, but the bound does not say so"


def _words(objective: NestingObjective) -> str:
    return f"{objective.unplaced} unplaced, {objective.pallets} pallets, {objective.early_minutes} early minutes"


def _order_violations(items: dict[str, Item], result: NestingResult) -> Iterator[str]:
    """N11-order: loads in the order in which they are needed."""
    needed = [(load.id, min(dues)) for load in result.loads if (dues := _dues(items, load))]
    for (before, one), (after, other) in pairwise(needed):
        if other < one:
            yield f"N11-order: {after!r} is needed before {before!r}, which stands earlier"
