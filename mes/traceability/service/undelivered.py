"""What people do about events that a platform does not have: retry, skip, repair, say that it was told otherwise.

None of them changes the event. Each leaves an event of its own in the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import Select, select

from mes.core.commands import Answer, Command, Done, Work, use_case
from mes.core.errors import Conflict, InvalidInput, NotFound
from mes.core.text import N_, Text
from mes.ledger.declarations import DECLARED_WRONG
from mes.ledger.models import LedgerEvent
from mes.traceability.models import Connector, Receipt
from mes.traceability.renditions import original_of, render
from mes.traceability.service.connectors import kind_of, note_connector
from mes.traceability.service.receipts import count_delivered, locked_connector

REPAIRABLE = ("form", "data", "too_large")
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


class RepairReceipt(Command):
    """Render a refused event anew, with the connector's present settings and the present release."""

    receipt_id: UUID
    reason: str = Field(min_length=2, max_length=300)


class MarkDelivered(Command):
    """The platform has been told of an event in another way, such as by letter or in its own forms."""

    receipt_id: UUID
    reason: str = Field(min_length=2, max_length=300)


class Undelivered(Command):
    """Events of one connector that are alike: refused for the same reason, of the same kind, or both."""

    connector_id: UUID
    state: Literal["refused", "waiting"] = "refused"
    refused_for: str | None = Field(None, max_length=10)
    answer: str | None = Field(None, max_length=2000, description="the platform's words, exactly")
    kind: str | None = Field(None, max_length=60, description="kind of event, such as element.cast")

    def chosen(self) -> Select[Receipt]:
        """The receipts that are meant, in ledger order."""
        query = select(Receipt).where(Receipt.connector_id == self.connector_id, Receipt.state == self.state)
        if self.refused_for is not None:
            query = query.where(Receipt.refused_for == self.refused_for)
        if self.answer is not None:
            query = query.where(Receipt.answer == self.answer)
        if self.kind is not None:
            event = LedgerEvent.sequence == Receipt.event_sequence
            query = query.join(LedgerEvent, event).where(LedgerEvent.kind == self.kind)
        return query.order_by(Receipt.event_sequence)


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
    connector, row = _load(work, command.receipt_id)
    if row.state not in ("refused", "waiting", "skipped"):
        raise Conflict(Text(N_("This event is not waiting for a person")))
    send_again(work, [row])
    _note(work, "connector.replayed", connector, [row], {"how": "retry"}, command)
    return Done(id=row.id)


@use_case("connector:write")
def retry_many(work: Work, command: RetryMany) -> Changed:
    """Send all of these again."""
    connector = locked_connector(work, command.connector_id)
    rows = work.session.scalars(command.chosen()).all()
    send_again(work, rows)
    if rows:
        _note(work, "connector.replayed", connector, rows, {"how": "retry"}, command)
    return Changed(events=len(rows))


@use_case("connector:write")
def skip_receipt(work: Work, command: SkipReceipt) -> Done:
    """Leave an event out for this platform, with the reason kept.

    Raises:
        Conflict: it is on its way, or delivered.
    """
    connector, row = _load(work, command.receipt_id)
    if row.state not in ("refused", "waiting"):
        raise Conflict(Text(N_("Only an event that was refused or waits can be skipped")))
    _skip(work, connector, [row], command.reason, command)
    return Done(id=row.id)


@use_case("connector:write")
def skip_many(work: Work, command: SkipMany) -> Changed:
    """Leave all of these out for this platform."""
    connector = locked_connector(work, command.connector_id)
    rows = work.session.scalars(command.chosen()).all()
    if rows:
        _skip(work, connector, rows, command.reason, command)
    return Changed(events=len(rows))


@use_case("connector:write")
def repair_receipt(work: Work, command: RepairReceipt) -> Done:
    """A new rendition of an event that the platform refused, and never had; it is sent at once.

    Raises:
        Conflict: the event is not refused, or the platform may have it in its first form.
        InvalidInput: it cannot be rendered now either.
    """
    connector, row = _load(work, command.receipt_id)
    if row.state != "refused":
        raise Conflict(Text(N_("This event is not waiting for a person")))
    if row.refused_for not in REPAIRABLE or row.delivered_at is not None:
        raise Conflict(Text(N_("The platform may have this event as it was sent; it can be sent again only as it is")))
    event = work.session.get_one(LedgerEvent, row.event_sequence)
    kind = kind_of(connector.kind)
    original = original_of(work.session, connector.id, event.content, {})
    made = render(kind, kind.read_settings(connector.settings), event, original)
    if made.fault is not None:
        raise InvalidInput(Text(N_("It cannot be rendered now either: %(why)s"), {"why": made.fault}))
    before = list(row.event_ids)
    for name, value in made.columns().items():
        setattr(row, name, value)
    row.next_attempt_at, row.first_attempt_at, row.updated_at = None, None, work.now()
    _forget_forms_of_corrections(work, connector, event)
    data = {"how": "rendered", "reason": command.reason, "ids_before": before, "ids": list(row.event_ids)}
    _note(work, "connector.event_repaired", connector, [row], data, command)
    return Done(id=row.id)


@use_case("connector:write")
def mark_delivered_otherwise(work: Work, command: MarkDelivered) -> Done:
    """The platform knows of an event by other means; what waited for it goes on.

    Raises:
        Conflict: it is on its way, or delivered.
    """
    connector, row = _load(work, command.receipt_id)
    if row.state not in ("refused", "waiting", "skipped"):
        raise Conflict(Text(N_("This event is not waiting for a person")))
    count_delivered(work, connector.id, [row.event_sequence])
    row.state, row.refused_for = "delivered", TOLD_OTHERWISE
    row.answer = f"{work.actor.name}: {command.reason}" + (f" | {row.answer}" if row.answer else "")
    row.delivered_at, row.next_attempt_at, row.updated_at = work.now(), None, work.now()
    data = {"how": "told_otherwise", "reason": command.reason}
    _note(work, "connector.event_repaired", connector, [row], data, command)
    return Done(id=row.id)


def _load(work: Work, receipt_id: UUID) -> tuple[Connector, Receipt]:
    """A receipt for changing it, and its connector, which is locked first."""
    connector_id = work.session.scalar(select(Receipt.connector_id).where(Receipt.id == receipt_id))
    if connector_id is None:
        raise NotFound(Text(N_("There is no such event at this connector")))
    connector = locked_connector(work, connector_id)
    return connector, work.session.get_one(Receipt, receipt_id, populate_existing=True)


def _forget_forms_of_corrections(work: Work, connector: Connector, event: LedgerEvent) -> None:
    """Corrections that name the event, and never went out, are written anew from what is sent of it now."""
    unsent = (Receipt.connector_id == connector.id) & (Receipt.attempts == 0) & (Receipt.state == "waiting")
    query = (
        select(Receipt, LedgerEvent)
        .join(LedgerEvent, LedgerEvent.sequence == Receipt.event_sequence)
        .where(unsent, LedgerEvent.kind == DECLARED_WRONG, LedgerEvent.sequence > event.sequence)
    )
    for receipt, correction in work.session.execute(query):
        data = correction.content["data"]
        named = [data.get("event"), *(data.get("corrective_events") or ())]
        if any(isinstance(each, dict) and each.get("id") == str(event.id) for each in named):
            receipt.body = None


def send_again(work: Work, rows: Sequence[Receipt]) -> None:
    """Let these wait to be sent at once, with the bytes and ids that they have."""
    for row in rows:
        row.state, row.refused_for = "waiting", None
        row.next_attempt_at, row.first_attempt_at, row.updated_at = None, None, work.now()


def _skip(work: Work, connector: Connector, rows: Sequence[Receipt], reason: str, command: Command) -> None:
    for row in rows:
        row.answer = f"{work.actor.name}: {reason}" + (f" | {row.answer}" if row.answer else "")
        row.state, row.next_attempt_at, row.updated_at = "skipped", None, work.now()
    _note(work, "connector.event_skipped", connector, rows, {"reason": reason}, command)


def _note(
    work: Work, kind: str, connector: Connector, rows: Sequence[Receipt], data: dict[str, Any], command: Command
) -> None:
    facts = {**data, "events": len(rows), "sequences": [row.event_sequence for row in rows[:MOST_TOLD]]}
    note_connector(work, kind, connector, work.event_time(command), facts)
