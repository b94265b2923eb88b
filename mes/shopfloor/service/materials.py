"""Material lots: registered when they come in or are first scanned, and scanned onto the load they go into."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, Field
from sqlalchemy import func, select

from mes.core.commands import Answer, Command, Done, Work, use_case
from mes.core.errors import Conflict, NotFound
from mes.core.ids import new_id
from mes.core.scanning import read_code
from mes.core.text import N_, Text
from mes.orders.elements import note
from mes.planning.models import Operation, PalletLoad
from mes.shopfloor.conditions import LOT_USE
from mes.shopfloor.loads import how_of, load_for_change, lot_facts, next_operation, where_of
from mes.shopfloor.models import MaterialLot, MaterialUse

MATERIAL_KINDS: dict[str, str] = {
    "rebar": N_("Reinforcing steel"),
    "mesh": N_("Reinforcement mesh"),
    "girder": N_("Lattice girder"),
    "embed": N_("Embedded part"),
    "sleeve": N_("Grouting sleeve"),
    "insulation": N_("Insulation board"),
    "tie": N_("Wall tie"),
    "release_agent": N_("Release agent"),
    "cement": N_("Cement"),
    "addition": N_("Fly ash or slag"),
    "aggregate": N_("Aggregate"),
    "admixture": N_("Admixture"),
    "other": N_("Other material"),
}
BATCH_KINDS = ("cement", "addition", "aggregate", "admixture")
"""Materials that go into a batch of concrete; the others go into the elements of a load."""
GS1_LOT = re.compile(r"(?:\(10\)|^10)([^()\x1d]{1,20})")
ON_LINE = frozenset({"in_setup", "ready_to_cast", "curing"})


class UnknownLot(NotFound):
    """No lot of this number is registered; it can be registered now."""


class LotBlocked(Conflict):
    """The lot was blocked (a re-test failed); it must not be used."""


class ScanMaterial(Command):
    """A material lot goes into a load. `code` is its number, or a GS1 code with the lot in (10)."""

    load_id: UUID
    code: str = Field(min_length=1, max_length=120)
    kind: str | None = None


class RegisterLot(Command):
    """A lot of material that came in."""

    kind: str
    lot_number: str = Field(min_length=1, max_length=60)
    supplier: str = Field(default="", max_length=120)
    description: str = Field(default="", max_length=160)
    certificate_number: str = Field(default="", max_length=60)
    received_at: AwareDatetime | None = None


class JudgeLot(Command):
    """Block a lot, or free it again."""

    lot_id: UUID
    released: bool


class MaterialScanned(Answer):
    """Which lot went into which load; `repeated` says that it was there already."""

    lot_id: UUID
    kind: str
    lot_number: str
    load_number: int
    repeated: bool


@use_case("material:scan")
def scan_material(work: Work, command: ScanMaterial) -> MaterialScanned:
    """Note that a lot goes into a load's elements.

    Raises:
        UnknownLot: nobody registered it; register it and scan again.
        LotBlocked: it must not be used.
        Conflict: the load is not on the line, the number is that of several kinds of material, or the lot is one
            of concrete's own materials, which are noted on a batch.
    """
    load = load_for_change(work.session, command.load_id)
    if load.state != "running":
        raise Conflict(Text(N_("Load %(load)s is not on the line; nothing can be placed in it"), {"load": load.number}))
    lot = usable_lot(work, command.code, command.kind)
    if lot.kind in BATCH_KINDS:
        text = N_("Lot %(lot)s goes into concrete; note it on the batch's mix ticket")
        raise Conflict(Text(text, {"lot": lot.lot_number}))
    known = select(MaterialUse).where(MaterialUse.lot_id == lot.id, MaterialUse.load_id == load.id)
    repeated = work.session.scalars(known).first() is not None
    if not repeated:
        _use(work, command, load, lot)
    return MaterialScanned(
        lot_id=lot.id, kind=lot.kind, lot_number=lot.lot_number, load_number=load.number, repeated=repeated
    )


@use_case("material:scan")
def register_lot(work: Work, command: RegisterLot) -> Done:
    """Register a lot; the same lot of the same kind again changes nothing."""
    if command.kind not in MATERIAL_KINDS:
        raise Conflict(Text(N_("%(kind)s is not a kind of material"), {"kind": command.kind}))
    number = command.lot_number.strip()
    facts = {name: getattr(command, name).strip() for name in ("supplier", "description", "certificate_number")}
    received_at = command.received_at or work.event_time(command)
    return Done(id=registered_lot(work, command.kind, number, received_at, **facts).id)


def registered_lot(work: Work, kind: str, number: str, received_at: datetime, **facts: str) -> MaterialLot:
    """The lot of this kind and number, made in the caller's transaction where nobody registered it."""
    query = select(MaterialLot).where(MaterialLot.kind == kind, MaterialLot.lot_number == number)
    lot = work.session.scalars(query).first()
    if lot is None:
        lot = MaterialLot(id=new_id(), kind=kind, lot_number=number, received_at=received_at, released=True, **facts)
        work.session.add(lot)
        work.session.flush()
    return lot


@use_case("strength:write")
def judge_lot(work: Work, command: JudgeLot) -> Done:
    """Block a lot after a failed re-test, or free it again (an inspector's decision)."""
    lot = work.session.get(MaterialLot, command.lot_id)
    if lot is None:
        raise NotFound(Text(N_("There is no such lot")))
    lot.released = command.released
    return Done(id=lot.id)


def lot_number_in(code: str) -> str:
    """The lot number that a scanned code holds: itself, or GS1's application identifier 10 in any written form.

    Raises:
        InvalidInput: the code says that it is a GS1 one, and is damaged.
    """
    found = GS1_LOT.search(code.strip()) if "(" in code else None
    if found:
        return found[1]
    scan = read_code(code)
    return scan.key.get("10") or scan.text


def usable_lot(work: Work, code: str, kind: str | None = None) -> MaterialLot:
    """The lot that a code names, if it may be used.

    Raises:
        UnknownLot: nobody registered it.
        LotBlocked: it must not be used.
        ConditionNotMet: a room above asks for something first, such as its acceptance.
        Conflict: the number is that of several kinds of material.
    """
    lot = _lot(work, code, kind)
    if not lot.released:
        raise LotBlocked(Text(N_("Lot %(lot)s is blocked and must not be used"), {"lot": lot.lot_number}))
    LOT_USE.require(work.session, lot)
    return lot


def _lot(work: Work, code: str, kind: str | None) -> MaterialLot:
    number = lot_number_in(code)
    query = select(MaterialLot).where(func.lower(MaterialLot.lot_number) == number.lower())
    if kind:
        query = query.where(MaterialLot.kind == kind)
    found = work.session.scalars(query).all()
    if not found:
        text = N_("Lot %(lot)s is not registered; register it with kind and supplier, then scan it again")
        raise UnknownLot(Text(text, {"lot": number}))
    if len(found) > 1:
        kinds = ", ".join(lot.kind for lot in found)
        text = N_("Lot number %(lot)s is that of several materials (%(kinds)s); say which kind it is")
        raise Conflict(Text(text, {"lot": number, "kinds": kinds}))
    return found[0]


def _use(work: Work, command: Command, load: PalletLoad, lot: MaterialLot) -> None:
    at = work.event_time(command)
    work.session.add(MaterialUse(id=new_id(), lot_id=lot.id, load_id=load.id, used_at=at, used_by=work.actor.name))
    elements = [item.element for item in load.items if item.element.state in ON_LINE]
    present: Operation | None = next_operation(load)
    if elements and present is not None:
        note(
            work,
            "element.material_used",
            sorted(elements, key=lambda element: element.serial),
            event_time=at,
            where=where_of(present.station),
            how=how_of(present) | {"materials": [lot_facts(lot)]},
        )
    work.session.flush()
