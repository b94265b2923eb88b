"""A figure of the benchmark: what it measures, for which cases, and what is wanted of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Values = dict[str, float | str | None]
"""What one case measured, by quantity. None: we have none, which misses a target. Words: there is nothing to compare
with, which is told and counts for nothing."""
Settings = Mapping[str, float]
SEEDS = (1, 2, 3, 4, 5)


class SkippedError(Exception):
    """A figure that cannot be measured here; the message says what is missing."""


class Judged(StrEnum):
    """Which statistic of the cases a target is for."""

    MEAN = "mean"
    WORST = "worst"


@dataclass(frozen=True)
class Quantity:
    """One row of the table. Less is better in every one of them.

    `target` None: told beside the others, nothing is promised. `prototype`: what the study's prototype reached.
    """

    name: str
    what: str
    target: float | None = None
    judged: Judged = Judged.MEAN
    prototype: str = "–"
    digits: int = 2
    unit: str = ""

    def text(self, value: float | str | None) -> str:
        """A value as the table shows it."""
        if value is None:
            return "none"
        return value if isinstance(value, str) else f"{value:,.{self.digits}f}{self.unit}"


@dataclass(frozen=True)
class Figure:
    """Something to measure, one case after the other.

    `cases` are the seeds of generated instances, or the numbers of instances in a file (1 is the first).
    `measure(case, **settings)` returns the values of the case by quantity, and may raise `SkippedError`.
    """

    name: str
    title: str
    measure: Callable[..., Values]
    quantities: tuple[Quantity, ...]
    settings: Settings = field(default_factory=dict)
    cases: tuple[int, ...] = SEEDS


NO_SOLUTION = "no solution"


def ratio(ours: float, theirs: float | None) -> float | str | None:
    """Ours over theirs, 1 where both are 0; words where they found nothing, None where only they reach 0."""
    if theirs is None:
        return NO_SOLUTION
    if theirs == 0:
        return 1.0 if ours == 0 else None
    return ours / theirs
