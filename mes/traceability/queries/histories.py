"""The history of a thing as the ledger tells it, and what is to be known of an event before it is declared wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from mes.ledger.declarations import DECLARED_WRONG, Declaration, declarations_in
from mes.ledger.models import LedgerEvent, LedgerSubject
from mes.traceability.models import Connector, Receipt

MOST_EVENTS = 500
MOST_INSTEAD = 20


@dataclass(frozen=True)
class History:
    """The newest events of a subject, newest first; which were declared wrong; `left_out`: there are more."""

    events: Sequence[LedgerEvent]
    declared_wrong: Mapping[str, Declaration]
    left_out: bool


def history_of(session: Session, subject: str) -> History:
    """What the ledger holds of a subject such as `delivery:106141410000000019`."""
    query = (
        select(LedgerEvent)
        .join(LedgerSubject, LedgerSubject.event_sequence == LedgerEvent.sequence)
        .where(LedgerSubject.subject == subject)
        .order_by(LedgerSubject.ordinal.desc())
        .options(lazyload(LedgerEvent.subjects))
    )
    found = session.scalars(query.limit(MOST_EVENTS + 1)).all()
    shown = found[:MOST_EVENTS]
    return History(shown, declarations_in(event.content for event in shown), len(found) > MOST_EVENTS)


def declaration_of(session: Session, event: LedgerEvent) -> tuple[Declaration, LedgerEvent] | None:
    """What declares an event to be wrong, and the event that says so; it stands in the stories of its subjects."""
    for made in _later(session, event, kind=DECLARED_WRONG):
        said = declarations_in([made.content]).get(str(event.id))
        if said is not None:
            return said, made
    return None


def may_hold_instead(session: Session, event: LedgerEvent) -> Sequence[LedgerEvent]:
    """Later events about the same things that nobody declared wrong: of the same kind first, then the newest."""
    later = _later(session, event)
    wrong = declarations_in(one.content for one in later)
    left = [one for one in later if str(one.id) not in wrong and one.kind != DECLARED_WRONG]
    return sorted(left, key=lambda one: (one.kind != event.kind, -one.sequence))[:MOST_INSTEAD]


def events_named(session: Session, ids: Sequence[str]) -> dict[str, LedgerEvent]:
    """Events by their ids, as a declaration names them."""
    wanted = [UUID(one) for one in ids]
    rows = session.scalars(select(LedgerEvent).where(LedgerEvent.id.in_(wanted)))
    return {str(row.id): row for row in rows}


def platforms_told(session: Session, event: LedgerEvent) -> Sequence[tuple[Connector, Receipt]]:
    """The connectors that have looked at an event, and what became of it there."""
    query = (
        select(Connector, Receipt)
        .join(Receipt, Receipt.connector_id == Connector.id)
        .where(Receipt.event_sequence == event.sequence)
        .order_by(Connector.name)
    )
    return [(row.Connector, row.Receipt) for row in session.execute(query)]


def _later(session: Session, event: LedgerEvent, kind: str = "") -> Sequence[LedgerEvent]:
    """What was recorded later about any of an event's things."""
    shared = select(LedgerSubject.event_sequence).where(
        LedgerSubject.subject.in_(_own(event)), LedgerSubject.event_sequence > event.sequence
    )
    query = select(LedgerEvent).where(LedgerEvent.sequence.in_(shared)).order_by(LedgerEvent.sequence)
    return session.scalars(query.where(LedgerEvent.kind == kind) if kind else query.limit(MOST_EVENTS)).all()


def _own(event: LedgerEvent) -> list[str]:
    """The things that it is about; pallets and moulds go round, and what came later on them is about others."""
    subjects = sorted(event.content["previous"])
    near = [one for one in subjects if one.partition(":")[0] not in ("pallet", "mould", "load")]
    return near or subjects
