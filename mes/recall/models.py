"""Recalls that were recorded: the question, and the answer as it was."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mes.core.database import Base, Identified
from mes.core.jobs import Job


class Recall(Identified, Base):
    """A recall (召回) as it was asked for. Its elements are found anew whenever it is opened; the digest tells whether
    they are the same."""

    __tablename__ = "recall"

    number: Mapped[str] = mapped_column(String(40), unique=True)
    reason: Mapped[str] = mapped_column(String(160))
    criteria: Mapped[dict[str, Any]]  # what was asked, in codes as people know them
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_role: Mapped[str] = mapped_column(String(20))
    organisation: Mapped[str] = mapped_column(String(120))
    element_count: Mapped[int]
    load_count: Mapped[int]
    counts: Mapped[dict[str, Any]]  # elements by state
    gaps: Mapped[list[Any]]  # what could not be searched, as it was told
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the serials, ascending, one a line
    hold_job_id: Mapped[UUID | None] = mapped_column(ForeignKey("job.id"))  # the latest
    hold_job: Mapped[Job | None] = relationship()
