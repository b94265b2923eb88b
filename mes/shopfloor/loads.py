"""A load on its way through the line: its operations, its elements, and the facts that events keep of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from labels.keys.naming import Naming
from mes.accounts.models import Plant
from mes.core.errors import InvalidInput, NotFound
from mes.core.text import N_, Text
from mes.identity.naming import naming_of
from mes.library.materials import units
from mes.library.models import Mould
from mes.orders.models import Element
from mes.planning.models import Line, Operation, PalletLoad, Station
from mes.shopfloor.models import Casting, CastingBatch, MaterialLot, MaterialUse, MouldUse

GRADE = re.compile(r"(?P<light>L?)C(?P<strength>\d{2,3})(/(?P<cube>\d{2,3}))?")
ASIDE = frozenset({"on_hold", "nonconforming", "scrapped"})
BEFORE_CASTING = frozenset({"in_setup", "ready_to_cast"})
HIDDEN_WORKS, CASTING, CURING, DEMOULDING = "hidden-works", "casting", "curing", "demoulding"
GATES = frozenset({HIDDEN_WORKS, CASTING, DEMOULDING})
"""Kinds of station whose work nobody may conclude from what happened later."""


def load_for_change(session: Session, load_id: UUID) -> PalletLoad:
    """A load, its row locked where the database can, so that two people at one load wait for one another.

    Raises:
        NotFound: no such load.
    """
    load = session.get(PalletLoad, load_id, with_for_update=locks(session), populate_existing=True)
    if load is None:
        raise NotFound(Text(N_("There is no such load")))
    return load


def operation_for_change(session: Session, operation_id: UUID) -> Operation:
    """An operation, its load's row locked.

    Raises:
        NotFound: no such operation.
    """
    found = session.get(Operation, operation_id)
    if found is None:
        raise NotFound(Text(N_("There is no such operation")))
    load_for_change(session, found.load_id)
    session.refresh(found)
    return found


def locks(session: Session) -> bool:
    """Whether rows can be locked one by one (SQLite lets one writer in at a time instead)."""
    return session.get_bind().dialect.name == "postgresql"


def elements_of(load: PalletLoad, states: frozenset[str]) -> list[Element]:
    """The load's elements in one of these states, by serial; those put aside or left behind are not among them."""
    found = [item.element for item in load.items if item.element.state in states]
    return sorted(found, key=lambda element: element.serial)


def elements_aside(load: PalletLoad) -> list[Element]:
    """The load's elements that are on hold, nonconforming or scrapped."""
    return elements_of(load, ASIDE)


def operation_at(load: PalletLoad, kind: str) -> Operation | None:
    """The load's operation at a kind of station, if its line has one."""
    return next((found for found in load.operations if found.station.kind == kind), None)


def is_first(operation: Operation) -> bool:
    """Whether this is where the load enters its line."""
    return operation.id == operation.load.operations[0].id


def is_last(operation: Operation) -> bool:
    """Whether the load leaves its line here."""
    return operation.id == operation.load.operations[-1].id


def open_before(operation: Operation) -> list[Operation]:
    """Operations that come before this one and are not done, in order."""
    earlier = [found for found in operation.load.operations if found.ordinal < operation.ordinal]
    return [found for found in earlier if found.state != "done"]


def next_operation(load: PalletLoad) -> Operation | None:
    """The load's first operation that is not done."""
    return next((found for found in load.operations if found.state != "done"), None)


def where_of(station: Station) -> dict[str, Any]:
    """The place, for an event."""
    return {
        "line": station.line.code,
        "line_name": station.line.name,
        "station": station.code,
        "station_name": station.name,
        "station_kind": station.kind,
    }


def how_of(operation: Operation, *, inferred: bool = False) -> dict[str, Any]:
    """Machine, pallet and load, for an event."""
    load, station = operation.load, operation.station
    how: dict[str, Any] = {"load": load.number, "machine": station.device}
    if load.pallet is not None:
        how["pallet"] = load.pallet.number
    if inferred:
        how["inferred"] = True
    return {name: value for name, value in how.items() if value is not None}


def pallet_subject(load: PalletLoad) -> str:
    """The pallet's name in the ledger.

    Raises:
        ValueError: the load has not entered yet.
    """
    if load.pallet is None:
        raise ValueError(f"load {load.number} is on no pallet")
    return f"pallet:{load.pallet.number}"


def castings_of(session: Session, load: PalletLoad) -> Sequence[Casting]:
    """The concrete batches of a load, in the order in which they were assigned."""
    return session.scalars(select(Casting).where(Casting.load_id == load.id).order_by(Casting.at, Casting.id)).all()


def uses_of(session: Session, load: PalletLoad) -> Sequence[MaterialUse]:
    """The material lots that went into a load, in the order in which they were scanned."""
    query = select(MaterialUse).where(MaterialUse.load_id == load.id).options(joinedload(MaterialUse.lot))
    return session.scalars(query.order_by(MaterialUse.used_at, MaterialUse.id)).all()


def batch_facts(batch: CastingBatch) -> dict[str, Any]:
    """A batch as an event keeps it."""
    return {
        "batch_number": batch.batch_number,
        "concrete_grade": batch.concrete_grade,
        "mix_code": batch.mix_code,
        "volume_m3": batch.volume_m3,
        "mixed_at": batch.mixed_at.isoformat(),
        "slump_mm": batch.slump_mm,
        "temperature_c": batch.temperature_c,
    }


def lot_facts(lot: MaterialLot) -> dict[str, Any]:
    """A material lot as an event keeps it."""
    return {
        "kind": lot.kind,
        "lot_number": lot.lot_number,
        "supplier": lot.supplier,
        "description": lot.description,
        "certificate_number": lot.certificate_number,
    }


def use_facts(use: MaterialUse, naming: Naming) -> dict[str, Any]:
    """A lot that went into a load as an event keeps it.

    Its maker's GTIN, else the plant's own for such material, and how much went in, where these are known.
    """
    unit = units()[use.lot.unit]
    gtin = use.lot.gtin or naming.material_gtin(use.lot.kind, counted=unit.counted)
    amount = {"quantity": use.quantity, "unit": unit.code, "as_planned": use.as_planned} if use.quantity else {}
    return lot_facts(use.lot) | ({"gtin": gtin} if gtin else {}) | amount


def naming_of_line(session: Session, line: Line) -> Naming:
    """How the line's plant names its things."""
    return naming_of(session.get_one(Plant, line.plant_id))


def casting_facts(session: Session, load: PalletLoad) -> dict[str, Any]:
    """Concrete and materials of a load, for the event of its casting; `batch` is the first of `batches`."""
    batches = [{**batch_facts(c.batch), "poured_m3": c.poured_m3} for c in castings_of(session, load)]
    naming = naming_of_line(session, load.line)
    materials = [use_facts(use, naming) for use in uses_of(session, load)]
    facts: dict[str, Any] = {"materials": materials} if materials else {}
    return facts | ({"batch": batches[0], "batches": batches} if batches else {})


def moulds_of(session: Session, load: PalletLoad) -> list[Mould]:
    """The moulds of a load, in the order in which they were noted."""
    query = select(Mould).join(MouldUse, MouldUse.mould_id == Mould.id).where(MouldUse.load_id == load.id)
    return list(session.scalars(query.order_by(MouldUse.used_at, MouldUse.id)))


def mould_facts(mould: Mould) -> dict[str, Any]:
    """A mould as an event keeps it."""
    return {"code": mould.code, "family": mould.family}


def demoulding_facts(session: Session, load: PalletLoad) -> dict[str, Any]:
    """The moulds that a load's elements leave, for the event of their demoulding."""
    moulds = [mould_facts(mould) for mould in moulds_of(session, load)]
    return {"moulds": moulds} if moulds else {}


def remaining_m3(session: Session, batch: CastingBatch) -> float:
    """What is left of a batch after all that was poured of it."""
    poured = session.scalar(select(func.sum(Casting.poured_m3)).where(Casting.batch_id == batch.id)) or 0.0
    return round(batch.volume_m3 - float(poured), 4)


def needed_concrete_m3(load: PalletLoad) -> float:
    """Concrete that the load's elements take which are cast on it."""
    taking = [item.element for item in load.items if item.element.state not in ASIDE]
    return round(sum(element.component_type.concrete_volume_m3 for element in taking), 4)


def grade_reaches(grade: str, needed: str) -> bool:
    """Whether concrete of a grade may be cast where another is needed: as strong at least, and as light or heavy.

    Raises:
        InvalidInput: one of them is no grade.
    """
    (light, strength_mpa), (needs_light, needed_mpa) = _parts_of_grade(grade), _parts_of_grade(needed)
    return light == needs_light and strength_mpa >= needed_mpa


def _parts_of_grade(grade: str) -> tuple[bool, int]:
    """Whether a grade is of lightweight concrete, and its cube strength in MPa: C30, LC30, C30/37 (cylinder/cube)."""
    found = GRADE.fullmatch(grade.strip().upper())
    if found is None:
        raise InvalidInput(Text(N_("%(grade)s is not a concrete grade such as C30"), {"grade": grade}))
    return bool(found["light"]), int(found["cube"] or found["strength"])
