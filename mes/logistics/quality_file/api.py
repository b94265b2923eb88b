"""REST routes of a delivery's quality file, under /api/v1; its PDF is at /papers/NUMBER/pdf like every paper's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from mes.core import web
from mes.inspection.documents.schemas import PaperShape
from mes.logistics import queries
from mes.logistics.quality_file.content import latest_file, papers_of
from mes.logistics.quality_file.service import MakeQualityFile, QualityFileAsked, latest_job, make_quality_file
from mes.logistics.schemas import DeliveryPath

api = APIBlueprint(
    "quality_file_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="papers")],
    abp_security=[{"token": []}, {"session": []}],
)


class WithinShape(BaseModel):
    """A valid paper about an element or a batch of the delivery."""

    kind: str
    number: str
    about: str
    pdf_sha256: str


class MissingShape(BaseModel):
    """A paper that should be there and is not."""

    kind: str
    about: str


class MakingShape(BaseModel):
    """The latest job that makes the file."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    state: str = Field(description="queued, running, done, failed or cancelled")
    progress_percent: int
    message: str


class DeliveryPapers(BaseModel):
    """The quality file of a delivery, and the papers that belong into it as they are now."""

    file: PaperShape | None
    is_outdated: bool = Field(description="papers were issued or withdrawn since the file was made")
    papers: list[WithinShape]
    missing: list[MissingShape]
    job: MakingShape | None


class MakeBody(BaseModel):
    """A repeated command_id gives the first answer."""

    model_config = ConfigDict(extra="forbid")

    command_id: UUID


@api.get("/deliveries/<number>/papers", responses={200: DeliveryPapers})
@web.permission("document:read")
def list_delivery_papers(path: DeliveryPath) -> dict[str, Any]:
    """The papers of a delivery's elements, those that are missing, and its quality file."""
    session = web.reading()
    found = queries.delivery_by_number(session, web.actor(), path.number)
    file, job = latest_file(session, found.id), latest_job(session, found.id)
    papers, missing = papers_of(session, queries.items_of(session, found.id))
    answer = DeliveryPapers(
        file=PaperShape.of(file) if file else None,
        is_outdated=file is not None and file.content["papers"] != papers,
        papers=[WithinShape(**paper) for paper in papers],
        missing=[MissingShape(**one) for one in missing],
        job=MakingShape.model_validate(job) if job else None,
    )
    return answer.model_dump(mode="json")


@api.post("/deliveries/<number>/papers", responses={202: QualityFileAsked})
@web.permission("document:issue")
def post_delivery_papers(path: DeliveryPath, body: MakeBody) -> tuple[dict[str, Any], int]:
    """Ask for the quality file: a job issues what is missing and puts it together."""
    found = queries.delivery_by_number(web.reading(), web.actor(), path.number)
    command = MakeQualityFile(command_id=body.command_id, delivery_id=found.id)
    return web.perform(make_quality_file, command).model_dump(mode="json"), 202
