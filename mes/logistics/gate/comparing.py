"""What was read against what is on the note."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.identity.models import Tag
from mes.inspection.nonconformities import open_numbers
from mes.logistics.gate.recognising import Recognised, SeenTag
from mes.logistics.models import Delivery, DeliveryItem, YardPlace
from mes.logistics.queries import delivery_query, items_of
from mes.orders.models import Element

AT_THE_GATE = ("loading", "departed")
"""States in which a lorry may stand at the gate."""


@dataclass(frozen=True)
class OnNote:
    """An element of the note, and when its tag was last read. `old_tag`: one that ended was read in its place.

    `stopped_by`: the numbers of nonconformities that nobody has decided about; with one it may not leave.
    """

    item: DeliveryItem
    read_at: datetime | None
    old_tag: bool = False
    stopped_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotOnNote:
    """An element that was read but is not on the note, and where the house thinks it is."""

    element: Element
    read_at: datetime
    other_delivery: Delivery | None = None
    slot_code: str = ""


@dataclass(frozen=True)
class Comparison:
    """A delivery note beside what was read."""

    delivery: Delivery
    on_note: tuple[OnNote, ...]
    extra: tuple[NotOnNote, ...]
    other_project: tuple[NotOnNote, ...]
    ended: tuple[tuple[SeenTag, Tag, Element | None], ...]
    unknown: tuple[SeenTag, ...]
    ignored: int

    @property
    def read(self) -> int:
        """How many of the note were read."""
        return sum(one.read_at is not None for one in self.on_note)

    @property
    def missing(self) -> tuple[OnNote, ...]:
        """What is on the note and was not read."""
        return tuple(one for one in self.on_note if one.read_at is None)

    @property
    def stopped(self) -> tuple[OnNote, ...]:
        """What is on the note and may not leave: it has an open nonconformity."""
        return tuple(one for one in self.on_note if one.stopped_by)

    @property
    def differences(self) -> int:
        """How much does not fit: missing, extra, of another project, stopped."""
        return len(self.missing) + len(self.extra) + len(self.other_project) + len(self.stopped)

    @property
    def is_complete(self) -> bool:
        """Everything on the note was read, and no other element."""
        return bool(self.on_note) and not self.differences


@dataclass(frozen=True)
class Candidate:
    """A delivery that may stand at the gate, and how many of its elements were read."""

    delivery: Delivery
    on_note: int
    read: int


def candidates(session: Session, actor: Actor, found: Recognised) -> list[Candidate]:
    """Deliveries that may stand at the gate: those of which the most was read first, then those being loaded."""
    deliveries = session.scalars(delivery_query(actor, AT_THE_GATE).order_by(Delivery.number.desc()).limit(60)).all()
    query = select(DeliveryItem.delivery_id, Element.serial).join(Element, Element.id == DeliveryItem.element_id)
    rows = session.execute(query.where(DeliveryItem.delivery_id.in_([one.id for one in deliveries]))).all()
    on_note = Counter(delivery_id for delivery_id, _ in rows)
    read = Counter(delivery_id for delivery_id, serial in rows if serial in found.elements)
    listed = [Candidate(one, on_note[one.id], read[one.id]) for one in deliveries]
    return sorted(listed, key=lambda one: (-one.read, one.delivery.state != "loading", one.delivery.number))


def picked(choices: Sequence[Candidate], found: Recognised) -> Delivery | None:
    """The lorry at the gate: by its load's tag, else the one of which the most was read; None: nothing tells."""
    labelled = [one.delivery for one in choices if one.delivery.sscc in found.loads]
    if labelled:
        return labelled[0]
    best = choices[0] if choices and choices[0].read else None
    equal = [one for one in choices if best is not None and one.read == best.read]
    return best.delivery if best is not None and len(equal) == 1 else None


def compare(session: Session, delivery: Delivery, found: Recognised) -> Comparison:
    """The note of a delivery beside what was read."""
    items = items_of(session, delivery.id)
    noted = {item.element.serial for item in items}
    old = {element.serial for _, _, element in found.ended if element is not None}
    stopped = open_numbers(session, [item.element_id for item in items])
    on_note = [
        OnNote(
            item,
            _read_at(found, item.element.serial),
            item.element.serial in old,
            tuple(stopped.get(item.element_id, ())),
        )
        for item in items
    ]
    strangers = [element for serial, element in found.elements.items() if serial not in noted]
    places = _places(session, strangers)
    others = [
        NotOnNote(element, found.seen[element.serial].last_seen_at, *places.get(element.serial, (None, "")))
        for element in sorted(strangers, key=lambda element: element.serial)
    ]
    return Comparison(
        delivery=delivery,
        on_note=tuple(on_note),
        extra=tuple(one for one in others if one.element.project_id == delivery.project_id),
        other_project=tuple(one for one in others if one.element.project_id != delivery.project_id),
        ended=tuple(found.ended),
        unknown=tuple(found.unknown),
        ignored=found.ignored,
    )


def _read_at(found: Recognised, serial: int) -> datetime | None:
    seen = found.seen.get(serial)
    return seen.last_seen_at if seen else None


def _places(session: Session, elements: Sequence[Element]) -> Mapping[int, tuple[Delivery | None, str]]:
    """Where elements are in the books: on another open delivery, or in a slot of the yard."""
    ids = {element.id: element.serial for element in elements}
    slots = session.scalars(select(YardPlace).where(YardPlace.element_id.in_(ids)))
    places: dict[int, tuple[Delivery | None, str]] = {ids[place.element_id]: (None, place.slot.code) for place in slots}
    query = (
        select(DeliveryItem)
        .join(Delivery, Delivery.id == DeliveryItem.delivery_id)
        .where(DeliveryItem.element_id.in_(ids), DeliveryItem.outcome.is_(None), Delivery.state != "cancelled")
        .order_by(DeliveryItem.loaded_at)
    )
    for item in session.scalars(query):
        places[ids[item.element_id]] = (item.delivery, "")
    return places
