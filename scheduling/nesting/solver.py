"""Pallet formation from start to end: a first answer for every group, bounds, and improvement until the time is up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from scheduling.nesting import exact
from scheduling.nesting.bounds import least_early_minutes, least_pallets
from scheduling.nesting.groups import Group, Integers, Load, groups_of
from scheduling.nesting.improvement import Walk
from scheduling.nesting.problem import NestingProblem
from scheduling.nesting.result import NestingObjective, NestingResult, NestingStatus, PalletLoad, UnplacedItem
from scheduling.nesting.selection import Selection
from scheduling.nesting.starts import first_answer, pallets_left, thorough_answer, warm

STEPS_AT_ONCE = 10
"""And one more for each pallet of the group."""
SAVING_SHARE = 0.65
"""Share of the time in which pallets are saved; the rest is for early minutes."""
HEAT = 0.02
PRICES_EVERY, SELECTION_EVERY, GROUP_AFTER = 2000, 10_000, 500
PART_EVERY_SAVING, PART_EVERY_POLISHING = 2000, 300
"""Steps of a walk between two uses."""
PART_SECONDS, PART_WORK, PART_ITEMS = 0.3, 0.03, 14
GROUP_SECONDS, GROUP_WORK = 2.0, 1.0
SELECTION_WORK = 0.1
LAST_SECONDS = 0.15
"""So near the end nothing is begun that could take longer."""


@dataclass(frozen=True)
class NestingProgress:
    """How far a search has come: seconds spent of those given, the best objective, and what is proven."""

    seconds: float
    limit: float
    objective: NestingObjective
    bound: NestingObjective


Report = Callable[[NestingProgress], None]
Cancel = Callable[[], bool]


def nest(
    problem: NestingProblem,
    seconds: float = 10.0,
    seed: int = 1,
    iterations: int | None = None,
    progress: Report | None = None,
    should_cancel: Cancel | None = None,
) -> NestingResult:
    """Place every item that fits on few pallets, and items due about the same time together.

    Ends after `seconds`, or after `iterations` steps if that is sooner, or when the result is proven optimal. With
    `iterations`, and seconds enough for them, the same seed gives the same result. What the search is compiled from
    is compiled on a machine's first call, which takes some seconds more (`starts.warm`).

    Args:
        progress: called about four times a second, and when the search ends.
        should_cancel: asked often; when it says True, the best result so far is returned.
    """
    search = _Search(problem, seconds, seed, iterations, progress, should_cancel)
    search.run()
    return search.result()


class _GroupSearch:
    """The search in one group, with what is proven about it."""

    def __init__(self, group: Group, available: Integers, seed: int) -> None:
        self.walk = Walk(group, first_answer(group, available), available, seed)
        self.selection = Selection(group)
        pallets = least_pallets(group)
        self.bound = NestingObjective(0, pallets, least_early_minutes(group, pallets))
        self.exactly_tried = len(group.items) > exact.MOST_ITEMS or len(group.kinds) > 1
        self.polishing = False
        self.steps = 0

    def begin(self) -> None:
        """Start from a more thorough answer, where that is better."""
        limits = self._limits()
        found = thorough_answer(self.walk.group, limits, self.steps + 1)
        if found.objective < self.walk.best.objective:
            self.walk.adopt(found)

    @property
    def done(self) -> bool:
        """Nothing is better."""
        return self.walk.best.objective <= self.bound

    def work(self, share: float, seconds: float) -> int:
        """Some steps at `share` of the time, of which `seconds` are left; returns how many."""
        saving = self._saving(share)
        now = STEPS_AT_ONCE + len(self.walk.loads)
        for _ in range(now):
            self.walk.step(saving, HEAT * (1 - share / SAVING_SHARE) if saving else 0.0)
        before, self.steps = self.steps, self.steps + now
        if seconds < LAST_SECONDS:
            return now
        if self._every(PRICES_EVERY, before):
            self._price()
        if self._every(SELECTION_EVERY, before):
            self.select(seconds)
        if not self.exactly_tried and self.steps >= GROUP_AFTER:
            self._solve_exactly(seconds)
        elif (
            self._every(PART_EVERY_SAVING if saving else PART_EVERY_POLISHING, before)
            and len(self.walk.group.kinds) == 1
        ):
            self._solve_part(saving, seconds)
        return now

    def _saving(self, share: float) -> bool:
        """Whether to go on saving pallets; when that ends, early minutes are saved from the best answer on."""
        best = self.walk.best.objective
        saving = share < SAVING_SHARE and (best.unplaced, best.pallets) > (0, self.bound.pallets)
        if not saving and not self.polishing:
            self.polishing = True
            self.walk.adopt(self.walk.best)
        return saving

    def _every(self, steps: int, before: int) -> bool:
        return self.steps // steps > before // steps

    def _limits(self) -> Integers:
        """Pallets of each kind that this group may use."""
        limits = self.walk.available.copy()
        for load in self.walk.loads:
            limits[load.kind] += 1
        return limits

    def _price(self) -> None:
        """Let areas and the prices of the linear relaxation guide the walk in turn."""
        by_area = (self.steps // PRICES_EVERY) % 2 == 0
        prices = None if by_area else self.selection.prices(self.walk.seen.values(), self._limits())
        self.walk.values = self.walk.group.area_values if prices is None else prices

    def select(self, seconds: float) -> None:
        """Take the best choice among all loads seen."""
        walk = self.walk
        found = self.selection.choose(walk.seen.values(), walk.best, self._limits(), seconds, SELECTION_WORK)
        if found is not None:
            walk.adopt(found)

    def _solve_exactly(self, seconds: float) -> None:
        """Solve the whole group, which is small, or at least learn a bound."""
        self.exactly_tried = True
        if self.walk.best.left:
            return
        loads = self.walk.best.loads
        found, bound = exact.solved(self.walk.group, loads, min(seconds, GROUP_SECONDS), GROUP_WORK)
        self.bound = max(self.bound, bound)
        if found is not None and found.objective < self.walk.best.objective:
            self.walk.adopt(found)

    def _solve_part(self, saving: bool, seconds: float) -> None:
        """Solve a few loads exactly."""
        chosen = self.walk.neighbours(saving, PART_ITEMS)
        loads = [self.walk.loads[index] for index in chosen]
        if not 1 < sum(len(load.places) for load in loads) <= exact.MOST_ITEMS:
            return
        found, _ = exact.solved(self.walk.group, loads, min(seconds, PART_SECONDS), PART_WORK)
        if found is not None:
            self.walk.replace(chosen, found)


class _Search:
    def __init__(
        self,
        problem: NestingProblem,
        seconds: float,
        seed: int,
        iterations: int | None,
        progress: Report | None,
        should_cancel: Cancel | None,
    ) -> None:
        warm()
        self.began = time.monotonic()
        self.seconds = seconds
        self.iterations = iterations
        self.report = progress
        self.should_cancel = should_cancel
        self.cancelled = False
        self.steps = 0
        self.reported = 0.0
        groups, self.hopeless = groups_of(problem)
        available = pallets_left(tuple(pallet.count for pallet in problem.pallets))
        self.groups = [_GroupSearch(group, available, seed + number) for number, group in enumerate(groups)]

    def run(self) -> None:
        """Improve all groups in turn."""
        for group in self.groups:
            if self._stopped():
                break
            group.begin()
        while not self._stopped():
            opened = [group for group in self.groups if not group.done]
            if not opened:
                break
            for group in opened:
                if self._stopped():
                    break
                self.steps += group.work(self._share(), self._left())
        if self.report is not None:
            self._tell(self.report)

    def _spent(self) -> float:
        return time.monotonic() - self.began

    def _left(self) -> float:
        return max(0.01, self.seconds - self._spent())

    def _share(self) -> float:
        """The share of the search that is over, from 0 to 1."""
        if self.iterations is not None:
            return min(1.0, self.steps / max(1, self.iterations))
        return min(1.0, self._spent() / self.seconds) if self.seconds > 0 else 1.0

    def _stopped(self) -> bool:
        if self.should_cancel is not None and not self.cancelled:
            self.cancelled = self.should_cancel()
        if self.report is not None and self._spent() - self.reported >= 0.25:
            self._tell(self.report)
        over = self.iterations is not None and self.steps >= self.iterations
        return self.cancelled or over or self._spent() >= self.seconds

    def _tell(self, report: Report) -> None:
        self.reported = self._spent()
        report(NestingProgress(self.reported, self.seconds, self._objective(), self._bound()))

    def _objective(self) -> NestingObjective:
        best = [group.walk.best.objective for group in self.groups]
        return _total(best, len(self.hopeless))

    def _bound(self) -> NestingObjective:
        """What no result can be below. Early minutes are bound only if every group's pallets are proven least."""
        objective = self._objective()
        bound = _total([group.bound for group in self.groups], len(self.hopeless))
        tight = (objective.unplaced, objective.pallets) == (bound.unplaced, bound.pallets)
        return bound if tight else NestingObjective(bound.unplaced, bound.pallets, 0)

    def result(self) -> NestingResult:
        """The best answers of all groups as one result."""
        found = [(group.walk.group, load) for group in self.groups for load in group.walk.best.loads]
        found.sort(key=_urgency)
        loads = tuple(
            PalletLoad(f"LOAD-{number:04d}", group.pallets[load.kind].id, group.placements(load))
            for number, (group, load) in enumerate(found, start=1)
        )
        left = [
            UnplacedItem(group.walk.group.items[row].id, "no pallet of a kind that holds it is left", "no-pallet-left")
            for group in self.groups
            for row in group.walk.best.left
        ]
        objective, bound = self._objective(), self._bound()
        status = NestingStatus.CANCELLED if self.cancelled else NestingStatus.FEASIBLE
        if objective == bound:
            status = NestingStatus.OPTIMAL
        return NestingResult(loads, (*self.hopeless, *left), objective, bound, status)


def _urgency(entry: tuple[Group, Load]) -> tuple[int, str]:
    group, load = entry
    return load.earliest, min(group.items[row].id for row in load.items)


def _total(objectives: list[NestingObjective], hopeless: int) -> NestingObjective:
    return NestingObjective(
        hopeless + sum(objective.unplaced for objective in objectives),
        sum(objective.pallets for objective in objectives),
        sum(objective.early_minutes for objective in objectives),
    )
