"""Reading the ledger for open data: a period, chunk after chunk, never more than some hundred events in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.core.errors import Fault, Forbidden, InvalidInput
from mes.core.text import N_, Text
from mes.ledger.models import LedgerEvent
from mes.traceability.open_data.rows import Told
from mes.traceability.open_data.tables import declared

EVENTS_A_CHUNK = 50_000
READ_AT_ONCE = 500


@dataclass(frozen=True)
class Period:
    """What was recorded from `begins` on and before `ends` (aware)."""

    begins: datetime
    ends: datetime

    def __post_init__(self) -> None:
        if self.begins >= self.ends:
            reason = Text(N_("The period must end after it begins"))
            raise InvalidInput(reason, [Fault("to", reason)])


@dataclass(frozen=True)
class Chunk:
    """The events after one place of the ledger up to another; `events` of them, None: not counted."""

    after: int
    last: int
    is_last: bool


def require_all_projects(actor: Actor) -> None:
    """Open data tell of every project.

    Raises:
        Forbidden: this actor sees some projects only.
    """
    if actor.project_ids is not None:
        raise Forbidden(Text(N_("Open data tell of every project; you may see some only")))


def next_chunk(session: Session, period: Period, after: int, events: int = EVENTS_A_CHUNK) -> Chunk | None:
    """The next chunk of a period, of so many events at most; None where there is nothing more."""
    wanted = _within(period, after)
    query = select(LedgerEvent.sequence).where(*wanted).order_by(LedgerEvent.sequence)
    ends = session.scalars(query.offset(events - 1).limit(2)).all()
    if ends:
        return Chunk(after, ends[0], len(ends) == 1)
    last = session.scalar(select(func.max(LedgerEvent.sequence)).where(*wanted))
    return Chunk(after, last, True) if last is not None else None


def chunks(session: Session, period: Period, events: int = EVENTS_A_CHUNK) -> Iterator[Chunk]:
    """Every chunk of a period."""
    after, more = 0, True
    while more:
        chunk = next_chunk(session, period, after, events)
        if chunk is None:
            return
        yield chunk
        after, more = chunk.last, not chunk.is_last


def count_of(session: Session, period: Period) -> int:
    """How many events of a period are told."""
    return session.scalar(select(func.count()).select_from(LedgerEvent).where(*_within(period, 0))) or 0


def last_of(session: Session, period: Period) -> int:
    """The place of a period's last event; 0 where there is none."""
    return session.scalar(select(func.max(LedgerEvent.sequence)).where(*_within(period, 0))) or 0


def events_of(session: Session, period: Period, chunk: Chunk) -> Iterator[Told]:
    """The events of a chunk in ledger order, read as they are used."""
    columns = (
        LedgerEvent.sequence,
        LedgerEvent.kind,
        LedgerEvent.event_time,
        LedgerEvent.recorded_time,
        LedgerEvent.content,
        LedgerEvent.hash,
    )
    query = select(*columns).where(*_within(period, chunk.after), LedgerEvent.sequence <= chunk.last)
    found = session.execute(query.order_by(LedgerEvent.sequence), execution_options={"yield_per": READ_AT_ONCE})
    for row in found:
        yield Told(*row)


def _within(period: Period, after: int) -> tuple[ColumnElement[Any], ...]:
    return (
        LedgerEvent.sequence > after,
        LedgerEvent.recorded_time >= period.begins,
        LedgerEvent.recorded_time < period.ends,
        LedgerEvent.kind.in_(declared().kinds),
    )
