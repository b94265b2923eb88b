"""Small groups to proven optimality by CP-SAT: which pallet, where on it, and in which orientation.

Pallets of one kind only. One method per family of constraints.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

from ortools.sat.python import cp_model

from scheduling.nesting.groups import Group, Load
from scheduling.nesting.result import NestingObjective
from scheduling.nesting.starts import Answer

MOST_ITEMS = 20


def solved(group: Group, loads: Sequence[Load], seconds: float, work: float) -> tuple[Answer | None, NestingObjective]:
    """The best answer found for the items of some loads, and a proven lower bound; `work` in deterministic time."""
    rows = sorted(row for load in loads for row in load.items)
    part = group.part(rows)
    number = {row: index for index, row in enumerate(rows)}
    there = [part.load(0, _renamed(load, number)) for load in loads]
    found, bound = ExactModel(part, Answer(tuple(there))).solve(seconds, work)
    if found is None:
        return None, bound
    back = dict(enumerate(rows))
    return Answer(tuple(group.load(0, _renamed(load, back)) for load in found.loads)), bound


def _renamed(load: Load, number: dict[int, int]) -> tuple[tuple[int, int, int, int], ...]:
    return tuple((number[row], x, y, turned) for row, x, y, turned in load.places)


class ExactModel:
    """At most as many pallets as `answer` uses; items and pallets in order of their due times."""

    def __init__(self, group: Group, answer: Answer) -> None:
        self.group = group
        self.answer = answer
        self.count = len(group.items)
        self.pallets = len(answer.loads)
        self.length, self.width, self.max_load, self.gap = group.kinds[0].tolist()
        self.model = cp_model.CpModel()
        new_bool = self.model.new_bool_var
        self.on = [[new_bool("") for _ in range(self.pallets)] for _ in range(self.count)]
        self.turned = [new_bool("") for _ in range(self.count)]
        self.used = [new_bool("") for _ in range(self.pallets)]
        self.corner = [
            (self.model.new_int_var(0, self.length, ""), self.model.new_int_var(0, self.width, ""))
            for _ in range(self.count)
        ]
        self._every_item_on_one_pallet()
        self._turned_only_where_allowed()
        self._no_two_overlap()
        self._weight_and_area()
        self._company()
        self._pallets_in_order()
        self.early = self._early_minutes()
        self.pallet_cost = 1 + sum(load.early_minutes for load in answer.loads)
        self.model.minimize(self.pallet_cost * sum(self.used) + sum(self.early))
        self._hint()

    def solve(self, seconds: float, work: float) -> tuple[Answer | None, NestingObjective]:
        """The answer found, if any, and a proven lower bound; `work` in CP-SAT's deterministic time."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_time_in_seconds = seconds
        solver.parameters.max_deterministic_time = work
        status = solver.solve(self.model)
        cost = max(0, math.ceil(solver.best_objective_bound - 1e-6))
        bound = NestingObjective(0, cost // self.pallet_cost, cost % self.pallet_cost)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None, bound
        return self._answer(solver), bound

    def _every_item_on_one_pallet(self) -> None:
        """An item lies on one pallet, which then is used."""
        for row in self.on:
            self.model.add_exactly_one(row)
            for literal, used in zip(row, self.used, strict=True):
                self.model.add_implication(literal, used)

    def _turned_only_where_allowed(self) -> None:
        """An item lies in an orientation that is allowed and that the pallet has room for."""
        for item, turned in zip(self.group.items, self.turned, strict=True):
            if item.length_mm > self.length or item.width_mm > self.width:
                self.model.add(turned == 1)
            elif (
                not item.may_rotate
                or item.length_mm == item.width_mm
                or item.width_mm > self.length
                or item.length_mm > self.width
            ):
                self.model.add(turned == 0)

    def _no_two_overlap(self) -> None:
        """Items that are one gap larger do not overlap in a field that is one gap larger."""
        boxes: list[tuple[list[cp_model.IntervalVar], list[cp_model.IntervalVar]]] = [
            ([], []) for _ in range(self.pallets)
        ]
        for row, item in enumerate(self.group.items):
            turn = item.width_mm - item.length_mm
            sizes = (
                item.length_mm + self.gap + turn * self.turned[row],
                item.width_mm + self.gap - turn * self.turned[row],
            )
            ends = []
            for corner, size, side in zip(self.corner[row], sizes, (self.length, self.width), strict=True):
                end = self.model.new_int_var(0, side + self.gap, "")
                self.model.add(corner + size == end)
                ends.append(end)
            for literal, (along, across) in zip(self.on[row], boxes, strict=True):
                for axis, intervals in enumerate((along, across)):
                    intervals.append(
                        self.model.new_optional_interval_var(
                            self.corner[row][axis], sizes[axis], ends[axis], literal, ""
                        )
                    )
        for along, across in boxes:
            self.model.add_no_overlap_2d(along, across)

    def _weight_and_area(self) -> None:
        """A pallet carries its largest weight; and, as it follows anyhow, no more area than it has."""
        field = (self.length + self.gap) * (self.width + self.gap)
        for pallet, used in enumerate(self.used):
            mine = [row[pallet] for row in self.on]
            weights = [item.weight_kg * literal for item, literal in zip(self.group.items, mine, strict=True)]
            self.model.add(sum(weights) <= self.max_load * used)
            areas = [
                (item.length_mm + self.gap) * (item.width_mm + self.gap) * literal
                for item, literal in zip(self.group.items, mine, strict=True)
            ]
            self.model.add(sum(areas) <= field * used)

    def _company(self) -> None:
        """Items due too far apart, or too large to lie side by side, share no pallet."""
        for one, other in combinations(range(self.count), 2):
            if not self._may_share(one, other):
                for pallet in range(self.pallets):
                    self.model.add_bool_or(~self.on[one][pallet], ~self.on[other][pallet])

    def _may_share(self, one: int, other: int) -> bool:
        a, b = self.group.items[one], self.group.items[other]
        if abs(a.due - b.due) > self.group.window:
            return False

        def sizes(item_length: int, item_width: int, may_rotate: bool) -> list[tuple[int, int]]:
            straight = (item_length, item_width)
            return [straight, (item_width, item_length)] if may_rotate else [straight]

        return any(
            (x + self.gap + u <= self.length and max(y, v) <= self.width)
            or (y + self.gap + v <= self.width and max(x, u) <= self.length)
            for x, y in sizes(a.length_mm, a.width_mm, a.may_rotate)
            for u, v in sizes(b.length_mm, b.width_mm, b.may_rotate)
        )

    def _pallets_in_order(self) -> None:
        """Of answers that differ only in the numbers of their pallets one is kept: an item opens the next pallet
        only where an earlier item lies on the one before."""
        for row in range(self.count):
            for pallet in range(self.pallets):
                if pallet > row:
                    self.model.add(self.on[row][pallet] == 0)
                elif pallet > 0:
                    before = [self.on[earlier][pallet - 1] for earlier in range(row)]
                    self.model.add_bool_or([~self.on[row][pallet], *before])

    def _early_minutes(self) -> list[cp_model.IntVar]:
        """How much later each item is due than the earliest on its pallet."""
        dues = [item.due for item in self.group.items]
        spread = min(dues[-1] - dues[0], self.group.window)
        early = [self.model.new_int_var(0, spread, "") for _ in dues]
        for one, other in combinations(range(self.count), 2):
            apart = dues[other] - dues[one]
            if 0 < apart <= self.group.window:
                for pallet in range(self.pallets):
                    both = [self.on[one][pallet], self.on[other][pallet]]
                    self.model.add(early[other] >= apart).only_enforce_if(both)
        return early

    def _hint(self) -> None:
        first = sorted(self.answer.loads, key=lambda load: min(load.items))
        for pallet, load in enumerate(first):
            self.model.add_hint(self.used[pallet], 1)
            for row, x, y, turned in load.places:
                for number, literal in enumerate(self.on[row]):
                    self.model.add_hint(literal, int(number == pallet))
                self.model.add_hint(self.corner[row][0], x)
                self.model.add_hint(self.corner[row][1], y)
                self.model.add_hint(self.turned[row], turned)

    def _answer(self, solver: cp_model.CpSolver) -> Answer:
        loads: list[Load] = []
        for pallet in range(self.pallets):
            places = tuple(
                (
                    row,
                    solver.value(self.corner[row][0]),
                    solver.value(self.corner[row][1]),
                    int(solver.value(self.turned[row])),
                )
                for row in range(self.count)
                if solver.value(self.on[row][pallet])
            )
            if places:
                loads.append(self.group.load(0, places))
        return Answer(tuple(loads))
