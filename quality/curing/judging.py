"""A curing curve judged by the rules: what broke them, by how much, from when to when, and after which clause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from quality.curing.curves import CuringPoint, part_of, require_curve, temperature_at
from quality.curing.rates import rates, stretches_beyond
from quality.curing.rules import CuringLimit, CuringRules
from quality.verdict import Fault, RefusedInputError

_NEAR_K = 1.0
"""Heating begins where the curve last was this near to the temperature of the concrete as cast."""


@dataclass(frozen=True)
class CuringFinding:
    """A rule that was broken; `least` and `most` are what is allowed, in the unit of the rule's name."""

    rule: str
    actual: float
    least: float | None
    most: float
    from_minutes: float
    to_minutes: float
    clause: str


@dataclass(frozen=True)
class NotJudged:
    """A rule that could not be judged, and what is missing: `curve`, `heating` or `ambient`."""

    rule: str
    missing: str


@dataclass(frozen=True)
class CuringJudgement:
    """Findings in the order of time, and the rules that could not be judged."""

    findings: tuple[CuringFinding, ...]
    not_judged: tuple[NotJudged, ...]


@dataclass(frozen=True)
class _Case:
    curve: Sequence[CuringPoint]
    rules: CuringRules
    entered: float
    left: float
    is_insulated: bool
    stripping_ambient_c: float | None
    has_left: bool


def judge_curing(
    curve: Sequence[CuringPoint],
    rules: CuringRules,
    *,
    entered_minutes: float | None = None,
    left_minutes: float | None = None,
    is_insulated: bool = False,
    stripping_ambient_c: float | None = None,
) -> CuringJudgement:
    """Judge a curve from casting on.

    Rates are judged within the chamber, from `entered_minutes` to `left_minutes` (the curve's ends where they are
    None): the step from the hall's air to the chamber's is no heating rate of a chamber; the rest before heating is
    judged over the whole curve. Stripping is judged where the load has left and the surroundings' temperature is known.
    Raises CurveFaultError for a curve, RefusedInputError for times that cannot be true.
    """
    require_curve(curve)
    if len(curve) < 2:
        return CuringJudgement((), tuple(NotJudged(rule, "curve") for rule in rules.limits))
    entered = max(curve[0].minutes if entered_minutes is None else entered_minutes, curve[0].minutes)
    left = min(curve[-1].minutes if left_minutes is None else left_minutes, curve[-1].minutes)
    if left < entered:
        raise RefusedInputError([Fault("$.left_minutes", f"{left:g} min is before the entry at {entered:g} min")])
    case = _Case(curve, rules, entered, left, is_insulated, stripping_ambient_c, left_minutes is not None)
    found = [*_precure(case), *_rates(case), *_highest(case), *_stripping(case)]
    findings = [one for one in found if isinstance(one, CuringFinding)]
    missing = [one for one in found if isinstance(one, NotJudged)]
    return CuringJudgement(tuple(sorted(findings, key=lambda one: (one.from_minutes, one.rule))), tuple(missing))


Outcome = Iterator[CuringFinding | NotJudged]


def _finding(limit: CuringLimit, actual: float, start: float, end: float, most: float | None = None) -> CuringFinding:
    times = (round(start, 1), round(end, 1))
    return CuringFinding(
        limit.rule, round(actual, 2), limit.least, limit.most if most is None else most, *times, limit.clause
    )


def _precure(case: _Case) -> Outcome:
    """The rest before heating lasts from casting until the curve leaves the temperature of the concrete as cast."""
    limit = case.rules.limits["precure_hours"]
    begin = _heating_begins(case.curve, case.rules.heating_begins_k)
    if begin is None:
        yield NotJudged(limit.rule, "heating")
        return
    hours = begin / 60
    if (limit.least is not None and hours < limit.least - 1e-6) or hours > limit.most + 1e-6:
        yield _finding(limit, hours, 0.0, begin)


def _heating_begins(curve: Sequence[CuringPoint], rise_k: float) -> float | None:
    """When the curve last was near its first temperature before it rose by `rise_k`; None where it never did."""
    start_c = curve[0].temperature_c
    above = next((i for i, point in enumerate(curve) if point.temperature_c >= start_c + rise_k), None)
    if above is None:
        return None
    for index in range(above, 0, -1):
        low, high = curve[index - 1], curve[index]
        if low.temperature_c <= start_c + _NEAR_K <= high.temperature_c:
            share = (start_c + _NEAR_K - low.temperature_c) / (high.temperature_c - low.temperature_c)
            return low.minutes + share * (high.minutes - low.minutes)
    return curve[0].minutes


def _rates(case: _Case) -> Outcome:
    heating, cooling = case.rules.limits["heating_k_per_hour"], case.rules.limits["cooling_k_per_hour"]
    line, window = rates(part_of(case.curve, case.entered, case.left), case.rules.rate_minutes)
    if not line:
        yield from (NotJudged(heating.rule, "curve"), NotJudged(cooling.rule, "curve"))
        return
    for limit, sign in ((heating, 1), (cooling, -1)):
        signed = [(minute, sign * rate) for minute, rate in line]
        for one in stretches_beyond(signed, limit.most, window):
            yield _finding(limit, one.extreme, one.from_minutes, one.to_minutes)


def _highest(case: _Case) -> Outcome:
    limit = case.rules.limits["highest_celsius"]
    most = limit.highest(is_insulated=case.is_insulated)
    line = [(point.minutes, point.temperature_c) for point in case.curve]
    for one in stretches_beyond(line, most):
        yield _finding(limit, one.extreme, one.from_minutes, one.to_minutes, most)


def _stripping(case: _Case) -> Outcome:
    """The surface has the chamber's temperature when the element leaves it."""
    limit = case.rules.limits["stripping_difference_k"]
    if not case.has_left:
        return
    if case.stripping_ambient_c is None:
        yield NotJudged(limit.rule, "ambient")
        return
    difference = abs(temperature_at(case.curve, case.left) - case.stripping_ambient_c)
    if difference > limit.most + 1e-6:
        yield _finding(limit, difference, case.left, case.left)
