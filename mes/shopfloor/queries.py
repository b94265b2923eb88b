"""What the pages of the floor show: lines with their stations, a station's work, what waits for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from mes.core.text import N_, Text
from mes.machines.lamps import LAMPS
from mes.machines.models import MachineCommand, MachinePoint
from mes.machines.shown import Shown, shown_by_all
from mes.orders.models import Element
from mes.planning.models import Line, Operation, PalletLoad, PalletLoadItem, PlanVersion, Station
from mes.shopfloor.conditions import Missing
from mes.shopfloor.gates import missing_proofs, missing_to_start
from mes.shopfloor.loads import ASIDE, GATES, castings_of, elements_of
from mes.shopfloor.models import CastingBatch, Discrepancy, MaterialLot

QUIET_AFTER = timedelta(minutes=10)
"""A machine whose points are good but old is still there: points are reported when they change."""


@dataclass(frozen=True)
class StationView:
    """A station as the overview shows it."""

    station: Station
    lamp: str
    present: tuple[Operation, ...]
    next_up: Operation | None
    missing: tuple[Missing, ...]
    machine: Shown | None
    late: bool
    remaining_minutes: int | None
    progress: float | None


@dataclass(frozen=True)
class LineView:
    """A line as the overview shows it."""

    line: Line
    stations: tuple[StationView, ...]
    waiting_count: int
    running_count: int
    free_pallets: int
    entering: PalletLoad | None
    next_load: PalletLoad | None


@dataclass(frozen=True)
class PlacedElement:
    """An element on the drawing of its pallet, in millimetres from the lower left corner."""

    element: Element
    x_mm: int
    y_mm: int
    length_mm: int
    width_mm: int
    openings: tuple[tuple[int, int, int, int], ...]  # x, y, length, width
    is_aside: bool


@dataclass(frozen=True)
class PalletDrawing:
    """A pallet with its elements, to scale."""

    length_mm: int
    width_mm: int
    elements: tuple[PlacedElement, ...]
    number: int | None = None


@dataclass(frozen=True)
class StationWork:
    """What an operator needs at a station: the load here, or the next one, and those that come."""

    station: Station
    current: Operation | None
    present: tuple[Operation, ...]
    candidate: Operation | None  # may be started now, if nothing is missing
    missing: tuple[Missing, ...]
    queue: tuple[Operation, ...]
    machine: Shown | None
    lamp: str
    drawing: PalletDrawing | None
    downtime_since: datetime | None = None
    extras: dict[str, Any] = field(default_factory=dict)

    @property
    def shown(self) -> Operation | None:
        """The operation that the page is about."""
        return self.current or self.candidate


def lines(session: Session) -> Sequence[Line]:
    """Every line with its stations."""
    return session.scalars(select(Line).options(selectinload(Line.stations)).order_by(Line.code)).all()


def overview(session: Session, now: datetime) -> list[LineView]:
    """Every line with what happens at its stations."""
    return [_line_view(session, line, now) for line in lines(session)]


def station_of(session: Session, code: str) -> Station | None:
    """A station by its code."""
    query = select(Station).where(Station.code == code).options(joinedload(Station.line).selectinload(Line.stations))
    return session.scalars(query).first()


def station_work(session: Session, station: Station, now: datetime) -> StationWork:
    """The work of a station as it is now."""
    from mes.shopfloor.service.entry import next_waiting_load

    active = _active(session, station.line)
    here = [found for found in active if found.station_id == station.id]
    present = tuple(found for found in here if found.state in ("running", "held"))
    waiting = sorted((f for f in here if f.state == "waiting"), key=lambda f: _distance(active, f))
    current = present[0] if present else None
    if not waiting and station.id == station.line.stations[0].id:
        following = next_waiting_load(session, station.line)
        waiting = [following.operations[0]] if following is not None else []
    candidate = waiting[0] if waiting else None
    missing: list[Missing] = []
    if current is not None:
        missing = missing_proofs(session, current)
    elif candidate is not None:
        missing = missing_to_start(session, candidate)
    shown = shown_by_all(session, [station.device]).get(station.device) if station.device else None
    subject = current or candidate
    return StationWork(
        station=station,
        current=current,
        present=present,
        candidate=candidate,
        missing=tuple(missing),
        queue=tuple(waiting[0 if current else 1 :][:6]),
        machine=shown,
        lamp=lamp(station, shown, present),
        drawing=drawing(subject.load) if subject else None,
    )


def drawing(load: PalletLoad) -> PalletDrawing:
    """The load's pallet with its elements, to scale."""
    line = load.line
    placed = tuple(_placed(item) for item in load.items)
    number = load.pallet.number if load.pallet else None
    return PalletDrawing(line.pallet_length_mm, line.pallet_width_mm, placed, number)


def lamp(station: Station, shown: Shown | None, present: Sequence[Operation]) -> str:
    """The lamp that a station shows: its machine's, or what the house knows where it has none."""
    if shown is not None:
        return LAMPS.get(shown.state, "idle") if shown.good else "offline"
    if any(operation.state == "held" for operation in present):
        return "fault"
    if present:
        return "running"
    return "offline" if station.device else "idle"


def open_discrepancies(session: Session) -> Sequence[Discrepancy]:
    """Discrepancies that nobody has closed, newest first."""
    query = select(Discrepancy).where(Discrepancy.resolved_at.is_(None)).order_by(Discrepancy.noticed_at.desc())
    return session.scalars(query).all()


def closed_discrepancies(session: Session, limit: int = 20) -> Sequence[Discrepancy]:
    """The last closed discrepancies."""
    query = select(Discrepancy).where(Discrepancy.resolved_at.is_not(None))
    return session.scalars(query.order_by(Discrepancy.resolved_at.desc()).limit(limit)).all()


def discrepancy_count(session: Session) -> int:
    """How many discrepancies are open."""
    return session.scalar(select(func.count()).select_from(Discrepancy).where(Discrepancy.resolved_at.is_(None))) or 0


def refused_commands(session: Session) -> Sequence[MachineCommand]:
    """Releases that a machine refused and nobody asked for again."""
    query = select(MachineCommand).where(
        MachineCommand.once.is_(False), MachineCommand.error.is_not(None), MachineCommand.done_at.is_(None)
    )
    return session.scalars(query.order_by(MachineCommand.asked_at)).all()


def loads_to_finish(session: Session) -> list[tuple[PalletLoad, list[Element]]]:
    """Demoulded elements that are not finished yet, by the load they came from, the latest load first."""
    query = (
        select(PalletLoad)
        .join(PalletLoadItem, PalletLoadItem.load_id == PalletLoad.id)
        .join(Element, Element.id == PalletLoadItem.element_id)
        .where(Element.state == "demoulded")
        .distinct()
    )
    found = sorted(session.scalars(query), key=lambda load: load.number, reverse=True)
    return [(load, elements_of(load, frozenset({"demoulded"}))) for load in found]


def _line_view(session: Session, line: Line, now: datetime) -> LineView:
    from mes.shopfloor.service.entry import free_pallets, load_entering, next_waiting_load

    active = _active(session, line)
    shown = shown_by_all(session, [station.device for station in line.stations if station.device])
    waiting = (
        select(func.count())
        .select_from(PalletLoad)
        .join(PlanVersion, PlanVersion.id == PalletLoad.plan_version_id)
        .where(PalletLoad.line_id == line.id, PalletLoad.state == "waiting", PlanVersion.state == "published")
    )
    return LineView(
        line=line,
        stations=tuple(_station_view(session, s, active, shown.get(s.device or ""), now) for s in line.stations),
        waiting_count=session.scalar(waiting) or 0,
        running_count=len({operation.load_id for operation in active}),
        free_pallets=len(free_pallets(session, line)),
        entering=load_entering(session, line),
        next_load=next_waiting_load(session, line),
    )


def _station_view(
    session: Session, station: Station, active: Sequence[Operation], shown: Shown | None, now: datetime
) -> StationView:
    here = [found for found in active if found.station_id == station.id]
    present = tuple(found for found in here if found.state in ("running", "held"))
    ready = [found for found in here if found.state == "waiting" and _is_next(active, found)]
    missing: tuple[Missing, ...] = ()
    if station.kind in GATES:
        subject = present[0] if present else ready[0] if ready else None
        missing = tuple(missing_proofs(session, subject)) if subject is not None else ()
    planned_end = present[0].planned_end if len(present) == 1 else None
    lasts = present[0].planned_end - present[0].planned_start if present else timedelta()
    since = now - (present[0].started_at or now) if present else timedelta()
    progress = min(since / lasts, 1.0) if lasts else None
    if shown is not None and shown.good and shown.progress_percent is not None and len(present) == 1:
        progress = shown.progress_percent / 100
    return StationView(
        station=station,
        lamp=lamp(station, shown, present),
        present=present,
        next_up=ready[0] if ready else None,
        missing=missing,
        machine=shown,
        late=planned_end is not None and now > planned_end,
        remaining_minutes=int((planned_end - now).total_seconds() // 60) if planned_end else None,
        progress=progress,
    )


def _active(session: Session, line: Line) -> Sequence[Operation]:
    """Operations not done of loads that are on the line, in the order of the stations."""
    query = (
        select(Operation)
        .join(PalletLoad, PalletLoad.id == Operation.load_id)
        .where(PalletLoad.line_id == line.id, PalletLoad.state == "running", Operation.state != "done")
        .options(
            joinedload(Operation.load).joinedload(PalletLoad.pallet),
            joinedload(Operation.load)
            .selectinload(PalletLoad.items)
            .joinedload(PalletLoadItem.element)
            .joinedload(Element.component_type),
            joinedload(Operation.station),
        )
        .order_by(Operation.ordinal)
    )
    return session.scalars(query).unique().all()


def _is_next(active: Sequence[Operation], operation: Operation) -> bool:
    return not any(o.load_id == operation.load_id and o.ordinal < operation.ordinal for o in active)


def _distance(active: Sequence[Operation], operation: Operation) -> tuple[int, datetime]:
    """How many stations a load still has to pass before this one."""
    before = [o for o in active if o.load_id == operation.load_id and o.ordinal < operation.ordinal]
    return (len(before), operation.planned_start)


def _placed(item: PalletLoadItem) -> PlacedElement:
    kind = item.element.component_type
    length, width = (kind.width_mm, kind.length_mm) if item.rotated else (kind.length_mm, kind.width_mm)
    return PlacedElement(
        element=item.element,
        x_mm=item.x_mm,
        y_mm=item.y_mm,
        length_mm=length,
        width_mm=width,
        openings=tuple(_opening(found, kind.width_mm, rotated=item.rotated) for found in kind.openings),
        is_aside=item.element.state in ASIDE,
    )


def _opening(found: dict[str, Any], element_width_mm: int, *, rotated: bool) -> tuple[int, int, int, int]:
    """An opening's place in its element; a rotated element is turned a quarter to the left."""
    x, y = int(found.get("x_mm") or 0), int(found.get("y_mm") or 0)
    length, width = int(found.get("width_mm") or 0), int(found.get("height_mm") or 0)
    return (element_width_mm - y - width, x, width, length) if rotated else (x, y, length, width)


WAITS_FOR: dict[str, str] = {
    "inspection": N_("Waits for the inspector"),
    "batch": N_("Waits for concrete"),
    "strength": N_("Waits for the demoulding strength"),
    "station": N_("Waits for the station"),
    "resume": N_("On hold"),
    "supervisor": N_("Waits for the supervisor"),
    "first_article": N_("Waits for the first article"),
    "mould": N_("Waits for its mould to be noted"),
}


def waits_for(missing: Missing) -> Text:
    """Whom a load waits for, in short."""
    return Text(WAITS_FOR[missing.waits_for])


def has_lot(session: Session, number: str) -> bool:
    """Whether a material lot of this number is registered."""
    query = select(MaterialLot.id).where(func.lower(MaterialLot.lot_number) == number.lower()).limit(1)
    return session.scalars(query).first() is not None


def batch_in_hopper(session: Session, station: Station, load: PalletLoad) -> CastingBatch | None:
    """The batch that the spreader says it holds, when its mix ticket is recorded and it is not assigned to the load."""
    point = session.get(MachinePoint, (station.device, "batch")) if station.device else None
    if point is None or point.quality != "good" or not point.value:
        return None
    found = session.scalars(select(CastingBatch).where(CastingBatch.batch_number == str(point.value))).first()
    assigned = {casting.batch_id for casting in castings_of(session, load)}
    return None if found is None or found.id in assigned else found
