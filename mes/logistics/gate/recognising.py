"""What sightings of tags say: which element each is of, and which are of no element."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from mes.identity.models import Tag, TagSighting
from mes.identity.queries import scan_of_epc
from mes.logistics.queries import ELEMENT_PARTS
from mes.orders.models import Element

SOMETHING_ELSE = frozenset({"pallet", "mould", "place", "batch", "person", "machine"})
"""Kinds of things whose tags pass a gate by the way."""


@dataclass
class SeenTag:
    """A tag that was seen, once or often. `tid` is empty where no reader told it."""

    epc_hex: str
    tid: str
    first_seen_at: datetime
    last_seen_at: datetime
    count: int


@dataclass
class Recognised:
    """What the tags of a passage are.

    `ended` are tags that were taken off or replaced, with the element they were on; `loads` the SSCCs of load labels;
    `unknown` tags that are nobody's here, `ignored` those of pallets, moulds and other things of the plant.
    """

    elements: dict[int, Element] = field(default_factory=dict)  # by serial
    seen: dict[int, SeenTag] = field(default_factory=dict)  # by serial
    ended: list[tuple[SeenTag, Tag, Element | None]] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    unknown: list[SeenTag] = field(default_factory=list)
    ignored: int = 0


def recognise(session: Session, sightings: Sequence[TagSighting]) -> Recognised:
    """What every tag of some sightings is; a tag's TID tells more than its EPC, which another may hold as well."""
    seen = _together(sightings)
    tags = _Tags(session, seen)
    found = Recognised()
    subjects: list[tuple[SeenTag, str]] = []
    own: list[SeenTag] = []
    for one in seen:
        bound, ended = tags.of(one)
        if bound is not None:
            subjects.append((one, bound.subject))
        elif ended is not None:
            found.ended.append((one, ended, None))
        else:
            own.append(one)
    by_epc = _elements_by_epc(session, {one.epc_hex for one in own})
    for one in own:
        _take_own(found, one, by_epc.get(one.epc_hex))
    _take_subjects(session, found, subjects)
    return found


def _together(sightings: Iterable[TagSighting]) -> list[SeenTag]:
    """One entry for each tag, however often it passed."""
    seen: dict[tuple[str, str], SeenTag] = {}
    for row in sightings:
        one = seen.get((row.epc_hex, row.tid))
        if one is None:
            seen[row.epc_hex, row.tid] = SeenTag(row.epc_hex, row.tid, row.first_seen_at, row.last_seen_at, row.count)
            continue
        one.first_seen_at = min(one.first_seen_at, row.first_seen_at)
        one.last_seen_at = max(one.last_seen_at, row.last_seen_at)
        one.count += row.count
    return list(seen.values())


class _Tags:
    """The tags of the register among those that were seen, read at once."""

    def __init__(self, session: Session, seen: Sequence[SeenTag]) -> None:
        tids, epcs = {one.tid for one in seen if one.tid}, {one.epc_hex for one in seen}
        query = select(Tag).where(or_(Tag.tid.in_(tids), Tag.epc_hex.in_(epcs))).order_by(Tag.bound_at)
        rows = session.scalars(query).all()
        self._bound_tids = {row.tid: row for row in rows if row.ended_at is None}
        self._bound_epcs = {row.epc_hex: row for row in rows if row.ended_at is None}
        self._ended_tids = {row.tid: row for row in rows if row.ended_at is not None}
        self._ended_epcs = {row.epc_hex: row for row in rows if row.ended_at is not None}

    def of(self, one: SeenTag) -> tuple[Tag | None, Tag | None]:
        """The tag as it is bound now, else as it was before it ended."""
        if one.tid in self._bound_tids:
            return self._bound_tids[one.tid], None
        if one.tid in self._ended_tids:
            return None, self._ended_tids[one.tid]
        if one.epc_hex in self._bound_epcs:
            return self._bound_epcs[one.epc_hex], None
        return None, None if one.tid else self._ended_epcs.get(one.epc_hex)


def _elements_by_epc(session: Session, epcs: set[str]) -> Mapping[str, Element]:
    query = select(Element).where(Element.epc_hex.in_(epcs)).options(*ELEMENT_PARTS)
    return {element.epc_hex: element for element in session.scalars(query)}


def _take_own(found: Recognised, one: SeenTag, element: Element | None) -> None:
    """A tag that nobody bound says itself what it is on."""
    if element is not None:
        _add(found, one, element)
        return
    scan = scan_of_epc(one.epc_hex)
    if scan is not None and scan.kind == "load" and "00" in scan.key:
        found.loads.append(scan.key["00"])
    elif scan is not None and scan.kind in SOMETHING_ELSE:
        found.ignored += 1
    else:
        found.unknown.append(one)


def _take_subjects(session: Session, found: Recognised, subjects: Sequence[tuple[SeenTag, str]]) -> None:
    ended = [tag.subject for _, tag, _ in found.ended]
    elements = _elements_by_subject(session, [subject for _, subject in subjects] + ended)
    for one, subject in subjects:
        if subject in elements:
            _add(found, one, elements[subject])
        else:
            found.ignored += 1
    found.ended = [(one, tag, elements.get(tag.subject)) for one, tag, _ in found.ended]


def _elements_by_subject(session: Session, subjects: Sequence[str]) -> dict[str, Element]:
    serials = {int(subject.removeprefix("element:")) for subject in subjects if subject.startswith("element:")}
    query = select(Element).where(Element.serial.in_(serials)).options(*ELEMENT_PARTS)
    return {f"element:{element.serial}": element for element in session.scalars(query)}


def _add(found: Recognised, one: SeenTag, element: Element) -> None:
    found.elements[element.serial] = element
    before = found.seen.get(element.serial)
    if before is None or one.last_seen_at > before.last_seen_at:
        found.seen[element.serial] = one
