"""City connectors: a cursor on the ledger, and one receipt per event and connector."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mes.core.database import Base, Identified


class Connector(Identified, Base):
    """A platform that the ledger is delivered to. Secrets stay in variables or files; only their names stand here."""

    __tablename__ = "connector"

    name: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(16))  # epcis
    url: Mapped[str] = mapped_column(String(300))
    settings: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), default="running")  # running | paused
    paused_reason: Mapped[str | None] = mapped_column(String(300))
    cursor: Mapped[int] = mapped_column(default=0)  # ledger sequence up to which every event has a receipt
    created_at: Mapped[datetime]
    last_success_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)


class Receipt(Identified, Base):
    """What became of one event at one connector."""

    __tablename__ = "receipt"
    __table_args__ = (UniqueConstraint("connector_id", "event_sequence"),)

    connector_id: Mapped[UUID] = mapped_column(ForeignKey("connector.id"), index=True)
    event_sequence: Mapped[int] = mapped_column(ForeignKey("ledger_event.sequence"))
    state: Mapped[str] = mapped_column(String(12), index=True)  # waiting|accepted|delivered|refused|not_sent
    event_hash_id: Mapped[str] = mapped_column(String(120), default="")  # CBV hash id of the rendered event
    capture_job: Mapped[str | None] = mapped_column(String(200))
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(Text)  # the platform's, masked
    updated_at: Mapped[datetime]
