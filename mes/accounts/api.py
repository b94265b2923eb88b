"""REST routes of the room, under /api/v1."""

from __future__ import annotations

from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel

from mes.core import web

api = APIBlueprint(
    "accounts_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="accounts")],
    abp_security=[{"token": []}, {"session": []}],
)


class Me(BaseModel):
    """Who the caller is, and what they may do."""

    id: str
    name: str
    role: str
    organisation: str
    permissions: list[str]


@api.get("/me", responses={200: Me})
@web.permission("account:self")
def me() -> dict[str, object]:
    """Who the caller is, and what they may do."""
    caller = web.actor()
    return Me(
        id=caller.id,
        name=caller.name,
        role=caller.role,
        organisation=caller.organisation,
        permissions=sorted(caller.permissions),
    ).model_dump(mode="json")
