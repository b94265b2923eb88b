"""Lines as a plant describes them."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select

from lines.plant import packaged_line
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Conflict
from mes.library.atlas import Family
from mes.planning import queries
from mes.planning.line_description import CalendarDescription, LineDescription, read_plant
from mes.planning.models import Pallet, Station
from mes.planning.service import SetUpLine, set_up_line
from tests.conftest import actor, create_plant
from tests.mes.planning.plant import set_up_lines


@pytest.mark.parametrize("code", ["SL", "WL"])
def test_the_demo_lines_are_those_of_the_machines(code: str) -> None:
    machines = packaged_line(code)
    (line,) = (line for line in read_plant().lines if line.code == code)
    assert [station.kind for station in line.stations] == [station.id for station in machines.stations]
    assert [station.capacity for station in line.stations] == [station.capacity for station in machines.stations]
    assert tuple(range(line.pallets.first, line.pallets.last + 1)) == machines.pallets


def test_every_family_has_a_line_and_minutes_at_each_of_its_attended_stations() -> None:
    description = read_plant()
    for family in Family:
        lines = [line for line in description.lines if family in line.families]
        assert lines, family
        for line in lines:
            assert {station.kind for station in line.stations} <= set(description.routes[family]), (family, line.code)


def test_a_line_is_set_up_with_stations_pallets_and_hours(any_database: Database, clock: SetClock) -> None:
    create_plant(any_database, clock)
    set_up_lines(any_database, clock)
    set_up_lines(any_database, clock)  # the same again changes nothing
    with any_database.reading() as session:
        slab, wall = queries.lines(session)
        assert (len(slab.stations), len(wall.stations)) == (12, 12)
        assert slab.stations[7].device == "SL/casting"
        assert slab.stations[7].calendar is not None
        assert [p.number for p in queries.free_pallets(session, wall.id)] == list(range(25, 49))
        assert session.scalar(select(func.count()).select_from(Pallet)) == 48
        found = queries.station_by_device(session, "WL/plotting-oiling")
        assert found is not None
        assert found.line_id == wall.id


def test_stations_may_change_while_the_line_has_no_loads(database: Database, clock: SetClock, plant: None) -> None:
    set_up_lines(database, clock)
    description = read_plant()
    shorter = description.lines[0].model_copy(update={"stations": description.lines[0].stations[:9], "max_waits": ()})
    perform(database, actor("planner"), clock, set_up_line, SetUpLine(line=shorter))
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Station)) == 21


def test_a_pallet_belongs_to_one_line(database: Database, clock: SetClock, plant: None) -> None:
    set_up_lines(database, clock)
    description = read_plant()
    greedy = description.lines[0].model_dump(by_alias=True) | {"pallets": {"first": 1, "last": 25}}
    command = SetUpLine(line=LineDescription.model_validate(greedy))
    with pytest.raises(Conflict, match="Pallet 25 belongs to another line"):
        perform(database, actor("planner"), clock, set_up_line, command)


def test_a_description_that_is_not_sound_is_refused() -> None:
    with pytest.raises(ValidationError, match="overlap"):
        CalendarDescription.model_validate(
            {"code": "day", "name": "", "windows": {"mon": ["07:30-11:30", "11:00-12:00"]}}
        )
    with pytest.raises(ValidationError, match="needs a calendar"):
        LineDescription.model_validate(
            {
                "code": "X",
                "name": "",
                "families": ["beam"],
                "pallet": {"length_mm": 1, "width_mm": 1, "max_load_kg": 1},
                "pallets": {"first": 1, "last": 2},
                "stations": [{"kind": "casting", "name": "", "work": "unsplittable"}],
            }
        )
