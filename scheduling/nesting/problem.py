"""What pallet formation is asked: pallets of several kinds, and the elements that shall lie on them.

Lengths in millimetres, weights in kilograms, due times in minutes.
"""

from __future__ import annotations

from dataclasses import dataclass

from scheduling.documents.checking import Findings
from scheduling.documents.issues import DocumentError

MAX_LENGTH_MM = 100_000
MAX_WEIGHT_KG = 1_000_000
MAX_COUNT = 10_000


class NestingError(DocumentError):
    """A nesting problem or result that does not keep its contract; `issues` holds every fault with its JSON path."""


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
        findings = Findings()
        if not self.pallets:
            findings.add("$.pallets", "needs at least one pallet type")
        findings.unique_ids("$.pallets", (pallet.id for pallet in self.pallets))
        findings.unique_ids("$.items", (item.id for item in self.items))
        for index, pallet in enumerate(self.pallets):
            _check_pallet(pallet, f"$.pallets[{index}]", findings)
        for index, item in enumerate(self.items):
            _check_item(item, f"$.items[{index}]", findings)
        if self.due_window_minutes is not None:
            findings.minute("$.due_window_minutes", self.due_window_minutes)
        if findings.issues:
            raise NestingError(tuple(findings.issues))


def _check_pallet(pallet: PalletType, path: str, findings: Findings) -> None:
    findings.integer(f"{path}.length_mm", pallet.length_mm, 1, MAX_LENGTH_MM)
    findings.integer(f"{path}.width_mm", pallet.width_mm, 1, MAX_LENGTH_MM)
    findings.integer(f"{path}.max_load_kg", pallet.max_load_kg, 1, MAX_WEIGHT_KG)
    findings.integer(f"{path}.edge_clearance_mm", pallet.edge_clearance_mm, 0, MAX_LENGTH_MM)
    findings.integer(f"{path}.gap_mm", pallet.gap_mm, 0, MAX_LENGTH_MM)
    if pallet.count is not None:
        findings.integer(f"{path}.count", pallet.count, 1, MAX_COUNT)


def _check_item(item: Item, path: str, findings: Findings) -> None:
    findings.integer(f"{path}.length_mm", item.length_mm, 1, MAX_LENGTH_MM)
    findings.integer(f"{path}.width_mm", item.width_mm, 1, MAX_LENGTH_MM)
    findings.integer(f"{path}.weight_kg", item.weight_kg, 0, MAX_WEIGHT_KG)
    findings.minute(f"{path}.due", item.due)
    if not isinstance(item.group, str) or not item.group:
        findings.add(f"{path}.group", "must be non-empty text")
    if not isinstance(item.may_rotate, bool):
        findings.add(f"{path}.may_rotate", f"must be true or false, not {item.may_rotate!r}")
