"""How the search went from each thing that was asked for to loads: the steps, counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mes.core.text import N_, Text
from mes.planning.models import Operation, PalletLoad
from mes.recall.criteria import Named, Question, lot_code, lot_title
from mes.recall.search import during
from mes.shopfloor.models import BatchMaterial, Casting, MaterialLot, MaterialUse, MouldUse


@dataclass(frozen=True)
class Trail:
    """One thing and where it was found."""

    named: Named
    words: Text
    blocked: bool | None = None  # of a lot: whether it must not be used any more


def trails(session: Session, question: Question) -> list[Trail]:
    """What each of the things led to, before they are combined."""
    found = [_of_lot(session, lot) for lot in question.lots]
    by_kind: dict[str, Callable[[Any], Any]] = {
        "batch": lambda row: select(Casting.load_id).where(Casting.batch_id == row.id),
        "mould": lambda row: select(MouldUse.load_id).where(MouldUse.mould_id == row.id),
        "pallet": lambda row: select(PalletLoad.id).where(PalletLoad.pallet_id == row.id),
        "line": lambda row: select(PalletLoad.id).where(
            PalletLoad.line_id == row.id, PalletLoad.pallet_id.is_not(None)
        ),
        "station": lambda row: select(Operation.load_id).where(
            Operation.station_id == row.id, Operation.started_at.is_not(None), during(question)
        ),
        "crew": lambda row: select(Operation.load_id).where(
            Operation.crew == row, Operation.started_at.is_not(None), during(question)
        ),
    }
    rows = {
        "batch": question.batches,
        "mould": question.moulds,
        "pallet": question.pallets,
        "line": question.lines,
        "station": question.stations,
        "crew": question.crews,
    }
    for kind, find in by_kind.items():
        named = [name for name in question.named if name.kind == kind]
        for name, row in zip(named, rows[kind], strict=True):
            found.append(Trail(name, Text(N_("in %(loads)s loads"), {"loads": _count(session, find(row))})))
    return found


def _of_lot(session: Session, lot: MaterialLot) -> Trail:
    placed = _count(session, select(MaterialUse.load_id).where(MaterialUse.lot_id == lot.id))
    batches = select(BatchMaterial.batch_id).where(BatchMaterial.lot_id == lot.id)
    poured = _count(session, select(Casting.load_id).where(Casting.batch_id.in_(batches)))
    words = {"placed": placed, "batches": _count(session, batches), "poured": poured}
    text = Text(N_("placed in %(placed)s loads; in %(batches)s batches poured into %(poured)s loads"), words)
    return Trail(Named("lot", lot_code(lot), lot_title(lot)), text, blocked=not lot.released)


def _count(session: Session, query: Any) -> int:
    return session.scalar(select(func.count()).select_from(query.distinct().subquery())) or 0
