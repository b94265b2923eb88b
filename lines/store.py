"""The store-and-forward queue: messages wait on disk until the receiver has confirmed them."""

import json
import secrets
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS loss (dropped INTEGER NOT NULL);
INSERT INTO loss SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM loss);
"""


@dataclass(frozen=True, slots=True)
class Message:
    """A waiting message. The id was made when it was appended, so that the receiver can drop a repeat."""

    id: str
    body: Mapping[str, Any]


class Store:
    """A bounded queue in a SQLite file, for one process and any number of its threads.

    A message is on disk when ``append`` returns: it survives ``kill -9`` of the process at any moment (the
    journal is WAL with ``synchronous=NORMAL``; after a power cut the last few may be missing, the file stays
    sound). When ``capacity`` is reached the oldest message gives way and ``dropped`` counts it: the newest
    state of a machine is worth more than the oldest.
    """

    def __init__(self, path: Path | str, capacity: int = 100_000) -> None:
        if capacity < 1:
            raise ValueError(f"the capacity of a store is at least 1, not {capacity}")
        self.path = Path(path)
        self.capacity = capacity
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(self.path, timeout=10, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)
        self._length = self._count("SELECT count(*) FROM message")
        self._dropped = self._count("SELECT dropped FROM loss")

    def __len__(self) -> int:
        return self._length

    @property
    def dropped(self) -> int:
        """How many messages gave way since the file was made."""
        return self._dropped

    def append(self, message: Mapping[str, Any], message_id: str | None = None) -> str:
        """Put a JSON-able message on disk and give its id; a repeated id changes nothing.

        Raises ``TypeError`` or ``ValueError`` for what is not JSON, ``sqlite3.Error`` when the disk does not
        take it.
        """
        message_id = message_id or str(uuid.uuid4())
        self._insert([(message_id, _body(message))])
        return message_id

    def append_many(self, messages: Sequence[Mapping[str, Any]]) -> list[str]:
        """Put messages on disk in their order, all or none of them, and give their ids. Raises as ``append`` does."""
        rows = list(zip(_ids(len(messages)), map(_body, messages), strict=True))
        if rows:
            self._insert(rows)
        return [message_id for message_id, _ in rows]

    def pending(self, limit: int = 100) -> list[Message]:
        """The oldest waiting messages, in the order in which they were appended."""
        with self._lock:
            rows = self._connection.execute("SELECT id, body FROM message ORDER BY number LIMIT ?", (limit,)).fetchall()
        return [Message(message_id, json.loads(body)) for message_id, body in rows]

    def acknowledge(self, ids: Iterable[str]) -> None:
        """Forget messages that the receiver has confirmed; unknown ids are no error."""
        with self._lock:
            with self._transaction() as cursor:
                cursor.executemany("DELETE FROM message WHERE id = ?", [(message_id,) for message_id in ids])
                length = self._length - max(0, cursor.rowcount)
            self._length = length

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _insert(self, rows: Sequence[tuple[str, str]]) -> None:
        with self._lock:
            with self._transaction() as cursor:
                cursor.executemany("INSERT OR IGNORE INTO message (id, body) VALUES (?, ?)", rows)
                length = self._length + cursor.rowcount
                dropped = self._drop_oldest(cursor, length - self.capacity)
            self._length = length - dropped
            self._dropped += dropped

    def _count(self, query: str) -> int:
        (number,) = self._connection.execute(query).fetchone()
        return int(number)

    def _drop_oldest(self, cursor: sqlite3.Cursor, surplus: int) -> int:
        if surplus <= 0:
            return 0
        cursor.execute(
            "DELETE FROM message WHERE number IN (SELECT number FROM message ORDER BY number LIMIT ?)",
            (surplus,),
        )
        dropped = cursor.rowcount
        cursor.execute("UPDATE loss SET dropped = dropped + ?", (dropped,))
        return dropped

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Cursor]:
        with closing(self._connection.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")


def _body(message: Mapping[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False, allow_nan=False)


def _ids(count: int) -> list[str]:
    """New ids in rising order (UUID version 7: milliseconds, then chance, then a count), so that the index of the file
    grows at its end only.
    """
    milliseconds = time.time_ns() // 1_000_000
    chance = secrets.randbits(12) << 64 | secrets.randbits(42) << 20
    first = milliseconds << 80 | 7 << 76 | 2 << 62 | chance
    return [str(uuid.UUID(int=first + number)) for number in range(count)]
