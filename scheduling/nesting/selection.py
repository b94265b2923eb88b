"""The best choice among all loads that a search has seen: a covering problem, solved by CP-SAT.

Items that are alike are one class, so that a load stands for every load of the same make-up. Items are alike if they
have the same shape and weight, and, unless all due times lie within one window, the same due time. The prices of the
linear relaxation tell the search which items are hard to place well (Gilmore and Gomory 1961).
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
from ortools.linear_solver import pywraplp
from ortools.sat.python import cp_model

from scheduling.nesting.groups import Group, Integers, Load, Values
from scheduling.nesting.starts import MANY, Answer

Places: TypeAlias = tuple[tuple[int, int, int, int], ...]
Pattern: TypeAlias = tuple[int, frozenset[tuple[int, int]]]
"""A kind of pallet, and how many items of which class."""
_LEFT_OUT_COST = 1000.0
MOST_ITEMS = 1000
"""Beyond, the costs would no longer fit CP-SAT's integers."""


class Selection:
    """Chooses among the loads seen of one group; `limits` are the pallets of each kind that the group may use."""

    def __init__(self, group: Group) -> None:
        self.group = group
        dues = group.table[:, 3]
        self.any_due = bool(dues[-1] - dues[0] <= group.window)
        numbers: dict[tuple[int, int, int], int] = {}
        self.class_of = [
            numbers.setdefault((int(shape), int(row[2]), -1 if self.any_due else int(row[3])), len(numbers))
            for shape, row in zip(group.shapes, group.table, strict=True)
        ]
        self.demand = Counter(self.class_of)

    def patterns(self, loads: Iterable[Load]) -> dict[Pattern, Load]:
        """One load for each make-up, that with the fewest early minutes."""
        found: dict[Pattern, Load] = {}
        for load in loads:
            counts = Counter(self.class_of[place[0]] for place in load.places)
            pattern = (load.kind, frozenset(counts.items()))
            if pattern not in found or load.early_minutes < found[pattern].early_minutes:
                found[pattern] = load
        return found

    def prices(self, loads: Iterable[Load], limits: Integers) -> Values | None:
        """The value of every item by the linear relaxation over these loads; None if that has no solution."""
        solver = pywraplp.Solver.CreateSolver("GLOP")
        infinity = solver.infinity()
        rows = {number: solver.Constraint(count, infinity) for number, count in self.demand.items()}
        caps = {
            kind: solver.Constraint(-infinity, int(limit)) for kind, limit in enumerate(limits) if limit < MANY // 2
        }
        objective = solver.Objective()
        objective.SetMinimization()
        for row in rows.values():
            left_out = solver.NumVar(0, infinity, "")
            row.SetCoefficient(left_out, 1)
            objective.SetCoefficient(left_out, _LEFT_OUT_COST)
        for kind, counts in self.patterns(loads):
            used = solver.NumVar(0, infinity, "")
            objective.SetCoefficient(used, 1)
            for number, count in counts:
                rows[number].SetCoefficient(used, count)
            if kind in caps:
                caps[kind].SetCoefficient(used, 1)
        if solver.Solve() != pywraplp.Solver.OPTIMAL:
            return None
        dual = {number: max(row.dual_value(), 0.0) for number, row in rows.items()}
        return np.array([dual[number] for number in self.class_of])

    def choose(
        self, loads: Iterable[Load], answer: Answer, limits: Integers, seconds: float, work: float
    ) -> Answer | None:
        """The best answer made of these loads, if one better than `answer` is found; `work` in deterministic time."""
        if len(self.group.items) > MOST_ITEMS:
            return None
        patterns = self.patterns(loads)
        model = cp_model.CpModel()
        used = {}
        now = Counter(self.patterns([load]).popitem()[0] for load in answer.loads)
        for pattern in patterns:
            most = max(-(-self.demand[number] // count) for number, count in pattern[1])
            used[pattern] = model.new_int_var(0, most, "")
            model.add_hint(used[pattern], now[pattern])
        left = self._cover(model, used)
        for kind, limit in enumerate(limits):
            if limit < MANY // 2:
                model.add(sum(count for pattern, count in used.items() if pattern[0] == kind) <= int(limit))
        pallet_cost = 1 if self.any_due else 1 + sum(load.early_minutes for load in answer.loads)
        early = 0 if self.any_due else sum(patterns[pattern].early_minutes * n for pattern, n in used.items())
        left_cost = pallet_cost * (1 + len(self.group.items))
        model.minimize(left_cost * sum(left) + pallet_cost * sum(used.values()) + early)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_deterministic_time = work
        solver.parameters.max_time_in_seconds = seconds
        if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        chosen = [patterns[pattern] for pattern, count in used.items() for _ in range(solver.value(count))]
        found = self.dealt(chosen)
        return found if found is not None and found.objective < answer.objective else None

    def _cover(self, model: cp_model.CpModel, used: dict[Pattern, cp_model.IntVar]) -> list[cp_model.IntVar]:
        """Every item lies on a load or is left out; returns how many of each class are left out."""
        covering: dict[int, list[cp_model.LinearExpr]] = defaultdict(list)
        for pattern, count in used.items():
            for number, each in pattern[1]:
                covering[number].append(each * count)
        left = []
        for number, demand in self.demand.items():
            missing = model.new_int_var(0, demand, "")
            model.add_hint(missing, 0)
            model.add(sum(covering[number]) + missing >= demand)
            left.append(missing)
        return left

    def dealt(self, chosen: list[Load]) -> Answer | None:
        """Items dealt to the loads' places, the most urgent first; None where a due window would be broken.

        Within a class the earlier items go to the earlier loads: exchanging two of them would not help.
        """
        queues: dict[int, deque[int]] = defaultdict(deque)
        for row, number in enumerate(self.class_of):
            queues[number].append(row)
        waiting = list(chosen)
        loads = []
        while waiting:
            urgent = min((queue[0] for queue in queues.values() if queue), default=None)
            if urgent is None:
                break
            fitting = [
                (self._filled(load, queues), index)
                for index, load in enumerate(waiting)
                if any(self.class_of[place[0]] == self.class_of[urgent] for place in load.places)
            ]
            if not fitting:
                queues[self.class_of[urgent]].clear()
                continue
            places, index = min(fitting, key=lambda entry: self._span(entry[0]))
            loads.append(self.group.load(waiting.pop(index).kind, places))
            for place in places:
                queues[self.class_of[place[0]]].remove(place[0])
        rows = {row for load in loads for row in load.items}
        if any(self._latest(load) - load.earliest > self.group.window for load in loads):
            return None
        return Answer(tuple(loads), tuple(row for row in range(len(self.group.items)) if row not in rows))

    def _filled(self, load: Load, queues: dict[int, deque[int]]) -> Places:
        """The load's places with the next items of their classes; a place for which none is left stays empty."""
        taken: Counter[int] = Counter()
        places = []
        for row, x, y, turned in load.places:
            number = self.class_of[row]
            if taken[number] < len(queues[number]):
                places.append((queues[number][taken[number]], x, y, turned))
                taken[number] += 1
        return tuple(places)

    def _span(self, places: Places) -> tuple[int, int]:
        """Early minutes of a load for each of its items, to choose the least."""
        dues = [self.group.items[place[0]].due for place in places]
        return (sum(due - min(dues) for due in dues) // len(dues), -len(dues))

    def _latest(self, load: Load) -> int:
        return max(self.group.items[row].due for row in load.items)
