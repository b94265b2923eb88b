"""What the gateway delivers: readings become the latest points of machines, and then steps on the floor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import delete, select, text

from mes.core.commands import Answer, Command, Work
from mes.machines.models import Machine, MachinePoint, MachineSignal
from mes.planning.models import Station
from mes.shopfloor.rules import rules
from mes.shopfloor.service.claims import notice_lasting_claims
from mes.shopfloor.service.entry import enter_by_themselves
from mes.shopfloor.service.following import follow_poll, is_concerned
from mes.shopfloor.service.releases import PendingCommand, pending_commands

SIGNAL_LOCK = 0x7369676E  # key of PostgreSQL's advisory lock: one batch of readings at a time
FORGET_EVERY = 200  # batches, about


class GatewayReading(BaseModel):
    """One change of one point of a device, with the id under which the gateway keeps it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: UUID
    device: str = Field(max_length=60)
    point: str = Field(max_length=60)
    value: Any = None
    unit: str | None = Field(default=None, max_length=20)
    quality: Literal["good", "stale", "bad"]
    time: AwareDatetime


class HandleReadings(Command):
    """Readings in the order in which they were made; may be empty, to ask for commands."""

    readings: list[GatewayReading] = Field(default_factory=list, max_length=2000)


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
    _one_at_a_time(work)
    known = _known(work, [reading.id for reading in command.readings])
    fresh: list[GatewayReading] = []
    for reading in command.readings:
        if reading.id not in known:
            known.add(reading.id)
            fresh.append(reading)
    work.session.add_all(MachineSignal(id=reading.id, received_at=work.now()) for reading in fresh)
    work.session.flush()
    for (device, _time), poll in groupby(fresh, key=lambda reading: (reading.device, reading.time)):
        _take_poll(work, device, list(poll))
    notice_lasting_claims(work)
    enter_by_themselves(work, work.now())
    _forget_old_ids(work, command)
    work.session.flush()
    taken = [reading.id for reading in fresh]
    repeated = [reading.id for reading in command.readings if reading.id not in set(taken)]
    return ReadingsTaken(taken=taken, repeated=repeated, commands=pending_commands(work))


PERMISSION = "signal:write"
handle_readings.__dict__["permission"] = PERMISSION  # performed like a use case, without a record of its answer


def _take_poll(work: Work, device: str, poll: list[GatewayReading]) -> None:
    names = {reading.point for reading in poll}
    before = _points(work, device)
    was = {name: point.value for name, point in before.items()}
    missed = _is_missed(work, before, poll[0])
    for reading in poll:
        _keep(work, before, reading)
    work.session.flush()
    station = work.session.scalars(select(Station).where(Station.device == device)).first()
    if station is None or not is_concerned(work, station, names):
        return
    follow_poll(work, station, was, min(poll[0].time, work.now()), missed=missed)


def _keep(work: Work, known: dict[str, MachinePoint], reading: GatewayReading) -> None:
    point = known.get(reading.point)
    if point is None:
        point = MachinePoint(device=reading.device, point=reading.point, value=None)
        known[reading.point] = point
        work.session.add(point)
    if reading.value is not None:  # the last value that was read stays on show; the quality says that it is old
        point.value = reading.value
    point.unit, point.quality = reading.unit, reading.quality
    point.source_time, point.received_at = reading.time, work.now()


def _is_missed(work: Work, before: Mapping[str, MachinePoint], first: GatewayReading) -> bool:
    """Whether the machine was out of hearing since its last readings: it failed, or its gateway began anew."""
    state = before.get("state")
    if state is None or state.quality != "good":
        return True
    machine = work.session.get(Machine, first.device)
    return machine is not None and state.source_time < machine.announced_at <= first.time


def _points(work: Work, device: str) -> dict[str, MachinePoint]:
    query = select(MachinePoint).where(MachinePoint.device == device)
    return {point.point: point for point in work.session.scalars(query)}


def _known(work: Work, ids: Iterable[UUID]) -> set[UUID]:
    return set(work.session.scalars(select(MachineSignal.id).where(MachineSignal.id.in_(list(ids)))))


def _one_at_a_time(work: Work) -> None:
    if work.session.get_bind().dialect.name == "postgresql":
        work.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SIGNAL_LOCK})


def _forget_old_ids(work: Work, command: HandleReadings) -> None:
    if command.command_id.int % FORGET_EVERY == 0:
        before = work.now() - rules().signal_memory
        work.session.execute(delete(MachineSignal).where(MachineSignal.received_at < before))
