"""City connectors: a cursor on the ledger."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from mes.core.database import Base, Identified


class Connector(Identified, Base):
    """A platform that the ledger is delivered to. Secrets stay in variables or files; only their names stand here."""

    __tablename__ = "connector"

    name: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(16))  # a name of mes.traceability.platforms.KINDS
    url: Mapped[str] = mapped_column(String(300))
    settings: Mapped[dict[str, Any]]  # as the kind reads them
    state: Mapped[str] = mapped_column(String(10), default="running")  # running | paused | disabled
    paused_for: Mapped[str | None] = mapped_column(String(16))  # person | credentials | configuration | secret
    paused_reason: Mapped[str | None] = mapped_column(String(300))
    paused_at: Mapped[datetime | None]
    cursor: Mapped[int] = mapped_column(default=0)  # ledger sequence up to which every event has a receipt
    created_at: Mapped[datetime]
    last_success_at: Mapped[datetime | None]
    delivered: Mapped[int] = mapped_column(default=0)  # events that the platform has had, each counted once
    last_error: Mapped[str | None] = mapped_column(Text)
    last_error_at: Mapped[datetime | None]
    clock_skew_seconds: Mapped[float | None]  # the platform's clock minus ours, by its last answer
    # The circuit breaker: closed while it works; open, nothing is sent before `retry_at`; half_open, one event probes.
    breaker: Mapped[str] = mapped_column(String(10), default="closed")
    opened_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)  # of the platform as a whole, in a row; a success sets it to 0
    recent: Mapped[list[Any]] = mapped_column(default=list)  # of the last 20 requests: 1 succeeded, 0 failed
    retry_at: Mapped[datetime | None]  # nothing is sent before, after failures of the platform as a whole
    most_events: Mapped[int | None]  # the largest batch that the platform took or named, after a 413
    reconciled_until: Mapped[date | None]  # the last day whose ids were compared with the platform's
    lease_owner: Mapped[str | None] = mapped_column(String(80))  # the one worker that delivers now
    lease_until: Mapped[datetime | None]
