"""A small plant as plain facts, for tests of the pure part of planning."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from mes.planning.rules import PlanningRules, planning_rules
from mes.planning.situation import (
    CalendarFacts,
    DemandElement,
    LineFacts,
    OperationFacts,
    RunningLoad,
    Situation,
    StationFacts,
)

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)  # a Monday: minute 540
WINDOWS = tuple((day, start, end) for day in range(6) for start, end in ((450, 690), (780, 1050)))
STATIONS = (
    StationFacts("cleaning", "pausable", "day"),
    StationFacts("casting", "unsplittable", "day"),
    StationFacts("curing", "unattended", capacity=4, order="any"),
    StationFacts("demoulding", "pausable", "day"),
)
ROUTES = {
    (family, kind): minutes
    for family in ("composite_slab", "interior_wall", "beam")
    for kind, minutes in {
        "cleaning": (4, 0.0),
        "casting": (5, 0.5),
        "curing": (480, 0.0),
        "demoulding": (6, 0.1),
    }.items()
}
RULES: PlanningRules = planning_rules()


def line(code: str = "L1", *families: str, pallets: int = 4, width_mm: int = 3500) -> LineFacts:
    """A line of four stations."""
    made = frozenset(families or ("composite_slab", "interior_wall"))
    return LineFacts(code, made, 9000, width_mm, 20_000, pallets, STATIONS, (("casting", "curing", 60),))


def element(serial: int, **further: object) -> DemandElement:
    """A composite slab, 3.4 × 1.8 m and 60 mm thick, wanted on 7 December."""
    facts: dict[str, object] = {
        "family": "composite_slab",
        "type_code": "DBS1",
        "length_mm": 3400,
        "width_mm": 1800,
        "thickness_mm": 60,
        "weight_kg": 900.5,
        "concrete_grade": "C30",
        "project_code": "P1",
        "project_name": "Project 1",
        "required_on": date(2026, 12, 7),
    }
    return DemandElement(serial=serial, **(facts | further))  # type: ignore[arg-type]


def situation(*elements: DemandElement, **further: object) -> Situation:
    """One line with its calendar and the given elements."""
    facts: dict[str, object] = {
        "now": NOW,
        "zone": ZONE,
        "lines": (line(),),
        "calendars": (CalendarFacts("day", WINDOWS),),
        "routes": ROUTES,
        "elements": elements,
    }
    return Situation(**(facts | further))  # type: ignore[arg-type]


def running(number: int, *operations: tuple[str, datetime | None, datetime | None], serial: int = 900) -> RunningLoad:
    """A load on line L1: (station, started, finished) of what has begun; the rest waits."""
    told = {kind: OperationFacts(kind, "done" if end else "running", start, end) for kind, start, end in operations}
    facts = tuple(told.get(station.kind, OperationFacts(station.kind, "waiting")) for station in STATIONS)
    return RunningLoad(number, "L1", (element(serial + number),), facts)


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    """A time of November 2026 in Shanghai."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)
