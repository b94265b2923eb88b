"""Strips below a line: how many pallets cure, and how many pallets and moulds are in use, over time."""

from __future__ import annotations

from scheduling.kpis import StepSeries
from scheduling.pictures import svg
from scheduling.pictures.axis import TimeAxis

_HEIGHT, _GAP = 22.0, 5.0


def strip(axis: TimeAxis, name: str, series: StepSeries, limit: int, y: float) -> tuple[list[str], float]:
    """An area over time with a line at the limit; its parts, and its height with the gap below.

    The scale is that of the limit, or twice the peak where the limit is far away.
    """
    scale = _HEIGHT / max(1, min(limit, 2 * series.peak) if series.peak else limit)
    bottom = y + _HEIGHT
    parts = [svg.rect(axis.x(axis.first), y, axis.width, _HEIGHT, 'class="open"')]
    points = f"M{svg.number(axis.x(axis.first))} {svg.number(bottom)}"
    for minute, number in series.points:
        points += (
            f"H{svg.number(axis.x(min(max(minute, axis.first), axis.last)))}V{svg.number(bottom - number * scale)}"
        )
    points += f"H{svg.number(axis.right)}V{svg.number(bottom)}Z"
    parts.append(svg.group([svg.path(points, 'class="area"')], title=f"{name}: at most {series.peak} of {limit}"))
    if limit * scale <= _HEIGHT:
        level = svg.number(bottom - limit * scale)
        parts.append(svg.path(f"M{svg.number(axis.x(axis.first))} {level}H{svg.number(axis.right)}", 'class="limit"'))
    parts.append(svg.text(8, y + 9, name, 'class="station"'))
    parts.append(svg.text(8, y + 18, f"most {series.peak} of {limit}", 'class="note"'))
    return parts, _HEIGHT + _GAP
