"""Proof that nothing in the ledger was altered: every hash, every link and every checkpoint recomputed."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from mes.core.database import Database
from mes.core.text import N_, Text
from mes.ledger.checking import (
    NOT_SAID,
    Stretch,
    broken_order,
    check_stretch,
    missing_before,
    stretches,
)
from mes.ledger.merkle import Frontier
from mes.ledger.statements import Statement, fault_of_statement, stored_statements
from mes.ledger.witnesses import Missing, Witness, told_by

WORTH_PROCESSES = 50_000  # events from which on further processes are worth their start


@dataclass(frozen=True)
class Verification:
    """What a check of the whole ledger found; `fault` names the first event (and checkpoint) that is wrong."""

    events: int
    subjects: int
    checkpoints: int = 0
    fault_sequence: int | None = None
    fault: Text | None = None

    @property
    def intact(self) -> bool:
        """Whether nothing was found wrong."""
        return self.fault is None


def verify(
    session: Session,
    *,
    keys: Mapping[str, Ed25519PublicKey] | None = None,
    against: Sequence[Statement] = (),
    unreadable: Sequence[Text] = (),
    witnesses: Sequence[Witness] = (),
    processes: int = 1,
) -> Verification:
    """Check every event's hash and columns, each chain, and the tree's root at every checkpoint.

    Args:
        keys: the plant's public keys by their ids; without them, signatures are not looked at.
        against: checkpoints that were kept elsewhere.
        unreadable: what is wrong with such that cannot be read.
        witnesses: who else remembers what was recorded.
        processes: how many read and hash, where there are events enough.
    """
    connection = session.connection()
    stored, faults = stored_statements(session)
    statements = sorted([*stored, *against], key=lambda statement: statement.events)
    walk = _Walk({statement.events for statement in statements})
    with _checked(connection, processes) as found:
        for stretch in found:
            walk.join(stretch)
            if walk.fault is not None:
                sequence, fault = _explained(connection, *walk.fault)
                return Verification(walk.frontier.size, len(walk.ends), 0, sequence, fault)
    for count, statement in enumerate(statements):
        wrong = faults.get(statement.name) or fault_of_statement(statement, keys)
        if wrong is None and walk.roots.get(statement.events) != statement.root:
            wrong = _misfit(statement, walk)
        if wrong is not None:
            first = walk.first_missing(statement) or walk.first_since(statements[:count], statement)
            return Verification(walk.frontier.size, len(walk.ends), count, first, wrong)
        last = walk.sequences[statement.events - 1]
        if last != statement.last_sequence:
            return Verification(walk.frontier.size, len(walk.ends), count, last, _renumbered(statement))
    for missing in _further(session, stored, faults, against, unreadable, witnesses):
        return Verification(walk.frontier.size, len(walk.ends), len(statements), *missing)
    return Verification(walk.frontier.size, len(walk.ends), len({statement.note for statement in statements}))


def _further(
    session: Session,
    stored: Sequence[Statement],
    faults: Mapping[str, Text],
    against: Sequence[Statement],
    unreadable: Sequence[Text],
    witnesses: Sequence[Witness],
) -> Iterator[Missing]:
    """What is wrong with a ledger that fits all its checkpoints."""
    yield from _taken_away(stored, faults, against)
    yield from (Missing(None, fault) for fault in unreadable)
    yield from told_by(session, witnesses)


def _taken_away(
    stored: Sequence[Statement], faults: Mapping[str, Text], against: Sequence[Statement]
) -> Iterator[Missing]:
    """Checkpoints whose rows cannot be read, or that others keep and the database has no longer."""
    names, notes = {statement.name for statement in stored}, {statement.note for statement in stored}
    yield from (Missing(None, fault) for name, fault in faults.items() if name not in names)
    for statement in against:
        if statement.note not in notes:
            words = N_("%(name)s is no longer in the database: its row was removed")
            yield Missing(None, Text(words, {"name": statement.title}))


@dataclass
class _Walk:
    """Stretches joined in ledger order: the tree so far, the end of each chain, and the first fault."""

    wanted: set[int]
    frontier: Frontier = field(default_factory=Frontier)
    ends: dict[str, tuple[int, str]] = field(default_factory=dict)
    last_hash: str | None = None
    is_said: bool = False
    sequences: list[int] = field(default_factory=list)
    roots: dict[int, bytes] = field(default_factory=dict)
    fault: tuple[int, Text] | None = None

    def join(self, stretch: Stretch) -> None:
        """Go on with the next stretch."""
        faults = [stretch.fault] if stretch.fault else []
        if stretch.sequences and not self._continues(stretch):
            faults.append((stretch.sequences[0], broken_order()))
        for subject, (ordinal, previous, sequence) in stretch.starts.items():
            before = self.ends.get(subject, (0, None))
            if before != (ordinal - 1, previous):
                faults.append((sequence, missing_before(subject)))
        self.fault = min(faults, key=lambda fault: fault[0], default=None)
        self._grow(stretch)
        self.ends |= stretch.ends

    def _continues(self, stretch: Stretch) -> bool:
        """Whether its first event follows the last so far; only the oldest need not say so."""
        return not self.is_said if stretch.follows == NOT_SAID else stretch.follows == self.last_hash

    def _grow(self, stretch: Stretch) -> None:
        self.sequences += stretch.sequences
        self.is_said = stretch.is_said if stretch.sequences else self.is_said
        self.last_hash = stretch.last_hash or self.last_hash
        for place in range(0, len(stretch.hashes), 32):
            self.frontier.append(bytes(stretch.hashes[place : place + 32]))
            if self.frontier.size in self.wanted:
                self.roots[self.frontier.size] = self.frontier.root()

    def first_missing(self, statement: Statement) -> int | None:
        """The first event behind the ledger's end, where a checkpoint counted more."""
        end = self.sequences[-1] if self.sequences else 0
        return end + 1 if statement.events > len(self.sequences) else None

    def first_since(self, good: Sequence[Statement], wrong: Statement) -> int | None:
        """The first event no checkpoint vouches for; the database's own say nothing against one from outside."""
        vouching = [one.events for one in good if one.events < wrong.events and (wrong.is_stored or not one.is_stored)]
        known = max(vouching, default=0)
        return self.sequences[known] if known < len(self.sequences) else None


def _renumbered(statement: Statement) -> Text:
    words = N_("it had the number %(last)s when %(name)s was made: the events were given other numbers")
    return Text(words, {"last": statement.last_sequence, "name": statement.title})


def _misfit(statement: Statement, walk: _Walk) -> Text:
    """What a root that is not the tree's says about the events."""
    names = {"name": statement.title, "events": statement.events, "last": statement.last_sequence}
    if statement.events > walk.frontier.size:
        words = N_(
            "from here on events were removed: %(name)s counted %(events)s events up to No. %(last)s, the ledger has "
            "%(kept)s"
        )
        return Text(words, names | {"kept": walk.frontier.size})
    return Text(
        N_(
            "from this event to No. %(last)s something was altered, removed, inserted or put in another order: the "
            "hashes were made to fit one another, but not %(name)s over %(events)s events"
        ),
        names,
    )


def _explained(connection: Connection, sequence: int, fault: Text) -> tuple[int, Text]:
    """Where the order of the whole is broken: which event was altered, removed, inserted or moved."""
    if fault != broken_order():
        return sequence, fault

    def number(condition: str, value: object) -> int | None:
        return connection.execute(text(f"SELECT {condition}"), {"value": value}).scalar()

    before = number("max(sequence) FROM ledger_event WHERE sequence < :value", sequence) or 0
    after, own_hash = _said_at(connection, sequence)
    follower = number("min(sequence) FROM ledger_event WHERE sequence > :value", sequence)
    is_followed = follower is None or _said_at(connection, follower)[0] == own_hash
    where = number("sequence FROM ledger_event WHERE hash = :value", after) if after else None
    if where is None and (not is_followed or not _may_be_first_or_follow(after)):
        return sequence, Text(N_("it was altered and its hash made to fit: it follows nothing, and nothing follows it"))
    if after is None:
        first = number("min(sequence) FROM ledger_event WHERE sequence < :value", sequence) or sequence
        words = N_("it stands before No. %(next)s, which was the first event: it was inserted or moved")
        return first, Text(words, {"next": sequence})
    if where is None:
        return _gone(sequence, before)
    if where > sequence:
        words = N_("it stands before No. %(other)s, which it followed: events were put in another order")
        return sequence, Text(words, {"other": where})
    words = N_("it stands between No. %(first)s and No. %(next)s, which followed one another: it was inserted or moved")
    between = number("min(sequence) FROM ledger_event WHERE sequence > :value", where) or before
    return between, Text(words, {"first": where, "next": sequence})


def _said_at(connection: Connection, sequence: int) -> tuple[str | None, str]:
    """What an event says it follows (None: nothing), and its own hash."""
    found = connection.execute(text("SELECT content, hash FROM ledger_event WHERE sequence = :at"), {"at": sequence})
    content, own_hash = found.one()
    try:
        after = json.loads(content).get("after", "")
    except (ValueError, TypeError, AttributeError, RecursionError):
        after = ""
    return (after if after is None else str(after)), str(own_hash)


def _may_be_first_or_follow(after: str | None) -> bool:
    return after is None or re.fullmatch("[0-9a-f]{64}", after) is not None


def _gone(sequence: int, before: int) -> tuple[int, Text]:
    """What an event followed is nowhere in the ledger."""
    if before and before == sequence - 1:
        words = N_("it was altered and its hash made to fit; No. %(next)s still has the hash of what stood here")
        return before, Text(words, {"next": sequence})
    if not before:
        words = N_("the events from here up to No. %(next)s were removed")
        return 1, Text(words, {"next": sequence})
    words = N_(
        "the events from here up to No. %(next)s were removed (or No. %(before)s was altered and its hash made to fit)"
    )
    return before + 1, Text(words, {"next": sequence, "before": before})


@contextmanager
def _checked(connection: Connection, processes: int) -> Generator[Generator[Stretch, None, None], None, None]:
    """Every stretch of the ledger, checked, in ledger order."""
    pieces = stretches(connection)
    most = connection.execute(text("SELECT count(*) FROM ledger_event")).scalar_one()
    url = connection.engine.url.render_as_string(hide_password=False)
    if processes < 2 or most < WORTH_PROCESSES:
        yield (check_stretch(connection, *piece) for piece in pieces)
        return
    with ProcessPoolExecutor(processes, get_context("spawn"), _open, (url,)) as pool:
        waiting = [pool.submit(_check_elsewhere, piece) for piece in pieces]
        try:
            yield _results(waiting)
        finally:
            pool.shutdown(cancel_futures=True)


def _results(waiting: list[Future[Stretch]]) -> Generator[Stretch, None, None]:
    while waiting:
        yield waiting.pop(0).result()


_elsewhere: dict[str, Connection] = {}


def _open(url: str) -> None:
    """A further process opens a connection of its own."""
    _elsewhere["connection"] = Database(url).engine.connect()


def _check_elsewhere(piece: tuple[int, int]) -> Stretch:
    return check_stretch(_elsewhere["connection"], *piece)
