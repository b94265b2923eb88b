"""Reading projects, orders and elements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from labels.errors import LabelError
from labels.keys.local import LOCAL
from labels.keys.naming import identity
from labels.scanning.memory import LOCAL_TAG
from mes.accounts.scope import names_projects
from mes.core.actor import Actor
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.library.models import ComponentType
from mes.orders.models import Building, Element, Floor, Order, Project

PAGE_SIZE = 50
LARGEST_SERIAL = 2**38 - 1
"""What a tag of 96 bits holds; a larger number names no element."""
MOST_PAGES = 100_000


@dataclass(frozen=True)
class ElementFilter:
    """What a list of elements is narrowed to; empty fields narrow nothing."""

    project: str = ""
    state: str = ""
    family: str = ""
    text: str = ""


def projects(session: Session, actor: Actor) -> Sequence[Project]:
    """The projects this actor may see, by code."""
    query = select(Project).options(selectinload(Project.parties)).order_by(Project.code)
    if actor.project_ids is not None:
        query = query.where(Project.id.in_(actor.project_ids))
    return session.scalars(query).all()


@names_projects
def project_names(session: Session) -> list[tuple[UUID, str]]:
    """Every project's id and name, for limiting people to some."""
    rows = session.execute(select(Project.id, Project.code, Project.name).order_by(Project.code))
    return [(project_id, f"{code} {name}") for project_id, code, name in rows]


def project_counts(session: Session) -> dict[UUID, dict[str, int]]:
    """How many elements of each project are in each state (for the projects of `projects`)."""
    counts: dict[UUID, dict[str, int]] = {}
    query = select(Element.project_id, Element.state, func.count()).group_by(Element.project_id, Element.state)
    for project_id, state, count in session.execute(query):
        counts.setdefault(project_id, {})[state] = count
    return counts


def orders(session: Session, actor: Actor, limit: int = 50) -> Sequence[Order]:
    """The newest orders that this actor may see."""
    query = select(Order).options(joinedload(Order.project)).order_by(Order.received_at.desc(), Order.number.desc())
    if actor.project_ids is not None:
        query = query.where(Order.project_id.in_(actor.project_ids))
    return session.scalars(query.limit(limit)).all()


def order_by_number(session: Session, actor: Actor, number: str) -> Order:
    """An order this actor may see.

    Raises:
        NotFound: no such order, or not this actor's to see.
    """
    order = session.scalars(select(Order).where(Order.number == number)).first()
    if order is None or not actor.may_see_project(order.project_id):
        raise NotFound(Text(N_("There is no order %(number)s"), {"number": number}))
    return order


def subjects_of_order(session: Session, order: Order) -> list[str]:
    """The names in the ledger of an order's elements, by serial."""
    serials = session.scalars(select(Element.serial).where(Element.order_id == order.id).order_by(Element.serial))
    return [f"element:{serial}" for serial in serials]


def element_query(actor: Actor, wanted: ElementFilter) -> Select[Any]:
    """Elements this actor may see, narrowed by a filter, by serial."""
    query = (
        select(Element)
        .join(Element.project)
        .join(Element.component_type)
        .options(
            joinedload(Element.project),
            joinedload(Element.component_type),
            joinedload(Element.floor).joinedload(Floor.building),
        )
    )
    if actor.project_ids is not None:
        query = query.where(Element.project_id.in_(actor.project_ids))
    if wanted.project:
        query = query.where(Project.code == wanted.project)
    if wanted.state:
        query = query.where(Element.state == wanted.state)
    if wanted.family:
        query = query.where(ComponentType.family == wanted.family)
    if wanted.text:
        query = query.where(_says(wanted.text))
    return query


def _says(text: str) -> ColumnElement[bool]:
    columns = (ComponentType.type_code, Element.position, Element.mark)
    found = [column.icontains(text, autoescape=True) for column in columns]
    serial = serial_in(text)
    if serial is not None:
        found.append(Element.serial == serial)
    return or_(*found)


def element_page(session: Session, query: Select[Any], page: int) -> tuple[Sequence[Element], int]:
    """A page of elements and how many there are in all."""
    total = session.scalar(select(func.count()).select_from(query.with_only_columns(Element.id).subquery())) or 0
    skipped = (min(page, MOST_PAGES) - 1) * PAGE_SIZE
    rows = session.scalars(query.order_by(Element.serial).offset(skipped).limit(PAGE_SIZE)).all()
    return rows, total


def element_by_serial(session: Session, actor: Actor, serial: int) -> Element:
    """An element this actor may see.

    Raises:
        NotFound: no such element, or not this actor's to see.
    """
    element = _of_serial(session, serial)
    if element is None or not actor.may_see_project(element.project_id):
        raise NotFound(Text(N_("There is no element %(serial)s"), {"serial": serial}))
    return element


def element_of_key(session: Session, actor: Actor, key: dict[str, str]) -> Element | None:
    """The element that a scanned key names, if this actor may see it."""
    element = named_element(session, key)
    return element if element is not None and actor.may_see_project(element.project_id) else None


def named_element(session: Session, key: Mapping[str, str]) -> Element | None:
    """The element of a key, whoever asks: GS1 (01 and 21; whatever else stands beside them), local, or a local tag."""
    if LOCAL_TAG in key:
        return session.scalars(select(Element).where(Element.epc_hex == key[LOCAL_TAG])).first()
    try:
        wanted = identity({ai: key[ai] for ai in ("01", "21", LOCAL) if ai in key})
    except LabelError:
        return None
    return session.scalars(select(Element).where(Element.digital_link == wanted)).first()


def serial_in(text: str) -> int | None:
    """The element's serial that `text` is, if it can be one."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_SERIAL))):
        return None
    return int(text) if 0 < int(text) <= LARGEST_SERIAL else None


def _of_serial(session: Session, serial: int) -> Element | None:
    if not 0 < serial <= LARGEST_SERIAL:
        return None
    return session.scalars(select(Element).where(Element.serial == serial)).first()


def floors_of_project(session: Session, project_id: UUID) -> Sequence[Floor]:
    """A project's floors, building by building, from below."""
    query = (
        select(Floor)
        .join(Building, Building.id == Floor.building_id)
        .where(Building.project_id == project_id)
        .options(joinedload(Floor.building))
        .order_by(Building.code, Floor.level)
    )
    return session.scalars(query).all()
