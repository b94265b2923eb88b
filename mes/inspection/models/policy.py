"""What is inspected by which rules, and the lots that samples are drawn from."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mes.core.database import Base, Identified
from mes.orders.models import Element


class QualityPolicy(Base):
    """The plant's way of inspecting, every version of it; without one, the packaged policy holds."""

    __tablename__ = "quality_policy"

    version: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]  # as docs/contracts/quality-policy.md says
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(80))


class RuleSetFile(Base):
    """A rule set as it was when something was judged by it: packaged ones and the plant's own, by digest."""

    __tablename__ = "rule_set_file"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    rule_set: Mapped[str] = mapped_column(String(40), index=True)
    text: Mapped[str] = mapped_column(Text)  # YAML
    own: Mapped[bool] = mapped_column(default=False)  # made by the plant, not packaged
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(80))


class SamplingLot(Identified, Base):
    """A lot (检验批) of elements of one type and project, built by the program as the rule set says."""

    __tablename__ = "sampling_lot"

    number: Mapped[str] = mapped_column(String(40), unique=True)
    component_type_id: Mapped[UUID] = mapped_column(ForeignKey("component_type.id"), index=True)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id"))
    rule_set: Mapped[str] = mapped_column(String(40))
    most_pieces: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))  # open | closed | refused
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    items: Mapped[list[SamplingLotItem]] = relationship(order_by="SamplingLotItem.ordinal", back_populates="lot")


class SamplingLotItem(Base):
    """An element's place in its lot; `chosen` ones are measured, the others looked at."""

    __tablename__ = "sampling_lot_item"

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("sampling_lot.id"), primary_key=True)
    element_id: Mapped[UUID] = mapped_column(ForeignKey("element.id"), primary_key=True, unique=True)
    ordinal: Mapped[int]
    chosen: Mapped[bool]
    lot: Mapped[SamplingLot] = relationship(back_populates="items")
    element: Mapped[Element] = relationship()
