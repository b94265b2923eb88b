"""What a scan names in yard, on a lorry and on site."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from labels import Scan
from mes.core.actor import Actor
from mes.core.errors import InvalidInput, NotFound
from mes.core.scanning import read_code
from mes.core.text import N_, Text
from mes.identity.own_names import reference_in
from mes.identity.queries import find
from mes.logistics.models import Delivery, DeliveryItem
from mes.logistics.queries import current_delivery
from mes.logistics.service import NotOnThisDelivery
from mes.orders.models import Element
from mes.orders.queries import element_of_key, serial_in


def element_of_scan(session: Session, actor: Actor, scan: Scan) -> Element | None:
    """The element of a code, another name, a tag, or a serial typed by hand; None where this actor may see none."""
    found = element_of_key(session, actor, dict(scan.key)) if scan.kind == "element" else None
    if found is not None:
        return found
    serial = serial_in(scan.text) if scan.kind == "unknown" else None
    if serial is None:
        thing = find(session, actor, scan)
        serial = serial_in(thing.number) if thing is not None and thing.kind == "element" else None
    element = session.scalars(select(Element).where(Element.serial == serial)).first() if serial is not None else None
    return element if element is not None and actor.may_see_project(element.project_id) else None


def scanned_element(session: Session, actor: Actor, code: str) -> Element:
    """The element that was scanned or typed.

    Raises:
        InvalidInput: nothing was scanned, or the code is damaged.
        NotFound: no such element for this actor.
    """
    if not code.strip():
        raise InvalidInput(Text(N_("Scan the element first")))
    element = element_of_scan(session, actor, read_code(code))
    if element is None:
        raise NotFound(Text(N_("No element is known by “%(code)s”"), {"code": code.strip()[:60]}))
    return element


def scanned_slot(session: Session, code: str) -> str:
    """The code of a yard slot from its label (S:A-03, or its key) or as typed (A-03)."""
    scan = read_code(code)
    return (reference_in(session, scan.key, "place", "S") or scan.text).upper()


def scanned_item(session: Session, actor: Actor, delivery: Delivery, code: str) -> DeliveryItem:
    """The item of a delivery that was scanned on site.

    Raises:
        NotOnThisDelivery: it is on another lorry, on none, or unknown. Of elements of other projects it says no
            more than of codes that do not exist.
    """
    if not code.strip():
        raise InvalidInput(Text(N_("Scan the element first")))
    element = element_of_scan(session, actor, read_code(code))
    if element is None:
        raise NotOnThisDelivery(Text(N_("This code is not on delivery %(number)s"), {"number": delivery.number}))
    item = session.get(DeliveryItem, (delivery.id, element.id))
    if item is None:
        raise NotOnThisDelivery(_where_it_is(session, delivery, element))
    return item


def _where_it_is(session: Session, delivery: Delivery, element: Element) -> Text:
    other = current_delivery(session, element.id)
    facts = {"serial": element.serial, "number": delivery.number}
    if element.project_id != delivery.project_id or other is None:
        return Text(N_("Element %(serial)s is not on delivery %(number)s"), facts)
    message = N_("Element %(serial)s is on another lorry: %(other)s, %(plate)s – not on %(number)s")
    return Text(message, {**facts, "other": other.number, "plate": other.vehicle_plate or "–"})
