"""Events that a platform does not have: which, why, and what waits for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, defer

from mes.ledger.models import LedgerEvent
from mes.traceability.causes import cause_of
from mes.traceability.models import Receipt
from mes.traceability.queries.status import OPEN_STATES

MOST_READ = 20_000
MOST_GROUPS = 50
LONGEST_CHAIN = 50


@dataclass(frozen=True)
class OpenEvent:
    """An event that a platform does not have, as people see it; `waits_for` is the sequence that holds it back."""

    receipt: Receipt
    event: LedgerEvent
    waits_for: int | None


@dataclass(frozen=True)
class RefusedGroup:
    """Refused events that are alike: the same reason, and the same words but for numbers and serials in them.

    `answer` are the words of the first of them, `kinds` counts the kinds of events, `sequences` are those events.
    """

    refused_for: str | None
    cause: str
    answer: str | None
    kinds: Counter[str]
    sequences: list[int]

    @property
    def first(self) -> int:
        """The first of them."""
        return self.sequences[0]

    @property
    def events(self) -> int:
        """How many there are."""
        return len(self.sequences)

    def behind(self, held: dict[int, int]) -> int:
        """How many events wait behind these, directly or behind others."""
        return behind_any(self.sequences, held)


def holders(session: Session, connector_id: UUID) -> dict[int, int]:
    """Event → the earlier event that holds it back, both by sequence: they share an identifier, and the earlier one
    has not arrived. After a refusal the loose identifiers hold nothing back; see `delivery.choosing`."""
    query = (
        select(Receipt.event_sequence, Receipt.state, Receipt.identifiers, Receipt.loose_identifiers)
        .where(Receipt.connector_id == connector_id, Receipt.state.in_(OPEN_STATES))
        .order_by(Receipt.event_sequence)
        .limit(MOST_READ)
    )
    return held_by(session.execute(query))


def held_by(rows: Iterable[Row[Any]]) -> dict[int, int]:
    """The same of rows (event_sequence, state, identifiers, loose_identifiers) in their order."""
    owner: dict[str, int] = {}
    stuck: set[int] = set()
    found: dict[int, int] = {}
    for row in rows:
        loose = set(row.loose_identifiers)
        keys = {*row.identifiers, *loose}
        before = {owner[key] for key in keys if key in owner}
        if before:
            found[row.event_sequence] = min(before & stuck or before)
        if row.state == "refused" or before & stuck:
            stuck.add(row.event_sequence)
            keys -= loose
        for key in keys:
            owner.setdefault(key, row.event_sequence)
    return found


def chain_of(sequence: int, held: dict[int, int]) -> list[int]:
    """What an event waits for, what that waits for, and so on to the one that holds them all."""
    chain: list[int] = []
    while sequence in held and len(chain) < LONGEST_CHAIN:
        sequence = held[sequence]
        chain.append(sequence)
    return chain


def open_events(session: Session, connector_id: UUID, limit: int = 200) -> list[OpenEvent]:
    """Events that a platform does not have, refused ones first, with what holds each back."""
    held = holders(session, connector_id)
    query = (
        select(Receipt, LedgerEvent)
        .join(LedgerEvent, LedgerEvent.sequence == Receipt.event_sequence)
        .where(Receipt.connector_id == connector_id, Receipt.state.in_(OPEN_STATES))
        .order_by(Receipt.state != "refused", Receipt.event_sequence)
        .options(defer(Receipt.body))
        .limit(limit)
    )
    return [OpenEvent(receipt, event, held.get(event.sequence)) for receipt, event in session.execute(query)]


def refused_groups(session: Session, connector_id: UUID) -> Sequence[RefusedGroup]:
    """Refused events by cause, the most frequent first."""
    query = (
        select(Receipt.refused_for, Receipt.answer, LedgerEvent.kind, Receipt.event_sequence)
        .join(LedgerEvent, LedgerEvent.sequence == Receipt.event_sequence)
        .where(Receipt.connector_id == connector_id, Receipt.state == "refused")
        .order_by(Receipt.event_sequence)
        .limit(MOST_READ)
    )
    alike: dict[tuple[str | None, str], RefusedGroup] = {}
    for refused_for, answer, kind, sequence in session.execute(query):
        cause = cause_of(answer)
        group = alike.setdefault((refused_for, cause), RefusedGroup(refused_for, cause, answer, Counter(), []))
        group.kinds[kind] += 1
        group.sequences.append(sequence)
    return sorted(alike.values(), key=lambda group: (-group.events, group.first))[:MOST_GROUPS]


def behind_any(sequences: Iterable[int], held: dict[int, int]) -> int:
    """How many events wait behind any of these, each counted once."""
    those = set(sequences)
    return sum(1 for waiting in held if waiting not in those and not those.isdisjoint(chain_of(waiting, held)))


def held_counts(held: dict[int, int]) -> dict[int, int]:
    """How many events wait for each event, directly or behind others."""
    counts: dict[int, int] = {}
    for sequence in held:
        for each in chain_of(sequence, held):
            counts[each] = counts.get(each, 0) + 1
    return counts
