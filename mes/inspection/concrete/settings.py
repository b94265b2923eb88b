"""How curing curves are made here: `curing.yaml` beside this file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("curing.yaml")


@dataclass(frozen=True)
class CuringSettings:
    """What a curve rests on where nobody measured, and how far it is trusted."""

    rules: str
    chamber_point: str
    hall_points: tuple[str, ...]
    hall_value: timedelta
    assumed_c: float
    insulated_families: frozenset[str]
    most_silent: timedelta
    ahead: timedelta
    cubes_after: timedelta
    own_sets: int


@cache
def curing_settings() -> CuringSettings:
    """The settings in force."""
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return CuringSettings(
        rules=data["rules"],
        chamber_point=data["chamber_point"],
        hall_points=tuple(data["hall_points"]),
        hall_value=timedelta(hours=data["hall_value_hours"]),
        assumed_c=float(data["assumed_c"]),
        insulated_families=frozenset(data["insulated_families"]),
        most_silent=timedelta(minutes=data["most_silent_minutes"]),
        ahead=timedelta(hours=data["ahead_hours"]),
        cubes_after=timedelta(minutes=data["cubes_after_minutes"]),
        own_sets=int(data["own_sets"]),
    )
