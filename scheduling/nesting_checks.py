"""What a nesting problem must keep, and an independent check of a result; shares no code with the search."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations

from scheduling.nesting import (
    Item,
    NestingError,
    NestingProblem,
    NestingResult,
    PalletLoad,
    PalletType,
    Placement,
)
from scheduling.problem_checks import Findings

_MAX_LENGTH_MM = 100_000
_MAX_WEIGHT_KG = 1_000_000


def check_problem(problem: NestingProblem) -> None:
    """Raise `NestingError` with every fault."""
    findings = Findings()
    findings.unique_ids("$.pallets", (pallet.id for pallet in problem.pallets))
    findings.unique_ids("$.items", (item.id for item in problem.items))
    if not problem.pallets:
        findings.add("$.pallets", "needs at least one pallet type")
    for index, pallet in enumerate(problem.pallets):
        path = f"$.pallets[{index}]"
        findings.integer(f"{path}.length_mm", pallet.length_mm, 1, _MAX_LENGTH_MM)
        findings.integer(f"{path}.width_mm", pallet.width_mm, 1, _MAX_LENGTH_MM)
        findings.integer(f"{path}.max_load_kg", pallet.max_load_kg, 1, _MAX_WEIGHT_KG)
        findings.integer(f"{path}.edge_clearance_mm", pallet.edge_clearance_mm, 0, _MAX_LENGTH_MM)
        findings.integer(f"{path}.gap_mm", pallet.gap_mm, 0, _MAX_LENGTH_MM)
        if pallet.count is not None:
            findings.integer(f"{path}.count", pallet.count, 1, 10_000)
    for index, item in enumerate(problem.items):
        path = f"$.items[{index}]"
        findings.integer(f"{path}.length_mm", item.length_mm, 1, _MAX_LENGTH_MM)
        findings.integer(f"{path}.width_mm", item.width_mm, 1, _MAX_LENGTH_MM)
        findings.integer(f"{path}.weight_kg", item.weight_kg, 0, _MAX_WEIGHT_KG)
        findings.minute(f"{path}.due", item.due)
    if problem.due_window_minutes is not None:
        findings.minute("$.due_window_minutes", problem.due_window_minutes)
    if findings.issues:
        raise NestingError(tuple(findings.issues))


def violations(problem: NestingProblem, result: NestingResult) -> tuple[str, ...]:
    """Every rule of the nesting contract that the result breaks, each with its code."""
    items = {item.id: item for item in problem.items}
    pallets = {pallet.id: pallet for pallet in problem.pallets}
    found = _item_violations(items, result) + _pallet_violations(pallets, result)
    for load in result.loads:
        pallet = pallets.get(load.pallet)
        placed = [(items[entry.item], entry) for entry in load.placements if entry.item in items]
        if pallet is not None:
            found += _place_violations(load, pallet, placed)
        found += _company_violations(problem, load, [item for item, _ in placed])
    found += _unplaced_violations(problem, items, result)
    return tuple(found)


def _item_violations(items: dict[str, Item], result: NestingResult) -> list[str]:
    """N1-item: every item exactly once."""
    times = Counter(entry.item for load in result.loads for entry in load.placements)
    times.update(entry.item for entry in result.unplaced)
    found = [f"N1-item: there is no item {name!r}" for name in times if name not in items]
    found += [f"N1-item: item {name!r} stands {count} times" for name, count in times.items() if count > 1]
    return found + [f"N1-item: item {name!r} is missing" for name in items if name not in times]


def _pallet_violations(pallets: dict[str, PalletType], result: NestingResult) -> list[str]:
    """N2-pallet: known kinds, no more of each than there are, no load twice and none empty."""
    used: dict[str, int] = defaultdict(int)
    found = []
    for load in result.loads:
        used[load.pallet] += 1
        if load.pallet not in pallets:
            found.append(f"N2-pallet: load {load.id!r} lies on {load.pallet!r}, which is not known")
        if not load.placements:
            found.append(f"N2-pallet: load {load.id!r} is empty")
    for name, count in Counter(load.id for load in result.loads).items():
        if count > 1:
            found.append(f"N2-pallet: load {name!r} stands {count} times")
    for pallet in pallets.values():
        if pallet.count is not None and used[pallet.id] > pallet.count:
            found.append(f"N2-pallet: {used[pallet.id]} loads on {pallet.id!r}, of which there are {pallet.count}")
    return found


def _size(item: Item, placement: Placement) -> tuple[int, int]:
    return (item.width_mm, item.length_mm) if placement.rotated else (item.length_mm, item.width_mm)


def _place_violations(load: PalletLoad, pallet: PalletType, placed: list[tuple[Item, Placement]]) -> list[str]:
    """N3-edge, N4-gap, N5-weight, N8-rotation."""
    found = []
    edge = pallet.edge_clearance_mm
    boxes = []
    for item, placement in placed:
        length, width = _size(item, placement)
        x, y = placement.x_mm, placement.y_mm
        boxes.append((item.id, x, y, x + length, y + width))
        inside = x >= edge and y >= edge
        if not inside or x + length > pallet.length_mm - edge or y + width > pallet.width_mm - edge:
            found.append(f"N3-edge: {item.id!r} on {load.id!r} is less than {edge} mm from the edge")
        if placement.rotated and not item.may_rotate:
            found.append(f"N8-rotation: {item.id!r} must not be rotated")
    gap = pallet.gap_mm
    for one, other in combinations(boxes, 2):
        apart_x = one[1] >= other[3] + gap or other[1] >= one[3] + gap
        apart_y = one[2] >= other[4] + gap or other[2] >= one[4] + gap
        if not apart_x and not apart_y:
            found.append(f"N4-gap: {one[0]!r} and {other[0]!r} on {load.id!r} are less than {gap} mm apart")
    weight = sum(item.weight_kg for item, _ in placed)
    if weight > pallet.max_load_kg:
        found.append(f"N5-weight: {load.id!r} weighs {weight} kg, at most {pallet.max_load_kg}")
    return found


def _company_violations(problem: NestingProblem, load: PalletLoad, items: list[Item]) -> list[str]:
    """N6-group, N7-due."""
    found = []
    if len({item.group for item in items}) > 1:
        found.append(f"N6-group: {load.id!r} mixes groups")
    window = problem.due_window_minutes
    if items and window is not None:
        apart = max(item.due for item in items) - min(item.due for item in items)
        if apart > window:
            found.append(f"N7-due: items on {load.id!r} are due {apart} minutes apart, at most {window}")
    return found


def _unplaced_violations(problem: NestingProblem, items: dict[str, Item], result: NestingResult) -> list[str]:
    """N9-unplaced: nothing is left that an empty pallet of an unlimited kind would hold."""
    found = []
    for entry in result.unplaced:
        item = items.get(entry.item)
        if item is None:
            continue
        for pallet in problem.pallets:
            room = sorted(side - 2 * pallet.edge_clearance_mm for side in (pallet.length_mm, pallet.width_mm))
            straight = item.length_mm <= pallet.length_mm - 2 * pallet.edge_clearance_mm
            straight &= item.width_mm <= pallet.width_mm - 2 * pallet.edge_clearance_mm
            turned = sorted((item.length_mm, item.width_mm))
            fits = straight or (item.may_rotate and turned[0] <= room[0] and turned[1] <= room[1])
            if fits and pallet.count is None and item.weight_kg <= pallet.max_load_kg:
                found.append(f"N9-unplaced: {item.id!r} fits on an empty {pallet.id!r}")
                break
    return found
