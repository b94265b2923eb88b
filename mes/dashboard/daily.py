"""Daily tracking (日跟踪): what was planned and what was made, by day, line and project.

Made is counted from the ledger by the time things happened in the factory's zone; planned from the loads' casting
operations as they stand in the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.ledger.models import LedgerEvent
from mes.library.models import ComponentType
from mes.orders.models import Element, Project
from mes.planning.models import Line, Operation, PalletLoad, PalletLoadItem, Station

MADE_KINDS = {"element.cast": "cast", "element.demoulded": "demoulded", "delivery.departed": "delivered"}
FIGURES = ("planned", "cast", "demoulded", "delivered", "planned_m3", "cast_m3")

Key = tuple[date, str, str]


@dataclass(frozen=True)
class DayFigures:
    """One day of one line and project: elements planned to be cast, cast, demoulded, sent off; concrete in m³."""

    day: date
    line: str  # code, empty for an element that no line made
    project: str  # code
    planned: int = 0
    cast: int = 0
    demoulded: int = 0
    delivered: int = 0
    planned_m3: float = 0.0
    cast_m3: float = 0.0


def day_bounds(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the factory's midnight that begins `first` to the one that ends `last`."""
    return (
        datetime.combine(first, time(), zone),
        datetime.combine(last + timedelta(days=1), time(), zone),
    )


def daily(session: Session, actor: Actor, zone: ZoneInfo, first: date, last: date) -> list[DayFigures]:
    """The figures of every day from `first` to `last` on which something was planned or made, in order."""
    sums: dict[Key, dict[str, float]] = {}
    for key, figure, amount in [
        *_planned(session, zone, first, last),
        *_made(session, zone, first, last),
    ]:
        figures = sums.setdefault(key, {})
        figures[figure] = figures.get(figure, 0) + amount
    seen = visible_projects(session, actor)
    return [_figures(key, sums[key]) for key in sorted(sums) if seen is None or key[2] in seen]


def _figures(key: Key, counted: Mapping[str, float]) -> DayFigures:
    numbers: dict[str, Any] = {name: counted.get(name, 0) for name in FIGURES}
    for name in ("planned_m3", "cast_m3"):
        numbers[name] = round(float(numbers[name]), 2)
    return DayFigures(*key, **numbers)


def visible_projects(session: Session, actor: Actor) -> frozenset[str] | None:
    """The codes of the projects this actor's scope covers; None for everybody of the plant."""
    if actor.project_ids is None:
        return None
    return frozenset(session.scalars(select(Project.code).where(Project.id.in_(actor.project_ids))))


def _planned(session: Session, zone: ZoneInfo, first: date, last: date) -> Iterator[tuple[Key, str, float]]:
    start, end = day_bounds(first, last, zone)
    query = (
        select(Operation.planned_start, Line.code, Project.code, ComponentType.concrete_volume_m3)
        .join(Station, Station.id == Operation.station_id)
        .join(Line, Line.id == Station.line_id)
        .join(PalletLoad, PalletLoad.id == Operation.load_id)
        .join(PalletLoadItem, PalletLoadItem.load_id == PalletLoad.id)
        .join(Element, Element.id == PalletLoadItem.element_id)
        .join(Project, Project.id == Element.project_id)
        .join(ComponentType, ComponentType.id == Element.component_type_id)
        .where(Station.kind == "casting", PalletLoad.state != "withdrawn")
        .where(Operation.planned_start >= start, Operation.planned_start < end)
    )
    for planned_start, line, project, volume_m3 in session.execute(query):
        key = (planned_start.astimezone(zone).date(), line, project)
        yield key, "planned", 1
        yield key, "planned_m3", volume_m3


def _made(session: Session, zone: ZoneInfo, first: date, last: date) -> Iterator[tuple[Key, str, float]]:
    start, end = day_bounds(first, last, zone)
    query = (
        select(LedgerEvent.kind, LedgerEvent.event_time, LedgerEvent.content)
        .where(LedgerEvent.kind.in_(MADE_KINDS))
        .where(LedgerEvent.event_time >= start, LedgerEvent.event_time < end)
    )
    undone = _undone_departures(session, start)
    events = [row for row in session.execute(query.add_columns(LedgerEvent.id)) if str(row[3]) not in undone]
    sent_off = [
        facts["id"] for kind, _, content, _ in events if kind == "delivery.departed" for facts in _facts(content)
    ]
    lines = _lines_of(session, sent_off)
    for kind, happened_at, content, _ in events:
        day = happened_at.astimezone(zone).date()
        for facts in _facts(content):
            line = content["where"].get("line") or lines.get(facts["id"], "")
            key = (day, line, facts["project_code"])
            yield key, MADE_KINDS[kind], 1
            if kind == "element.cast":
                yield key, "cast_m3", facts["volume_m3"]


def _undone_departures(session: Session, since: datetime) -> set[str]:
    """The ids of the departures that were undone, whenever that was said after `since`: nothing was sent off then."""
    query = select(LedgerEvent.content).where(LedgerEvent.kind == "delivery.departure_undone")
    found = session.scalars(query.where(LedgerEvent.event_time >= since))
    return {content["data"]["departure"]["event"] for content in found}


def _facts(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = content["elements"]
    return facts


def _lines_of(session: Session, element_ids: Iterable[str]) -> dict[str, str]:
    """The code of the line that made each element."""
    wanted = set(element_ids)
    if not wanted:
        return {}
    query = (
        select(PalletLoadItem.element_id, Line.code)
        .join(PalletLoad, PalletLoad.id == PalletLoadItem.load_id)
        .join(Line, Line.id == PalletLoad.line_id)
        .where(PalletLoad.state == "done")
    )
    return {str(element_id): code for element_id, code in session.execute(query) if str(element_id) in wanted}
