"""What became of each event at each connector, and of each request."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mes.core.database import Base, Identified


class Receipt(Identified, Base):
    """What became of one event at one connector."""

    __tablename__ = "receipt"
    __table_args__ = (
        UniqueConstraint("connector_id", "event_sequence"),
        Index("ix_receipt_connector_state", "connector_id", "state", "event_sequence"),
    )

    connector_id: Mapped[UUID] = mapped_column(ForeignKey("connector.id"))
    event_sequence: Mapped[int] = mapped_column(ForeignKey("ledger_event.sequence"))
    # waiting | sending | accepted | delivered | refused | skipped | not_sent
    state: Mapped[str] = mapped_column(String(12))
    identifiers: Mapped[list[Any]]  # what the event is about; order is kept per identifier
    loose_identifiers: Mapped[list[Any]] = mapped_column(default=list)  # order is kept, a refusal holds nothing back
    event_ids: Mapped[list[Any]]  # ids of the rendered events, the same on every attempt
    body: Mapped[bytes | None] = mapped_column(LargeBinary)  # the rendition as it is sent, deflated; kept for ever
    # form: it cannot be rendered | data: the platform refused it | too_large | expired: tried for too long
    refused_for: Mapped[str | None] = mapped_column(String(10))
    capture_job: Mapped[str | None] = mapped_column(String(400))
    attempts: Mapped[int] = mapped_column(default=0)
    polls: Mapped[int] = mapped_column(default=0)
    first_attempt_at: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(Text)  # the platform's, masked, or why a person skipped it
    delivered_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class Exchange(Identified, Base):
    """One request to a platform and its answer, masked: what a person reads when something went wrong."""

    __tablename__ = "exchange"
    __table_args__ = (Index("ix_exchange_connector_at", "connector_id", "at"),)

    connector_id: Mapped[UUID] = mapped_column(ForeignKey("connector.id"))
    at: Mapped[datetime]
    purpose: Mapped[str] = mapped_column(String(12))  # send | poll | find | discover | probe | reconcile
    # delivered | accepted | refused | retry | too_large | credentials | configuration | disabled
    outcome: Mapped[str] = mapped_column(String(16))
    method: Mapped[str] = mapped_column(String(10))
    url: Mapped[str] = mapped_column(String(500))
    status: Mapped[int | None]  # None: no answer came
    milliseconds: Mapped[int]
    events: Mapped[int]  # events of the ledger that it carried
    sent_bytes: Mapped[int]
    request: Mapped[str | None] = mapped_column(Text)  # the beginning of what was sent, masked
    answer: Mapped[str | None] = mapped_column(Text)  # the beginning of what came back, masked


class ExchangeReceipt(Base):
    """Which receipts a request was about: the timeline of an event."""

    __tablename__ = "exchange_receipt"
    __table_args__ = (Index("ix_exchange_receipt_exchange", "exchange_id"),)

    receipt_id: Mapped[UUID] = mapped_column(ForeignKey("receipt.id"), primary_key=True)
    exchange_id: Mapped[UUID] = mapped_column(ForeignKey("exchange.id"), primary_key=True)


class Difference(Identified, Base):
    """An event that one side has and the other has not, found when a day was compared: work for a person."""

    __tablename__ = "delivery_difference"
    __table_args__ = (UniqueConstraint("connector_id", "day", "event_id"),)

    connector_id: Mapped[UUID] = mapped_column(ForeignKey("connector.id"))
    day: Mapped[date]
    event_id: Mapped[str] = mapped_column(String(120))  # as the platform knows it
    event_sequence: Mapped[int | None] = mapped_column(ForeignKey("ledger_event.sequence"))
    found_at: Mapped[datetime]
    side: Mapped[str] = mapped_column(String(8))  # ours: the platform has not got it | theirs: unknown to us
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(String(120))
    settlement: Mapped[str | None] = mapped_column(String(300))
