"""The Pareto order of what was wrong: by kind, by cause, or by what it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.inspection.models import Nonconformity
from mes.inspection.statistics.choosing import Chosen
from mes.inspection.statistics.selecting import CAST_COLUMNS, Rows, narrowed
from mes.inspection.statistics.shifts import Shifts
from mes.library.models import ComponentType
from mes.orders.models import Element
from quality.statistics import ParetoBar, pareto

UNKNOWN_CAUSE = "unknown"


@dataclass(frozen=True)
class Found:
    """Something that was reported wrong."""

    nonconformity_id: UUID
    number: str
    kind: str
    cause: str
    severity: str
    cost_cny: float
    at: datetime


def defects(session: Session, actor: Actor, zone: ZoneInfo, chosen: Chosen) -> list[Found]:
    """What was reported in the period, in the order of time."""
    start, end = chosen.bounds(zone)
    period = (Nonconformity.reported_at >= start, Nonconformity.reported_at < end)
    among = select(Nonconformity.element_id).where(*period)
    shift = Shifts(session, zone) if chosen.shift else None
    row = Nonconformity
    query: Rows = (
        select(row.id, row.number, row.kind, row.cause, row.severity, row.cost_cny, row.reported_at)
        .select_from(row)
        .join(Element, Element.id == row.element_id)
        .join(ComponentType, ComponentType.id == Element.component_type_id)
        .where(*period)
        .order_by(row.reported_at, row.id)
    )
    if shift is not None:
        query = query.add_columns(*CAST_COLUMNS)
    rows = session.execute(narrowed(query, chosen, actor, among))
    return [
        Found(found_id, number, kind, cause or UNKNOWN_CAUSE, severity, cost or 0.0, at)
        for found_id, number, kind, cause, severity, cost, at, *cast in rows
        if shift is None or shift.of(*cast) == chosen.shift
    ]


def by_kind(found: Sequence[Found]) -> tuple[ParetoBar, ...]:
    """How often each kind was reported."""
    return pareto(Counter(one.kind for one in found))


def by_cause(found: Sequence[Found]) -> tuple[ParetoBar, ...]:
    """How often each cause was found; `unknown` where nobody has said one."""
    return pareto(Counter(one.cause for one in found))


def by_cost(found: Sequence[Found]) -> tuple[ParetoBar, ...]:
    """What each kind has cost, in CNY."""
    cost: Counter[str] = Counter()
    for one in found:
        cost[one.kind] += one.cost_cny  # type: ignore[assignment]
    return pareto(cost)
