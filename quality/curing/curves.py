"""Temperature curves: straight lines between points, so that a point more on a line changes nothing."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from quality.verdict import Fault, RefusedInputError

_COLDEST_C, _HOTTEST_C = -30.0, 110.0


class CurveFaultError(RefusedInputError):
    """A curve that cannot be true; its faults name the points."""


@dataclass(frozen=True)
class CuringPoint:
    """Temperature around the concrete, minutes after casting."""

    minutes: float
    temperature_c: float


def require_curve(curve: Sequence[CuringPoint]) -> None:
    """Raise CurveFaultError unless the minutes rise from 0 or later and the temperatures can be true."""
    faults: list[Fault] = []
    before = -1.0
    for index, point in enumerate(curve):
        if not before < point.minutes < 1e7 or point.minutes < 0:
            message = f"{point.minutes!r} min does not come after {max(before, 0):g} min"
            faults.append(Fault(f"$.curve[{index}].minutes", message))
        else:
            before = point.minutes
        if not _COLDEST_C <= point.temperature_c <= _HOTTEST_C:
            message = f"a temperature from {_COLDEST_C:g} to {_HOTTEST_C:g} °C is expected, not {point.temperature_c!r}"
            faults.append(Fault(f"$.curve[{index}].temperature_c", message))
    if faults:
        raise CurveFaultError(faults)


def temperature_at(curve: Sequence[CuringPoint], minutes: float) -> float:
    """The temperature on the line between points; the first or last one beyond the ends."""
    index = bisect_left(curve, minutes, key=lambda point: point.minutes)
    if index == 0:
        return curve[0].temperature_c
    if index == len(curve):
        return curve[-1].temperature_c
    earlier, later = curve[index - 1], curve[index]
    share = (minutes - earlier.minutes) / (later.minutes - earlier.minutes)
    return earlier.temperature_c + share * (later.temperature_c - earlier.temperature_c)


def part_of(curve: Sequence[CuringPoint], start: float, end: float) -> list[CuringPoint]:
    """The curve from `start` to `end`, both within it, with points of its own at both."""
    inner = [point for point in curve if start < point.minutes < end]
    first = CuringPoint(start, temperature_at(curve, start))
    return [first, *inner, CuringPoint(end, temperature_at(curve, end))] if end > start else [first]


def merged_points(points: Sequence[CuringPoint]) -> list[CuringPoint]:
    """Points in the order of time, one for each minute value: the last one given counts."""
    by_minute = {point.minutes: point for point in points}
    return [by_minute[minutes] for minutes in sorted(by_minute)]


def thinned(curve: Sequence[CuringPoint], tolerance_k: float = 0.2) -> list[CuringPoint]:
    """As few of the points as keep every other one within `tolerance_k` of the line (Douglas and Peucker 1973)."""
    if len(curve) < 3:
        return list(curve)
    kept = {0, len(curve) - 1}
    open_parts = [(0, len(curve) - 1)]
    while open_parts:
        first, last = open_parts.pop()
        chord = (curve[first], curve[last])
        gaps = [abs(curve[i].temperature_c - temperature_at(chord, curve[i].minutes)) for i in range(first + 1, last)]
        if gaps and max(gaps) > tolerance_k:
            furthest = first + 1 + gaps.index(max(gaps))
            kept.add(furthest)
            open_parts += [(first, furthest), (furthest, last)]
    return [curve[index] for index in sorted(kept)]
