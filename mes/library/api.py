"""REST routes of the room, under /api/v1."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from mes.core import web
from mes.core.commands import Done
from mes.core.paging import Page, PageQuery, paged
from mes.library.bills import SetBill, set_bill
from mes.library.models import ComponentType

api = APIBlueprint(
    "library_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="library")],
    abp_security=[{"token": []}, {"session": []}],
)


class TypeShape(BaseModel):
    """A component type; lengths in millimetres."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    type_code: str
    revision: int
    family: str
    name: str
    atlas: str | None
    length_mm: int
    width_mm: int
    thickness_mm: int
    concrete_volume_m3: float
    weight_kg: float
    concrete_grade: str
    openings: list[Any]
    assumptions: list[Any]
    gtin: str
    bill: list[Any]


class TypeQuery(PageQuery):
    """Which types."""

    family: str = Field("", max_length=30)


class TypePage(Page[TypeShape]):
    """Component types in the order they were made."""


@api.get("/component-types", responses={200: TypePage})
@web.permission("library:read")
def list_types(query: TypeQuery) -> dict[str, Any]:
    """Component types with their geometry: the library as a catalogue."""
    asked = select(ComponentType)
    if query.family:
        asked = asked.where(ComponentType.family == query.family)
    rows, further = paged(web.reading(), asked, ComponentType.id, query, read_key=UUID)
    items = [TypeShape.model_validate(row) for row in rows]
    return TypePage(items=items, next=further).model_dump(mode="json")


@api.post("/component-types/bill", responses={200: Done})
@web.permission("library:write")
def write_bill(body: SetBill) -> dict[str, Any]:
    """Say what a piece of a type takes besides concrete."""
    return web.perform(set_bill, body).model_dump(mode="json")
