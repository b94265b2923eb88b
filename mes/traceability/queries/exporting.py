"""Events of the ledger for whoever takes them away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, cast, literal, select
from sqlalchemy.orm import Session

from mes.ledger.models import LedgerEvent, LedgerSubject
from mes.orders.models import Element, Project


def events_to_export(
    session: Session, *, serial: int | None = None, project_code: str | None = None, since: datetime | None = None
) -> Iterator[LedgerEvent]:
    """Events of the ledger, in ledger order, of one element, of one project's elements, or recorded since a time."""
    query = select(LedgerEvent)
    if serial is not None:
        query = query.where(LedgerEvent.sequence.in_(_of_subjects(literal(f"element:{serial}"))))
    if project_code is not None:
        names = select("element:" + cast(Element.serial, String)).join(Project).where(Project.code == project_code)
        query = query.where(LedgerEvent.sequence.in_(_of_subjects(names)))
    if since is not None:
        query = query.where(LedgerEvent.recorded_time >= since)
    yield from session.scalars(query.order_by(LedgerEvent.sequence).execution_options(yield_per=200))


def _of_subjects(names: Any) -> Select[Any]:
    wanted = LedgerSubject.subject.in_(names) if isinstance(names, Select) else LedgerSubject.subject == names
    return select(LedgerSubject.event_sequence).where(wanted)
