"""REST routes of the room, under /api/v1."""

from __future__ import annotations

from flask_openapi3 import APIBlueprint, Tag
from sqlalchemy import select

from mes.core import web
from mes.core.paging import paged
from mes.ledger import queries
from mes.ledger.models import LedgerEvent, LedgerSubject
from mes.ledger.schemas import EventPage, EventQuery, EventShape

api = APIBlueprint(
    "ledger_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="ledger")],
    abp_security=[{"token": []}, {"session": []}],
)


@api.get("/ledger/events", responses={200: EventPage})
@web.permission("ledger:read")
def list_events(query: EventQuery) -> dict[str, object]:
    """Events in ledger order."""
    queries.require_whole_plant(web.actor())
    asked = select(LedgerEvent)
    if query.subject:
        asked = asked.join(LedgerSubject).where(LedgerSubject.subject == query.subject)
    rows, further = paged(web.reading(), asked, LedgerEvent.sequence, query)
    items = [EventShape.model_validate(row, from_attributes=True) for row in rows]
    return EventPage(items=items, next=further).model_dump(mode="json")
