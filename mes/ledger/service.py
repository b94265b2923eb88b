"""Writing to the ledger: `record` is the only writer, and it only appends."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Integer, String, Table, TextClause, Uuid, column, insert, table, text

from mes.core.actor import Actor
from mes.core.commands import Work
from mes.core.database import UtcDateTime
from mes.core.ids import new_id
from mes.ledger.canonical import canonical_text
from mes.ledger.kinds import EVENT_KINDS
from mes.ledger.models import LedgerEvent, LedgerSubject

LEDGER_LOCK = 0x70726563  # key of PostgreSQL's advisory lock
MOST_NAMES = 400  # subjects asked for in one statement
LOCK = text("SELECT pg_advisory_xact_lock(:key)")

Facts = Mapping[str, Any]

_events = table(
    "ledger_event",
    column("sequence", Integer),
    column("id", Uuid()),
    column("kind", String),
    column("event_time", UtcDateTime()),
    column("recorded_time", UtcDateTime()),
    column("content", String),  # the canonical text, made once for the row and its hash
    column("hash", String),
)
INSERT_EVENT = insert(_events).returning(_events.c.sequence)
INSERT_SUBJECT = insert(cast(Table, LedgerSubject.__table__))


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

    Returns:
        The event as it was written; no row of the session, for it never changes.
    """
    names = sorted(set(subjects))
    if not names:
        raise ValueError("an event needs a subject")
    if kind not in EVENT_KINDS:
        raise ValueError(f"{kind} is not a kind of event")
    work.session.flush()
    connection = work.session.connection()
    _lock(connection)
    after, links = _last_links(connection, names)
    event_id, now = new_id(), work.now()
    content = {
        "after": after,
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
        "previous": {name: link.hash for name, link in links.items()},
    }
    return _append(connection, content, links, id=event_id, kind=kind, event_time=event_time, recorded_time=now)


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


def _lock(connection: Connection) -> None:
    """Let one transaction append at a time, so that a reader who has seen a sequence has seen all before it."""
    if connection.dialect.name == "postgresql":
        connection.execute(LOCK, {"key": LEDGER_LOCK})


class _Link(NamedTuple):
    """The end of a subject's chain; ordinal 0 and no hash before its first event."""

    ordinal: int
    hash: str | None


def _last_links(connection: Connection, names: Sequence[str]) -> tuple[str | None, dict[str, _Link]]:
    """The hash of the ledger's last event, and the end of each subject's chain."""
    after: str | None = None
    links: dict[str, _Link] = {}
    for start in range(0, len(names), MOST_NAMES):
        some = names[start : start + MOST_NAMES]
        values = {f"n{place}": name for place, name in enumerate(some)}
        for name, ordinal, last_hash, after in connection.execute(_links_of(len(some)), values):  # noqa: B007
            links[name] = _Link(ordinal or 0, last_hash)
    return after, {name: links[name] for name in names}


@cache
def _links_of(count: int) -> TextClause:
    """Each subject's newest row by its index, however long the story is."""
    names = ", ".join(f"(CAST(:n{place} AS VARCHAR(80)))" for place in range(count))
    return text(
        f"WITH asked(name) AS (VALUES {names}), "  # noqa: S608 - names of parameters
        "last(name, sequence) AS (SELECT name, (SELECT event_sequence FROM ledger_subject "
        "WHERE subject = name ORDER BY ordinal DESC LIMIT 1) FROM asked) "
        "SELECT last.name, s.ordinal, e.hash, "
        "(SELECT hash FROM ledger_event ORDER BY sequence DESC LIMIT 1) FROM last "
        "LEFT JOIN ledger_subject s ON s.event_sequence = last.sequence AND s.subject = last.name "
        "LEFT JOIN ledger_event e ON e.sequence = last.sequence"
    )


def _append(connection: Connection, content: dict[str, Any], links: Mapping[str, _Link], **columns: Any) -> LedgerEvent:
    canonical = canonical_text(content)
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    row = {**columns, "content": canonical, "hash": digest}
    sequence = connection.execute(INSERT_EVENT, row).scalar_one()
    rows = [
        {"event_sequence": sequence, "subject": name, "ordinal": link.ordinal + 1, "previous_hash": link.hash}
        for name, link in links.items()
    ]
    connection.execute(INSERT_SUBJECT, rows)
    return LedgerEvent(**columns, sequence=sequence, content=content, hash=digest)
