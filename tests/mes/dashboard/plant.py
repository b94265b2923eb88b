"""Lines of five stations, loads on it, and elements that were cast, for the dashboard's tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mes.accounts.service import the_plant
from mes.core.clock import SetClock
from mes.core.commands import Work
from mes.core.database import Database
from mes.core.ids import new_id
from mes.orders.elements import change_state, load_elements
from mes.orders.lifecycle import STEPS
from mes.orders.models import Element
from mes.planning.models import Line, Operation, PalletLoad, PalletLoadItem, PlanVersion, Station
from tests.conftest import actor


def add_line(database: Database, code: str, curing_cells: int = 36) -> None:
    """A line with five stations."""
    kinds = (("embeds", 1), ("hidden-works", 1), ("casting", 1), ("curing", curing_cells), ("demoulding", 1))
    with database.writing() as session:
        line = Line(
            plant_id=the_plant(session).id,
            code=code,
            name=f"Line {code}",
            families=[],
            pallet_length_mm=9000,
            pallet_width_mm=3500,
            pallet_max_load_kg=20000,
            max_waits=[],
        )
        line.stations = [
            Station(code=f"{code}-{kind}", ordinal=place, kind=kind, name=kind, work="pausable", capacity=capacity)
            for place, (kind, capacity) in enumerate(kinds)
        ]
        session.add(line)


def add_load(
    database: Database,
    line_code: str,
    elements: Sequence[Element],
    casting_at: datetime,
    *,
    state: str = "waiting",
    running_at: str = "",
) -> None:
    """A load of `elements` whose casting is planned at a time; it leaves the line twelve hours later."""
    with database.writing() as session:
        line = session.query(Line).filter_by(code=line_code).one()
        number = session.query(PalletLoad).count() + 1
        plan = PlanVersion(number=number, state="published", created_at=casting_at, created_by="-", epoch=casting_at)
        session.add(plan)
        session.flush()
        load = PalletLoad(
            id=new_id(),
            plan_version_id=plan.id,
            number=number,
            line_id=line.id,
            sequence=number,
            concrete_grade="C30",
            state=state,
            planned_enter=casting_at - timedelta(hours=1),
            planned_leave=casting_at + timedelta(hours=12),
        )
        session.add(load)
        session.flush()
        session.add_all(PalletLoadItem(load_id=load.id, element_id=one.id, x_mm=0, y_mm=0) for one in elements)
        session.add_all(
            Operation(
                load_id=load.id,
                station_id=station.id,
                ordinal=station.ordinal,
                state=_state(line, station, running_at),
                planned_start=casting_at,
                planned_end=casting_at + timedelta(minutes=10),
            )
            for station in line.stations
        )


def _state(line: Line, station: Station, running_at: str) -> str:
    """Running at one station, done before it."""
    here = next((one.ordinal for one in line.stations if one.kind == running_at), -1)
    return "done" if station.ordinal < here else "running" if station.ordinal == here else "waiting"


def take(database: Database, clock: SetClock, elements: Sequence[Element], steps: str, line: str = "") -> None:
    """Take elements through steps, every proof given, at the clock's time and on a line."""
    with database.writing() as session:
        work = Work(session, actor("admin"), clock)
        rows = load_elements(session, [element.id for element in elements])
        for step in steps.split():
            where = {"line": line} if line else {}
            change_state(work, rows, step, event_time=clock.now(), proofs=STEPS[step].needs, where=where, reason="-")
