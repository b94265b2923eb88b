"""What was delivered and archived as witnesses of the ledger: receipts, cursors and packages name events."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from mes.core.text import N_, Text
from mes.ledger.models import LedgerEvent
from mes.ledger.witnesses import Missing, witness
from mes.traceability.models import ArchivePackage, Connector, Receipt

NEWEST = select(func.coalesce(func.max(LedgerEvent.sequence), 0)).scalar_subquery()


@witness
def receipts_name_events(session: Session) -> Iterator[Missing]:
    """Events that a connector has handled and the ledger has no longer; the first of each connector."""
    there = exists().where(LedgerEvent.sequence == Receipt.event_sequence)
    first = func.min(Receipt.event_sequence)
    query = (
        select(Connector.name, first.label("sequence"), func.count().label("events"))
        .join(Connector, Connector.id == Receipt.connector_id)
        .where(~there)
        .group_by(Connector.name)
        .order_by(first)
    )
    for row in session.execute(query):
        words = N_("from here on events were removed: «%(name)s» has receipts of %(events)s events that are gone")
        yield Missing(row.sequence, Text(words, {"name": row.name, "events": row.events}))


@witness
def cursors_have_passed_events(session: Session) -> Iterator[Missing]:
    """Connectors that have read further than the ledger goes."""
    query = select(Connector.name, Connector.cursor.label("read"), NEWEST.label("newest")).where(
        _beyond(Connector.cursor)
    )
    for row in session.execute(query.order_by(Connector.name)):
        words = N_("from here on events were removed: «%(name)s» has read the ledger up to No. %(read)s")
        yield Missing(row.newest + 1, Text(words, {"name": row.name, "read": row.read}))


@witness
def packages_tell_of_events(session: Session) -> Iterator[Missing]:
    """Archive packages that were asked for when the ledger went further."""
    query = select(ArchivePackage.number, ArchivePackage.ledger_sequence.label("read"), NEWEST.label("newest"))
    query = query.where(_beyond(ArchivePackage.ledger_sequence))
    for row in session.execute(query.order_by(ArchivePackage.number)):
        words = N_("from here on events were removed: package %(number)s was asked for at No. %(read)s")
        yield Missing(row.newest + 1, Text(words, {"number": row.number, "read": row.read}))


def _beyond(sequence: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return sequence > NEWEST
