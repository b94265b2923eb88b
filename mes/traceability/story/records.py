"""Everything that an element's page may draw on, in a handful of statements however long its story is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from labels.errors import LabelError
from labels.keys.naming import identity
from mes.accounts.models import Plant
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.ledger.declarations import DECLARED_WRONG, Declaration, declarations_in
from mes.ledger.models import Checkpoint, LedgerEvent, LedgerSubject
from mes.orders.models import Element, Floor, Project
from mes.traceability.mapping.content import batches_of

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Event:
    """An event of the ledger, as far as a page needs it."""

    sequence: int
    id: str
    kind: str
    time: datetime
    content: Content

    @property
    def how(self) -> Content:
        """Machine, measurements, materials, photos."""
        found: Content = self.content["how"]
        return found

    @property
    def data(self) -> Content:
        """Whatever else the kind carries."""
        found: Content = self.content["data"]
        return found

    @property
    def who(self) -> Content:
        """Who did it: name, role, organisation."""
        found: Content = self.content["who"]
        return found


@dataclass(frozen=True)
class Relative:
    """The element that this one replaces, or the one that replaces it."""

    serial: int
    digital_link: str


@dataclass(frozen=True)
class Records:
    """An element, its events in order, those of its concrete, its relatives, the newest checkpoint."""

    element: Element
    plant: Plant
    events: tuple[Event, ...]
    batch_events: tuple[Event, ...]
    successor: Relative | None
    predecessor: Relative | None
    checkpoint: Checkpoint | None
    now: datetime

    @cached_property
    def declared_wrong(self) -> Mapping[str, Declaration]:
        """Events that a later one declares to be wrong, by their ids: they stand in the story, but prove nothing."""
        return declarations_in(event.content for event in self.events)

    @cached_property
    def valid(self) -> tuple[Event, ...]:
        """The events that nobody declared to be wrong."""
        return tuple(event for event in self.events if event.id not in self.declared_wrong)

    def of_kind(self, *kinds: str) -> list[Event]:
        """The valid events of some kinds, oldest first."""
        return [event for event in self.valid if event.kind in kinds]

    def facts_of(self, event: Event) -> Content:
        """What an event said of this element."""
        serial = self.element.serial
        return next((facts for facts in event.content["elements"] if facts.get("serial") == serial), {})

    @cached_property
    def batches(self) -> dict[str, Content]:
        """The concrete that was cast into the element, by batch number."""
        found = (batch for event in self.of_kind("element.cast") for batch in batches_of(event.how))
        return {str(batch.get("batch_number") or batch.get("number") or "?"): batch for batch in found}


def records_of(session: Session, key: Mapping[str, str], now: datetime) -> Records:
    """The records behind an element's key, GS1 (01 and 21) or local.

    Raises:
        NotFound: there is no such element.
    """
    try:
        return _records(session, Element.digital_link == identity(key), now)
    except LabelError as error:
        raise _no_element() from error


def records_of_serial(session: Session, serial: int, now: datetime) -> Records:
    """The records of the element with a serial.

    Raises:
        NotFound: there is no such element.
    """
    return _records(session, Element.serial == serial, now)


def _records(session: Session, which: Any, now: datetime) -> Records:
    element = session.scalars(select(Element).where(which).options(*_LOADED)).unique().first()
    if element is None:
        raise _no_element()
    events = _events(session, [f"element:{element.serial}"])
    batches = sorted({_batch_subject(batch) for event in events for batch in batches_of(event.how)})
    named = [Element.id == element.replaces_id] if element.replaces_id else []  # IS NULL would read the whole table
    near = select(Element).where(or_(Element.replaces_id == element.id, *named))
    relatives = {row.replaces_id == element.id: Relative(row.serial, row.digital_link) for row in session.scalars(near)}
    newest = select(Checkpoint).order_by(Checkpoint.events.desc()).limit(1)
    return Records(
        element=element,
        plant=element.project.plant,
        events=events,
        batch_events=_undeclared(_events(session, batches, "batch.material_noted", DECLARED_WRONG)) if batches else (),
        successor=relatives.get(True),
        predecessor=relatives.get(False),
        checkpoint=session.scalars(newest).first(),
        now=now,
    )


_LOADED = (
    joinedload(Element.project).joinedload(Project.parties),
    joinedload(Element.project).joinedload(Project.plant),
    joinedload(Element.floor).joinedload(Floor.building),
    joinedload(Element.component_type),
)


def _no_element() -> NotFound:
    return NotFound(Text(N_("No element with this code was made here. Check the code on the label.")))


def _undeclared(events: Sequence[Event]) -> tuple[Event, ...]:
    """Without those that were declared to be wrong, and without the declarations."""
    wrong = declarations_in(event.content for event in events)
    return tuple(event for event in events if event.id not in wrong and event.kind != DECLARED_WRONG)


def _events(session: Session, subjects: Sequence[str], *kinds: str) -> tuple[Event, ...]:
    """The events of some subjects in ledger order, each once; of some kinds, where any are named."""
    query = (
        select(LedgerEvent.sequence, LedgerEvent.id, LedgerEvent.kind, LedgerEvent.event_time, LedgerEvent.content)
        .join(LedgerSubject, LedgerSubject.event_sequence == LedgerEvent.sequence)
        .where(LedgerSubject.subject.in_(subjects))
        .order_by(LedgerEvent.sequence)
    )
    rows = session.execute(query.where(LedgerEvent.kind.in_(kinds)) if kinds else query)
    found = (Event(row.sequence, str(row.id), row.kind, row.event_time, row.content) for row in rows)
    return tuple({event.sequence: event for event in found}.values())


def _batch_subject(batch: Content) -> str:
    return f"batch:{batch.get('batch_number') or batch.get('number')}"


def once(items: Iterable[Any], key: Callable[[Any], Any]) -> list[Any]:
    """Each item once by its key, the first of each kept."""
    return list({key(item): item for item in reversed(list(items))}.values())[::-1]
