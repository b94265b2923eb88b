"""City connectors: a cursor on the ledger, and one receipt per event and connector."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mes.core.database import Base, Identified


class Connector(Identified, Base):
    """A platform that the ledger is delivered to. Secrets stay in variables or files; only their names stand here."""

    __tablename__ = "connector"

    name: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(16))  # epcis
    url: Mapped[str] = mapped_column(String(300))
    settings: Mapped[dict[str, Any]]  # see mes.traceability.settings
    state: Mapped[str] = mapped_column(String(10), default="running")  # running | paused
    paused_reason: Mapped[str | None] = mapped_column(String(300))
    cursor: Mapped[int] = mapped_column(default=0)  # ledger sequence up to which every event has a receipt
    created_at: Mapped[datetime]
    last_success_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    failures: Mapped[int] = mapped_column(default=0)  # in a row; a success sets it to 0
    retry_at: Mapped[datetime | None]  # nothing is sent before, after failures of the platform as a whole
    lease_owner: Mapped[str | None] = mapped_column(String(80))  # the one worker that delivers now
    lease_until: Mapped[datetime | None]


class Receipt(Identified, Base):
    """What became of one event at one connector."""

    __tablename__ = "receipt"
    __table_args__ = (
        UniqueConstraint("connector_id", "event_sequence"),
        Index("ix_receipt_connector_state", "connector_id", "state"),
    )

    connector_id: Mapped[UUID] = mapped_column(ForeignKey("connector.id"))
    event_sequence: Mapped[int] = mapped_column(ForeignKey("ledger_event.sequence"))
    # waiting | sending | accepted | delivered | refused | skipped | not_sent
    state: Mapped[str] = mapped_column(String(12))
    identifiers: Mapped[list[Any]]  # elements and loads the event is about; order is kept per identifier
    event_ids: Mapped[list[Any]]  # CBV hash ids of the rendered events, the same on every attempt
    capture_job: Mapped[str | None] = mapped_column(String(400))
    attempts: Mapped[int] = mapped_column(default=0)
    polls: Mapped[int] = mapped_column(default=0)
    first_attempt_at: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(Text)  # the platform's, masked, or why a person skipped it
    delivered_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
