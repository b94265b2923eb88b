"""Inspections of elements and of other things, their photos, and the supervisor's verdicts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mes.core.database import Base, Identified
from mes.orders.models import Element


class Inspection(Identified, Base):
    """One inspection of one element: hidden works before casting, or final. Judged by a dated rule set."""

    __tablename__ = "inspection"
    __table_args__ = (
        Index("ix_inspection_kind_inspected_at", "kind", "inspected_at"),
        Index("ix_inspection_element_kind", "element_id", "kind", "inspected_at"),
    )

    element_id: Mapped[UUID] = mapped_column(ForeignKey("element.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))  # hidden_works | final | before_loading | at_site
    rule_set: Mapped[str] = mapped_column(String(40))
    rule_set_sha256: Mapped[str | None] = mapped_column(String(64))  # of the rule file as it was; see RuleSetFile
    verdict: Mapped[str] = mapped_column(String(10))  # accepted | refused
    answers: Mapped[dict[str, Any]]  # as filled in: checklist answers and raw readings
    evaluation: Mapped[dict[str, Any]]  # as judged by quality/
    remark: Mapped[str] = mapped_column(String(400), default="")
    inspected_at: Mapped[datetime]
    inspector_id: Mapped[str] = mapped_column(String(80))
    inspector_name: Mapped[str] = mapped_column(String(80))
    inspector_role: Mapped[str] = mapped_column(String(20), default="")
    organisation: Mapped[str] = mapped_column(String(120), default="")
    device: Mapped[str] = mapped_column(String(80), default="")  # which tablet or phone; see Actor.device
    place: Mapped[str] = mapped_column(String(80), default="")  # station, slot or site, in its own code
    sampling_lot_id: Mapped[UUID | None] = mapped_column(ForeignKey("sampling_lot.id"), index=True)
    first_article: Mapped[bool] = mapped_column(default=False)  # the first of its type, or of its mould
    witnessed_by: Mapped[str | None] = mapped_column(String(80))  # the supervisor (监理)
    witnessed_at: Mapped[datetime | None]
    element: Mapped[Element] = relationship()
    photos: Mapped[list[InspectionPhoto]] = relationship()
    witnessings: Mapped[list[Witnessing]] = relationship(order_by="Witnessing.at", back_populates="inspection")


class InspectionPhoto(Base):
    """A photo of an inspection; its bytes are kept under their digest. One photo may serve several items."""

    __tablename__ = "inspection_photo"

    inspection_id: Mapped[UUID] = mapped_column(ForeignKey("inspection.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"), primary_key=True)
    item: Mapped[str] = mapped_column(String(40), primary_key=True, default="")  # of the plan, empty for a general one


class Witnessing(Identified, Base):
    """The supervisor's (监理) own verdict about an inspection, on their own sign-in. A refusal needs a remark."""

    __tablename__ = "witnessing"

    inspection_id: Mapped[UUID] = mapped_column(ForeignKey("inspection.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(10))  # accepted | refused
    remark: Mapped[str] = mapped_column(String(400), default="")
    photos: Mapped[list[Any]]  # digests
    at: Mapped[datetime]
    person_id: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(20))
    organisation: Mapped[str] = mapped_column(String(120))
    device: Mapped[str] = mapped_column(String(80), default="")
    inspection: Mapped[Inspection] = relationship(back_populates="witnessings")


class ThingInspection(Identified, Base):
    """An inspection of something that is no element: a material lot, a mould or pallet, rebar of a load, a batch."""

    __tablename__ = "thing_inspection"
    __table_args__ = (Index("ix_thing_inspection_subject", "subject_kind", "subject_id"),)

    kind: Mapped[str] = mapped_column(String(20))  # incoming | mould | rebar | process
    subject_kind: Mapped[str] = mapped_column(String(20))  # material_lot | mould | pallet | pallet_load | casting_batch
    subject_id: Mapped[UUID]
    subject_code: Mapped[str] = mapped_column(String(80))  # as people name it
    rule_set: Mapped[str] = mapped_column(String(40))
    rule_set_sha256: Mapped[str | None] = mapped_column(String(64))
    verdict: Mapped[str] = mapped_column(String(10))  # accepted | refused
    answers: Mapped[dict[str, Any]]
    evaluation: Mapped[dict[str, Any]]
    remark: Mapped[str] = mapped_column(String(400), default="")
    photos: Mapped[list[Any]]  # digests
    inspected_at: Mapped[datetime]
    inspector_id: Mapped[str] = mapped_column(String(80))
    inspector_name: Mapped[str] = mapped_column(String(80))
    inspector_role: Mapped[str] = mapped_column(String(20), default="")
    organisation: Mapped[str] = mapped_column(String(120), default="")
    device: Mapped[str] = mapped_column(String(80), default="")
    place: Mapped[str] = mapped_column(String(80), default="")
