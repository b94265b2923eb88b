"""Raw readings as they were taken, and numbers that can be true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from quality.rules import Face
from quality.verdict import Fault

Pair = tuple[float, float]
Reading = float | tuple[float, ...]
MILLIMETRES = {"mm": 1.0, "cm": 10.0, "m": 1000.0}
_LARGEST_MM = 1e9


@dataclass(frozen=True)
class Measurement:
    """Readings of one item, in `unit` (mm, cm or m; figures that are no lengths have none).

    `values` are numbers, the two diagonals, gaps read (also row by row of a grid), pairs (x, y) for positions, or
    pairs (width, height) for sizes of holes and openings. `nominal` is what the drawing says; gaps, diagonals and
    levels need none, and length, width and thickness are the element's own. `face` tells which face of a panel was
    read; `temporary` marks an embed for the time of construction only.
    """

    item: str
    nominal: float | Pair | None = None
    values: tuple[Reading, ...] = ()
    face: Face | None = None
    temporary: bool = False
    unit: str = "mm"


def number(value: object, path: str, faults: list[Fault], factor: float = 1.0) -> float | None:
    """A finite number in mm, or None and a fault."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        faults.append(Fault(path, f"a number in mm is expected, not {shown(value)}"))
    # Written so that NaN and infinities are refused too: every comparison with them is false.
    elif not -_LARGEST_MM < value < _LARGEST_MM or not abs(value * factor) < _LARGEST_MM:
        faults.append(Fault(path, "a finite number of mm below 1,000,000,000 is expected"))
    else:
        return float(value) if factor == 1.0 else round(value * factor, 9)
    return None


def flat(values: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    """Each reading of a list or of a grid with its place, such as `values[1][0]`."""
    for index, value in enumerate(values):
        if isinstance(value, tuple | list):
            for column, one in enumerate(value):
                yield f"values[{index}][{column}]", one
        else:
            yield f"values[{index}]", value


def shown(value: object) -> str:
    """A value in a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def probably_meant(value: float, smallest: float, largest: float) -> float | None:
    """The figure meant where a digit or a sign slipped in: 34240 for 3424, -60 for 60; None where none fits."""
    for candidate in (abs(value), value / 10, value * 10, value / 100, value / 1000, value * 1000):
        rounded = round(candidate, 6)
        if smallest <= rounded <= largest and rounded != value:
            return rounded
    return None


def question(meant: float | None) -> str:
    """The end of a refusal: a question, with the figure that was perhaps meant."""
    return "please read again" if meant is None else f"was {meant:g} mm meant?"
