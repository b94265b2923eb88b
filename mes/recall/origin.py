"""The reverse proof: everything an element was made of and with, tested by and worked on, as far as it was noted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from mes.core.text import N_, Text
from mes.inspection.models import Certificate, CubeTest, Inspection, Nonconformity, ThingInspection
from mes.ledger.models import LedgerEvent
from mes.ledger.queries import events_of
from mes.library.models import Mould
from mes.logistics.models import DeliveryItem
from mes.orders.elements import element_subject
from mes.orders.models import Element
from mes.planning.models import Operation, PalletLoad, PalletLoadItem
from mes.shopfloor.models import BatchMaterial, Casting, MaterialUse, MouldUse


@dataclass(frozen=True)
class Poured:
    """A batch in a load: how much, by whom, what it was mixed of, and what its cubes say."""

    casting: Casting
    lots: Sequence[BatchMaterial]
    tests: Sequence[CubeTest]


@dataclass(frozen=True)
class Made:
    """One run of the element through a line."""

    load: PalletLoad
    lots: Sequence[MaterialUse]
    moulds: Sequence[tuple[MouldUse, Mould]]
    poured: Sequence[Poured]
    operations: Sequence[Operation]


@dataclass(frozen=True)
class Person:
    """Somebody who had to do with the element, as the ledger remembers them."""

    name: str
    role: str
    organisation: str
    crew: str
    events: int


@dataclass(frozen=True)
class Origin:
    """All of it. `missing` names what was not noted; `last_hash` is that of the newest of its events."""

    element: Element
    made: Sequence[Made]
    inspections: Sequence[Inspection]
    thing_inspections: Sequence[ThingInspection]
    certificates: Sequence[Certificate]
    nonconformities: Sequence[Nonconformity]
    deliveries: Sequence[DeliveryItem]
    people: Sequence[Person]
    event_count: int
    last_hash: str
    missing: Sequence[Text]


def origin(session: Session, element: Element) -> Origin:
    """Everything that is noted of an element's making."""
    made = [_made(session, load) for load in _loads(session, element.id)]
    events = events_of(session, element_subject(element))
    of_element = Inspection.element_id == element.id
    return Origin(
        element=element,
        made=made,
        inspections=session.scalars(select(Inspection).where(of_element).order_by(Inspection.inspected_at)).all(),
        thing_inspections=_thing_inspections(session, made),
        certificates=session.scalars(select(Certificate).where(Certificate.element_id == element.id)).all(),
        nonconformities=session.scalars(select(Nonconformity).where(Nonconformity.element_id == element.id)).all(),
        deliveries=_deliveries(session, element.id),
        people=_people(events),
        event_count=len(events),
        last_hash=events[-1].hash if events else "",
        missing=list(_missing(element, made)),
    )


def _loads(session: Session, element_id: UUID) -> Sequence[PalletLoad]:
    query = (
        select(PalletLoad)
        .join(PalletLoadItem, PalletLoadItem.load_id == PalletLoad.id)
        .where(PalletLoadItem.element_id == element_id, PalletLoad.pallet_id.is_not(None))
        .options(joinedload(PalletLoad.line), joinedload(PalletLoad.pallet))
        .order_by(PalletLoad.number)
    )
    return session.scalars(query).all()


def _made(session: Session, load: PalletLoad) -> Made:
    lots = select(MaterialUse).where(MaterialUse.load_id == load.id).options(joinedload(MaterialUse.lot))
    moulds = select(MouldUse, Mould).join(Mould, Mould.id == MouldUse.mould_id).where(MouldUse.load_id == load.id)
    castings = select(Casting).where(Casting.load_id == load.id).options(joinedload(Casting.batch))
    work = select(Operation).where(Operation.load_id == load.id).options(joinedload(Operation.station))
    return Made(
        load=load,
        lots=session.scalars(lots.order_by(MaterialUse.used_at)).all(),
        moulds=[(row[0], row[1]) for row in session.execute(moulds.order_by(MouldUse.used_at))],
        poured=[_poured(session, casting) for casting in session.scalars(castings.order_by(Casting.at))],
        operations=session.scalars(work.order_by(Operation.ordinal)).all(),
    )


def _poured(session: Session, casting: Casting) -> Poured:
    lots = (
        select(BatchMaterial).where(BatchMaterial.batch_id == casting.batch_id).options(joinedload(BatchMaterial.lot))
    )
    tests = select(CubeTest).where(CubeTest.batch_id == casting.batch_id).order_by(CubeTest.tested_at)
    return Poured(casting, session.scalars(lots).all(), session.scalars(tests).all())


def _thing_inspections(session: Session, made: Sequence[Made]) -> Sequence[ThingInspection]:
    """Inspections of the lots, batches, moulds and pallets that it was made of and with, and of its loads."""
    wanted: set[UUID] = set()
    for run in made:
        wanted |= {run.load.id, *(use.lot_id for use in run.lots), *(mould.id for _, mould in run.moulds)}
        wanted |= {poured.casting.batch_id for poured in run.poured}
        wanted |= {lot.lot_id for poured in run.poured for lot in poured.lots}
        wanted |= {run.load.pallet_id} if run.load.pallet_id else set()
    kinds = ("material_lot", "mould", "pallet", "pallet_load", "casting_batch")
    query = select(ThingInspection).where(
        ThingInspection.subject_kind.in_(kinds), ThingInspection.subject_id.in_(wanted)
    )
    return session.scalars(query.order_by(ThingInspection.inspected_at)).all()


def _deliveries(session: Session, element_id: UUID) -> Sequence[DeliveryItem]:
    query = select(DeliveryItem).where(DeliveryItem.element_id == element_id)
    return session.scalars(query.options(joinedload(DeliveryItem.delivery)).order_by(DeliveryItem.loaded_at)).all()


_WHO = ("name", "role", "organisation", "crew")


def _people(events: Sequence[LedgerEvent]) -> list[Person]:
    """Persons, not programs, with how many events each has; the busiest first."""
    found: dict[tuple[str, str, str, str], int] = {}
    for event in events:
        who: dict[str, Any] = event.content["who"]
        if who.get("kind") == "person":
            name, role, organisation, crew = (str(who.get(part) or "") for part in _WHO)
            key = (name, role, organisation, crew)
            found[key] = found.get(key, 0) + 1
    return [Person(*key, count) for key, count in sorted(found.items(), key=lambda item: -item[1])]


def _missing(element: Element, made: Sequence[Made]) -> Iterator[Text]:
    if not made:
        yield Text(N_("No load is known: nothing is noted of its making"))
    for run in made:
        words = {"load": run.load.number}
        if not run.lots:
            yield Text(N_("Load %(load)s: no material lot is noted"), words)
        if not run.moulds:
            yield Text(N_("Load %(load)s: no mould is noted"), words)
        if not run.poured and "curing" in element.facts:
            yield Text(N_("Load %(load)s: no concrete batch is noted"), words)
        for poured in run.poured:
            batch = {"batch": poured.casting.batch.batch_number}
            if not any(row.lot.kind == "cement" for row in poured.lots):
                yield Text(N_("Batch %(batch)s: no cement lot is noted"), batch)
            if not poured.tests:
                yield Text(N_("Batch %(batch)s: no cubes are tested yet"), batch)
