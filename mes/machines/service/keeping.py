"""Taking over what gateways deliver: the latest value of each point, and the history of states, values and alarms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr
from sqlalchemy import delete, insert, select, text

from mes.core.commands import Work
from mes.machines.announced import NOT_ANNOUNCED, Announced, announced
from mes.machines.models import Machine, MachinePoint, MachineSignal
from mes.machines.rules import rules
from mes.machines.service.alarming import AlarmTold, keep_alarms
from mes.machines.service.measuring import Measured, keep_measured, number
from mes.machines.service.soundness import PossibleTime, sound_value
from mes.machines.service.timeline import STATES, UNKNOWN, Observation, observe
from mes.machines.shown import SLOT

HISTORY_LOCK = 0x7369676E  # key of PostgreSQL's advisory lock: one writer of history at a time
FORGET_EVERY = 200  # batches, about
MOST_IDS = 1000


class GatewayReading(BaseModel):
    """One change of one point of a device, with the id under which the gateway keeps it."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    id: UUID
    device: str = Field(max_length=60)
    point: str = Field(max_length=60)
    value: StrictBool | StrictInt | StrictFloat | StrictStr | None = None
    unit: str | None = Field(default=None, max_length=20)
    quality: Literal["good", "stale", "bad"]
    time: PossibleTime


@dataclass(frozen=True)
class Poll:
    """What a device told at one time, after it was taken over: `was` are its values before.

    `missed` says that the machine was out of hearing since its readings before, so that something may have happened
    unseen. `is_late` says that newer values were known already: only the history changed.
    """

    device: str
    at: datetime
    points: frozenset[str]
    was: dict[str, Any]
    missed: bool
    is_late: bool


def hold_history(work: Work) -> None:
    """Be the only transaction that writes history until this one ends."""
    if work.session.get_bind().dialect.name == "postgresql":
        work.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": HISTORY_LOCK})


def take_ids(work: Work, readings: Sequence[GatewayReading]) -> list[GatewayReading]:
    """The readings that were never taken before, in their order; from now on their ids are known."""
    ids = [reading.id for reading in readings]
    known: set[UUID] = set()
    for begin in range(0, len(ids), MOST_IDS):
        query = select(MachineSignal.id).where(MachineSignal.id.in_(ids[begin : begin + MOST_IDS]))
        known.update(work.session.scalars(query))
    fresh = {reading.id: reading for reading in readings if reading.id not in known}
    if fresh:
        now = work.now()
        work.session.execute(insert(MachineSignal), [{"id": one, "received_at": now} for one in fresh])
    return list(fresh.values())


def forget_old_ids(work: Work, chance: int) -> None:
    """Once in some batches: forget ids that no gateway will send again."""
    if chance % FORGET_EVERY == 0:
        before = work.now() - rules().signal_memory
        work.session.execute(delete(MachineSignal).where(MachineSignal.received_at < before))


class Keeper:
    """Keeps a batch of readings, each taken once, oldest first.

    First go through `polls()`: each poll's values are the latest when it is given. Then `keep_history()`.
    """

    def __init__(self, work: Work, readings: Sequence[GatewayReading]) -> None:
        self._work, self._now = work, work.now()
        devices = {reading.device for reading in readings}
        self._machines = _machines(work, devices)
        self._announced = {device: announced(machine) for device, machine in self._machines.items()}
        self._readings = [self._sound(reading) for reading in readings]
        self._latest = _latest_points(work, devices)
        self._states: list[Observation] = []
        self._values: list[Measured] = []
        self._alarms: list[AlarmTold] = []

    def polls(self) -> Iterator[Poll]:
        """The readings of a device with the same time are one poll, and are taken over together."""
        for (device, time), readings in groupby(self._readings, key=lambda reading: (reading.device, reading.time)):
            yield self._take(device, min(time, self._now).astimezone(UTC), list(readings))

    def keep_history(self, told: Iterable[Observation] = ()) -> None:
        """Write what the polls said, and what else is known of the machines' states, into the history."""
        observe(self._work.session, [*self._states, *told])
        keep_measured(self._work.session, self._values)
        keep_alarms(self._work.session, self._alarms)

    def _sound(self, reading: GatewayReading) -> GatewayReading:
        meaning = self._announced.get(reading.device, NOT_ANNOUNCED)
        is_pallet = reading.point in (meaning.pallet_point, "pallet") or SLOT.fullmatch(reading.point) is not None
        value = sound_value(reading.value, is_pallet=is_pallet)
        if value == reading.value:
            return reading
        return reading.model_copy(update={"value": value, "quality": "bad" if value is None else reading.quality})

    def _take(self, device: str, at: datetime, readings: list[GatewayReading]) -> Poll:
        latest = self._latest.setdefault(device, {})
        was = {name: point.value for name, point in latest.items()}
        missed = self._is_missed(device, at)
        taken = {reading.point: self._moment(latest.get(reading.point), at) for reading in readings}
        meaning = self._announced.get(device, NOT_ANNOUNCED)
        for reading in readings:
            moment = taken[reading.point]
            self._note_value(meaning, reading, moment or at)
            if moment is not None:
                self._note_alarms(meaning, reading, moment)
                self._show(latest, reading, moment)
        self._note_states(meaning, device, readings, taken, at)
        return Poll(device, at, frozenset(taken), was, missed, is_late=not any(taken.values()))

    def _moment(self, known: MachinePoint | None, at: datetime) -> datetime | None:
        """When a reading began to hold; None for one that is older than what is known.

        A machine that is back may tell since when its value has been what it is: it holds at least from when the
        machine was out of hearing.
        """
        if known is None or at >= known.source_time:
            return at
        return None if known.quality == "good" else known.source_time

    def _show(self, latest: dict[str, MachinePoint], reading: GatewayReading, at: datetime) -> None:
        point = latest.get(reading.point)
        if point is None:
            point = MachinePoint(device=reading.device, point=reading.point, value=None)
            latest[reading.point] = point
            self._work.session.add(point)
        if reading.value is not None:  # the last value that was read stays on show; the quality says that it is old
            point.value = reading.value
        point.unit, point.quality = reading.unit, reading.quality
        point.source_time, point.received_at = at, self._now

    def _note_value(self, meaning: Announced, reading: GatewayReading, at: datetime) -> None:
        kept = meaning.kept.get(reading.point)
        value = number(reading.value) if reading.quality == "good" else None
        if kept is not None and value is not None and at > self._now - kept:
            self._values.append(Measured(reading.device, reading.point, at, value))

    def _note_alarms(self, meaning: Announced, reading: GatewayReading, at: datetime) -> None:
        if reading.quality == "good":
            for alarm in meaning.alarms.get(reading.point, ()):
                self._alarms.append(AlarmTold(reading.device, at, alarm, stands=reading.value == alarm.value))

    def _note_states(
        self,
        meaning: Announced,
        device: str,
        readings: list[GatewayReading],
        taken: dict[str, datetime | None],
        at: datetime,
    ) -> None:
        told = {reading.point: reading for reading in readings}
        state, pallet = told.get(meaning.state_point), told.get(meaning.pallet_point or "")
        if (state is None and pallet is None) or at < self._now - rules().intervals_kept:
            return
        name = None
        if state is not None:
            name = str(state.value) if state.quality == "good" and state.value in STATES else UNKNOWN
            at = taken[state.point] or at
        stands = None if name == UNKNOWN else self._pallet(meaning, device, pallet, taken)
        self._states.append(Observation(device, at, name, stands))

    def _pallet(
        self, meaning: Announced, device: str, told: GatewayReading | None, taken: dict[str, datetime | None]
    ) -> int | None:
        """The pallet that stood in the machine; where nothing newer is known, the one that it showed last."""
        value: Any = told.value if told is not None and told.quality == "good" else None
        if told is None and any(taken.values()):
            shown = self._latest[device].get(meaning.pallet_point or "")
            value = shown.value if shown is not None and shown.quality == "good" else None
        found = number(value)
        return int(found) if found else None

    def _is_missed(self, device: str, at: datetime) -> bool:
        state = self._latest[device].get(self._announced.get(device, NOT_ANNOUNCED).state_point)
        if state is None or state.quality != "good":
            return True
        machine = self._machines.get(device)
        return machine is not None and state.source_time < machine.announced_at <= at


def _latest_points(work: Work, devices: set[str]) -> dict[str, dict[str, MachinePoint]]:
    found: dict[str, dict[str, MachinePoint]] = {}
    if not devices:
        return found
    query = select(MachinePoint).where(MachinePoint.device.in_(sorted(devices)))
    for point in work.session.scalars(query):
        found.setdefault(point.device, {})[point.point] = point
    return found


def _machines(work: Work, devices: set[str]) -> dict[str, Machine]:
    if not devices:
        return {}
    query = select(Machine).where(Machine.device.in_(sorted(devices)))
    return {machine.device: machine for machine in work.session.scalars(query)}
