"""Reading the plant's situation from the database for a new plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from mes.library.models import RouteStep
from mes.orders.models import Element
from mes.planning.models import Line, Pallet, PalletLoad, Station, WorkCalendar
from mes.planning.queries import load_items, open_elements
from mes.planning.situation import (
    CalendarFacts,
    DemandElement,
    LineFacts,
    OperationFacts,
    Routes,
    RunningLoad,
    Situation,
    StationFacts,
    WaitingLoad,
)


def read_situation(session: Session, now: datetime, zone: ZoneInfo, ahead_days: int) -> Situation:
    """Lines, hours, routes, the open elements wanted within `ahead_days`, and the loads of the lines."""
    until = now.astimezone(zone).date() + timedelta(days=ahead_days)
    running, waiting = _loads(session, "running"), _loads(session, "waiting")
    elements = open_elements(session, until)
    return Situation(
        now=now,
        zone=zone,
        lines=_lines(session),
        calendars=_calendars(session),
        routes=_routes(session),
        elements=tuple(demand_element(element) for element in elements),
        running=tuple(_running_load(load) for load in running if load.items),
        waiting=tuple(_waiting_load(load) for load in waiting),
        loads_of_serials={item.element.serial: load.number for load in waiting for item in load.items},
    )


def demand_element(element: Element) -> DemandElement:
    """An element as a plan sees it."""
    kind = element.component_type
    return DemandElement(
        serial=element.serial,
        family=kind.family,
        type_code=kind.type_code,
        length_mm=kind.length_mm,
        width_mm=kind.width_mm,
        thickness_mm=kind.thickness_mm,
        weight_kg=kind.weight_kg,
        concrete_grade=kind.concrete_grade,
        project_code=element.project.code,
        project_name=element.project.name,
        required_on=element.required_on,
    )


def _loads(session: Session, state: str) -> Sequence[PalletLoad]:
    query = (
        select(PalletLoad)
        .where(PalletLoad.state == state)
        .options(
            joinedload(PalletLoad.line),
            selectinload(PalletLoad.operations),
            load_items(),
        )
        .order_by(PalletLoad.number)
    )
    return session.scalars(query).all()


def _lines(session: Session) -> tuple[LineFacts, ...]:
    counts = dict(
        session.execute(select(Pallet.line_id, func.count()).where(Pallet.in_service).group_by(Pallet.line_id)).all()
    )
    query = select(Line).options(selectinload(Line.stations).joinedload(Station.calendar)).order_by(Line.code)
    return tuple(_line(line, counts.get(line.id, 0)) for line in session.scalars(query) if counts.get(line.id))


def _line(line: Line, pallet_count: int) -> LineFacts:
    return LineFacts(
        code=line.code,
        families=frozenset(line.families),
        pallet_length_mm=line.pallet_length_mm,
        pallet_width_mm=line.pallet_width_mm,
        pallet_max_load_kg=line.pallet_max_load_kg,
        pallet_count=pallet_count,
        stations=tuple(
            StationFacts(
                kind=station.kind,
                work=station.work,
                calendar=station.calendar.code if station.calendar else None,
                capacity=station.capacity,
                buffer_after=station.buffer_after,
                order=station.pallet_order,
            )
            for station in line.stations
        ),
        max_waits=tuple((wait["from"], wait["to"], wait["minutes"]) for wait in line.max_waits),
    )


def _calendars(session: Session) -> tuple[CalendarFacts, ...]:
    return tuple(
        CalendarFacts(
            row.code,
            tuple((day, start, end) for day, start, end in row.windows),
            frozenset(map(date.fromisoformat, row.closed_days)),
        )
        for row in session.scalars(select(WorkCalendar).order_by(WorkCalendar.code))
    )


def _routes(session: Session) -> Routes:
    return {
        (step.family, step.station_kind): (step.base_minutes, step.minutes_per_m2)
        for step in session.scalars(select(RouteStep))
    }


def _running_load(load: PalletLoad) -> RunningLoad:
    kinds = {station.id: station.kind for station in load.line.stations}
    return RunningLoad(
        number=load.number,
        line=load.line.code,
        elements=tuple(demand_element(item.element) for item in load.items),
        operations=tuple(
            OperationFacts(kinds[op.station_id], op.state, op.started_at, op.finished_at) for op in load.operations
        ),
    )


def _waiting_load(load: PalletLoad) -> WaitingLoad:
    serials = frozenset(item.element.serial for item in load.items)
    return WaitingLoad(load.number, load.line.code, serials, load.planned_enter)
