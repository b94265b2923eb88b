"""Reading mixes, cures and evaluations for pages and API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.inspection.models import ConcreteMix, CuringRecord, StrengthEvaluation
from mes.orders.models import Element
from mes.planning.models import PalletLoad, PalletLoadItem
from mes.shopfloor.models import CastingBatch

LATEST = 40


@dataclass(frozen=True)
class Cure:
    """A cure with its load."""

    record: CuringRecord
    load: PalletLoad

    @property
    def open_findings(self) -> int:
        """Findings that wait for an inspector's answer."""
        return sum(1 for one in self.record.findings if not one.get("answer"))


def cures_in_scope(actor: Actor) -> Select[Any]:
    """Records of loads that hold an element of a project this actor may see."""
    query = select(CuringRecord)
    if actor.project_ids is None:
        return query
    seen = select(PalletLoadItem.load_id).join(Element).where(Element.project_id.in_(actor.project_ids))
    return query.where(CuringRecord.load_id.in_(seen))


def cures_under_way(session: Session, actor: Actor) -> list[Cure]:
    """Loads that cure now, those that are safe first come first; what has no time comes last."""
    query = cures_in_scope(actor).where(CuringRecord.final.is_(False)).order_by(CuringRecord.cast_at)
    cures = _with_loads(session, session.scalars(query).all())
    return sorted(cures, key=lambda one: (one.record.safe_at is None, one.record.safe_at or one.record.cast_at))


def cures_waiting(session: Session, actor: Actor) -> list[Cure]:
    """Finished cures with findings that wait for an answer, the oldest first."""
    query = cures_in_scope(actor).where(CuringRecord.final.is_(True)).order_by(CuringRecord.evaluated_at.desc())
    found = _with_loads(session, session.scalars(query.limit(1000)).all())
    return [one for one in reversed(found) if one.open_findings]


def cures_latest(session: Session, actor: Actor, limit: int = LATEST) -> list[Cure]:
    """The latest finished cures."""
    query = cures_in_scope(actor).where(CuringRecord.final.is_(True)).order_by(CuringRecord.evaluated_at.desc())
    return _with_loads(session, session.scalars(query.limit(limit)).all())


def cure_of(session: Session, actor: Actor, load_id: UUID) -> Cure:
    """The cure of a load.

    Raises:
        NotFound: there is none, or none that this actor may see.
    """
    record = session.scalars(cures_in_scope(actor).where(CuringRecord.load_id == load_id)).first()
    if record is None:
        raise NotFound(Text(N_("Nothing is recorded of this load's curing")))
    return Cure(record, session.get_one(PalletLoad, load_id))


def _with_loads(session: Session, records: Sequence[CuringRecord]) -> list[Cure]:
    query = select(PalletLoad).where(PalletLoad.id.in_([one.load_id for one in records]))
    loads = {load.id: load for load in session.scalars(query)}
    return [Cure(one, loads[one.load_id]) for one in records]


def mixes(session: Session) -> Sequence[ConcreteMix]:
    """The latest version of every mix, by code."""
    latest = select(ConcreteMix.code, func.max(ConcreteMix.version).label("version")).group_by(ConcreteMix.code)
    newest = latest.subquery()
    query = select(ConcreteMix).join(
        newest, (newest.c.code == ConcreteMix.code) & (newest.c.version == ConcreteMix.version)
    )
    return session.scalars(query.order_by(ConcreteMix.code)).all()


def undefined_codes(session: Session) -> Sequence[str]:
    """Codes of mixes that batches carry and nobody defined."""
    defined = select(ConcreteMix.code)
    query = select(CastingBatch.mix_code).where(CastingBatch.mix_code != "", CastingBatch.mix_code.not_in(defined))
    return session.scalars(query.distinct().order_by(CastingBatch.mix_code).limit(30)).all()


def versions_of(session: Session, code: str) -> Sequence[ConcreteMix]:
    """Every version of a mix, the latest first.

    Raises:
        NotFound: nobody defined it.
    """
    query = select(ConcreteMix).where(ConcreteMix.code == code).order_by(ConcreteMix.version.desc())
    found = session.scalars(query).all()
    if not found:
        raise NotFound(Text(N_("There is no mix %(code)s"), {"code": code[:60]}))
    return found


def evaluations(session: Session, limit: int = LATEST) -> Sequence[StrengthEvaluation]:
    """The latest evaluations."""
    query = select(StrengthEvaluation).order_by(StrengthEvaluation.evaluated_at.desc(), StrengthEvaluation.id.desc())
    return session.scalars(query.limit(limit)).all()


def evaluation_for(session: Session, evaluation_id: UUID) -> StrengthEvaluation:
    """An evaluation.

    Raises:
        NotFound: there is none.
    """
    found = session.get(StrengthEvaluation, evaluation_id)
    if found is None:
        raise NotFound(Text(N_("There is no such evaluation")))
    return found


def content_for(session: Session, actor: Actor, row: StrengthEvaluation) -> dict[str, Any]:
    """An evaluation's content as this actor may see it: elements of other projects are left out."""
    if actor.project_ids is None:
        return row.content
    serials = row.content["elements"]
    seen = select(Element.serial).where(Element.serial.in_(serials), Element.project_id.in_(actor.project_ids))
    return row.content | {"elements": sorted(session.scalars(seen)), "lots": []}


def grades_and_mixes(session: Session) -> tuple[Sequence[str], Sequence[str]]:
    """What batches were of: their grades and codes of mixes, for choosing."""
    grades = select(CastingBatch.concrete_grade).distinct().order_by(CastingBatch.concrete_grade)
    codes = select(CastingBatch.mix_code).where(CastingBatch.mix_code != "").distinct().order_by(CastingBatch.mix_code)
    return session.scalars(grades).all(), session.scalars(codes).all()
