"""Shapes of the room's REST routes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self
from uuid import UUID

from flask_openapi3 import FileStorage
from pydantic import AwareDatetime, BaseModel, Field

from mes.core.paging import Page, PageQuery
from mes.logistics.models import DeliveryItem
from mes.logistics.queries import Area, DeliveryLine


class DeliveryPath(BaseModel):
    """The delivery note's number."""

    number: str = Field(max_length=40)


class SerialPath(BaseModel):
    """An element's serial."""

    serial: int


class DeliveryQuery(PageQuery):
    """Deliveries, narrowed as asked."""

    state: str = Field("", max_length=12)
    project: str = Field("", max_length=40)


class DeliveryShape(BaseModel):
    """A delivery as programs see it."""

    id: UUID
    number: str
    sscc: str
    state: str
    project_code: str
    project_name: str
    planned_on: date
    vehicle_plate: str
    driver_name: str
    weight_limit_kg: int
    element_count: int
    accepted: int
    rejected: int
    weight_kg: float
    note_edition: int
    departed_at: datetime | None
    arrived_at: datetime | None
    completed_at: datetime | None
    version: int

    @classmethod
    def of(cls, line: DeliveryLine) -> Self:
        """The shape of a delivery with its counts."""
        delivery = line.delivery
        return cls(
            id=delivery.id,
            number=delivery.number,
            sscc=delivery.sscc,
            state=delivery.state,
            project_code=delivery.project.code,
            project_name=delivery.project.name,
            planned_on=delivery.planned_on,
            vehicle_plate=delivery.vehicle_plate,
            driver_name=delivery.driver_name,
            weight_limit_kg=delivery.weight_limit_kg,
            element_count=line.element_count,
            accepted=line.accepted,
            rejected=line.rejected,
            weight_kg=line.weight_kg,
            note_edition=delivery.note_edition,
            departed_at=delivery.departed_at,
            arrived_at=delivery.arrived_at,
            completed_at=delivery.completed_at,
            version=delivery.version,
        )


class ItemShape(BaseModel):
    """An element on a delivery, and what the site said."""

    element_id: UUID
    serial: int
    digital_link: str
    type_code: str
    position: str
    weight_kg: float
    state: str
    element_version: int
    stack_order: int
    certificate_number: str
    outcome: str | None
    outcome_at: datetime | None
    outcome_by: str | None
    reject_code: str | None
    reject_reason: str | None
    photos: list[str]
    sent_back_at: datetime | None
    return_plate: str | None

    @classmethod
    def of(cls, item: DeliveryItem) -> Self:
        """The shape of an item."""
        element = item.element
        return cls(
            element_id=element.id,
            serial=element.serial,
            digital_link=element.digital_link,
            type_code=element.component_type.type_code,
            position=element.position,
            weight_kg=element.component_type.weight_kg,
            state=element.state,
            element_version=element.version,
            stack_order=item.stack_order,
            certificate_number=item.certificate_number,
            outcome=item.outcome,
            outcome_at=item.outcome_at,
            outcome_by=item.outcome_by,
            reject_code=item.reject_code,
            reject_reason=item.reject_reason,
            photos=item.photos,
            sent_back_at=item.sent_back_at,
            return_plate=item.return_plate,
        )


class DeliveryWithItems(DeliveryShape):
    """A delivery and everything on it, from the lowest of the stack."""

    items: list[ItemShape]


class DeliveryPage(Page[DeliveryShape]):
    """A page of deliveries."""


class Order(BaseModel):
    """What every command carries."""

    command_id: UUID
    occurred_at: AwareDatetime | None = None


class OpenBody(Order):
    """A lorry to plan."""

    project_code: str = Field(max_length=40)
    planned_on: date
    vehicle_plate: str = Field("", max_length=20)
    driver_name: str = Field("", max_length=60)
    driver_phone: str = Field("", max_length=30)
    weight_limit_kg: int | None = Field(None, ge=500)


class ElementBody(Order):
    """An element of the delivery, by its serial."""

    serial: int
    expected_version: int | None = None


class UnloadBody(ElementBody):
    """An element to take off; without a slot it goes back to where it came from."""

    slot_code: str = Field("", max_length=40)


class DeliveryBody(Order):
    """Something about the whole delivery."""

    expected_version: int | None = None


class DepartBody(DeliveryBody):
    """The lorry leaves; why, where the gate did not find it in order."""

    gate_reason: str = Field("", max_length=200)


class UndoBody(DeliveryBody):
    """Why a lorry that was told to have left has not: wrong_lorry, breakdown, called_back or other, and words."""

    reason_code: str = Field(max_length=20)
    words: str = Field(max_length=200)


class SendBackBody(Order):
    """Rejected elements that have left the site, by their serials, and the plate of their lorry if it is known."""

    serials: list[int] = Field(min_length=1, max_length=200)
    vehicle_plate: str = Field("", max_length=20)


class TakeBackBody(ElementBody):
    """Why a rejected element is accepted after all: mistake, found_sound, papers_came or mended, and words."""

    reason_code: str = Field(max_length=20)
    words: str = Field(max_length=200)


class RejectForm(BaseModel):
    """A rejection with photos as files, or digests of photos that were sent before."""

    command_id: UUID
    serial: int
    reason_code: str = Field(max_length=20)
    words: str = Field(max_length=300)
    photos: list[FileStorage] = Field(default_factory=list, description="JPEG, PNG or WebP")
    photo_sha256: list[str] = Field(default_factory=list, description="digests of photos kept already")
    occurred_at: AwareDatetime | None = None
    expected_version: int | None = None


class SlotBody(Order):
    """A new yard slot."""

    code: str = Field(max_length=20)
    kind: str
    capacity: int


class PlaceBody(ElementBody):
    """An element and the slot it goes into."""

    slot_code: str = Field(max_length=40)


class InstallBody(Order):
    """The position that was confirmed."""

    position: str = Field(max_length=60)
    expected_version: int | None = None


class SlotShape(BaseModel):
    """A yard slot and the serials in it, the longest there first."""

    code: str
    kind: str
    capacity: int
    serials: list[int]
    oldest_days: int


class YardShape(BaseModel):
    """The whole yard."""

    slots: list[SlotShape]

    @classmethod
    def of(cls, areas: list[Area]) -> Self:
        """The shape of the yard's map."""
        return cls(
            slots=[
                SlotShape(
                    code=view.slot.code,
                    kind=view.slot.kind,
                    capacity=view.slot.capacity,
                    serials=[place.element.serial for place in view.places],
                    oldest_days=view.oldest_days,
                )
                for area in areas
                for view in area.slots
            ]
        )
