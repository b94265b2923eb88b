"""Archive packages for the city construction archive."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from mes.core.database import Base, Identified


class ArchivePackage(Identified, Base):
    """A package of an element, order or project; its bytes lie in the data folder under its number."""

    __tablename__ = "archive_package"

    number: Mapped[str] = mapped_column(String(40), unique=True)
    scope: Mapped[str] = mapped_column(String(10))  # element | order | project
    scope_key: Mapped[str] = mapped_column(String(60))  # serial, order number or project code
    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id"))
    # asked | generated | failed | submitted | accepted | refused
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(300))  # of a failure or a refusal
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(120))
    ledger_sequence: Mapped[int] = mapped_column(BigInteger)  # what the ledger held when it was asked for
    elements: Mapped[int | None]
    generated_at: Mapped[datetime | None]
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))  # of the package's file
    state_at: Mapped[datetime]
