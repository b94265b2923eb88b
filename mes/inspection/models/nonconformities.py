"""What was found wrong, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mes.core.database import Base, Identified
from mes.inspection.models.inspections import Inspection
from mes.orders.models import Element


class Nonconformity(Identified, Base):
    """Something wrong with an element (不合格), and what was decided."""

    __tablename__ = "nonconformity"

    number: Mapped[str] = mapped_column(String(40), unique=True)
    element_id: Mapped[UUID] = mapped_column(ForeignKey("element.id"), index=True)
    inspection_id: Mapped[UUID | None] = mapped_column(ForeignKey("inspection.id"))
    kind: Mapped[str] = mapped_column(String(40))  # dimension, crack, honeycomb, damage …
    severity: Mapped[str] = mapped_column(String(10))  # general | severe
    description: Mapped[str] = mapped_column(String(400))
    photos: Mapped[list[Any]]  # digests
    reported_at: Mapped[datetime]
    reported_by: Mapped[str] = mapped_column(String(80))
    reporter_role: Mapped[str] = mapped_column(String(20), default="")
    organisation: Mapped[str] = mapped_column(String(120), default="")
    device: Mapped[str] = mapped_column(String(80), default="")
    place: Mapped[dict[str, Any] | None]  # on the drawing: face, x_mm and y_mm from its lower left corner
    cause: Mapped[str | None] = mapped_column(String(40))  # of the cause table
    whys: Mapped[list[Any] | None]  # up to five answers to "why?"
    measure: Mapped[str | None] = mapped_column(String(400))  # what keeps it from happening again
    cost_cny: Mapped[float | None] = mapped_column(Numeric(12, 2, asdecimal=False))
    reinspection_id: Mapped[UUID | None] = mapped_column(ForeignKey("inspection.id"))  # that proved it made good
    disposition: Mapped[str | None] = mapped_column(String(12))  # rework | repair | concession | scrap
    disposition_reason: Mapped[str | None] = mapped_column(String(400))
    disposed_at: Mapped[datetime | None]
    disposed_by: Mapped[str | None] = mapped_column(String(80))
    designer_consent: Mapped[str | None] = mapped_column(String(120))  # reference of the letter, for a concession
    designer_consent_sha256: Mapped[str | None] = mapped_column(String(64))  # the letter itself, where it was given
    replacement_id: Mapped[UUID | None] = mapped_column(ForeignKey("element.id"))  # ordered for a scrapped element
    inspection: Mapped[Inspection | None] = relationship(foreign_keys="Nonconformity.inspection_id")
    reinspection: Mapped[Inspection | None] = relationship(foreign_keys="Nonconformity.reinspection_id")
    element: Mapped[Element] = relationship(foreign_keys="Nonconformity.element_id")
    replacement: Mapped[Element | None] = relationship(foreign_keys="Nonconformity.replacement_id")
