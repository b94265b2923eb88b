"""Refused events written anew, with the connector's present settings and the present release: one, or all of a cause.

An event keeps what was true when it happened. So master data that were mended later do not reach it: changed settings
do, and a correction (`event.declared_wrong`) tells the platform of the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.commands import Answer, Command, Done, Work, use_case
from mes.core.errors import Conflict, InvalidInput
from mes.core.text import N_, Text
from mes.ledger.declarations import DECLARED_WRONG
from mes.ledger.models import LedgerEvent
from mes.traceability.models import Connector, Receipt
from mes.traceability.renditions import Enrolled, inflated, original_of, render
from mes.traceability.service.connectors import kind_of
from mes.traceability.service.receipts import connector_of, locked_connector
from mes.traceability.service.undelivered import Undelivered, note_receipts, receipt_for_change, receipts_alike

REPAIRABLE = ("form", "data", "too_large")
MOST_AT_ONCE = 500
"""Events written anew by one command; what is left is done by the next."""
FIRST_ONES = 3


class RepairReceipt(Command):
    """Render a refused event anew, with the connector's present settings and the present release."""

    receipt_id: UUID
    reason: str = Field(min_length=2, max_length=300)


class RepairMany(Undelivered):
    """Render all of these anew, as far as that changes them, and send them."""

    reason: str = Field(min_length=2, max_length=300)


class Repaired(Answer):
    """How many events are sent in a new form, and how many were left as they are: they come out as before, cannot be
    written now either, may be with the platform already, or are more than go at once."""

    events: int
    left: int


@dataclass(frozen=True)
class NewForm:
    """A refused event as it would be sent now."""

    sequence: int
    kind: str
    body: bytes


@dataclass(frozen=True)
class RepairPreview:
    """What a repair of many would do: `mended` are sent in a new form, `same` come out as they were, `faults` counts
    what is still wrong, `sent_before` may be with the platform, `later` are more than go at once."""

    mended: int
    same: int
    faults: dict[str, int]
    sent_before: int
    later: int
    first: tuple[NewForm, ...]


@dataclass(frozen=True)
class _Rewritten:
    row: Receipt
    event: LedgerEvent
    made: Enrolled

    @property
    def same(self) -> bool:
        """Whether it comes out as it was."""
        made = self.made.rendition
        return made is not None and self.row.body is not None and made.body == inflated(self.row.body)


@use_case("connector:write")
def repair_receipt(work: Work, command: RepairReceipt) -> Done:
    """A new rendition of an event that the platform refused, and never had; it is sent at once.

    Raises:
        Conflict: the event is not refused, or the platform may have it in its first form.
        InvalidInput: it cannot be rendered now either.
    """
    connector, row = receipt_for_change(work, command.receipt_id)
    if row.state != "refused":
        raise Conflict(Text(N_("This event is not waiting for a person")))
    if not _may_be_repaired(row):
        raise Conflict(Text(N_("The platform may have this event as it was sent; it can be sent again only as it is")))
    (rewritten,) = _rewritten(work.session, connector, [row])
    if rewritten.made.fault is not None:
        raise InvalidInput(Text(N_("It cannot be rendered now either: %(why)s"), {"why": rewritten.made.fault}))
    before = list(row.event_ids)
    _take_new_form(work, rewritten)
    _forget_forms_of_corrections(work, connector, [rewritten.event])
    data = {"how": "rendered", "reason": command.reason, "ids_before": before, "ids": list(row.event_ids)}
    note_receipts(work, "connector.event_repaired", connector, [row], data, command)
    return Done(id=row.id)


@use_case("connector:write")
def repair_many(work: Work, command: RepairMany) -> Repaired:
    """Write all of these anew where that changes them; they are sent at once. Nothing else is touched."""
    connector = locked_connector(work, command.connector_id)
    rows = receipts_alike(work.session, command)
    able = [row for row in rows if row.state == "refused" and _may_be_repaired(row)][:MOST_AT_ONCE]
    mended, events, before = list[Receipt](), list[LedgerEvent](), dict[str, list[str]]()
    for each in _rewritten(work.session, connector, able):
        if each.made.fault is None and not each.same:
            if each.row.event_ids:
                before[str(each.row.event_sequence)] = list(each.row.event_ids)
            _take_new_form(work, each)
            mended.append(each.row)
            events.append(each.event)
    if mended:
        _forget_forms_of_corrections(work, connector, events)
        data = {"how": "rendered", "reason": command.reason, "ids_before_of": before}
        note_receipts(work, "connector.event_repaired", connector, mended, data, command)
    return Repaired(events=len(mended), left=len(rows) - len(mended))


def preview_repair(session: Session, asked: Undelivered) -> RepairPreview:
    """What `repair_many` would do; nothing is changed.

    Raises:
        NotFound: the connector is gone.
    """
    connector = connector_of(session, asked.connector_id)
    rows = receipts_alike(session, asked)
    able = [row for row in rows if row.state == "refused" and _may_be_repaired(row)]
    faults, first, mended, same = Counter[str](), list[NewForm](), 0, 0
    for each in _rewritten(session, connector, able[:MOST_AT_ONCE]):
        if each.made.fault is not None:
            faults[each.made.fault] += 1
        elif each.same:
            same += 1
        else:
            mended += 1
            if each.made.rendition is not None and len(first) < FIRST_ONES:
                first.append(NewForm(each.event.sequence, each.event.kind, each.made.rendition.body))
    later = max(0, len(able) - MOST_AT_ONCE)
    return RepairPreview(mended, same, dict(faults), len(rows) - len(able), later, tuple(first))


def _may_be_repaired(row: Receipt) -> bool:
    """Whether the platform has surely not got it in its first form."""
    return row.refused_for in REPAIRABLE and row.delivered_at is None


def _rewritten(session: Session, connector: Connector, rows: list[Receipt]) -> Iterator[_Rewritten]:
    kind = kind_of(connector.kind)
    settings = kind.read_settings(connector.settings)
    for row in rows:
        event = session.get_one(LedgerEvent, row.event_sequence)
        original = original_of(session, connector.id, event.content, {})
        yield _Rewritten(row, event, render(kind, settings, event, original))


def _take_new_form(work: Work, rewritten: _Rewritten) -> None:
    row = rewritten.row
    columns: dict[str, Any] = rewritten.made.columns()
    for name, value in columns.items():
        setattr(row, name, value)
    row.next_attempt_at, row.first_attempt_at, row.updated_at = None, None, work.now()


def _forget_forms_of_corrections(work: Work, connector: Connector, events: Sequence[LedgerEvent]) -> None:
    """Corrections that name one of the events, and never went out, are written anew from what is sent of it now."""
    ids = {str(event.id) for event in events}
    unsent = (Receipt.connector_id == connector.id) & (Receipt.attempts == 0) & (Receipt.state == "waiting")
    query = (
        select(Receipt, LedgerEvent)
        .join(LedgerEvent, LedgerEvent.sequence == Receipt.event_sequence)
        .where(unsent, LedgerEvent.kind == DECLARED_WRONG, LedgerEvent.sequence > min(e.sequence for e in events))
    )
    for receipt, correction in work.session.execute(query):
        data = correction.content["data"]
        named = [data.get("event"), *(data.get("corrective_events") or ())]
        if any(isinstance(each, dict) and each.get("id") in ids for each in named):
            receipt.body = None
