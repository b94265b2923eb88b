"""Material lots: registered when they come in or are first scanned, and scanned onto the load they go into."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, NoReturn
from uuid import UUID

from pydantic import AwareDatetime, Field
from sqlalchemy import func, select

from labels.errors import LabelError
from labels.keys.gs1 import check_key
from mes.core.commands import Answer, Command, Done, Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput, NotFound
from mes.core.ids import new_id
from mes.core.scanning import read_code
from mes.core.text import N_, Text
from mes.library.materials import BATCH_KINDS, MATERIAL_KINDS, Unit, unit_named, units, units_of
from mes.orders.elements import note
from mes.planning.models import Operation, PalletLoad
from mes.shopfloor.amounts import planned_quantity
from mes.shopfloor.conditions import LOT_USE
from mes.shopfloor.loads import (
    BEFORE_CASTING,
    elements_of,
    how_of,
    load_for_change,
    naming_of_line,
    next_operation,
    use_facts,
    where_of,
)
from mes.shopfloor.models import MaterialLot, MaterialUse

GS1_LOT = re.compile(r"(?:\(10\)|^10)([^()\x1d]{1,20})")
ON_LINE = frozenset({"in_setup", "ready_to_cast", "curing"})
LONGEST_NUMBER = 60
Quantity = Annotated[float, Field(ge=0.001, le=1_000_000, allow_inf_nan=False)]


class UnknownLot(NotFound):
    """No lot of this number is registered; it can be registered now."""


class LotBlocked(Conflict):
    """The lot was blocked (a re-test failed); it must not be used."""


class ScanMaterial(Command):
    """A material lot goes into a load. `code` is its number, or a GS1 code with the lot in (10).

    `quantity` is in the lot's unit; without it, it is what the elements' bills say, if they do.
    """

    load_id: UUID
    code: str = Field(min_length=1, max_length=120)
    kind: str | None = None
    quantity: Quantity | None = None


class NoteQuantity(Command):
    """How much of a lot went into a load, in the lot's unit; None: nobody knows."""

    load_id: UUID
    lot_id: UUID
    quantity: Quantity | None


class RegisterLot(Command):
    """A lot of material that came in. `lot_number` may be a GS1 code: the maker's GTIN in (01), the lot in (10)."""

    kind: str
    lot_number: str = Field(min_length=1, max_length=120)
    supplier: str = Field(default="", max_length=120)
    description: str = Field(default="", max_length=160)
    certificate_number: str = Field(default="", max_length=60)
    received_at: AwareDatetime | None = None
    gtin: str = Field(default="", pattern=r"^(\d{8}|\d{12,14})?$", description="the maker's, where its label says it")
    unit: str = Field(default="", max_length=3, description="UN/ECE Recommendation 20; the usual one of the material")
    quantity: Quantity | None = Field(default=None, description="how much came in")


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
    quantity: float | None = None
    unit: str = ""


class QuantityNoted(Answer):
    """How much of which lot is noted for which load."""

    lot_number: str
    load_number: int
    quantity: float | None
    unit: str


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
    if command.quantity is not None:
        _require_whole(units()[lot.unit], command.quantity)
    use = _use_of(work, load, lot)
    repeated = use is not None
    if use is None:
        use = _use(work, command, load, lot)
    elif command.quantity is not None:
        _require_before_casting(load)
        _note(work, command, load, use, command.quantity)
    return MaterialScanned(
        lot_id=lot.id,
        kind=lot.kind,
        lot_number=lot.lot_number,
        load_number=load.number,
        repeated=repeated,
        quantity=use.quantity,
        unit=lot.unit,
    )


@use_case("material:scan")
def note_quantity(work: Work, command: NoteQuantity) -> QuantityNoted:
    """Say how much of a lot went into a load, until its elements are cast.

    Raises:
        NotFound: the lot was not noted for the load.
        Conflict: the load's elements are cast, or it left the line: what was told of them stays.
        InvalidInput: part of a piece.
    """
    load = load_for_change(work.session, command.load_id)
    lot = work.session.get(MaterialLot, command.lot_id)
    use = _use_of(work, load, lot) if lot is not None else None
    if use is None:
        raise NotFound(Text(N_("This lot was not noted for load %(load)s"), {"load": load.number}))
    _require_before_casting(load)
    if command.quantity is not None:
        _require_whole(units()[use.lot.unit], command.quantity)
    _note(work, command, load, use, command.quantity)
    return QuantityNoted(
        lot_number=use.lot.lot_number, load_number=load.number, quantity=use.quantity, unit=use.lot.unit
    )


@use_case("material:scan")
def register_lot(work: Work, command: RegisterLot) -> Done:
    """Register a lot; the same lot of the same kind again changes nothing.

    Raises:
        Conflict: no such kind of material.
        InvalidInput: a unit that the material is not kept in, part of a piece, or a GTIN with a wrong check digit.
    """
    if command.kind not in MATERIAL_KINDS:
        raise Conflict(Text(N_("%(kind)s is not a kind of material"), {"kind": command.kind}))
    number = lot_number_in(command.lot_number)
    if len(number) > LONGEST_NUMBER:
        _refuse("lot_number", N_("A lot's number has at most %(count)s characters"), count=LONGEST_NUMBER)
    facts: dict[str, Any] = {
        name: getattr(command, name).strip() for name in ("supplier", "description", "certificate_number")
    }
    facts |= {"gtin": _gtin(command), "received_quantity": command.quantity, "unit": _unit(command)}
    received_at = command.received_at or work.event_time(command)
    return Done(id=registered_lot(work, command.kind, number, received_at, **facts).id)


def _unit(command: RegisterLot) -> str:
    unit = unit_named(command.kind, command.unit)
    if unit is None:
        words = {"kind": Text(MATERIAL_KINDS[command.kind]), "unit": command.unit}
        _refuse("unit", N_("%(kind)s is not kept in %(unit)s"), **words)
    if command.quantity is not None:
        _require_whole(unit, command.quantity)
    return unit.code


def _gtin(command: RegisterLot) -> str:
    """The maker's GTIN in 14 digits: as it was given, else as the scanned code has it."""
    try:
        given = command.gtin or read_code(command.lot_number).key.get("01", "")
        return check_key({"01": given})["01"] if given else ""
    except LabelError as error:
        _refuse("gtin", N_("This GTIN cannot be right: %(reason)s"), reason=str(error))


def _require_whole(unit: Unit, quantity: float) -> None:
    """Raises InvalidInput for a part of a piece."""
    if not unit.fits(quantity):
        _refuse("quantity", N_("%(quantity)s pieces: pieces are whole"), quantity=quantity)


def _refuse(where: str, message: str, **words: Any) -> NoReturn:
    reason = Text(message, words)
    raise InvalidInput(reason, [Fault(where, reason)])


def registered_lot(work: Work, kind: str, number: str, received_at: datetime, **facts: Any) -> MaterialLot:
    """The lot of this kind and number, made in the caller's transaction where nobody registered it."""
    query = select(MaterialLot).where(MaterialLot.kind == kind, MaterialLot.lot_number == number)
    lot = work.session.scalars(query).first()
    if lot is None:
        unit = facts.pop("unit", "") or units_of(kind)[0].code
        lot = MaterialLot(
            id=new_id(), kind=kind, lot_number=number, received_at=received_at, released=True, unit=unit, **facts
        )
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


def _require_before_casting(load: PalletLoad) -> None:
    if load.state != "running" or not elements_of(load, BEFORE_CASTING):
        raise Conflict(Text(N_("Load %(load)s is cast; what went into it stays as it was told"), {"load": load.number}))


def _use_of(work: Work, load: PalletLoad, lot: MaterialLot) -> MaterialUse | None:
    known = select(MaterialUse).where(MaterialUse.lot_id == lot.id, MaterialUse.load_id == load.id)
    return work.session.scalars(known).first()


def _use(work: Work, command: ScanMaterial, load: PalletLoad, lot: MaterialLot) -> MaterialUse:
    at = work.event_time(command)
    planned = planned_quantity(work.session, load, lot) if command.quantity is None else None
    use = MaterialUse(
        id=new_id(),
        lot=lot,
        load_id=load.id,
        used_at=at,
        used_by=work.actor.name,
        quantity=command.quantity or planned,
        as_planned=planned is not None,
    )
    work.session.add(use)
    _record(work, "element.material_used", load, use, at)
    return use


def _note(work: Work, command: Command, load: PalletLoad, use: MaterialUse, quantity: float | None) -> None:
    if (use.quantity, use.as_planned) == (quantity, False):
        return
    use.quantity, use.as_planned = quantity, False
    _record(work, "element.material_measured", load, use, work.event_time(command))


def _record(work: Work, kind: str, load: PalletLoad, use: MaterialUse, at: datetime) -> None:
    elements = [item.element for item in load.items if item.element.state in ON_LINE]
    present: Operation | None = next_operation(load)
    if elements and present is not None:
        naming = naming_of_line(work.session, load.line)
        note(
            work,
            kind,
            sorted(elements, key=lambda element: element.serial),
            event_time=at,
            where=where_of(present.station),
            how=how_of(present) | {"materials": [use_facts(use, naming)]},
        )
    work.session.flush()
