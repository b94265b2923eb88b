"""What the page of a dimension shows of its charts: the newest points, or a stretch before them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from mes.core import web
from mes.inspection.statistics.drawing import Labelled, Words, control_picture, histogram_picture
from mes.inspection.statistics.readings import Dimension, Reading
from quality.statistics import VariablesCharts, histogram

POINTS_SHOWN = 50


def dimension_parts(found: Dimension | None, page: int, url: Callable[[list[UUID]], str]) -> dict[str, Any]:
    """Pictures and rows of one page of points; page 1 holds the newest."""
    if found is None or found.charts is None:
        return {"level": None, "spread": None, "bell": None, "rows": [], "pages": 1}
    charts = found.charts
    count = len(found.subgroups)
    pages = -(-count // POINTS_SHOWN)
    end = count - (min(page, pages) - 1) * POINTS_SHOWN
    first = max(0, end - POINTS_SHOWN)
    groups = found.subgroups[first:end]
    urls = [url(list(dict.fromkeys(reading.inspection_id for reading in group))) for group in groups]
    labels = [_label(group, link) for group, link in zip(groups, urls, strict=True)]
    limits, sigma = found.scaled.limits, charts.sigma
    mean = charts.level.points[0].centre
    single = found.size == 1
    offset = 1 if single else 0
    late = labels[1:] if first == 0 and single else labels
    return {
        "level": control_picture(charts.level, labels, Words("X̄", "UCL", "LCL"), first=first),
        "spread": control_picture(
            charts.spread,
            late,
            Words("MR̄" if single else "R̄", "UCL", "LCL"),
            first=max(0, first - offset),
            zones=False,
        )
        if late
        else None,
        "bell": histogram_picture(histogram(found.scaled.values, limits), limits, mean, sigma),
        "rows": list(reversed(_rows(charts, groups, urls, first, offset))),
        "pages": pages,
    }


def _rows(
    charts: VariablesCharts, groups: Sequence[Sequence[Reading]], urls: Sequence[str], first: int, offset: int
) -> list[dict[str, Any]]:
    rules: dict[int, set[int]] = {}
    for chart, shift in ((charts.level, 0), (charts.spread, offset)):
        for signal in chart.signals:
            rules.setdefault(signal.at + shift, set()).add(int(signal.rule))
    rows = []
    for index, (group, url) in enumerate(zip(groups, urls, strict=True), start=first):
        spread = charts.spread.points[index - offset].value if index >= offset else None
        rows.append(
            {
                "number": index + 1,
                "at": group[-1].at,
                "value": charts.level.points[index].value,
                "spread": spread,
                "rules": sorted(rules.get(index, ())),
                "url": url,
            }
        )
    return rows


def _label(group: Sequence[Reading], url: str) -> Labelled:
    begins, ends = web.local_time(group[0].at), web.local_time(group[-1].at)
    title = f"{begins:%m-%d %H:%M}" if begins == ends else f"{begins:%m-%d %H:%M} – {ends:%m-%d %H:%M}"
    return Labelled(f"{ends:%m-%d}", title, url)
