"""Reading events back: GET /events, /events/{eventID} and /epcs/{epc}/events, and the platform's own summary."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, request

from mes.traceability.epcis.digital_link import canonical_uri
from mes.traceability.epcis.document import EPCIS_CONTEXT
from mes.traceability.epcis.vocabulary import vocabulary
from mes.traceability.sandbox.calls import begin
from mes.traceability.sandbox.capture_api import check_request, name_versions
from mes.traceability.sandbox.clock import utc_text
from mes.traceability.sandbox.paging import page_size, page_start, with_next_link
from mes.traceability.sandbox.problems import RefusedError
from mes.traceability.sandbox.settings import platform
from mes.traceability.sandbox.store import StoredEvent

query = Blueprint("query", __name__)
query.before_request(check_request)
query.after_request(name_versions)


@query.before_request
def play_before() -> None:
    """A fault of reading back, if one is due."""
    g.call = begin("query")
    g.call.play_before()


@query.after_request
def play_after(response: Response) -> Response:
    """The rest of the fault."""
    if "call" in g:
        g.call.play_after()
    return response


Condition = tuple[str, Sequence[str]]


@query.get("/events")
def list_events() -> Response:
    """All events in the order of storing, filtered and in pages."""
    return _page([])


@query.get("/events/<path:event_id>")
def show_event(event_id: str) -> Response:
    """One event and its error declarations."""
    found = platform().store.events([("event_id = ?", [event_id])], 0, 100)
    if not found:
        raise RefusedError("NoSuchResourceException", "There is no event with this ID", 404)
    return _query_document(found)


@query.get("/epcs/<path:epc>/events")
def list_events_of(epc: str) -> Response:
    """The events that name a thing, filtered and in pages."""
    return _page([_names_epc([epc])])


def _page(conditions: list[Condition]) -> Response:
    limit = page_size()
    events = platform().store.events(conditions + _filters(), page_start(), limit + 1)
    return with_next_link(_query_document(events[:limit]), events[limit - 1].id if len(events) > limit else None)


def _query_document(events: Sequence[StoredEvent]) -> Response:
    """A query document; an event whose context differs from the first one's carries its own."""
    context = events[0].context if events else [EPCIS_CONTEXT]
    listed = [event.to_json() | ({} if event.context == context else {"@context": event.context}) for event in events]
    results = {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": listed}}
    document: dict[str, Any] = {
        "@context": context,
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": platform().store.clock.text(),
        "epcisBody": {"queryResults": results},
    }
    return Response(json.dumps(document, ensure_ascii=False), content_type="application/ld+json")


def _filters() -> list[Condition]:
    """The query parameters as conditions; several values are parted by |.

    Raises:
        RefusedError: a parameter that is not known, or a value that is not understood.
    """
    conditions = []
    for name, value in request.args.items(multi=True):
        if name in ("perPage", "nextPageToken"):
            continue
        if name not in _FILTERS:
            raise RefusedError("QueryParameterException", f"The parameter {name} is not served", 400)
        conditions.append(_FILTERS[name](value.split("|")))
    return conditions


def _one_of(column: str, words: str | None = None) -> Callable[[list[str]], Condition]:
    def condition(values: list[str]) -> Condition:
        wanted = [vocabulary(words).bare_word(value) for value in values] if words else values
        return f"{column} IN ({', '.join('?' * len(wanted))})", wanted

    return condition


def _compared(column: str, operator: str) -> Callable[[list[str]], Condition]:
    def condition(values: list[str]) -> Condition:
        try:
            moment = datetime.fromisoformat(values[0])
        except ValueError as error:
            raise RefusedError("QueryParameterException", f"{values[0]} is no time", 400) from error
        if moment.tzinfo is None:
            raise RefusedError("QueryParameterException", f"{values[0]} has no time zone", 400)
        return f"{column} {operator} ?", [utc_text(moment)]

    return condition


def _names_epc(values: list[str]) -> Condition:
    places = ", ".join("?" * len(values))
    return f"id IN (SELECT event FROM event_epc WHERE epc IN ({places}))", [canonical_uri(value) for value in values]  # noqa: S608


_FILTERS: dict[str, Callable[[list[str]], Condition]] = {
    "eventType": _one_of("event_type"),
    "EQ_action": _one_of("action"),
    "EQ_bizStep": _one_of("biz_step", "bizStep"),
    "EQ_disposition": _one_of("disposition", "disposition"),
    "EQ_eventID": _one_of("event_id"),
    "MATCH_anyEPC": _names_epc,
    "GE_eventTime": _compared("event_time", ">="),
    "LT_eventTime": _compared("event_time", "<"),
    "GE_recordTime": _compared("record_time", ">="),
    "LT_recordTime": _compared("record_time", "<"),
}
