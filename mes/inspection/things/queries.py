"""Which things wait for an inspection, oldest first, by kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.inspection.models import ThingInspection
from mes.inspection.policy import Demand, policy_in_force
from mes.inspection.things.standing import RULES_FILE, Standing, standings_of
from mes.inspection.things.subjects import INSPECTED_AS
from mes.library.models import Mould
from mes.planning.models import Line, Operation, Pallet, PalletLoad, PalletLoadItem, Station
from mes.shopfloor.loads import BEFORE_CASTING, CASTING, elements_of
from mes.shopfloor.models import CastingBatch, MaterialLot
from mes.shopfloor.rules import rules as shopfloor_rules

MOST_SHOWN = 40


@dataclass(frozen=True)
class DueThing:
    """A thing that waits for its inspection: since when, what it is, and whether something waits for it."""

    subject_kind: str
    id: UUID
    code: str
    detail: str
    since: datetime | None
    standing: Standing
    holds_up: bool


def due_things(session: Session, now: datetime) -> dict[str, list[DueThing]]:
    """What waits for an inspection, by the kind of thing; kinds that the policy switched off are left out."""
    policy = policy_in_force(session)
    found: dict[str, list[DueThing]] = {}
    for subject_kind, reader in _DUE.items():
        demand = getattr(policy, INSPECTED_AS[subject_kind])
        if demand is not Demand.OFF:
            found[subject_kind] = reader(session, now, demand is Demand.REQUIRED)[:MOST_SHOWN]
    return found


def thing_inspections(session: Session, subject_kind: str, subject_id: UUID) -> Sequence[ThingInspection]:
    """All inspections of a thing, newest first."""
    query = select(ThingInspection).where(
        ThingInspection.subject_kind == subject_kind, ThingInspection.subject_id == subject_id
    )
    return session.scalars(query.order_by(ThingInspection.inspected_at.desc(), ThingInspection.id.desc())).all()


def thing_inspection_for(session: Session, inspection_id: UUID) -> ThingInspection:
    """An inspection of a thing.

    Raises:
        NotFound: there is none.
    """
    found = session.get(ThingInspection, inspection_id)
    if found is None:
        raise NotFound(Text(N_("There is no such inspection")))
    return found


def _lots(session: Session, now: datetime, required: bool) -> list[DueThing]:
    days = int(yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))["incoming"]["shown_days"])
    inspected = select(ThingInspection.subject_id).where(ThingInspection.subject_kind == "material_lot")
    query = (
        select(MaterialLot)
        .where(MaterialLot.id.not_in(inspected), MaterialLot.received_at > now - timedelta(days=days))
        .order_by(MaterialLot.received_at)
        .limit(MOST_SHOWN)
    )
    return [
        DueThing("material_lot", lot.id, lot.lot_number, lot.kind, lot.received_at, Standing(None), required)
        for lot in session.scalars(query)
    ]


def _moulds(session: Session, _now: datetime, required: bool) -> list[DueThing]:
    moulds = session.scalars(select(Mould).where(Mould.in_service.is_(True)).order_by(Mould.code)).all()
    standings = standings_of(session, "mould", [mould.id for mould in moulds])
    due = [(standings[mould.id], mould) for mould in moulds if not standings[mould.id].is_accepted]
    return [
        DueThing("mould", mould.id, mould.code, mould.family, None, standing, required or standing.is_refused)
        for standing, mould in due
    ]


def _pallets(session: Session, _now: datetime, required: bool) -> list[DueThing]:
    query = (
        select(Pallet, Line.name)
        .join(Line, Line.id == Pallet.line_id)
        .where(Pallet.in_service.is_(True))
        .order_by(Pallet.number)
    )
    found, pallets = [], session.execute(query).all()
    standings = standings_of(session, "pallet", [pallet.id for pallet, _ in pallets])
    for pallet, line_name in pallets:
        standing = standings[pallet.id]
        if not standing.is_accepted:
            holds_up = required or standing.is_refused
            found.append(DueThing("pallet", pallet.id, str(pallet.number), line_name, None, standing, holds_up))
    return found


def _loads(session: Session, _now: datetime, required: bool) -> list[DueThing]:
    found = []
    casting_begun = (
        select(Operation.id)
        .join(Station, Station.id == Operation.station_id)
        .where(Operation.load_id == PalletLoad.id, Station.kind == CASTING, Operation.state != "waiting")
    )
    query = (
        select(PalletLoad)
        .where(PalletLoad.state == "running", ~casting_begun.exists())
        .options(joinedload(PalletLoad.line), selectinload(PalletLoad.items).joinedload(PalletLoadItem.element))
        .order_by(PalletLoad.number)
    )
    loads = session.scalars(query).all()
    standings = standings_of(session, "pallet_load", [load.id for load in loads])
    for load in loads:
        uncast = elements_of(load, BEFORE_CASTING)
        if not uncast:
            continue
        standing = standings[load.id]
        if not standing.is_accepted:
            since = min(element.state_since for element in uncast)
            holds_up = required or standing.is_refused
            found.append(DueThing("pallet_load", load.id, str(load.number), load.line.name, since, standing, holds_up))
    return sorted(found, key=lambda due: str(due.since))


def _batches(session: Session, now: datetime, required: bool) -> list[DueThing]:
    oldest = now - shopfloor_rules().batch_age
    query = select(CastingBatch).where(CastingBatch.mixed_at > oldest).order_by(CastingBatch.mixed_at)
    found, batches = [], session.scalars(query).all()
    standings = standings_of(session, "casting_batch", [batch.id for batch in batches])
    for batch in batches:
        standing = standings[batch.id]
        if not standing.is_accepted:
            holds_up = required or standing.is_refused
            grade = batch.concrete_grade
            found.append(
                DueThing("casting_batch", batch.id, batch.batch_number, grade, batch.mixed_at, standing, holds_up)
            )
    return found


_DUE = {
    "casting_batch": _batches,
    "pallet_load": _loads,
    "material_lot": _lots,
    "mould": _moulds,
    "pallet": _pallets,
}
"""In the order in which they press: fresh concrete does not wait."""
