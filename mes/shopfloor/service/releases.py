"""Releases: what the house asks the machines to do, once per load and station, and how the gateway hears of it.

A release is queued the moment its gate opens, and handed to the gateway when the machine is ready for it: a
machine keeps one release only, so that a second one written too early would overwrite the first.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel
from sqlalchemy import select

from mes.core.commands import Command, Done, Work, use_case
from mes.core.ids import new_id
from mes.ledger.service import record
from mes.machines.models import Machine, MachineCommand
from mes.machines.service.commands import command_of, hand_out_commands, note_outcome
from mes.machines.shown import shown_by
from mes.planning.models import Operation, PalletLoad, Station
from mes.shopfloor.gates import missing_proofs
from mes.shopfloor.loads import CASTING, HIDDEN_WORKS, how_of, is_first, operation_at, pallet_subject, where_of
from mes.shopfloor.service.discrepancies import notice

RELEASE = "release"
OPEN_OUTCOMES = ("asked", "sent", "refused", "unknown")  # named one by one, so that the index on outcomes serves


class PendingCommand(BaseModel):
    """A command that the gateway is to write now."""

    id: UUID
    device: str
    point: str
    value: Any
    once: bool = False
    asked_at: AwareDatetime


class ReportCommandResult(Command):
    """How a command to a machine ended: done (written and read back), refused for good, or not known."""

    machine_command_id: UUID
    outcome: Literal["done", "refused", "unknown"]
    message: str = ""


class AskReleaseAgain(Command):
    """Try a refused release once more."""

    machine_command_id: UUID


def queue_release(work: Work, operation: Operation, at: datetime) -> MachineCommand | None:
    """Queue the release of a load at a station, unless it was queued before or the station has no machine."""
    load, device = operation.load, operation.station.device
    if device is None or load.pallet is None:
        return None
    known = select(MachineCommand).where(
        MachineCommand.device == device, MachineCommand.point == RELEASE, MachineCommand.load_id == load.id
    )
    if work.session.scalars(known).first() is not None:
        return None
    made = MachineCommand(
        id=new_id(),
        device=device,
        point=RELEASE,
        value=load.pallet.number,
        load_id=load.id,
        once=False,
        outcome="asked",
        asked_at=at,
        asked_by=work.actor.name,
    )
    work.session.add(made)
    record(
        work,
        "machine.commanded",
        [pallet_subject(load)],
        event_time=at,
        where=where_of(operation.station),
        how=how_of(operation),
        data={"command": RELEASE},
    )
    return made


def pending_commands(work: Work, gateway: str | None = None) -> list[PendingCommand]:
    """What a gateway is to write now: what persons asked for, and releases whose machine is ready for them."""
    asked = [_pending(command) for command in hand_out_commands(work, gateway)]
    return asked + pending_releases(work, gateway)


def pending_releases(work: Work, gateway: str | None = None) -> list[PendingCommand]:
    """Releases whose machine is ready for them, oldest first, one a device; those of another gateway left out."""
    query = select(MachineCommand).where(MachineCommand.outcome == "asked", MachineCommand.once.is_(False))
    elsewhere = _devices_elsewhere(work, gateway)
    ready: dict[str, MachineCommand] = {}
    for command in work.session.scalars(query.order_by(MachineCommand.asked_at, MachineCommand.id)):
        if command.device in ready or command.device in elsewhere:
            continue
        if _machine_is_ready(work, command):
            ready[command.device] = command
    return [_pending(command) for command in ready.values()]


def confirm_release(work: Work, device: str, pallet: int, at: datetime) -> None:
    """The machine works on the pallet: whatever became of the gateway, its release has arrived."""
    query = select(MachineCommand).where(
        MachineCommand.device == device, MachineCommand.once.is_(False), MachineCommand.outcome.in_(OPEN_OUTCOMES)
    )
    for command in work.session.scalars(query):
        if command.value == pallet:
            command.outcome, command.done_at, command.error = "done", at, None


@use_case("signal:write")
def report_command_result(work: Work, command: ReportCommandResult) -> Done:
    """Keep how a command ended; a release that was refused becomes a discrepancy for a person to look at."""
    found = command_of(work, command.machine_command_id)
    is_news = note_outcome(work, found, command.outcome, command.message, work.event_time(command))
    if is_news and not found.once and command.outcome != "done":
        _notice_refusal(work, found, command)
    return Done(id=found.id)


@use_case("operation:run")
def ask_release_again(work: Work, command: AskReleaseAgain) -> Done:
    """Hand a refused release to the gateway once more."""
    found = command_of(work, command.machine_command_id)
    if not found.once and found.outcome != "done":
        found.outcome, found.error = "asked", None
    return Done(id=found.id)


def release_casting(work: Work, load: PalletLoad, at: datetime) -> None:
    """Queue the release for casting once its gate is open: hidden works accepted and a batch assigned."""
    casting, inspection = operation_at(load, CASTING), operation_at(load, HIDDEN_WORKS)
    if casting is None or casting.state != "waiting" or load.state != "running":
        return
    if (inspection is None or inspection.state == "done") and not missing_proofs(work.session, casting):
        queue_release(work, casting, at)


def _pending(command: MachineCommand) -> PendingCommand:
    return PendingCommand(
        id=command.id,
        device=command.device,
        point=command.point,
        value=command.value,
        once=command.once,
        asked_at=command.asked_at,
    )


def _devices_elsewhere(work: Work, gateway: str | None) -> frozenset[str]:
    """Devices that another gateway announced: this one cannot write to them."""
    if gateway is None:
        return frozenset()
    query = select(Machine.device).where(Machine.gateway != gateway, Machine.withdrawn_at.is_(None))
    return frozenset(work.session.scalars(query))


def _machine_is_ready(work: Work, command: MachineCommand) -> bool:
    """The gate is still open, and the pallet stands there or the first station is empty.

    Where nothing is shown, nothing speaks against it.
    """
    load = work.session.get(PalletLoad, command.load_id) if command.load_id else None
    station = _station(work, command.device)
    operation = None
    if load is not None and station is not None:
        operation = next((found for found in load.operations if found.station_id == station.id), None)
    if operation is not None and operation.state == "waiting" and missing_proofs(work.session, operation):
        return False
    shown = shown_by(work.session, command.device)
    if shown is None or shown.pallet == command.value or load is None or station is None:
        return True
    if operation is None or not is_first(operation):
        return False
    return shown.pallet == 0 and not _another_enters(work, command)


def _another_enters(work: Work, command: MachineCommand) -> bool:
    """Whether an earlier release of this first station is written but its pallet has not come in yet."""
    query = (
        select(MachineCommand)
        .join(PalletLoad, PalletLoad.id == MachineCommand.load_id)
        .join(Operation, Operation.load_id == PalletLoad.id)
        .join(Station, Station.id == Operation.station_id)
        .where(
            MachineCommand.device == command.device,
            MachineCommand.id != command.id,
            MachineCommand.outcome == "done",
            Station.device == command.device,
            Operation.state == "waiting",
            PalletLoad.state == "running",
        )
    )
    return work.session.scalars(query.limit(1)).first() is not None


def _station(work: Work, device: str) -> Station | None:
    return work.session.scalars(select(Station).where(Station.device == device)).first()


def _notice_refusal(work: Work, found: MachineCommand, command: ReportCommandResult) -> None:
    notice(
        work,
        device=found.device,
        kind="release_refused",
        pallet=found.value,
        machine={"refused": found.error},
        house={"command": found.point, "command_id": str(found.id), "asked_by": found.asked_by},
        at=work.event_time(command),
    )
