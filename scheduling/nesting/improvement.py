"""Ruin and recreate: take a few neighbouring loads apart and form them anew, thousands of times a second.

While pallets may still be saved, answers are preferred that have full pallets beside nearly empty ones; afterwards
those with fewer early minutes.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from scheduling.nesting.groups import Group, Integers, Load
from scheduling.nesting.starts import Answer, formed, random_state

TRIES = 10
MOST_ITEMS_AT_ONCE = 60
MOST_LEFT_AT_ONCE = 30
MOST_LOADS_SEEN = 6000
NEAREST = 8


class Walk:
    """The walk through the answers of one group; `best` is the best seen, `seen` are the loads formed on the way.

    `available` are the pallets that no group uses; walks share it. `values` say what it is worth to have an item on
    a pallet; they guide, and change no result's objective.
    """

    def __init__(self, group: Group, answer: Answer, available: Integers, seed: int) -> None:
        self.group = group
        self.available = available
        self.loads = list(answer.loads)
        self.left = list(answer.left)
        self.best = answer
        self.values = group.area_values
        self.seen: dict[tuple[int, frozenset[int]], Load] = {}
        self.draw = random.Random(seed)  # noqa: S311 - a search, no secret
        self.state = random_state(seed)
        self._note(answer.loads)

    def step(self, saving: bool, heat: float) -> None:
        """Form a few loads anew; `saving`: pallets may still be saved.

        `heat` from 0 on is how much worse an answer may become on the way.
        """
        chosen = self.neighbours(saving, MOST_ITEMS_AT_ONCE)
        again = self.draw.sample(self.left, min(len(self.left), MOST_LEFT_AT_ONCE))
        if len(chosen) < 2 and not again:
            return
        old = Answer(tuple(self.loads[index] for index in chosen), tuple(again))
        rows = [row for load in old.loads for row in load.items] + again
        after = self.available.copy()
        for load in old.loads:
            after[load.kind] += 1
        new = formed(self.group, rows, self.values, after, TRIES, False, self._early_weight(saving), self.state)
        self._note(new.loads)
        if self._accepted(old, new, saving, heat):
            self.replace(chosen, new, again)

    def replace(self, chosen: Sequence[int], new: Answer, again: Sequence[int] = ()) -> None:
        """Put other loads in the place of some, given by their numbers, and of items that were left out."""
        for index in sorted(chosen, reverse=True):
            self.available[self.loads.pop(index).kind] += 1
        for load in new.loads:
            self.available[load.kind] -= 1
        self.loads += new.loads
        self.left = [row for row in self.left if row not in again] + list(new.left)
        answer = Answer(tuple(self.loads), tuple(self.left))
        if answer.objective < self.best.objective:
            self.best = answer

    def adopt(self, answer: Answer) -> None:
        """Go on from another answer for the whole group."""
        self._note(answer.loads)
        self.replace(range(len(self.loads)), answer, self.left)

    def neighbours(self, saving: bool, most_items: int) -> list[int]:
        """Numbers of some loads whose items may meet: one that is poor, and others due about the same time."""
        if not self.loads:
            return []
        rivals = [self.draw.randrange(len(self.loads)) for _ in range(2)]
        if saving:
            anchor = min(rivals, key=lambda index: self._value(self.loads[index]))
        else:
            anchor = max(rivals, key=lambda index: self.loads[index].early_minutes)
        due = self.loads[anchor].earliest
        near = [
            index
            for index, load in enumerate(self.loads)
            if index != anchor and abs(load.earliest - due) <= self.group.window
        ]
        if not saving or self.draw.random() < 0.5:
            near = sorted(near, key=lambda index: abs(self.loads[index].earliest - due))[:NEAREST]
        wanted = min(self.draw.choice((1, 1, 2, 2, 3, 4)), len(near))
        chosen, together = [anchor], len(self.loads[anchor].places)
        for index in self.draw.sample(near, wanted):
            together += len(self.loads[index].places)
            if together <= most_items or len(chosen) < 2:
                chosen.append(index)
        return chosen

    def _early_weight(self, saving: bool) -> float:
        """Value of an early minute, drawn anew for every step."""
        if self.draw.random() < (0.7 if saving else 0.2):
            return 0.0
        span = max(60.0, min(float(self.group.window), float(self.group.table[-1, 3] - self.group.table[0, 3])))
        return 1.0 / span * 10 ** self.draw.uniform(-2.5, 0.5)

    def _accepted(self, old: Answer, new: Answer, saving: bool, heat: float) -> bool:
        before, after = old.objective, new.objective
        if (after.unplaced, after.pallets) != (before.unplaced, before.pallets):
            return after < before
        if not saving:
            return after.early_minutes <= before.early_minutes
        gain = self._crowding(new) - self._crowding(old)
        return gain >= 0 or (heat > 0 and self.draw.random() < math.exp(gain / heat))

    def _crowding(self, answer: Answer) -> float:
        """Larger where full pallets stand beside nearly empty ones."""
        return sum(self._value(load) ** 2 for load in answer.loads)

    def _value(self, load: Load) -> float:
        return sum(float(self.values[place[0]]) for place in load.places)

    def _note(self, loads: Sequence[Load]) -> None:
        """Remember loads; of too many, those of the best answer and the most valuable."""
        for load in loads:
            self.seen.setdefault((load.kind, load.items), load)
        if len(self.seen) > MOST_LOADS_SEEN:
            ranked = sorted(self.seen.items(), key=lambda entry: -self._value(entry[1]))
            self.seen = dict(ranked[: MOST_LOADS_SEEN // 2])
            self.seen |= {(load.kind, load.items): load for load in self.best.loads}
