"""Gateways and their machines: what they announce, and how it is with the way to each device."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from mes.core.commands import Answer, Command, Work, use_case
from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.machines.announced import AnnouncedAlarm
from mes.machines.models import GatewaySeen, Machine
from mes.machines.service.alarming import AlarmTold, clear_untold_alarms, keep_alarms
from mes.machines.service.keeping import hold_history
from mes.machines.service.soundness import UNKEPT, PossibleTime
from mes.machines.service.timeline import UNKNOWN, Observation, observe

SEEN_EVERY = timedelta(seconds=1)
LONGEST_REASON = 300
FILES_ALARM = "files"
Plain = bool | int | float | str


class _Announced(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class AnnouncedPoint(_Announced):
    """A value that a device offers."""

    name: str = Field(max_length=60)
    role: Literal["measurement", "counter", "state", "pallet", "batch", "program", "flag", "progress"]
    unit: str | None = Field(default=None, max_length=20)
    kind: str = Field(default="", max_length=20)
    low: float | None = None
    high: float | None = None
    warn_low: float | None = None
    warn_high: float | None = None
    keep_days: int = Field(default=90, ge=1, le=36500)
    choices: list[str] = Field(default_factory=list, max_length=1000)


class AnnouncedAlarmIn(_Announced):
    """An alarm: it stands while the point shows `value`; `text` by language."""

    code: str = Field(max_length=40)
    point: str = Field(max_length=60)
    value: Plain = True
    severity: Literal["warning", "fault"] = "fault"
    text: dict[str, str] = Field(default_factory=dict)


class AnnouncedCommand(_Announced):
    """A value that a device takes, and whether its gateway lets it through."""

    name: str = Field(max_length=60)
    kind: str = Field(default="", max_length=20)
    unit: str | None = Field(default=None, max_length=20)
    low: float | None = None
    high: float | None = None
    choices: list[str] = Field(default_factory=list, max_length=1000)
    is_on: bool = False


class AnnouncedDevice(_Announced):
    """A device that the gateway serves. Without a station no pallet passes through it."""

    device: str = Field(min_length=1, max_length=60)
    line: str = Field(default="", max_length=20)
    station: str = Field(default="", max_length=40)
    profile: str = Field(default="", max_length=80)
    machine: str = Field(default="", max_length=60)
    manufacturer: str = Field(default="", max_length=80)
    model: str = Field(default="", max_length=80)
    protocol: str = Field(default="", max_length=20)
    points: list[AnnouncedPoint] = Field(default_factory=list, max_length=2000)
    alarms: list[AnnouncedAlarmIn] = Field(default_factory=list, max_length=2000)
    commands: list[AnnouncedCommand] = Field(default_factory=list, max_length=200)


class AnnounceMachines(Command):
    """Who a gateway is and which devices it serves; `faults` are those of its files, which it does not use."""

    gateway: str = Field(min_length=1, max_length=60)
    devices: list[AnnouncedDevice] = Field(max_length=2000)
    faults: list[str] = Field(default_factory=list, max_length=100)


class MachinesAnnounced(Answer):
    """How many devices the gateway serves, and which ones it served before and does no longer."""

    devices: int
    withdrawn: list[str]


class DeviceReport(BaseModel):
    """How it is with the way to a device, and what it has cost since the gateway started."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    device: str = Field(max_length=60)
    state: Literal["connecting", "connected", "failed", "quarantined"]
    since: PossibleTime
    reason: str | None = None
    last_heard: PossibleTime | None = None
    polls: int = 0
    late_polls: int = 0
    requests: int = 0
    failures: int = 0
    clock_offset_seconds: float | None = None


CONNECTING = "connecting"
"""The state of a machine when it is announced. What its gateway noticed earlier, while nobody heard, still counts."""
FIGURES = ("polls", "late_polls", "requests", "failures", "clock_offset_seconds")


@use_case("signal:write")
def announce_machines(work: Work, command: AnnounceMachines) -> MachinesAnnounced:
    """Take over what a gateway serves. What a person has set for a machine (its switch, its best time) stays.

    Raises:
        InvalidInput: a device is named twice.
    """
    names = [found.device for found in command.devices]
    if len(set(names)) != len(names):
        reason = Text(N_("A device is announced twice"))
        raise InvalidInput(reason, [Fault("devices", reason)])
    hold_history(work)
    now = work.now()
    _see(work, command, now)
    known = {found.device: found for found in work.session.scalars(select(Machine).where(Machine.device.in_(names)))}
    for announced in command.devices:
        machine = known.get(announced.device)
        if machine is None:
            machine = Machine(device=announced.device, state=CONNECTING, state_since=now, figures={})
            work.session.add(machine)
        _describe(machine, command.gateway, announced, now)
    withdrawn = _withdraw(work, command.gateway, frozenset(names), now)
    told = {found.device: frozenset(alarm.code for alarm in found.alarms) for found in command.devices}
    clear_untold_alarms(work.session, told | dict.fromkeys(withdrawn, frozenset()), now)
    return MachinesAnnounced(devices=len(names), withdrawn=withdrawn)


def see_gateway(work: Work, code: str, waiting: int, dropped: int) -> None:
    """A gateway sent something: note when, and what it holds back. One that never announced itself is not known."""
    found = work.session.get(GatewaySeen, code)
    now = work.now()
    if found is None:
        return
    figures_changed = (found.waiting, found.dropped) != (waiting, dropped)
    if figures_changed or now - found.last_seen_at >= SEEN_EVERY:
        found.last_seen_at, found.waiting, found.dropped = now, waiting, dropped


def take_reports(work: Work, reports: Sequence[DeviceReport]) -> list[Observation]:
    """Note how it is with devices; gives what this says of their states: unknown from when one was not heard."""
    query = select(Machine).where(Machine.device.in_({report.device for report in reports}))
    machines = {machine.device: machine for machine in work.session.scalars(query)} if reports else {}
    told = []
    for report in sorted(reports, key=lambda report: report.since):
        since = min(report.since, work.now()).astimezone(UTC)
        machine = machines.get(report.device)
        if machine is not None and (since >= machine.state_since or machine.state == CONNECTING):
            machine.state, machine.state_since = report.state, since
            machine.reason = UNKEPT.sub("\ufffd", report.reason[:LONGEST_REASON]) if report.reason else None
            machine.last_heard = report.last_heard or machine.last_heard
            machine.figures = {name: getattr(report, name) for name in FIGURES}
        if report.state in ("failed", "quarantined"):
            told.append(Observation(report.device, since, UNKNOWN))
    return told


def _see(work: Work, command: AnnounceMachines, now: datetime) -> None:
    found = work.session.get(GatewaySeen, command.gateway)
    if found is None:
        found = GatewaySeen(code=command.gateway, waiting=0, dropped=0)
        work.session.add(found)
    found.announced_at = found.last_seen_at = now
    found.faults = list(command.faults)
    text: dict[str, Any] = {"en": "The gateway's files have a fault", "zh": "网关配置文件有错误"}
    alarm = AnnouncedAlarm(FILES_ALARM, True, "warning", text)
    keep_alarms(work.session, [AlarmTold(f"gateway/{command.gateway}", now, alarm, stands=bool(command.faults))])


def _describe(machine: Machine, gateway: str, announced: AnnouncedDevice, now: datetime) -> None:
    machine.gateway, machine.line_code, machine.station_code = gateway, announced.line, announced.station
    machine.profile, machine.machine_class, machine.protocol = announced.profile, announced.machine, announced.protocol
    machine.manufacturer, machine.model = announced.manufacturer, announced.model
    machine.points = [point.model_dump(mode="json") for point in announced.points]
    machine.alarms = [alarm.model_dump(mode="json") for alarm in announced.alarms]
    machine.commands = [command.model_dump(mode="json") for command in announced.commands]
    machine.announced_at, machine.withdrawn_at = now, None


def _withdraw(work: Work, gateway: str, served: frozenset[str], now: datetime) -> list[str]:
    """Machines that the gateway served and does no longer: nothing is known of them from now on."""
    query = select(Machine).where(Machine.gateway == gateway, Machine.withdrawn_at.is_(None))
    gone = [machine for machine in work.session.scalars(query) if machine.device not in served]
    for machine in gone:
        machine.withdrawn_at = now
    observe(work.session, (Observation(machine.device, now, UNKNOWN) for machine in gone))
    return sorted(machine.device for machine in gone)
