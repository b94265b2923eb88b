"""Pages: every connector, and one with the events that its platform does not have."""

from __future__ import annotations

from uuid import UUID

from flask import render_template, request

from mes.core import web
from mes.ledger.kinds import EVENT_KINDS
from mes.traceability import queries
from mes.traceability.models import Connector
from mes.traceability.queries import ConnectorStatus, Thresholds
from mes.traceability.views.blueprint import connector_of, pages
from mes.traceability.views.words import words

HOURS = (24, 48)


@pages.get("/connectors")
@web.permission("connector:read")
def connectors() -> str:
    """Every connector: how it stands, and what to do."""
    session = web.reading()
    return render_template(
        "traceability/connectors.html",
        statuses=[_status(row) for row in queries.connectors(session)],
        **_common(),
    )


@pages.get("/connectors/<uuid:connector_id>")
@web.permission("connector:read")
def connector(connector_id: UUID) -> str:
    """One connector, and the events that its platform does not have yet."""
    session = web.reading()
    row = connector_of(connector_id)
    held = queries.holders(session, row.id)
    return render_template(
        "traceability/connector.html",
        status=_status(row),
        open_events=queries.open_events(session, row.id),
        groups=queries.refused_groups(session, row.id),
        behind=queries.held_counts(held),
        alarms=queries.alarms_of(session, row, web.clock().now(), Thresholds.of(web.settings())),
        kinds=EVENT_KINDS,
        **_common(),
    )


def _status(row: Connector) -> ConnectorStatus:
    return queries.status_of(web.reading(), row, web.clock(), _hours())


def _hours() -> int:
    asked = request.args.get("hours", type=int)
    return asked if asked in HOURS else HOURS[0]


def _common() -> dict[str, object]:
    thresholds = Thresholds.of(web.settings())
    return {**words(), "now": web.clock().now(), "level_of": thresholds.level_of, "hours": _hours(), "choices": HOURS}
