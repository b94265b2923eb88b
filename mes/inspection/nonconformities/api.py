"""REST routes of nonconformities, under /api/v1; part of the room's blueprint."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from flask_openapi3 import APIBlueprint, FileStorage, Tag
from pydantic import BaseModel, ConfigDict

from mes.core import web
from mes.core.commands import Done
from mes.core.errors import Fault, InvalidInput
from mes.core.paging import Page, paged
from mes.core.text import N_, Text
from mes.inspection import queries, service
from mes.inspection.documents.press import press_of
from mes.inspection.models import Nonconformity
from mes.inspection.nonconformities.queries import filtered
from mes.inspection.nonconformities.schemas import (
    Dispose,
    Disposed,
    DispositionDecision,
    NonconformityAnalysis,
    NonconformityFilter,
    NonconformityPath,
    NonconformityQuery,
    NonconformityReport,
    NonconformityReported,
    NonconformityRow,
    ReplacementOrder,
    ReplacementOrdered,
    UploadedLetter,
)
from mes.inspection.views.photos import keep_letter

api = APIBlueprint(
    "nonconformity_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="inspection")],
    abp_security=[{"token": []}, {"session": []}],
)

Json = dict[str, Any]


class LetterForm(BaseModel):
    """A letter as multipart/form-data, field `letter`: PDF, JPEG, PNG or WebP."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    letter: FileStorage


class NonconformityPage(Page[NonconformityRow]):
    """A page of nonconformities."""


@api.get("/nonconformities", responses={200: NonconformityPage})
@web.permission("nonconformity:read")
def list_nonconformities(query: NonconformityQuery) -> Json:
    """Nonconformities in the order of their ids, which is that of time. `open`: without a disposition yet."""
    shape = query.model_dump(include=set(NonconformityFilter.model_fields) - {"open"})
    wanted = filtered(web.actor(), NonconformityFilter.model_validate(shape), ZoneInfo(web.settings().zone))
    if query.element_id:
        wanted = wanted.where(Nonconformity.element_id == query.element_id)
    if query.open is not None:
        undecided = Nonconformity.disposition.is_(None)
        wanted = wanted.where(undecided if query.open else ~undecided)
    rows, after = paged(web.reading(), wanted, Nonconformity.id, query, read_key=queries.read_id)
    items = [NonconformityRow.model_validate(row) for row in rows]
    return NonconformityPage(items=items, next=after).model_dump(mode="json")


@api.get("/nonconformities/<uuid:nonconformity_id>", responses={200: NonconformityRow})
@web.permission("nonconformity:read")
def read_nonconformity(path: NonconformityPath) -> Json:
    """One nonconformity."""
    row = queries.nonconformity_for(web.reading(), path.nonconformity_id, web.actor())
    return NonconformityRow.model_validate(row).model_dump(mode="json")


@api.post("/nonconformities", responses={201: NonconformityReported})
@web.permission("nonconformity:report")
def post_nonconformity(body: NonconformityReport) -> tuple[Json, int]:
    """Report something wrong with an element, with its place on the drawing and photos uploaded before."""
    return web.perform(service.report_nonconformity, body).model_dump(mode="json"), 201


@api.post("/dispositions", responses={201: Disposed})
@web.permission("nonconformity:repair")
def post_disposition(body: DispositionDecision) -> tuple[Json, int]:
    """Decide about a nonconformity; concession and scrap are for quality staff (nonconformity:dispose)."""
    press = press_of(web.settings())
    press.warm()
    command = Dispose.model_validate({**body.model_dump(), "press": press})
    return web.perform(service.dispose, command).model_dump(mode="json"), 201


@api.post("/nonconformity-analyses", responses={201: Done})
@web.permission("nonconformity:repair")
def post_analysis(body: NonconformityAnalysis) -> tuple[Json, int]:
    """Keep cause, whys, preventive measure and cost of a nonconformity."""
    return web.perform(service.analyse_nonconformity, body).model_dump(mode="json"), 201


@api.post("/replacements", responses={201: ReplacementOrdered})
@web.permission("nonconformity:replace")
def post_replacement(body: ReplacementOrder) -> tuple[Json, int]:
    """Order a new element for the place of a scrapped one."""
    return web.perform(service.order_replacement_for, body).model_dump(mode="json"), 201


@api.post("/consent-letters", responses={201: UploadedLetter})
@web.permission("nonconformity:dispose")
def post_letter(form: LetterForm) -> tuple[Json, int]:
    """Upload the designer's letter (PDF, JPEG, PNG, WebP; 8 MB); a concession names it by its digest."""
    files = request.files.getlist("letter")
    if len(files) != 1:
        reason = Text(N_("Send one letter in the field letter"))
        raise InvalidInput(reason, [Fault("letter", reason)])
    return UploadedLetter(sha256=keep_letter(files[0], "letter")).model_dump(), 201
