"""Where a thing stands: accepted, refused, never inspected, or due again after many uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from mes.inspection.models import ThingInspection
from mes.library.models import Mould
from mes.planning.models import Operation, Pallet, PalletLoad
from mes.shopfloor.models import MouldUse

MOST_IDS = 500
RULES_FILE = Path(__file__).with_name("rules.yaml")


@dataclass(frozen=True)
class Standing:
    """The latest inspection of a thing, its uses since then, and after how many it is due again (None: never)."""

    latest: ThingInspection | None
    uses: int = 0
    due_after: int | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the latest inspection refused it."""
        return self.latest is not None and self.latest.verdict == "refused"

    @property
    def is_worn(self) -> bool:
        """Whether it was used so often since its inspection that it is due for the next."""
        return self.due_after is not None and self.uses >= self.due_after

    @property
    def is_accepted(self) -> bool:
        """Whether its latest inspection accepted it and still holds."""
        return self.latest is not None and not self.is_refused and not self.is_worn


def latest_thing_inspection(session: Session, kind: str, subject_id: UUID) -> ThingInspection | None:
    """The newest inspection of a thing, whatever its verdict."""
    query = (
        select(ThingInspection)
        .where(ThingInspection.subject_kind == kind, ThingInspection.subject_id == subject_id)
        .order_by(ThingInspection.inspected_at.desc(), ThingInspection.id.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def standing_of(session: Session, kind: str, subject_id: UUID) -> Standing:
    """Where a lot, a load's rebar or a batch stands; a mould and a pallet with their uses."""
    latest = latest_thing_inspection(session, kind, subject_id)
    if latest is None or kind not in ("mould", "pallet"):
        return Standing(latest)
    if kind == "mould":
        return Standing(latest, _casts_since(session, subject_id, latest), _casts_between(session, subject_id))
    return Standing(latest, _loads_since(session, subject_id, latest), loads_between_inspections())


def standings_of(session: Session, kind: str, subject_ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """Where each of many things of a kind stands, by a few statements for all of them."""
    found: dict[UUID, Standing] = {}
    for start in range(0, len(subject_ids), MOST_IDS):
        part = subject_ids[start : start + MOST_IDS]
        latest = _latest_of(session, kind, part)
        uses, due_after = _uses_of(session, kind, latest)
        for one in part:
            inspection = latest.get(one)
            found[one] = Standing(inspection, uses.get(one, 0), due_after.get(one)) if inspection else Standing(None)
    return found


def _latest_of(session: Session, kind: str, subject_ids: Sequence[UUID]) -> dict[UUID, ThingInspection]:
    newest_first = (ThingInspection.inspected_at.desc(), ThingInspection.id.desc())
    ranked = (
        select(
            ThingInspection.id,
            func.row_number().over(partition_by=ThingInspection.subject_id, order_by=newest_first).label("place"),
        )
        .where(ThingInspection.subject_kind == kind, ThingInspection.subject_id.in_(subject_ids))
        .subquery()
    )
    query = select(ThingInspection).join(ranked, ranked.c.id == ThingInspection.id).where(ranked.c.place == 1)
    return {row.subject_id: row for row in session.scalars(query)}


def _uses_of(
    session: Session, kind: str, latest: Mapping[UUID, ThingInspection]
) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """Uses since the latest inspection, and after how many a mould or pallet is due again; nothing for other things."""
    inspections = select(ThingInspection.subject_id, ThingInspection.inspected_at).where(
        ThingInspection.id.in_([row.id for row in latest.values()])
    )
    since = inspections.subquery()
    if kind == "mould":
        query: Select[Any, int] = (
            select(MouldUse.mould_id, func.count(MouldUse.id))
            .join(since, since.c.subject_id == MouldUse.mould_id)
            .where(MouldUse.used_at > since.c.inspected_at)
            .group_by(MouldUse.mould_id)
        )
        between = select(Mould.id, Mould.casts_between_maintenance).where(Mould.id.in_(latest))
        return _pairs(session, query), _pairs(session, between)
    if kind == "pallet":
        query = (
            select(PalletLoad.pallet_id, func.count(func.distinct(PalletLoad.id)))
            .join(Operation, Operation.load_id == PalletLoad.id)
            .join(since, since.c.subject_id == PalletLoad.pallet_id)
            .where(Operation.started_at > since.c.inspected_at)
            .group_by(PalletLoad.pallet_id)
        )
        return _pairs(session, query), dict.fromkeys(latest, loads_between_inspections())
    return {}, {}


def _pairs(session: Session, query: Select[Any, int]) -> dict[UUID, int]:
    return {row[0]: row[1] for row in session.execute(query)}


@cache
def loads_between_inspections() -> int:
    """How many loads a pallet carries before it is inspected again; the source stands in `rules.yaml`."""
    data = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    return int(data["pallet"]["loads_between_inspections"])


def _casts_between(session: Session, mould_id: UUID) -> int | None:
    mould = session.get(Mould, mould_id)
    return mould.casts_between_maintenance if mould is not None else None


def _casts_since(session: Session, mould_id: UUID, latest: ThingInspection) -> int:
    query = select(func.count(MouldUse.id)).where(MouldUse.mould_id == mould_id, MouldUse.used_at > latest.inspected_at)
    return session.scalar(query) or 0


def _loads_since(session: Session, pallet_id: UUID, latest: ThingInspection) -> int:
    query = (
        select(func.count(func.distinct(PalletLoad.id)))
        .join(Operation, Operation.load_id == PalletLoad.id)
        .join(Pallet, Pallet.id == PalletLoad.pallet_id)
        .where(Pallet.id == pallet_id, Operation.started_at > latest.inspected_at)
    )
    return session.scalar(query) or 0
