"""Lines, stations, calendars, pallets, plan versions and pallet loads."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mes.core.database import Base, Identified
from mes.library.models import ServiceLife
from mes.orders.models import Element


class WorkCalendar(Identified, Base):
    """Working hours of a week: windows as [weekday 0–6, start minute, end minute] in the factory's zone."""

    __tablename__ = "work_calendar"

    code: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    windows: Mapped[list[Any]]
    closed_days: Mapped[list[Any]]  # ISO dates


class Line(Identified, Base):
    """A production line (生产线)."""

    __tablename__ = "line"

    plant_id: Mapped[UUID] = mapped_column(ForeignKey("plant.id"))
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    families: Mapped[list[Any]]  # families it can make
    pallet_length_mm: Mapped[int]
    pallet_width_mm: Mapped[int]
    pallet_max_load_kg: Mapped[int]
    max_waits: Mapped[list[Any]]  # [{"from": station kind, "to": station kind, "minutes": n}]
    auto_release: Mapped[bool] = mapped_column(default=False)  # the next load enters by itself
    stations: Mapped[list[Station]] = relationship(order_by="Station.ordinal", back_populates="line")


class ProductionHead(Identified, Base):
    """Who is head of production (生产负责人) of a line, or of the whole plant where none is named for the line."""

    __tablename__ = "production_head"

    plant_id: Mapped[UUID] = mapped_column(ForeignKey("plant.id"))
    line_id: Mapped[UUID | None] = mapped_column(ForeignKey("line.id"))
    name: Mapped[str] = mapped_column(String(80))
    since: Mapped[datetime] = mapped_column(index=True)
    until: Mapped[datetime | None]  # not any more from then on; None: nobody else is named yet
    named_at: Mapped[datetime]
    named_by: Mapped[str] = mapped_column(String(80))
    line: Mapped[Line | None] = relationship()


class Station(Identified, Base):
    """A station (工位) of a line; `device` is its name at the gateway."""

    __tablename__ = "station"
    __table_args__ = (UniqueConstraint("line_id", "ordinal"),)

    line_id: Mapped[UUID] = mapped_column(ForeignKey("line.id"))
    ordinal: Mapped[int]
    code: Mapped[str] = mapped_column(String(40), unique=True)  # such as SL-casting
    kind: Mapped[str] = mapped_column(String(30))  # cleaning … casting, curing, demoulding
    name: Mapped[str] = mapped_column(String(80))
    work: Mapped[str] = mapped_column(String(12))  # pausable | unsplittable | unattended
    calendar_id: Mapped[UUID | None] = mapped_column(ForeignKey("work_calendar.id"))
    capacity: Mapped[int] = mapped_column(default=1)
    buffer_after: Mapped[int] = mapped_column(default=0)
    pallet_order: Mapped[str] = mapped_column(String(4), default="fifo")  # fifo | any
    device: Mapped[str | None] = mapped_column(String(60), unique=True)
    line: Mapped[Line] = relationship(back_populates="stations")
    calendar: Mapped[WorkCalendar | None] = relationship()


class Pallet(ServiceLife, Identified, Base):
    """A pallet (模台): the steel table that travels along its line. Its size is the line's."""

    __tablename__ = "pallet"

    line_id: Mapped[UUID] = mapped_column(ForeignKey("line.id"))
    number: Mapped[int] = mapped_column(unique=True)
    remark: Mapped[str] = mapped_column(String(300), default="")
    by_hand: Mapped[bool] = mapped_column(default=False)  # a person said so: the line's set-up leaves it as it is
    version: Mapped[int] = mapped_column(default=1)
    line: Mapped[Line] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class PlanVersion(Identified, Base):
    """A plan: proposed by the solver, published by a planner, superseded by the next one."""

    __tablename__ = "plan_version"

    number: Mapped[int] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(String(12))  # solving | proposed | published | superseded | discarded | failed
    job_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(80))
    published_at: Mapped[datetime | None]
    epoch: Mapped[datetime]  # minute 0 of problem and plan
    nesting: Mapped[dict[str, Any] | None]
    problem: Mapped[dict[str, Any] | None]  # the scheduling contract's problem document
    plan: Mapped[dict[str, Any] | None]  # the scheduling contract's plan document
    note: Mapped[str] = mapped_column(String(400), default="")


class PalletLoad(Identified, Base):
    """One loaded pallet (模台批): elements that share one run through a line. Its pallet is known when it enters."""

    __tablename__ = "pallet_load"

    plan_version_id: Mapped[UUID] = mapped_column(ForeignKey("plan_version.id"))
    number: Mapped[int] = mapped_column(unique=True)
    line_id: Mapped[UUID] = mapped_column(ForeignKey("line.id"))
    sequence: Mapped[int]  # place in the line's order of entry
    pallet_id: Mapped[UUID | None] = mapped_column(ForeignKey("pallet.id"), index=True)
    state: Mapped[str] = mapped_column(String(12), default="waiting")  # waiting | running | done | withdrawn
    concrete_grade: Mapped[str] = mapped_column(String(10))
    planned_enter: Mapped[datetime]
    planned_leave: Mapped[datetime]
    demould_released_at: Mapped[datetime | None]  # when the demoulding strength was proven
    version: Mapped[int] = mapped_column(default=1)
    line: Mapped[Line] = relationship()
    pallet: Mapped[Pallet | None] = relationship()
    items: Mapped[list[PalletLoadItem]] = relationship(order_by="PalletLoadItem.x_mm", back_populates="load")
    operations: Mapped[list[Operation]] = relationship(order_by="Operation.ordinal", back_populates="load")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class PalletLoadItem(Base):
    """An element's place on the pallet, millimetres from the pallet's lower left corner."""

    __tablename__ = "pallet_load_item"

    load_id: Mapped[UUID] = mapped_column(ForeignKey("pallet_load.id"), primary_key=True)
    element_id: Mapped[UUID] = mapped_column(ForeignKey("element.id"), primary_key=True, index=True)
    x_mm: Mapped[int]
    y_mm: Mapped[int]
    rotated: Mapped[bool] = mapped_column(default=False)
    load: Mapped[PalletLoad] = relationship(back_populates="items")
    element: Mapped[Element] = relationship()


class Operation(Identified, Base):
    """A load's work at a station: planned here, run by the shop floor."""

    __tablename__ = "operation"
    __table_args__ = (UniqueConstraint("load_id", "station_id"),)

    load_id: Mapped[UUID] = mapped_column(ForeignKey("pallet_load.id"))
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"), index=True)
    ordinal: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="waiting")  # waiting | running | held | done
    planned_start: Mapped[datetime]
    planned_end: Mapped[datetime]
    started_at: Mapped[datetime | None] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]
    started_by: Mapped[str | None] = mapped_column(String(80))
    finished_by: Mapped[str | None] = mapped_column(String(80))
    crew: Mapped[str] = mapped_column(String(40), default="", index=True)  # 班组 of whoever finished it
    inferred: Mapped[bool] = mapped_column(default=False)  # concluded from a later signal, not seen itself
    hold_reason: Mapped[str | None] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)
    load: Mapped[PalletLoad] = relationship(back_populates="operations")
    station: Mapped[Station] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
