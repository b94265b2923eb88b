"""What the page of a plan version shows, gathered from its documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mes.core.text import N_, Text
from mes.planning.gantt_data import load_label, series_of
from mes.planning.lateness import DeliveryLateness, lateness_by_delivery
from mes.planning.models import PlanVersion
from mes.planning.pallet_forming import LEFT_OUT_REASONS
from mes.planning.plan_content import LoadEntry, PlanContent, content_of, done_by_serial, plan_of
from mes.planning.rules import planning_rules
from mes.planning.situation import DemandElement
from mes.planning.station_names import STATION_NAMES
from mes.planning.working_time import moment_of
from scheduling import Objective, Plan, PlannedJob

OBJECTIVE_TERMS: dict[str, tuple[str, str]] = {
    "tardiness": (N_("Lateness"), N_("minutes after the due time × price of the load")),
    "earliness": (N_("Earliness"), N_("minutes before the due time × price of the load")),
    "changeover": (N_("Set-up between families"), N_("minutes of set-up × price of a minute")),
    "makespan": (N_("Length of the plan"), N_("minutes until the last load is done × price of a minute")),
    "overtime": (N_("Overtime"), N_("price of the overtime that is used")),
    "stability": (N_("Changes to the former plan"), N_("loads on another line, and hours that entries move")),
}
STATUS_WORDS: dict[str, str] = {
    "optimal": N_("proven to be the best"),
    "feasible": N_("the best found in the time given"),
    "infeasible": N_("not every load can be scheduled"),
    "cancelled": N_("stopped early"),
}


@dataclass(frozen=True)
class Rectangle:
    """An element on the pallet: millimetres from its corner."""

    x_mm: int
    y_mm: int
    length_mm: int
    width_mm: int
    serial: int
    type_code: str


@dataclass(frozen=True)
class PalletDrawing:
    """A pallet with what lies on it."""

    length_mm: int
    width_mm: int
    series: int
    rectangles: tuple[Rectangle, ...]

    @property
    def filled(self) -> float:
        """Share of the pallet that is covered."""
        covered = sum(one.length_mm * one.width_mm for one in self.rectangles)
        return covered / (self.length_mm * self.width_mm)


@dataclass(frozen=True)
class LoadCard:
    """A load of the plan with its times; `enter` None: not scheduled."""

    label: str
    job: str
    number: int | None
    line: str
    family: str
    concrete_grade: str
    element_count: int
    enter: datetime | None
    leave: datetime | None
    due: datetime
    late: bool
    running: bool
    drawing: PalletDrawing | None


@dataclass(frozen=True)
class LeftOutRow:
    """Elements that are not planned, with the reason in words."""

    serials: tuple[int, ...]
    reason: Text


@dataclass(frozen=True)
class PlanPage:
    """Everything of one plan version that has content."""

    deliveries: list[DeliveryLateness]
    loads: list[LoadCard]
    left_out: list[LeftOutRow]
    running_left_out: tuple[int, ...]
    objective: Objective
    status: str
    seconds: float

    @property
    def late_deliveries(self) -> int:
        """Deliveries that are ready too late or not wholly planned."""
        return sum(delivery.is_late for delivery in self.deliveries)

    @property
    def late_loads(self) -> int:
        """Loads that leave their line after their due time."""
        return sum(load.late for load in self.loads)

    @property
    def element_count(self) -> int:
        """Elements on new loads."""
        return sum(load.element_count for load in self.loads if not load.running and load.enter is not None)

    @property
    def last_leave(self) -> datetime | None:
        """When the last load is done."""
        return max((load.leave for load in self.loads if load.leave is not None), default=None)

    @property
    def mean_fill(self) -> float:
        """Mean share of the pallets that is covered."""
        fills = [load.drawing.filled for load in self.loads if load.drawing is not None]
        return sum(fills) / len(fills) if fills else 0.0


def plan_page(version: PlanVersion, zone: ZoneInfo) -> PlanPage | None:
    """What the page shows, or None while the version has no content."""
    content, plan = content_of(version), plan_of(version)
    if content is None or plan is None:
        return None
    planned = plan.job_by_id
    loads = [load_card(version, content, load, planned.get(load.job)) for load in content.loads]
    done = done_by_serial(version, content, plan)
    return PlanPage(
        deliveries=lateness_by_delivery(content.elements, done, planning_rules(), zone),
        loads=sorted(loads, key=_by_entry),
        left_out=[LeftOutRow(entry.serials, left_out_reason(entry.code, entry.values)) for entry in content.left_out],
        running_left_out=content.running_left_out,
        objective=plan.objective,
        status=plan.status.value,
        seconds=plan.seconds,
    )


def _by_entry(load: LoadCard) -> tuple[bool, str, datetime, str]:
    return (load.enter is None, load.line, load.enter or load.due, load.job)


def load_card(version: PlanVersion, content: PlanContent, load: LoadEntry, job: PlannedJob | None) -> LoadCard:
    """A load of the plan as the page shows it."""
    due = moment_of(version.epoch, load.due)
    leave = moment_of(version.epoch, job.done) if job else None
    return LoadCard(
        label=load_label(load),
        job=load.job,
        number=load.number,
        line=job.line if job else "",
        family=load.family,
        concrete_grade=load.concrete_grade,
        element_count=len(load.serials),
        enter=moment_of(version.epoch, job.enter) if job else None,
        leave=leave,
        due=due,
        late=leave is None or leave > due,
        running=load.running,
        drawing=_nested_drawing(content, load),
    )


def _nested_drawing(content: PlanContent, load: LoadEntry) -> PalletDrawing | None:
    found = content.drawing(load)
    if found is None:
        return None
    pallet, placements = found
    elements = content.element_by_serial
    rectangles = tuple(
        rectangle(placement.x_mm, placement.y_mm, placement.rotated, elements[int(placement.item)])
        for placement in placements
    )
    return PalletDrawing(pallet.length_mm, pallet.width_mm, series_of(load.family), rectangles)


def rectangle(x_mm: int, y_mm: int, rotated: bool, element: DemandElement) -> Rectangle:
    """An element where it lies; rotated by 90°, its length runs across the pallet."""
    length, width = element.length_mm, element.width_mm
    if rotated:
        length, width = width, length
    return Rectangle(x_mm, y_mm, length, width, element.serial, element.type_code)


def left_out_reason(code: str, values: dict[str, str | int]) -> Text:
    """A reason in words; stations by their names."""
    station = values.get("station")
    named = {**values, "station": Text(STATION_NAMES.get(str(station), str(station)))} if station else values
    return Text(LEFT_OUT_REASONS.get(code, code), named)


def objective_rows(plan: Objective | Plan) -> list[tuple[str, str, int]]:
    """The objective's terms: name, what it counts, value."""
    objective = plan.objective if isinstance(plan, Plan) else plan
    return [(name, words, getattr(objective, term)) for term, (name, words) in OBJECTIVE_TERMS.items()]
