"""An event of the ledger as a page, the history of a thing, and the form that declares an event to be wrong.

Before it is sent, the declaration is rehearsed: the page shows what each platform would hear of it, and every refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from sqlalchemy import select
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.accounts.permissions import ROLE_NAMES
from mes.core import commands, web
from mes.core.commands import UseCase, Work
from mes.core.errors import InvalidInput, MesError, NotFound
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.identity import things
from mes.identity.things import Thing
from mes.ledger.declarations import DECLARED_WRONG, REASON_NAMES, Declaration, declarations_in
from mes.ledger.kinds import EVENT_KINDS
from mes.ledger.models import LedgerEvent
from mes.ledger.queries import require_whole_plant
from mes.ledger.words import entry_of
from mes.traceability.models import Connector
from mes.traceability.platforms.dry_run import DryRun, dry_run
from mes.traceability.putting_right import where_it_is_put_right
from mes.traceability.queries import histories
from mes.traceability.renditions import original_of
from mes.traceability.service import DeclareWrong, EventDeclared, declare_wrong
from mes.traceability.service.corrections import OF_THINGS
from mes.traceability.views.words import RECEIPT_STATES, STATE_TONES

pages = Blueprint("events", __name__)
MOST_NAMED = 8


@dataclass(frozen=True)
class Hearing:
    """What a platform would hear of a declaration."""

    connector: Connector
    run: DryRun


@pages.get("/history/<kind>/<path:number>")
@web.permission("ledger:read")
def history(kind: str, number: str) -> str:
    """Everything that the ledger holds of a thing, newest first."""
    session = web.reading()
    thing = things.of_subject(session, f"{kind}:{number}")
    if thing is None or not things.may_see(web.actor(), thing):
        raise NotFound(Text(N_("There is nothing at this address")))
    found = histories.history_of(session, thing.subject)
    return render_template(
        "traceability/history.html",
        thing=thing,
        entries=[_entry(one, found.declared_wrong, thing) for one in found.events],
        left_out=found.left_out,
    )


@pages.get("/events/<uuid:event_id>")
@web.permission("ledger:read")
def event(event_id: UUID) -> str:
    """One event: what it says, whether it still holds, who was told; and declaring it wrong."""
    require_whole_plant(web.actor())
    return _page(_event(event_id), {})


@pages.post("/events/<uuid:event_id>/declaration/preview")
@web.permission("event:declare")
def preview(event_id: UUID) -> Response:
    """What would be recorded and told; nothing is."""
    require_whole_plant(web.actor())
    found = _event(event_id)
    try:
        command = _command(event_id, new_id())
        heard = _rehearsed(command)
    except MesError as error:
        return Response(_page(found, request.form, error), status=error.status)
    instead = histories.events_named(web.reading(), [str(one) for one in command.corrective_event_ids])
    return Response(
        render_template(
            "traceability/declaration.html",
            event=found,
            command=command,
            instead_words=", ".join(web.gettext(EVENT_KINDS[one.kind]) for one in instead.values()),
            heard=heard,
            kinds=EVENT_KINDS,
            reasons=REASON_NAMES,
            put_right=where_it_is_put_right(web.reading(), found),
        )
    )


@pages.post("/events/<uuid:event_id>/declaration")
@web.permission("event:declare")
def declare(event_id: UUID) -> Response | WerkzeugResponse:
    """Declare the event to be wrong."""
    require_whole_plant(web.actor())
    try:
        web.perform(declare_wrong, _command(event_id, web.form_command_id()))
    except MesError as error:
        return Response(_page(_event(event_id), request.form, error), status=error.status)
    flash(web.gettext(N_("The event is declared wrong; platforms that were told of it are told this as well")), "good")
    return redirect(url_for("events.event", event_id=event_id), 303)


def _entry(event: LedgerEvent, declared: Mapping[str, Declaration], thing: Thing) -> dict[str, Any]:
    """An event in a thing's history; in that of a load or batch it says which elements it was about."""
    entry = entry_of(event, declared, _href(event))
    serials = [str(one["serial"]) for one in event.content["elements"] if one.get("serial")]
    if thing.kind == "element" or not serials:
        return entry
    shown = ", ".join(serials[:MOST_NAMED]) + (" …" if len(serials) > MOST_NAMED else "")
    words = web.gettext(N_("Element %(serial)s"), serial=shown)
    return {**entry, "text": f"{words} · {entry['text']}" if entry["text"] else words}


def _href(event: LedgerEvent) -> str:
    """The event's page, for those who may read the whole ledger."""
    return url_for("events.event", event_id=event.id) if web.actor().project_ids is None else ""


def _event(event_id: UUID) -> LedgerEvent:
    found = web.reading().scalars(select(LedgerEvent).where(LedgerEvent.id == event_id)).first()
    if found is None:
        raise NotFound(Text(N_("There is no event %(id)s"), {"id": str(event_id)}))
    return found


def _command(event_id: UUID, command_id: UUID) -> DeclareWrong:
    form = request.form
    try:
        return DeclareWrong.model_validate(
            {
                "command_id": command_id,
                "event_id": event_id,
                "reason": form.get("reason", ""),
                "corrective_event_ids": form.getlist("instead"),
                "remark": form.get("remark", "").strip(),
            }
        )
    except ValidationError as error:
        raise InvalidInput(Text(N_("Choose what is wrong, and say in a few words how it was found"))) from error


def _rehearsed(command: DeclareWrong) -> list[Hearing]:
    """What each platform would hear, from the very content that would be recorded."""
    heard: list[Hearing] = []

    def rehearsal(work: Work, asked: DeclareWrong) -> EventDeclared:
        made = declare_wrong(work, asked)
        content = work.session.get_one(LedgerEvent, made.sequence).content
        listening = select(Connector).where(Connector.state != "disabled").order_by(Connector.name)
        for row in work.session.scalars(listening).all():
            original = original_of(work.session, row.id, content, {})
            heard.append(Hearing(row, dry_run(row.kind, content, row.url, row.settings, work.now(), original)))
            work.session.expunge(row)
        return made

    web.close_reading()
    use = cast(UseCase[DeclareWrong, EventDeclared], rehearsal)
    commands.rehearse(web.database(), web.actor(), web.clock(), use, command)
    return heard


def _page(found: LedgerEvent, values: Mapping[str, Any], error: MesError | None = None) -> str:
    session, may_declare = web.reading(), web.actor().may("event:declare")
    declared = histories.declaration_of(session, found)
    own = declarations_in([found.content])
    named = next(iter(own.values()), None) or (declared[0] if declared else None)
    related = histories.events_named(session, [named.event_id, *named.instead]) if named else {}
    open_to_it = may_declare and declared is None and found.kind.startswith(OF_THINGS)
    subjects = things.of_subjects(session, sorted(found.content["previous"]))
    return render_template(
        "traceability/event.html",
        event=found,
        kinds=EVENT_KINDS,
        subjects=[(name, subjects.get(name)) for name in sorted(found.content["previous"])],
        declared=declared,
        declares=found.kind == DECLARED_WRONG,
        named=named,
        related=related,
        told=histories.platforms_told(session, found),
        receipt_states=RECEIPT_STATES,
        receipt_tones=STATE_TONES,
        role_names=ROLE_NAMES,
        choices=histories.may_hold_instead(session, found) if open_to_it else (),
        chosen=request.form.getlist("instead"),
        open_to_it=open_to_it,
        put_right=where_it_is_put_right(session, found) if open_to_it else None,
        values=values,
        error=error,
    )
