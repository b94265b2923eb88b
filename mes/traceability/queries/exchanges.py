"""Requests to a platform, and what happened to one event: everything here was masked before it was kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mes.ledger.models import LedgerEvent
from mes.traceability.models import Connector, Difference, Exchange, ExchangeReceipt, Receipt
from mes.traceability.queries.undelivered import chain_of, holders

MOST_DIFFERENCES = 200
MOST_TRIES = 200


def exchanges_of(
    session: Session, connector_id: UUID, outcome: str = "", before: datetime | None = None, limit: int = 50
) -> Sequence[Exchange]:
    """Requests, the newest first, of one outcome if given, made before a moment if given."""
    query = select(Exchange).where(Exchange.connector_id == connector_id)
    if outcome:
        query = query.where(Exchange.outcome == outcome)
    if before is not None:
        query = query.where(Exchange.at < before)
    return session.scalars(query.order_by(Exchange.at.desc(), Exchange.id.desc()).limit(limit)).all()


def outcome_counts(session: Session, connector_id: UUID) -> dict[str, int]:
    """How many of the kept requests had each outcome."""
    query = select(Exchange.outcome, func.count()).where(Exchange.connector_id == connector_id)
    return {row.outcome: int(row[1]) for row in session.execute(query.group_by(Exchange.outcome))}


def differences_of(session: Session, connector_id: UUID) -> Sequence[Difference]:
    """Differences from the platform, open ones first, the newest day first."""
    query = select(Difference).where(Difference.connector_id == connector_id)
    order = (Difference.settled_at.is_not(None), Difference.day.desc(), Difference.event_id)
    return session.scalars(query.order_by(*order).limit(MOST_DIFFERENCES)).all()


@dataclass(frozen=True)
class EventTimeline:
    """One event at one connector: every attempt, oldest first, and what it waits for now."""

    connector: Connector
    event: LedgerEvent
    receipt: Receipt | None
    tries: Sequence[Exchange]
    waits_for: tuple[int, ...]


def timeline_of(session: Session, connector: Connector, sequence: int) -> EventTimeline | None:
    """What happened to an event at a connector; None where the ledger has no such event."""
    event = session.get(LedgerEvent, sequence)
    if event is None:
        return None
    receipt = session.scalars(
        select(Receipt).where(Receipt.connector_id == connector.id, Receipt.event_sequence == sequence)
    ).first()
    if receipt is None:
        return EventTimeline(connector, event, None, (), ())
    tried = (
        select(Exchange)
        .join(ExchangeReceipt, ExchangeReceipt.exchange_id == Exchange.id)
        .where(ExchangeReceipt.receipt_id == receipt.id)
        .order_by(Exchange.at, Exchange.id)
        .limit(MOST_TRIES)
    )
    waits = chain_of(sequence, holders(session, connector.id)) if receipt.state == "waiting" else []
    return EventTimeline(connector, event, receipt, session.scalars(tried).all(), tuple(waits))
