"""Proofs of many elements' stories against one checkpoint: the ledger's tree is made once for all of them.

The files are those of `mes ledger prove` (docs/contracts/ledger.md), which the offline verifier checks.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import String, select, type_coerce
from sqlalchemy.orm import Session

from mes.core.text import N_, Text
from mes.ledger.checkpoints import LedgerAltered, statement_at
from mes.ledger.keys import LedgerKeys
from mes.ledger.merkle import Tree
from mes.ledger.models import Checkpoint, LedgerEvent, LedgerSubject
from mes.ledger.proofs import STORY_FORMAT, VERSION, export_checkpoint


class Prover:
    """The ledger's tree at a checkpoint.

    Raises:
        LedgerAltered: the ledger no longer fits the checkpoint.
        Conflict: the key that signed the checkpoint is not known on this machine.
    """

    def __init__(self, session: Session, checkpoint: Checkpoint, keys: LedgerKeys) -> None:
        self.checkpoint = export_checkpoint(checkpoint, keys)
        self.until = checkpoint.last_sequence
        self.sequences = array("q")
        self.tree = Tree(self._hashes(session))
        if (self.tree.size, self.tree.root()) != (checkpoint.events, statement_at(checkpoint).root):
            raise LedgerAltered(Text(N_("The ledger no longer fits its checkpoint; check the whole ledger")))

    def story(self, session: Session, subject: str) -> dict[str, Any]:
        """A subject's story up to the checkpoint, each event in its canonical text, with its path to the root."""
        events = [
            {
                "content": row.content,
                "hash": row.hash,
                "ordinal": row.ordinal,
                "previous": row.previous_hash,
                "leaf": (leaf := bisect_left(self.sequences, row.sequence)),
                "path": [part.hex() for part in self.tree.inclusion(leaf)],
            }
            for row in self._rows(session, subject)
        ]
        # `later_events` is left at 0: what was recorded later is not part of the package, whenever it is made.
        return {
            "format": STORY_FORMAT,
            "version": VERSION,
            "subject": subject,
            "checkpoint": self.checkpoint,
            "events": events,
            "later_events": 0,
        }

    def _hashes(self, session: Session) -> Iterator[bytes]:
        query = select(LedgerEvent.sequence, LedgerEvent.hash).where(LedgerEvent.sequence <= self.until)
        for row in session.execute(query.order_by(LedgerEvent.sequence).execution_options(yield_per=10_000)):
            self.sequences.append(row.sequence)
            yield bytes.fromhex(row.hash)

    def _rows(self, session: Session, subject: str) -> Sequence[Any]:
        content = type_coerce(LedgerEvent.content, String).label("content")  # exactly as it is hashed
        query = (
            select(LedgerEvent.sequence, content, LedgerEvent.hash, LedgerSubject.ordinal, LedgerSubject.previous_hash)
            .join(LedgerSubject, LedgerSubject.event_sequence == LedgerEvent.sequence)
            .where(LedgerSubject.subject == subject, LedgerEvent.sequence <= self.until)
        )
        return session.execute(query.order_by(LedgerSubject.ordinal)).all()


def checkpoint_covering(session: Session, sequence: int) -> Checkpoint | None:
    """The first checkpoint that covers an event: the same whenever it is asked for; None where none does yet."""
    return session.scalars(
        select(Checkpoint).where(Checkpoint.last_sequence >= sequence).order_by(Checkpoint.events).limit(1)
    ).first()
