"""The yard: slots, storing and moving elements."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import func, select

from mes.accounts.service import the_plant
from mes.core.commands import Answer, Command, Done, Work, use_case
from mes.core.errors import Conflict, InvalidInput, NotFound
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.logistics.models import YardPlace, YardSlot
from mes.orders.elements import change_state, load_element, note
from mes.orders.lifecycle import STATE_NAMES
from mes.orders.models import Element

IN_YARD = ("stored", "on_hold", "nonconforming")
"""States in which an element with a place takes it up; one that was repaired or scrapped does not any more."""

SLOT_CODE = r"^[A-Z0-9]+(-[A-Z0-9]+)*$"


class SlotFull(Conflict):
    """The slot holds as many elements as it can."""


class NotInYard(Conflict):
    """The element is not in the yard, so that it cannot be moved there."""


class AddYardSlot(Command):
    """A new place in the yard; its code is area and number, such as A-03."""

    code: str = Field(pattern=SLOT_CODE, max_length=20)
    kind: Literal["flat", "rack"]
    capacity: int = Field(ge=1, le=500)


class StoreElement(Command):
    """Put an accepted element into a slot."""

    element_id: UUID
    slot_code: str = Field(max_length=40)
    expected_version: int | None = None


class MoveElement(StoreElement):
    """Take an element in the yard to another slot."""


class Stored(Answer):
    """Where the element is now, and how full its slot is."""

    serial: int
    slot_code: str
    occupied: int
    capacity: int


@use_case("yard:write")
def add_yard_slot(work: Work, command: AddYardSlot) -> Done:
    """Add a place to the yard.

    Raises:
        Conflict: the code is taken.
    """
    if work.session.scalars(select(YardSlot).where(YardSlot.code == command.code)).first():
        raise Conflict(Text(N_("There is a slot %(code)s already"), {"code": command.code}))
    slot = YardSlot(
        id=new_id(),
        plant_id=the_plant(work.session).id,
        code=command.code,
        kind=command.kind,
        capacity=command.capacity,
    )
    work.session.add(slot)
    work.session.flush()
    return Done(id=slot.id)


@use_case("yard:write")
def store_element(work: Work, command: StoreElement) -> Stored:
    """Put an accepted element into a slot of the yard.

    Raises:
        SlotFull: there is no room; choose another.
        TransitionRefused: the element is not accepted, or in the yard already.
    """
    element = _element(work, command)
    slot = lock_slot(work, command.slot_code)
    occupied = require_room(work, slot, element)
    at = work.event_time(command)
    change_state(work, [element], "store", event_time=at, where=slot_place(slot))
    put_into(work, element, slot, command)
    return Stored(serial=element.serial, slot_code=slot.code, occupied=occupied + 1, capacity=slot.capacity)


@use_case("yard:write")
def move_element(work: Work, command: MoveElement) -> Stored:
    """Take an element to another slot; held and nonconforming ones may be moved as well.

    Raises:
        NotInYard: it is not in the yard.
        SlotFull: there is no room; choose another.
    """
    element = _element(work, command)
    place = work.session.get(YardPlace, element.id)
    if element.state not in IN_YARD or (place is None and element.state != "stored"):
        raise NotInYard(
            Text(
                N_("Element %(serial)s is not in the yard; it is %(state)s"),
                {"serial": element.serial, "state": Text(STATE_NAMES[element.state])},
            )
        )
    slot = lock_slot(work, command.slot_code)
    if place is not None and place.slot_id == slot.id:
        raise Conflict(Text(N_("Element %(serial)s is in %(slot)s already"), _named(element, slot)))
    occupied = require_room(work, slot, element)
    before = place.slot.code if place else None
    note(
        work,
        "element.moved",
        [element],
        event_time=work.event_time(command),
        where=slot_place(slot),
        data={"from_yard_slot": before},
    )
    put_into(work, element, slot, command)
    return Stored(serial=element.serial, slot_code=slot.code, occupied=occupied + 1, capacity=slot.capacity)


def lock_slot(work: Work, code: str) -> YardSlot:
    """A slot by its code, for putting something into it.

    Raises:
        NotFound: no such slot.
    """
    slot = work.session.scalars(select(YardSlot).where(YardSlot.code == code.strip().upper()).with_for_update()).first()
    if slot is None:
        raise NotFound(Text(N_("There is no yard slot %(code)s"), {"code": code.strip()[:40] or "–"}))
    return slot


def require_room(work: Work, slot: YardSlot, element: Element) -> int:
    """How many elements are in a slot, this one not counted; raises `SlotFull` where one more is too many."""
    query = (
        select(func.count())
        .select_from(YardPlace)
        .join(Element, Element.id == YardPlace.element_id)
        .where(YardPlace.slot_id == slot.id, Element.state.in_(IN_YARD), Element.id != element.id)
    )
    occupied = work.session.scalar(query) or 0
    if occupied >= slot.capacity:
        raise SlotFull(
            Text(
                N_("Slot %(code)s is full: it holds %(capacity)s elements"),
                {"code": slot.code, "capacity": slot.capacity},
            )
        )
    return occupied


def put_into(work: Work, element: Element, slot: YardSlot, command: Command) -> None:
    """Write down that the element is in the slot now."""
    place = work.session.get(YardPlace, element.id)
    if place is None:
        place = YardPlace(element_id=element.id)
        work.session.add(place)
    place.slot_id, place.stored_at = slot.id, work.event_time(command)
    work.session.flush()
    work.session.expire(place, ["slot"])


def take_out(work: Work, element: Element) -> str | None:
    """The element leaves the yard; returns the code of the slot it was in."""
    place = work.session.get(YardPlace, element.id)
    if place is None:
        return None
    code = place.slot.code
    work.session.delete(place)
    return code


def slot_place(slot: YardSlot) -> dict[str, str]:
    """Where: a slot of the yard."""
    return {"yard_slot": slot.code}


def require_slot_code(code: str) -> str:
    """A slot code that was given; raises `InvalidInput` for none."""
    if not code.strip():
        raise InvalidInput(Text(N_("Say into which yard slot it goes")))
    return code


def _element(work: Work, command: StoreElement) -> Element:
    element = load_element(work.session, command.element_id, command.expected_version)
    work.actor.require_project(element.project_id)
    return element


def _named(element: Element, slot: YardSlot) -> dict[str, object]:
    return {"serial": element.serial, "slot": slot.code}
