"""Reading connectors and receipts: what is deliverable, and what the pages and the API show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, cast, func, literal, select
from sqlalchemy.orm import Session

from mes.core.clock import Clock
from mes.ledger.models import LedgerEvent, LedgerSubject
from mes.ledger.queries import last_sequence
from mes.orders.models import Element, Project
from mes.traceability.models import Connector, Receipt

OPEN_STATES = ("waiting", "sending", "accepted", "refused")
ON_THE_WAY = ("waiting", "sending", "accepted")


def connectors(session: Session) -> Sequence[Connector]:
    """All connectors by name."""
    return session.scalars(select(Connector).order_by(Connector.name)).all()


def connector_named(session: Session, name: str) -> Connector | None:
    """The connector of that name."""
    return session.scalars(select(Connector).where(Connector.name == name)).first()


@dataclass(frozen=True)
class ConnectorStatus:
    """How a connector stands. `oldest_undelivered_at` is when its oldest undelivered event was recorded."""

    connector: Connector
    waiting: int
    refused: int
    skipped: int
    delivered: int
    delivered_today: int
    behind: int  # events of the ledger without a receipt yet
    oldest_undelivered_at: datetime | None

    @property
    def backlog(self) -> int:
        """Events that the platform does not have yet, refused ones apart."""
        return self.waiting + self.behind


def status_of(session: Session, connector: Connector, clock: Clock) -> ConnectorStatus:
    """How a connector stands now."""
    counted = select(Receipt.state, func.count()).where(Receipt.connector_id == connector.id).group_by(Receipt.state)
    counts = {row.state: int(row[1]) for row in session.execute(counted)}
    midnight = clock.now().astimezone(clock.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    today = select(func.count()).where(Receipt.connector_id == connector.id, Receipt.delivered_at >= midnight)
    return ConnectorStatus(
        connector=connector,
        waiting=sum(counts.get(state, 0) for state in ON_THE_WAY),
        refused=counts.get("refused", 0),
        skipped=counts.get("skipped", 0),
        delivered=counts.get("delivered", 0),
        delivered_today=session.scalar(today) or 0,
        behind=session.scalar(select(func.count()).where(LedgerEvent.sequence > connector.cursor)) or 0,
        oldest_undelivered_at=_oldest_undelivered(session, connector),
    )


def _oldest_undelivered(session: Session, connector: Connector) -> datetime | None:
    open_ones = select(func.min(Receipt.event_sequence)).where(
        Receipt.connector_id == connector.id, Receipt.state.in_(OPEN_STATES)
    )
    sequence = session.scalar(open_ones)
    if sequence is None:
        sequence = connector.cursor + 1 if last_sequence(session) > connector.cursor else None
    if sequence is None:
        return None
    query = select(func.min(LedgerEvent.recorded_time)).where(LedgerEvent.sequence >= sequence)
    return session.scalar(query)


@dataclass(frozen=True)
class OpenEvent:
    """An event that a platform does not have, as people see it; `waits_for` is the sequence that holds it back."""

    receipt: Receipt
    event: LedgerEvent
    waits_for: int | None


def open_events(session: Session, connector_id: UUID, limit: int = 200) -> list[OpenEvent]:
    """Events that a platform does not have, refused ones first, with what holds each back."""
    query = (
        select(Receipt, LedgerEvent)
        .join(LedgerEvent, LedgerEvent.sequence == Receipt.event_sequence)
        .where(Receipt.connector_id == connector_id, Receipt.state.in_(OPEN_STATES))
        .order_by(Receipt.event_sequence)
        .limit(5000)
    )
    first_of: dict[str, int] = {}
    found: list[OpenEvent] = []
    for receipt, event in session.execute(query):
        before = [first_of[key] for key in receipt.identifiers if key in first_of]
        found.append(OpenEvent(receipt, event, min(before) if before else None))
        for key in receipt.identifiers:
            first_of.setdefault(key, receipt.event_sequence)
    found.sort(key=lambda item: (item.receipt.state != "refused", item.receipt.event_sequence))
    return found[:limit]


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
