"""The deviations of a dimension in the order in which they were measured, and what follows from them.

One value an element and judged item: the deviation that was judged – of several readings the one with the least margin,
as GB 50204 table 9.2.7 wants it. Each is held against the tolerance by which it was judged then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select, true
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.inspection.models import Inspection
from mes.inspection.statistics.choosing import Chosen
from mes.inspection.statistics.selecting import CAST_COLUMNS, Rows, judged_items, narrowed
from mes.inspection.statistics.shifts import Shifts
from mes.library.models import ComponentType
from mes.orders.models import Element
from quality import ItemKind, catalogue
from quality.statistics import (
    Capability,
    Judged,
    Limits,
    Scaled,
    StatisticsInputError,
    VariablesCharts,
    capability,
    individuals,
    mean_and_range,
    on_one_scale,
)

SIGNED = (ItemKind.SIZE, ItemKind.LEVEL)
SUBGROUP_SIZES = range(1, 11)
DEFAULT_SIZE = 5


@dataclass(frozen=True)
class Reading:
    """A judged deviation: of which inspection, and when."""

    inspection_id: UUID
    at: datetime
    judged: Judged


@dataclass(frozen=True)
class Dimension:
    """A dimension's values on one scale, its charts and its capability.

    `subgroups` are the readings behind each point. Newest readings that do not fill a subgroup are in the capability
    and not on the chart. `charts` is None where there are too few values.
    """

    item: str
    size: int
    readings: tuple[Reading, ...]
    scaled: Scaled
    subgroups: tuple[tuple[Reading, ...], ...]
    charts: VariablesCharts | None
    capability: Capability | None


def limits_of(item: str, lower: float, upper: float) -> Limits | None:
    """The limits of a judged item; None where they allow nothing and no statistic can be made."""
    known = catalogue().items.get(item)
    try:
        return Limits(lower if known is None or known.kind in SIGNED else None, upper)
    except StatisticsInputError:
        return None


def readings_of(session: Session, actor: Actor, zone: ZoneInfo, chosen: Chosen, item: str) -> list[Reading]:
    """The readings of an item, oldest first.

    Raises:
        NotFound: the catalogue knows no such item.
    """
    if item not in catalogue().items:
        raise NotFound(Text(N_("Nothing of this name is measured")))
    judged, column = judged_items(session)
    shift = Shifts(session, zone) if chosen.shift else None
    query: Rows = (
        select(Inspection.id, Inspection.inspected_at, column["deviation"], column["lower"], column["upper"])
        .select_from(Inspection)
        .join(Element, Element.id == Inspection.element_id)
        .join(ComponentType, ComponentType.id == Element.component_type_id)
        .join(judged, true())
        .where(*in_period(chosen, zone), column["item"] == item)
        .order_by(Inspection.inspected_at, Inspection.id)
    )
    if shift is not None:
        query = query.add_columns(*CAST_COLUMNS)
    among = elements_of(chosen, zone)
    found: dict[tuple[float, float], Limits | None] = {}
    readings = []
    for inspection_id, at, deviation, lower, upper, *cast in session.execute(narrowed(query, chosen, actor, among)):
        if shift is not None and shift.of(*cast) != chosen.shift:
            continue
        if (lower, upper) not in found:
            found[lower, upper] = limits_of(item, lower, upper)
        limits = found[lower, upper]
        if limits is not None:
            readings.append(Reading(inspection_id, at, Judged(deviation, limits)))
    return readings


def in_period(chosen: Chosen, zone: ZoneInfo) -> tuple[Any, ...]:
    """The inspections of the kind and period."""
    start, end = chosen.bounds(zone)
    return Inspection.kind == chosen.kind, Inspection.inspected_at >= start, Inspection.inspected_at < end


def elements_of(chosen: Chosen, zone: ZoneInfo) -> Select[UUID]:
    """The ids of the elements inspected in the period."""
    return select(Inspection.element_id).where(*in_period(chosen, zone))


def dimension(item: str, readings: Sequence[Reading], size: int = DEFAULT_SIZE) -> Dimension | None:
    """Charts and capability of readings in subgroups of `size` in a row (1: single values); None without a reading."""
    if not readings:
        return None
    scaled = on_one_scale([reading.judged for reading in readings])
    whole = len(readings) - len(readings) % size
    groups = [scaled.values[start : start + size] for start in range(0, whole, size)]
    charts = None
    if len(groups) >= 2:
        charts = individuals(scaled.values) if size == 1 else mean_and_range(groups)
    return Dimension(
        item=item,
        size=size,
        readings=tuple(readings),
        scaled=scaled,
        subgroups=tuple(tuple(readings[start : start + size]) for start in range(0, whole, size)),
        charts=charts,
        capability=capability(scaled.values, charts.sigma, scaled.limits) if charts else None,
    )
