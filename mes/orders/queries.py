"""Reading projects, orders and elements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from mes.core.actor import Actor
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.library.models import ComponentType
from mes.orders.models import Building, Element, Floor, Order, Project

PAGE_SIZE = 50


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


def project_counts(session: Session) -> dict[UUID, dict[str, int]]:
    """How many elements of each project are in each state."""
    counts: dict[UUID, dict[str, int]] = {}
    query = select(Element.project_id, Element.state, func.count()).group_by(Element.project_id, Element.state)
    for project_id, state, count in session.execute(query):
        counts.setdefault(project_id, {})[state] = count
    return counts


def orders(session: Session, limit: int = 50) -> Sequence[Order]:
    """The newest orders."""
    query = select(Order).options(joinedload(Order.project)).order_by(Order.received_at.desc()).limit(limit)
    return session.scalars(query).all()


def order_by_number(session: Session, number: str) -> Order:
    """An order.

    Raises:
        NotFound: no such order.
    """
    order = session.scalars(select(Order).where(Order.number == number)).first()
    if order is None:
        raise NotFound(Text(N_("There is no order %(number)s"), {"number": number}))
    return order


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
    like = f"%{text.replace('%', '')}%"
    found: list[ColumnElement[bool]] = [ComponentType.type_code.ilike(like), Element.position.ilike(like), Element.mark.ilike(like)]
    if text.isdigit() and len(text) < 18:
        found.append(Element.serial == int(text))
    return or_(*found)


def element_page(session: Session, query: Select[Any], page: int) -> tuple[Sequence[Element], int]:
    """A page of elements and how many there are in all."""
    total = session.scalar(select(func.count()).select_from(query.with_only_columns(Element.id).subquery())) or 0
    rows = session.scalars(query.order_by(Element.serial).offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)).all()
    return rows, total


def element_by_serial(session: Session, actor: Actor, serial: int) -> Element:
    """An element this actor may see.

    Raises:
        NotFound: no such element, or not this actor's to see.
    """
    element = session.scalars(select(Element).where(Element.serial == serial)).first()
    if element is None or not actor.may_see_project(element.project_id):
        raise NotFound(Text(N_("There is no element %(serial)s"), {"serial": serial}))
    return element


def element_of_key(session: Session, actor: Actor, key: dict[str, str]) -> Element | None:
    """The element that a scanned GS1 key (01 and 21) names."""
    serial = key.get("21", "")
    if not serial.isdigit():
        return None
    element = session.scalars(select(Element).where(Element.serial == int(serial))).first()
    fits = element is not None and element.gtin == key.get("01") and actor.may_see_project(element.project_id)
    return element if fits else None


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
