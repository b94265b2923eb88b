"""Forgetting old history, a small portion at a time; what still stands is never forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from mes.machines.announced import DEFAULT_KEEP_DAYS, announced
from mes.machines.models import (
    AlarmInterval,
    Machine,
    MachineMeasurement,
    MachineMinute,
    MachineSignal,
    StateInterval,
)
from mes.machines.rules import rules

Portion = Callable[[Session], int]
DEFAULT_KEPT = timedelta(days=DEFAULT_KEEP_DAYS)


def portions_to_forget(session: Session, now: datetime) -> Iterator[Portion]:
    """What has become too old, kind by kind. Each portion deletes some rows and says how many; none are left at 0."""
    limits = rules()
    kept = _kept(session)
    for device, point in _kept_points(session):
        days = kept.get((device, point), DEFAULT_KEPT)
        yield _values_before(MachineMeasurement, MachineMeasurement.time, device, point, now - days)
        in_short = max(days, limits.minutes_kept)
        yield _values_before(MachineMinute, MachineMinute.minute, device, point, now - in_short)
    for device in _devices_with_intervals(session):
        yield _intervals_before(device, now - limits.intervals_kept)
    yield _rows_before(AlarmInterval, AlarmInterval.cleared_at, now - limits.intervals_kept)
    yield _rows_before(MachineSignal, MachineSignal.received_at, now - limits.signal_memory)


def _kept(session: Session) -> dict[tuple[str, str], timedelta]:
    """How long the values of each announced point are kept."""
    return {
        (machine.device, point): days
        for machine in session.scalars(select(Machine))
        for point, days in announced(machine).kept.items()
    }


def _kept_points(session: Session) -> list[tuple[str, str]]:
    """Every point that has history; each is found by one step in the index, however many values there are."""
    found: list[tuple[str, str]] = []
    key = tuple_(MachineMinute.device, MachineMinute.point)
    columns = select(MachineMinute.device, MachineMinute.point).order_by(MachineMinute.device, MachineMinute.point)
    row = session.execute(columns.limit(1)).first()
    while row is not None:
        found.append((row.device, row.point))
        row = session.execute(columns.where(key > found[-1]).limit(1)).first()
    return found


def _devices_with_intervals(session: Session) -> list[str]:
    """Every device that has intervals, each found by one step in the index too."""
    first = select(StateInterval.device).order_by(StateInterval.device).limit(1)
    found: list[str] = []
    device = session.scalars(first).first()
    while device is not None:
        found.append(device)
        device = session.scalars(first.where(StateInterval.device > device)).first()
    return found


def _intervals_before(device: str, before: datetime) -> Portion:
    """Delete a device's intervals that ended before a time, the oldest first: what is not that old is not read."""

    def forget(session: Session) -> int:
        old = select(StateInterval.id).where(StateInterval.device == device, StateInterval.ended_at < before)
        some = old.order_by(StateInterval.ended_at).limit(rules().portion_rows)
        return _deleted(session, delete(StateInterval).where(StateInterval.id.in_(some.scalar_subquery())))

    return forget


def _values_before(
    model: type[MachineMeasurement] | type[MachineMinute],
    time: InstrumentedAttribute[datetime],
    device: str,
    point: str,
    before: datetime,
) -> Portion:
    """Delete a point's values of before a time, the oldest first."""

    def forget(session: Session) -> int:
        old = select(time).where(model.device == device, model.point == point, time < before)
        last = list(session.scalars(old.order_by(time).limit(rules().portion_rows)))
        if not last:
            return 0
        of_point = and_(model.device == device, model.point == point, time <= last[-1])
        return _deleted(session, delete(model).where(of_point))

    return forget


def _rows_before(model: Any, time: InstrumentedAttribute[Any], before: datetime) -> Portion:
    """Delete rows with an id whose time has passed; one that has no end yet stays."""

    def forget(session: Session) -> int:
        old = select(model.id).where(time < before).limit(rules().portion_rows)
        return _deleted(session, delete(model).where(model.id.in_(old.scalar_subquery())))

    return forget


def _deleted(session: Session, statement: Any) -> int:
    result: Any = session.execute(statement, execution_options={"synchronize_session": False})
    return int(result.rowcount)
