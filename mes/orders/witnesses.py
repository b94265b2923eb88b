"""Elements as witnesses of the ledger: the state in a row, and the steps it remembers, stand in the element's story."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, String, and_, cast, func, select
from sqlalchemy.orm import Session, aliased

from mes.core.text import N_, Text
from mes.ledger.models import LedgerEvent, LedgerSubject
from mes.ledger.queries import events_of
from mes.ledger.witnesses import Missing, witness
from mes.orders.lifecycle import STATE_NAMES
from mes.orders.models import Element

ELEMENTS_AT_ONCE = 300


@witness
def elements_remember(session: Session) -> Iterator[Missing]:
    """Elements whose story does not say what their row says, by serial.

    Row and newest event are read in one statement, the kinds of events after it: what is recorded meanwhile is no
    fault.
    """
    after = 0
    while rows := _with_newest_event(session, after):
        kinds = _kinds(session, [f"element:{row.serial}" for row in rows])
        for row in rows:
            yield from _missing(session, row, kinds[f"element:{row.serial}"])
        after = rows[-1].serial


def _with_newest_event(session: Session, after: int) -> Sequence[Row[Any]]:
    subject, other = "element:" + cast(Element.serial, String), aliased(LedgerSubject)
    newest = select(func.max(other.ordinal)).where(other.subject == subject).correlate(Element).scalar_subquery()
    query = (
        select(Element.serial, Element.state, Element.facts, LedgerEvent.content)
        .select_from(Element)
        .join(LedgerSubject, and_(LedgerSubject.subject == subject, LedgerSubject.ordinal == newest), isouter=True)
        .join(LedgerEvent, LedgerEvent.sequence == LedgerSubject.event_sequence, isouter=True)
        .where(Element.serial > after)
    )
    return session.execute(query.order_by(Element.serial).limit(ELEMENTS_AT_ONCE)).all()


def _kinds(session: Session, subjects: Sequence[str]) -> Mapping[str, set[str]]:
    query = (
        select(LedgerSubject.subject, LedgerEvent.kind)
        .join(LedgerEvent, LedgerEvent.sequence == LedgerSubject.event_sequence)
        .where(LedgerSubject.subject.in_(subjects))
        .distinct()
    )
    found: dict[str, set[str]] = defaultdict(set)
    for subject, kind in session.execute(query):
        found[subject].add(kind)
    return found


def _missing(session: Session, row: Row[Any], kinds: set[str]) -> Iterator[Missing]:
    said = _state_said(row.content, row.serial) if row.content is not None else None
    if said is None and row.content is not None:  # the newest event describes no element: the one before it may
        story = reversed(events_of(session, f"element:{row.serial}"))
        said = next((state for event in story if (state := _state_said(event.content, row.serial))), row.state)
    if said != row.state:
        words = N_(
            "element %(serial)s is «%(state)s», of which its story does not tell: its last events were removed, or its "
            "row was altered"
        )
        yield Missing(None, Text(words, {"serial": row.serial, "state": Text(STATE_NAMES.get(row.state, row.state))}))
    for kind in sorted(kind for kind in row.facts if "." in kind and kind not in kinds):
        words = N_("element %(serial)s remembers the event %(kind)s, which is not in its story: it was removed")
        yield Missing(None, Text(words, {"serial": row.serial, "kind": kind}))


def _state_said(content: Mapping[str, Any], serial: int) -> str | None:
    """What an event says of an element's state; None where it does not describe the element."""
    of_it = (facts for facts in content["elements"] if facts.get("serial") == serial)
    return next((str(facts["state"]) for facts in of_it if "state" in facts), None)
