"""One event at one connector: its story, and what a person does about it."""

from __future__ import annotations

from uuid import UUID

from flask import render_template
from werkzeug.wrappers import Response

from mes.core import web
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.ledger.kinds import EVENT_KINDS
from mes.traceability import queries, service
from mes.traceability.service import MarkDelivered, RepairReceipt, RetryReceipt, SkipReceipt
from mes.traceability.service.repairs import REPAIRABLE
from mes.traceability.views.blueprint import connector_of, done, pages, reason, receipt_of
from mes.traceability.views.words import words


@pages.get("/connectors/<uuid:connector_id>/events/<int:sequence>")
@web.permission("connector:read")
def event(connector_id: UUID, sequence: int) -> str:
    """Every attempt to deliver an event, with request and answer."""
    story = queries.timeline_of(web.reading(), connector_of(connector_id), sequence)
    if story is None:
        raise NotFound(Text(N_("The ledger has no such event")))
    return render_template(
        "traceability/connector_event.html",
        story=story,
        row=story.connector,
        kinds=EVENT_KINDS,
        repairable=REPAIRABLE,
        now=web.clock().now(),
        **words(),
    )


@pages.post("/connectors/receipts/<uuid:receipt_id>/retry")
@web.permission("connector:write")
def retry(receipt_id: UUID) -> Response:
    """Send a refused event again."""
    connector_id = receipt_of(receipt_id).connector_id
    web.perform(service.retry_receipt, RetryReceipt(command_id=web.form_command_id(), receipt_id=receipt_id))
    return done(connector_id, N_("The event is sent again"))


@pages.post("/connectors/receipts/<uuid:receipt_id>/skip")
@web.permission("connector:write")
def skip(receipt_id: UUID) -> Response:
    """Leave an event out for this platform."""
    connector_id = receipt_of(receipt_id).connector_id
    command = SkipReceipt(command_id=web.form_command_id(), receipt_id=receipt_id, reason=reason())
    web.perform(service.skip_receipt, command)
    return done(connector_id, N_("The event is skipped; what waited for it goes on"))


@pages.post("/connectors/receipts/<uuid:receipt_id>/repair")
@web.permission("connector:write")
def repair(receipt_id: UUID) -> Response:
    """Write an event anew, with the settings of now."""
    connector_id = receipt_of(receipt_id).connector_id
    command = RepairReceipt(command_id=web.form_command_id(), receipt_id=receipt_id, reason=reason())
    web.perform(service.repair_receipt, command)
    return done(connector_id, N_("The event was written anew and is sent"))


@pages.post("/connectors/receipts/<uuid:receipt_id>/told")
@web.permission("connector:write")
def told(receipt_id: UUID) -> Response:
    """The platform was told by other means."""
    connector_id = receipt_of(receipt_id).connector_id
    command = MarkDelivered(command_id=web.form_command_id(), receipt_id=receipt_id, reason=reason())
    web.perform(service.mark_delivered_otherwise, command)
    return done(connector_id, N_("The event counts as told; what waited for it goes on"))
