"""How fast a curve rises and falls. A rate is the change over a window of fixed length, as a function of the window's
begin: between the begins at which either end meets a point of the curve it is a straight line, so that its extremes
and the places where it meets a limit are found exactly, however finely the curve is drawn.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from quality.curing.curves import CuringPoint, temperature_at
from quality.curing.rules import CuringRules

_LEAST_WINDOW_MINUTES = 10.0
_NOISE = 1e-7


@dataclass(frozen=True)
class Stretch:
    """A time within which a quantity was beyond its limit, in minutes after casting, and its extreme there."""

    from_minutes: float
    to_minutes: float
    extreme: float


@dataclass(frozen=True)
class CuringPhase:
    """Heating, holding or cooling; `rate_k_per_hour` is its steepest change."""

    kind: str
    from_minutes: float
    to_minutes: float
    rate_k_per_hour: float
    is_too_fast: bool


def rates(curve: Sequence[CuringPoint], window_minutes: float) -> tuple[list[tuple[float, float]], float]:
    """(begin of the window, rate in K/h) at every corner of the rate, and the window used: the whole curve where it
    is shorter. Nothing for curves too short to tell a rate.
    """
    if len(curve) < 2:
        return [], window_minutes
    first, last = curve[0].minutes, curve[-1].minutes
    window = min(window_minutes, last - first)
    if window < _LEAST_WINDOW_MINUTES:
        return [], window
    nodes = {point.minutes for point in curve}
    begins = sorted({*nodes, *(minute - window for minute in nodes)})
    inside = [minute for minute in begins if first - _NOISE <= minute <= last - window + _NOISE]
    change = [temperature_at(curve, minute + window) - temperature_at(curve, minute) for minute in inside]
    return [(minute, 60 * kelvin / window) for minute, kelvin in zip(inside, change, strict=True)], window


def stretches_beyond(line: Sequence[tuple[float, float]], limit: float, after: float = 0.0) -> list[Stretch]:
    """Where a line of (minutes, value) lies above `limit`; a stretch ends `after` minutes later than the line there."""
    found: list[Stretch] = []
    start: float | None = None
    extreme = 0.0
    for index, (minute, value) in enumerate(line):
        above = value > limit + _NOISE
        if above and start is None:
            start, extreme = (minute if index == 0 else _crossing(line[index - 1], line[index], limit)), value
        elif above:
            extreme = max(extreme, value)
        elif start is not None:
            found.append(Stretch(start, _crossing(line[index - 1], line[index], limit) + after, extreme))
            start = None
    if start is not None:
        found.append(Stretch(start, line[-1][0] + after, extreme))
    return _joined(found)


def curing_phases(curve: Sequence[CuringPoint], rules: CuringRules) -> list[CuringPhase]:
    """The phases of a temperature curve, one after another."""
    line, window = rates(curve, rules.rate_minutes)
    heating = rules.limits["heating_k_per_hour"].most
    cooling = rules.limits["cooling_k_per_hour"].most
    limits = (-cooling, -rules.phase_k_per_hour, rules.phase_k_per_hour, heating)
    if len(line) == 1:
        ((_, rate),) = line
        kind, too_fast = _kind(rate, rules.phase_k_per_hour), rate > heating + _NOISE or -rate > cooling + _NOISE
        return [CuringPhase(kind, curve[0].minutes, curve[-1].minutes, rate, too_fast)]
    found: list[CuringPhase] = []
    for (begin, rate), (until, next_rate) in itertools.pairwise(_split(line, limits)):
        middle = (rate + next_rate) / 2
        kind = _kind(middle, rules.phase_k_per_hour)
        too_fast = middle > heating + _NOISE or -middle > cooling + _NOISE
        steepest = max(rate, next_rate, key=abs)
        last = found[-1] if found else None
        if last and (last.kind, last.is_too_fast) == (kind, too_fast):
            found.pop()
            begin, steepest = last.from_minutes - window / 2, max(last.rate_k_per_hour, steepest, key=abs)
        found.append(CuringPhase(kind, begin + window / 2, until + window / 2, steepest, too_fast))
    return _to_the_ends(found, curve)


def _kind(rate: float, phase: float) -> str:
    return "heating" if rate > phase else "cooling" if rate < -phase else "holding"


def _split(line: Sequence[tuple[float, float]], limits: Sequence[float]) -> list[tuple[float, float]]:
    """The line with a corner more wherever it meets one of the limits."""
    found = list(line[:1])
    for before, after in itertools.pairwise(line):
        meets: Callable[[float], bool] = lambda limit, a=before[1], b=after[1]: min(a, b) < limit < max(a, b)  # type: ignore[misc]  # noqa: E731
        met = sorted((_crossing(before, after, limit), limit) for limit in limits if meets(limit))
        found += [*met, after]
    return found


def _to_the_ends(phases: list[CuringPhase], curve: Sequence[CuringPoint]) -> list[CuringPhase]:
    """The first and last phase reach the ends of the curve, half a window beyond what a rate is told of."""
    if not phases:
        return []
    first, last = phases[0], phases[-1]
    phases[0] = CuringPhase(first.kind, curve[0].minutes, first.to_minutes, first.rate_k_per_hour, first.is_too_fast)
    last = phases[-1]
    phases[-1] = CuringPhase(last.kind, last.from_minutes, curve[-1].minutes, last.rate_k_per_hour, last.is_too_fast)
    return phases


def _crossing(before: tuple[float, float], after: tuple[float, float], limit: float) -> float:
    rise = after[1] - before[1]
    share = min(1.0, max(0.0, (limit - before[1]) / rise)) if abs(rise) > _NOISE else 0.0
    return before[0] + share * (after[0] - before[0])


def _joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Stretches that touch or overlap are one."""
    found: list[Stretch] = []
    for one in stretches:
        if found and one.from_minutes <= found[-1].to_minutes:
            last = found.pop()
            one = Stretch(last.from_minutes, max(last.to_minutes, one.to_minutes), max(last.extreme, one.extreme))
        found.append(one)
    return found
