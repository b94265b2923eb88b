"""An event of the ledger on its way to a platform: its receipt, its rendered events, and what an answer says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import structlog

from labels import LabelError
from mes.ledger.models import LedgerEvent
from mes.traceability.capture_client import DataRefused, Submission
from mes.traceability.epcis import CheckDigitError, EpcisEvent, EventError, EventTimeError, ExtensionError
from mes.traceability.mapping import MappingSettings, epcis_events, identifiers_of
from mes.traceability.models import Receipt
from mes.traceability.service import receipts

log = structlog.get_logger(__name__)

NOT_RENDERABLE = (
    EventError,
    ExtensionError,
    EventTimeError,
    CheckDigitError,
    LabelError,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class Parcel:
    """A receipt with its rendered events."""

    receipt: Receipt
    events: tuple[EpcisEvent, ...]

    @property
    def id(self) -> UUID:
        """The receipt's id."""
        return self.receipt.id

    @property
    def event_ids(self) -> tuple[str, ...]:
        """The CBV hash ids that go out."""
        return tuple(event.event_id or "" for event in self.events)


def enrolled_event(event: LedgerEvent, mapping: MappingSettings) -> receipts.Enrolled:
    """An event's receipt as it begins; one that cannot be rendered is refused by ourselves, and holds back its own."""
    keys = identifiers_of(event.content)
    try:
        rendered = epcis_events(event.content, mapping)
    except NOT_RENDERABLE as error:
        log.warning("event cannot be rendered", sequence=event.sequence, error=str(error))
        return receipts.Enrolled(event.sequence, keys, (), no_form(error))
    return receipts.Enrolled(event.sequence, keys, tuple(made.event_id or "" for made in rendered))


def no_form(error: Exception) -> str:
    """Why an event cannot be rendered."""
    return f"it has no EPCIS form as it is: {error}"


def parcel_of(row: Receipt, content: Mapping[str, Any], mapping: MappingSettings) -> Parcel:
    """The events with the ids of the first attempt, whatever the mapping has become since."""
    rendered = epcis_events(content, mapping)
    if row.attempts and len(row.event_ids) == len(rendered):
        kept = zip(rendered, row.event_ids, strict=True)
        rendered = tuple(replace(event, event_id=str(event_id)) for event, event_id in kept)
    return Parcel(row, rendered)


def named_receipts(
    answer: DataRefused, rows: Sequence[Receipt], ids: Mapping[UUID, tuple[str, ...]]
) -> dict[UUID, str]:
    """The receipts whose events the platform names, with its words."""
    owners = [row.id for row in rows for _ in ids.get(row.id, ())]
    by_event = {event_id: row.id for row in rows for event_id in ids.get(row.id, ())}
    reasons: dict[UUID, str] = {}
    for refused in answer.refused:
        owner = by_event.get(refused.event_id or "")
        if owner is None and refused.index is not None and 0 <= refused.index < len(owners):
            owner = owners[refused.index]
        if owner is not None:
            reasons.setdefault(owner, refused.reason)
    return reasons


def answer_words(submission: Submission) -> str:
    """A request and its answer in a line; secrets are masked by the client."""
    exchange = submission.exchange
    return f"{exchange.method} {exchange.status or 'no answer'}: {exchange.excerpt[:500]}".strip(": ")
