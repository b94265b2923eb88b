"""Elements in the register of things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from labels.errors import LabelError
from labels.keys.naming import identity, parse_identity
from labels.layout.content import LabelContent
from mes.core.actor import Actor
from mes.core.text import N_, Text
from mes.identity import things
from mes.identity.facts import tells_facts
from mes.identity.things import LabelWords, Thing
from mes.library.families import FAMILY_NAMES
from mes.orders.elements import element_facts, element_subject
from mes.orders.models import Element, Floor
from mes.orders.printing import label_content
from mes.orders.queries import ElementFilter, element_query, serial_in


def thing_of_element(element: Element) -> Thing:
    """An element as a thing."""
    kind = element.component_type
    names = {"family": Text(FAMILY_NAMES[kind.family]), "code": kind.type_code}
    return Thing(
        kind="element",
        subject=element_subject(element),
        number=str(element.serial),
        title=Text(N_("%(family)s %(code)s"), names),
        key=parse_identity(element.digital_link),
        identity=element.digital_link,
        address=f"/elements/{element.serial}",
        project_id=element.project_id,
        epc_hex=element.epc_hex,
    )


def _of_key(session: Session, key: Mapping[str, str]) -> Thing | None:
    """By serial and GTIN, or by a local name; a lot that stands beside them says nothing of who it is."""
    named = {ai: key[ai] for ai in ("01", "21", "local") if ai in key}
    if "local" not in named and set(named) != {"01", "21"}:
        return None
    try:
        wanted = identity(named)
    except LabelError:
        return None
    element = session.scalars(select(Element).where(Element.digital_link == wanted)).first()
    return thing_of_element(element) if element is not None else None


def _of_number(session: Session, number: str) -> Thing | None:
    return _of_numbers(session, [number]).get(number)


def _of_numbers(session: Session, numbers: Sequence[str]) -> Mapping[str, Thing]:
    serials = {number: serial for number in numbers if (serial := serial_in(number)) is not None}
    query = select(Element).where(Element.serial.in_(set(serials.values())))
    elements = session.scalars(query.options(joinedload(Element.component_type))).all()
    found = {element.serial: thing_of_element(element) for element in elements}
    return {number: found[serial] for number, serial in serials.items() if serial in found}


def _listed(session: Session, actor: Actor, text: str, limit: int) -> Sequence[Thing]:
    query = element_query(actor, ElementFilter(text=text)).order_by(Element.serial).limit(limit)
    return [thing_of_element(element) for element in session.scalars(query).unique()]


def _label(session: Session, thing: Thing, words: LabelWords) -> LabelContent:
    return _labels(session, [thing], words)[0]


def _labels(session: Session, wanted: Sequence[Thing], words: LabelWords) -> Sequence[LabelContent]:
    parts = (
        joinedload(Element.component_type),
        joinedload(Element.project),
        joinedload(Element.floor).joinedload(Floor.building),
    )
    query = select(Element).where(Element.serial.in_([int(thing.number) for thing in wanted])).options(*parts)
    elements = {element.serial: element for element in session.scalars(query)}
    return [label_content(elements[int(thing.number)], words) for thing in wanted]


@tells_facts("element")
def _facts(session: Session, thing: Thing) -> Mapping[str, Any]:
    return element_facts(session.scalars(select(Element).where(Element.serial == int(thing.number))).one())


things.register(
    things.ThingKind(
        kind="element",
        name=N_("Element"),
        icon="cube",
        permission="element:read",
        of_key=_of_key,
        of_number=_of_number,
        label=_label,
        listed=_listed,
        of_numbers=_of_numbers,
        labels=_labels,
    )
)
