"""The steps themselves, without asking who: people and machines begin and complete operations by the same rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mes.core.commands import Work
from mes.core.text import N_, Text
from mes.identity.queries import aliases_of
from mes.orders.elements import change_state, element_subject, note
from mes.orders.models import Element
from mes.planning.heads import head_facts
from mes.planning.models import Operation, PalletLoad
from mes.planning.pallets import ensure_registered
from mes.shopfloor import gates
from mes.shopfloor.conditions import Missing, lock_for_beginning
from mes.shopfloor.gates import OperationRefused
from mes.shopfloor.loads import (
    CASTING,
    CURING,
    DEMOULDING,
    HIDDEN_WORKS,
    casting_facts,
    demoulding_facts,
    elements_aside,
    elements_of,
    how_of,
    is_first,
    is_last,
    open_before,
    operation_at,
    where_of,
)
from mes.shopfloor.service.releases import queue_release, release_casting

SCHEDULED, READY, IN_CURING = frozenset({"scheduled"}), frozenset({"ready_to_cast"}), frozenset({"curing"})
ON_PALLET = frozenset({"in_setup", "ready_to_cast", "curing"})


def begin(work: Work, operation: Operation, at: datetime, *, inferred: bool = False) -> None:
    """Start a waiting operation of a load that has its pallet.

    Raises:
        OperationRefused: it runs or is done already, the order of stations is broken, the station is occupied, or a
            proof is missing (casting, demoulding).
    """
    _require_waiting(operation)
    lock_for_beginning(work.session, operation)
    gates.require(operation, gates.missing_to_start(work.session, operation))
    operation.state, operation.started_at, operation.started_by = "running", at, work.actor.name
    operation.crew = work.actor.crew or operation.crew
    operation.inferred = operation.inferred or inferred
    work.session.flush()
    where, how = where_of(operation.station), how_of(operation, inferred=inferred)
    if is_first(operation):
        entering = elements_of(operation.load, SCHEDULED)
        if entering:
            if operation.load.pallet is not None:
                ensure_registered(work, operation.load.pallet, at)
            change_state(
                work,
                entering,
                "set_up",
                event_time=at,
                where=where,
                how=how,
                data=_left_out(operation),
                beside=_other_names(work, entering),
            )
    if operation.station.kind == CURING and (curing := elements_of(operation.load, IN_CURING)):
        note(work, "element.curing_started", curing, event_time=at, where=where, how=how)
    if operation.station.kind == HIDDEN_WORKS and _all_inspected(work, operation):
        complete(work, operation, at)


def complete(work: Work, operation: Operation, at: datetime, *, inferred: bool = False) -> None:
    """Finish a running operation, with what follows from it for elements, load and machines.

    Raises:
        OperationRefused: it does not run, or a proof is missing.
    """
    _require_running(operation)
    gates.require(operation, gates.missing_to_finish(work.session, operation))
    at = max(at, operation.started_at or at)
    operation.state, operation.finished_at, operation.finished_by = "done", at, work.actor.name
    operation.crew = work.actor.crew or operation.crew  # a machine ends what a crew began
    operation.inferred = operation.inferred or inferred
    work.session.flush()
    _consequences(work, operation, at, inferred=inferred)
    if is_last(operation):
        operation.load.state = "done"
    work.session.flush()


def hidden_works_changed(work: Work, load: PalletLoad, at: datetime) -> bool:
    """After an inspection, or a supervisor's verdict: finish the hidden-works operation if nothing waits any more.

    The operation is finished, and its release queued, when every element of the load is ready to cast or was put
    aside, and the load has come to the station; if it has not, this happens by itself when it comes. Returns
    whether the operation is finished.
    """
    work.session.flush()
    operation = operation_at(load, HIDDEN_WORKS)
    if operation is None:
        release_casting(work, load, at)
        return False
    may_start = load.state == "running" and not gates.missing_to_start(work.session, operation)
    if operation.state == "waiting" and may_start and not elements_of(load, frozenset({"in_setup"})):
        begin(work, operation, at)
    if operation.state == "running" and not gates.missing_to_finish(work.session, operation):
        complete(work, operation, at)
    elif operation.state == "done":
        release_casting(work, load, at)
    return operation.state == "done"


def release_for_demoulding(work: Work, load: PalletLoad, at: datetime) -> bool:
    """The demoulding strength of a load is proven: keep when, and queue the machine's release once.

    Returns whether this was new.
    """
    if load.demould_released_at is not None:
        return False
    load.demould_released_at = at
    work.session.flush()
    operation = operation_at(load, DEMOULDING)
    if operation is not None and operation.state == "waiting" and load.state == "running":
        queue_release(work, operation, at)
    return True


def _all_inspected(work: Work, operation: Operation) -> bool:
    waiting = gates.missing_to_finish(work.session, operation)
    return not waiting and bool(elements_of(operation.load, READY))


def _consequences(work: Work, operation: Operation, at: datetime, *, inferred: bool) -> None:
    load, where, how = operation.load, where_of(operation.station), how_of(operation, inferred=inferred)
    kind = operation.station.kind
    if kind == HIDDEN_WORKS:
        queue_release(work, operation, at)
        release_casting(work, load, at)
    elif kind == CASTING:
        _cast(work, operation, at)
    elif kind == DEMOULDING:
        _demould(work, operation, at)
    if inferred and (present := elements_of(load, ON_PALLET)):
        note(work, "element.station_inferred", present, event_time=at, where=where, how=how)


def _cast(work: Work, operation: Operation, at: datetime) -> None:
    elements = elements_of(operation.load, READY)
    if elements:
        change_state(
            work,
            elements,
            "cast",
            event_time=at,
            proofs=["accepted_hidden_works_inspection"],  # the state ready_to_cast is reached by nothing else
            where=where_of(operation.station),
            how=how_of(operation) | casting_facts(work.session, operation.load),
            data=_left_out(operation) | head_facts(work.session, operation.station.line, at),
        )


def _demould(work: Work, operation: Operation, at: datetime) -> None:
    elements = elements_of(operation.load, IN_CURING)
    if elements:
        change_state(
            work,
            elements,
            "demould",
            event_time=at,
            proofs=["demoulding_strength"],  # asked for by the gate just now
            where=where_of(operation.station),
            how=how_of(operation) | demoulding_facts(work.session, operation.load),
            data=_left_out(operation),
        )


def _other_names(work: Work, elements: Sequence[Element]) -> dict[int, dict[str, object]]:
    """The codes that cities and registries know elements by, for the event that gives them their identity."""
    aliases = aliases_of(work.session, [element_subject(element) for element in elements])
    found = {element.serial: aliases.get(element_subject(element)) for element in elements}
    return {
        serial: {"other_names": [{"scheme": alias.scheme, "value": alias.value} for alias in names]}
        for serial, names in found.items()
        if names
    }


def _left_out(operation: Operation) -> dict[str, object]:
    aside = [element.serial for element in elements_aside(operation.load)]
    return {"left_out": aside} if aside else {}


def _require_waiting(operation: Operation) -> None:
    if operation.state == "waiting":
        return
    words = {
        "load": operation.load.number,
        "station": operation.station.name,
        "name": operation.started_by or "?",
        "reason": Text(operation.hold_reason or "-"),
    }
    texts = {
        "running": N_("Load %(load)s is running at %(station)s already, started by %(name)s"),
        "held": N_("Load %(load)s is on hold at %(station)s: %(reason)s"),
        "done": N_("Load %(load)s is finished at %(station)s already"),
    }
    raise OperationRefused(Text(texts[operation.state], words))


def _require_running(operation: Operation) -> None:
    if operation.state == "running":
        return
    if operation.state == "waiting":
        earlier = open_before(operation)
        missing = earlier[0].station.name if earlier else operation.station.name
        text = N_("Load %(load)s cannot be finished at %(station)s: it has not started there (it is at %(at)s)")
        words = {"load": operation.load.number, "station": operation.station.name, "at": missing}
        gates.require(operation, [Missing("station", Text(text, words))])
    _require_waiting(operation)
