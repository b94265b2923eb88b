"""REST routes of the room, under /api/v1."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from sqlalchemy import select

from mes.core import web
from mes.core.errors import NotFound
from mes.core.paging import paged
from mes.core.text import N_, Text
from mes.ledger.models import LedgerEvent
from mes.orders.models import Element
from mes.traceability import queries
from mes.traceability.epcis import encode, epcis_document
from mes.traceability.export import export_events, export_settings
from mes.traceability.schemas import ElementPath, EpcisDocument, EpcisQuery
from mes.traceability.service import DeclareWrong, EventDeclared, declare_wrong

api = APIBlueprint(
    "traceability_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="traceability")],
    abp_security=[{"token": []}, {"session": []}],
)

EPCIS_JSON = "application/ld+json"


@api.get("/epcis/events", responses={200: EpcisDocument})
@web.permission("ledger:read")
def list_epcis_events(query: EpcisQuery) -> Response:
    """The ledger's events as EPCIS 2.0; a page holds `limit` events of the ledger, `next` stands in a Link header."""
    asked = select(LedgerEvent)
    if query.since is not None:
        asked = asked.where(LedgerEvent.recorded_time >= query.since)
    rows, further = paged(web.reading(), asked, LedgerEvent.sequence, query)
    response = _epcis(rows, query.format)
    if further:
        response.headers["Link"] = f'</api/v1/epcis/events?cursor={further}>; rel="next"'
        response.headers["X-Next-Cursor"] = further
    return response


@api.post("/event-declarations", responses={201: EventDeclared})
@web.permission("event:declare")
def post_event_declaration(body: DeclareWrong) -> tuple[dict[str, object], int]:
    """Declare an event of the ledger to be wrong; platforms that were told of it hear of the correction."""
    return web.perform(declare_wrong, body).model_dump(mode="json"), 201


@api.get("/elements/<int:serial>/epcis", responses={200: EpcisDocument})
@web.permission("element:read")
def element_epcis(path: ElementPath) -> Response:
    """An element's whole story as EPCIS 2.0."""
    element = web.reading().scalars(select(Element).where(Element.serial == path.serial)).first()
    if element is None:
        raise NotFound(Text(N_("There is no such element")))
    web.actor().require_project(element.project_id)
    return _epcis(list(queries.events_to_export(web.reading(), serial=path.serial)), "document")


def _epcis(rows: Sequence[LedgerEvent], form: str) -> Response:
    events = export_events(rows, export_settings(web.reading()))
    if form == "ndjson":
        lines = b"".join(encode(event.to_json()) + b"\n" for event in events)
        return Response(lines, mimetype="application/x-ndjson")
    return Response(encode(epcis_document(list(events), web.clock().now())), mimetype=EPCIS_JSON)
