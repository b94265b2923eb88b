"""Factors of X̄–R charts, read from constants.yaml; and what every statistic refuses."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from quality.documents import read_document

SMALLEST_SUBGROUP, LARGEST_SUBGROUP = 2, 10


class StatisticsInputError(ValueError):
    """Values from which a statistic cannot be made; the message says which and why."""


@dataclass(frozen=True)
class Factors:
    """Factors for subgroups of `size` values: lines of the mean (A2) and of the range (D3, D4), and d2 = R̄/σ."""

    size: int
    a2: float
    d3: float
    d4: float
    d2: float


def factors(size: int) -> Factors:
    """The factors of a subgroup size of 2 to 10.

    Raises:
        StatisticsInputError: no factors are known for this size.
    """
    known = _table()
    if size not in known:
        raise StatisticsInputError(f"a subgroup has {SMALLEST_SUBGROUP} to {LARGEST_SUBGROUP} values, not {size}")
    return known[size]


@cache
def _table() -> dict[int, Factors]:
    root = read_document(Path(__file__).with_name("constants.yaml")).record(
        ["standard", "edition", "clause", "title", "note", "verified", "subgroups"]
    )
    rows = [place.record(["n", "A2", "D3", "D4", "d2"]) for place in root["subgroups"].sequence()]
    found = [
        Factors(row["n"].count(), row["A2"].number(), row["D3"].number(), row["D4"].number(), row["d2"].number())
        for row in rows
    ]
    return {row.size: row for row in found}


def require_finite(values: Iterable[float], what: str) -> None:
    """Refuse values that are no finite numbers, naming the first."""
    for index, value in enumerate(values):
        if not math.isfinite(value):
            raise StatisticsInputError(f"{what}[{index}] is no finite number")
