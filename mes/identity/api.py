"""REST routes of the room, under /api/v1: tags, for handhelds."""

from __future__ import annotations

from typing import Any

from flask_openapi3 import APIBlueprint
from flask_openapi3 import Tag as ApiTag

from mes.core import web
from mes.core.errors import InvalidInput, NotFound
from mes.core.scanning import read_code
from mes.core.text import N_, Text
from mes.identity import queries, things
from mes.identity.hexadecimal import require_tid
from mes.identity.schemas import TagBody, TagHistory, TagShape, TidPath
from mes.identity.service import BindTag, ReplaceTag, TagOn, bind_tag, replace_tag

api = APIBlueprint(
    "identity_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[ApiTag(name="tags")],
    abp_security=[{"token": []}, {"session": []}],
)


@api.post("/tags", responses={200: TagOn})
@web.permission("tag:bind")
def put_on(body: TagBody) -> dict[str, Any]:
    """Put a tag on a thing, or in the place of the one it wears."""
    facts = body.model_dump(include={"command_id", "occurred_at", "tid", "epc_hex", "verified"})
    subject = _subject(body)
    if body.replace_reason:
        command = ReplaceTag(subject=subject, reason=body.replace_reason, **facts)
        return web.perform(replace_tag, command).model_dump(mode="json")
    return web.perform(bind_tag, BindTag(subject=subject, **facts)).model_dump(mode="json")


def _subject(body: TagBody) -> str:
    if bool(body.subject.strip()) == bool(body.code.strip()):
        raise InvalidInput(Text(N_("Name the thing by its subject or by a code, by one of them")))
    if body.subject.strip():
        return body.subject.strip()
    thing = queries.find(web.reading(), web.actor(), read_code(body.code))
    if thing is None:
        raise NotFound(Text(N_("Nothing here is known as “%(code)s”"), {"code": body.code.strip()[:80]}))
    return thing.subject


@api.get("/tags/<tid>", responses={200: TagHistory})
@web.permission("element:read")
def read_tag(path: TidPath) -> dict[str, Any]:
    """What a tag is on and was on; an unknown tag, and one of things the caller may not see, is on nothing."""
    session, reader = web.reading(), web.actor()
    items = []
    for tag in queries.tags_with_tid(session, require_tid(path.tid)):
        thing = things.of_subject(session, tag.subject)
        if thing is not None and things.may_see(reader, thing):
            items.append(TagShape.of(tag, thing))
    return TagHistory(items=items).model_dump(mode="json")
