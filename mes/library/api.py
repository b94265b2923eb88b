"""REST routes of the room, under /api/v1."""

from __future__ import annotations

from flask_openapi3 import APIBlueprint, Tag

api = APIBlueprint(
    "library_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="library")],
    abp_security=[{"token": []}, {"session": []}],
)
