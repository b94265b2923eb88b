"""How much of a lot: what the bills of a load's elements plan, and what is left of what came in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mes.library.materials import units
from mes.planning.models import PalletLoad
from mes.shopfloor.loads import ASIDE, uses_of
from mes.shopfloor.models import BatchMaterial, MaterialLot, MaterialUse

BATCH_UNIT = "KGM"  # in which the mixer doses


def planned_quantity(session: Session, load: PalletLoad, lot: MaterialLot) -> float | None:
    """What the load's elements still take of the lot's kind of material, in the lot's unit.

    None where a bill is missing or is in another unit, and where lots of the kind were noted for all of it, or for
    an amount that is not known.
    """
    wanted = wanted_quantity(load, lot.kind, lot.unit)
    others = [use for use in uses_of(session, load) if use.lot.kind == lot.kind and use.lot_id != lot.id]
    if wanted is None or any(use.quantity is None or use.lot.unit != lot.unit for use in others):
        return None
    left = wanted - sum(use.quantity or 0.0 for use in others)
    unit = units()[lot.unit]
    return unit.rounded(left) if left >= unit.least / 2 else None


def wanted_quantity(load: PalletLoad, kind: str, unit: str) -> float | None:
    """What the bills of all the load's elements say of a material; None where one of them does not say it."""
    total = 0.0
    for item in load.items:
        if item.element.state in ASIDE:
            continue
        bill = item.element.component_type.bill
        lines = [line for line in bill if line["kind"] == kind]
        if not bill or any(line["unit"] != unit for line in lines):
            return None
        total += sum(line["quantity"] for line in lines)
    return total or None


def left_of(session: Session, lots: Sequence[MaterialLot]) -> dict[UUID, float]:
    """What is left of each lot after every use whose amount is known; lots that came in uncounted are not in it."""
    counted = [lot for lot in lots if lot.received_quantity is not None]
    ids = [lot.id for lot in counted]
    placed = select(MaterialUse.lot_id, func.sum(MaterialUse.quantity)).where(MaterialUse.lot_id.in_(ids))
    mixed = select(BatchMaterial.lot_id, func.sum(BatchMaterial.quantity_kg)).where(BatchMaterial.lot_id.in_(ids))
    used = _totals(session.execute(placed.group_by(MaterialUse.lot_id)))
    dosed = _totals(session.execute(mixed.group_by(BatchMaterial.lot_id)))
    return {
        lot.id: round(
            (lot.received_quantity or 0.0)
            - used.get(lot.id, 0.0)
            - (dosed.get(lot.id, 0.0) if lot.unit == BATCH_UNIT else 0.0),
            3,
        )
        for lot in counted
    }


def _totals(rows: Iterable[Any]) -> dict[UUID, float]:
    return {lot_id: float(total) for lot_id, total in rows if total is not None}
