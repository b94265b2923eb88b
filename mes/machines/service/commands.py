"""What a person asks a machine to do: written once at most, with an outcome that stays unknown rather than guessed.

A command passes only where the gateway announced it as switched on and the house's own switch is on too. It is handed
to the gateway a single time. What is not fetched in time is refused; what was handed out and is not reported in time is
unknown, until the gateway reports it after all or a person settles it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr
from sqlalchemy import select

from mes.core.commands import Answer, Command, Done, Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput, NotFound
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.ledger.service import record
from mes.machines.models import Machine, MachineCommand
from mes.machines.rules import rules
from mes.machines.service.command_values import value_fault
from mes.machines.service.keeping import hold_history

RELEASE = "release"  # given by the gates of the shop floor alone
OPEN_OUTCOMES = ("asked", "sent")
NOT_FETCHED = N_("no gateway fetched it in time; nothing was written")
NOT_REPORTED = N_("the gateway did not report in time whether it was written")
SWITCHED_OFF = N_("commands to the machine were switched off before it was fetched; nothing was written")


class AskCommand(Command):
    """Write `value` to the command `name` of a device, and why."""

    device: str = Field(max_length=60)
    name: str = Field(max_length=60)
    value: StrictBool | StrictInt | StrictFloat | StrictStr
    note: str = Field(default="", max_length=300)


class SettleCommand(Command):
    """A person went to look: the command took effect, or it did not."""

    machine_command_id: UUID
    took_effect: bool
    note: str = Field(min_length=1, max_length=300)


class ConfigureMachine(Command):
    """The house's own switch for a machine's commands, and its best time for a cycle (None: the planned one)."""

    device: str = Field(max_length=60)
    commands_on: bool
    ideal_minutes: float | None = Field(default=None, gt=0, le=100_000, allow_inf_nan=False)


class CommandAsked(Answer):
    """The command that waits for its gateway."""

    machine_command_id: UUID


class CommandOff(Conflict):
    """The gateway or the house does not let this command through."""


class CommandOpen(Conflict):
    """An earlier command to the same point has no known outcome yet."""


@use_case("machine:command")
def ask_command(work: Work, command: AskCommand) -> CommandAsked:
    """Ask for a value to be written to a machine.

    Raises:
        NotFound: no such machine, or it has no such command.
        CommandOff: switched off at the gateway or in the house, or a release.
        InvalidInput: the value does not fit.
        CommandOpen: an earlier command to this point is open, or its outcome is unknown.
    """
    hold_history(work)
    expire_commands(work)
    machine = _machine(work, command.device)
    announced = next((found for found in machine.commands if found["name"] == command.name), None)
    if announced is None:
        raise NotFound(Text(N_("This machine has no command %(name)s"), {"name": command.name}))
    _require_on(machine, announced)
    fault = value_fault(announced, command.value)
    if fault is not None:
        raise InvalidInput(fault, [Fault("value", fault)])
    _require_none_open(work, command)
    made = MachineCommand(
        id=new_id(),
        device=machine.device,
        point=command.name,
        value=command.value,
        once=True,
        outcome="asked",
        note=command.note.strip(),
        asked_at=work.now(),
        asked_by=work.actor.name,
    )
    work.session.add(made)
    work.session.flush()
    _record(work, "machine.commanded", made, work.now())
    return CommandAsked(machine_command_id=made.id)


@use_case("machine:command")
def settle_command(work: Work, command: SettleCommand) -> Done:
    """Say how a command of unknown outcome ended, after having looked at the machine.

    Raises:
        NotFound: no such command.
        Conflict: its outcome is known.
    """
    found = command_of(work, command.machine_command_id)
    if found.outcome != "unknown":
        raise Conflict(Text(N_("The outcome of this command is known")))
    found.outcome = "done" if command.took_effect else "refused"
    found.resolved_by, found.resolved_at, found.resolution = work.actor.name, work.now(), command.note.strip()
    if command.took_effect:
        found.done_at = work.event_time(command)
    _record(work, "machine.command_settled", found, work.event_time(command))
    return Done(id=found.id)


@use_case("machine:configure")
def configure_machine(work: Work, command: ConfigureMachine) -> Done:
    """Switch a machine's commands on or off in the house, and set its best time for a cycle.

    Raises:
        NotFound: no such machine.
    """
    machine = _machine(work, command.device)
    machine.commands_on, machine.ideal_minutes = command.commands_on, command.ideal_minutes
    record(
        work,
        "machine.configured",
        [f"machine:{machine.device}"],
        event_time=work.event_time(command),
        where={"line": machine.line_code},
        how={"device": machine.device},
        data={"commands_on": command.commands_on, "ideal_minutes": command.ideal_minutes},
    )
    return Done()


def hand_out_commands(work: Work, gateway: str | None) -> list[MachineCommand]:
    """The commands of persons that this gateway is to write now. They are not handed out a second time.

    One whose machine was switched off in the house since it was asked for is refused.
    """
    expire_commands(work)
    if gateway is None:
        return []
    query = (
        select(MachineCommand, Machine.commands_on)
        .join(Machine, Machine.device == MachineCommand.device)
        .where(MachineCommand.once.is_(True), MachineCommand.outcome == "asked")
        .where(Machine.gateway == gateway, Machine.withdrawn_at.is_(None))
        .order_by(MachineCommand.asked_at, MachineCommand.id)
    )
    found = work.session.execute(query).all()
    handed_out = []
    for command, is_let_through in found:
        if is_let_through:
            command.outcome, command.sent_at = "sent", work.now()
            handed_out.append(command)
        else:
            note_outcome(work, command, "refused", SWITCHED_OFF, work.now())
    return handed_out


def expire_commands(work: Work) -> None:
    """End the waiting for commands that were not fetched, or not reported, in time."""
    now = work.now()
    query = select(MachineCommand).where(MachineCommand.once.is_(True), MachineCommand.outcome.in_(OPEN_OUTCOMES))
    # Locked: an outcome that is reported at this moment must not be overwritten.
    for command in work.session.scalars(query.with_for_update().execution_options(populate_existing=True)):
        if command.outcome == "asked" and now - command.asked_at > rules().fetched_within:
            note_outcome(work, command, "refused", NOT_FETCHED, now)
        elif command.sent_at is not None and now - command.sent_at > rules().answered_within:
            note_outcome(work, command, "unknown", NOT_REPORTED, now)


def note_outcome(
    work: Work,
    found: MachineCommand,
    outcome: Literal["done", "refused", "unknown"],
    message: str,
    at: datetime,
) -> bool:
    """Keep how a command ended; says whether that was news. One that is settled stays as it is.

    An outcome that was unknown may become known; what a person asked for is also told to the ledger.
    """
    is_open = found.outcome in OPEN_OUTCOMES or (found.outcome == "unknown" and outcome != "unknown")
    if not is_open:
        return False
    found.outcome = outcome
    if outcome == "done":
        found.done_at, found.error = at, None
    else:
        found.error = message[:300] or outcome
    if found.once:
        _record(work, EVENTS[outcome], found, at)
    return True


EVENTS = {
    "done": "machine.command_done",
    "refused": "machine.command_refused",
    "unknown": "machine.command_unknown",
}


def command_of(work: Work, command_id: UUID) -> MachineCommand:
    """The command of that id, locked.

    Raises:
        NotFound: there is none.
    """
    found = work.session.get(MachineCommand, command_id, with_for_update=True)
    if found is None:
        raise NotFound(Text(N_("There is no such machine command")))
    return found


def _machine(work: Work, device: str) -> Machine:
    machine = work.session.get(Machine, device)
    if machine is None or machine.withdrawn_at is not None:
        raise NotFound(Text(N_("No gateway serves a machine %(device)s"), {"device": device}))
    return machine


def _require_on(machine: Machine, announced: dict[str, Any]) -> None:
    if announced["name"] == RELEASE:
        raise CommandOff(Text(N_("Releases are given by the steps of the work, not by hand")))
    if not announced.get("is_on"):
        raise CommandOff(Text(N_("The gateway does not let this command through: it is off in the line's file")))
    if not machine.commands_on:
        raise CommandOff(Text(N_("Commands to this machine are switched off; an administrator can switch them on")))


def _require_none_open(work: Work, command: AskCommand) -> None:
    query = select(MachineCommand.id).where(
        MachineCommand.device == command.device,
        MachineCommand.point == command.name,
        MachineCommand.outcome.in_((*OPEN_OUTCOMES, "unknown")),
    )
    if work.session.scalars(query.limit(1)).first() is not None:
        raise CommandOpen(Text(N_("An earlier command to this point has no known outcome yet; settle it first")))


def _record(work: Work, kind: str, command: MachineCommand, at: datetime) -> None:
    machine = work.session.get(Machine, command.device)
    facts = {
        "id": str(command.id),
        "command": command.point,
        "value": command.value,
        "asked_by": command.asked_by,
        "note": command.note,
        "error": command.error,
        "resolution": command.resolution,
    }
    record(
        work,
        kind,
        [f"machine:{command.device}"],
        event_time=at,
        where={"line": machine.line_code} if machine else {},
        how={"device": command.device},
        data={name: value for name, value in facts.items() if value not in (None, "")},
    )
