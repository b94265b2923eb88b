"""What an operator does with a load at a station: start, finish, hold with a reason, go on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field
from sqlalchemy import select

from mes.core.commands import Answer, Command, Work, use_case
from mes.core.errors import StaleVersion
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.planning.models import Operation, Station
from mes.shopfloor.gates import OperationRefused
from mes.shopfloor.loads import HIDDEN_WORKS, is_first, locks, operation_for_change
from mes.shopfloor.models import Downtime
from mes.shopfloor.service.entry import enter
from mes.shopfloor.service.following import follow_load
from mes.shopfloor.service.steps import begin, complete, hidden_works_changed


class OperationCommand(Command):
    """Names an operation; `expected_version` is the one the person saw, `pallet_number` the one they stand at."""

    operation_id: UUID
    expected_version: int | None = None


class StartOperation(OperationCommand):
    """Start a load at a station. At the line's first station the pallet may be given (or any free one is taken)."""

    pallet_number: int | None = None


class FinishOperation(OperationCommand):
    """Finish a load at a station."""

    pallet_number: int | None = None


class HoldOperation(OperationCommand):
    """Hold a running load where it is, with a reason."""

    reason: str = Field(min_length=2, max_length=200)


class ResumeOperation(OperationCommand):
    """Go on with a load that was held."""


class OperationAnswer(Answer):
    """Where the operation stands now."""

    operation_id: UUID
    load_number: int
    station_code: str
    state: str
    version: int


@use_case("operation:run")
def start_operation(work: Work, command: StartOperation) -> OperationAnswer:
    """Start a load at a station; at the line's first one it gets its pallet, unless it has entered before.

    Raises:
        OperationRefused: the order of stations, the station's room, the pallet, an inspection, a batch or the
            demoulding strength does not allow it; says which and where.
        StaleVersion: somebody else changed the operation since it was seen.
    """
    operation = _operation(work, command)
    at = work.event_time(command)
    work.session.get(Station, operation.station_id, with_for_update=locks(work.session))
    if operation.load.state == "waiting" and operation.state == "waiting" and is_first(operation):
        enter(work, operation.load, command.pallet_number, at)
    _require_running_load(operation)
    _require_pallet(operation, command.pallet_number)
    begin(work, operation, at)
    return _answer(work, operation, at)


@use_case("operation:run")
def finish_operation(work: Work, command: FinishOperation) -> OperationAnswer:
    """Finish a load at a station, with what follows for its elements.

    Raises:
        OperationRefused: it does not run here, or a proof is missing; says which.
        StaleVersion: somebody else changed the operation since it was seen.
    """
    operation = _operation(work, command)
    at = work.event_time(command)
    _require_pallet(operation, command.pallet_number)
    complete(work, operation, at)
    return _answer(work, operation, at)


@use_case("operation:run")
def hold_operation(work: Work, command: HoldOperation) -> OperationAnswer:
    """Hold a running load; the station's downtime runs until somebody goes on.

    Raises:
        OperationRefused: the load does not run here.
    """
    operation = _operation(work, command)
    at = work.event_time(command)
    if operation.state != "running":
        text = N_("Load %(load)s does not run at %(station)s; only a running load can be held")
        raise OperationRefused(Text(text, {"load": operation.load.number, "station": operation.station.name}))
    operation.state, operation.hold_reason = "held", command.reason
    work.session.add(
        Downtime(
            id=new_id(),
            station_id=operation.station_id,
            operation_id=operation.id,
            reason=command.reason,
            started_at=at,
            reported_by=work.actor.name,
        )
    )
    work.session.flush()
    return _answer(work, operation, at)


@use_case("operation:run")
def resume_operation(work: Work, command: ResumeOperation) -> OperationAnswer:
    """Go on with a held load; its downtime ends.

    Raises:
        OperationRefused: the load is not held here.
    """
    operation = _operation(work, command)
    at = work.event_time(command)
    if operation.state != "held":
        text = N_("Load %(load)s is not on hold at %(station)s")
        raise OperationRefused(Text(text, {"load": operation.load.number, "station": operation.station.name}))
    operation.state, operation.hold_reason = "running", None
    query = select(Downtime).where(
        Downtime.operation_id == operation.id, Downtime.ended_at.is_(None), Downtime.by_machine.is_(False)
    )
    for downtime in work.session.scalars(query):
        downtime.ended_at = max(at, downtime.started_at)
    work.session.flush()
    if operation.station.kind == HIDDEN_WORKS:
        hidden_works_changed(work, operation.load, at)
    return _answer(work, operation, at)


def _operation(work: Work, command: OperationCommand) -> Operation:
    operation = operation_for_change(work.session, command.operation_id)
    if command.expected_version is not None and operation.version != command.expected_version:
        text = N_("Load %(load)s was changed at %(station)s by somebody else in the meantime; look at it again")
        raise StaleVersion(Text(text, {"load": operation.load.number, "station": operation.station.name}))
    return operation


def _require_running_load(operation: Operation) -> None:
    if operation.load.state == "running":
        return
    texts = {
        "waiting": N_("Load %(load)s has not entered the line yet; it starts at %(first)s"),
        "done": N_("Load %(load)s has left the line"),
        "withdrawn": N_("Load %(load)s was withdrawn from the plan"),
    }
    words = {"load": operation.load.number, "first": operation.load.operations[0].station.name}
    raise OperationRefused(Text(texts[operation.load.state], words))


def _require_pallet(operation: Operation, number: int | None) -> None:
    pallet = operation.load.pallet
    if number is not None and pallet is not None and pallet.number != number:
        text = N_("Load %(load)s is on pallet %(pallet)s, not on pallet %(given)s")
        words = {"load": operation.load.number, "pallet": pallet.number, "given": number}
        raise OperationRefused(Text(text, words))


def _answer(work: Work, operation: Operation, at: datetime) -> OperationAnswer:
    follow_load(work, operation.load, at)
    work.session.flush()
    return OperationAnswer(
        operation_id=operation.id,
        load_number=operation.load.number,
        station_code=operation.station.code,
        state=operation.state,
        version=operation.version,
    )
