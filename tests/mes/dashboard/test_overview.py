"""The tiles of the dashboard, counted by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from mes.core.clock import SetClock
from mes.core.commands import Work
from mes.core.database import Database
from mes.dashboard import queries
from mes.dashboard.delivery import connector_backlogs
from mes.inspection.models import Nonconformity
from mes.ledger.queries import last_sequence
from mes.logistics.models import Delivery
from mes.orders.models import Element
from mes.planning.models import Operation, Station
from mes.traceability.models import Connector
from mes.traceability.service import ensure_epcis_connector
from tests.conftest import NOW, actor
from tests.factories import SLAB, create_order, elements_of
from tests.mes.dashboard.plant import add_line, add_load, take

ClientAs = Callable[..., FlaskClient]


def test_the_funnel_counts_who_stands_where_and_who_came_that_far(
    database: Database, clock: SetClock, plant: None
) -> None:
    elements = elements_of(database, create_order(database, clock, [(SLAB, 8)]))
    take(database, clock, elements[1:], "schedule")
    take(database, clock, elements[2:], "set_up")
    take(database, clock, elements[3:4], "hold")  # put aside in set-up
    take(database, clock, elements[4:], "accept_hidden_works cast demould finish accept_final store load ship")
    take(database, clock, elements[4:5], "reject_at_site")  # had come as far as the way to the site
    take(database, clock, elements[5:6], "reject_at_site scrap")
    with database.reading() as session:
        found = queries.funnel(session, actor("planner"))
    here = {step.state: step.here for step in found.steps if step.here}
    assert here == {"planned": 1, "scheduled": 1, "in_setup": 1, "shipped": 2}
    reached = {step.state: step.reached for step in found.steps}
    assert [reached[state] for state in ("planned", "scheduled", "in_setup", "curing", "shipped", "received")] == [
        7,
        6,
        5,
        3,
        3,
        0,
    ]
    assert dict(found.aside) == {"on_hold": 1, "nonconforming": 0, "rejected_at_site": 1, "scrapped": 1}
    assert found.total == 8


def test_an_element_is_late_when_it_cannot_be_there_on_its_day(
    database: Database, clock: SetClock, plant: None
) -> None:
    """Today is 23 November. A stored element can leave today, a planned one in three days, a scheduled one the day
    after its load has left the line."""
    elements = elements_of(database, create_order(database, clock, [(SLAB, 6)]))
    _require(database, elements, [0, 3, 2, -1, 6, -5])
    add_line(database, "SL")
    take(database, clock, elements[4:5], "schedule")
    add_load(database, "SL", elements[4:5], NOW + timedelta(days=6))  # leaves on the 29th, can be there on the 30th
    through = "schedule set_up accept_hidden_works cast demould finish accept_final store"
    take(database, clock, [elements[0], elements[3]], through)
    take(database, clock, elements[5:], f"{through} load ship receive")
    with database.reading() as session:
        late = queries.late_elements(session, actor("planner"), clock)
    assert [(one.element.serial, one.days_late, one.overdue) for one in late] == [
        (elements[2].serial, 1, False),  # planned, needed in two days
        (elements[3].serial, 1, True),  # stored, needed yesterday
        (elements[4].serial, 1, False),  # scheduled too late by a day
    ]


def _require(database: Database, elements: list[Element], days: list[int]) -> None:
    with database.writing() as session:
        for element, offset in zip(elements, days, strict=True):
            session.get_one(Element, element.id).required_on = NOW.date() + timedelta(days=offset)


def test_what_waits_for_an_inspector(database: Database, clock: SetClock, plant: None) -> None:
    elements = elements_of(database, create_order(database, clock, [(SLAB, 6)]))
    add_line(database, "SL")
    add_load(database, "SL", elements[:2], NOW, state="running", running_at="hidden-works")
    add_load(database, "SL", elements[2:3], NOW, state="running", running_at="embeds")  # has not come that far
    take(database, clock, elements, "schedule set_up")
    take(database, clock, elements[3:], "accept_hidden_works cast demould finish")
    with database.reading() as session:
        waiting = queries.waiting_for_inspection(session, actor("inspector"))
    assert (waiting.hidden_works, waiting.final, waiting.total) == (2, 3, 5)


def test_the_curing_chamber_of_each_line(database: Database, clock: SetClock, plant: None) -> None:
    elements = elements_of(database, create_order(database, clock, [(SLAB, 5)]))
    add_line(database, "SL", curing_cells=36)
    add_line(database, "WL", curing_cells=20)
    for element in elements[:2]:
        add_load(database, "SL", [element], NOW, state="running", running_at="curing")
    add_load(database, "SL", elements[2:3], NOW, state="running", running_at="casting")
    add_load(database, "SL", elements[3:4], NOW, state="running", running_at="demoulding")
    add_load(database, "WL", elements[4:], NOW, state="running", running_at="curing")
    _finish_curing(database)  # it stays in its cell until it is demoulded
    with database.reading() as session:
        chambers = queries.curing_chambers(session)
    assert [(one.line, one.occupied, one.capacity) for one in chambers] == [("SL", 2, 36), ("WL", 1, 20)]


def _finish_curing(database: Database) -> None:
    with database.writing() as session:
        query = select(Operation).join(Station).where(Station.code == "WL-curing", Operation.state == "running")
        session.scalars(query).one().state = "done"


def test_nonconformities_without_a_decision(database: Database, clock: SetClock, plant: None) -> None:
    elements = elements_of(database, create_order(database, clock, [(SLAB, 3)]))
    with database.writing() as session:
        for number, (severity, decision) in enumerate([("severe", None), ("general", None), ("severe", "repair")]):
            session.add(
                Nonconformity(
                    number=f"NC-{number}",
                    element_id=elements[number].id,
                    kind="crack",
                    severity=severity,
                    description="",
                    photos=[],
                    reported_at=NOW,
                    reported_by="-",
                    disposition=decision,
                )
            )
    with database.reading() as session:
        assert queries.open_nonconformities(session, actor("inspector")) == {"severe": 1, "general": 1}


def test_deliveries_of_today_and_those_still_on_the_way(database: Database, clock: SetClock, plant: None) -> None:
    project_id = elements_of(database, create_order(database, clock))[0].project_id
    today = NOW.date()
    wanted = [
        ("today", "loading", 0, None),
        ("cancelled", "cancelled", 0, None),
        ("yesterday's, on the way", "departed", -1, NOW - timedelta(days=1)),
        ("yesterday's, done", "completed", -1, NOW - timedelta(days=1)),
        ("tomorrow's", "loading", 1, None),
    ]
    with database.writing() as session:
        for place, (number, state, days, departed_at) in enumerate(wanted):
            session.add(
                Delivery(
                    number=number,
                    sscc=f"{place:018d}",
                    project_id=project_id,
                    state=state,
                    planned_on=today + timedelta(days=days),
                    weight_limit_kg=30_000,
                    created_at=NOW,
                    departed_at=departed_at,
                    completed_at=departed_at if state == "completed" else None,
                )
            )
    with database.reading() as session:
        found = queries.deliveries_of_day(session, actor("planner"), today, clock)
    assert [delivery.number for delivery in found] == ["yesterday's, on the way", "today"]


def test_the_backlog_of_a_connector_is_as_old_as_its_oldest_event(
    database: Database, clock: SetClock, plant: None
) -> None:
    with database.writing() as session:
        ensure_epcis_connector(Work(session, actor("admin"), clock), "city", "http://127.0.0.1:9")
    clock.advance(minutes=10)
    create_order(database, clock, [(SLAB, 2)])  # two events, after that of the connector itself
    clock.advance(minutes=30)
    with database.reading() as session:
        backlog = connector_backlogs(session, clock.now())
    assert [(one.name, one.events, one.oldest_minutes) for one in backlog] == [("city", 3, 40)]
    with database.writing() as session:
        session.query(Connector).one().cursor = last_sequence(session)
    with database.reading() as session:
        backlog = connector_backlogs(session, clock.now())
    assert [(one.events, one.oldest_minutes) for one in backlog] == [(0, 0)]


def test_the_platforms_tile_tells_the_worst_and_forgets_what_is_out_of_use(
    database: Database, clock: SetClock, plant: None, client_as: ClientAs
) -> None:
    with database.writing() as session:
        for name in ("city", "old"):
            ensure_epcis_connector(Work(session, actor("admin"), clock), name, "http://127.0.0.1:9")
        rows = {row.name: row for row in session.query(Connector)}
        rows["old"].state, rows["old"].paused_for = "disabled", "person"
    clock.advance(hours=3)
    tile = _platform_tile(client_as)
    assert ("kpi-warn" in tile, "city: an event has waited too long" in tile, "old" in tile) == (True, True, False)
    with database.writing() as session:
        row = session.query(Connector).filter_by(name="city").one()
        row.state, row.paused_for, row.clock_skew_seconds = "paused", "credentials", 900
    tile = _platform_tile(client_as)
    assert ("kpi-bad" in tile, "city: key refused or missing; 2 more" in tile) == (True, True)
    assert f"/connectors/{row.id}" in tile
    assert 'aria-label="City connectors: 3 alarms"' in client_as("admin").get("/dashboard").text
    assert "/connectors" not in _platform_tile(client_as, "inspector")


def _platform_tile(client_as: ClientAs, role: str = "planner") -> str:
    """The dashboard's tile of the city's platforms."""
    tiles = re.finditer(r'<(a|div) class="kpi[ "].*?</\1>', client_as(role).get("/dashboard").text, re.DOTALL)
    return next(tile[0] for tile in tiles if "City platform" in tile[0])
