"""Cement, aggregate and admixture lots of a batch of concrete: from the mix ticket, by API, or as the mixer tells."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.commands import Answer, Command, Work, use_case
from mes.core.errors import Conflict, NotFound
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.ledger.service import record
from mes.library.materials import BATCH_KINDS, MATERIAL_KINDS
from mes.shopfloor.loads import batch_facts, lot_facts
from mes.shopfloor.models import BatchMaterial, CastingBatch, MaterialLot
from mes.shopfloor.service.materials import usable_lot


class UnknownBatch(NotFound):
    """The number is on no mix ticket that was recorded."""


class BatchLot(BaseModel):
    """A lot that went into a batch. `code` is its number, or a GS1 code with the lot in (10)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(min_length=1, max_length=120)
    kind: str | None = Field(default=None, description="of the material, where lots of two kinds have this number")
    quantity_kg: float | None = Field(default=None, gt=0, le=50_000)


class NoteBatchMaterials(Command):
    """Lots went into a batch that is recorded."""

    batch_number: str = Field(min_length=1, max_length=40)
    materials: tuple[BatchLot, ...] = Field(min_length=1, max_length=20)


class BatchMaterialsNoted(Answer):
    """Which lots were noted now; those that had been before are not among them."""

    batch_number: str
    lot_numbers: list[str]


@use_case("batch:write")
def note_batch_materials(work: Work, command: NoteBatchMaterials) -> BatchMaterialsNoted:
    """Note what a batch of concrete was made of.

    Raises:
        UnknownBatch: no ticket of this number is recorded.
        UnknownLot, LotBlocked: of one of the lots; nothing is noted then.
        Conflict: a lot is of a material that does not go into concrete, or its number is that of several kinds.
    """
    batch = batch_of_number(work.session, command.batch_number)
    noted = note_lots(work, batch, command.materials, work.event_time(command))
    return BatchMaterialsNoted(batch_number=batch.batch_number, lot_numbers=[lot.lot_number for lot in noted])


def note_lots(work: Work, batch: CastingBatch, lots: Iterable[BatchLot], at: datetime) -> list[MaterialLot]:
    """Note lots on a batch in the caller's transaction, as one event; returns those that were not noted before.

    Raises:
        UnknownLot, LotBlocked, Conflict: as `note_batch_materials`.
    """
    found = [(usable_lot(work, named.code, named.kind), named.quantity_kg) for named in lots]
    for lot, _ in found:
        _require_for_concrete(lot)
    return put_down(work, batch, found, at)


def put_down(
    work: Work, batch: CastingBatch, lots: Iterable[tuple[MaterialLot, float | None]], at: datetime
) -> list[MaterialLot]:
    """Write down what is in a batch, with kilograms where they are known, whether it should be there or not."""
    known = set(work.session.scalars(select(BatchMaterial.lot_id).where(BatchMaterial.batch_id == batch.id)))
    noted: list[MaterialLot] = []
    facts: list[dict[str, Any]] = []
    for lot, quantity_kg in lots:
        if lot.id in known:
            continue
        known.add(lot.id)
        work.session.add(_row(work, batch, lot, quantity_kg, at))
        noted.append(lot)
        facts.append(lot_facts(lot) | ({"quantity_kg": quantity_kg} if quantity_kg else {}))
    if noted:
        work.session.flush()
        how = {"batch": batch_facts(batch), "materials": facts}
        record(work, "batch.material_noted", [f"batch:{batch.batch_number}"], event_time=at, how=how)
    return noted


def batch_of_number(session: Session, number: str) -> CastingBatch:
    """A recorded batch.

    Raises:
        UnknownBatch: no ticket of this number is recorded.
    """
    found = session.scalars(select(CastingBatch).where(CastingBatch.batch_number == number.strip())).first()
    if found is None:
        text = N_("Batch %(batch)s is not recorded; record its mix ticket first")
        raise UnknownBatch(Text(text, {"batch": number.strip()}))
    return found


def _require_for_concrete(lot: MaterialLot) -> None:
    if lot.kind not in BATCH_KINDS:
        text = N_("Lot %(lot)s is %(kind)s, which does not go into concrete")
        raise Conflict(Text(text, {"lot": lot.lot_number, "kind": Text(MATERIAL_KINDS.get(lot.kind, lot.kind))}))


def _row(work: Work, batch: CastingBatch, lot: MaterialLot, quantity_kg: float | None, at: datetime) -> BatchMaterial:
    return BatchMaterial(
        id=new_id(), lot=lot, batch_id=batch.id, quantity_kg=quantity_kg, noted_at=at, noted_by=work.actor.name
    )
