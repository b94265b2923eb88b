"""Yard, deliveries and site receipts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mes.core.database import Base, Identified
from mes.orders.models import Element, Project


class YardSlot(Identified, Base):
    """A place in the yard (库位). `capacity` is how many elements it holds."""

    __tablename__ = "yard_slot"

    plant_id: Mapped[UUID] = mapped_column(ForeignKey("plant.id"))
    code: Mapped[str] = mapped_column(String(20), unique=True)  # such as A-03
    kind: Mapped[str] = mapped_column(String(10))  # flat | rack
    capacity: Mapped[int]


class YardPlace(Base):
    """Where an element in the yard is now."""

    __tablename__ = "yard_place"

    element_id: Mapped[UUID] = mapped_column(ForeignKey("element.id"), primary_key=True)
    slot_id: Mapped[UUID] = mapped_column(ForeignKey("yard_slot.id"), index=True)
    stored_at: Mapped[datetime]
    element: Mapped[Element] = relationship()
    slot: Mapped[YardSlot] = relationship()


class Delivery(Identified, Base):
    """One lorry's load to one project, with its delivery note (发货单)."""

    __tablename__ = "delivery"

    number: Mapped[str] = mapped_column(String(40), unique=True)  # delivery note number
    sscc: Mapped[str] = mapped_column(String(18), unique=True)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id"), index=True)
    state: Mapped[str] = mapped_column(String(12), default="loading")  # loading|departed|arrived|completed|cancelled
    planned_on: Mapped[date]
    vehicle_plate: Mapped[str] = mapped_column(String(20), default="")
    driver_name: Mapped[str] = mapped_column(String(60), default="")
    driver_phone: Mapped[str] = mapped_column(String(30), default="")  # never in the ledger
    weight_limit_kg: Mapped[int]  # what this vehicle may carry
    created_at: Mapped[datetime]
    departed_at: Mapped[datetime | None]
    note_edition: Mapped[int] = mapped_column(default=1)  # of the delivery note: one more with each departure undone
    arrived_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    project: Mapped[Project] = relationship()
    items: Mapped[list[DeliveryItem]] = relationship(order_by="DeliveryItem.stack_order", back_populates="delivery")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class DeliveryItem(Base):
    """An element on a delivery, and what the site said."""

    __tablename__ = "delivery_item"

    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("delivery.id"), primary_key=True)
    element_id: Mapped[UUID] = mapped_column(ForeignKey("element.id"), primary_key=True, index=True)
    stack_order: Mapped[int]  # 1 lies lowest
    loaded_at: Mapped[datetime]
    loaded_from: Mapped[str | None] = mapped_column(String(20))  # code of the yard slot it was taken from
    certificate_number: Mapped[str] = mapped_column(String(40))  # valid when it was loaded
    outcome: Mapped[str | None] = mapped_column(String(10))  # accepted | rejected
    outcome_at: Mapped[datetime | None]
    outcome_by: Mapped[str | None] = mapped_column(String(80))
    reject_code: Mapped[str | None] = mapped_column(String(20))  # of rules.REJECT_REASONS
    reject_reason: Mapped[str | None] = mapped_column(String(300))
    photos: Mapped[list[Any]]  # digests
    sent_back_at: Mapped[datetime | None]  # a rejected one left the site
    return_plate: Mapped[str | None] = mapped_column(String(20))  # of the lorry that brings it back
    delivery: Mapped[Delivery] = relationship(back_populates="items")
    element: Mapped[Element] = relationship()
