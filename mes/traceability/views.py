"""Pages of the room: the connectors. What is behind an element's QR code is told in `public`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

import mes.traceability.public  # noqa: F401 - registers the public side of elements
from mes.core import navigation, web
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.ledger.kinds import EVENT_KINDS
from mes.traceability import queries, service
from mes.traceability.models import Connector, Receipt
from mes.traceability.service import (
    ConnectorCommand,
    PauseConnector,
    ReplayEvents,
    RetryReceipt,
    SkipReceipt,
)

pages = Blueprint("traceability", __name__)
navigation.add_page(N_("City connectors"), "traceability.connectors", "plug-connected", "connector:read", 650)

STATE_TONES = {
    "waiting": "neutral",
    "sending": "progress",
    "accepted": "progress",
    "delivered": "good",
    "refused": "bad",
    "skipped": "ghost",
    "not_sent": "ghost",
}
RECEIPT_STATES = {
    "waiting": N_("Waits to be sent"),
    "sending": N_("Being sent"),
    "accepted": N_("The platform is storing it"),
    "delivered": N_("Has arrived"),
    "refused": N_("Refused by the platform"),
    "skipped": N_("Skipped"),
    "not_sent": N_("Not meant for a platform"),
}


@pages.get("/connectors")
@web.permission("connector:read")
def connectors() -> str:
    """Every connector: how it stands, and what to do."""
    session = web.reading()
    statuses = [queries.status_of(session, row, web.clock()) for row in queries.connectors(session)]
    return render_template("traceability/connectors.html", statuses=statuses, now=web.clock().now(), age=age_in_words)


@pages.get("/connectors/<uuid:connector_id>")
@web.permission("connector:read")
def connector(connector_id: UUID) -> str:
    """One connector, and the events that its platform does not have yet."""
    session = web.reading()
    row = _connector(connector_id)
    return render_template(
        "traceability/connector.html",
        status=queries.status_of(session, row, web.clock()),
        open_events=queries.open_events(session, row.id),
        kinds=EVENT_KINDS,
        tones=STATE_TONES,
        states=RECEIPT_STATES,
        now=web.clock().now(),
        age=age_in_words,
    )


@pages.post("/connectors/<uuid:connector_id>/pause")
@web.permission("connector:write")
def pause(connector_id: UUID) -> Response:
    """Stop delivering."""
    command = PauseConnector(
        command_id=UUID(request.form["command_id"]),
        connector_id=connector_id,
        reason=request.form.get("reason", "").strip(),
    )
    web.perform(service.pause_connector, command)
    return _done(connector_id, N_("Delivery is paused; events wait"))


@pages.post("/connectors/<uuid:connector_id>/resume")
@web.permission("connector:write")
def resume(connector_id: UUID) -> Response:
    """Deliver again."""
    command = ConnectorCommand(command_id=UUID(request.form["command_id"]), connector_id=connector_id)
    web.perform(service.resume_connector, command)
    return _done(connector_id, N_("Delivery goes on"))


@pages.post("/connectors/<uuid:connector_id>/replay")
@web.permission("connector:write")
def replay(connector_id: UUID) -> Response:
    """Send the events of one element again."""
    command = ReplayEvents(
        command_id=UUID(request.form["command_id"]),
        connector_id=connector_id,
        element_serial=request.form.get("serial", type=int),
    )
    answer = web.perform(service.replay_events, command)
    flash(web.gettext(N_("%(count)s events are sent again"), count=answer.events), "good")
    return redirect(url_for("traceability.connector", connector_id=connector_id), 303)


@pages.post("/connectors/receipts/<uuid:receipt_id>/retry")
@web.permission("connector:write")
def retry(receipt_id: UUID) -> Response:
    """Send a refused event again."""
    connector_id = _receipt(receipt_id).connector_id
    command = RetryReceipt(command_id=UUID(request.form["command_id"]), receipt_id=receipt_id)
    web.perform(service.retry_receipt, command)
    return _done(connector_id, N_("The event is sent again"))


@pages.post("/connectors/receipts/<uuid:receipt_id>/skip")
@web.permission("connector:write")
def skip(receipt_id: UUID) -> Response:
    """Leave an event out for this platform."""
    connector_id = _receipt(receipt_id).connector_id
    command = SkipReceipt(
        command_id=UUID(request.form["command_id"]),
        receipt_id=receipt_id,
        reason=request.form.get("reason", "").strip(),
    )
    web.perform(service.skip_receipt, command)
    return _done(connector_id, N_("The event is skipped; what waited for it goes on"))


def age_in_words(since: datetime | None, now: datetime) -> str:
    """How long ago, in the reader's language and the largest fitting unit."""
    if since is None:
        return "–"
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 1:
        return web.gettext(N_("less than a minute"))
    if minutes < 120:
        return web.gettext(N_("%(count)s min"), count=minutes)
    if minutes < 48 * 60:
        return web.gettext(N_("%(count)s h"), count=minutes // 60)
    return web.gettext(N_("%(count)s days"), count=minutes // 1440)


def _connector(connector_id: UUID) -> Connector:
    row = web.reading().get(Connector, connector_id)
    if row is None:
        raise NotFound(Text(N_("There is no such connector")))
    return row


def _receipt(receipt_id: UUID) -> Receipt:
    row = web.reading().get(Receipt, receipt_id)
    if row is None:
        raise NotFound(Text(N_("There is no such event at this connector")))
    return row


def _done(connector_id: UUID, message: str) -> Response:
    flash(web.gettext(message), "good")
    return redirect(url_for("traceability.connector", connector_id=connector_id), 303)
