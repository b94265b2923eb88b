"""Which events go out now, and together: no identifier's order is broken, no identifier is in two documents at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from mes.traceability.delivery.breaker import is_ahead
from mes.traceability.delivery.documents import Parcel
from mes.traceability.models import Receipt

HELD = -1
ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Room:
    """How much may go out: so many documents, each of so many events of the ledger, and of so many of the platform's.

    `flying`: identifiers of documents that the platform works on. `suspects`: event → its group; events of a document
    that was refused as a whole go out again in groups of their own, apart from strangers. `apart`: the platform stores
    what it likes of a document, so no two events of one identifier are in the same.
    """

    documents: int
    events: int
    platform_events: int | None = None
    flying: Iterable[str] = ()
    suspects: Mapping[int, int] = field(default_factory=dict)
    probe: bool = False
    apart: bool = False


class _Filling:
    """Documents that are being filled.

    `owner`: identifier → the document that has it, or HELD: something about it merely waits. `stuck`: something about
    it waits for a person, which a loose identifier does not pass on.
    """

    def __init__(self, room: Room) -> None:
        self.room = room
        self.owner: dict[str, int] = dict.fromkeys(room.flying, HELD)
        self.stuck: set[str] = set()
        self.documents: list[list[Parcel]] = []
        self.sizes: list[int] = []
        self.groups: dict[int | None, int] = {}  # group → its document; None: strangers to all suspicion
        self.closed: set[int] = set()

    @property
    def full(self) -> bool:
        """Whether nothing more fits."""
        whole = all(group is not None or number in self.closed for group, number in self.groups.items())
        return len(self.documents) >= self.room.documents and whole

    def hold(self, keys: Iterable[str]) -> None:
        """Nothing about these goes out after this."""
        for key in keys:
            self.owner[key] = HELD

    def place(self, parcel: Parcel, loose: Sequence[str], *, due: bool) -> None:
        """Put an event into a document, or hold its identifiers back."""
        if not self.stuck.isdisjoint(parcel.keys):
            self.stuck.update(set(parcel.keys).difference(loose))
            return
        if not due:
            self.hold(parcel.keys)
            return
        group = self.room.suspects.get(parcel.sequence)
        number = self.groups.get(group)
        if number is not None and not self._fits(number, parcel):
            self.closed.add(number)
            number = None if group is None else number
        if number is None:
            number = len(self.documents)
        owners = {self.owner[key] for key in parcel.keys if key in self.owner}
        others = owners if self.room.apart else owners - {number}
        if number in self.closed or others or not self._opened(number, group):
            self.hold(parcel.keys)
            return
        self.documents[number].append(parcel)
        self.sizes[number] += len(parcel.ids)
        if len(self.documents[number]) >= self.room.events:
            self.closed.add(number)
        for key in parcel.keys:
            self.owner[key] = number

    def _fits(self, number: int, parcel: Parcel) -> bool:
        if number in self.closed or len(self.documents[number]) >= self.room.events:
            return False
        most = self.room.platform_events
        return most is None or self.sizes[number] + len(parcel.ids) <= most

    def _opened(self, number: int, group: int | None) -> bool:
        """Whether there is, or may be, such a document."""
        if number < len(self.documents):
            return True
        if number >= self.room.documents:
            return False
        self.documents.append([])
        self.sizes.append(0)
        self.groups[group] = number
        return True


def choose(session: Session, connector_id: UUID, now: datetime, room: Room) -> list[list[Parcel]]:
    """The next documents, in ledger order, each of events that may go out now.

    An event is held back while an earlier one that shares an identifier is refused, on its way, or waits for its time.
    What is refused, and what waits behind it, does not hold back what shares a loose identifier only. A probe is one
    event: of those at the head of their queues the one that was tried least, so that an event that always fails does
    not stand for the platform.
    """
    if room.documents < 1:
        return []
    filling = _Filling(room)
    refused = _refused(session, connector_id)
    held_from = 0
    for row in _waiting(session, connector_id):
        while held_from < len(refused) and refused[held_from][0] < row.event_sequence:
            filling.stuck |= refused[held_from][1]
            held_from += 1
        keys = (*row.identifiers, *row.loose_identifiers) if row.loose_identifiers else tuple(row.identifiers)
        due = room.probe or row.next_attempt_at is None or row.next_attempt_at <= now or is_ahead(row.updated_at, now)
        parcel = Parcel(row.event_sequence, keys, tuple(row.event_ids), row.attempts, row.first_attempt_at)
        filling.place(parcel, row.loose_identifiers, due=due)
        if filling.full:
            break
    documents = [document for document in filling.documents if document]
    return [[_least_tried(documents)]] if room.probe and documents else documents


def _least_tried(documents: list[list[Parcel]]) -> Parcel:
    """Of the events that no other of them goes before."""
    seen: set[str] = set()
    heads: list[Parcel] = []
    for parcel in (parcel for document in documents for parcel in document):
        if seen.isdisjoint(parcel.keys):
            heads.append(parcel)
        seen.update(parcel.keys)
    return min(heads, key=lambda parcel: (parcel.attempts, parcel.sequence))


def _waiting(session: Session, connector_id: UUID) -> Iterator[Row[Any]]:
    query = (
        select(
            Receipt.event_sequence,
            Receipt.identifiers,
            Receipt.loose_identifiers,
            Receipt.event_ids,
            Receipt.attempts,
            Receipt.first_attempt_at,
            Receipt.next_attempt_at,
            Receipt.updated_at,
        )
        .where(Receipt.connector_id == connector_id, Receipt.state == "waiting")
        .order_by(Receipt.event_sequence)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    with session.execute(query) as result:
        yield from result


def _refused(session: Session, connector_id: UUID) -> list[tuple[int, set[str]]]:
    query = (
        select(Receipt.event_sequence, Receipt.identifiers, Receipt.loose_identifiers)
        .where(Receipt.connector_id == connector_id, Receipt.state == "refused")
        .order_by(Receipt.event_sequence)
    )
    return [(row.event_sequence, set(row.identifiers) - set(row.loose_identifiers)) for row in session.execute(query)]
