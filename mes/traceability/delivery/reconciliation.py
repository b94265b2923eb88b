"""Day by day: what the platform has of a day is compared with what it should have; differences are work for people."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time, timedelta
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, Select, insert, select
from sqlalchemy.orm import Session

from mes.core.ids import new_id
from mes.ledger.declarations import DECLARED_WRONG
from mes.ledger.models import LedgerEvent
from mes.traceability.capture_client import DECLARED
from mes.traceability.delivery.desk import Desk
from mes.traceability.models import Difference, Receipt
from mes.traceability.platforms import Delivered, Exchange, Platform, Retry, Submission
from mes.traceability.service import receipts
from mes.traceability.service.texts import kept

log = structlog.get_logger(__name__)

BEGINS_AT = time(2, 30)
"""Not before this hour of the next day: what happened late in the evening has arrived by then."""
SECOND_LOOK = timedelta(days=7)
"""A day is compared once more a week later: events of that day that were told late are in it then."""
LONGEST_ID = 120
DIGEST = 32
NO_LONGER = "no difference any more when the day was compared again"


def reconcile_next(desk: Desk, platform: Platform) -> bool | None:
    """Compare the next day that is due; True: done, False: none is due, None: the platform does not tell now."""
    with desk.writing() as (_, row):
        day, began = _next_day(desk, row.reconciled_until, row.created_at), row.created_at
    if day is None:
        return False
    if not _compared(desk, platform, day):
        return None
    if day - SECOND_LOOK >= began.astimezone(desk.clock.zone).date():
        _compared(desk, platform, day - SECOND_LOOK)
    with desk.writing() as (_, row):
        row.reconciled_until = day
    return True


def _compared(desk: Desk, platform: Platform, day: date) -> bool:
    """Compare one day; False where the platform does not tell what it has."""
    theirs = platform.find_day(day.isoformat(), desk.clock.zone)
    with desk.writing() as (work, row):
        answer: Delivered | Retry = Retry("it does not tell") if theirs is None else Delivered()
        words = f"{day}: it does not tell" if theirs is None else f"{day}: {len(theirs)} events"
        asked = Submission(answer, Exchange("GET", row.url, 0, None, 0.0, words))
        outcome = "retry" if theirs is None else "delivered"
        receipts.keep_exchange(work, row.id, "reconcile", outcome, asked, events=len(theirs or ()))
    if theirs is not None:
        compare(desk, day, theirs)
    return theirs is not None


def compare(desk: Desk, day: date, theirs: frozenset[str]) -> int:
    """Write down how a day differs, and settle what no longer does; the number of differences."""
    with desk.writing() as (work, row):
        theirs = frozenset(map(kept_id, theirs))
        ours = _delivered_ids(work.session, row.id, day, desk)
        unknown = theirs - ours.keys()
        known = _known_ids(work.session, row.id, unknown, day, desk)
        now: dict[str, tuple[str, int | None]] = {
            event_id: ("ours", sequence) for event_id, sequence in ours.items() if event_id not in theirs
        }
        now |= dict.fromkeys(unknown - known, ("theirs", None))
        before = {item.event_id: item for item in work.session.scalars(_differences(row.id, day))}
        for event_id, item in before.items():
            if event_id not in now and item.settled_at is None:
                item.settled_at, item.settled_by, item.settlement = work.now(), work.actor.name, NO_LONGER
        rows = [
            {
                "id": new_id(),
                "connector_id": row.id,
                "day": day,
                "event_id": event_id,
                "event_sequence": sequence,
                "found_at": work.now(),
                "side": side,
            }
            for event_id, (side, sequence) in sorted(now.items())
            if event_id not in before
        ]
        if rows:
            log.warning("a platform differs from the ledger", connector=row.name, day=day.isoformat(), events=len(rows))
            work.session.execute(insert(Difference), rows)
        return len(now)


def kept_id(event_id: str) -> str:
    """An id as a difference keeps it: one that is too long ends with a digest of the whole."""
    plain = kept(event_id, len(event_id))
    if len(plain) <= LONGEST_ID:
        return plain
    digest = hashlib.sha256(plain.encode()).hexdigest()[:DIGEST]
    return f"{plain[: LONGEST_ID - DIGEST - 1]}~{digest}"


def _next_day(desk: Desk, until: date | None, created_at: datetime) -> date | None:
    day = until + timedelta(days=1) if until else created_at.astimezone(desk.clock.zone).date()
    return day if day <= _yesterday(desk) else None


def _yesterday(desk: Desk) -> date:
    """The last day that can be compared."""
    local = desk.now().astimezone(desk.clock.zone)
    return local.date() - timedelta(days=1 if local.time() >= BEGINS_AT else 2)


def _delivered_ids(session: Session, connector_id: UUID, day: date, desk: Desk) -> dict[str, int]:
    told = (Receipt.state == "delivered") & Receipt.refused_for.is_(None)  # not by other means
    return _ids_of_day(session, (Receipt.connector_id == connector_id) & told, day, desk)


def _known_ids(session: Session, connector_id: UUID, unknown: frozenset[str], day: date, desk: Desk) -> frozenset[str]:
    """Those of the ids that are our own all the same: on their way, refused or told by other means."""
    if not unknown:
        return frozenset()
    return unknown & _ids_of_day(session, Receipt.connector_id == connector_id, day, desk).keys()


def _ids_of_day(session: Session, ours: ColumnElement[bool], day: date, desk: Desk) -> dict[str, int]:
    """Ids of a day as a platform counts days: an error declaration has its original's time, whenever it was made."""
    begins = datetime.combine(day, time.min, desk.clock.zone)
    ends = datetime.combine(day + timedelta(days=1), time.min, desk.clock.zone)
    query = select(Receipt.event_sequence, Receipt.event_ids, LedgerEvent.content)
    query = query.join(LedgerEvent, LedgerEvent.sequence == Receipt.event_sequence).where(ours)
    happened = (LedgerEvent.event_time >= begins) & (LedgerEvent.event_time < ends)
    found: dict[str, int] = {}
    for row in session.execute(query.with_only_columns(Receipt.event_sequence, Receipt.event_ids).where(happened)):
        found |= {kept_id(each): row.event_sequence for each in row.event_ids if not each.endswith(DECLARED)}
    for row in session.execute(query.where(LedgerEvent.kind == DECLARED_WRONG)):
        at = datetime.fromisoformat(row.content["data"]["event"]["event_time"])
        if begins <= at < ends:
            found |= {kept_id(each): row.event_sequence for each in row.event_ids if each.endswith(DECLARED)}
    return found


def _differences(connector_id: UUID, day: date) -> Select[Difference]:
    return select(Difference).where(Difference.connector_id == connector_id, Difference.day == day)
