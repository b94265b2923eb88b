"""The platform's own database: capture jobs that survive a crash, and the events it has taken in.

A job is on the disk (WAL, synchronous=FULL) before its 202 is sent, so that an accepted document is never lost.
The same event (its ID, and the time of its error declaration or none) is stored once; repeats are counted.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mes.traceability.epcis.digital_link import canonical_uri
from mes.traceability.epcis.vocabulary import vocabulary

_SCHEMA = """
CREATE TABLE IF NOT EXISTS capture_job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    capture_id TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    finished_at TEXT,
    error_behaviour TEXT NOT NULL,
    document TEXT NOT NULL,
    success INTEGER NOT NULL DEFAULT 1,
    errors TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE IF NOT EXISTS event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL,
    declared_at TEXT NOT NULL DEFAULT '',  -- of its error declaration, UTC; empty: an ordinary event
    event_time TEXT NOT NULL,              -- UTC
    local_day TEXT NOT NULL,               -- the day at the place of the event
    record_time TEXT NOT NULL,             -- UTC, when this platform stored it
    event_type TEXT NOT NULL,
    action TEXT,
    biz_step TEXT,
    step TEXT NOT NULL,                    -- the shop-floor step where named, else the business step
    disposition TEXT,
    context TEXT NOT NULL,
    body TEXT NOT NULL,
    received_times INTEGER NOT NULL DEFAULT 1,
    differing_receptions INTEGER NOT NULL DEFAULT 0,  -- repeats with another content under the same ID
    UNIQUE (event_id, declared_at)
);
CREATE TABLE IF NOT EXISTS event_epc (
    event INTEGER NOT NULL REFERENCES event (id),
    epc TEXT NOT NULL,       -- in canonical form
    part TEXT NOT NULL,      -- object, parent, child, input or output
    instance INTEGER NOT NULL,  -- 0: a class or batch
    PRIMARY KEY (event, epc, part)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS event_epc_by_epc ON event_epc (epc);
CREATE INDEX IF NOT EXISTS event_by_time ON event (event_time);
"""

_PARTS = {
    "epcList": "object", "parentID": "parent", "childEPCs": "child", "inputEPCList": "input",
    "outputEPCList": "output", "quantityList": "object", "childQuantityList": "child",
    "inputQuantityList": "input", "outputQuantityList": "output",
}  # fmt: skip


@dataclass(frozen=True)
class CaptureJob:
    """A capture document on its way; `finished_at` is None while it runs."""

    id: int
    capture_id: str
    created_at: str
    finished_at: str | None
    error_behaviour: str
    success: bool
    errors: list[dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """The job as GS1's `CaptureJob`."""
        finished = {"finishedAt": self.finished_at} if self.finished_at else {}
        return {
            "captureID": self.capture_id,
            "createdAt": self.created_at,
            **finished,
            "running": self.finished_at is None,
            "success": self.success,
            "captureErrorBehaviour": self.error_behaviour,
            "errors": self.errors,
        }


@dataclass(frozen=True)
class StoredEvent:
    """An event as it was received, with what the platform knows about it."""

    id: int
    event_id: str
    record_time: str
    received_times: int
    context: Any
    body: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """The event with its record time."""
        return self.body | {"recordTime": self.record_time}


@dataclass(frozen=True)
class SequenceViolation:
    """An event that came in after a later one of the same thing."""

    epc: str
    event_id: str
    event_time: str
    later_event_time: str


def now_text() -> str:
    """The present moment in UTC with milliseconds."""
    return utc_text(datetime.now(UTC))


def utc_text(moment: datetime) -> str:
    """`moment` in UTC with milliseconds, in a form that sorts by time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Store:
    """All access to the database; any thread may use it."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file
        self._write_lock = threading.Lock()
        with self._connection() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(_SCHEMA)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._file, timeout=30, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            yield connection
        finally:
            connection.close()

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """One transaction; it is rolled back where the block raises."""
        with self._write_lock, self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Writer(connection)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def add_job(self, document: Mapping[str, Any], error_behaviour: str) -> str:
        """Put a document in the queue, on the disk, and return its capture ID."""
        capture_id = f"job-{uuid.uuid4().hex}"
        with self.writing() as writer:
            writer.execute(
                "INSERT INTO capture_job (capture_id, created_at, error_behaviour, document) VALUES (?, ?, ?, ?)",
                (capture_id, now_text(), error_behaviour, json.dumps(document, ensure_ascii=False)),
            )
        return capture_id

    def next_job(self) -> tuple[CaptureJob, dict[str, Any]] | None:
        """The oldest unfinished job and its document."""
        rows = self.select("SELECT * FROM capture_job WHERE finished_at IS NULL ORDER BY id LIMIT 1")
        return (_job(rows[0]), json.loads(rows[0]["document"])) if rows else None

    def job(self, capture_id: str) -> CaptureJob | None:
        """The job with this capture ID."""
        rows = self.select("SELECT * FROM capture_job WHERE capture_id = ?", (capture_id,))
        return _job(rows[0]) if rows else None

    def jobs(self, after: int, limit: int) -> list[CaptureJob]:
        """Up to `limit` jobs that came after the one with number `after`."""
        found = self.select("SELECT * FROM capture_job WHERE id > ? ORDER BY id LIMIT ?", (after, limit))
        return [_job(row) for row in found]

    def events(self, conditions: Sequence[tuple[str, Sequence[str]]], after: int, limit: int) -> list[StoredEvent]:
        """Up to `limit` events stored after number `after` that meet all conditions (SQL of ours, and its values)."""
        where = " AND ".join(["id > ?", *(condition for condition, _ in conditions)])
        values = [value for _, some in conditions for value in some]
        found = self.select(
            f"SELECT * FROM event WHERE {where} ORDER BY id LIMIT ?",  # noqa: S608 - conditions are our own text
            (after, *values, limit),
        )
        return [stored_event(row) for row in found]

    def events_of(self, epc: str) -> list[StoredEvent]:
        """All events that name `epc` (any form of the key), by time of event."""
        found = self.select(
            "SELECT * FROM event WHERE id IN (SELECT event FROM event_epc WHERE epc = ?) ORDER BY event_time, id",
            (canonical_uri(epc),),
        )
        return [stored_event(row) for row in found]

    def sequence_violations(self) -> list[SequenceViolation]:
        """Per thing: events received after one with a later time; error declarations repeat old times, so not they."""
        found = self.select(
            """
            SELECT epc, event_id, event_time, later FROM (
                SELECT event_epc.epc, event.event_id, event.event_time,
                       max(event.event_time) OVER (
                           PARTITION BY event_epc.epc ORDER BY event.id
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS later
                FROM event_epc JOIN event ON event.id = event_epc.event
                WHERE event_epc.instance = 1 AND event.declared_at = '')
            WHERE event_time < later ORDER BY epc, event_time
            """
        )
        return [SequenceViolation(*row) for row in found]

    def select(self, statement: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """The rows of a reading statement."""
        with self._connection() as connection:
            return connection.execute(statement, values).fetchall()


class Writer:
    """What can be done within one writing transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run a statement in this transaction."""
        return self._connection.execute(statement, values)

    def take_in(self, event: Mapping[str, Any], context: Any) -> tuple[str, bool]:
        """Store a valid event, or count a repeat; returns its ID, and whether it was new."""
        body = {name: value for name, value in event.items() if name not in ("recordTime", "@context")}
        body.setdefault("eventID", f"urn:uuid:{uuid.uuid4()}")
        known = self._known(body)
        if known is not None:
            self._count_repeat(known, body)
            return body["eventID"], False
        self._insert(body, event.get("@context", context))
        return body["eventID"], True

    def knows(self, event: Mapping[str, Any]) -> bool:
        """Whether an event with this ID and declaration is stored already."""
        return "eventID" in event and self._known(event) is not None

    def finish_job(self, job: CaptureJob, errors: Sequence[Mapping[str, Any]]) -> None:
        """Close the job; its document is dropped, for the events have it."""
        self.execute(
            "UPDATE capture_job SET finished_at = ?, success = ?, errors = ?, document = '' WHERE id = ?",
            (now_text(), not errors, json.dumps(list(errors), ensure_ascii=False), job.id),
        )

    def _known(self, event: Mapping[str, Any]) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self.execute(
            "SELECT id, body FROM event WHERE event_id = ? AND declared_at = ?",
            (event["eventID"], _declared_at(event)),
        ).fetchone()
        return row

    def _count_repeat(self, known: sqlite3.Row, body: Mapping[str, Any]) -> None:
        self.execute(
            "UPDATE event SET received_times = received_times + 1,"
            " differing_receptions = differing_receptions + ? WHERE id = ?",
            (json.loads(known["body"]) != body, known["id"]),
        )

    def _insert(self, body: Mapping[str, Any], context: Any) -> None:
        moment = datetime.fromisoformat(body["eventTime"])
        record = {
            "event_id": body["eventID"],
            "declared_at": _declared_at(body),
            "event_time": utc_text(moment),
            "local_day": moment.date().isoformat(),
            "record_time": now_text(),
            "event_type": body["type"],
            "action": body.get("action"),
            "biz_step": _bare("bizStep", body.get("bizStep")),
            "step": step_code(body),
            "disposition": _bare("disposition", body.get("disposition")),
            "context": json.dumps(context, ensure_ascii=False),
            "body": json.dumps(body, ensure_ascii=False),
        }
        columns, places = ", ".join(record), ", ".join("?" * len(record))
        statement = f"INSERT INTO event ({columns}) VALUES ({places})"  # noqa: S608 - our own column names
        number = self.execute(statement, list(record.values())).lastrowid
        for epc, part, instance in named_things(body):
            self.execute("INSERT OR IGNORE INTO event_epc VALUES (?, ?, ?, ?)", (number, epc, part, instance))


def named_things(event: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Every key an event names: in canonical form, its part in the event, and whether it is one piece."""
    for name, part in _PARTS.items():
        value = event.get(name, [])
        for entry in [value] if isinstance(value, str) else value:
            if isinstance(entry, str):
                yield canonical_uri(entry), part, True
            else:
                yield canonical_uri(entry["epcClass"]), part, False


def step_code(event: Mapping[str, Any]) -> str:
    """The step an event tells of: its `processStep` extension, else its business step."""
    own = next((value for name, value in event.items() if name.endswith((":processStep", "/processStep"))), None)
    if isinstance(own, str):
        return own.rsplit(":", 1)[-1].rsplit("/", 1)[-1]
    return vocabulary("bizStep").bare_word(event.get("bizStep", "other"))


def stored_event(row: sqlite3.Row) -> StoredEvent:
    """The event in a row of the table `event`."""
    return StoredEvent(
        row["id"],
        row["event_id"],
        row["record_time"],
        row["received_times"],
        json.loads(row["context"]),
        json.loads(row["body"]),
    )


def _job(row: sqlite3.Row) -> CaptureJob:
    return CaptureJob(
        row["id"],
        row["capture_id"],
        row["created_at"],
        row["finished_at"],
        row["error_behaviour"],
        bool(row["success"]),
        json.loads(row["errors"]),
    )


def _declared_at(event: Mapping[str, Any]) -> str:
    declaration = event.get("errorDeclaration")
    return utc_text(datetime.fromisoformat(declaration["declarationTime"])) if declaration else ""


def _bare(name: str, value: str | None) -> str | None:
    return vocabulary(name).bare_word(value) if value is not None else None
