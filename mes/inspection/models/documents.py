"""Certificates and the other papers, and the signatures on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mes.core.database import Base, Identified
from mes.orders.models import Element


class Certificate(Identified, Base):
    """Certificate of conformity (合格证) of one element."""

    __tablename__ = "certificate"
    __table_args__ = (
        Index(
            "uq_certificate_valid_element",
            "element_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    number: Mapped[str] = mapped_column(String(40), unique=True)
    element_id: Mapped[UUID] = mapped_column(ForeignKey("element.id"))
    issued_at: Mapped[datetime]
    issued_by: Mapped[str] = mapped_column(String(80))
    template: Mapped[str] = mapped_column(String(40), default="standard")  # of the city
    content: Mapped[dict[str, Any]]  # everything on the paper, as it was
    pdf_sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    withdrawn_at: Mapped[datetime | None]
    withdrawal_reason: Mapped[str | None] = mapped_column(String(200))
    suspended_at: Mapped[datetime | None]  # rejected on site, and nobody has decided yet
    suspension_reason: Mapped[str | None] = mapped_column(String(200))
    element: Mapped[Element] = relationship()

    @classmethod
    def is_in_force(cls) -> ColumnElement[bool]:
        """For a query: neither withdrawn nor suspended."""
        return cls.withdrawn_at.is_(None) & cls.suspended_at.is_(None)

    @property
    def is_valid(self) -> bool:
        """Whether it is neither withdrawn nor suspended."""
        return self.withdrawn_at is None and self.suspended_at is None


class QualityDocument(Identified, Base):
    """A numbered paper that was issued: hidden-works record, strength report, delivery quality file, recall list."""

    __tablename__ = "quality_document"
    __table_args__ = (Index("ix_quality_document_subject", "subject_kind", "subject_id"),)

    number: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(24))  # hidden_works | strength | delivery | recall
    subject_kind: Mapped[str] = mapped_column(String(20))  # element | strength_evaluation | delivery | recall
    subject_id: Mapped[UUID]
    template: Mapped[str] = mapped_column(String(40), default="standard")
    issued_at: Mapped[datetime]
    issued_by: Mapped[str] = mapped_column(String(80))
    content: Mapped[dict[str, Any]]  # everything on the paper, as it was
    pdf_sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    withdrawn_at: Mapped[datetime | None]
    replaced_by: Mapped[str | None] = mapped_column(String(40))  # the number of the paper that took its place

    @property
    def is_valid(self) -> bool:
        """Whether it was neither withdrawn nor replaced."""
        return self.withdrawn_at is None


class Signature(Base):
    """The picture of a person's signature, which their papers carry. The latest one signs."""

    __tablename__ = "signature"

    person_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"), primary_key=True)
    set_at: Mapped[datetime]
