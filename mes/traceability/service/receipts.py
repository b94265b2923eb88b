"""Receipts: what became of each event at each connector. The deliverer and people write them through these functions.

waiting → sending → delivered, or → accepted (the platform works on it) → delivered; refused waits for a person, who
sends it again or skips it with a reason. What was `sending` when a process died is sent again with the same ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import Field
from sqlalchemy import select, update

from mes.core.commands import Command, Done, Work, use_case
from mes.core.errors import Conflict, NotFound
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.traceability.models import Connector, Receipt

DELIVER = "connector:deliver"
BREAKER_SECONDS = (1, 2, 4, 8, 15, 60, 120, 300, 900)
OPEN_AFTER = 5
LONGEST_ANSWER = 2000


class RetryReceipt(Command):
    """Send a refused event again."""

    receipt_id: UUID


class SkipReceipt(Command):
    """Never send an event to this platform; what waits for it goes on."""

    receipt_id: UUID
    reason: str = Field(min_length=2, max_length=300)


@dataclass(frozen=True)
class Enrolled:
    """A new event as its receipt begins: `fault` says why it cannot be rendered; no ids: it has no EPCIS form."""

    sequence: int
    identifiers: tuple[str, ...]
    event_ids: tuple[str, ...]
    fault: str | None = None

    @property
    def state(self) -> str:
        """The receipt's first state."""
        if self.fault is not None:
            return "refused"
        return "waiting" if self.event_ids else "not_sent"


@use_case("connector:write")
def retry_receipt(work: Work, command: RetryReceipt) -> Done:
    """Send a refused, waiting or skipped event again, now."""
    row = _load(work, command.receipt_id)
    if row.state not in ("refused", "waiting", "skipped"):
        raise Conflict(Text(N_("This event is not waiting for a person")))
    row.state, row.next_attempt_at, row.first_attempt_at = "waiting", None, None
    row.updated_at = work.now()
    return Done(id=row.id)


@use_case("connector:write")
def skip_receipt(work: Work, command: SkipReceipt) -> Done:
    """Leave an event out for this platform, with the reason kept."""
    row = _load(work, command.receipt_id)
    if row.state not in ("refused", "waiting"):
        raise Conflict(Text(N_("Only an event that was refused or waits can be skipped")))
    row.answer = f"{work.actor.name}: {command.reason}" + (f" | {row.answer}" if row.answer else "")
    row.state, row.updated_at = "skipped", work.now()
    return Done(id=row.id)


def take_lease(work: Work, connector_id: UUID, owner: str, seconds: float) -> Connector | None:
    """The connector, if `owner` may deliver to it now: one worker at a time, a dead one's lease runs out.

    Raises:
        NotFound: the connector is gone.
    """
    work.actor.require(DELIVER)
    row = work.session.get(Connector, connector_id, with_for_update=not _is_sqlite(work), populate_existing=True)
    if row is None:
        raise NotFound(Text(N_("There is no such connector")))
    now = work.now()
    if row.lease_owner not in (None, owner) and row.lease_until is not None and row.lease_until > now:
        return None
    row.lease_owner, row.lease_until = owner, now + timedelta(seconds=seconds)
    return row


def release_lease(work: Work, connector_id: UUID, owner: str) -> None:
    """Let another worker deliver."""
    owned = (Connector.id == connector_id) & (Connector.lease_owner == owner)
    work.session.execute(update(Connector).where(owned).values(lease_owner=None, lease_until=None))


def enrol(work: Work, connector_id: UUID, cursor: int, events: Sequence[Enrolled]) -> bool:
    """A receipt for each of the next events, and the cursor behind them; False where another was faster."""
    work.actor.require(DELIVER)
    behind = (Connector.id == connector_id) & (Connector.cursor == cursor)
    moved = work.session.execute(update(Connector).where(behind).values(cursor=events[-1].sequence))
    if getattr(moved, "rowcount", 0) != 1:
        return False
    now = work.now()
    work.session.add_all(
        Receipt(
            id=new_id(),
            connector_id=connector_id,
            event_sequence=event.sequence,
            state=event.state,
            identifiers=list(event.identifiers),
            event_ids=list(event.event_ids),
            answer=event.fault,
            updated_at=now,
        )
        for event in events
    )
    work.session.flush()
    return True


def mark_sending(work: Work, ids_of: dict[UUID, tuple[str, ...]]) -> None:
    """Before the request goes out: count the attempt, and keep the ids that it carries."""
    work.actor.require(DELIVER)
    now = work.now()
    for row in _rows(work, ids_of):
        row.state, row.attempts = "sending", row.attempts + 1
        row.event_ids, row.capture_job, row.polls = list(ids_of[row.id]), None, 0
        row.first_attempt_at, row.updated_at = row.first_attempt_at or now, now


def mark_delivered(work: Work, connector_id: UUID, receipt_ids: Iterable[UUID], answer: str) -> None:
    """The platform has these events."""
    now = work.now()
    for row in _rows(work, receipt_ids):
        row.state, row.answer = "delivered", answer[:LONGEST_ANSWER]
        row.delivered_at, row.updated_at, row.next_attempt_at = now, now, None
    succeeded(work, connector_id)
    work.session.get_one(Connector, connector_id).last_success_at = now


def mark_accepted(work: Work, receipt_ids: Iterable[UUID], job: str, next_poll_at: datetime) -> None:
    """The platform works on these events; ask again later."""
    for row in _rows(work, receipt_ids):
        row.state, row.capture_job, row.next_attempt_at = "accepted", job, next_poll_at
        row.polls, row.updated_at = row.polls + 1, work.now()


def poll_later(work: Work, receipt_ids: Iterable[UUID], at: datetime) -> None:
    """Ask for a capture job again later."""
    for row in _rows(work, receipt_ids):
        row.next_attempt_at = at


def mark_refused(work: Work, reasons: dict[UUID, str]) -> None:
    """These events cannot be delivered as they are: a person looks at them."""
    for row in _rows(work, reasons):
        row.state, row.answer = "refused", reasons[row.id][:LONGEST_ANSWER]
        row.next_attempt_at, row.updated_at = None, work.now()


def put_back(work: Work, receipt_ids: Iterable[UUID], *, charge: bool, answer: str | None = None) -> None:
    """These events wait to be sent again at once; without `charge` the attempt does not count."""
    for row in _rows(work, receipt_ids):
        row.state, row.next_attempt_at, row.capture_job = "waiting", None, None
        row.attempts = row.attempts if charge else max(0, row.attempts - 1)
        row.answer, row.updated_at = answer or row.answer, work.now()


def mark_failed(work: Work, next_attempts: dict[UUID, datetime], reason: str) -> None:
    """The request came to nothing: the events wait for their next attempt."""
    for row in _rows(work, next_attempts):
        row.state, row.next_attempt_at = "waiting", next_attempts[row.id]
        row.answer, row.updated_at = reason[:LONGEST_ANSWER], work.now()


def platform_failed(work: Work, connector_id: UUID, reason: str, after_seconds: float | None) -> None:
    """One more failure of the platform as a whole: nothing is sent for a while, longer each time."""
    row = work.session.get_one(Connector, connector_id)
    row.failures += 1
    pause = BREAKER_SECONDS[min(row.failures, len(BREAKER_SECONDS)) - 1]
    row.retry_at = work.now() + timedelta(seconds=max(pause, after_seconds or 0))
    row.last_error = reason[:LONGEST_ANSWER]


def succeeded(work: Work, connector_id: UUID) -> None:
    """The platform answers; after a longer outage, what waited because of it is due at once."""
    row = work.session.get_one(Connector, connector_id)
    if row.failures >= OPEN_AFTER:
        waiting = (Receipt.connector_id == connector_id) & (Receipt.state == "waiting")
        work.session.execute(update(Receipt).where(waiting).values(next_attempt_at=None))
    row.failures, row.retry_at, row.last_error = 0, None, None


def pause_for(work: Work, connector_id: UUID, reason: str) -> None:
    """The platform wants a person to look: nothing is sent until somebody resumes the connector."""
    row = work.session.get_one(Connector, connector_id)
    row.state, row.paused_reason, row.last_error = "paused", reason[:300], reason[:LONGEST_ANSWER]


def _rows(work: Work, receipt_ids: Iterable[UUID]) -> Sequence[Receipt]:
    work.actor.require(DELIVER)
    wanted = list(receipt_ids)
    return work.session.scalars(select(Receipt).where(Receipt.id.in_(wanted))).all() if wanted else ()


def _load(work: Work, receipt_id: UUID) -> Receipt:
    row = work.session.get(Receipt, receipt_id, with_for_update=not _is_sqlite(work))
    if row is None:
        raise NotFound(Text(N_("There is no such event at this connector")))
    return row


def _is_sqlite(work: Work) -> bool:
    return work.session.get_bind().dialect.name == "sqlite"
