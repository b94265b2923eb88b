"""What a mix ticket's form says of concrete's own materials, and what it is filled with beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.library.materials import BATCH_KINDS
from mes.shopfloor.models import BatchMaterial, CastingBatch, MaterialLot
from mes.shopfloor.service.batch_lots import BatchLot

BATCHES_LOOKED_AT = 20


def lots_in(form: Mapping[str, str]) -> tuple[BatchLot, ...]:
    """The lots that a form names in its fields lot_cement, lot_addition …"""
    named = ((kind, form.get(f"lot_{kind}", "").strip()) for kind in BATCH_KINDS)
    return tuple(BatchLot(code=code, kind=kind) for kind, code in named if code)


def usual_lots(session: Session) -> dict[str, str]:
    """The lot of each kind that was noted on a batch last and may still be used: most likely it is in the silo now."""
    latest = select(CastingBatch.id).order_by(CastingBatch.mixed_at.desc(), CastingBatch.id.desc())
    query = (
        select(MaterialLot.kind, MaterialLot.lot_number)
        .join(BatchMaterial, BatchMaterial.lot_id == MaterialLot.id)
        .join(CastingBatch, CastingBatch.id == BatchMaterial.batch_id)
        .where(MaterialLot.released, CastingBatch.id.in_(latest.limit(BATCHES_LOOKED_AT).subquery().select()))
        .order_by(CastingBatch.mixed_at, BatchMaterial.noted_at)
    )
    return {kind: number for kind, number in session.execute(query) if kind in BATCH_KINDS}


def lots_of_batches(session: Session, batch_ids: Sequence[UUID]) -> dict[UUID, list[MaterialLot]]:
    """The lots noted on each of these batches."""
    query = (
        select(BatchMaterial.batch_id, MaterialLot)
        .join(MaterialLot, MaterialLot.id == BatchMaterial.lot_id)
        .where(BatchMaterial.batch_id.in_(batch_ids))
        .order_by(MaterialLot.kind, MaterialLot.lot_number)
    )
    found: dict[UUID, list[MaterialLot]] = {}
    for batch_id, lot in session.execute(query):
        found.setdefault(batch_id, []).append(lot)
    return found
