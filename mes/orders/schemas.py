"""Shapes of the orders' API."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from mes.core.paging import Page, PageQuery
from mes.orders.models import Element


class Shape(BaseModel):
    """Base of shapes that are read from rows."""

    model_config = ConfigDict(from_attributes=True)


class ProjectShape(Shape):
    """A project."""

    id: UUID
    code: str
    name: str
    address: str
    permit_number: str
    contract_number: str


class ProjectList(BaseModel):
    """The caller's projects."""

    items: list[ProjectShape]


class ElementShape(BaseModel):
    """An element; `version` goes back with a command that changes it."""

    id: UUID
    serial: int
    version: int
    state: str
    state_since: AwareDatetime
    gtin: str
    epc_hex: str
    digital_link: str
    type_code: str
    family: str
    length_mm: int
    width_mm: int
    thickness_mm: int
    weight_kg: float
    volume_m3: float
    concrete_grade: str
    project_code: str
    building: str
    floor: str
    position: str
    mark: str
    required_on: date
    erection_sequence: int

    @classmethod
    def of(cls, element: Element) -> ElementShape:
        """The shape of a row."""
        kind = element.component_type
        facts: dict[str, Any] = {
            "type_code": kind.type_code,
            "family": kind.family,
            "length_mm": kind.length_mm,
            "width_mm": kind.width_mm,
            "thickness_mm": kind.thickness_mm,
            "weight_kg": kind.weight_kg,
            "volume_m3": kind.concrete_volume_m3,
            "concrete_grade": kind.concrete_grade,
            "project_code": element.project.code,
            "building": element.floor.building.name,
            "floor": element.floor.name,
        }
        own = {name: getattr(element, name) for name in cls.model_fields if name not in facts}
        return cls(**own, **facts)


class ElementQuery(PageQuery):
    """Which elements."""

    project: str = Field("", max_length=40)
    state: str = Field("", max_length=24)
    family: str = Field("", max_length=30)
    text: str = Field("", max_length=60, description="serial, type code, position or mark")


class ElementPage(Page[ElementShape]):
    """Elements by serial."""


class ElementPath(BaseModel):
    """Which element."""

    serial: int = Field(ge=1)


class HoldBody(BaseModel):
    """Put on hold: the client's command id, the version it saw, and why."""

    command_id: UUID
    expected_version: int
    reason: str = Field(min_length=2, max_length=200)


class ReleaseBody(BaseModel):
    """Release from hold: the client's command id and the version it saw."""

    command_id: UUID
    expected_version: int
