"""The platform's own database: capture jobs that survive a crash, and the events it has taken in.

A job is on the disk (WAL, synchronous=FULL) before its 202 is sent, so that an accepted document is never lost.
The same event (its ID, and the time of its error declaration or none) is stored once; repeats are counted.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mes.traceability.epcis.digital_link import canonical_uri
from mes.traceability.sandbox.clock import PlatformClock
from mes.traceability.sandbox.intake import Writer
from mes.traceability.sandbox.schema import lay_out


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
class WaitingJob:
    """An unfinished job, the text of its document, and the number of its first event in the record of receptions."""

    job: CaptureJob
    text: str
    first_reception: int


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


class Store:
    """All access to the database; any thread may use it. One connection writes, under a lock; reading opens its own."""

    def __init__(self, file: Path, clock: PlatformClock | None = None) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file
        self.clock = clock or PlatformClock()
        self._write_lock = threading.Lock()
        self._writing = self._connect()
        lay_out(self._writing)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, timeout=30, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        return connection

    def close(self) -> None:
        """Let go of the file."""
        with self._write_lock:
            self._writing.close()

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """One transaction; it is rolled back where the block raises."""
        with self._write_lock:
            self._writing.execute("BEGIN IMMEDIATE")
            try:
                yield Writer(self._writing, self.clock)
                self._writing.execute("COMMIT")
            except BaseException:
                if self._writing.in_transaction:
                    self._writing.execute("ROLLBACK")
                raise

    def next_job(self) -> WaitingJob | None:
        """The oldest unfinished job and its document."""
        rows = self.select("SELECT * FROM capture_job WHERE finished_at IS NULL ORDER BY id LIMIT 1")
        return WaitingJob(_job(rows[0]), rows[0]["document"], rows[0]["first_reception"]) if rows else None

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
        with closing(self._connect()) as connection:
            return connection.execute(statement, values).fetchall()


def stored_event(row: sqlite3.Row) -> StoredEvent:
    """The event in a row of the table `event`; its record time is ours, its context stands beside it."""
    body = json.loads(row["body"])
    body.pop("recordTime", None)
    body.pop("@context", None)
    body.setdefault("eventID", row["event_id"])
    context = json.loads(row["context"])
    return StoredEvent(row["id"], row["event_id"], row["record_time"], row["received_times"], context, body)


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
