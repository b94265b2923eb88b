"""Pallet formation: which elements lie on which pallet, and where.

Lengths in millimetres, weights in kilograms, due times in minutes. `x_mm` runs along the pallet's length and
`y_mm` along its width, from the pallet's corner; a placement names the corner of the element nearest to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from scheduling.problem import DocumentError


@dataclass(frozen=True)
class PalletType:
    """A kind of pallet. Elements keep `edge_clearance_mm` from its edge and `gap_mm` from one another.

    `count` bounds the loads of this kind; None: as many as needed.
    """

    id: str
    length_mm: int
    width_mm: int
    max_load_kg: int
    edge_clearance_mm: int = 0
    gap_mm: int = 0
    count: int | None = None


@dataclass(frozen=True)
class Item:
    """An element to be placed. Only items of one `group` (same concrete, thickness, curing class, route) share
    a pallet. `due` is in minutes, as in the scheduling problem."""

    id: str
    length_mm: int
    width_mm: int
    weight_kg: int
    group: str
    due: int
    may_rotate: bool = True


@dataclass(frozen=True)
class NestingProblem:
    """Items and the pallets they may lie on.

    Items on one pallet are due at most `due_window_minutes` apart (None: no limit).

    Raises:
        NestingError: if a value is out of range or an id is repeated.
    """

    pallets: tuple[PalletType, ...]
    items: tuple[Item, ...] = ()
    due_window_minutes: int | None = None

    def __post_init__(self) -> None:
        from scheduling.nesting_checks import check_problem

        check_problem(self)


@dataclass(frozen=True)
class Placement:
    """Where an item lies. Rotated by 90°, its length runs across the pallet."""

    item: str
    x_mm: int
    y_mm: int
    rotated: bool = False


@dataclass(frozen=True)
class PalletLoad:
    """One loaded pallet."""

    id: str
    pallet: str
    placements: tuple[Placement, ...]


@dataclass(frozen=True)
class UnplacedItem:
    """An item that lies on no pallet, and why; `code` names the reason for a program."""

    item: str
    reason: str
    code: str = ""


@dataclass(frozen=True)
class NestingResult:
    """Loads in the order in which they are due, and what could not be placed."""

    loads: tuple[PalletLoad, ...]
    unplaced: tuple[UnplacedItem, ...] = ()


class NestingError(DocumentError):
    """A nesting problem or result that does not keep its contract."""


def nest(problem: NestingProblem, seconds: float = 10.0) -> NestingResult:
    """Place every item that fits, on few pallets, within `seconds`; never mixes groups or due windows."""
    from scheduling.nesting_search import form_loads

    return form_loads(problem, seconds)


def check_nesting(problem: NestingProblem, result: NestingResult) -> tuple[str, ...]:
    """Every rule that the result breaks, one message each with its code; empty: none."""
    from scheduling.nesting_checks import violations

    return violations(problem, result)
