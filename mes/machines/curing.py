"""How a chamber's temperature rises and falls, for its machine's page. The limits are the quality engine's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import yaml

from quality.curing import CuringPoint, curing_phases, curing_rules, merged_points

CHAMBERS_FILE = Path(__file__).with_name("curing_limits.yaml")

Curve = Sequence[tuple[datetime, float]]


@dataclass(frozen=True)
class CuringLimits:
    """Limits of curing in kelvin per hour and degrees Celsius, by which rules, and the machines that cure."""

    heating: float
    cooling: float
    highest: float
    source: str
    rule_set: str
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
    data = yaml.safe_load(CHAMBERS_FILE.read_text(encoding="utf-8"))
    rules = curing_rules(data["rules"])
    return CuringLimits(
        heating=rules.limits["heating_k_per_hour"].most,
        cooling=rules.limits["cooling_k_per_hour"].most,
        highest=rules.limits["highest_celsius"].most,
        source=rules.limits["heating_k_per_hour"].clause,
        rule_set=rules.id,
        classes=frozenset(data["classes"]),
    )


def phases(curve: Curve, limits: CuringLimits) -> list[Phase]:
    """The phases of a temperature curve (times rising)."""
    if not curve:
        return []
    begin = curve[0][0]
    points = merged_points([CuringPoint((moment - begin) / timedelta(minutes=1), value) for moment, value in curve])
    return [
        Phase(
            found.kind,
            begin + timedelta(minutes=found.from_minutes),
            begin + timedelta(minutes=found.to_minutes),
            found.rate_k_per_hour,
            found.is_too_fast,
        )
        for found in curing_phases(points, curing_rules(limits.rule_set))
    ]
