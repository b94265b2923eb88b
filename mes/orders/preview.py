"""What an order would change, before anything is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.library.service import current_types, is_described_by
from mes.orders.models import Order, Project
from mes.orders.service import descriptions_of
from mes.orders.workbook import OrderWorkbook

Change = Literal["new", "new revision", "known"]


@dataclass(frozen=True)
class TypeChange:
    """A component type that the order uses, and how many elements of it the order asks for."""

    type_code: str
    elements: int
    change: Change


@dataclass(frozen=True)
class PlaceChange:
    """A building, or a floor of one (`1#/3F`)."""

    name: str
    change: Change


@dataclass(frozen=True)
class OrderPreview:
    """What an import of the order would find and make."""

    project_code: str
    project_name: str
    project: Change
    buildings: tuple[PlaceChange, ...]
    floors: tuple[PlaceChange, ...]
    types: tuple[TypeChange, ...]
    elements: int


def preview(session: Session, order: OrderWorkbook) -> OrderPreview | None:
    """What importing `order` would change; None where the file names no project."""
    if order.project is None:
        return None
    project = session.scalars(select(Project).where(Project.code == order.project.code)).first()
    buildings = {building.code for building in project.buildings} if project else set()
    floors = {f"{b.code}/{floor.name}" for b in project.buildings for floor in b.floors} if project else set()
    return OrderPreview(
        project_code=order.project.code,
        project_name=project.name if project else order.project.name,
        project="known" if project else "new",
        buildings=tuple(_place(entry.code, buildings) for entry in order.buildings),
        floors=tuple(_place(f"{entry.building_code}/{entry.name}", floors) for entry in order.floors),
        types=_types(session, order),
        elements=order.element_count,
    )


def was_imported_before(session: Session, order: OrderWorkbook, content_sha256: str) -> bool:
    """Whether the very same order is here already."""
    code = order.project.code if order.project else ""
    query = select(Order.id).join(Order.project).where(Project.code == code, Order.content_sha256 == content_sha256)
    return session.scalars(query).first() is not None


def _place(name: str, known: set[str]) -> PlaceChange:
    return PlaceChange(name, "known" if name in known else "new")


def _types(session: Session, order: OrderWorkbook) -> tuple[TypeChange, ...]:
    counts: Counter[str] = Counter()
    for line in order.lines:
        counts[line.type_code] += line.count
    described = {description.type_code: description for description in descriptions_of(order)}
    current = current_types(session, {*counts, *described})
    changes: dict[str, Change] = {}
    for code in {*counts, *described}:
        if code not in current:
            changes[code] = "new"
        elif code in described and not is_described_by(current[code], described[code]):
            changes[code] = "new revision"
        else:
            changes[code] = "known"
    return tuple(TypeChange(code, counts[code], changes[code]) for code in sorted(changes))
