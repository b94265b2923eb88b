"""The append-only event ledger: the spine of traceability.

Triggers in the database refuse UPDATE and DELETE on both tables. An event's hash covers its content and, for each
of its subjects, the hash of that subject's previous event: one chain per element, load, pallet or batch; and the
hash of the event before it in the ledger, whoever's that was.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mes.core.database import Base, Identified
from mes.ledger.canonical import CanonicalJson


class LedgerEvent(Base):
    """Something that happened. `sequence` is the ledger's order: later events have larger ones."""

    __tablename__ = "ledger_event"

    sequence: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    id: Mapped[UUID] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(String(60), index=True)  # such as element.cast
    event_time: Mapped[datetime] = mapped_column(index=True)
    recorded_time: Mapped[datetime]
    content: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)  # all that a later rendering needs, as it is hashed
    hash: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of the canonical content
    subjects: Mapped[list[LedgerSubject]] = relationship(
        order_by="LedgerSubject.subject", lazy="selectin", viewonly=True
    )


class LedgerSubject(Base):
    """An event's place in the chain of one subject, such as `element:100042`."""

    __tablename__ = "ledger_subject"
    __table_args__ = (UniqueConstraint("subject", "ordinal"),)

    event_sequence: Mapped[int] = mapped_column(ForeignKey("ledger_event.sequence"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    ordinal: Mapped[int]  # 1 for a subject's first event
    previous_hash: Mapped[str | None] = mapped_column(String(64))


class LedgerSubtree(Base):
    """The root over 2^height events in a row, of the tree of the checkpoints; kept to make proofs short to compute."""

    __tablename__ = "ledger_subtree"
    __table_args__ = (Index("ix_ledger_subtree_last_sequence", "height", "last_sequence"),)

    height: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)  # from the left, from 0
    root: Mapped[str] = mapped_column(String(64))
    last_sequence: Mapped[int] = mapped_column(BigInteger)  # of the last event in it


class Checkpoint(Identified, Base):
    """A signed statement of what the ledger held: the root of the Merkle tree over all its events' hashes.

    The tree is that of RFC 9162, section 2.1, its leaves the events' hashes in ledger order. The columns repeat what
    the note says, except `frontier`, `made_by` and `signature`.
    """

    __tablename__ = "ledger_checkpoint"

    events: Mapped[int] = mapped_column(BigInteger, unique=True)  # leaves of the tree
    last_sequence: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[str] = mapped_column(String(64))
    frontier: Mapped[list[Any]]  # roots of the full subtrees on the right edge, from which the tree goes on
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(120))
    key_id: Mapped[str] = mapped_column(String(64))  # SHA-256 of the public key
    note: Mapped[str] = mapped_column(String(1000))  # the signed words, exactly
    signature: Mapped[bytes] = mapped_column(LargeBinary)  # Ed25519 over the note in UTF-8
