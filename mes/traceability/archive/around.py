"""What happened around an element: to the loads that carried it and to the concrete that it was cast from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.ledger.models import LedgerEvent, LedgerSubject
from mes.traceability.mapping.content import batches_of

LOAD = "delivery:"
TAKEN_OFF = ("delivery.unloaded", "element.returned")


def events_around(session: Session, story: Sequence[LedgerEvent], until: int) -> list[LedgerEvent]:
    """Events of the element's loads and batches up to a place of the ledger, in ledger order.

    Those that tell of other elements are left out, and what a load went through after the element was taken off it.
    """
    ends = {subject: until for event in story for subject in _batches(event.content)}
    for event in story:
        for load in (name for name in event.content["previous"] if name.startswith(LOAD)):
            ends[load] = event.sequence if event.kind in TAKEN_OFF else until
    own = {event.sequence for event in story}
    query = (
        select(LedgerEvent, LedgerSubject.subject)
        .join(LedgerSubject, LedgerSubject.event_sequence == LedgerEvent.sequence)
        .where(LedgerSubject.subject.in_(ends), LedgerEvent.sequence <= until)
        .order_by(LedgerEvent.sequence)
    )
    found = {
        event.sequence: event
        for event, subject in session.execute(query)
        if event.sequence not in own and event.sequence <= ends[subject] and not event.content["elements"]
    }
    return list(found.values())


def _batches(content: Mapping[str, Any]) -> list[str]:
    numbers = (batch.get("batch_number") or batch.get("number") for batch in batches_of(content["how"]))
    return [f"batch:{number}" for number in numbers if number]
