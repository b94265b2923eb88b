"""REST routes of the room, under /api/v1."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_openapi3 import APIBlueprint, FileStorage, Tag
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute

from mes.core import web
from mes.core.errors import Fault, InvalidInput
from mes.core.paging import Page, paged
from mes.core.text import N_, Text
from mes.inspection import queries, service
from mes.inspection.documents.press import press_of
from mes.inspection.models import Certificate, Inspection
from mes.inspection.schemas import (
    MOST_PHOTOS,
    CertificatePath,
    CertificateQuery,
    CertificateRow,
    CubeTestRecorded,
    InspectionPath,
    InspectionQuery,
    InspectionRecorded,
    InspectionReport,
    InspectionRow,
    RecordCubeTest,
    RecordInspection,
    UploadedPhotos,
)
from mes.inspection.views.photos import keep_uploads
from mes.orders.models import Element

api = APIBlueprint(
    "inspection_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="inspection")],
    abp_security=[{"token": []}, {"session": []}],
)

Json = dict[str, Any]


class PhotosForm(BaseModel):
    """Photos as multipart/form-data, field `photos`, several times."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    photos: list[FileStorage]


class InspectionPage(Page[InspectionRow]):
    """A page of inspections."""


class CertificatePage(Page[CertificateRow]):
    """A page of certificates."""


@api.get("/inspections", responses={200: InspectionPage})
@web.permission("inspection:read")
def list_inspections(query: InspectionQuery) -> Json:
    """Inspections in the order of their ids, which is that of time."""
    wanted = _in_scope(select(Inspection), Inspection.element_id)
    if query.element_id:
        wanted = wanted.where(Inspection.element_id == query.element_id)
    if query.kind:
        wanted = wanted.where(Inspection.kind == query.kind)
    rows, after = paged(web.reading(), wanted, Inspection.id, query, read_key=queries.read_id)
    return InspectionPage(items=[InspectionRow.model_validate(row) for row in rows], next=after).model_dump(mode="json")


@api.get("/inspections/<uuid:inspection_id>", responses={200: InspectionRow})
@web.permission("inspection:read")
def read_inspection(path: InspectionPath) -> Json:
    """One inspection."""
    row = queries.inspection_for(web.reading(), path.inspection_id, web.actor())
    return InspectionRow.model_validate(row).model_dump(mode="json")


@api.post("/inspections", responses={201: InspectionRecorded})
@web.permission("inspection:write")
def post_inspection(body: InspectionReport) -> tuple[Json, int]:
    """Record an inspection; the verdict is computed from what it holds. A repeated command_id gives the same answer."""
    press = press_of(web.settings())
    press.warm()
    command = RecordInspection.model_validate({**body.model_dump(), "press": press})
    return web.perform(service.record_inspection, command).model_dump(mode="json"), 201


@api.post("/photos", responses={201: UploadedPhotos})
@web.permission("nonconformity:report")
def post_photos(form: PhotosForm) -> tuple[Json, int]:
    """Upload photos (JPEG, PNG, WebP; 8 MB each); commands name them by the digests that come back."""
    files = request.files.getlist("photos")
    if not 0 < len(files) <= MOST_PHOTOS:
        reason = Text(N_("Send 1 to %(most)s photos in the field photos"), {"most": MOST_PHOTOS})
        raise InvalidInput(reason, [Fault("photos", reason)])
    return UploadedPhotos(photos=keep_uploads(files, "photos")).model_dump(), 201


@api.post("/cube-tests", responses={201: CubeTestRecorded})
@web.permission("strength:write")
def post_cube_test(body: RecordCubeTest) -> tuple[Json, int]:
    """Record three cubes of a batch."""
    return web.perform(service.record_cube_test, body).model_dump(mode="json"), 201


@api.get("/certificates", responses={200: CertificatePage})
@web.permission("certificate:read")
def list_certificates(query: CertificateQuery) -> Json:
    """Certificates in the order of their ids, which is that of time."""
    wanted = _in_scope(select(Certificate), Certificate.element_id)
    if query.element_id:
        wanted = wanted.where(Certificate.element_id == query.element_id)
    if query.valid is not None:
        valid = Certificate.is_in_force()
        wanted = wanted.where(valid if query.valid else ~valid)
    rows, after = paged(web.reading(), wanted, Certificate.id, query, read_key=queries.read_id)
    items = [CertificateRow.model_validate(row) for row in rows]
    return CertificatePage(items=items, next=after).model_dump(mode="json")


@api.get("/certificates/<uuid:certificate_id>", responses={200: CertificateRow})
@web.permission("certificate:read")
def read_certificate(path: CertificatePath) -> Json:
    """One certificate; its PDF is kept under `pdf_sha256`."""
    row = queries.certificate_for(web.reading(), path.certificate_id, web.actor())
    return CertificateRow.model_validate(row).model_dump(mode="json")


def _in_scope(query: Select[Any], element_id: InstrumentedAttribute[Any]) -> Select[Any]:
    """The rows whose element is of a project this caller may see."""
    project_ids = web.actor().project_ids
    if project_ids is None:
        return query
    return query.join(Element, Element.id == element_id).where(Element.project_id.in_(project_ids))
