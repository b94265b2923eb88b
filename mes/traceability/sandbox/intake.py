"""Taking in: everything that is written, within one transaction at a time."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from mes.core.text import Text
from mes.traceability.epcis.digital_link import canonical_uri
from mes.traceability.epcis.vocabulary import vocabulary
from mes.traceability.sandbox.clock import PlatformClock, utc_text
from mes.traceability.sandbox.reading import Received

_PARTS = {
    "epcList": "object", "parentID": "parent", "childEPCs": "child", "inputEPCList": "input",
    "outputEPCList": "output", "quantityList": "object", "childQuantityList": "child",
    "inputQuantityList": "input", "outputQuantityList": "output",
}  # fmt: skip
_COLUMNS = (
    "id, event_id, declared_at, copy, event_time, local_day, record_time, event_type, action, biz_step, step,"
    " disposition, context, body, digest, reception"
)
_INSERT_EVENT = f"INSERT INTO event ({_COLUMNS}) VALUES ({', '.join('?' * 16)})"  # noqa: S608 - our own names
_canonical = lru_cache(maxsize=20_000)(canonical_uri)

LONGEST_DETAIL = 2000
Key = tuple[str, str]
"""What an event is known by: its ID and the time of its error declaration, or an empty text."""


@dataclass(slots=True)
class _Known:
    """An event that is stored, or is about to be; `text` is read from the database only where bytes differ."""

    number: int
    digest: str
    text: str | None = None
    copies: int = 0
    repeats: int = 0
    differing: int = 0


class Writer:
    """What can be done within one writing transaction."""

    def __init__(self, connection: sqlite3.Connection, clock: PlatformClock) -> None:
        self._connection = connection
        self.clock = clock

    def execute(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run a statement in this transaction."""
        return self._connection.execute(statement, values)

    def record_delivery(
        self, way: str, outcome: str, size: int, received: Sequence[Received] = (), detail: str | Text = ""
    ) -> int:
        """Put into the record what came in; returns the number of its first event there."""
        signs = [(event.event_id, is_declared(event.body), event.digest) for event in received]
        return self.record_signs(way, outcome, size, signs, detail)

    def record_signs(
        self, way: str, outcome: str, size: int, signs: Sequence[tuple[str, bool, str]], detail: str | Text = ""
    ) -> int:
        """As `record_delivery`, by the event's ID, whether it is a declaration, and its digest."""
        at = utc_text(datetime.now().astimezone())
        delivery = self.execute(
            "INSERT INTO delivery (at, way, outcome, detail, size) VALUES (?, ?, ?, ?, ?)",
            (at, way, outcome, kept_detail(detail), size),
        ).lastrowid
        first = self._next("reception")
        self._connection.executemany(
            "INSERT INTO reception VALUES (?, ?, ?, ?, ?)",
            [(first + place, delivery, *sign) for place, sign in enumerate(signs)],
        )
        return first

    def add_job(self, error_behaviour: str, text: str, first_reception: int) -> tuple[int, str]:
        """Put a document in the queue; returns the job's number and its capture ID."""
        capture_id = f"job-{uuid.uuid4().hex}"
        number = self.execute(
            "INSERT INTO capture_job (capture_id, created_at, error_behaviour, document, first_reception)"
            " VALUES (?, ?, ?, ?, ?)",
            (capture_id, self.clock.text(), error_behaviour, text, first_reception),
        ).lastrowid
        return int(number or 0), capture_id

    def finish_job(self, number: int, errors: Sequence[Mapping[str, Any]]) -> None:
        """Close the job; its document is dropped, for the events have it."""
        self.execute(
            "UPDATE capture_job SET finished_at = ?, success = ?, errors = ?, document = '' WHERE id = ?",
            (self.clock.text(), not errors, json.dumps(list(errors), ensure_ascii=False), number),
        )

    def jobs_wait(self) -> bool:
        """Whether a job is unfinished."""
        return self.execute("SELECT 1 FROM capture_job WHERE finished_at IS NULL LIMIT 1").fetchone() is not None

    def take_in(
        self, events: Sequence[tuple[int, Received]], context: Any, *, store_duplicates: bool = False
    ) -> list[tuple[str, bool]]:
        """Store valid events, each with its number in the record of receptions, and count repeats; returns the ID of
        each and whether it was new. With `store_duplicates` a repeat becomes an event of its own."""
        keys = [_key(event.body) for _, event in events]
        known = self._known({event_id for event_id, _ in keys})
        number = self._next("event")
        record_time, contexts = self.clock.text(), _Contexts(context)
        rows, things, answers = [], [], []
        for (reception, event), key in zip(events, keys, strict=True):
            before = known.get(key)
            if before is not None and not store_duplicates:
                self._count_repeat(before, event)
            else:
                copy = 0 if before is None else before.copies + 1
                rows.append((number, *key, copy, *_facts(event.body, record_time), contexts.text(event.body),
                             event.text, event.digest, reception))  # fmt: skip
                things += [(number, *thing) for thing in named_things(event.body)]
                if before is None:
                    known[key] = _Known(number, event.digest, event.text)
                else:
                    before.copies += 1
                number += 1
            answers.append((key[0], before is None))
        self._connection.executemany(_INSERT_EVENT, rows)
        self._connection.executemany("INSERT OR IGNORE INTO event_epc VALUES (?, ?, ?, ?)", things)
        self._write_repeats(known.values())
        return answers

    def _next(self, table: str) -> int:
        last = self.execute(f"SELECT max(id) FROM {table}").fetchone()[0]  # noqa: S608 - our own table names
        return (last or 0) + 1

    def _known(self, event_ids: set[str]) -> dict[Key, _Known]:
        found = self.execute(
            "SELECT event_id, declared_at, id, digest, copy FROM event"
            " WHERE event_id IN (SELECT value FROM json_each(?)) ORDER BY copy DESC",
            (json.dumps(list(event_ids)),),
        )
        known: dict[Key, _Known] = {}
        for event_id, declared_at, number, digest, copy in found:
            entry = known.setdefault((event_id, declared_at), _Known(number, digest, copies=copy))
            entry.number, entry.digest = number, digest
        return known

    def _count_repeat(self, before: _Known, event: Received) -> None:
        before.repeats += 1
        if before.digest == event.digest:
            return
        if before.text is None:
            before.text = self.execute("SELECT body FROM event WHERE id = ?", (before.number,)).fetchone()[0]
        before.differing += _content(json.loads(before.text)) != _content(event.body)

    def _write_repeats(self, known: Any) -> None:
        self._connection.executemany(
            "UPDATE event SET received_times = received_times + ?, differing_receptions = differing_receptions + ?"
            " WHERE id = ?",
            [(entry.repeats, entry.differing, entry.number) for entry in known if entry.repeats],
        )


class _Contexts:
    """The context of each event as text; mostly that of its document, which is written once."""

    def __init__(self, context: Any) -> None:
        self._shared = json.dumps(context, ensure_ascii=False)

    def text(self, event: Mapping[str, Any]) -> str:
        return json.dumps(event["@context"], ensure_ascii=False) if "@context" in event else self._shared


def kept_detail(detail: str | Text) -> str:
    """Words with their values apart, so that they can be shown in a reader's language."""
    if isinstance(detail, str):
        return detail[:LONGEST_DETAIL]
    kept = json.dumps(detail.as_json(), ensure_ascii=False)
    return kept if len(kept) <= LONGEST_DETAIL else str(detail)[:LONGEST_DETAIL]


def told_detail(kept: str) -> Text:
    """What `kept_detail` made; words of an earlier edition as they are."""
    try:
        if kept.startswith('{"message"'):
            return Text.from_json(json.loads(kept))
    except (ValueError, KeyError, TypeError):
        pass
    return Text("%(words)s", {"words": kept})


def is_declared(event: Any) -> bool:
    """Whether an event carries an error declaration."""
    return isinstance(event, Mapping) and "errorDeclaration" in event


def named_things(event: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Every key an event names: in canonical form, its part in the event, and whether it is one piece."""
    for name, part in _PARTS.items():
        value = event.get(name, ())
        for entry in (value,) if isinstance(value, str) else value:
            if isinstance(entry, str):
                yield _canonical(entry), part, True
            else:
                yield _canonical(entry["epcClass"]), part, False


def step_code(event: Mapping[str, Any]) -> str:
    """The step an event tells of: its `processStep` extension, else its business step."""
    own = next((value for name, value in event.items() if name.endswith((":processStep", "/processStep"))), None)
    if isinstance(own, str):
        return own.rsplit(":", 1)[-1].rsplit("/", 1)[-1]
    return vocabulary("bizStep").bare_word(event.get("bizStep", "other"))


def _key(body: Mapping[str, Any]) -> Key:
    declaration = body.get("errorDeclaration")
    declared_at = utc_text(datetime.fromisoformat(declaration["declarationTime"])) if declaration else ""
    return body.get("eventID") or f"urn:uuid:{uuid.uuid4()}", declared_at


def _facts(body: Mapping[str, Any], record_time: str) -> tuple[Any, ...]:
    """The columns from `event_time` to `disposition`."""
    moment = datetime.fromisoformat(body["eventTime"])
    return (
        utc_text(moment),
        moment.date().isoformat(),
        record_time,
        body["type"],
        body.get("action"),
        _bare("bizStep", body.get("bizStep")),
        step_code(body),
        _bare("disposition", body.get("disposition")),
    )


def _content(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ("recordTime", "@context")}


@lru_cache(maxsize=2000)
def _bare(name: str, value: str | None) -> str | None:
    return vocabulary(name).bare_word(value) if value is not None else None
