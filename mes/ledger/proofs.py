"""Files for others: an element's story with its proof, and that one checkpoint continues another.

What they hold is described in docs/contracts/ledger.md; `offline_verifier.py` checks them with nothing of ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import String as StringType
from sqlalchemy import func, select, type_coerce
from sqlalchemy.orm import Session

from mes.core.errors import Conflict, NotFound
from mes.core.text import N_, Text
from mes.ledger.checkpoints import LedgerAltered, statement_at
from mes.ledger.keys import LedgerKeys
from mes.ledger.merkle import root_of_inclusion, roots_of_consistency
from mes.ledger.models import Checkpoint, LedgerEvent, LedgerSubject
from mes.ledger.statements import Statement, exported
from mes.ledger.subtrees import StoredTree, leaf_of

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
        LedgerAltered: what the ledger says of it no longer fits the checkpoint.
        Conflict: the key that signed the checkpoint is not known on this machine.
    """
    proof = Prover(session, checkpoint, keys).story(session, subject)
    if not proof["events"]:
        raise NotFound(
            Text(N_("Nothing was recorded of %(subject)s up to this checkpoint"), {"subject": subject}),
        )
    total = session.scalar(select(func.count()).where(LedgerSubject.subject == subject)) or 0
    return proof | {"later_events": total - len(proof["events"])}


class Prover:
    """Proves the stories of many subjects by one checkpoint, at a cost that is theirs and not the ledger's.

    Raises:
        LedgerAltered: the checkpoint's row is not what was signed.
        Conflict: the key that signed the checkpoint is not known on this machine.
    """

    def __init__(self, session: Session, checkpoint: Checkpoint, keys: LedgerKeys) -> None:
        self.checkpoint, self.statement = export_checkpoint(checkpoint, keys), statement_at(checkpoint)
        self._tree, self._is_helped = StoredTree(session, checkpoint.events), True

    def story(self, session: Session, subject: str) -> dict[str, Any]:
        """A subject's story up to the checkpoint, each event in its canonical text, with its path to the root.

        Raises:
            LedgerAltered: what the ledger says of it no longer fits the checkpoint.
        """
        self._tree.reads_with(session)
        return {
            "format": STORY_FORMAT,
            "version": VERSION,
            "subject": subject,
            "checkpoint": self.checkpoint,
            "events": [
                {
                    "content": row.content,
                    "hash": row.hash,
                    "ordinal": row.ordinal,
                    "previous": row.previous_hash,
                    **self._proved(session, row),
                }
                for row in _story(session, subject, self.statement.last_sequence)
            ],
            "later_events": 0,
        }

    def _proved(self, session: Session, row: Any) -> dict[str, Any]:
        """The leaf of an event and its path, which lead to the signed root."""
        if hashlib.sha256(row.content.encode()).hexdigest() == row.hash:
            for tree, leaf in self._ways(session, row.sequence):
                path = tree.inclusion(leaf) if leaf < tree.size else []
                if root_of_inclusion(bytes.fromhex(row.hash), leaf, tree.size, path) == self.statement.root:
                    return {"leaf": leaf, "path": [part.hex() for part in path]}
        raise LedgerAltered(Text(N_("The ledger no longer fits this checkpoint; check the whole ledger")))

    def _ways(self, session: Session, sequence: int) -> Iterator[tuple[StoredTree, int]]:
        """With the kept subtrees; and from the events alone, should those have been altered."""
        if self._is_helped:
            yield self._tree, leaf_of(session, sequence)
            self._is_helped, self._tree = False, StoredTree(session, self.statement.events, is_helped=False)
        yield self._tree, leaf_of(session, sequence, is_helped=False)


def prove_consistency(session: Session, older: Checkpoint, newer: Checkpoint, keys: LedgerKeys) -> dict[str, Any]:
    """That the events of the older checkpoint are the beginning of those of the newer one.

    Raises:
        LedgerAltered: the ledger no longer fits one of them.
        Conflict: the key that signed one of them is not known on this machine.
    """
    if older.events > newer.events:
        older, newer = newer, older
    before, after = statement_at(older), statement_at(newer)
    for is_helped in (True, False):
        path = StoredTree(session, newer.events, is_helped=is_helped).consistency(older.events)
        if roots_of_consistency(older.events, newer.events, before.root, path) == (before.root, after.root):
            break
    else:
        raise LedgerAltered(Text(N_("The ledger no longer fits these checkpoints; check the whole ledger")))
    return {
        "format": CONSISTENCY_FORMAT,
        "version": VERSION,
        "older": export_checkpoint(older, keys),
        "newer": export_checkpoint(newer, keys),
        "path": [part.hex() for part in path],
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


def _key_of(statement: Statement, keys: Mapping[str, Ed25519PublicKey]) -> Ed25519PublicKey:
    key = keys.get(statement.key_id)
    if key is None:
        words = N_("The key that signed this checkpoint is not on this machine; bring its public key from the backup")
        raise Conflict(Text(words))
    return key
