"""REST routes of archive packages, under /api/v1."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field
from werkzeug.wrappers import Response

import mes.traceability.archive.jobs  # noqa: F401 - the job that asking begins
from mes.core import web
from mes.traceability.archive import queries, service
from mes.traceability.archive.service import AskForPackage, PackageAsked, PackageState, SettlePackage
from mes.traceability.archive.views import send_package

api = APIBlueprint(
    "archive_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="archive")],
    abp_security=[{"token": []}, {"session": []}],
)


class PackagePath(BaseModel):
    """Which package."""

    number: str = Field(max_length=40)


class PackageShape(BaseModel):
    """A package as it stands."""

    model_config = ConfigDict(from_attributes=True)

    number: str
    scope: str = Field(description="element, order or project")
    scope_key: str
    state: str = Field(description="asked, generated, failed, submitted, accepted or refused")
    reason: str | None
    asked_at: datetime
    generated_at: datetime | None
    state_at: datetime
    elements: int | None
    size_bytes: int | None
    sha256: str | None = Field(description="of the package's file")


class PackageList(BaseModel):
    """Packages, the newest first."""

    items: list[PackageShape]


class AskBody(BaseModel):
    """A repeated command_id gives the first answer."""

    model_config = ConfigDict(extra="forbid")

    command_id: UUID
    scope: Literal["element", "order", "project"]
    key: str = Field(min_length=1, max_length=60, description="serial, order number or project code")


class StateBody(BaseModel):
    """What became of a package. A refusal needs a reason."""

    model_config = ConfigDict(extra="forbid")

    command_id: UUID
    state: Literal["submitted", "accepted", "refused"]
    reason: str = Field("", max_length=300)


@api.get("/archives", responses={200: PackageList})
@web.permission("archive:read")
def list_archives() -> dict[str, Any]:
    """The newest hundred packages."""
    found = queries.packages(web.reading(), web.actor())
    return PackageList(items=[PackageShape.model_validate(one) for one in found]).model_dump(mode="json")


@api.post("/archives", responses={202: PackageAsked})
@web.permission("archive:write")
def post_archive(body: AskBody) -> tuple[dict[str, Any], int]:
    """Ask for a package; a job makes it."""
    command = AskForPackage(command_id=body.command_id, scope=body.scope, key=body.key)
    return web.perform(service.ask_for_package, command).model_dump(mode="json"), 202


@api.get("/archives/<number>", responses={200: PackageShape})
@web.permission("archive:read")
def show_archive(path: PackagePath) -> dict[str, Any]:
    """One package."""
    found = queries.package_numbered(web.reading(), web.actor(), path.number)
    return PackageShape.model_validate(found).model_dump(mode="json")


@api.get("/archives/<number>/file")
@web.permission("archive:read")
def get_archive_file(path: PackagePath) -> Response:
    """The package itself, with ETag and ranges."""
    return send_package(queries.package_numbered(web.reading(), web.actor(), path.number))


@api.post("/archives/<number>/state", responses={200: PackageState})
@web.permission("archive:write")
def post_archive_state(path: PackagePath, body: StateBody) -> dict[str, Any]:
    """Note that a package was handed in, or what the archive answered."""
    command = SettlePackage(command_id=body.command_id, number=path.number, state=body.state, reason=body.reason)
    return web.perform(service.settle_package, command).model_dump(mode="json")
