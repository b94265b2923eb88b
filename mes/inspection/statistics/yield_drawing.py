"""The picture of first-pass yield: a bar for each day or week, its figure on it, the whole period as a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mes.inspection.statistics.drawing import BOTTOM, HEIGHT, LEFT, TOP, WIDTH, Tick
from mes.inspection.statistics.yields import Stretch
from quality.statistics import Yield

MOST_BARS = 53


@dataclass(frozen=True)
class YieldBar:
    """A bar: from the base up to what was good, and the rest above it."""

    x: float
    y: float
    width: float
    height: float
    stretch: Stretch
    label: str
    url: str


@dataclass(frozen=True)
class YieldPicture:
    """Bars from `base` per cent up to 100."""

    bars: tuple[YieldBar, ...]
    ticks: tuple[Tick, ...]
    whole: float
    labelled_every: int
    bottom: float = HEIGHT - BOTTOM
    top: float = TOP
    width: float = WIDTH
    height: float = HEIGHT


def yield_picture(stretches: Sequence[Stretch], urls: Sequence[str], whole: Yield) -> YieldPicture:
    """The newest bars; the axis begins at 0, so that a bar is as long as its share."""
    shown = list(zip(stretches, urls, strict=True))[-MOST_BARS:]
    tall, slot = HEIGHT - BOTTOM - TOP, (WIDTH - LEFT - 16) / max(1, len(shown))
    width = min(slot * 0.72, 64.0)
    bars = []
    for index, (one, url) in enumerate(shown):
        share = one.found.share or 0.0
        x = LEFT + slot * (index + 0.5) - width / 2
        bars.append(YieldBar(x, TOP + tall * (1 - share), width, tall * share, one, f"{one.first:%m-%d}", url))
    return YieldPicture(
        bars=tuple(bars),
        ticks=tuple(Tick(TOP + tall * (1 - per_cent / 100), f"{per_cent}") for per_cent in (0, 25, 50, 75, 100)),
        whole=TOP + tall * (1 - (whole.share or 0.0)),
        labelled_every=max(1, -(-len(shown) // 14)),
    )
