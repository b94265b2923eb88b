"""How many there are at once, over time: pallets in a chamber, units of a resource, finished loads in store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from scheduling.problem import Window


@dataclass(frozen=True)
class StepSeries:
    """A number that changes at minutes: from each minute on, this many. Before the first there are none."""

    points: tuple[tuple[int, int], ...]

    @property
    def peak(self) -> int:
        """The greatest number at once."""
        return max((number for _, number in self.points), default=0)

    def at(self, minute: int) -> int:
        """The number at a minute."""
        return next((number for start, number in reversed(self.points) if start <= minute), 0)


def step_series(stays: Iterable[Window], begin: int) -> StepSeries:
    """How many of these half-open stays are under way, from `begin` on."""
    changes: Counter[int] = Counter()
    for start, end in stays:
        if end > max(start, begin):
            changes[max(start, begin)] += 1
            changes[end] -= 1
    points: list[tuple[int, int]] = []
    number = 0
    for minute in sorted(changes):
        if changes[minute] != 0:
            number += changes[minute]
            points.append((minute, number))
    return StepSeries(tuple(points))
