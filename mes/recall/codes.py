"""What a scan or a typed code can mean for a recall: something to search for, or an element whose making is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.core.errors import InvalidInput
from mes.core.scanning import read_code
from mes.core.text import N_, Text
from mes.identity.queries import find
from mes.orders.models import Element
from mes.orders.queries import serial_in
from mes.planning.models import Operation
from mes.recall.criteria import Criteria, Named, lot_code, lot_title, lots_named, understand
from mes.shopfloor.service.materials import GS1_LOT

ELEMENT = "element"
_OF_THING = {"batch": "batch", "mould": "mould", "pallet": "pallet", "station": "station", "element": ELEMENT}
_TYPED = ("batch", "mould", "station", "line", "pallet")


@dataclass(frozen=True)
class Meaning:
    """What a code may stand for. `kind` is one of `criteria.KINDS`, or `element`."""

    kind: str
    code: str
    title: Text | str


def meanings(session: Session, actor: Actor, text: str) -> list[Meaning]:
    """Everything that a code stands for here; the label of a thing stands for that thing alone.

    Raises:
        InvalidInput: the code is damaged.
    """
    lot = GS1_LOT.search(text.strip()) if "(" in text else None
    if lot is not None:
        return list(_of_words(session, actor, lot[1]))
    scan = read_code(text)
    thing = find(session, actor, scan)
    if thing is not None and thing.kind in _OF_THING:
        return [Meaning(_OF_THING[thing.kind], thing.number, thing.title)]
    return list(_of_words(session, actor, scan.key.get("10") or scan.text))


def _of_words(session: Session, actor: Actor, text: str) -> Iterator[Meaning]:
    if not 0 < len(text) <= 80:
        return
    for lot in lots_named(session, text):
        yield Meaning("lot", lot_code(lot), lot_title(lot))
    for kind in _TYPED:
        for named in _named(session, kind, text):
            yield Meaning(kind, named.code, named.title)
    if session.scalars(select(Operation.id).where(Operation.crew == text).limit(1)).first() is not None:
        yield Meaning("crew", text, text)
    serial = serial_in(text)
    if serial is not None and (element := _element(session, actor, serial)) is not None:
        yield Meaning(ELEMENT, str(serial), Text(N_("Element %(serial)s"), {"serial": element.serial}))


def _named(session: Session, kind: str, text: str) -> list[Named]:
    try:
        return list(understand(session, Criteria.model_validate({kind: (text,)})).named)
    except InvalidInput:
        return []


def _element(session: Session, actor: Actor, serial: int) -> Element | None:
    found = session.scalars(select(Element).where(Element.serial == serial)).first()
    return found if found is not None and actor.may_see_project(found.project_id) else None
