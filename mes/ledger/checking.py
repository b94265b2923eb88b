"""Checking a stretch of the ledger by itself: every event's hash, columns and links, read with plain SQL.

Stretches are checked in any order, by several processes; `mes.ledger.verification` joins what they found.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from mes.core.text import N_, Text

STRETCH_EVENTS = 4000
BEGINNING = text(
    "SELECT min(sequence) FROM (SELECT min(sequence) AS sequence FROM ledger_event UNION ALL "
    "SELECT min(event_sequence) FROM ledger_subject) AS starts"
)
CUTS = text(
    "SELECT sequence FROM (SELECT sequence, row_number() OVER (ORDER BY sequence) AS place FROM ledger_event "
    "WHERE sequence > :after) AS numbered WHERE place % :size = 0 UNION "
    "SELECT sequence FROM (SELECT max(sequence) AS sequence FROM ledger_event UNION ALL "
    "SELECT max(event_sequence) FROM ledger_subject) AS ends WHERE sequence > :after ORDER BY sequence"
)
SERVER_TIME = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
SERVER_COLUMNS = (
    f"replace(id::text, '-', ''), kind, {SERVER_TIME.format('event_time')}, {SERVER_TIME.format('recorded_time')}"
)
NOT_SAID = "not said"  # by an event of before the ledger as a whole was a chain


class Link(NamedTuple):
    """An event's place in the chain of a subject."""

    ordinal: int
    previous: str | None
    sequence: int


@dataclass
class Stretch:
    """What stands in a stretch of the ledger, and the first thing that is wrong within it.

    `starts` and `ends` hold each subject's first link and the ordinal and hash of its last event; `follows` is the
    hash that the first event says it follows, if it says so; `is_said` whether the last event says it.
    """

    sequences: array[int] = field(default_factory=lambda: array("q"))
    hashes: bytearray = field(default_factory=bytearray)  # 32 bytes for each event
    starts: dict[str, Link] = field(default_factory=dict)
    ends: dict[str, tuple[int, str]] = field(default_factory=dict)
    follows: str | None = NOT_SAID
    is_said: bool = False
    fault: tuple[int, Text] | None = None

    @property
    def last_hash(self) -> str | None:
        """The hash of the last event."""
        return self.hashes[-32:].hex() if self.hashes else None


class _Row(NamedTuple):
    sequence: int
    id: str  # 32 hexadecimal digits
    kind: str
    event_time: str
    recorded_time: str
    content: str
    hash: str


def stretches(connection: Connection, after: int = 0) -> list[tuple[int, int]]:
    """The ledger as it is now, cut into stretches: (after this sequence, up to this one).

    What is recorded meanwhile is left out. Rows that belong to no event count, so that they are found; so do those
    with numbers that no event ever gets, 0 and below.
    """
    if not after:
        after = min(1, connection.execute(BEGINNING).scalar() or 1) - 1
    cuts = connection.execute(CUTS, {"after": after, "size": STRETCH_EVENTS})
    edges = [after, *dict.fromkeys(cuts.scalars())]
    return list(pairwise(edges))


def check_stretch(connection: Connection, after: int, until: int) -> Stretch:
    """Check the events with `after` < sequence <= `until`, up to the first that is wrong."""
    found = Stretch()
    subjects = _subject_rows(connection, after, until)
    for row, links in _with_links(_event_rows(connection, after, until), subjects):
        fault = _orphan(row, links) if isinstance(row, int) else _check(found, row, links)
        if fault is not None:
            found.fault = (row if isinstance(row, int) else row.sequence, fault)
            return found
    return found


def _check(found: Stretch, row: _Row, links: Sequence[tuple[int, str, int, str | None]]) -> Text | None:
    try:
        content = json.loads(row.content)
        digest = hashlib.sha256(row.content.encode()).hexdigest()
        if digest != row.hash:
            return Text(N_("the content does not fit its hash, or is no event's"))
        same = _columns_fit(row, content)
        previous = content["previous"]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Text(N_("the content does not fit its hash, or is no event's"))
    if not same:
        return Text(N_("a column says something else than the content"))
    if not isinstance(previous, dict) or {subject for _, subject, _, _ in links} != previous.keys():
        return Text(N_("its subjects were changed"))
    return _follow(found, row, content, links)


def _columns_fit(row: _Row, content: dict[str, Any]) -> bool:
    said = (content["id"].replace("-", ""), content["kind"], content["event_time"], content["recorded_time"])
    return bool(said == (row.id, row.kind, row.event_time, row.recorded_time))


def _follow(
    found: Stretch, row: _Row, content: dict[str, Any], links: Sequence[tuple[int, str, int, str | None]]
) -> Text | None:
    """Put an event behind those before it: in the ledger, and in the story of each subject."""
    is_said, follows = "after" in content, content.get("after")
    if not found.sequences:
        found.follows = follows if is_said else NOT_SAID
    elif follows != found.last_hash if is_said else found.is_said:
        return broken_order()
    if follows == NOT_SAID:
        return broken_order()
    found.is_said = is_said
    previous_of = content["previous"]
    for _, subject, ordinal, previous in links:
        if previous_of[subject] != previous or not isinstance(ordinal, int):
            return not_after(subject)
        before = found.ends.get(subject)
        if before is None:
            found.starts[subject] = Link(ordinal, previous, row.sequence)
        elif before != (ordinal - 1, previous):
            return missing_before(subject)
        found.ends[subject] = (ordinal, row.hash)
    found.sequences.append(row.sequence)
    found.hashes += bytes.fromhex(row.hash)
    return None


def broken_order() -> Text:
    """An event does not follow the one before it in the ledger."""
    return Text(N_("it does not follow the event before it in the ledger"))


def not_after(subject: str) -> Text:
    """An event's content and its link disagree about what it follows."""
    return Text(N_("it does not follow the event before it in the story of %(subject)s"), {"subject": subject})


def missing_before(subject: str) -> Text:
    """A chain has a gap."""
    return Text(N_("the event before it in the story of %(subject)s is missing or altered"), {"subject": subject})


def _orphan(_sequence: int, links: Sequence[tuple[int, str, int, str | None]]) -> Text:
    return Text(
        N_("the event was removed; only its place in the story of %(subject)s is left"), {"subject": links[0][1]}
    )


def _with_links(
    rows: Iterable[_Row], subjects: Iterable[tuple[int, str, int, str | None]]
) -> Iterator[tuple[_Row | int, list[tuple[int, str, int, str | None]]]]:
    """Each event with its links; links of an event that is not there come with its sequence alone."""
    grouped = groupby(subjects, key=itemgetter(0))
    sequence, group = next(grouped, (None, iter(())))
    for row in rows:
        while sequence is not None and sequence < row.sequence:
            yield sequence, list(group)
            sequence, group = next(grouped, (None, iter(())))
        if sequence == row.sequence:
            yield row, list(group)
            sequence, group = next(grouped, (None, iter(())))
        else:
            yield row, []
    while sequence is not None:
        yield sequence, list(group)
        sequence, group = next(grouped, (None, iter(())))


def _subject_rows(connection: Connection, after: int, until: int) -> list[tuple[int, str, int, str | None]]:
    return _rows(
        connection,
        "SELECT event_sequence, subject, ordinal, previous_hash FROM ledger_subject "
        "WHERE event_sequence > {} AND event_sequence <= {} ORDER BY event_sequence",
        after,
        until,
    )


def _event_rows(connection: Connection, after: int, until: int) -> Iterator[_Row]:
    """Events as they stand, without the translation of columns that SQLAlchemy would do for each."""
    is_sqlite = connection.dialect.name == "sqlite"
    columns = "id, kind, event_time, recorded_time" if is_sqlite else SERVER_COLUMNS
    statement = (
        f"SELECT sequence, {columns}, content, hash FROM ledger_event "  # noqa: S608 - our own constants
        "WHERE sequence > {} AND sequence <= {} ORDER BY sequence"
    )
    for sequence, event_id, kind, at, recorded, content, digest in _rows(connection, statement, after, until):
        if is_sqlite:
            at, recorded = _sqlite_time(at), _sqlite_time(recorded)
        yield _Row(sequence, event_id, kind, at, recorded, content, digest)


def _rows(connection: Connection, statement: str, after: int, until: int) -> list[Any]:
    """All rows of a statement with two places, straight from the driver."""
    if connection.dialect.name != "sqlite":
        return _fetched(connection.connection, statement.format("%s", "%s"), after, until)
    driver: Any = connection.connection.driver_connection
    asked = statement.format("?", "?")
    try:
        return _fetched(driver, asked, after, until)
    except sqlite3.OperationalError:  # text that is no UTF-8: to be named by its event, not to stop the check
        driver.text_factory = lambda octets: octets.decode("utf-8", "replace")
        try:
            return _fetched(driver, asked, after, until)
        finally:
            driver.text_factory = str


def _fetched(driver: Any, statement: str, after: int, until: int) -> list[Any]:
    cursor = driver.cursor()
    try:
        cursor.execute(statement, (after, until))
        return list(cursor.fetchall())
    finally:
        cursor.close()


def _sqlite_time(stored: object) -> str:
    """2026-11-23 01:00:00.123456 as events say it; anything else as it stands, which no event says."""
    words = str(stored)
    if len(words) == 26 and words[10] == " " and words[23:].isdecimal():
        return f"{words[:10]}T{words[11:23]}Z"
    return words
