"""New events of the ledger get their receipts, with the rendition that is sent on every attempt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.accounts.service import SYSTEM
from mes.core.clock import Clock
from mes.core.commands import Work
from mes.core.database import Database
from mes.ledger.models import LedgerEvent
from mes.ledger.queries import events_after
from mes.traceability.models import Connector, Receipt
from mes.traceability.platforms import PlatformKind, Rendition, kind_named
from mes.traceability.renditions import Enrolled, original_of, render
from mes.traceability.service import receipts

ENROL_EVENTS = 500
Kinds = Callable[[str], PlatformKind]


class Enroller:
    """Enrols events at one connector. Any worker may: the cursor lets only one of two through."""

    def __init__(self, database: Database, clock: Clock, connector_id: UUID, kinds: Kinds = kind_named) -> None:
        self._database, self._clock, self._connector_id, self._kinds = database, clock, connector_id, kinds

    def enrol(self, most: int = ENROL_EVENTS) -> int:
        """Receipts for the next events; how many.

        Raises:
            NotFound: the connector is gone.
        """
        with self._database.reading() as session:
            connector = receipts.connector_of(session, self._connector_id)
            if connector.state == "disabled":
                return 0
            events = events_after(session, connector.cursor, most)
            enrolled = self._rendered(session, connector, events)
        if not events:
            return 0
        with self._database.writing() as session:
            work = Work(session, SYSTEM, self._clock)
            done = receipts.enrol(work, connector.id, connector.cursor, enrolled)
        return len(events) if done else 0

    def complete(self) -> int:
        """Renditions for open receipts that have none: those of an earlier release; how many."""
        with self._database.reading() as session:
            connector = receipts.connector_of(session, self._connector_id)
            events = session.scalars(_without_body(connector.id).limit(ENROL_EVENTS)).all()
            enrolled = self._rendered(session, connector, events)
        if events:
            with self._database.writing() as session:
                receipts.complete(Work(session, SYSTEM, self._clock), connector.id, enrolled)
        return len(events)

    def _rendered(self, session: Session, connector: Connector, events: Sequence[LedgerEvent]) -> list[Enrolled]:
        if not events:
            return []
        kind = self._kinds(connector.kind)
        settings = kind.read_settings(connector.settings)
        made: dict[str, Rendition] = {}
        enrolled = []
        for event in events:
            original = original_of(session, connector.id, event.content, made)
            row = render(kind, settings, event, original)
            if row.rendition is not None:
                made[str(event.id)] = row.rendition
            enrolled.append(row)
        return enrolled


def _without_body(connector_id: UUID) -> Any:
    return (
        select(LedgerEvent)
        .join(Receipt, Receipt.event_sequence == LedgerEvent.sequence)
        .where(Receipt.connector_id == connector_id, Receipt.state == "waiting", Receipt.body.is_(None))
        .order_by(LedgerEvent.sequence)
    )
