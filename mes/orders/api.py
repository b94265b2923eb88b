"""REST routes of the room, under /api/v1."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_openapi3 import APIBlueprint, FileStorage, Tag
from pydantic import BaseModel, Field
from werkzeug.datastructures import FileStorage as UploadedFile

from mes.core import web
from mes.core.errors import Fault, InvalidInput
from mes.core.paging import paged
from mes.core.text import N_, Text
from mes.orders import intake, queries, service
from mes.orders.models import Element
from mes.orders.queries import ElementFilter
from mes.orders.schemas import (
    ElementPage,
    ElementPath,
    ElementQuery,
    ElementShape,
    HoldBody,
    ProjectList,
    ProjectShape,
    ReleaseBody,
)
from mes.orders.service import HoldElement, OrderImported, ReleaseElement, faults_of

api = APIBlueprint(
    "orders_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="orders")],
    abp_security=[{"token": []}, {"session": []}],
)


class OrderUpload(BaseModel):
    """A planner's workbook."""

    command_id: UUID
    workbook: FileStorage = Field(description="the .xlsx file")


@api.get("/projects", responses={200: ProjectList})
@web.permission("element:read")
def list_projects() -> dict[str, Any]:
    """The caller's projects."""
    rows = queries.projects(web.reading(), web.actor())
    return ProjectList(items=[ProjectShape.model_validate(row) for row in rows]).model_dump(mode="json")


@api.post("/orders", responses={200: OrderImported})
@web.permission("order:import")
def import_order(form: OrderUpload) -> dict[str, Any]:
    """Import a workbook: checked wholly, then applied wholly; a repeat changes nothing."""
    if not isinstance(form.workbook, UploadedFile):
        reason = Text(N_("Send the workbook as a file"))
        raise InvalidInput(reason, [Fault("workbook", reason)])
    today = web.local_time(web.clock().now()).date()
    taken = intake.read_workbook(web.reading(), form.workbook.read(), form.workbook.filename or "order.xlsx", today)
    if not taken.order.is_sound:
        raise InvalidInput(Text(N_("The order has faults; nothing was imported")), faults_of(taken.order))
    return web.perform(service.import_order, taken.command(form.command_id)).model_dump(mode="json")


@api.get("/elements", responses={200: ElementPage})
@web.permission("element:read")
def list_elements(query: ElementQuery) -> dict[str, Any]:
    """Elements the caller may see, by serial."""
    wanted = ElementFilter(query.project, query.state, query.family, query.text)
    rows, further = paged(web.reading(), queries.element_query(web.actor(), wanted), Element.serial, query)
    return ElementPage(items=[ElementShape.of(row) for row in rows], next=further).model_dump(mode="json")


@api.get("/elements/<int:serial>", responses={200: ElementShape})
@web.permission("element:read")
def read_element(path: ElementPath) -> dict[str, Any]:
    """One element."""
    return _shape(path.serial)


@api.post("/elements/<int:serial>/hold", responses={200: ElementShape})
@web.permission("element:hold")
def hold_element(path: ElementPath, body: HoldBody) -> dict[str, Any]:
    """Put an element on hold."""
    element = queries.element_by_serial(web.reading(), web.actor(), path.serial)
    web.perform(service.hold_element, HoldElement(element_id=element.id, **body.model_dump()))
    return _shape(path.serial)


@api.post("/elements/<int:serial>/release", responses={200: ElementShape})
@web.permission("element:hold")
def release_element(path: ElementPath, body: ReleaseBody) -> dict[str, Any]:
    """Take an element off hold."""
    element = queries.element_by_serial(web.reading(), web.actor(), path.serial)
    web.perform(service.release_element, ReleaseElement(element_id=element.id, **body.model_dump()))
    return _shape(path.serial)


def _shape(serial: int) -> dict[str, Any]:
    return ElementShape.of(queries.element_by_serial(web.reading(), web.actor(), serial)).model_dump(mode="json")
