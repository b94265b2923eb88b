"""Drift warnings: every dimension of every line and family, and of every mould, over the newest inspections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.inspection.models import Inspection
from mes.inspection.statistics.choosing import Chosen
from mes.inspection.statistics.readings import Reading, in_period, limits_of
from mes.inspection.statistics.selecting import CAST_COLUMNS, judged_items, narrowed
from mes.inspection.statistics.shifts import Shifts
from mes.library.models import ComponentType, Mould
from mes.orders.models import Element
from mes.planning.models import Line, PalletLoad
from mes.shopfloor.models import MouldUse
from quality.statistics import Drift, Judged, drift, on_one_scale

NEWEST_INSPECTIONS = 2000
NEWEST_DAYS = 60
MOST_VALUES = 400
"""A drift is judged over the newest values of a series, so that what was long ago does not outvote it."""


@dataclass(frozen=True)
class Series:
    """A dimension of one line and family, or of one mould."""

    item: str
    family: str = ""
    line: str = ""
    mould: str = ""


@dataclass(frozen=True)
class DriftWarning:
    """A series that drifts; when first elements and when the level meet the limit at this rate, if that is known."""

    series: Series
    drift: Drift
    unit: str
    count: int
    newest_at: datetime
    first_out_at: datetime | None
    level_out_at: datetime | None


@dataclass(frozen=True)
class Newest:
    """The readings of the newest inspections: by item, and by series."""

    by_item: dict[str, list[Reading]]
    by_series: dict[Series, list[Reading]]


def newest_readings(session: Session, actor: Actor, zone: ZoneInfo, chosen: Chosen) -> Newest:
    """Every judged deviation of the newest inspections in the period, oldest first."""
    judged, column = judged_items(session)
    newest = (
        select(Inspection.id)
        .join(Element, Element.id == Inspection.element_id)
        .join(ComponentType, ComponentType.id == Element.component_type_id)
        .where(*in_period(chosen, zone))
        .order_by(Inspection.inspected_at.desc())
        .limit(NEWEST_INSPECTIONS)
    )
    query = (
        select(Inspection.id, Inspection.inspected_at, *column.values(), ComponentType.family, Line.code, PalletLoad.id)
        .add_columns(*CAST_COLUMNS)
        .select_from(Inspection)
        .join(Element, Element.id == Inspection.element_id)
        .join(ComponentType, ComponentType.id == Element.component_type_id)
        .join(judged, true())
        .where(Inspection.id.in_(narrowed(newest, chosen, actor)))
        .order_by(Inspection.inspected_at, Inspection.id)
    )
    rows = narrowed(query, chosen, actor, with_load=True).outerjoin(Line, Line.id == PalletLoad.line_id)
    shift = Shifts(session, zone) if chosen.shift else None
    by_item: dict[str, list[Reading]] = defaultdict(list)
    by_series: dict[Series, list[Reading]] = defaultdict(list)
    moulds = _moulds(session)
    for inspection_id, at, item, deviation, lower, upper, family, line, load_id, *cast in session.execute(rows):
        limits = limits_of(item, lower, upper)
        if limits is None or (shift is not None and shift.of(*cast) != chosen.shift):
            continue
        reading = Reading(inspection_id, at, Judged(deviation, limits))
        by_item[item].append(reading)
        by_series[Series(item, family, line or "")].append(reading)
        for mould in moulds.get(load_id, ()):
            by_series[Series(item, mould=mould)].append(reading)
    return Newest(dict(by_item), dict(by_series))


def _moulds(session: Session) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = defaultdict(list)
    query = select(MouldUse.load_id, Mould.code).join(Mould, Mould.id == MouldUse.mould_id)
    for load_id, code in session.execute(query):
        found[load_id].append(code)
    return found


def warnings(series: dict[Series, list[Reading]]) -> list[DriftWarning]:
    """The series that drift, the most urgent first."""
    found = [warning for one, readings in series.items() if (warning := _warning(one, readings[-MOST_VALUES:]))]
    return sorted(found, key=_urgency)


def present_warnings(session: Session, actor: Actor, zone: ZoneInfo, now: datetime) -> list[DriftWarning]:
    """The drift warnings of this moment, over everything the actor may see."""
    today = now.astimezone(zone).date()
    chosen = Chosen(today - timedelta(days=NEWEST_DAYS), today)
    return warnings(newest_readings(session, actor, zone, chosen).by_series)


def _warning(series: Series, readings: Sequence[Reading]) -> DriftWarning | None:
    scaled = on_one_scale([reading.judged for reading in readings])
    days = list(_days(reading.at for reading in readings))
    found = drift(days, scaled.values, scaled.limits)
    if found is None:
        return None
    newest = readings[-1].at
    return DriftWarning(
        series=series,
        drift=found,
        unit=scaled.unit,
        count=len(readings),
        newest_at=newest,
        first_out_at=_after(newest, found.first_out_days),
        level_out_at=_after(newest, found.level_out_days),
    )


def _days(moments: Iterable[datetime]) -> Iterable[float]:
    first: datetime | None = None
    for moment in moments:
        first = first or moment
        yield (moment - first).total_seconds() / 86400


def _after(moment: datetime, days: float | None) -> datetime | None:
    return None if days is None else moment + timedelta(days=days)


def _urgency(warning: DriftWarning) -> tuple[float, str, str, str, str]:
    days = warning.drift.level_out_days
    series = warning.series
    return (days if days is not None else 0.0, series.item, series.line, series.family, series.mould)
