"""Writing to the ledger: `record` is the only writer, and it only appends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from mes.core.actor import Actor
from mes.core.commands import Work
from mes.core.ids import new_id
from mes.ledger.canonical import content_hash
from mes.ledger.kinds import EVENT_KINDS
from mes.ledger.models import LedgerEvent, LedgerSubject

LEDGER_LOCK = 0x70726563  # key of PostgreSQL's advisory lock

Facts = Mapping[str, Any]


def record(
    work: Work,
    kind: str,
    subjects: Iterable[str],
    *,
    event_time: datetime,
    where: Facts | None = None,
    how: Facts | None = None,
    elements: Iterable[Facts] = (),
    data: Facts | None = None,
) -> LedgerEvent:
    """Append an event to the chains of its subjects, in the caller's transaction.

    Args:
        kind: what happened, such as `element.cast`; the kinds stand in `mes.ledger.kinds`.
        subjects: whose story it is: `element:<serial>`, `delivery:<sscc>`, `pallet:<number>`, `batch:<lot>`.
        event_time: when it happened (aware); the recorded time is the clock's.
        where: the place: {"station": …, "line": …}, {"yard_slot": …} or {"site": …}.
        how: machine, measurements, batch, photo digests.
        elements: facts of each element as they were (`mes.orders.facts.element_facts`).
        data: whatever else a later rendering needs.

    Raises:
        ValueError: no subject, or an unknown kind.
    """
    names = sorted(set(subjects))
    if not names:
        raise ValueError("an event needs a subject")
    if kind not in EVENT_KINDS:
        raise ValueError(f"{kind} is not a kind of event")
    _lock(work)
    links = {name: _last_link(work, name) for name in names}
    event_id, now = new_id(), work.now()
    content = {
        "id": str(event_id),
        "kind": kind,
        "event_time": utc_text(event_time),
        "recorded_time": utc_text(now),
        "zone_offset": zone_offset(event_time, work.clock.zone),
        "who": _who(work.actor),
        "where": dict(where or {}),
        "how": dict(how or {}),
        "elements": [dict(facts) for facts in elements],
        "data": dict(data or {}),
        "previous": {name: link[1] for name, link in links.items()},
    }
    event = LedgerEvent(
        id=event_id,
        kind=kind,
        event_time=event_time,
        recorded_time=now,
        content=content,
        hash=content_hash(content),
    )
    work.session.add(event)
    work.session.flush()
    for name, (ordinal, previous_hash) in links.items():
        work.session.add(
            LedgerSubject(event_sequence=event.sequence, subject=name, ordinal=ordinal + 1, previous_hash=previous_hash)
        )
    work.session.flush()
    return event


def utc_text(moment: datetime) -> str:
    """ISO 8601 in UTC with exactly three digits of milliseconds, as EPCIS wants it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def zone_offset(moment: datetime, zone: ZoneInfo) -> str:
    """The factory's offset from UTC at a moment, such as +08:00."""
    return moment.astimezone(zone).isoformat(timespec="minutes")[-6:]


def _who(actor: Actor) -> dict[str, str]:
    return {
        "id": actor.id,
        "name": actor.name,
        "role": actor.role,
        "organisation": actor.organisation,
        "kind": actor.kind,
        **({"crew": actor.crew} if actor.crew else {}),
        **({"device": actor.device} if actor.device else {}),
    }


def _lock(work: Work) -> None:
    """Let one transaction append at a time, so that a reader who has seen a sequence has seen all before it."""
    if work.session.get_bind().dialect.name == "postgresql":
        work.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LEDGER_LOCK})


def _last_link(work: Work, subject: str) -> tuple[int, str | None]:
    found = work.session.execute(
        select(LedgerSubject.ordinal, LedgerEvent.hash)
        .join(LedgerEvent, LedgerEvent.sequence == LedgerSubject.event_sequence)
        .where(LedgerSubject.subject == subject)
        .order_by(LedgerSubject.ordinal.desc())
        .limit(1)
    ).first()
    return (found[0], found[1]) if found else (0, None)
