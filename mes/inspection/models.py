"""Inspections, measurements, photos, cube tests, nonconformities and certificates."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mes.core.database import Base, Identified
from mes.orders.models import Element


class Inspection(Identified, Base):
    """One inspection of one element: hidden works before casting, or final. Judged by a dated rule set."""

    __tablename__ = "inspection"

    element_id: Mapped[UUID] = mapped_column(ForeignKey("element.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))  # hidden_works | final
    rule_set: Mapped[str] = mapped_column(String(40))
    verdict: Mapped[str] = mapped_column(String(10))  # accepted | refused
    answers: Mapped[dict[str, Any]]  # as filled in: checklist answers and raw readings
    evaluation: Mapped[dict[str, Any]]  # as judged by quality/
    remark: Mapped[str] = mapped_column(String(400), default="")
    inspected_at: Mapped[datetime]
    inspector_id: Mapped[str] = mapped_column(String(80))
    inspector_name: Mapped[str] = mapped_column(String(80))
    witnessed_by: Mapped[str | None] = mapped_column(String(80))  # the supervisor (监理)
    witnessed_at: Mapped[datetime | None]
    element: Mapped[Element] = relationship()
    photos: Mapped[list[InspectionPhoto]] = relationship()


class InspectionPhoto(Base):
    """A photo of an inspection; its bytes are kept under their digest. One photo may serve several items."""

    __tablename__ = "inspection_photo"

    inspection_id: Mapped[UUID] = mapped_column(ForeignKey("inspection.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"), primary_key=True)
    item: Mapped[str] = mapped_column(String(40), primary_key=True, default="")  # of the plan, empty for a general one


class CubeTest(Identified, Base):
    """Compressive strength of a set of three cubes of a batch (MPa), standard or same-condition cured."""

    __tablename__ = "cube_test"

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("casting_batch.id"), index=True)
    condition: Mapped[str] = mapped_column(String(16))  # same_condition | standard
    strengths_mpa: Mapped[list[Any]]
    set_value_mpa: Mapped[float | None] = mapped_column(Numeric(6, 1, asdecimal=False))  # None: the set is invalid
    rule: Mapped[str] = mapped_column(String(10))  # which rule gave the value: mean | middle | invalid
    age_hours: Mapped[int]
    tested_at: Mapped[datetime]
    tested_by: Mapped[str] = mapped_column(String(80))


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
    disposition: Mapped[str | None] = mapped_column(String(12))  # rework | repair | concession | scrap
    disposition_reason: Mapped[str | None] = mapped_column(String(400))
    disposed_at: Mapped[datetime | None]
    disposed_by: Mapped[str | None] = mapped_column(String(80))
    designer_consent: Mapped[str | None] = mapped_column(String(120))  # reference of the letter, for a concession
    replacement_id: Mapped[UUID | None] = mapped_column(ForeignKey("element.id"))  # ordered for a scrapped element
    inspection: Mapped[Inspection | None] = relationship()
    element: Mapped[Element] = relationship(foreign_keys="Nonconformity.element_id")
    replacement: Mapped[Element | None] = relationship(foreign_keys="Nonconformity.replacement_id")


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
    content: Mapped[dict[str, Any]]  # everything on the paper, as it was
    pdf_sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    withdrawn_at: Mapped[datetime | None]
    withdrawal_reason: Mapped[str | None] = mapped_column(String(200))
    element: Mapped[Element] = relationship()
