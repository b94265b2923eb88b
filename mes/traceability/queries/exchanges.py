"""Requests to a platform, and what happened to one event: everything here was masked before it was kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select, true
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
    waits = chain_of(sequence, holders(session, connector.id)) if receipt.state == "waiting" else []
    return EventTimeline(connector, event, receipt, _tries_of(session, receipt), tuple(waits))


def sequences_about(session: Session, connector_id: UUID, exchanges: Sequence[Exchange]) -> dict[UUID, list[int]]:
    """Which events each of some requests was about, by ledger sequence. A platform that was asked and still worked is
    about the events of its job: those that are on their way with it, or whose last question has the same address."""
    found = _linked_to(session, [each.id for each in exchanges])
    for asked in exchanges:
        if asked.purpose == "poll" and asked.id not in found:
            found[asked.id] = _of_job(session, connector_id, asked)
    return found


def _linked_to(session: Session, exchange_ids: Sequence[UUID]) -> dict[UUID, list[int]]:
    query = (
        select(ExchangeReceipt.exchange_id, Receipt.event_sequence)
        .join(Receipt, Receipt.id == ExchangeReceipt.receipt_id)
        .where(ExchangeReceipt.exchange_id.in_(exchange_ids))
        .order_by(Receipt.event_sequence)
    )
    found: dict[UUID, list[int]] = {}
    for row in session.execute(query):
        found.setdefault(row.exchange_id, []).append(row.event_sequence)
    return found


def _of_job(session: Session, connector_id: UUID, asked: Exchange) -> list[int]:
    """The events of the job that a question was about, as far as the kept requests and receipts tell."""
    flying = (Receipt.connector_id == connector_id) & (Receipt.state == "accepted") & (Receipt.capture_job == asked.url)
    here = session.scalars(select(Receipt.event_sequence).where(flying).order_by(Receipt.event_sequence)).all()
    if here:
        return list(here)
    ended = (
        select(Exchange.id)
        .join(ExchangeReceipt, ExchangeReceipt.exchange_id == Exchange.id)
        .where(Exchange.connector_id == connector_id, Exchange.at >= asked.at)
        .where(Exchange.purpose == "poll", Exchange.url == asked.url)
        .order_by(Exchange.at)
        .limit(1)
    )
    last = session.scalar(ended)
    return _linked_to(session, [last])[last] if last is not None else []


def _tries_of(session: Session, receipt: Receipt) -> Sequence[Exchange]:
    """The requests that were about an event, and the questions about its jobs, oldest first."""
    linked = select(ExchangeReceipt.exchange_id).where(ExchangeReceipt.receipt_id == receipt.id)
    span = session.execute(select(func.min(Exchange.at), func.max(Exchange.at)).where(Exchange.id.in_(linked))).one()
    if span[0] is None:
        return []
    jobs = set(session.scalars(select(Exchange.url).where(Exchange.id.in_(linked), Exchange.purpose == "poll")))
    flying = receipt.state == "accepted" and receipt.capture_job is not None
    asked = (Exchange.connector_id == receipt.connector_id) & (Exchange.purpose == "poll") & (Exchange.at >= span[0])
    until = true() if flying else Exchange.at <= span[1]
    of_jobs = Exchange.url.in_({*jobs, *([receipt.capture_job] if flying else [])})
    unlinked = ~exists().where(ExchangeReceipt.exchange_id == Exchange.id)
    query = select(Exchange).where(or_(Exchange.id.in_(linked), and_(asked, until, of_jobs, unlinked)))
    newest = query.order_by(Exchange.at.desc(), Exchange.id.desc()).limit(MOST_TRIES)
    return session.scalars(newest).all()[::-1]
