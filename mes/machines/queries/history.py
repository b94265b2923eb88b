"""What machines said over time, for the API: selections that a page is taken of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from mes.machines.models import (
    AlarmInterval,
    Machine,
    MachineCommand,
    MachineMeasurement,
    MachineMinute,
    MachinePoint,
    StateInterval,
)


def machines(line: str | None = None, *, withdrawn: bool = False) -> Select[Any]:
    """The machines that gateways serve; with `withdrawn` also those that were served once."""
    query = select(Machine)
    if line is not None:
        query = query.where(Machine.line_code == line)
    return query if withdrawn else query.where(Machine.withdrawn_at.is_(None))


def latest_points(device: str) -> Select[Any]:
    """The latest value of each point of a device."""
    return select(MachinePoint).where(MachinePoint.device == device)


def intervals(device: str, since: datetime | None, until: datetime | None) -> Select[Any]:
    """The state intervals of a device that touch a time."""
    query = select(StateInterval).where(StateInterval.device == device)
    if since is not None:
        query = query.where((StateInterval.ended_at > since) | StateInterval.ended_at.is_(None))
    return query if until is None else query.where(StateInterval.started_at < until)


def measurements(device: str, point: str, since: datetime | None, until: datetime | None) -> Select[Any]:
    """The values of a point as they were reported, from `since` up to but without `until`."""
    query = select(MachineMeasurement).where(MachineMeasurement.device == device, MachineMeasurement.point == point)
    if since is not None:
        query = query.where(MachineMeasurement.time >= since)
    return query if until is None else query.where(MachineMeasurement.time < until)


def minutes(device: str, point: str, since: datetime | None, until: datetime | None) -> Select[Any]:
    """The minutes of a point, from `since` up to but without `until`."""
    query = select(MachineMinute).where(MachineMinute.device == device, MachineMinute.point == point)
    if since is not None:
        query = query.where(MachineMinute.minute >= since)
    return query if until is None else query.where(MachineMinute.minute < until)


def alarms(device: str | None = None, *, standing: bool = False) -> Select[Any]:
    """Alarms of a device, or of all; with `standing` only those that were not cleared yet."""
    query = select(AlarmInterval)
    if device is not None:
        query = query.where(AlarmInterval.device == device)
    return query.where(AlarmInterval.cleared_at.is_(None)) if standing else query


def commands(device: str | None = None, outcome: str | None = None) -> Select[Any]:
    """What persons asked of machines."""
    query = select(MachineCommand).where(MachineCommand.once.is_(True))
    if device is not None:
        query = query.where(MachineCommand.device == device)
    return query if outcome is None else query.where(MachineCommand.outcome == outcome)
