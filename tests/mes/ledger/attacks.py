"""What somebody with the database's own keys could do to a ledger. Each returns the sequences that may be named."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from mes.ledger.canonical import canonical_text, content_hash

Named = Iterable[int]
Draw = st.DataObject


def switch_triggers_off(session: Session) -> None:
    """The ledger's triggers, and the references to it, stand no longer in the way."""
    if session.get_bind().dialect.name == "sqlite":
        for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
    else:
        session.execute(text("SET LOCAL session_replication_role = replica"))


def sequences(session: Session) -> list[int]:
    return list(session.scalars(text("SELECT sequence FROM ledger_event ORDER BY sequence")))


def some(session: Session, draw: Draw, *, least: int = 0) -> int:
    """A row of the ledger, with so many rows before it."""
    return int(draw.draw(st.sampled_from(sequences(session)[least:])))


def put(session: Session, statement: str, **values: object) -> None:
    assert session.execute(text(statement), values).rowcount  # type: ignore[attr-defined]


def content_of(session: Session, sequence: int) -> dict[str, Any]:
    found = session.scalar(text("SELECT content FROM ledger_event WHERE sequence = :at"), {"at": sequence})
    return dict(json.loads(str(found)))


def write(session: Session, sequence: int, content: Mapping[str, Any], digest: str | None = None) -> None:
    put(
        session,
        "UPDATE ledger_event SET content = :content WHERE sequence = :at",
        content=canonical_text(content),
        at=sequence,
    )
    if digest:
        put(session, "UPDATE ledger_event SET hash = :hash WHERE sequence = :at", hash=digest, at=sequence)


def changed(content: dict[str, Any], draw: Draw) -> dict[str, Any]:
    """The content with one thing another, deep inside or on top."""
    key = draw.draw(st.sampled_from(["who", "data", "where", "how"]))
    return {**content, key: {**content[key], draw.draw(st.sampled_from(["name", "reason"])): f"forged {uuid4()}"}}


def alter_content(session: Session, draw: Draw) -> Named:
    at = some(session, draw)
    write(session, at, changed(content_of(session, at), draw))
    return [at]


def alter_a_byte(session: Session, draw: Draw) -> Named:
    at = some(session, draw)
    old = str(session.scalar(text("SELECT content FROM ledger_event WHERE sequence = :at"), {"at": at}))
    place = draw.draw(st.integers(0, len(old) - 1))
    new = old[:place] + ("x" if old[place] != "x" else "y") + old[place + 1 :]
    put(session, "UPDATE ledger_event SET content = :content WHERE sequence = :at", content=new, at=at)
    return [at]


def alter_and_hash(session: Session, draw: Draw) -> Named:
    at = some(session, draw)
    content = changed(content_of(session, at), draw)
    write(session, at, content, content_hash(content))
    last = at == sequences(session)[-1]
    return range(1, at + 1) if last else [at]  # what nothing follows is missed by the checkpoint, with those before it


def alter_hash(session: Session, draw: Draw) -> Named:
    at = some(session, draw)
    put(session, "UPDATE ledger_event SET hash = :hash WHERE sequence = :at", hash=uuid4().hex * 2, at=at)
    return [at]


def alter_column(session: Session, draw: Draw) -> Named:
    at = some(session, draw)
    column, value = draw.draw(
        st.sampled_from(
            [
                ("kind", "element.scrapped"),
                ("id", uuid4().hex),
                ("event_time", "2020-01-01 00:00:00"),
                ("recorded_time", "2020-01-01 00:00:00"),
            ]
        )
    )
    cast = {"id": "CAST(:value AS uuid)", "kind": ":value"}.get(column, "CAST(:value AS timestamptz)")
    place = ":value" if session.get_bind().dialect.name == "sqlite" else cast
    put(session, f"UPDATE ledger_event SET {column} = {place} WHERE sequence = :at", value=value, at=at)
    return [at]


def alter_link(session: Session, draw: Draw) -> Named:
    at = some(session, draw)
    subject = session.scalar(text("SELECT max(subject) FROM ledger_subject WHERE event_sequence = :at"), {"at": at})
    change = draw.draw(
        st.sampled_from(
            [
                "UPDATE ledger_subject SET ordinal = ordinal + 1000",
                f"UPDATE ledger_subject SET previous_hash = '{'0' * 64}'",
                "UPDATE ledger_subject SET subject = 'element:forged'",
                "DELETE FROM ledger_subject",
            ]
        )
    )
    put(session, f"{change} WHERE event_sequence = :at AND subject = :subject", at=at, subject=subject)
    return [at]


def add_link(session: Session, draw: Draw) -> Named:
    at = some(session, draw)
    put(session, "INSERT INTO ledger_subject VALUES (:at, 'element:forged', 1, NULL)", at=at)
    return [at]


def remove(session: Session, draw: Draw) -> Named:
    at = some(session, draw)
    if draw.draw(st.booleans()):
        put(session, "DELETE FROM ledger_subject WHERE event_sequence = :at", at=at)
    put(session, "DELETE FROM ledger_event WHERE sequence = :at", at=at)
    return [at]


def remove_the_end(session: Session, draw: Draw) -> Named:
    at = some(session, draw, least=3)
    put(session, "DELETE FROM ledger_subject WHERE event_sequence >= :at", at=at)
    put(session, "DELETE FROM ledger_event WHERE sequence >= :at", at=at)
    return [at]


def _move(session: Session, old: int, new: int) -> None:
    put(session, "UPDATE ledger_event SET sequence = :new WHERE sequence = :old", old=old, new=new)
    put(session, "UPDATE ledger_subject SET event_sequence = :new WHERE event_sequence = :old", old=old, new=new)


def swap(session: Session, draw: Draw) -> Named:
    one = some(session, draw)
    other = draw.draw(st.sampled_from([at for at in sequences(session) if at != one]))
    for old, new in ((one, -1), (other, one), (-1, other)):
        _move(session, old, new)
    return [one, other]


def insert(session: Session, draw: Draw) -> Named:
    """A forged event between two, with hash and links of its own made to fit."""
    at = some(session, draw, least=1)
    for later in reversed([one for one in sequences(session) if one >= at]):
        _move(session, later, later + 1)
    before = max(one for one in sequences(session) if one < at)
    last = session.scalar(text("SELECT hash FROM ledger_event WHERE sequence = :at"), {"at": before})
    event_id = uuid4()
    content = {**content_of(session, before), "id": str(event_id), "after": last, "previous": {"element:forged": None}}
    put(
        session,
        "INSERT INTO ledger_event (sequence, id, kind, event_time, recorded_time, content, hash) "
        "SELECT :at, :id, kind, event_time, recorded_time, :content, :hash FROM ledger_event WHERE sequence = :before",
        at=at,
        before=before,
        id=event_id.hex if session.get_bind().dialect.name == "sqlite" else event_id,
        content=canonical_text(content),
        hash=content_hash(content),
    )
    put(session, "INSERT INTO ledger_subject VALUES (:at, 'element:forged', 1, NULL)", at=at)
    return [at]


def rewrite(session: Session, draw: Draw) -> Named:
    """An event altered, and every hash and link after it made to fit."""
    at = some(session, draw)
    write(session, at, changed(content_of(session, at), draw))
    make_fit(session)
    return range(1, at + 1)


def make_fit(session: Session) -> None:
    """All hashes and links anew, from the first event to the last."""
    ends: dict[str, str] = {}
    last = None
    for at in sequences(session):
        content = content_of(session, at)
        content["after"] = last
        content["previous"] = {subject: ends.get(subject) for subject in content["previous"]}
        last = hashlib.sha256(canonical_text(content).encode()).hexdigest()
        write(session, at, content, last)
        for subject in content["previous"]:
            put(
                session,
                "UPDATE ledger_subject SET previous_hash = :hash WHERE event_sequence = :at AND subject = :subject",
                hash=ends.get(subject),
                at=at,
                subject=subject,
            )
            ends[subject] = last


def respell(session: Session, draw: Draw) -> Named:
    """The same JSON value in other words: a reader that takes the first of two equal keys sees what was forged."""
    at = some(session, draw)
    old = str(session.scalar(text("SELECT content FROM ledger_event WHERE sequence = :at"), {"at": at}))
    new = draw.draw(
        st.sampled_from(
            [
                old + " ",
                old.replace(":", ": ", 1),
                '{"kind":"element.scrapped",' + old[1:],
                old.replace("a", "\\u0061", 1),
                "\ufeff" + old,
                re.sub(r"(\d)([,}\]])", r"\1.0\2", old, count=1),
                re.sub(r'":(\d+)([,}])', r'":\1e0\2', old, count=1),
                json.dumps(dict(reversed(json.loads(old).items())), ensure_ascii=False, separators=(",", ":")),
            ]
        )
    )
    if new == old:
        new = old + "\n"
    put(session, "UPDATE ledger_event SET content = :content WHERE sequence = :at", content=new, at=at)
    return [at]


def forge_what_cannot_be_read(session: Session, draw: Draw) -> Named:
    """Content of no event's form, its hash made to fit."""
    at = some(session, draw)
    content = content_of(session, at)
    forged: Any = draw.draw(
        st.sampled_from(
            [
                [],
                5,
                None,
                {},
                {**content, "previous": 5},
                {**content, "previous": list(content["previous"])},
                {**content, "previous": dict.fromkeys(content["previous"], 7)},
                {**content, "after": 7},
                {**content, "id": 7},
            ]
        )
    )
    write(session, at, forged, content_hash(forged))
    return [at]


def forge_what_no_reader_bears(session: Session, draw: Draw) -> Named:
    """Text at which a JSON reader gives up, its hash made to fit."""
    at = some(session, draw)
    forged = draw.draw(
        st.sampled_from(["[" * 200_000, "9" * 5000, '{"x":NaN}', "", '{"x":' * 90_000 + "1" + "}" * 90_000])
    )
    put(session, "UPDATE ledger_event SET content = :content WHERE sequence = :at", content=forged, at=at)
    digest = hashlib.sha256(forged.encode()).hexdigest()
    put(session, "UPDATE ledger_event SET hash = :hash WHERE sequence = :at", hash=digest, at=at)
    return [at]


def store_another_type(session: Session, draw: Draw) -> Named:
    """SQLite keeps in a column whatever it is given; PostgreSQL does not, so there a number is altered."""
    at = some(session, draw)
    if session.get_bind().dialect.name != "sqlite":
        put(session, "UPDATE ledger_subject SET ordinal = ordinal + 500 WHERE event_sequence = :at", at=at)
        return [at]
    change = draw.draw(
        st.sampled_from(
            [
                "UPDATE ledger_subject SET ordinal = 'first' WHERE event_sequence = :at",
                "UPDATE ledger_subject SET ordinal = ordinal + 0.5 WHERE event_sequence = :at",
                "UPDATE ledger_subject SET ordinal = x'01' WHERE event_sequence = :at",
                "UPDATE ledger_subject SET subject = x'ff' WHERE event_sequence = :at",
                "UPDATE ledger_subject SET subject = CAST(x'ff' AS TEXT) WHERE event_sequence = :at",
                "UPDATE ledger_event SET content = CAST(content AS BLOB) WHERE sequence = :at",
                "UPDATE ledger_event SET content = CAST(x'7bff7d' AS TEXT) WHERE sequence = :at",
                "UPDATE ledger_event SET hash = CAST(x'ff' AS TEXT) WHERE sequence = :at",
                "UPDATE ledger_event SET hash = upper(hash) WHERE sequence = :at",
                "UPDATE ledger_event SET hash = CAST(hash AS BLOB) WHERE sequence = :at",
                "UPDATE ledger_event SET kind = 5 WHERE sequence = :at",
                "UPDATE ledger_event SET event_time = 'noon' WHERE sequence = :at",
                "UPDATE ledger_event SET event_time = replace(event_time, ' ', 'T') WHERE sequence = :at",
                "UPDATE ledger_event SET event_time = event_time || ' and a day' WHERE sequence = :at",
                "UPDATE ledger_event SET recorded_time = 20261123 WHERE sequence = :at",
                "UPDATE ledger_event SET id = upper(id) || ' ' WHERE sequence = :at",
            ]
        )
    )
    if "WHERE event_sequence" in change and "subject =" in change:
        change += " AND subject = (SELECT max(subject) FROM ledger_subject WHERE event_sequence = :at)"
    put(session, change, at=at)
    return [at]


def renumber(session: Session, draw: Draw) -> Named:
    """The last events get higher numbers, their order the same: behind a connector's cursor, past a checkpoint."""
    at = some(session, draw)
    for later in reversed([one for one in sequences(session) if one >= at]):
        _move(session, later, later + 1000)
    return [*range(1, at + 1), *range(1000, 2000)]


def alter_checkpoint(session: Session, draw: Draw) -> Named:
    change = draw.draw(
        st.sampled_from(
            [
                f"root = '{'0' * 64}'",
                "events = events + 100000",
                "last_sequence = last_sequence + 1",
                "frontier = '[]'",
                "note = replace(note, 'last ', 'last 1')",
                "note = 'nothing'",
                f"key_id = '{'0' * 64}'",
                "signature = (SELECT signature FROM ledger_checkpoint WHERE events = :other)",
            ]
        )
    )
    rows = list(session.scalars(text("SELECT events FROM ledger_checkpoint ORDER BY events")))
    one = draw.draw(st.sampled_from(rows))
    other = next(row for row in rows if row != one)
    values = {"one": one, "other": other} if ":other" in change else {"one": one}
    put(session, f"UPDATE ledger_checkpoint SET {change} WHERE events = :one", **values)
    return [*range(1, max(rows) + 2), None]  # type: ignore[list-item]  # a checkpoint is named, not an event


ATTACKS: tuple[Callable[[Session, Draw], Named], ...] = (
    alter_content,
    alter_a_byte,
    alter_and_hash,
    alter_hash,
    alter_column,
    alter_link,
    add_link,
    remove,
    remove_the_end,
    swap,
    insert,
    rewrite,
    respell,
    forge_what_cannot_be_read,
    forge_what_no_reader_bears,
    store_another_type,
    renumber,
    alter_checkpoint,
)
