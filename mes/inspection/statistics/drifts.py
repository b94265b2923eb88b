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
from mes.inspection.statistics.readings import Reading, elements_of, in_period, limits_of
from mes.inspection.statistics.selecting import CAST_COLUMNS, judged_items, narrowed, with_its_load
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
    made = _newest_made(session, actor, zone, chosen)
    moulds = _moulds(session, [one.load_id for one in made.values() if one.load_id is not None])
    judged, column = judged_items(session)
    query = (
        select(Inspection.id, Inspection.inspected_at, *column.values())
        .join(judged, true())
        .where(Inspection.id.in_(list(made)))
        .order_by(Inspection.inspected_at, Inspection.id)
    )
    by_item: dict[str, list[Reading]] = defaultdict(list)
    by_series: dict[Series, list[Reading]] = defaultdict(list)
    for inspection_id, at, item, deviation, lower, upper in session.execute(query):
        limits = limits_of(item, lower, upper)
        if limits is None:
            continue
        reading, of = Reading(inspection_id, at, Judged(deviation, limits)), made[inspection_id]
        by_item[item].append(reading)
        by_series[Series(item, of.family, of.line)].append(reading)
        for mould in moulds.get(of.load_id, ()):
            by_series[Series(item, mould=mould)].append(reading)
    return Newest(dict(by_item), dict(by_series))


@dataclass(frozen=True)
class _Made:
    """How the element of an inspection was made."""

    family: str
    line: str
    load_id: UUID | None


def _newest_made(session: Session, actor: Actor, zone: ZoneInfo, chosen: Chosen) -> dict[UUID, _Made]:
    """The newest inspections of the choice, by id."""
    shift = Shifts(session, zone) if chosen.shift else None
    newest = (
        select(Inspection.id, Inspection.element_id)
        .select_from(Inspection)
        .join(Element, Element.id == Inspection.element_id)
        .join(ComponentType, ComponentType.id == Element.component_type_id)
        .where(*in_period(chosen, zone))
        .order_by(Inspection.inspected_at.desc(), Inspection.id)
        .limit(NEWEST_INSPECTIONS)
    )
    found = session.execute(narrowed(newest, chosen, actor, elements_of(chosen, zone))).all()
    query = (
        select(Inspection.id, ComponentType.family, Line.code, PalletLoad.id, *CAST_COLUMNS)
        .select_from(Inspection)
        .join(Element, Element.id == Inspection.element_id)
        .join(ComponentType, ComponentType.id == Element.component_type_id)
        .where(Inspection.id.in_([inspection_id for inspection_id, _ in found]))
    )
    among = select(Element.id).where(Element.id.in_({element_id for _, element_id in found}))
    rows = session.execute(with_its_load(query, among).outerjoin(Line, Line.id == PalletLoad.line_id))
    return {
        inspection_id: _Made(family, line or "", load_id)
        for inspection_id, family, line, load_id, *cast in rows
        if shift is None or shift.of(*cast) == chosen.shift
    }


def _moulds(session: Session, load_ids: Sequence[UUID]) -> dict[UUID | None, list[str]]:
    found: dict[UUID | None, list[str]] = defaultdict(list)
    query = select(MouldUse.load_id, Mould.code).join(Mould, Mould.id == MouldUse.mould_id)
    for load_id, code in session.execute(query.where(MouldUse.load_id.in_(load_ids))):
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
