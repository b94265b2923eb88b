"""Where the parts of a chart stand: numbers for SVG, worked out here so that templates only write them down."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from quality.statistics import Bin, ChartPoint, ControlChart, Limits, ParetoBar

WIDTH, HEIGHT = 960.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 74.0, 16.0, 34.0
NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Tick:
    """A line of the grid and what it says."""

    at: float
    text: str


@dataclass(frozen=True)
class Dot:
    """A point of a chart: where, its value, what it is called, where it leads, and which rules speak at it."""

    x: float
    y: float
    value: float
    title: str
    url: str
    rules: tuple[int, ...]


@dataclass(frozen=True)
class Band:
    """A zone between two heights; `level` 1 to 3 counts standard deviations from the centre."""

    y: float
    height: float
    level: int


@dataclass(frozen=True)
class LimitLine:
    """A line of a chart as steps, with its word and figure at the right. `kind`: centre, control or tolerance."""

    path: str
    y: float
    text: str
    kind: str


@dataclass(frozen=True)
class Picture:
    """A control chart, drawn."""

    path: str
    dots: tuple[Dot, ...]
    bands: tuple[Band, ...]
    lines: tuple[LimitLine, ...]
    ticks: tuple[Tick, ...]
    labels: tuple[Tick, ...]
    width: float = WIDTH
    height: float = HEIGHT


@dataclass(frozen=True)
class Words:
    """What the lines of a chart are called."""

    centre: str
    upper: str
    lower: str


@dataclass(frozen=True)
class Labelled:
    """What a point is called below the axis, in full, and where it leads."""

    short: str
    title: str
    url: str


def control_picture(
    chart: ControlChart,
    labels: Sequence[Labelled],
    words: Words,
    *,
    first: int = 0,
    digits: int = 2,
    zones: bool = True,
    factor: float = 1.0,
    unit: str = "",
) -> Picture:
    """A control chart from its point `first` on, one label each; `factor` turns fractions into per cent."""
    points = chart.points[first : first + len(labels)]
    low = min(min(point.value, point.lower) for point in points) * factor
    high = max(max(point.value, point.upper) for point in points) * factor
    ticks = nice_ticks(low, high)
    scale = _Scale(min(low, ticks[0]), max(high, ticks[-1]))
    step = (WIDTH - LEFT - RIGHT) / max(1, len(points))
    xs = [LEFT + step * (index + 0.5) for index in range(len(points))]
    rules: dict[int, set[int]] = {}
    for signal in chart.signals:
        rules.setdefault(signal.at - first, set()).add(int(signal.rule))
    dots = tuple(
        Dot(x, scale(p.value * factor), round(p.value * factor, 6), one.title, one.url, tuple(sorted(rules.get(i, ()))))
        for i, (x, p, one) in enumerate(zip(xs, points, labels, strict=True))
    )
    every = max(1, math.ceil(len(labels) / 12))
    return Picture(
        path="M" + "L".join(f"{dot.x:.1f} {dot.y:.1f}" for dot in dots),
        dots=dots,
        bands=_bands(points[-1], scale, factor) if zones and _level(points) else (),
        lines=_lines(points, xs, step, scale, words, digits, factor, unit),
        ticks=tuple(Tick(scale(value), f"{value:g}") for value in ticks),
        labels=tuple(Tick(x, one.short) for i, (x, one) in enumerate(zip(xs, labels, strict=True)) if i % every == 0),
    )


def _level(points: Sequence[ChartPoint]) -> bool:
    return len({(point.lower, point.upper) for point in points}) == 1


def _bands(point: ChartPoint, scale: _Scale, factor: float) -> tuple[Band, ...]:
    bands = []
    for level in (3, 2, 1):
        top = min(point.centre + level * point.sigma, point.upper) * factor
        bottom = max(point.centre - level * point.sigma, point.lower) * factor
        bands.append(Band(scale(top), scale(bottom) - scale(top), level))
    return tuple(bands)


def _lines(
    points: Sequence[ChartPoint],
    xs: Sequence[float],
    step: float,
    scale: _Scale,
    words: Words,
    digits: int,
    factor: float,
    unit: str,
) -> tuple[LimitLine, ...]:
    found = []
    for kind, word, values in (
        ("control", words.upper, [point.upper for point in points]),
        ("centre", words.centre, [point.centre for point in points]),
        ("control", words.lower, [point.lower for point in points]),
    ):
        heights = [scale(value * factor) for value in values]
        path = "M" + "L".join(
            f"{x - step / 2:.1f} {y:.1f}L{x + step / 2:.1f} {y:.1f}" for x, y in zip(xs, heights, strict=True)
        )
        found.append(LimitLine(path, heights[-1], f"{word} {values[-1] * factor:.{digits}f}{unit}", kind))
    return tuple(found)


@dataclass(frozen=True)
class BinBar:
    """A bar of a histogram; `inside` the tolerance or not."""

    x: float
    y: float
    width: float
    height: float
    count: int
    title: str
    inside: bool


@dataclass(frozen=True)
class HistogramPicture:
    """A histogram with the tolerance and the mean, and the bell of the spread within subgroups."""

    bars: tuple[BinBar, ...]
    limits: tuple[Tick, ...]
    mean: float
    bell: str
    labels: tuple[Tick, ...]
    width: float = WIDTH / 2
    height: float = HEIGHT


def histogram_picture(bins: Sequence[Bin], limits: Limits, mean: float, sigma: float) -> HistogramPicture:
    """A histogram; limits stand where two bins meet."""
    width, most = WIDTH / 2, max(one.count for one in bins)
    start, end = bins[0].start, bins[-1].end
    across = (width - 32) / (end - start)
    tall = HEIGHT - TOP - BOTTOM

    def x(value: float) -> float:
        return 16 + (value - start) * across

    bars = tuple(
        BinBar(
            x(one.start) + 1,
            HEIGHT - BOTTOM - tall * one.count / most,
            max(1.0, (one.end - one.start) * across - 2),
            tall * one.count / most,
            one.count,
            f"{one.start:g} … {one.end:g}",
            limits.holds((one.start + one.end) / 2),
        )
        for one in bins
    )
    known = [limits.upper] if limits.lower is None else [limits.lower, limits.upper]
    return HistogramPicture(
        bars=bars,
        limits=tuple(Tick(x(value), f"{value:+g}") for value in known),
        mean=x(min(max(mean, start), end)),
        bell=_bell(bins, mean, sigma, x, tall, most),
        labels=tuple(Tick(x(value), f"{value:g}") for value in nice_ticks(start, end) if start <= value <= end),
    )


def _bell(bins: Sequence[Bin], mean: float, sigma: float, x: object, tall: float, most: int) -> str:
    if sigma <= 0:
        return ""
    total, width = sum(one.count for one in bins), bins[0].end - bins[0].start
    start, end = bins[0].start, bins[-1].end
    parts = []
    for step in range(81):
        value = start + (end - start) * step / 80
        density = math.exp(-(((value - mean) / sigma) ** 2) / 2) / (sigma * math.sqrt(2 * math.pi))
        height = min(tall, tall * density * total * width / most)
        parts.append(f"{x(value):.1f} {HEIGHT - BOTTOM - height:.1f}")  # type: ignore[operator]
    return "M" + "L".join(parts)


@dataclass(frozen=True)
class ParetoRow:
    """A bar of a Pareto chart lying down: its length and where its cumulative point stands, both 0 to 100."""

    bar: ParetoBar
    title: str
    length: float
    cumulative: float
    url: str


def pareto_rows(bars: Sequence[ParetoBar], titles: Sequence[str], urls: Sequence[str]) -> list[ParetoRow]:
    """Bars as long as their share of the heaviest one."""
    most = bars[0].weight if bars else 1.0
    return [
        ParetoRow(bar, title, 100 * bar.weight / most, 100 * bar.cumulative, url)
        for bar, title, url in zip(bars, titles, urls, strict=True)
    ]


@dataclass(frozen=True)
class _Scale:
    """From a value to its height in the picture."""

    low: float
    high: float

    def __call__(self, value: float) -> float:
        span = (self.high - self.low) or 1.0
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / span, 2)


def nice_ticks(low: float, high: float) -> list[float]:
    """Four to nine round numbers from at or below `low` to at or above `high`."""
    span = high - low or abs(high) or 1.0
    raw = span / 5
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(nice * power for nice in NICE if nice * power >= raw * 0.999)
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(first, max(last, first + 1) + 1)]
