"""Pictures of concrete as shapes in a drawing of 480 units' width; the templates put them on the page as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from mes.inspection.concrete.mixes import CalibratedMix
from mes.inspection.models import CuringRecord
from quality import RefusedInputError, TemperatureReading, held_on, strength_over_time
from quality.maturity_line import StrengthLine

WIDTH, HEIGHT = 480.0, 250.0
LEFT, RIGHT, TOP, FOOT = 36.0, 436.0, 16.0, 222.0
_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Tick:
    """A place on an axis with its label."""

    at: float
    label: str


@dataclass(frozen=True)
class Line:
    """A polyline: `kind` is a class of the style sheet."""

    kind: str
    path: str


@dataclass(frozen=True)
class Mark:
    """A vertical or horizontal line with a word, or a dot with its meaning."""

    kind: str
    x: float
    y: float
    label: str = ""
    title: str = ""
    end: float = 0.0


@dataclass
class Picture:
    """Everything that is drawn; `right` labels the second axis, if there is one."""

    x: list[Tick] = field(default_factory=list)
    y: list[Tick] = field(default_factory=list)
    right: list[Tick] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    bands: list[Mark] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    levels: list[Mark] = field(default_factory=list)
    dots: list[Mark] = field(default_factory=list)


@dataclass(frozen=True)
class Axis:
    """Values from `low` to `high` on a stretch of the drawing."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Where a value is drawn; what lies beyond the axis is drawn at its end."""
        share = (value - self.low) / ((self.high - self.low) or 1)
        return round(self.start + min(1.0, max(0.0, share)) * (self.end - self.start), 1)


def upright(highest: float, low: float = 0.0) -> tuple[Axis, list[Tick]]:
    """A vertical axis from `low` to a round number above `highest`, with five labels."""
    raw = max(highest - low, 1e-6) / 4
    power = 10 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in _STEPS if factor * power >= raw - 1e-9)
    axis = Axis(low, low + 4 * step, FOOT, TOP)
    return axis, [Tick(axis.place(low + step * i), f"{low + step * i:g}") for i in range(5)]


def path_of(points: Sequence[tuple[float, float]]) -> str:
    """An SVG path through points."""
    return "".join(f"{'L' if index else 'M'}{x:g} {y:g}" for index, (x, y) in enumerate(points))


def curing_picture(
    record: CuringRecord, mix: CalibratedMix | None, local: Callable[[datetime], datetime], words: Mapping[str, str]
) -> Picture:
    """A cure: temperature, predicted strength with its bound, findings as bands, and the moments that count."""
    curve = [TemperatureReading(minutes, celsius) for minutes, celsius in record.curve]
    last = curve[-1].minutes
    safe = (record.safe_at - record.cast_at) / timedelta(minutes=1) if record.safe_at else None
    end = max(last, safe or 0.0) + 30 if not record.final else last
    ahead = held_on(curve, end)
    across = Axis(0, end, LEFT, RIGHT)
    warm, labels = upright(max(60.0, *(one.temperature_c for one in curve)))
    picture = Picture(x=_hours(record.cast_at, end, across, local), y=labels)
    picture.lines.append(Line("curve-temperature", _drawn(across, warm, [(p.minutes, p.temperature_c) for p in curve])))
    if end > last and not record.final:
        held = [(p.minutes, p.temperature_c) for p in ahead if p.minutes >= last]
        picture.lines.append(Line("curve-temperature is-ahead", _drawn(across, warm, held)))
    if mix is not None and mix.is_usable:
        _add_strength(picture, record, mix, ahead, last, across)
    for finding in record.findings:
        start, until = across.place(finding["from_minutes"]), across.place(finding["to_minutes"])
        picture.bands.append(Mark("finding", start, TOP, end=max(until, start + 3)))
    for name, moment in (("entered", record.entered_at), ("left", record.left_at), ("safe", record.safe_at)):
        if moment is not None and (name != "safe" or not record.final or moment <= record.evaluated_at):
            x = across.place((moment - record.cast_at) / timedelta(minutes=1))
            picture.marks.append(Mark(name, x, TOP, label=words[name], title=f"{local(moment):%H:%M}"))
    return picture


def _add_strength(
    picture: Picture,
    record: CuringRecord,
    mix: CalibratedMix,
    ahead: Sequence[TemperatureReading],
    last: float,
    across: Axis,
) -> None:
    confidence, required = record.basis.get("confidence", 0.95), record.basis.get("required_mpa", 15.0)
    finer = _every(ahead, 10)
    try:
        told = strength_over_time(mix.mix, finer, confidence)
    except RefusedInputError:
        return
    strong, labels = upright(max(required * 1.4, *(one.strength_mpa for one in told)))
    picture.right = labels
    for ending, part in (
        ("", [one for one in told if one.minutes <= last]),
        (" is-ahead", [one for one in told if one.minutes >= last]),
    ):
        if len(part) > 1:
            strength = [(one.minutes, one.strength_mpa) for one in part]
            lower = [(one.minutes, one.lower_mpa) for one in part]
            picture.lines.append(Line("curve-strength" + ending, _drawn(across, strong, strength)))
            picture.lines.append(Line("curve-bound" + ending, _drawn(across, strong, lower)))
    picture.levels.append(Mark("required", LEFT, strong.place(required), label=f"{required:g} MPa"))


def _every(curve: Sequence[TemperatureReading], minutes: float) -> list[TemperatureReading]:
    """The curve with further points on its lines, so that what bends between its corners is drawn bent."""
    found = [curve[0]]
    for before, after in pairwise(curve):
        steps = max(1, math.ceil((after.minutes - before.minutes) / minutes))
        found += [
            TemperatureReading(
                before.minutes + (after.minutes - before.minutes) * n / steps,
                before.temperature_c + (after.temperature_c - before.temperature_c) * n / steps,
            )
            for n in range(1, steps + 1)
        ]
    return found


def _hours(cast_at: datetime, end: float, across: Axis, local: Callable[[datetime], datetime]) -> list[Tick]:
    """Labels at whole hours of the clock, as many as there is room for."""
    every = next((hours for hours in (1, 2, 3, 4, 6, 12, 24, 48) if end / 60 / hours <= 7), 96)
    moment = local(cast_at).replace(minute=0, second=0, microsecond=0)
    ticks = []
    while (minutes := (moment - local(cast_at)) / timedelta(minutes=1)) <= end:
        if minutes >= 0 and moment.hour % min(every, 24) == 0:
            label = f"{moment:%H:%M}" if every < 12 or moment.hour else f"{moment:%m-%d}"
            ticks.append(Tick(across.place(minutes), label))
        moment += timedelta(hours=1)
    return ticks


def _drawn(across: Axis, up: Axis, points: Sequence[tuple[float, float]]) -> str:
    return path_of([(across.place(x), up.place(y)) for x, y in points])


def sets_picture(content: Mapping[str, Any], grade_mpa: float, words: Mapping[str, str]) -> Picture:
    """The sets of an evaluation one after another, with the lines that mean and least must reach."""
    sets = [one for one in content["sets"] if one["counts_mpa"] is not None or one["set_value_mpa"] is not None]
    values = [one["counts_mpa"] or one["set_value_mpa"] for one in sets]
    required = {one["name"]: one["required"] for one in content["criteria"]}
    low = 5.0 * math.floor(0.8 * min([*values, *required.values(), grade_mpa]) / 5)
    up, labels = upright(max([*values, *required.values(), content["mean"], grade_mpa]), low)
    across = Axis(-0.5, len(sets) - 0.5, LEFT, RIGHT)
    picture = Picture(y=labels)
    every = max(1, math.ceil(len(sets) / 6))
    for index, (one, value) in enumerate(zip(sets, values, strict=True)):
        kind = "set" if one["counts_mpa"] is not None else "set-left-out"
        title = f"{one['batch']}: {value:g} MPa"
        picture.dots.append(Mark(kind, across.place(index), up.place(value), title=title))
        if index % every == 0:
            picture.x.append(Tick(across.place(index), one["mixed_at"][5:10]))
    counted = [(across.place(i), up.place(one["counts_mpa"])) for i, one in enumerate(sets) if one["counts_mpa"]]
    picture.lines.append(Line("curve-sets", path_of(counted)))
    least = max(value for name, value in required.items() if name.startswith("min"))
    for kind, value in (("mean-required", required["mean"]), ("min-required", least), ("grade", grade_mpa)):
        picture.levels.append(Mark(kind, LEFT, up.place(value), label=f"{words[kind]} {value:.4g}"))
    picture.levels.append(Mark("mean", LEFT, up.place(content["mean"]), label=f"{words['mean']} {content['mean']:.4g}"))
    return picture


def calibration_picture(mix: CalibratedMix, confidence: float) -> Picture:
    """Strength over the logarithm of equivalent age: trial mixes, the plant's own cubes, the line and its bound."""
    points = mix.mix.calibration
    if not points:
        return Picture()
    ages = [point.equivalent_age_hours for point in points]
    across = Axis(math.log(min(ages) * 0.8), math.log(max(ages) * 1.25), LEFT, RIGHT)
    up, labels = upright(max(point.strength_mpa for point in points) * 1.1)
    picture = Picture(y=labels)
    for hours in (1, 2, 4, 8, 12, 24, 48, 72, 168, 336, 672):
        if across.low <= math.log(hours) <= across.high:
            picture.x.append(Tick(across.place(math.log(hours)), f"{hours} h" if hours < 72 else f"{hours // 24} d"))
    for index, point in enumerate(points):
        kind = "trial" if index < mix.trial_sets else "own"
        title = f"{point.equivalent_age_hours:g} h: {point.strength_mpa:g} MPa"
        place = (across.place(math.log(point.equivalent_age_hours)), up.place(point.strength_mpa))
        picture.dots.append(Mark(kind, *place, title=title))
    if mix.is_usable:
        line = StrengthLine(points)
        steps = [math.log(line.youngest) + (math.log(line.oldest / line.youngest)) * n / 40 for n in range(41)]
        told = [(x, line.strength(math.exp(x)), line.lower(math.exp(x), confidence)) for x in steps]
        picture.lines.append(Line("curve-strength", _drawn(across, up, [(x, strength) for x, strength, _ in told])))
        picture.lines.append(Line("curve-bound", _drawn(across, up, [(x, lower) for x, _, lower in told])))
    return picture
