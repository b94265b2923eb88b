"""Pages and API of planning, as their readers meet them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.jobs import run_job
from mes.planning import queries
from tests.factories import create_order
from tests.mes.planning.plant import SLAB, WALL, propose, publish, set_up_lines

ClientAs = Callable[..., FlaskClient]


@pytest.fixture
def demand(database: Database, clock: SetClock, plant: None) -> None:
    """Both lines and one order of six slabs and two walls."""
    set_up_lines(database, clock)
    create_order(database, clock, [(SLAB, 6), (WALL, 2)])


def test_a_planner_goes_from_demand_to_a_published_plan(
    client_as: ClientAs, database: Database, clock: SetClock, demand: None
) -> None:
    planner = client_as("planner")
    page = planner.get("/planning/").text
    assert "Propose a plan" in page
    assert "Composite slab" in page
    form = {"command_id": str(uuid4()), "seconds": "0.5", "ahead_days": "60"}
    assert planner.post("/planning/", data=form).status_code == 303
    assert "Waiting for the worker" in planner.get("/planning/").text
    with database.reading() as session:
        found = queries.solving(session)
        assert found is not None
    run_job(database, clock, found[1].id)
    assert planner.get("/planning/solving").headers["HX-Refresh"] == "true"
    page = planner.get("/planning/plans/1").text
    assert "Publish" in page
    assert "Lateness by delivery" in page
    answer = planner.post("/planning/plans/1/publish", data={"command_id": str(uuid4())})
    assert answer.status_code == 303
    page = planner.get("/planning/plans/1").text
    assert "Published" in page
    assert "/planning/loads/1" in page
    page = planner.get("/planning/loads/1").text
    assert "Pallet load 1" in page
    assert "<svg" in page


def test_the_gantt_has_a_row_for_each_station_and_a_bar_for_each_visit(
    client_as: ClientAs, database: Database, clock: SetClock, demand: None
) -> None:
    propose(database, clock)
    document = client_as("planner").get("/planning/plans/1/gantt.json").json
    assert document is not None
    rows = {station["id"] for line in document["lines"] for station in line["stations"]}
    assert len(rows) == 24
    assert {bar["station"] for bar in document["bars"]} <= rows
    with database.reading() as session:
        plan = queries.plan_by_number(session, 1).plan
    assert plan is not None
    visits = [op for job in plan["jobs"] for op in job["operations"] if op["leave"] > op["enter"]]
    assert len(document["bars"]) == len(visits)
    # The lunch hour of the first Monday is closed for casting.
    closed = [(span["from"], span["to"]) for span in document["closed"] if "SL/casting" in span["stations"]]
    assert ("2026-11-23T11:30+08:00", "2026-11-23T13:00+08:00") in closed


def test_every_page_is_there_in_chinese(client_as: ClientAs, database: Database, clock: SetClock, demand: None) -> None:
    publish(database, clock, propose(database, clock).number)
    planner = client_as("planner")
    for address, words in {
        "/planning/": "待产需求",
        "/planning/plans/1": "各批交付的延期情况",
        "/planning/loads/1": "各工位",
    }.items():
        page = planner.get(f"{address}?lang=zh_CN")
        assert page.status_code == 200
        assert words in page.text


def test_a_plan_can_be_discarded_and_its_page_still_tells(
    client_as: ClientAs, database: Database, clock: SetClock, demand: None
) -> None:
    propose(database, clock)
    planner = client_as("planner")
    assert planner.post("/planning/plans/1/discard", data={"command_id": str(uuid4())}).status_code == 303
    assert "Discarded" in planner.get("/planning/plans/1").text


def test_a_running_job_is_stopped_from_the_planning_page(client_as: ClientAs, database: Database, demand: None) -> None:
    planner = client_as("planner")
    planner.post("/planning/", data={"command_id": str(uuid4()), "seconds": "0.5", "ahead_days": "60"})
    assert planner.post("/planning/plans/1/stop", data={"command_id": str(uuid4())}).status_code == 303
    with database.reading() as session:
        assert queries.solving(session) is None


def test_the_api_gives_the_contracts_documents(
    client_as: ClientAs, database: Database, clock: SetClock, demand: None
) -> None:
    planner = client_as("planner")
    lines = planner.get("/api/v1/lines").json
    assert lines is not None
    assert [line["code"] for line in lines["items"]] == ["SL", "WL"]
    assert lines["items"][0]["free_pallets"] == list(range(1, 25))
    stations = planner.get("/api/v1/stations").json
    assert stations is not None
    assert len(stations["items"]) == 24
    answer = planner.post("/api/v1/plans", json={"seconds": 0.3})
    assert answer.status_code == 200
    assert answer.json is not None
    run_job(database, clock, UUID(answer.json["job_id"]))
    problem = planner.get("/api/v1/plans/1/problem")
    plan = planner.get("/api/v1/plans/1/plan").json
    assert plan is not None
    assert hashlib.sha256(problem.data).hexdigest() == plan["problem_sha256"]
    command_id = str(uuid4())
    published = planner.post("/api/v1/plans/1/publish", json={"command_id": command_id}).json
    assert published is not None
    assert published["element_count"] == 8
    # The same command again gives the first answer.
    assert planner.post("/api/v1/plans/1/publish", json={"command_id": command_id}).json == published
    loads = planner.get("/api/v1/loads?line=SL&state=waiting").json
    assert loads is not None
    assert sum(len(load["items"]) for load in loads["items"]) == 6
    assert len(loads["items"][0]["operations"]) == 12


def test_an_unknown_plan_or_load_is_not_found(client_as: ClientAs) -> None:
    planner = client_as("planner")
    for address in ("/planning/plans/9", "/planning/loads/9", "/api/v1/plans/9", "/api/v1/lines/XX"):
        assert planner.get(address).status_code == 404


def test_an_operator_cannot_publish(client_as: ClientAs, database: Database, clock: SetClock, demand: None) -> None:
    propose(database, clock)
    operator = client_as("operator")
    assert operator.post("/planning/plans/1/publish", data={"command_id": str(uuid4())}).status_code == 403
    assert operator.post("/api/v1/plans/1/publish", json={}).status_code == 403
    with database.reading() as session:
        assert queries.plan_by_number(session, 1).state == "proposed"
