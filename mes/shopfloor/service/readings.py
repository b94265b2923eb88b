"""What the gateway delivers: kept as the history of machines, and then turned into steps on the floor."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from sqlalchemy import select

from mes.core.commands import Answer, Command, Work
from mes.machines.service.gateways import DeviceReport, see_gateway, take_reports
from mes.machines.service.keeping import GatewayReading, Keeper, forget_old_ids, hold_history, take_ids
from mes.planning.models import Station
from mes.shopfloor.service.claims import notice_lasting_claims
from mes.shopfloor.service.entry import enter_by_themselves
from mes.shopfloor.service.following import follow_poll, is_concerned
from mes.shopfloor.service.mixing import follow_machine, machines_beside
from mes.shopfloor.service.releases import PendingCommand, pending_commands
from mes.shopfloor.service.signal_rules import rules_in_force


class HandleReadings(Command):
    """Readings in the order in which they were made, and how it is with devices; may be empty, to ask for commands.

    `gateway` is who sends them, `waiting` and `dropped` count the readings that it holds back and had to give up.
    """

    readings: list[GatewayReading] = Field(default_factory=list, max_length=2000)
    devices: list[DeviceReport] = Field(default_factory=list, max_length=2000)
    gateway: str | None = Field(default=None, max_length=60)
    waiting: int = Field(default=0, ge=0, le=2**31 - 1)
    dropped: int = Field(default=0, ge=0, le=2**31 - 1)


class ReadingsTaken(Answer):
    """The ids that the gateway may forget (`repeated` ones changed nothing), and what it is to write now."""

    taken: list[UUID]
    repeated: list[UUID]
    commands: list[PendingCommand]


def handle_readings(work: Work, command: HandleReadings) -> ReadingsTaken:
    """Take readings over, each id once; whatever does not fit becomes a discrepancy.

    Readings of a device with the same time are one poll and are judged together. Repeats are known by the ids of
    the readings, so that the batch itself leaves no record behind.
    """
    work.actor.require(PERMISSION)
    hold_history(work)
    if command.gateway is not None:
        see_gateway(work, command.gateway, command.waiting, command.dropped)
    fresh = take_ids(work, command.readings)
    keeper = Keeper(work, fresh)
    _follow(work, keeper)
    keeper.keep_history(take_reports(work, command.devices))
    notice_lasting_claims(work)
    enter_by_themselves(work, work.now())
    forget_old_ids(work, command.command_id.int)
    work.session.flush()
    taken = [reading.id for reading in fresh]
    known = set(taken)
    repeated = [reading.id for reading in command.readings if reading.id not in known]
    return ReadingsTaken(taken=taken, repeated=repeated, commands=pending_commands(work, command.gateway))


PERMISSION = "signal:write"
handle_readings.__dict__["permission"] = PERMISSION  # performed like a use case, without a record of its answer


def _follow(work: Work, keeper: Keeper) -> None:
    stations = {station.device: station for station in work.session.scalars(select(Station))}
    machines = machines_beside(work)
    rules = rules_in_force(work.session)
    for poll in keeper.polls():
        station, machine_class = stations.get(poll.device), machines.get(poll.device)
        if poll.is_late:
            continue
        if station is not None and is_concerned(rules, station, poll.points):
            work.session.flush()
            follow_poll(work, station, poll.was, poll.at, missed=poll.missed)
        elif station is None and machine_class is not None:
            work.session.flush()
            follow_machine(work, poll.device, machine_class, poll.was, poll.at)
