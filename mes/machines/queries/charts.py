"""The document of a machine's charts: its states and alarms as strips, its measured values as curves with limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from lines.losses import UNKNOWN
from mes.machines.announced import announced
from mes.machines.curing import curing_limits, phases
from mes.machines.losses.stories import Story, stories
from mes.machines.models import AlarmInterval, Machine, MachineMeasurement, MachineMinute
from mes.machines.point_words import unit_word
from mes.machines.queries.machine_page import SLOT_POINT

RAW_UP_TO = timedelta(hours=14)
MOST_POINTS = 1500
"""As many points of a curve as a screen can show; what is longer is drawn from minutes, then from several of them."""

ZONE = re.compile(r"(zone)_\d+(_\w+)")
"""Points of a chamber's zones share a picture."""

Row = tuple[datetime, float, float, float]  # time, lowest, mean, highest


@dataclass(frozen=True)
class Curve:
    """A measured point's values; `is_raw` for single values, else one row for `step` with its lowest and highest."""

    spec: Mapping[str, Any]
    rows: Sequence[Row]
    is_raw: bool
    step: timedelta


def chart_document(session: Session, machine: Machine, start: datetime, end: datetime, now: datetime) -> dict[str, Any]:
    """Everything that the charts of a machine show from `start` to `end`; times in milliseconds since 1970."""
    until = min(end, now)
    told = stories(session, [machine.device], start, end)[machine.device]
    curves = [_curve(session, machine.device, spec, start, end) for spec in charted_points(machine)]
    return {
        "from": _millis(start),
        "to": _millis(end),
        "now": _millis(now),
        "states": [_state(one, start, until) for one in told],
        "alarms": list(_alarms(session, machine.device, start, until)),
        "curves": [_as_json(curve, machine, until, told) for curve in curves if curve.rows],
    }


def charted_points(machine: Machine) -> list[Mapping[str, Any]]:
    """The points that are drawn: measured ones with a unit, measurements before counters."""
    kept = announced(machine).kept
    found = [
        spec
        for spec in machine.points
        if spec["name"] in kept and spec.get("unit") and not SLOT_POINT.fullmatch(spec["name"])
    ]
    return sorted(found, key=lambda spec: spec.get("role") == "counter")


def _curve(session: Session, device: str, spec: Mapping[str, Any], start: datetime, end: datetime) -> Curve:
    name = spec["name"]
    if end - start <= RAW_UP_TO:
        within = (
            MachineMeasurement.device == device,
            MachineMeasurement.point == name,
            MachineMeasurement.time >= start,
            MachineMeasurement.time < end,
        )
        count = session.scalar(select(func.count()).select_from(MachineMeasurement).where(*within)) or 0
        if count <= MOST_POINTS:
            query = select(MachineMeasurement.time, MachineMeasurement.value).where(*within)
            raw = session.execute(query.order_by(MachineMeasurement.time))
            rows = [(moment, value, value, value) for moment, value in raw]
            return Curve(spec, [*_before(session, device, name, start), *rows], True, timedelta())
    rows = list(_minutes(session, device, name, start, end))
    step = timedelta(minutes=1)
    while (end - start) / step > MOST_POINTS:
        step += timedelta(minutes=1)
    return Curve(spec, list(_thinned(rows, start, step)), False, step)


def _before(session: Session, device: str, point: str, start: datetime) -> list[Row]:
    """The value that held at the beginning: a value is told when it changes."""
    query = select(MachineMeasurement.value).where(
        MachineMeasurement.device == device, MachineMeasurement.point == point, MachineMeasurement.time < start
    )
    value = session.scalars(query.order_by(MachineMeasurement.time.desc()).limit(1)).first()
    return [] if value is None else [(start, value, value, value)]


def _minutes(session: Session, device: str, point: str, start: datetime, end: datetime) -> Iterator[Row]:
    minute = MachineMinute
    query = select(minute.minute, minute.low, minute.total, minute.count, minute.high).where(
        minute.device == device, minute.point == point, minute.minute >= start, minute.minute < end
    )
    for moment, low, total, count, high in session.execute(query.order_by(minute.minute)):
        yield moment, low, total / count, high


def _thinned(rows: Iterable[Row], start: datetime, step: timedelta) -> Iterator[Row]:
    """One row for each step: the lowest, the mean of the means, the highest."""
    group: list[Row] = []
    for row in rows:
        if group and (row[0] - start) // step != (group[0][0] - start) // step:
            yield _merged(group)
            group = []
        group.append(row)
    if group:
        yield _merged(group)


def _merged(group: Sequence[Row]) -> Row:
    mean = sum(row[2] for row in group) / len(group)
    return group[0][0], min(row[1] for row in group), mean, max(row[3] for row in group)


def _as_json(curve: Curve, machine: Machine, until: datetime, told: Sequence[Story]) -> dict[str, Any]:
    spec = curve.spec
    rows = [[_millis(moment), *map(_short, values)] for moment, *values in curve.rows]
    found: dict[str, Any] = {
        "point": spec["name"],
        "unit": unit_word(spec.get("unit")),
        "warn_low": spec.get("warn_low"),
        "warn_high": spec.get("warn_high"),
        "raw": curve.is_raw,
        "step": int(curve.step.total_seconds() * 1000),
        "rows": [[row[0], row[2]] for row in rows] if curve.is_raw else rows,
        "gaps": [[_millis(one.started_at), _millis(one.ended_at or until)] for one in told if one.state == UNKNOWN],
    }
    zone = ZONE.fullmatch(spec["name"])
    if zone:
        found["group"] = zone[1] + zone[2]
    limits = curing_limits()
    if machine.machine_class in limits.classes and spec["name"].endswith("temperature_c"):
        found["warn_high"] = limits.highest if found["warn_high"] is None else found["warn_high"]
        found["phases"] = [
            {
                "kind": one.kind,
                "from": _millis(one.start),
                "to": _millis(one.end),
                "rate": round(one.rate, 1),
                "too_fast": one.is_too_fast,
            }
            for one in phases([(moment, mean) for moment, _, mean, _ in curve.rows], limits)
        ]
    return found


def _alarms(session: Session, device: str, start: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    query = select(AlarmInterval).where(
        AlarmInterval.device == device,
        AlarmInterval.raised_at < until,
        or_(AlarmInterval.cleared_at.is_(None), AlarmInterval.cleared_at > start),
    )
    for alarm in session.scalars(query.order_by(AlarmInterval.raised_at)):
        yield {
            "code": alarm.code,
            "severity": alarm.severity,
            "text": alarm.text,
            "from": _millis(max(alarm.raised_at, start)),
            "to": _millis(alarm.cleared_at or until),
        }


def _state(one: Story, start: datetime, until: datetime) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "state": one.state,
        "from": _millis(max(one.started_at, start)),
        "to": _millis(min(one.ended_at or until, until)),
        "pallet": one.pallet or None,
        "reason": one.reason_code,
        "open": one.ended_at is None,
    }


def _short(value: float) -> float:
    return float(f"{value:.6g}")


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
