"""Departures that were undone, as the ledger keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from mes.ledger.models import LedgerEvent
from mes.ledger.queries import events_of
from mes.logistics.models import Delivery
from mes.logistics.service.consignment import delivery_subject

UNDONE = "delivery.departure_undone"


@dataclass(frozen=True)
class UndoneDeparture:
    """A departure that was undone: when that was said and by whom, and why."""

    at: datetime
    by: str
    left_at: datetime
    reason_code: str
    words: str


def last_departure(session: Session, delivery: Delivery) -> LedgerEvent:
    """The event with which a lorry that has left did so."""
    events = events_of(session, delivery_subject(delivery))
    return next(event for event in reversed(events) if event.kind == "delivery.departed")


def last_undone(session: Session, delivery: Delivery) -> UndoneDeparture | None:
    """The last departure of a delivery that was undone; None where none was."""
    if delivery.note_edition == 1:
        return None
    events = events_of(session, delivery_subject(delivery))
    event = next(event for event in reversed(events) if event.kind == UNDONE)
    data = event.content["data"]
    left_at = datetime.fromisoformat(data["departure"]["left_at"])
    who = str(event.content["who"]["name"])
    return UndoneDeparture(event.event_time, who, left_at, data["undo_code"], data["reason"])
