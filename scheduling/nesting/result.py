"""What pallet formation answers: loads, what lies where on them, what could not be placed, and how good that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NestingStatus(StrEnum):
    """How a search ended."""

    OPTIMAL = "optimal"
    """Proven: no result is better."""
    FEASIBLE = "feasible"
    """The best found in the time given."""
    CANCELLED = "cancelled"
    """The best found when somebody asked to stop."""


@dataclass(frozen=True)
class Placement:
    """Where an item lies: `x_mm` along the pallet's length and `y_mm` along its width, from the pallet's corner to
    the corner of the item nearest to it. Rotated by 90°, the item's length runs across the pallet."""

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
    """An item that lies on no pallet, and why; `code` names the reason for a program: `too-large`, `too-heavy` or
    `no-pallet-left`."""

    item: str
    reason: str
    code: str = ""


@dataclass(frozen=True, order=True)
class NestingObjective:
    """What results are compared by, in this order; less is better.

    `early_minutes` is the sum, over all placed items, of how much later each is due than the earliest on its load: a
    load is made when its earliest item is needed, and the others lie in the yard for so long.
    """

    unplaced: int
    pallets: int
    early_minutes: int


@dataclass(frozen=True)
class NestingResult:
    """Loads in the order in which they are due, and what could not be placed.

    No result has a smaller objective than `bound`. A result that claims nothing has neither.
    """

    loads: tuple[PalletLoad, ...]
    unplaced: tuple[UnplacedItem, ...] = ()
    objective: NestingObjective | None = None
    bound: NestingObjective | None = None
    status: NestingStatus = NestingStatus.FEASIBLE
