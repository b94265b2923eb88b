"""Passes to the trace page: who may read more of an element than the public."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from mes.core.database import Base, Identified


class TracePass(Identified, Base):
    """A link for people without a sign-in here: an audience, for one project or all, until a time."""

    __tablename__ = "trace_pass"

    audience: Mapped[str] = mapped_column(String(12))  # contractor | supervisor | authority
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey("project.id"))
    holder: Mapped[str] = mapped_column(String(120))  # the organisation it was given to
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of the secret in the link
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(120))
    valid_until: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
