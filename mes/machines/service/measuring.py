"""Measured values: kept as they were reported, and in short for each minute. A repeated value changes nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from mes.machines.models import MachineMeasurement, MachineMinute

MOST_ROWS = 1000


@dataclass(frozen=True)
class Measured:
    """A value of a point at a time, by the machine's own clock."""

    device: str
    point: str
    time: datetime
    value: float


def number(value: Any) -> float | None:
    """A value as a number to keep; None for what is none (text, a flag, not a number, infinite)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    found = float(value)
    return found if math.isfinite(found) else None


def keep_measured(session: Session, values: Iterable[Measured]) -> None:
    """Keep values and bring their minutes up to date; a value of the same point and time is taken once."""
    distinct = {(found.device, found.point, found.time): found for found in values}
    rows = [
        {"device": device, "point": point, "time": time, "value": found.value}
        for (device, point, time), found in distinct.items()
    ]
    fresh: list[Measured] = []
    for begin in range(0, len(rows), MOST_ROWS):
        statement = _insert(session)(MachineMeasurement).on_conflict_do_nothing()
        returned = statement.returning(MachineMeasurement.device, MachineMeasurement.point, MachineMeasurement.time)
        for key in session.execute(returned, rows[begin : begin + MOST_ROWS]):
            fresh.append(distinct[key.device, key.point, key.time])
    _add_to_minutes(session, fresh)


def _add_to_minutes(session: Session, fresh: Iterable[Measured]) -> None:
    minutes: dict[tuple[str, str, datetime], dict[str, Any]] = {}
    for found in sorted(fresh, key=lambda value: value.time):
        key = (found.device, found.point, found.time.replace(second=0, microsecond=0))
        minutes[key] = _with(minutes.get(key), key, found)
    rows = list(minutes.values())
    statement = _insert(session)(MachineMinute)
    merged = statement.on_conflict_do_update(
        index_elements=[MachineMinute.device, MachineMinute.point, MachineMinute.minute],
        set_=_merged(statement.excluded),
    )
    for begin in range(0, len(rows), MOST_ROWS):
        session.execute(merged, rows[begin : begin + MOST_ROWS])


def _with(known: Mapping[str, Any] | None, key: tuple[str, str, datetime], found: Measured) -> dict[str, Any]:
    """A minute's row with one more value, which is later than those before."""
    value = found.value
    if known is None:
        known = {"device": key[0], "point": key[1], "minute": key[2], "count": 0, "low": value, "high": value}
        known["total"] = 0.0
    return {
        **known,
        "count": known["count"] + 1,
        "low": min(known["low"], value),
        "high": max(known["high"], value),
        "total": known["total"] + value,
        "last": value,
        "last_at": found.time,
    }


def _merged(fresh: Any) -> dict[str, Any]:
    """What becomes of a minute that was there: counts and totals add up, the last value is that of the later time."""
    is_later = fresh.last_at >= MachineMinute.last_at
    return {
        "count": MachineMinute.count + fresh.count,
        "low": case((fresh.low < MachineMinute.low, fresh.low), else_=MachineMinute.low),
        "high": case((fresh.high > MachineMinute.high, fresh.high), else_=MachineMinute.high),
        "total": MachineMinute.total + fresh.total,
        "last": case((is_later, fresh.last), else_=MachineMinute.last),
        "last_at": func.coalesce(case((is_later, fresh.last_at)), MachineMinute.last_at),
    }


def _insert(session: Session) -> Any:
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
