"""The elements behind a point, a bar or a week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.inspection.models import Inspection, Nonconformity
from mes.inspection.statistics.selecting import with_its_load
from mes.library.models import ComponentType
from mes.orders.models import Element
from mes.planning.models import Line, Operation, PalletLoad

MOST_LISTED = 300


@dataclass(frozen=True)
class Listed:
    """An inspection or a nonconformity of an element, with who made it where."""

    inspection_id: UUID | None
    nonconformity_id: UUID | None
    title: str  # verdict of the inspection, or kind of the nonconformity
    at: datetime
    serial: int
    element_id: UUID
    type_code: str
    line: str
    load: int | None
    crew: str
    evaluation: dict[str, Any]

    def judged(self, item: str) -> list[dict[str, Any]]:
        """What was judged of an item."""
        return [row for row in self.evaluation.get("items") or () if row.get("item") == item]


def inspections_listed(session: Session, actor: Actor, ids: Sequence[UUID]) -> list[Listed]:
    """These inspections, oldest first, as far as the reader may see them."""
    query = (
        select(Inspection.id, Inspection.verdict, Inspection.inspected_at, *_MADE, Inspection.evaluation)
        .select_from(Inspection)
        .join(Element, Element.id == Inspection.element_id)
        .where(Inspection.id.in_(ids))
        .order_by(Inspection.inspected_at, Inspection.id)
    )
    among = select(Inspection.element_id).where(Inspection.id.in_(ids))
    return [Listed(found, None, *_row(rest)) for found, *rest in session.execute(_visible(query, actor, among))]


def nonconformities_listed(session: Session, actor: Actor, ids: Sequence[UUID]) -> list[Listed]:
    """These nonconformities, oldest first, as far as the reader may see them."""
    query = (
        select(Nonconformity.id, Nonconformity.kind, Nonconformity.reported_at, *_MADE)
        .select_from(Nonconformity)
        .join(Element, Element.id == Nonconformity.element_id)
        .where(Nonconformity.id.in_(ids))
        .order_by(Nonconformity.reported_at, Nonconformity.id)
    )
    among = select(Nonconformity.element_id).where(Nonconformity.id.in_(ids))
    rows = session.execute(_visible(query, actor, among))
    return [Listed(None, found, *_row([*rest, {}])) for found, *rest in rows]


_MADE = (Element.serial, Element.id, ComponentType.type_code, Line.code, PalletLoad.number, Operation.crew)


def _row(rest: list[Any]) -> list[Any]:
    title, at, serial, element_id, type_code, line, load, crew, evaluation = rest
    return [title, at, serial, element_id, type_code, line or "", load, crew or "", evaluation]


def _visible(query: Any, actor: Actor, among: Select[UUID]) -> Any:
    query = query.join(ComponentType, ComponentType.id == Element.component_type_id)
    query = with_its_load(query, among).outerjoin(Line, Line.id == PalletLoad.line_id)
    return query if actor.project_ids is None else query.where(Element.project_id.in_(actor.project_ids))
