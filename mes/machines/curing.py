"""How a chamber's temperature rises and falls: phases, and where it changed faster than the standard wants it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import yaml

LIMITS_FILE = Path(__file__).with_name("curing_limits.yaml")

Curve = Sequence[tuple[datetime, float]]


@dataclass(frozen=True)
class CuringLimits:
    """Limits of curing in kelvin per hour and degrees Celsius; their sources stand in the data file."""

    heating: float
    cooling: float
    highest: float
    source: str
    window: timedelta  # over which a rate is taken
    phase: float  # below it the temperature counts as held
    classes: frozenset[str]


@dataclass(frozen=True)
class Phase:
    """A stretch of a curve: heating, holding or cooling; `rate` is its steepest change in kelvin per hour."""

    kind: str
    start: datetime
    end: datetime
    rate: float
    is_too_fast: bool


@cache
def curing_limits() -> CuringLimits:
    """The limits in force."""
    data = yaml.safe_load(LIMITS_FILE.read_text(encoding="utf-8"))
    heating = data["heating_k_per_hour"]
    return CuringLimits(
        heating=heating["limit"],
        cooling=data["cooling_k_per_hour"]["limit"],
        highest=data["highest_celsius"]["limit"],
        source=f"{heating['source']} {heating['clause']}",
        window=timedelta(minutes=data["rate_minutes"]),
        phase=data["phase_k_per_hour"],
        classes=frozenset(data["classes"]),
    )


def phases(curve: Curve, limits: CuringLimits) -> list[Phase]:
    """The phases of a temperature curve (times rising). A rate is the change over the limits' window, so that a
    sensor's noise is none.
    """
    rates = _rates(curve, limits.window)
    found: list[Phase] = []
    for (moment, rate), (until, _) in pairwise(rates):
        kind = "heating" if rate > limits.phase else "cooling" if rate < -limits.phase else "holding"
        too_fast = rate > limits.heating or -rate > limits.cooling
        last = found[-1] if found else None
        if last and last.kind == kind and last.is_too_fast == too_fast and last.end == moment:
            steepest = max(last.rate, rate, key=abs)
            found[-1] = Phase(kind, last.start, until, steepest, too_fast)
        else:
            found.append(Phase(kind, moment, until, rate, too_fast))
    return found


def _rates(curve: Curve, window: timedelta) -> list[tuple[datetime, float]]:
    """The rate in kelvin per hour around each point of the curve: over the whole window, also near its ends."""
    times = [moment for moment, _ in curve]
    if len(times) < 2:
        return []
    found = []
    for moment in times:
        begin = max(times[0], min(moment - window / 2, times[-1] - window))
        start = max(0, bisect_right(times, begin) - 1)
        end = min(len(times) - 1, bisect_left(times, begin + window))
        hours = (times[end] - times[start]).total_seconds() / 3600
        found.append((moment, (curve[end][1] - curve[start][1]) / hours))
    return found
