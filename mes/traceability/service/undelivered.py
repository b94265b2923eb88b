"""What people do about events that a platform does not have: retry, skip, say that it was told otherwise. To write
them anew is in `repairs`.

None of them changes the event. Each leaves an event of its own in the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, defer

from mes.core.commands import Answer, Command, Done, Work, use_case
from mes.core.errors import Conflict, NotFound
from mes.core.text import N_, Text
from mes.ledger.models import LedgerEvent
from mes.traceability.causes import cause_of
from mes.traceability.models import Connector, Receipt
from mes.traceability.service.connectors import note_connector
from mes.traceability.service.receipts import count_delivered, locked_connector

TOLD_OTHERWISE = "told"
MOST_TOLD = 500
"""Events named in one event of the ledger; of more only the number is told."""


class RetryReceipt(Command):
    """Send a refused event again."""

    receipt_id: UUID


class SkipReceipt(Command):
    """Never send an event to this platform; what waits for it goes on."""

    receipt_id: UUID
    reason: str = Field(min_length=2, max_length=300)


class MarkDelivered(Command):
    """The platform has been told of an event in another way, such as by letter or in its own forms."""

    receipt_id: UUID
    reason: str = Field(min_length=2, max_length=300)


class Undelivered(Command):
    """Events of one connector that are alike: refused for the same reason or cause, of the same kind, or both."""

    connector_id: UUID
    state: Literal["refused", "waiting"] = "refused"
    refused_for: str | None = Field(None, max_length=10)
    answer: str | None = Field(None, max_length=2000, description="the platform's words, exactly")
    kind: str | None = Field(None, max_length=60, description="kind of event, such as element.cast")
    cause: str | None = Field(None, max_length=2000, description="the platform's words without numbers; see `causes`")

    def chosen(self) -> Select[Receipt]:
        """The receipts that are meant, in ledger order; `receipts_alike` looks at their cause as well."""
        query = select(Receipt).where(Receipt.connector_id == self.connector_id, Receipt.state == self.state)
        if self.refused_for is not None:
            query = query.where(Receipt.refused_for == self.refused_for)
        if self.answer is not None:
            query = query.where(Receipt.answer == self.answer)
        if self.kind is not None:
            event = LedgerEvent.sequence == Receipt.event_sequence
            query = query.join(LedgerEvent, event).where(LedgerEvent.kind == self.kind)
        return query.order_by(Receipt.event_sequence)


def receipts_alike(session: Session, asked: Undelivered) -> list[Receipt]:
    """The receipts that are meant, in ledger order."""
    rows = session.scalars(asked.chosen().options(defer(Receipt.body)))
    return [row for row in rows if asked.cause is None or cause_of(row.answer) == asked.cause]


class RetryMany(Undelivered):
    """Send all of these again."""


class SkipMany(Undelivered):
    """Never send any of these."""

    reason: str = Field(min_length=2, max_length=300)


class Changed(Answer):
    """How many events it was about."""

    events: int


@use_case("connector:write")
def retry_receipt(work: Work, command: RetryReceipt) -> Done:
    """Send a refused, waiting or skipped event again, now.

    Raises:
        Conflict: it is on its way, or delivered.
    """
    connector, row = receipt_for_change(work, command.receipt_id)
    if row.state not in ("refused", "waiting", "skipped"):
        raise Conflict(Text(N_("This event is not waiting for a person")))
    send_again(work, [row])
    note_receipts(work, "connector.replayed", connector, [row], {"how": "retry"}, command)
    return Done(id=row.id)


@use_case("connector:write")
def retry_many(work: Work, command: RetryMany) -> Changed:
    """Send all of these again."""
    connector = locked_connector(work, command.connector_id)
    rows = receipts_alike(work.session, command)
    send_again(work, rows)
    if rows:
        note_receipts(work, "connector.replayed", connector, rows, {"how": "retry"}, command)
    return Changed(events=len(rows))


@use_case("connector:write")
def skip_receipt(work: Work, command: SkipReceipt) -> Done:
    """Leave an event out for this platform, with the reason kept.

    Raises:
        Conflict: it is on its way, or delivered.
    """
    connector, row = receipt_for_change(work, command.receipt_id)
    if row.state not in ("refused", "waiting"):
        raise Conflict(Text(N_("Only an event that was refused or waits can be skipped")))
    _skip(work, connector, [row], command.reason, command)
    return Done(id=row.id)


@use_case("connector:write")
def skip_many(work: Work, command: SkipMany) -> Changed:
    """Leave all of these out for this platform."""
    connector = locked_connector(work, command.connector_id)
    rows = receipts_alike(work.session, command)
    if rows:
        _skip(work, connector, rows, command.reason, command)
    return Changed(events=len(rows))


@use_case("connector:write")
def mark_delivered_otherwise(work: Work, command: MarkDelivered) -> Done:
    """The platform knows of an event by other means; what waited for it goes on.

    Raises:
        Conflict: it is on its way, or delivered.
    """
    connector, row = receipt_for_change(work, command.receipt_id)
    if row.state not in ("refused", "waiting", "skipped"):
        raise Conflict(Text(N_("This event is not waiting for a person")))
    count_delivered(work, connector.id, [row.event_sequence])
    row.state, row.refused_for = "delivered", TOLD_OTHERWISE
    row.answer = f"{work.actor.name}: {command.reason}" + (f" | {row.answer}" if row.answer else "")
    row.delivered_at, row.next_attempt_at, row.updated_at = work.now(), None, work.now()
    data = {"how": "told_otherwise", "reason": command.reason}
    note_receipts(work, "connector.event_repaired", connector, [row], data, command)
    return Done(id=row.id)


def receipt_for_change(work: Work, receipt_id: UUID) -> tuple[Connector, Receipt]:
    """A receipt for changing it, and its connector, which is locked first."""
    connector_id = work.session.scalar(select(Receipt.connector_id).where(Receipt.id == receipt_id))
    if connector_id is None:
        raise NotFound(Text(N_("There is no such event at this connector")))
    connector = locked_connector(work, connector_id)
    return connector, work.session.get_one(Receipt, receipt_id, populate_existing=True)


def send_again(work: Work, rows: Sequence[Receipt]) -> None:
    """Let these wait to be sent at once, with the bytes and ids that they have."""
    for row in rows:
        row.state, row.refused_for = "waiting", None
        row.next_attempt_at, row.first_attempt_at, row.updated_at = None, None, work.now()


def _skip(work: Work, connector: Connector, rows: Sequence[Receipt], reason: str, command: Command) -> None:
    for row in rows:
        row.answer = f"{work.actor.name}: {reason}" + (f" | {row.answer}" if row.answer else "")
        row.state, row.next_attempt_at, row.updated_at = "skipped", None, work.now()
    note_receipts(work, "connector.event_skipped", connector, rows, {"reason": reason}, command)


def note_receipts(
    work: Work, kind: str, connector: Connector, rows: Sequence[Receipt], data: dict[str, Any], command: Command
) -> None:
    """What was done about events of a connector, for the ledger."""
    facts = {**data, "events": len(rows), "sequences": [row.event_sequence for row in rows[:MOST_TOLD]]}
    note_connector(work, kind, connector, work.event_time(command), facts)
