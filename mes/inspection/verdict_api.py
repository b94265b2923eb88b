"""REST routes of inspections of things, of handovers, of the supervisor's verdicts and of sampling lots."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from mes.core import web
from mes.core.commands import Done
from mes.core.paging import Page, PageQuery, paged
from mes.inspection import queries, service
from mes.inspection.models import SamplingLot, ThingInspection
from mes.inspection.schemas import HandoverReport, InspectionRecorded, Row, WitnessInspection
from mes.inspection.things.schemas import InspectThing, ThingInspected, ThingInspectionRow, ThingQuery

api = APIBlueprint(
    "verdict_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="inspection")],
    abp_security=[{"token": []}, {"session": []}],
)

Json = dict[str, Any]


class ThingInspectionPage(Page[ThingInspectionRow]):
    """A page of inspections of things."""


class LotItemRow(BaseModel):
    """An element's place in its lot."""

    model_config = ConfigDict(from_attributes=True)

    element_id: UUID
    ordinal: int
    chosen: bool


class SamplingLotRow(Row):
    """A sampling lot with its pieces."""

    number: str
    component_type_id: UUID
    project_id: UUID
    rule_set: str
    most_pieces: int
    state: str
    opened_at: datetime
    closed_at: datetime | None
    items: list[LotItemRow]


class SamplingLotPage(Page[SamplingLotRow]):
    """A page of sampling lots."""


@api.get("/thing-inspections", responses={200: ThingInspectionPage})
@web.permission("thing:inspect")
def list_thing_inspections(query: ThingQuery) -> Json:
    """Inspections of material lots, moulds, pallets, loads and batches, in the order of time."""
    wanted = select(ThingInspection)
    for name in ("kind", "subject_kind", "subject_id"):
        value = getattr(query, name)
        if value is not None:
            wanted = wanted.where(getattr(ThingInspection, name) == value)
    rows, after = paged(web.reading(), wanted, ThingInspection.id, query, read_key=queries.read_id)
    items = [ThingInspectionRow.model_validate(row) for row in rows]
    return ThingInspectionPage(items=items, next=after).model_dump(mode="json")


@api.post("/thing-inspections", responses={201: ThingInspected})
@web.permission("thing:inspect")
def post_thing_inspection(body: InspectThing) -> tuple[Json, int]:
    """Inspect a material lot, a mould, a pallet, the rebar of a load, or a batch; the verdict is computed."""
    return web.perform(service.inspect_thing, body).model_dump(mode="json"), 201


@api.post("/loading-inspections", responses={201: InspectionRecorded})
@web.permission("thing:inspect")
def post_before_loading(body: HandoverReport) -> tuple[Json, int]:
    """Inspect an element in the yard before it is loaded."""
    return web.perform(service.record_before_loading, body).model_dump(mode="json"), 201


@api.post("/site-inspections", responses={201: InspectionRecorded})
@web.permission("delivery:receive")
def post_at_site(body: HandoverReport) -> tuple[Json, int]:
    """Inspect an element that came to the site, before it is received."""
    return web.perform(service.record_at_site, body).model_dump(mode="json"), 201


@api.post("/witnessings", responses={201: Done})
@web.permission("inspection:witness")
def post_witnessing(body: WitnessInspection) -> tuple[Json, int]:
    """The supervisor accepts an inspection, or refuses it with a remark; once."""
    return web.perform(service.witness_inspection, body).model_dump(mode="json"), 201


@api.get("/sampling-lots", responses={200: SamplingLotPage})
@web.permission("inspection:read")
def list_sampling_lots(query: PageQuery) -> Json:
    """Sampling lots with their pieces, in the order of time."""
    wanted, project_ids = select(SamplingLot), web.actor().project_ids
    if project_ids is not None:
        wanted = wanted.where(SamplingLot.project_id.in_(project_ids))
    rows, after = paged(web.reading(), wanted, SamplingLot.id, query, read_key=queries.read_id)
    items = [SamplingLotRow.model_validate(row) for row in rows]
    return SamplingLotPage(items=items, next=after).model_dump(mode="json")
