"""Stair flights after 15G367-1: `ST-28-25` (double-flight) and `JT-28-25` (scissor stair).

The volume is the flight's cross-section times its width. The section is the sum of the triangles under the
treads, the waist along the slope, and the two level ends. A flight of n risers has n - 1 treads; the last
riser is the face of the upper end.
"""

from __future__ import annotations

import math
import re

from mes.core.text import N_, Text
from mes.library.atlas.checks import Code, default_used, weight_kg
from mes.library.atlas.model import AtlasType, Family
from mes.library.atlas.rules import AtlasRules, FlightRules, StairRules

_CODE = re.compile(r"(?P<kind>ST|JT)-(?P<storey>\d\d)-(?P<well>\d\d)")


def parse_stair(code: Code, rules: AtlasRules) -> AtlasType | None:
    """An ST or JT code; None where the code is of another family. Raises TypeCodeError."""
    match = _CODE.fullmatch(code.normal)
    if match is None:
        return None
    stairs = rules.stairs
    flight = stairs.flights[match["kind"]]
    storey_mm, well_mm = int(match["storey"]) * 100, int(match["well"]) * 100
    code.in_series(match["storey"], N_("Storey height"), storey_mm, flight.risers_per_storey, stairs)
    code.in_series(match["well"], N_("Stair-well width"), well_mm, flight.flight_width_mm, stairs)
    return _flight(code, flight, storey_mm, well_mm, rules)


def section_area_m2(risers: int, riser_mm: float, tread_mm: int, flight: FlightRules) -> float:
    """The area of a flight's cross-section, see the module's description."""
    treads = risers - 1
    steps_mm2 = treads * tread_mm * riser_mm / 2
    waist_mm2 = treads * math.hypot(tread_mm, riser_mm) * flight.waist_mm
    ends_mm2 = 2 * flight.end_length_mm * flight.end_thickness_mm
    return (steps_mm2 + waist_mm2 + ends_mm2) / 1e6


def _flight(code: Code, flight: FlightRules, storey_mm: int, well_mm: int, rules: AtlasRules) -> AtlasType:
    stairs = rules.stairs
    risers_per_storey = flight.risers_per_storey[storey_mm]
    risers = risers_per_storey // flight.flights_per_storey
    width_mm = flight.flight_width_mm[well_mm]
    area_m2 = section_area_m2(risers, storey_mm / risers_per_storey, stairs.tread_mm, flight)
    concrete_m3 = area_m2 * width_mm / 1000
    return AtlasType(
        type_code=code.normal,
        raw_code=code.raw,
        family=Family.STAIR,
        title_zh=flight.title.zh,
        title_en=flight.title.en,
        atlas=stairs.atlas,
        length_mm=(risers - 1) * stairs.tread_mm + 2 * flight.end_length_mm,
        width_mm=width_mm,
        thickness_mm=flight.waist_mm,
        openings=(),
        concrete_volume_m3=round(concrete_m3, 4),
        weight_kg=weight_kg(concrete_m3, rules.materials),
        concrete_grade=stairs.concrete_grade,
        rebar_note=None,
        assumptions=_assumptions(flight, risers, width_mm, stairs),
    )


def _assumptions(flight: FlightRules, risers: int, width_mm: int, stairs: StairRules) -> tuple[Text, ...]:
    return (
        Text(N_("One code is one flight; a storey takes %(count)s"), {"count": flight.flights_per_storey}),
        default_used(N_("Risers of the flight"), risers, stairs),
        default_used(N_("Tread"), stairs.tread_mm, stairs),
        default_used(N_("Flight width"), width_mm, stairs),
        default_used(N_("Waist"), flight.waist_mm, stairs),
        default_used(N_("Level ends"), f"{flight.end_length_mm} × {flight.end_thickness_mm}", stairs),
        default_used(N_("Concrete grade"), stairs.concrete_grade, stairs),
    )
