"""Where each element of a page is now, in words and with the page that shows it; a few statements for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from mes.core.text import N_, Text
from mes.logistics.models import Delivery, DeliveryItem, YardPlace
from mes.orders.models import Element, Floor, Project
from mes.planning.models import Operation, PalletLoad, PalletLoadItem
from mes.recall.counts import place_of
from mes.recall.search import FOUND, Found

EXPORT_CHUNK = 1000


@dataclass(frozen=True)
class Row:
    """One element of an answer. `words` is where it is now, `address` the page of that place."""

    element: Element
    load_number: int | None
    place: str
    words: Text
    address: str


@dataclass(frozen=True)
class Narrowed:
    """What a list is narrowed to, as by a tap into the picture."""

    state: str = ""
    project: str = ""


@dataclass(frozen=True)
class _Facts:
    loads: dict[UUID, PalletLoad]
    operations: dict[UUID, Operation]
    places: dict[UUID, YardPlace]
    items: dict[UUID, DeliveryItem]


def page(
    found: Found, *, after: int = 0, limit: int = 50, narrowed: Narrowed | None = None
) -> tuple[list[Row], int | None]:
    """Elements by serial after one, with where they are; and the serial the next page comes after."""
    query = select(FOUND.c.element_id).where(FOUND.c.serial > after)
    if narrowed and narrowed.state:
        query = query.where(FOUND.c.state == narrowed.state)
    if narrowed and narrowed.project:
        query = query.join(Project, Project.id == FOUND.c.project_id).where(Project.code == narrowed.project)
    ids = found.session.scalars(query.order_by(FOUND.c.serial).limit(limit + 1)).all()
    rows = rows_of(found.session, ids[:limit])
    return rows, rows[-1].element.serial if len(ids) > limit else None


def every_row(found: Found) -> Iterator[Row]:
    """All of them, chunk by chunk, for exports."""
    after: int | None = 0
    while after is not None:
        rows, after = page(found, after=after, limit=EXPORT_CHUNK)
        yield from rows
        found.session.expunge_all()


def rows_of(session: Session, element_ids: Sequence[UUID]) -> list[Row]:
    """These elements by serial, each with where it is now."""
    query = select(Element).where(Element.id.in_(element_ids)).order_by(Element.serial)
    parts = (
        joinedload(Element.project),
        joinedload(Element.component_type),
        joinedload(Element.floor).joinedload(Floor.building),
    )
    elements = session.scalars(query.options(*parts)).all()
    facts = _facts(session, elements)
    return [_row(element, facts) for element in elements]


def _facts(session: Session, elements: Sequence[Element]) -> _Facts:
    loads = _loads(session, [element.id for element in elements])
    there = {e.id: place_of(e.state, e.aside_from) for e in elements}
    on_line = {loads[key].id for key, place in there.items() if place == "plant" and key in loads}
    away = [key for key, place in there.items() if place in ("lorry", "site", "building")]
    yard = [key for key, place in there.items() if place == "yard"]
    places = session.scalars(
        select(YardPlace).where(YardPlace.element_id.in_(yard)).options(joinedload(YardPlace.slot))
    )
    return _Facts(
        loads, _operations(session, on_line), {place.element_id: place for place in places}, _items(session, away)
    )


def _loads(session: Session, element_ids: Sequence[UUID]) -> dict[UUID, PalletLoad]:
    """The last load of each element that was not withdrawn."""
    query = (
        select(PalletLoadItem.element_id, PalletLoad)
        .join(PalletLoad, PalletLoad.id == PalletLoadItem.load_id)
        .where(PalletLoadItem.element_id.in_(element_ids), PalletLoad.state != "withdrawn")
        .options(joinedload(PalletLoad.line), joinedload(PalletLoad.pallet))
        .order_by(PalletLoad.number)
    )
    return dict(session.execute(query).all())


def _operations(session: Session, load_ids: Iterable[UUID]) -> dict[UUID, Operation]:
    """The operation that each load is at: its first that is not done."""
    query = select(Operation).where(Operation.load_id.in_(load_ids), Operation.state != "done")
    query = query.options(joinedload(Operation.station)).order_by(Operation.ordinal.desc())
    return {operation.load_id: operation for operation in session.scalars(query)}


def _items(session: Session, element_ids: Sequence[UUID]) -> dict[UUID, DeliveryItem]:
    query = (
        select(DeliveryItem)
        .join(Delivery, Delivery.id == DeliveryItem.delivery_id)
        .where(DeliveryItem.element_id.in_(element_ids), Delivery.state != "cancelled")
        .options(joinedload(DeliveryItem.delivery))
        .order_by(DeliveryItem.loaded_at)
    )
    return {item.element_id: item for item in session.scalars(query)}


def _row(element: Element, facts: _Facts) -> Row:
    load = facts.loads.get(element.id)
    place = place_of(element.state, element.aside_from)
    words, address = _WORDS[place](element, facts, load)
    return Row(element, load.number if load else None, place, words, address)


Told = tuple[Text, str]


def _ahead(_element: Element, _facts: _Facts, load: PalletLoad | None) -> Told:
    if load is None:
        return Text(N_("On no load yet")), ""
    words = {"load": load.number, "line": load.line.name}
    return Text(N_("Waits in load %(load)s for %(line)s"), words), f"/planning/loads/{load.number}"


def _plant(element: Element, facts: _Facts, load: PalletLoad | None) -> Told:
    operation = facts.operations.get(load.id) if load else None
    state = element.aside_from if element.state in ("on_hold", "nonconforming") else element.state
    if load is None or operation is None or state in ("demoulded", "finished", "accepted"):
        return Text(N_("In finishing, not in the yard yet")), "/shopfloor/finishing"
    words: dict[str, Any] = {
        "line": load.line.name,
        "station": operation.station.name,
        "pallet": load.pallet.number if load.pallet else "–",
    }
    return Text(N_("%(line)s, %(station)s, pallet %(pallet)s"), words), f"/shopfloor/stations/{operation.station.code}"


def _yard(element: Element, facts: _Facts, _load: PalletLoad | None) -> Told:
    place = facts.places.get(element.id)
    if place is None:
        return Text(N_("In the yard, slot not known")), "/yard"
    return Text(N_("Yard slot %(slot)s"), {"slot": place.slot.code}), f"/yard?slot={place.slot.code}#slot"


def _lorry(element: Element, facts: _Facts, _load: PalletLoad | None) -> Told:
    item = facts.items.get(element.id)
    if item is None:
        return Text(N_("On a lorry that is not known")), ""
    words = {"plate": item.delivery.vehicle_plate or "–", "number": item.delivery.number}
    message = N_("Lorry %(plate)s on the way, delivery %(number)s")
    if element.state == "loaded":
        message = N_("Lorry %(plate)s still in the plant, delivery %(number)s")
    return Text(message, words), f"/deliveries/{item.delivery.number}"


def _site(element: Element, facts: _Facts, _load: PalletLoad | None) -> Told:
    item = facts.items.get(element.id)
    words = {"project": element.project.name, "number": item.delivery.number if item else "–"}
    message = N_("On site %(project)s, came with delivery %(number)s")
    if element.state == "rejected_at_site":
        message = N_("Rejected on site %(project)s, delivery %(number)s")
        if item is not None and item.sent_back_at is not None:
            message = N_("On its way back from site %(project)s, delivery %(number)s")
    return Text(message, words), f"/deliveries/{item.delivery.number}" if item else ""


def _building(element: Element, facts: _Facts, _load: PalletLoad | None) -> Told:
    words = {"building": element.floor.building.name, "floor": element.floor.name, "position": element.position}
    item = facts.items.get(element.id)
    address = f"/deliveries/{item.delivery.number}" if item else ""
    return Text(N_("%(building)s, floor %(floor)s, at %(position)s"), words), address


def _gone(_element: Element, _facts: _Facts, _load: PalletLoad | None) -> Told:
    return Text(N_("Scrapped")), ""


_WORDS = {
    "ahead": _ahead,
    "plant": _plant,
    "yard": _yard,
    "lorry": _lorry,
    "site": _site,
    "building": _building,
    "gone": _gone,
}
