"""What the pages of machines show: every machine at a glance, and one with its values, alarms and commands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lines.losses import STOP_STATES
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.machines.announced import announced
from mes.machines.lamps import lamp
from mes.machines.models import AlarmInterval, GatewaySeen, Machine, MachineCommand, MachinePoint, StateInterval
from mes.machines.rules import rules
from mes.machines.shown import whole
from mes.planning.models import Station

SLOT_POINT = re.compile(r"slot_\d{2,3}_\w+")
LATEST = 12


@dataclass(frozen=True)
class MachineView:
    """A machine as its line's list shows it. `seen` is when its gateway was heard; `is_away` that it is not now."""

    machine: Machine
    station: Station | None
    lamp: str
    state: str | None
    good: bool
    pallet: int
    interval: StateInterval | None
    alarms: tuple[AlarmInterval, ...]
    seen: datetime | None
    is_away: bool

    @property
    def name(self) -> str:
        """The station's name; of a machine beside the line only what it is called there, where its class is unknown."""
        if self.station:
            return self.station.name
        return "" if self.machine.machine_class else self.machine.device.partition("/")[2] or self.machine.device

    @property
    def is_stopped(self) -> bool:
        """Whether it stands still by itself, which somebody should explain."""
        return self.interval is not None and self.interval.state in STOP_STATES


@dataclass(frozen=True)
class PointView:
    """A value as announced and as told last; `told` is None while it was never told."""

    name: str
    spec: Mapping[str, Any]
    told: MachinePoint | None

    @property
    def is_good(self) -> bool:
        """Whether the value can be trusted."""
        return self.told is not None and self.told.quality == "good"


def machines_by_line(session: Session, now: datetime) -> dict[str, list[MachineView]]:
    """Every machine that a gateway serves, by line, in the order of the stations; those beside the line last."""
    machines = session.scalars(select(Machine).where(Machine.withdrawn_at.is_(None)).order_by(Machine.device)).all()
    views = _views(session, machines, now)
    by_line: dict[str, list[MachineView]] = {}
    for view in sorted(views, key=lambda one: (one.machine.line_code, one.station.ordinal if one.station else 999)):
        by_line.setdefault(view.machine.line_code, []).append(view)
    return by_line


def machine_view(session: Session, device: str, now: datetime) -> MachineView:
    """One machine, also one that is no longer served.

    Raises:
        NotFound: no gateway ever announced it.
    """
    machine = session.get(Machine, device)
    if machine is None:
        raise NotFound(Text(N_("There is no machine %(device)s"), {"device": device}))
    return _views(session, [machine], now)[0]


def points_of(session: Session, machine: Machine) -> list[PointView]:
    """The machine's values in the order of its profile, without those of single slots."""
    told = {
        point.point: point
        for point in session.scalars(select(MachinePoint).where(MachinePoint.device == machine.device))
    }
    specs = {spec["name"]: spec for spec in machine.points} or {name: {"name": name} for name in sorted(told)}
    return [PointView(name, spec, told.get(name)) for name, spec in specs.items() if not SLOT_POINT.fullmatch(name)]


def past_alarms(session: Session, device: str) -> Sequence[AlarmInterval]:
    """The machine's latest alarms that have gone, newest first."""
    query = select(AlarmInterval).where(AlarmInterval.device == device, AlarmInterval.cleared_at.is_not(None))
    return session.scalars(query.order_by(AlarmInterval.raised_at.desc()).limit(LATEST)).all()


def latest_commands(session: Session, device: str) -> Sequence[MachineCommand]:
    """The latest things written or to be written to the machine, newest first."""
    query = select(MachineCommand).where(MachineCommand.device == device)
    return session.scalars(query.order_by(MachineCommand.asked_at.desc(), MachineCommand.id.desc()).limit(LATEST)).all()


def open_stop(session: Session, device: str) -> StateInterval | None:
    """The stop that lasts and has no reason yet."""
    query = select(StateInterval).where(
        StateInterval.device == device,
        StateInterval.ended_at.is_(None),
        StateInterval.state.in_(STOP_STATES),
        StateInterval.reason_code.is_(None),
    )
    return session.scalars(query.order_by(StateInterval.started_at.desc())).first()


def _views(session: Session, machines: Sequence[Machine], now: datetime) -> list[MachineView]:
    devices = [machine.device for machine in machines]
    stations = {station.device: station for station in session.scalars(_stations(devices))}
    intervals = {
        one.device: one
        for one in session.scalars(
            select(StateInterval).where(StateInterval.device.in_(devices), StateInterval.ended_at.is_(None))
        )
    }
    alarms: dict[str, list[AlarmInterval]] = {}
    standing = select(AlarmInterval).where(AlarmInterval.cleared_at.is_(None), AlarmInterval.device.in_(devices))
    for alarm in session.scalars(standing.order_by(AlarmInterval.raised_at)):
        alarms.setdefault(alarm.device, []).append(alarm)
    seen = {gateway.code: gateway.last_seen_at for gateway in session.scalars(select(GatewaySeen))}
    points = _deciding_points(session, machines)
    return [
        _view(
            machine,
            stations.get(machine.device),
            points.get(machine.device, {}),
            intervals.get(machine.device),
            tuple(alarms.get(machine.device, ())),
            seen.get(machine.gateway),
            now,
        )
        for machine in machines
    ]


def _view(
    machine: Machine,
    station: Station | None,
    points: Mapping[str, MachinePoint],
    interval: StateInterval | None,
    alarms: tuple[AlarmInterval, ...],
    seen: datetime | None,
    now: datetime,
) -> MachineView:
    meaning = announced(machine)
    state = points.get(meaning.state_point)
    pallet = points.get(meaning.pallet_point or "")
    is_away = seen is not None and now - seen > rules().silent_after
    tells_state = state is not None or any(point.get("role") == "state" for point in machine.points)
    good = machine.state == "connected" and not is_away
    if tells_state:
        good = good and state is not None and state.quality == "good"
    shown = str(state.value) if state is not None and state.value is not None else None
    return MachineView(
        machine=machine,
        station=station,
        lamp=lamp(shown, good=good) if tells_state or not good else "idle",
        state=shown,
        good=good,
        pallet=whole(pallet.value) if pallet else 0,
        interval=interval,
        alarms=alarms,
        seen=seen,
        is_away=is_away,
    )


def _stations(devices: Sequence[str]) -> Any:
    return select(Station).where(Station.device.in_(devices)).options(joinedload(Station.line))


def _deciding_points(session: Session, machines: Sequence[Machine]) -> dict[str, dict[str, MachinePoint]]:
    names = {name for one in machines for name in (announced(one).state_point, announced(one).pallet_point) if name}
    query = select(MachinePoint).where(
        MachinePoint.device.in_([machine.device for machine in machines]), MachinePoint.point.in_(names)
    )
    found: dict[str, dict[str, MachinePoint]] = {}
    for point in session.scalars(query):
        found.setdefault(point.device, {})[point.point] = point
    return found
