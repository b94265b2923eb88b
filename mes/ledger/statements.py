"""What a checkpoint says, and its signature: the signed note of C2SP, the same bytes in the database and in files.

    precast-mes/ledger/0192…-the-first-event        whose ledger: the id of its first event
    1234                                            events, which are the leaves of the tree
    mYjL…=                                          the tree's root, Base64
    last 1290                                       the sequence of the last of them
    time 2026-11-23T01:00:00.000Z                   when the checkpoint was made
    key 3f5a…                                       the key that signs: SHA-256 of its 32 bytes

Then, in the signed form, an empty line and `— <origin> <Base64 of 4 bytes of the key's name and the signature>`.
docs/contracts/ledger.md has it all.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mes.core.errors import InvalidInput
from mes.core.text import N_, Text
from mes.ledger.merkle import HASH_BYTES, Frontier
from mes.ledger.models import Checkpoint
from mes.ledger.service import utc_text

FORMAT, VERSION = "precast-mes/checkpoint", 1
ORIGIN = "precast-mes/ledger/"
NOTE = re.compile(
    r"(?P<origin>precast-mes/ledger/[0-9a-f-]{36})\n(?P<events>[1-9][0-9]{0,17})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"last (?P<last>[1-9][0-9]{0,18})\ntime (?P<time>[0-9T:.-]{23}Z)\nkey (?P<key>[0-9a-f]{64})\n"
)


@dataclass(frozen=True)
class Statement:
    """A checkpoint as it was signed; `name` is where it was found."""

    note: str
    signature: bytes
    name: str
    origin: str
    events: int
    root: bytes
    last_sequence: int
    time: str
    key_id: str

    @property
    def is_stored(self) -> bool:
        """Whether it stands in the database itself."""
        return self.name.startswith(STORED)

    @property
    def title(self) -> Text:
        """How people name it."""
        if self.is_stored:
            return Text(N_("the checkpoint of %(time)s"), {"time": self.time})
        return Text(N_("the checkpoint of %(time)s in %(name)s"), {"time": self.time, "name": self.name})


STORED = "ledger_checkpoint "
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError)
"""What rows raise in which something of another type was put; SQLite keeps whatever it is given."""


def key_id_of(key: Ed25519PublicKey) -> str:
    """SHA-256 of the key's 32 bytes, hexadecimal."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def note_of(*, origin: str, events: int, root: bytes, last_sequence: int, time: datetime, key_id: str) -> str:
    """The words that are signed."""
    return (
        f"{origin}\n{events}\n{base64.b64encode(root).decode()}\nlast {last_sequence}\n"
        f"time {utc_text(time)}\nkey {key_id}\n"
    )


def statement_of(note: str, signature: bytes, name: str) -> Statement | None:
    """What a note says; None where it is none."""
    found = NOTE.fullmatch(note) if isinstance(note, str) else None  # a database keeps whatever it is given
    if found is None:
        return None
    return Statement(
        note=note,
        signature=signature,
        name=name,
        origin=found["origin"],
        events=int(found["events"]),
        root=base64.b64decode(found["root"]),
        last_sequence=int(found["last"]),
        time=found["time"],
        key_id=found["key"],
    )


def signed_note(statement: Statement, key: Ed25519PublicKey) -> str:
    """The note with its signature, in the form of C2SP's signed-note."""
    line = base64.b64encode(note_key_hash(statement.origin, key) + statement.signature).decode()
    return f"{statement.note}\n— {statement.origin} {line}\n"


def note_key_hash(origin: str, key: Ed25519PublicKey) -> bytes:
    """C2SP's four bytes that name an Ed25519 key."""
    return hashlib.sha256(origin.encode() + b"\n\x01" + key.public_bytes_raw()).digest()[:4]


def exported(statement: Statement, key: Ed25519PublicKey) -> dict[str, Any]:
    """A checkpoint as a file for others."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "note": signed_note(statement, key),
        "public_key": base64.b64encode(key.public_bytes_raw()).decode(),
    }


def exported_text(statement: Statement, key: Ed25519PublicKey) -> str:
    """The text of such a file."""
    return json.dumps(exported(statement, key), ensure_ascii=False, indent=1) + "\n"


def read_exported(file: str, name: str) -> Statement:
    """A checkpoint from the text of a file, its signature checked against the key that stands in it.

    Raises:
        InvalidInput: it is no such file, or what it says was altered.
    """
    try:
        kept = json.loads(file)
        if (kept["format"], kept["version"]) != (FORMAT, VERSION):
            raise ValueError("another format")
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(kept["public_key"], validate=True))
        note, line = kept["note"].split("\n\n— ")
        origin, signed = line.removesuffix("\n").split(" ")
        signature = base64.b64decode(signed, validate=True)
        statement = statement_of(f"{note}\n", signature[4:], name)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        statement = None
    if statement is None:
        raise InvalidInput(Text(N_("%(name)s is no checkpoint of a ledger"), {"name": name}))
    wrong = fault_of_statement(statement, {key_id_of(key): key})
    if wrong is not None or origin != statement.origin or signature[:4] != note_key_hash(origin, key):
        raise InvalidInput(wrong or _not_signed(statement))
    return statement


def fault_of_statement(statement: Statement, keys: Mapping[str, Ed25519PublicKey] | None) -> Text | None:
    """Whether a checkpoint's signature is not one of these keys'; without keys nothing is said."""
    if keys is None:
        return None
    key = keys.get(statement.key_id)
    if key is None:
        return Text(
            N_("%(name)s was signed with the key %(key)s, which is none of this plant's keys on this machine"),
            {"name": statement.title, "key": statement.key_id[:16]},
        )
    try:
        key.verify(statement.signature, statement.note.encode())
    except (InvalidSignature, TypeError):
        return _not_signed(statement)
    return None


def _not_signed(statement: Statement) -> Text:
    return Text(N_("the signature of %(name)s does not fit: it was altered"), {"name": statement.title})


def stored_statements(session: Session) -> tuple[list[Statement], dict[str, Text]]:
    """The database's own checkpoints, and what is wrong with rows whose columns are not what the note says."""
    statements: list[Statement] = []
    faults: dict[str, Text] = {}
    for row in _readable(session, faults):
        name = f"{STORED}{row.id}"
        statement = statement_of(row.note, row.signature, name)
        if statement is None or not _same(row, statement):
            faults[name] = Text(
                N_("the checkpoint of %(time)s was altered: its row is not what was signed"),
                {"time": utc_text(row.made_at)},
            )
        statements.append(statement or _unreadable(row, name))
    return statements, faults


def _readable(session: Session, faults: dict[str, Text]) -> list[Checkpoint]:
    """The rows that can be read at all; of each that cannot, a fault under its place."""
    query = select(Checkpoint).order_by(Checkpoint.events)
    try:
        return list(session.scalars(query))
    except UNREADABLE:
        pass
    rows: list[Checkpoint] = []
    for place in range(session.scalar(select(func.count()).select_from(Checkpoint)) or 0):
        try:
            rows += session.scalars(query.offset(place).limit(1))
        except UNREADABLE:
            name = f"{STORED}No. {place + 1}"
            faults[name] = Text(
                N_("checkpoint No. %(place)s cannot be read: its row was altered"), {"place": place + 1}
            )
    return rows


def frontier_of(row: Checkpoint) -> Frontier | None:
    """The tree's right edge at a checkpoint; None where it is not that of the root."""
    try:
        frontier = Frontier(row.events, [bytes.fromhex(root) for root in row.frontier])
    except (ValueError, TypeError):
        return None
    return frontier if frontier.root().hex() == row.root else None


def _same(row: Checkpoint, statement: Statement) -> bool:
    said = (statement.events, statement.last_sequence, statement.root.hex(), statement.time, statement.key_id)
    stands = (row.events, row.last_sequence, row.root, utc_text(row.made_at), row.key_id)
    return said == stands and frontier_of(row) is not None


def _unreadable(row: Checkpoint, name: str) -> Statement:
    return Statement(
        row.note, row.signature, name, "", row.events, bytes(HASH_BYTES), row.last_sequence, "", row.key_id
    )
