"""Connectors for programs: how they stand, their events, requests and differences. What changes something is in
`connector_commands_api`."""

from __future__ import annotations

from typing import Any

from flask_openapi3 import APIBlueprint, Tag
from sqlalchemy.orm import Session

from mes.core import web
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.ledger.models import LedgerEvent
from mes.traceability import queries
from mes.traceability.connector_schemas import (
    AlarmList,
    AlarmShape,
    ConnectorDetail,
    ConnectorEventPath,
    ConnectorList,
    ConnectorPath,
    ConnectorShape,
    DifferenceList,
    DifferenceShape,
    DryRunShape,
    ExchangeList,
    ExchangeQuery,
    ExchangeShape,
    OpenEventShape,
    TimelineShape,
)
from mes.traceability.models import Connector
from mes.traceability.platforms.dry_run import dry_run
from mes.traceability.queries import Thresholds
from mes.traceability.renditions import original_of
from mes.traceability.views.hiding import shown_to_reader

api = APIBlueprint(
    "connector_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="connectors")],
    abp_security=[{"token": []}, {"session": []}],
)


@api.get("/connectors", responses={200: ConnectorList})
@web.permission("connector:read")
def list_connectors() -> dict[str, Any]:
    """Every connector and how it stands."""
    session = web.reading()
    items = [ConnectorShape.of(queries.status_of(session, row, web.clock())) for row in queries.connectors(session)]
    return shown_to_reader(ConnectorList(items=items).model_dump(mode="json"))


@api.get("/connectors/alarms", responses={200: AlarmList})
@web.permission("connector:read")
def list_alarms() -> dict[str, Any]:
    """What needs a person at any connector, the worst first; for monitoring."""
    found = queries.all_alarms(web.reading(), web.clock().now(), Thresholds.of(web.settings()))
    items = [AlarmShape.of(alarm, web.in_words(alarm.words)) for alarm in found]
    return shown_to_reader(AlarmList(level=items[0].level if items else "none", items=items).model_dump(mode="json"))


@api.get("/connectors/<name>", responses={200: ConnectorDetail})
@web.permission("connector:read")
def show_connector(path: ConnectorPath) -> dict[str, Any]:
    """A connector and the events its platform does not have."""
    session = web.reading()
    row = connector_at(session, path.name)
    shape = ConnectorShape.of(queries.status_of(session, row, web.clock()))
    waiting = [OpenEventShape.of(item) for item in queries.open_events(session, row.id)]
    detail = ConnectorDetail(**shape.model_dump(), settings=row.settings, open_events=waiting)
    return shown_to_reader(detail.model_dump(mode="json"))


@api.get("/connectors/<name>/exchanges", responses={200: ExchangeList})
@web.permission("connector:read")
def list_exchanges(path: ConnectorPath, query: ExchangeQuery) -> dict[str, Any]:
    """Requests to the platform and its answers, masked, the newest first."""
    session = web.reading()
    row = connector_at(session, path.name)
    found = queries.exchanges_of(session, row.id, query.outcome, query.before, query.limit)
    return shown_to_reader(ExchangeList(items=[ExchangeShape.of(each) for each in found]).model_dump(mode="json"))


@api.get("/connectors/<name>/events/<int:sequence>", responses={200: TimelineShape})
@web.permission("connector:read")
def show_timeline(path: ConnectorEventPath) -> dict[str, Any]:
    """Every attempt to deliver an event, and what it waits for."""
    session = web.reading()
    story = queries.timeline_of(session, connector_at(session, path.name), path.sequence)
    if story is None:
        raise NotFound(Text(N_("The ledger has no such event")))
    return shown_to_reader(TimelineShape.of(story).model_dump(mode="json"))


@api.get("/connectors/<name>/events/<int:sequence>/dry-run", responses={200: DryRunShape})
@web.permission("connector:read")
def show_dry_run(path: ConnectorEventPath) -> dict[str, Any]:
    """What would be sent of an event; nothing is sent."""
    session = web.reading()
    row = connector_at(session, path.name)
    event = session.get(LedgerEvent, path.sequence)
    if event is None:
        raise NotFound(Text(N_("The ledger has no such event")))
    original = original_of(session, row.id, event.content, {})
    shown = dry_run(row.kind, event.content, row.url, row.settings, web.clock().now(), original)
    return shown_to_reader(DryRunShape.of(shown).model_dump(mode="json"))


@api.get("/connectors/<name>/differences", responses={200: DifferenceList})
@web.permission("connector:read")
def list_differences(path: ConnectorPath) -> dict[str, Any]:
    """What one side has and the other has not."""
    session = web.reading()
    found = queries.differences_of(session, connector_at(session, path.name).id)
    items = [DifferenceShape(**{name: getattr(row, name) for name in DifferenceShape.model_fields}) for row in found]
    return DifferenceList(items=items).model_dump(mode="json")


def connector_at(session: Session, name: str) -> Connector:
    """The connector of an address.

    Raises:
        NotFound: there is none.
    """
    row = queries.connector_named(session, name)
    if row is None:
        raise NotFound(Text(N_("There is no such connector")))
    return row
