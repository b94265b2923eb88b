"""Corrections: an event that was wrong is declared to be, and stands beside what holds instead. Nothing is taken away.

The first choice is an ordinary step that puts things right (a new inspection, a return); a declaration is for what no
such step can say (EPCIS 2.0, 7.4.1.2). It changes no element: what the house believes now is changed by steps alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import select

from mes.core.commands import Answer, Command, Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput, NotFound
from mes.core.text import N_, Text
from mes.ledger.declarations import DECLARED_WRONG, DID_NOT_OCCUR, INCORRECT_DATA
from mes.ledger.models import LedgerEvent, LedgerSubject
from mes.ledger.queries import require_whole_plant
from mes.ledger.service import record

OF_THINGS = ("element.", "delivery.", "batch.", "tag.", "alias.", "thing.")
"""Beginnings of the kinds that tell of things; the others are the house's own acts."""


class CannotBeDeclared(Conflict):
    """The event is none that can be declared wrong."""


class DeclaredBefore(Conflict):
    """The event was declared to be wrong already."""


class DeclareWrong(Command):
    """An event of the ledger was wrong: it did not occur, or its data are not right and other events hold instead."""

    event_id: UUID
    reason: Literal["did_not_occur", "incorrect_data"]
    corrective_event_ids: tuple[UUID, ...] = Field(default=(), max_length=20)
    remark: str = Field(min_length=2, max_length=500)


class EventDeclared(Answer):
    """The declaration, itself an event of the ledger."""

    id: UUID
    sequence: int


@use_case("event:declare")
def declare_wrong(work: Work, command: DeclareWrong) -> EventDeclared:
    """Declare an event to be wrong, on the stories of everything that it was about.

    Raises:
        NotFound: there is no such event.
        CannotBeDeclared: it is itself a declaration, or an act of the house.
        DeclaredBefore: somebody has declared it already.
        InvalidInput: the events that hold instead are missing, superfluous, or none of the same things.
        Forbidden: the actor may see some projects only.
    """
    require_whole_plant(work.actor)
    wrong = _event(work, command.event_id)
    if not wrong.kind.startswith(OF_THINGS):
        raise CannotBeDeclared(Text(N_("This is not an event about a thing; it cannot be declared to be wrong")))
    _require_undeclared(work, wrong)
    instead = _instead(work, command, wrong)
    original: dict[str, Any] = wrong.content
    made = record(
        work,
        DECLARED_WRONG,
        original["previous"],
        event_time=work.event_time(command),
        elements=original["elements"],
        data={
            "event": _named(wrong),
            "reason_code": command.reason,
            "corrective_events": [_named(event) for event in instead],
            "remark": command.remark.strip(),
        },
    )
    return EventDeclared(id=made.id, sequence=made.sequence)


def _event(work: Work, event_id: UUID) -> LedgerEvent:
    found = work.session.scalars(select(LedgerEvent).where(LedgerEvent.id == event_id)).first()
    if found is None:
        raise NotFound(Text(N_("There is no event %(id)s"), {"id": str(event_id)}))
    return found


def _require_undeclared(work: Work, event: LedgerEvent) -> None:
    """An event's declarations stand in the stories of its own subjects."""
    subject = min(event.content["previous"])
    query = (
        select(LedgerEvent)
        .join(LedgerSubject, LedgerSubject.event_sequence == LedgerEvent.sequence)
        .where(LedgerSubject.subject == subject, LedgerEvent.kind == DECLARED_WRONG)
    )
    if any(made.content["data"]["event"]["id"] == str(event.id) for made in work.session.scalars(query)):
        raise DeclaredBefore(Text(N_("This event was declared to be wrong before")))


def _instead(work: Work, command: DeclareWrong, wrong: LedgerEvent) -> Sequence[LedgerEvent]:
    """The events that hold instead: later ones about one of the same things, which nobody has declared wrong."""
    ids = list(dict.fromkeys(command.corrective_event_ids))
    if command.reason == DID_NOT_OCCUR and ids:
        raise _fault(N_("What did not occur has no event that holds instead"))
    if command.reason == INCORRECT_DATA and not ids:
        raise _fault(N_("Name the events that hold instead; record them first"))
    found = [_event(work, event_id) for event_id in ids]
    for event in found:
        shared = set(event.content["previous"]) & set(wrong.content["previous"])
        if event.sequence <= wrong.sequence or event.kind == DECLARED_WRONG or not shared:
            raise _fault(N_("An event that holds instead comes later and is about the same thing"))
        _require_undeclared(work, event)
    return found


def _fault(text: str) -> InvalidInput:
    return InvalidInput(Text(text), [Fault("corrective_event_ids", Text(text))])


def _named(event: LedgerEvent) -> dict[str, Any]:
    return {
        "id": str(event.id),
        "kind": event.kind,
        "sequence": event.sequence,
        "hash": event.hash,
        "event_time": event.content["event_time"],
    }
