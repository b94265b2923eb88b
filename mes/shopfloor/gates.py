"""What a load still lacks for its next step. Use cases refuse with it, pages show it in plain words.

Rooms above add what they ask for in `mes.shopfloor.conditions`.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.errors import Conflict, Fault
from mes.core.text import N_, Text
from mes.planning.models import Operation, Station
from mes.shopfloor.conditions import OPERATION, Missing
from mes.shopfloor.loads import (
    BEFORE_CASTING,
    CASTING,
    DEMOULDING,
    HIDDEN_WORKS,
    castings_of,
    elements_of,
    open_before,
)


class OperationRefused(Conflict):
    """The operation cannot be started or finished now; the message says what is missing and where."""


def require(operation: Operation, missing: list[Missing]) -> None:
    """Raise `OperationRefused` naming everything that is missing, if anything is."""
    if missing:
        faults = [Fault(operation.station.code, item.reason) for item in missing]
        raise OperationRefused(missing[0].reason, faults)


def missing_to_start(session: Session, operation: Operation) -> list[Missing]:
    """What is missing before a waiting operation may start."""
    return [*_order(operation), *_room(session, operation), *_proofs(session, operation)]


def missing_to_finish(session: Session, operation: Operation) -> list[Missing]:
    """What is missing before a running operation may be finished."""
    if operation.station.kind == HIDDEN_WORKS:
        return [*_ready(operation), *OPERATION.missing(session, operation)]
    return list(_proofs(session, operation))


def missing_proofs(session: Session, operation: Operation) -> list[Missing]:
    """What inspection, laboratory or mixing plant still owe this operation."""
    return missing_to_finish(session, operation)


def _order(operation: Operation) -> Iterator[Missing]:
    for earlier in open_before(operation)[:1]:
        words = {
            "load": operation.load.number,
            "station": operation.station.name,
            "previous": earlier.station.name,
            "reason": Text(earlier.hold_reason or "-"),
        }
        if earlier.state == "held":
            text = N_("Load %(load)s is on hold at %(previous)s (%(reason)s) and does not move on to %(station)s")
            yield Missing("resume", Text(text, words))
        else:
            text = N_("Load %(load)s cannot start at %(station)s: %(previous)s is not finished yet")
            yield Missing("station", Text(text, words))


def _room(session: Session, operation: Operation) -> Iterator[Missing]:
    present = present_at(session, operation.station)
    if len(present) >= operation.station.capacity:
        text = Text(
            N_("%(station)s is occupied by load %(other)s; load %(load)s has to wait"),
            {
                "station": operation.station.name,
                "other": present[0].load.number,
                "load": operation.load.number,
            },
        )
        yield Missing("station", text)


def present_at(session: Session, station: Station) -> list[Operation]:
    """Operations running or held at a station, the longest first."""
    query = select(Operation).where(Operation.station_id == station.id, Operation.state.in_(("running", "held")))
    return list(session.scalars(query.order_by(Operation.started_at)))


def _proofs(session: Session, operation: Operation) -> Iterator[Missing]:
    kind, load = operation.station.kind, operation.load
    if kind == CASTING:
        yield from _ready(operation)
        if elements_of(load, BEFORE_CASTING) and not castings_of(session, load):
            unassigned = N_("Load %(load)s cannot be cast: no concrete batch is assigned")
            yield Missing("batch", Text(unassigned, {"load": load.number}))
    elif kind == DEMOULDING and load.demould_released_at is None and elements_of(load, frozenset({"curing"})):
        text = N_("Load %(load)s cannot be demoulded: the demoulding strength is not proven yet")
        yield Missing("strength", Text(text, {"load": load.number}))
    yield from OPERATION.missing(session, operation)


def _ready(operation: Operation) -> Iterator[Missing]:
    waiting = elements_of(operation.load, frozenset({"in_setup"}))
    if waiting:
        serials = ", ".join(str(element.serial) for element in waiting)
        text = N_("Load %(load)s: elements %(serials)s have no accepted hidden-works inspection")
        yield Missing("inspection", Text(text, {"load": operation.load.number, "serials": serials}))
