"""Files for others: an element's story with its proof, and that one checkpoint continues another.

What they hold is described in docs/contracts/ledger.md; `offline_verifier.py` checks them with nothing of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import String as StringType
from sqlalchemy import func, select, type_coerce
from sqlalchemy.orm import Session

from mes.core.errors import Conflict, NotFound
from mes.core.text import N_, Text
from mes.ledger.checkpoints import LedgerAltered, hashes_until, statement_at
from mes.ledger.keys import LedgerKeys
from mes.ledger.merkle import Tree
from mes.ledger.models import Checkpoint, LedgerEvent, LedgerSubject
from mes.ledger.statements import Statement, exported

VERSION = 1
STORY_FORMAT = "precast-mes/element-proof"
CONSISTENCY_FORMAT = "precast-mes/consistency-proof"


def export_checkpoint(row: Checkpoint, keys: LedgerKeys) -> dict[str, Any]:
    """A checkpoint as a file: its signed note and the public key.

    Raises:
        LedgerAltered: its row is not what was signed.
        Conflict: the key that signed it is not known on this machine.
    """
    statement = statement_at(row)
    return exported(statement, _key_of(statement, keys.public()))


def prove_story(session: Session, subject: str, checkpoint: Checkpoint, keys: LedgerKeys) -> dict[str, Any]:
    """Everything that happened to a subject up to a checkpoint, with the proof that it stands in the checkpoint.

    Raises:
        NotFound: nothing was recorded of it up to then.
        LedgerAltered: the ledger no longer fits the checkpoint.
        Conflict: the key that signed the checkpoint is not known on this machine.
    """
    shown = export_checkpoint(checkpoint, keys)
    story = _story(session, subject, checkpoint.last_sequence)
    if not story:
        raise NotFound(
            Text(N_("Nothing was recorded of %(subject)s up to this checkpoint"), {"subject": subject}),
        )
    tree = _tree_of(session, checkpoint)
    places = _places(session, [row.sequence for row in story])
    total = session.scalar(select(func.count()).where(LedgerSubject.subject == subject)) or 0
    return {
        "format": STORY_FORMAT,
        "version": VERSION,
        "subject": subject,
        "checkpoint": shown,
        "events": [
            {
                "content": row.content,
                "hash": row.hash,
                "ordinal": row.ordinal,
                "previous": row.previous_hash,
                "leaf": places[row.sequence],
                "path": [part.hex() for part in tree.inclusion(places[row.sequence])],
            }
            for row in story
        ],
        "later_events": total - len(story),
    }


def prove_consistency(session: Session, older: Checkpoint, newer: Checkpoint, keys: LedgerKeys) -> dict[str, Any]:
    """That the events of the older checkpoint are the beginning of those of the newer one.

    Raises:
        LedgerAltered: the ledger no longer fits one of them.
        Conflict: the key that signed one of them is not known on this machine.
    """
    if older.events > newer.events:
        older, newer = newer, older
    tree = _tree_of(session, newer)
    if tree.root(older.events) != statement_at(older).root:
        raise LedgerAltered(Text(N_("The ledger no longer fits the older checkpoint; check the whole ledger")))
    return {
        "format": CONSISTENCY_FORMAT,
        "version": VERSION,
        "older": export_checkpoint(older, keys),
        "newer": export_checkpoint(newer, keys),
        "path": [part.hex() for part in tree.consistency(older.events)],
    }


def _story(session: Session, subject: str, until: int) -> Sequence[Any]:
    content = type_coerce(LedgerEvent.content, StringType).label("content")  # exactly as it is hashed
    query = (
        select(LedgerEvent.sequence, content, LedgerEvent.hash, LedgerSubject.ordinal, LedgerSubject.previous_hash)
        .join(LedgerSubject, LedgerSubject.event_sequence == LedgerEvent.sequence)
        .where(LedgerSubject.subject == subject, LedgerEvent.sequence <= until)
        .order_by(LedgerSubject.ordinal)
    )
    return session.execute(query).all()


def _tree_of(session: Session, checkpoint: Checkpoint) -> Tree:
    tree = Tree(hashes_until(session, checkpoint.last_sequence))
    if (tree.size, tree.root()) != (checkpoint.events, statement_at(checkpoint).root):
        raise LedgerAltered(Text(N_("The ledger no longer fits this checkpoint; check the whole ledger")))
    return tree


def _places(session: Session, sequences: Sequence[int]) -> dict[int, int]:
    """The leaf of each event: how many events stand before it."""
    numbered = select(
        LedgerEvent.sequence, (func.row_number().over(order_by=LedgerEvent.sequence) - 1).label("place")
    ).subquery()
    rows = session.execute(select(numbered).where(numbered.c.sequence.in_(sequences)))
    return {row.sequence: row.place for row in rows}


def _key_of(statement: Statement, keys: Mapping[str, Ed25519PublicKey]) -> Ed25519PublicKey:
    key = keys.get(statement.key_id)
    if key is None:
        words = N_("The key that signed this checkpoint is not on this machine; bring its public key from the backup")
        raise Conflict(Text(words))
    return key
