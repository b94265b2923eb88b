"""Projects, buildings, floors, orders and elements."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mes.accounts.models import Plant
from mes.core.database import Base, Identified
from mes.library.models import ComponentType


class Project(Identified, Base):
    """A building project (工程项目) with its five responsible parties."""

    __tablename__ = "project"

    plant_id: Mapped[UUID] = mapped_column(ForeignKey("plant.id"))
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(160))
    address: Mapped[str] = mapped_column(String(200), default="")
    permit_number: Mapped[str] = mapped_column(String(60), default="")
    contract_number: Mapped[str] = mapped_column(String(60), default="")
    created_at: Mapped[datetime]
    plant: Mapped[Plant] = relationship()
    parties: Mapped[list[ResponsibleParty]] = relationship(
        cascade="all, delete-orphan", order_by="ResponsibleParty.role"
    )
    buildings: Mapped[list[Building]] = relationship(order_by="Building.code")


class ResponsibleParty(Identified, Base):
    """One of the five: owner, designer, contractor, supervisor, producer."""

    __tablename__ = "responsible_party"
    __table_args__ = (UniqueConstraint("project_id", "role"),)

    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id"))
    role: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(160))
    credit_code: Mapped[str] = mapped_column(String(18), default="")
    contact: Mapped[str] = mapped_column(String(80), default="")


class Building(Identified, Base):
    """A building (楼栋) of a project."""

    __tablename__ = "building"
    __table_args__ = (UniqueConstraint("project_id", "code"),)

    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id"))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    floors: Mapped[list[Floor]] = relationship(order_by="Floor.level")


class Floor(Identified, Base):
    """A floor (楼层) of a building."""

    __tablename__ = "floor"
    __table_args__ = (UniqueConstraint("building_id", "name"),)

    building_id: Mapped[UUID] = mapped_column(ForeignKey("building.id"))
    name: Mapped[str] = mapped_column(String(40))
    level: Mapped[int]  # order from below
    building: Mapped[Building] = relationship(viewonly=True)


class Order(Identified, Base):
    """An order as it came in; `content_sha256` recognises a second upload of the same."""

    __tablename__ = "customer_order"
    __table_args__ = (UniqueConstraint("project_id", "content_sha256"),)

    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id"))
    number: Mapped[str] = mapped_column(String(40), unique=True)
    source: Mapped[str] = mapped_column(String(20))  # workbook | ifc
    source_name: Mapped[str] = mapped_column(String(200))
    content_sha256: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]
    received_by: Mapped[str] = mapped_column(String(80))
    project: Mapped[Project] = relationship()


class Element(Identified, Base):
    """One physical piece (构件) with one identity for life, for one place in one building."""

    __tablename__ = "element"
    __table_args__ = (
        Index("ix_element_project_state", "project_id", "state"),
        Index("ix_element_place", "floor_id", "position"),
        Index("ix_element_found", "id", "serial", "project_id", "floor_id", "state", "aside_from"),  # for recalls
    )

    # The serial in SGTIN, QR code and RFID tag: twelve digits where plants share a company prefix.
    serial: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), unique=True)
    gtin: Mapped[str] = mapped_column(String(14))  # empty without GS1
    epc_hex: Mapped[str] = mapped_column(String(64), unique=True)  # of the RFID tag, 96 bits: SGTIN-96, or local
    digital_link: Mapped[str] = mapped_column(String(120), unique=True)  # canonical, on id.gs1.org; local without GS1
    order_id: Mapped[UUID] = mapped_column(ForeignKey("customer_order.id"))
    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id"))
    floor_id: Mapped[UUID] = mapped_column(ForeignKey("floor.id"))
    component_type_id: Mapped[UUID] = mapped_column(ForeignKey("component_type.id"))
    position: Mapped[str] = mapped_column(String(60))  # grid position, such as 3-4/B-C
    mark: Mapped[str] = mapped_column(String(60), default="")  # the customer's own piece mark
    model_global_id: Mapped[str | None] = mapped_column(String(40))  # GlobalId in the IFC model
    required_on: Mapped[date]
    erection_sequence: Mapped[int]
    state: Mapped[str] = mapped_column(String(24), default="planned")  # see lifecycle.py
    state_since: Mapped[datetime]
    aside_from: Mapped[str | None] = mapped_column(String(24))  # the state before on_hold or nonconforming
    hold_reason: Mapped[str | None] = mapped_column(String(200))
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("element.id"), unique=True)
    facts: Mapped[dict[str, Any]]  # milestones for pages: {"cast_at": …, "line": …}
    version: Mapped[int] = mapped_column(default=1)

    order: Mapped[Order] = relationship()
    project: Mapped[Project] = relationship()
    floor: Mapped[Floor] = relationship()
    component_type: Mapped[ComponentType] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
