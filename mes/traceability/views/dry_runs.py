"""What would be sent of an event, to the byte; nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import render_template, request
from sqlalchemy import func, select

from mes.core import web
from mes.core.errors import InvalidInput
from mes.core.text import N_, Text
from mes.ledger.kinds import EVENT_KINDS
from mes.ledger.models import LedgerEvent, LedgerSubject
from mes.traceability.models import Connector
from mes.traceability.platforms.dry_run import DryRun, dry_run
from mes.traceability.renditions import original_of
from mes.traceability.views.blueprint import connector_of, pages
from mes.traceability.views.words import words

LARGEST_SEQUENCE = 2**31 - 1
MOST_EVENTS = 100


@dataclass(frozen=True)
class _Asked:
    """The events to choose from, and the one that is looked at."""

    events: list[LedgerEvent]
    event: LedgerEvent | None


@pages.get("/connectors/<uuid:connector_id>/dry-run")
@web.permission("connector:read")
def dry_run_page(connector_id: UUID) -> str:
    """Choose an event by its number or its element, and see the requests that it would make."""
    row = connector_of(connector_id)
    asked, shown, error = _Asked([], None), None, ""
    try:
        asked = _asked()
        shown = _run(row, asked.event) if asked.event is not None else None
    except InvalidInput as refused:
        error = web.in_words(refused.reason)
    return render_template(
        "traceability/connector_dry_run.html",
        row=row,
        asked=asked,
        given=request.args,
        shown=shown,
        error=error,
        kinds=EVENT_KINDS,
        in_words=web.in_words,
        **words(),
    )


def _run(row: Connector, event: LedgerEvent) -> DryRun:
    original = original_of(web.reading(), row.id, event.content, {})
    return dry_run(row.kind, event.content, row.url, row.settings, web.clock().now(), original)


def _asked() -> _Asked:
    """Raises InvalidInput where there is no such event or element."""
    session = web.reading()
    sequence, serial = _number("sequence"), _number("serial")
    events: list[LedgerEvent] = []
    if serial is not None:
        of_element = select(LedgerSubject.event_sequence).where(LedgerSubject.subject == f"element:{serial}")
        query = select(LedgerEvent).where(LedgerEvent.sequence.in_(of_element)).order_by(LedgerEvent.sequence)
        events = list(session.scalars(query.limit(MOST_EVENTS)))
        if not events:
            raise InvalidInput(Text(N_("No event is about such an element")))
    if sequence is None:
        return _Asked(events, None if events else _newest())
    event = session.get(LedgerEvent, sequence)
    if event is None:
        raise InvalidInput(Text(N_("The ledger has no such event")))
    return _Asked(events, event)


def _newest() -> LedgerEvent | None:
    """The newest casting: an event that every platform hears of."""
    newest = select(func.max(LedgerEvent.sequence)).where(LedgerEvent.kind == "element.cast")
    return web.reading().scalars(select(LedgerEvent).where(LedgerEvent.sequence == newest.scalar_subquery())).first()


def _number(name: str) -> int | None:
    text = request.args.get(name, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:20]) <= LARGEST_SEQUENCE:
        raise InvalidInput(Text(N_("A number is expected here")))
    return int(text)
