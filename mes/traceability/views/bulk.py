"""Many events at once: what would happen is shown first, then a person says so."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import render_template, request
from pydantic import ValidationError
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from mes.core import web
from mes.core.errors import Fault, InvalidInput, NotFound
from mes.core.text import N_, Text
from mes.ledger.kinds import EVENT_KINDS
from mes.ledger.models import LedgerEvent
from mes.traceability import queries, service
from mes.traceability.models import Receipt
from mes.traceability.service import ReplayEvents, RetryMany, SkipMany, Undelivered, preview_replay
from mes.traceability.service.replay import SENT_STATES
from mes.traceability.views.blueprint import connector_of, done, pages, reason
from mes.traceability.views.words import words


@pages.get("/connectors/<uuid:connector_id>/refused/<int:sequence>")
@web.permission("connector:write")
def refused(connector_id: UUID, sequence: int) -> str:
    """The refused events that are like one of them, and what can be done about all of them."""
    session, row = web.reading(), connector_of(connector_id)
    like = session.execute(
        select(Receipt.refused_for, Receipt.answer, LedgerEvent.kind)
        .join(LedgerEvent, LedgerEvent.sequence == Receipt.event_sequence)
        .where(Receipt.connector_id == row.id, Receipt.event_sequence == sequence, Receipt.state == "refused")
    ).first()
    if like is None:
        raise NotFound(Text(N_("This event is not waiting for a person")))
    group = Undelivered(connector_id=row.id, refused_for=like.refused_for, answer=like.answer, kind=like.kind)
    chosen = group.chosen().order_by(None).subquery()
    sequences = session.scalars(select(chosen.c.event_sequence).order_by(chosen.c.event_sequence).limit(10)).all()
    held = queries.held_counts(queries.holders(session, row.id))
    return render_template(
        "traceability/connector_refused.html",
        row=row,
        group=group,
        count=session.scalar(select(func.count()).select_from(chosen)),
        sequences=sequences,
        behind=sum(held.get(each, 0) for each in sequences),
        kinds=EVENT_KINDS,
        **words(),
    )


@pages.post("/connectors/<uuid:connector_id>/retry-many")
@web.permission("connector:write")
def retry_many(connector_id: UUID) -> Response:
    """Send all of a group again."""
    answer = web.perform(service.retry_many, RetryMany(command_id=web.form_command_id(), **_group(connector_id)))
    return done(connector_id, N_("%(count)s events are sent again"), count=answer.events)


@pages.post("/connectors/<uuid:connector_id>/skip-many")
@web.permission("connector:write")
def skip_many(connector_id: UUID) -> Response:
    """Never send any of a group."""
    if len(reason()) < 2:
        raise InvalidInput(Text(N_("A reason is needed")), [Fault("reason", Text(N_("A reason is needed")))])
    command = SkipMany(command_id=web.form_command_id(), reason=reason()[:300], **_group(connector_id))
    answer = web.perform(service.skip_many, command)
    return done(connector_id, N_("%(count)s events are skipped"), count=answer.events)


@pages.get("/connectors/<uuid:connector_id>/replay")
@web.permission("connector:write")
def replay_form(connector_id: UUID) -> str:
    """Choose what is sent again; with a choice, what would be sent."""
    row = connector_of(connector_id)
    chosen, preview, error = None, None, ""
    if request.args.get("show"):
        try:
            chosen = _replay(connector_id, request.args)
            preview = preview_replay(web.reading(), chosen)
        except InvalidInput as refused_input:
            error = web.in_words(refused_input.reason)
    return render_template(
        "traceability/connector_replay.html",
        row=row,
        given=request.args,
        chosen_states=request.args.getlist("state") or ["delivered", "refused"],
        sent_states=SENT_STATES,
        preview=preview,
        error=error,
        kinds=EVENT_KINDS,
        **words(),
    )


@pages.post("/connectors/<uuid:connector_id>/replay")
@web.permission("connector:write")
def replay(connector_id: UUID) -> Response:
    """Send events again."""
    command = _replay(connector_id, request.form, command_id=web.form_command_id())
    answer = web.perform(service.replay_events, command)
    return done(connector_id, N_("%(count)s events are sent again"), count=answer.events)


def _group(connector_id: UUID) -> dict[str, Any]:
    """Which events a form means: those refused for the same reason, in the same words, of the same kind."""
    given = {name: request.form.get(name) or None for name in ("refused_for", "answer", "kind")}
    if given["kind"] is None:
        raise InvalidInput(Text(N_("This form is too old or did not come from here; load the page again")))
    return {"connector_id": connector_id, **given}


def _replay(connector_id: UUID, given: Any, **more: Any) -> ReplayEvents:
    """What a form says to send again.

    Raises:
        InvalidInput: a value is none of its kind.
    """
    said = {
        "connector_id": connector_id,
        "element_serial": given.get("serial", "").strip() or None,
        "project_code": given.get("project", "").strip() or None,
        "since": _midnight(given.get("from", "")),
        "until": _midnight(given.get("to", ""), days=1),
        "everything": given.get("everything") == "1",
    }
    states = tuple(given.getlist("state"))
    try:
        return ReplayEvents.model_validate({**said, **({"states": states} if states else {}), **more})
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        told = Text(N_("Something in the input is not right"))
        raise InvalidInput(told, [Fault(place, told)]) from error


def _midnight(text: str, days: int = 0) -> datetime | None:
    """The beginning of a day in the plant's zone, or of the day after it."""
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip()) + timedelta(days=days)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(Text(N_("a date such as 2026-12-05 is expected here"))) from error
    return datetime.combine(day, time(), web.clock().zone)
