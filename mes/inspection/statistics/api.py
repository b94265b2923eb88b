"""REST routes of statistics, under /api/v1/statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_openapi3 import APIBlueprint, Tag

from mes.core import web
from mes.inspection.statistics import defects, drifts, yields
from mes.inspection.statistics.choosing import StatisticsQuery, chosen_by
from mes.inspection.statistics.readings import Dimension, dimension, readings_of
from mes.inspection.statistics.schemas import (
    BarShape,
    CapabilityShape,
    DefectsShape,
    DimensionQuery,
    DimensionShape,
    ItemPath,
    LinesShape,
    PointShape,
    StretchShape,
    WarningShape,
    WarningsShape,
    YieldQuery,
    YieldShape,
)
from quality.statistics import Capability, ControlChart, ParetoBar, fraction_chart

MOST_POINTS = 1000

api = APIBlueprint(
    "statistics_api",
    __name__,
    url_prefix="/api/v1/statistics",
    abp_tags=[Tag(name="statistics")],
    abp_security=[{"token": []}, {"session": []}],
)

Json = dict[str, Any]


@api.get("/yield", responses={200: YieldShape})
@web.permission("statistics:read")
def first_pass_yield(query: YieldQuery) -> Json:
    """First-pass yield by day or week, with the p chart of what was not right at the first try."""
    clock = web.clock()
    tries = yields.first_tries(web.reading(), web.actor(), clock.zone, chosen_by(query, clock))
    stretches = yields.by_stretch(tries, clock.zone, query.by)
    chart = fraction_chart([one.sample for one in stretches]) if stretches else None
    whole = yields.total(tries)
    items = [_stretch(one, chart, index) for index, one in enumerate(stretches) if chart]
    return YieldShape(good=whole.good, total=whole.total, share=whole.share, items=items).model_dump(mode="json")


@api.get("/defects", responses={200: DefectsShape})
@web.permission("statistics:read")
def pareto_of_defects(query: StatisticsQuery) -> Json:
    """What was reported wrong, by kind, by cause and by cost."""
    clock = web.clock()
    found = defects.defects(web.reading(), web.actor(), clock.zone, chosen_by(query, clock))
    return DefectsShape(
        by_kind=_bars(defects.by_kind(found)),
        by_cause=_bars(defects.by_cause(found)),
        by_cost=_bars(defects.by_cost(found)),
    ).model_dump(mode="json")


@api.get("/dimensions/<string:item>", responses={200: DimensionShape})
@web.permission("statistics:read")
def read_dimension(path: ItemPath, query: DimensionQuery) -> Json:
    """Control charts and capability of a dimension."""
    clock = web.clock()
    readings = readings_of(web.reading(), web.actor(), clock.zone, chosen_by(query, clock), path.item)
    return _dimension(path.item, dimension(path.item, readings, query.size), query.size).model_dump(mode="json")


@api.get("/warnings", responses={200: WarningsShape})
@web.permission("statistics:read")
def drift_warnings() -> Json:
    """What drifts towards a limit now."""
    clock = web.clock()
    found = drifts.present_warnings(web.reading(), web.actor(), clock.zone, clock.now())
    return WarningsShape(items=[_warning(one) for one in found]).model_dump(mode="json")


def _stretch(one: yields.Stretch, chart: ControlChart, index: int) -> StretchShape:
    point = chart.points[index]
    return StretchShape(
        first=one.first,
        last=one.last,
        good=one.found.good,
        total=one.found.total,
        share=one.found.share or 0.0,
        nonconforming_lower=point.lower,
        nonconforming_centre=point.centre,
        nonconforming_upper=point.upper,
        rules=[int(rule) for rule in chart.rules_at(index)],
    )


def _bars(bars: Sequence[ParetoBar]) -> list[BarShape]:
    return [BarShape(name=b.name, weight=b.weight, share=b.share, cumulative=b.cumulative) for b in bars]


def _dimension(item: str, found: Dimension | None, size: int) -> DimensionShape:
    charts = found.charts if found else None
    return DimensionShape(
        item=item,
        unit="%" if found and found.scaled.unit == "%" else "mm",
        size=size,
        count=len(found.readings) if found else 0,
        tolerance_lower=found.scaled.limits.lower if found else None,
        tolerance_upper=found.scaled.limits.upper if found else None,
        level=_lines(charts.level) if charts else None,
        spread=_lines(charts.spread) if charts else None,
        points=_points(found) if found else [],
        capability=_capability(found.capability) if found and found.capability else None,
    )


def _lines(chart: ControlChart) -> LinesShape:
    point = chart.points[-1]
    return LinesShape(lower=point.lower, centre=point.centre, upper=point.upper)


def _points(found: Dimension) -> list[PointShape]:
    if found.charts is None:
        return []
    level, spread = found.charts.level, found.charts.spread
    offset = len(level.points) - len(spread.points)  # the first single value has no moving range
    rules, range_rules = _rules(level), _rules(spread)
    points = []
    for index in range(max(0, len(level.points) - MOST_POINTS), len(level.points)):
        group = found.subgroups[index]
        points.append(
            PointShape(
                value=level.points[index].value,
                range=spread.points[index - offset].value if index >= offset else None,
                first_at=group[0].at,
                last_at=group[-1].at,
                inspections=[reading.inspection_id for reading in group],
                rules=rules.get(index, []),
                range_rules=range_rules.get(index - offset, []),
            )
        )
    return points


def _rules(chart: ControlChart) -> dict[int, list[int]]:
    found: dict[int, set[int]] = {}
    for signal in chart.signals:
        found.setdefault(signal.at, set()).add(int(signal.rule))
    return {index: sorted(rules) for index, rules in found.items()}


def _capability(found: Capability) -> CapabilityShape:
    short, long = found.short_term, found.long_term
    return CapabilityShape(
        count=found.count,
        mean=found.mean,
        sigma_within=found.sigma_within,
        sigma_overall=found.sigma_overall,
        cp=short.potential if short else None,
        cpk=short.actual if short else None,
        pp=long.potential if long else None,
        ppk=long.actual if long else None,
        ppk_at_least=found.actual_at_least,
        outside=found.outside,
    )


def _warning(one: drifts.DriftWarning) -> WarningShape:
    drift = one.drift
    return WarningShape(
        item=one.series.item,
        family=one.series.family,
        line=one.series.line,
        mould=one.series.mould,
        kind=drift.kind.value,
        side=drift.side.value,
        unit="%" if one.unit == "%" else "mm",
        level=drift.level,
        limit=drift.limit,
        per_day=drift.trend.per_day,
        per_day_low=drift.trend.per_day_low,
        per_day_high=drift.trend.per_day_high,
        count=one.count,
        first_out_at=one.first_out_at,
        level_out_at=one.level_out_at,
    )
