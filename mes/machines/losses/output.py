"""What stations gave in a period: finished loads, their ideal time, and elements that were right at the first try."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import median_low
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lines.losses import Window
from mes.ledger.models import LedgerEvent, LedgerSubject
from mes.machines.models import Machine
from mes.planning.models import Operation, Station

DEMOULDED = "element.demoulded"
ACCEPTED = "element.final_accepted"
NOT_RIGHT = frozenset(
    {
        "element.hidden_works_refused",
        "element.nonconformity_reported",
        "element.rework_ordered",
        "element.repair_ordered",
        "element.final_refused",
        "element.scrapped",
    }
)
"""What tells, before the final inspection accepts an element, that it was not right at the first try."""

PLANS_LOOKED_AT = 200
SUBJECTS_AT_ONCE = 400


def outputs(session: Session, stations: Sequence[Station], windows: dict[UUID, list[Window]]) -> dict[UUID, int]:
    """How many loads each station finished in its windows."""
    spans = [window for found in windows.values() for window in found]
    if not spans:
        return {}
    start, end = min(one.start for one in spans), max(one.end for one in spans)
    query = select(Operation.station_id, Operation.finished_at).where(
        Operation.station_id.in_([station.id for station in stations]),
        Operation.finished_at >= start,
        Operation.finished_at < end,
    )
    counts: dict[UUID, int] = {}
    for station_id, finished_at in session.execute(query):
        if finished_at and any(window.start <= finished_at < window.end for window in windows.get(station_id, [])):
            counts[station_id] = counts.get(station_id, 0) + 1
    return counts


def ideal_minutes(session: Session, station: Station, machine: Machine | None) -> float | None:
    """The shortest time in which the station can finish a load: as set for its machine, else as usually planned.

    A chamber for many pallets finishes one each time its curing time divided by its room has passed.
    """
    if machine is not None and machine.ideal_minutes:
        return machine.ideal_minutes
    usual = planned_minutes(session, station)
    return usual / max(station.capacity, 1) if usual else None


def planned_minutes(session: Session, station: Station) -> float | None:
    """How long a load is usually planned to be at a station, by the latest plans."""
    query = select(Operation.planned_start, Operation.planned_end).where(Operation.station_id == station.id)
    latest = session.execute(query.order_by(Operation.planned_start.desc()).limit(PLANS_LOOKED_AT))
    planned = [(end - start).total_seconds() / 60 for start, end in latest if end > start]
    return median_low(planned) if planned else None


def first_pass(session: Session, line_code: str, start: datetime, end: datetime) -> tuple[int, int]:
    """(right at the first try, all) of the elements that the line demoulded from `start` to `end`, by the ledger."""
    events = select(LedgerEvent.content, LedgerEvent.sequence).where(
        LedgerEvent.kind == DEMOULDED, LedgerEvent.event_time >= start, LedgerEvent.event_time < end
    )
    made = {
        f"element:{facts['serial']}"
        for content, _ in session.execute(events)
        if content["where"].get("line") == line_code
        for facts in content["elements"]
    }
    return len(made) - len(_not_right(session, made)), len(made)


def _not_right(session: Session, subjects: Iterable[str]) -> set[str]:
    ordered = sorted(subjects)
    found: set[str] = set()
    for first in range(0, len(ordered), SUBJECTS_AT_ONCE):
        found |= _not_right_of(session, ordered[first : first + SUBJECTS_AT_ONCE])
    return found


def _not_right_of(session: Session, subjects: Sequence[str]) -> set[str]:
    query = (
        select(LedgerSubject.subject, LedgerEvent.kind, func.min(LedgerEvent.sequence))
        .join(LedgerEvent, LedgerEvent.sequence == LedgerSubject.event_sequence)
        .where(LedgerSubject.subject.in_(subjects), LedgerEvent.kind.in_([*NOT_RIGHT, ACCEPTED]))
        .group_by(LedgerSubject.subject, LedgerEvent.kind)
    )
    accepted: dict[str, int] = {}
    faults: list[tuple[str, int]] = []
    for subject, kind, sequence in session.execute(query):
        if kind == ACCEPTED:
            accepted[subject] = sequence
        else:
            faults.append((subject, sequence))
    return {subject for subject, sequence in faults if sequence < accepted.get(subject, sequence + 1)}
