"""Pages: every connector, and one with the events that its platform does not have."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import render_template, request

from mes.core import web
from mes.ledger.kinds import EVENT_KINDS
from mes.traceability import queries
from mes.traceability.models import Connector
from mes.traceability.queries import Alarm, ConnectorStatus, Thresholds
from mes.traceability.views.blueprint import connector_of, pages, present_alarms
from mes.traceability.views.words import sentence_of, words

HOURS = (24, 48)
TONES = ("bad", "warn", "good", "ghost")
TOLD_BY_THE_STATE = ("credentials", "configuration", "paused", "silent", "refused")
"""Alarms that say the same as the sentence above them."""


@pages.get("/connectors")
@web.permission("connector:read")
def connectors() -> str:
    """Every connector: how it stands, and what to do."""
    session = web.reading()
    return render_template(
        "traceability/connectors.html",
        statuses=sorted((_status(row) for row in queries.connectors(session)), key=_urgency),
        alarms_of=_alarms,
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
        held=held,
        behind=queries.held_counts(held),
        alarms=_alarms(row),
        kinds=EVENT_KINDS,
        **_common(),
    )


def _status(row: Connector) -> ConnectorStatus:
    return queries.status_of(web.reading(), row, web.clock(), _hours())


def _urgency(status: ConnectorStatus) -> tuple[bool, int, timedelta, str]:
    """What needs a person soonest comes first."""
    calm = not any(alarm.connector.id == status.connector.id for alarm in present_alarms())
    return (calm, TONES.index(sentence_of(status).tone), -status.waited, status.connector.name)


def _alarms(row: Connector) -> list[Alarm]:
    """What needs a person there, beside what the sentence on its state says."""
    of_it = [alarm for alarm in present_alarms() if alarm.connector.id == row.id]
    return [alarm for alarm in of_it if alarm.kind not in TOLD_BY_THE_STATE]


def _hours() -> int:
    asked = request.args.get("hours", type=int)
    return asked if asked in HOURS else HOURS[0]


def _common() -> dict[str, object]:
    thresholds = Thresholds.of(web.settings())
    shown = {"level_of": thresholds.level_of, "limits": thresholds, "hours": _hours()}
    return {**words(), "now": web.clock().now(), **shown}
