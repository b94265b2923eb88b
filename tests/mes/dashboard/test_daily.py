"""Daily tracking: what is counted, on which day, for which line and project."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.dashboard.daily import DayFigures, daily
from mes.dashboard.overview import totals
from mes.library.atlas import parse_type_code
from tests.conftest import NOW, actor, create_plant
from tests.factories import SLAB, STAIR, create_order, elements_of
from tests.mes.dashboard.plant import add_line, add_load, take

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 11, 23)
TO_CASTING = "schedule set_up accept_hidden_works cast"


def slab_m3() -> float:
    slab = parse_type_code(SLAB)
    assert slab is not None
    return slab.concrete_volume_m3


def test_planned_and_made_are_counted_by_line_and_project(any_database: Database, clock: SetClock) -> None:
    create_plant(any_database, clock)
    first = elements_of(any_database, create_order(any_database, clock, [(SLAB, 3)], "XM-01"))
    second = elements_of(any_database, create_order(any_database, clock, [(SLAB, 2)], "XM-02"))
    add_line(any_database, "SL")
    add_load(any_database, "SL", [*first, second[0]], NOW, state="done")
    take(any_database, clock, first[:2], TO_CASTING, line="SL")
    take(any_database, clock, second[:1], TO_CASTING, line="SL")
    clock.advance(hours=8)
    take(any_database, clock, first[:1], "demould finish accept_final store load ship", line="SL")
    with any_database.reading() as session:
        rows = daily(session, actor("planner"), ZONE, MONDAY, MONDAY)
    volume = slab_m3()
    assert rows == [
        DayFigures(MONDAY, "SL", "XM-01", 3, 2, 1, 1, round(3 * volume, 2), round(2 * volume, 2)),
        DayFigures(MONDAY, "SL", "XM-02", 1, 1, 0, 0, round(volume, 2), round(volume, 2)),
    ]
    assert (totals(rows).planned, totals(rows).cast, totals(rows).delivered) == (4, 3, 1)


def test_a_day_begins_at_midnight_in_the_factory(database: Database, clock: SetClock, plant: None) -> None:
    elements = elements_of(database, create_order(database, clock, [(SLAB, 2)]))
    clock.at = datetime(2026, 11, 23, 15, 59, tzinfo=UTC)  # 23:59 on Monday in Shanghai
    take(database, clock, elements[:1], TO_CASTING, line="SL")
    clock.advance(minutes=1)
    take(database, clock, elements[1:], TO_CASTING, line="SL")
    with database.reading() as session:
        rows = daily(session, actor("planner"), ZONE, MONDAY, MONDAY + timedelta(days=1))
    assert [(row.day, row.cast) for row in rows] == [(MONDAY, 1), (date(2026, 11, 24), 1)]


def test_what_left_the_plant_counts_for_the_line_that_made_it(database: Database, clock: SetClock, plant: None) -> None:
    elements = elements_of(database, create_order(database, clock, [(STAIR, 2)]))
    add_line(database, "WL")
    add_load(database, "WL", elements[:1], NOW - timedelta(days=3), state="done")
    take(database, clock, elements, f"{TO_CASTING} demould finish accept_final store load")
    clock.advance(days=1)
    take(database, clock, elements, "ship")
    with database.reading() as session:
        rows = daily(session, actor("planner"), ZONE, date(2026, 11, 24), date(2026, 11, 24))
    assert [(row.line, row.delivered) for row in rows] == [("", 1), ("WL", 1)]


def test_a_withdrawn_load_is_not_planned(database: Database, clock: SetClock, plant: None) -> None:
    elements = elements_of(database, create_order(database, clock, [(SLAB, 2)]))
    add_line(database, "SL")
    add_load(database, "SL", elements[:1], NOW, state="withdrawn")
    add_load(database, "SL", elements[1:], NOW + timedelta(days=1))
    with database.reading() as session:
        rows = daily(session, actor("planner"), ZONE, MONDAY, MONDAY + timedelta(days=7))
    assert [(row.day, row.planned) for row in rows] == [(date(2026, 11, 24), 1)]


def test_somebody_with_projects_sees_those_only(database: Database, clock: SetClock, plant: None) -> None:
    mine = elements_of(database, create_order(database, clock, [(SLAB, 1)], "XM-01"))
    theirs = elements_of(database, create_order(database, clock, [(SLAB, 1)], "XM-02"))
    take(database, clock, [*mine, *theirs], TO_CASTING, line="SL")
    reader = actor("supervisor", project_ids=frozenset[UUID]({mine[0].project_id}))
    with database.reading() as session:
        rows = daily(session, reader, ZONE, MONDAY, MONDAY)
    assert [row.project for row in rows] == ["XM-01"]
