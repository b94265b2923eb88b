"""Many events at once: what would happen is shown first, then a person says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import render_template, request
from pydantic import ValidationError
from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mes.core import web
from mes.core.errors import Fault, InvalidInput, NotFound
from mes.core.text import N_, Text
from mes.ledger.kinds import EVENT_KINDS
from mes.ledger.models import LedgerEvent
from mes.traceability import queries, service
from mes.traceability.causes import cause_of
from mes.traceability.models import Connector, Receipt
from mes.traceability.service import (
    RepairMany,
    ReplayEvents,
    RetryMany,
    SkipMany,
    Undelivered,
    preview_repair,
    preview_replay,
)
from mes.traceability.service.repairs import REPAIRABLE
from mes.traceability.service.replay import SENT_STATES
from mes.traceability.service.undelivered import receipts_alike
from mes.traceability.views.blueprint import connector_of, done, pages, reason
from mes.traceability.views.words import words

LONGEST_CAUSE = 2000
MOST_COUNTED = 5000  # refused events whose kinds are counted for the page


@pages.get("/connectors/<uuid:connector_id>/refused/<int:sequence>")
@web.permission("connector:write")
def refused(connector_id: UUID, sequence: int) -> str:
    """The refused events that are like one of them, and what can be done about all of them."""
    session, row = web.reading(), connector_of(connector_id)
    group = _like(session, row, sequence)
    rows = receipts_alike(session, group)
    held = queries.holders(session, row.id)
    return render_template(
        "traceability/connector_refused.html",
        row=row,
        group=group,
        sequence=sequence,
        answer=next((each.answer for each in rows if each.event_sequence == sequence), ""),
        count=len(rows),
        kinds_of=Counter(session.scalars(_kinds_of([each.event_sequence for each in rows[:MOST_COUNTED]]))),
        sequences=[each.event_sequence for each in rows[:10]],
        behind=queries.behind_any([each.event_sequence for each in rows], held),
        repairable=group.refused_for in REPAIRABLE,
        preview=preview_repair(session, group) if request.args.get("show") == "repair" else None,
        kinds=EVENT_KINDS,
        **words(),
    )


@pages.post("/connectors/<uuid:connector_id>/retry-many")
@web.permission("connector:write")
def retry_many(connector_id: UUID) -> Response:
    """Send all of a group again."""
    answer = web.perform(service.retry_many, RetryMany(command_id=web.form_command_id(), **_group(connector_id)))
    return done(connector_id, N_("%(count)s events are sent again"), count=answer.events)


@pages.post("/connectors/<uuid:connector_id>/repair-many")
@web.permission("connector:write")
def repair_many(connector_id: UUID) -> Response:
    """Write all of a group anew, and send them."""
    _require_reason()
    command = RepairMany(command_id=web.form_command_id(), reason=reason()[:300], **_group(connector_id))
    answer = web.perform(service.repair_many, command)
    if answer.left:
        told = N_("%(count)s events were written anew and are sent; %(left)s stay as they are")
        return done(connector_id, told, count=answer.events, left=answer.left)
    return done(connector_id, N_("%(count)s events were written anew and are sent"), count=answer.events)


@pages.post("/connectors/<uuid:connector_id>/skip-many")
@web.permission("connector:write")
def skip_many(connector_id: UUID) -> Response:
    """Never send any of a group."""
    _require_reason()
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


def _like(session: Session, row: Connector, sequence: int) -> Undelivered:
    """Refused events with the same cause as this one.

    Raises:
        NotFound: this event is not refused.
    """
    of_event = (Receipt.connector_id == row.id) & (Receipt.event_sequence == sequence) & (Receipt.state == "refused")
    like = session.execute(select(Receipt.refused_for, Receipt.answer).where(of_event)).first()
    if like is None:
        raise NotFound(Text(N_("This event is not waiting for a person")))
    return Undelivered(
        connector_id=row.id, refused_for=like.refused_for, answer=None, kind=None, cause=cause_of(like.answer)
    )


def _kinds_of(sequences: Sequence[int]) -> Select[Any]:
    return select(LedgerEvent.kind).where(LedgerEvent.sequence.in_(sequences))


def _require_reason() -> None:
    """Raises InvalidInput where a form gives no reason."""
    if len(reason()) < 2:
        raise InvalidInput(Text(N_("A reason is needed")), [Fault("reason", Text(N_("A reason is needed")))])


def _group(connector_id: UUID) -> dict[str, Any]:
    """Which events a form means: those refused for the same cause."""
    cause = request.form.get("cause")
    if cause is None or len(cause) > LONGEST_CAUSE:
        raise InvalidInput(Text(N_("This form is too old or did not come from here; load the page again")))
    return {"connector_id": connector_id, "refused_for": request.form.get("refused_for") or None, "cause": cause}


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
