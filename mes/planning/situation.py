"""The plant as a plan sees it: plain facts, read from the database once, then used by pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class DemandElement:
    """An element that is to be made. Lengths in mm, weight in kg."""

    serial: int
    family: str
    type_code: str
    length_mm: int
    width_mm: int
    thickness_mm: int
    weight_kg: float
    concrete_grade: str
    project_code: str
    project_name: str
    required_on: date

    @property
    def area_m2(self) -> float:
        """Area on the pallet."""
        return self.length_mm * self.width_mm / 1_000_000


@dataclass(frozen=True)
class CalendarFacts:
    """Working hours of a week: windows (weekday, start minute, end minute) in the factory's zone."""

    code: str
    windows: tuple[tuple[int, int, int], ...]
    closed_days: frozenset[date] = frozenset()


@dataclass(frozen=True)
class StationFacts:
    """A station of a line."""

    kind: str
    work: str
    calendar: str | None = None
    capacity: int = 1
    buffer_after: int = 0
    order: str = "fifo"


@dataclass(frozen=True)
class LineFacts:
    """A line: what it can make, on what pallets, station by station. `max_waits`: (from, to, minutes)."""

    code: str
    families: frozenset[str]
    pallet_length_mm: int
    pallet_width_mm: int
    pallet_max_load_kg: int
    pallet_count: int
    stations: tuple[StationFacts, ...]
    max_waits: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True)
class OperationFacts:
    """What has happened of a load's work at a station."""

    kind: str
    state: str
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True)
class RunningLoad:
    """A load that is on its line now."""

    number: int
    line: str
    elements: tuple[DemandElement, ...]
    operations: tuple[OperationFacts, ...]

    @property
    def family(self) -> str:
        """The family of its elements."""
        return self.elements[0].family

    def at(self) -> str | None:
        """The kind of station where it is: the last one at which work began."""
        begun = [operation.kind for operation in self.operations if operation.started_at is not None]
        return begun[-1] if begun else None


@dataclass(frozen=True)
class WaitingLoad:
    """A load of the published plan that has not entered its line."""

    number: int
    line: str
    serials: frozenset[int]
    enter: datetime


Routes = Mapping[tuple[str, str], tuple[int, float]]
"""(family, station kind) → minutes a pallet, minutes a square metre."""


@dataclass(frozen=True)
class Situation:
    """Everything a plan is made of, as it was at `now`."""

    now: datetime
    zone: ZoneInfo
    lines: tuple[LineFacts, ...]
    calendars: tuple[CalendarFacts, ...]
    routes: Routes
    elements: tuple[DemandElement, ...] = ()
    running: tuple[RunningLoad, ...] = ()
    waiting: tuple[WaitingLoad, ...] = ()
    loads_of_serials: Mapping[int, int] = field(default_factory=dict)
    """The waiting load of each scheduled element."""

    def eligible_lines(self, family: str) -> tuple[str, ...]:
        """Lines that make the family and whose route minutes are known."""
        return tuple(line.code for line in self.lines if family in line.families and self.has_route(family, line))

    def has_route(self, family: str, line: LineFacts) -> bool:
        """Whether minutes are known for the family at some station of the line."""
        return any((family, station.kind) in self.routes for station in line.stations)

    def line(self, code: str) -> LineFacts:
        """The line of this code."""
        return next(line for line in self.lines if line.code == code)
