"""Receipts: what became of each event at each connector, as the deliverer writes it.

waiting → sending → delivered, or → accepted (the platform works on it) → delivered; refused waits for a person. What
was `sending` when a process died waits again, and goes out with the same bytes. Events are named by their place in the
ledger; every function writes a whole document at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, insert, literal, select, update
from sqlalchemy.orm import Session

from mes.core.commands import Work
from mes.core.errors import NotFound
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.traceability.models import Connector, Exchange, ExchangeReceipt, Receipt
from mes.traceability.platforms import Submission
from mes.traceability.renditions import Enrolled
from mes.traceability.service.texts import kept

DELIVER = "connector:deliver"
LONGEST_ANSWER = 2000
LONGEST_EXCERPT = 4096
ONE_LESS = case((Receipt.attempts > 0, Receipt.attempts - 1), else_=0)


# The lease, and the connector's row.


def connector_of(session: Session, connector_id: UUID) -> Connector:
    """The connector.

    Raises:
        NotFound: it is gone.
    """
    row = session.get(Connector, connector_id)
    if row is None:
        raise NotFound(Text(N_("There is no such connector")))
    return row


def locked_connector(work: Work, connector_id: UUID) -> Connector:
    """The connector as it is now, for changing it; whatever is locked of a connector, its own row is locked first.

    Raises:
        NotFound: no such connector.
    """
    sqlite = work.session.get_bind().dialect.name == "sqlite"
    row = work.session.get(Connector, connector_id, with_for_update=not sqlite, populate_existing=True)
    if row is None:
        raise NotFound(Text(N_("There is no such connector")))
    return row


def take_lease(work: Work, connector_id: UUID, owner: str, seconds: float) -> Connector | None:
    """The connector, if this worker may deliver to it now; else another one does, until its lease runs out.

    A lease that is longer than any is given was written by a clock that was wrong, and holds nobody.

    Raises:
        NotFound: the connector is gone.
    """
    work.actor.require(DELIVER)
    row = locked_connector(work, connector_id)
    now = work.now()
    left = (row.lease_until - now).total_seconds() if row.lease_until is not None else 0
    if row.lease_owner not in (None, owner) and 0 < left <= 2 * seconds:
        return None
    row.lease_owner, row.lease_until = owner, now + timedelta(seconds=seconds)
    return row


def release_lease(work: Work, connector_id: UUID, owner: str) -> None:
    """Let another worker deliver."""
    owned = (Connector.id == connector_id) & (Connector.lease_owner == owner)
    work.session.execute(update(Connector).where(owned).values(lease_owner=None, lease_until=None))


# New events.


def enrol(work: Work, connector_id: UUID, cursor: int, events: Sequence[Enrolled]) -> bool:
    """A receipt for each of the next events, and the cursor behind them; False where another was faster."""
    work.actor.require(DELIVER)
    behind = (Connector.id == connector_id) & (Connector.cursor == cursor)
    moved = work.session.execute(update(Connector).where(behind).values(cursor=events[-1].sequence))
    if _count(moved) != 1:
        return False
    shared = {"connector_id": connector_id, "attempts": 0, "polls": 0, "updated_at": work.now()}
    blank = {"refused_for": None, "answer": None}
    rows = [{"id": new_id(), "event_sequence": event.sequence} | shared | blank | event.columns() for event in events]
    work.session.execute(insert(Receipt), rows)
    return True


def complete(work: Work, connector_id: UUID, events: Iterable[Enrolled]) -> None:
    """Renditions for receipts of an earlier release, which have none; ids that went out before stay, and so does what
    a person decided meanwhile."""
    work.actor.require(DELIVER)
    locked_connector(work, connector_id)
    bare = (Receipt.state == "waiting") & Receipt.body.is_(None)
    for event in events:
        columns = event.columns()
        for row in work.session.scalars(select(Receipt).where(_these(connector_id, [event.sequence]), bare)):
            if row.attempts and len(row.event_ids) == len(columns["event_ids"]):
                columns["event_ids"] = row.event_ids
            for name, value in columns.items():
                setattr(row, name, value)


# What becomes of a document.


def waits_again(work: Work, connector_id: UUID) -> int:
    """What a worker that died had in hand waits again; its attempt counts, for nobody knows what came of it."""
    work.actor.require(DELIVER)
    dropped = (Receipt.connector_id == connector_id) & (Receipt.state == "sending")
    return _count(work.session.execute(update(Receipt).where(dropped).values(state="waiting")))


def mark_sending(work: Work, connector_id: UUID, sequences: Sequence[int]) -> bool:
    """Before the request goes out, count the attempt; False where a person took one of the events back meanwhile."""
    now = work.now()
    changed = work.session.execute(
        update(Receipt)
        .where(_these(connector_id, sequences), Receipt.state == "waiting")
        .values(
            state="sending",
            attempts=Receipt.attempts + 1,
            first_attempt_at=func.coalesce(Receipt.first_attempt_at, now),
            capture_job=None,
            polls=0,
            updated_at=now,
        )
        .execution_options(synchronize_session=False)
    )
    return _count(changed) == len(sequences)


def mark_delivered(work: Work, connector_id: UUID, sequences: Sequence[int], answer: str) -> None:
    """The platform has these events."""
    now = work.now()
    count_delivered(work, connector_id, sequences)
    values = {
        "state": "delivered",
        "answer": kept(answer, LONGEST_ANSWER),
        "delivered_at": now,
        "next_attempt_at": None,
    }
    _change(work, connector_id, sequences, values | {"refused_for": None})
    work.session.get_one(Connector, connector_id).last_success_at = now


def count_delivered(work: Work, connector_id: UUID, sequences: Sequence[int]) -> None:
    """Count those of these events that the platform has for the first time; what is sent again is not."""
    first = select(func.count()).where(_these(connector_id, sequences), Receipt.delivered_at.is_(None))
    work.session.get_one(Connector, connector_id).delivered += work.session.scalar(first) or 0


def mark_accepted(work: Work, connector_id: UUID, sequences: Sequence[int], job: str, polls: int, at: datetime) -> None:
    """The platform works on these events; ask again later."""
    values = {"state": "accepted", "capture_job": job, "polls": polls, "next_attempt_at": at}
    _change(work, connector_id, sequences, values)


def mark_refused(work: Work, connector_id: UUID, reasons: Mapping[int, str], refused_for: str) -> None:
    """These events cannot be delivered as they are: a person looks at them."""
    for sequence, reason in reasons.items():
        values = {"state": "refused", "answer": kept(reason, LONGEST_ANSWER), "refused_for": refused_for}
        _change(work, connector_id, [sequence], values | {"next_attempt_at": None})


def put_back(work: Work, connector_id: UUID, sequences: Sequence[int], answer: str | None = None) -> None:
    """These events wait to be sent again at once; the attempt does not count."""
    values: dict[str, Any] = {"state": "waiting", "next_attempt_at": None, "capture_job": None, "attempts": ONE_LESS}
    if answer is not None:
        values["answer"] = kept(answer, LONGEST_ANSWER)
    _change(work, connector_id, sequences, values)


def bring_home(work: Work, connector_id: UUID) -> None:
    """What an address has accepted waits again: the connector leads elsewhere now, where nobody knows of its jobs."""
    away = (Receipt.connector_id == connector_id) & (Receipt.state == "accepted")
    values = {"state": "waiting", "next_attempt_at": None, "capture_job": None, "attempts": ONE_LESS}
    again = update(Receipt).where(away).values(updated_at=work.now(), **values)
    work.session.execute(again.execution_options(synchronize_session=False))


def mark_failed(work: Work, connector_id: UUID, sequences: Sequence[int], at: datetime, reason: str) -> None:
    """The request came to nothing: the events wait for their next attempt."""
    values = {"state": "waiting", "next_attempt_at": at, "capture_job": None, "answer": kept(reason, LONGEST_ANSWER)}
    _change(work, connector_id, sequences, values)


def due_at_once(work: Work, connector_id: UUID) -> None:
    """The platform is well again: what waited because of it is due."""
    waiting = (Receipt.connector_id == connector_id) & (Receipt.state == "waiting")
    later = waiting & Receipt.next_attempt_at.is_not(None)
    work.session.execute(update(Receipt).where(later).values(next_attempt_at=None))


def keep_exchange(
    work: Work,
    connector_id: UUID,
    purpose: str,
    outcome: str,
    submission: Submission,
    *,
    events: int = 0,
    sequences: Sequence[int] = (),
    request: str = "",
) -> None:
    """A request and its answer, and the events that it was about; `request` stands in where the platform's kind does
    not tell what it sent."""
    told, exchange_id = submission.exchange, new_id()
    values = {
        "id": exchange_id,
        "connector_id": connector_id,
        "at": work.now(),
        "purpose": purpose,
        "outcome": outcome,
        "method": told.method[:10],
        "url": kept(told.url, 500),
        "status": told.status,
        "milliseconds": round(told.seconds * 1000),
        "events": events or len(sequences),
        "sent_bytes": told.sent_bytes,
        "request": _text(told.request or request),
        "answer": _text(told.excerpt),
    }
    work.session.execute(insert(Exchange).values(values))
    if sequences:
        rows = select(Receipt.id, literal(exchange_id, Exchange.id.type)).where(_these(connector_id, sequences))
        work.session.execute(insert(ExchangeReceipt).from_select(["receipt_id", "exchange_id"], rows))


def _text(text: str) -> str | None:
    return kept(text, LONGEST_EXCERPT) or None


def _change(work: Work, connector_id: UUID, sequences: Sequence[int], values: Mapping[str, Any]) -> None:
    work.actor.require(DELIVER)
    if sequences:
        work.session.execute(
            update(Receipt)
            .where(_these(connector_id, sequences))
            .values(updated_at=work.now(), **values)
            .execution_options(synchronize_session=False)
        )


def _these(connector_id: UUID, sequences: Sequence[int]) -> ColumnElement[bool]:
    return (Receipt.connector_id == connector_id) & Receipt.event_sequence.in_(sequences)


def _count(result: Any) -> int:
    return int(getattr(result, "rowcount", 0))
