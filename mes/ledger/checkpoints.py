"""Making checkpoints: the tree goes on from the last one's edge, at a cost that is that of the new events.

A checkpoint is a statement about the ledger, not an event of it: it would else be a reason for the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.core.clock import Clock
from mes.core.commands import Answer, Command, UseCase, Work, perform, use_case
from mes.core.database import Database
from mes.core.errors import Conflict, NotFound
from mes.core.text import N_, Text
from mes.ledger.checking import NOT_SAID, broken_order, check_stretch, stretches
from mes.ledger.kept import KeptCheckpoints
from mes.ledger.keys import LedgerKeys
from mes.ledger.merkle import Frontier
from mes.ledger.models import Checkpoint, LedgerEvent
from mes.ledger.queries import last_sequence
from mes.ledger.statements import (
    ORIGIN,
    STORED,
    Statement,
    fault_of_statement,
    frontier_of,
    key_id_of,
    note_of,
    statement_of,
)
from mes.ledger.subtrees import grow

CHECKPOINT_LOCK = 0x70726564  # key of PostgreSQL's advisory lock
MOST_STRETCHES = 5  # to be hashed in one transaction; what is left gets a further checkpoint


class LedgerAltered(Conflict):
    """What a checkpoint would vouch for is not what was recorded."""


class MakeCheckpoint(Command):
    """Sign what the ledger holds. Where `not_before_minutes` have not passed since the last one, nothing is done."""

    not_before_minutes: int = 0


class CheckpointMade(Answer):
    """The newest checkpoint (None for an empty ledger), whether it is new, and whether events are left after it."""

    checkpoint_id: UUID | None
    is_new: bool = False
    events_left: bool = False


def making(keys: LedgerKeys) -> UseCase[MakeCheckpoint, CheckpointMade]:
    """The use case that makes a checkpoint, signed with these keys."""

    @use_case("ledger:checkpoint")
    def make_checkpoint(work: Work, command: MakeCheckpoint) -> CheckpointMade:
        """Sign what the ledger holds; the last checkpoint is the answer where nothing was recorded since.

        Raises:
            LedgerAltered: the last checkpoint or the new events are not as they were written.
            Conflict: the last checkpoint was signed with a key that this machine has not.
        """
        if work.session.get_bind().dialect.name == "postgresql":
            work.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHECKPOINT_LOCK})
        last = latest(work.session)
        if last is not None and last.last_sequence >= last_sequence(work.session):
            return CheckpointMade(checkpoint_id=last.id)
        if last is not None and is_recent(last, work.clock, command.not_before_minutes):
            return CheckpointMade(checkpoint_id=last.id)
        edge = _edge_of(last, keys)
        left = _grow(work.session, edge)
        if not edge.sequence or (last is not None and edge.frontier.size == last.events):
            return CheckpointMade(checkpoint_id=last.id if last else None)
        row = _signed(work, edge, keys)
        work.session.add(row)
        work.session.flush()
        grow(work.session, row.events)
        return CheckpointMade(checkpoint_id=row.id, is_new=True, events_left=left)

    return make_checkpoint


def make_all(
    database: Database, actor: Actor, clock: Clock, keys: LedgerKeys, command: MakeCheckpoint
) -> CheckpointMade:
    """Make a checkpoint over everything there is; a long ledger that had none gets several on the way.

    The newest is kept as a file of the data folder as well.
    """
    use = making(keys)
    answer = perform(database, actor, clock, use, command)
    place = 0
    while answer.events_left:
        place += 1
        answer = perform(database, actor, clock, use, MakeCheckpoint(command_id=command.child_id(str(place))))
    with database.reading() as session:
        KeptCheckpoints(keys).keep_newest(session)
    return answer


@dataclass
class _Edge:
    """How far the tree has grown."""

    frontier: Frontier
    sequence: int  # of the last event in it
    last_hash: str | None = None


def _edge_of(last: Checkpoint | None, keys: LedgerKeys) -> _Edge:
    """The edge from which the tree goes on.

    Raises:
        LedgerAltered: the last checkpoint's row is not what was signed.
        Conflict: it was signed with a key that is not known here: a second machine must be given the first one's keys.
    """
    if last is None:
        return _Edge(Frontier(), 0)
    statement = statement_of(last.note, last.signature, f"{STORED}{last.id}")
    known = keys.public()
    if statement is not None and statement.key_id not in known:
        raise Conflict(
            Text(
                N_("The last checkpoint was signed with a key that is not in %(folder)s; copy that folder from there"),
                {"folder": str(keys.folder)},
            )
        )
    frontier = frontier_of(last)
    if statement is None or frontier is None or fault_of_statement(statement, known) is not None:
        raise LedgerAltered(Text(N_("The last checkpoint was altered; check the whole ledger")))
    if (statement.events, statement.root.hex(), statement.last_sequence) != (
        last.events,
        last.root,
        last.last_sequence,
    ):
        raise LedgerAltered(Text(N_("The last checkpoint was altered; check the whole ledger")))
    return _Edge(frontier, last.last_sequence)


def _grow(session: Session, edge: _Edge) -> bool:
    """Put the next events into the tree, each checked on the way; True where some are left.

    Raises:
        LedgerAltered: an event is not as it was written.
    """
    connection = session.connection()
    edge.last_hash = session.scalar(select(LedgerEvent.hash).where(LedgerEvent.sequence == edge.sequence))
    pieces = stretches(connection, edge.sequence)
    for after, until in pieces[:MOST_STRETCHES]:
        found = check_stretch(connection, after, until)
        fault = found.fault
        if found.sequences and found.follows not in (NOT_SAID, edge.last_hash):
            fault = (found.sequences[0], broken_order())
        if fault is not None:
            words = N_("No checkpoint is made: event No. %(sequence)s was altered (%(fault)s); check the whole ledger")
            raise LedgerAltered(Text(words, {"sequence": fault[0], "fault": fault[1]}))
        for place in range(0, len(found.hashes), 32):
            edge.frontier.append(bytes(found.hashes[place : place + 32]))
        if found.sequences:
            edge.sequence, edge.last_hash = found.sequences[-1], found.last_hash
    return len(pieces) > MOST_STRETCHES


def _signed(work: Work, edge: _Edge, keys: LedgerKeys) -> Checkpoint:
    key, frontier, now = keys.signing(), edge.frontier, work.now()
    key_id = key_id_of(key.public_key())
    first = work.session.scalars(select(LedgerEvent.id).order_by(LedgerEvent.sequence).limit(1)).one()
    root = frontier.root()
    note = note_of(
        origin=f"{ORIGIN}{first}",
        events=frontier.size,
        root=root,
        last_sequence=edge.sequence,
        time=now,
        key_id=key_id,
    )
    return Checkpoint(
        events=frontier.size,
        last_sequence=edge.sequence,
        root=root.hex(),
        frontier=[part.hex() for part in frontier.roots],
        made_at=now,
        made_by=work.actor.name,
        key_id=key_id,
        note=note,
        signature=key.sign(note.encode()),
    )


def is_recent(last: Checkpoint, clock: Clock, minutes: int) -> bool:
    """Whether so many minutes have not passed since a checkpoint; one of the future (a wrong clock) is not recent."""
    return timedelta(0) <= clock.now() - last.made_at < timedelta(minutes=minutes)


def latest(session: Session) -> Checkpoint | None:
    """The newest checkpoint; None where there is none."""
    return session.scalars(select(Checkpoint).order_by(Checkpoint.events.desc()).limit(1)).first()


def checkpoint_of(session: Session, named: UUID | int) -> Checkpoint:
    """A checkpoint by its id or its number of events.

    Raises:
        NotFound: there is none.
    """
    which = Checkpoint.events == named if isinstance(named, int) else Checkpoint.id == named
    row = session.scalars(select(Checkpoint).where(which)).first()
    if row is None:
        raise NotFound(Text(N_("There is no such checkpoint")))
    return row


def statement_at(row: Checkpoint) -> Statement:
    """What a stored checkpoint says.

    Raises:
        LedgerAltered: its row is not what was signed.
    """
    statement = statement_of(row.note, row.signature, f"{STORED}{row.id}")
    if statement is None or (statement.events, statement.root.hex()) != (row.events, row.root):
        raise LedgerAltered(Text(N_("This checkpoint was altered; check the whole ledger")))
    return statement
