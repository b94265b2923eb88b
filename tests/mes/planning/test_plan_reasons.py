"""Why a load is not earlier, and the figures of a plan: on the pages and in the API."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.planning.plan_reasons import SENTENCES
from scheduling import ReasonCode
from tests.factories import create_order
from tests.mes.planning.plant import SLAB, WALL, propose, publish, set_up_lines

ClientAs = Callable[..., FlaskClient]


@pytest.fixture
def proposal(database: Database, clock: SetClock, plant: None) -> int:
    """A plan for enough slabs that loads wait for one another."""
    set_up_lines(database, clock)
    create_order(database, clock, [(SLAB, 24), (WALL, 2)])
    return propose(database, clock).number


def plan_of(client: FlaskClient, number: int) -> dict[str, Any]:
    document = client.get(f"/api/v1/plans/{number}/plan").json
    assert document is not None
    return document


def last_job(client: FlaskClient, number: int) -> str:
    """The slab load that enters its line last."""
    jobs = [job for job in plan_of(client, number)["jobs"] if job["line"] == "SL"]
    return str(max(jobs, key=lambda job: job["operations"][0]["enter"])["id"])


def test_the_plan_page_shows_the_figures(client_as: ClientAs, proposal: int) -> None:
    page = client_as("planner").get(f"/planning/plans/{proposal}").text
    for words in ("Late loads", "Waiting in store", "Busiest station", "Fullest chamber", "Pallets in use"):
        assert words in page
    assert "How the stations are used" in page


def test_a_proposed_load_opens_on_a_page_that_says_why(client_as: ClientAs, proposal: int) -> None:
    planner = client_as("planner")
    job = last_job(planner, proposal)
    document = planner.get(f"/planning/plans/{proposal}/gantt.json").json
    assert document is not None
    address = f"/planning/plans/{proposal}/loads/{job}"
    assert address in {bar["url"] for bar in document["bars"]}
    page = planner.get(address).text
    assert "Why not earlier" in page
    assert "Work: Casting" in page
    assert re.search(r"is occupied by load|goes first at", page)
    assert "为什么不能更早" in planner.get(f"{address}?lang=zh_CN").text


def test_a_published_load_says_why_on_its_own_page(
    client_as: ClientAs, database: Database, clock: SetClock, proposal: int
) -> None:
    publish(database, clock, proposal)
    assert "Why not earlier" in client_as("planner").get("/planning/loads/1").text
    # An operator may read loads, and no plans.
    page = client_as("operator").get("/planning/loads/1")
    assert page.status_code == 200
    assert "Why not earlier" not in page.text


def test_the_api_accounts_for_every_minute_of_a_load(client_as: ClientAs, proposal: int) -> None:
    planner = client_as("planner")
    job = last_job(planner, proposal)
    found = planner.get(f"/api/v1/plans/{proposal}/loads/{job}/explanation").json
    assert found is not None
    reasons = found["reasons"]
    assert reasons[0]["end"] == found["done"]
    assert [later["begin"] for later in reasons[:-1]] == [earlier["end"] for earlier in reasons[1:]]
    assert {reason["code"] for reason in reasons} <= set(SENTENCES)
    assert "Work: Casting" in {reason["text"] for reason in reasons}
    hindering = {reason["other_job"] for reason in reasons} - {None}
    assert hindering <= {job["id"] for job in plan_of(planner, proposal)["jobs"]}


def test_the_api_gives_figures_that_agree_with_the_objective(client_as: ClientAs, proposal: int) -> None:
    planner = client_as("planner")
    figures = planner.get(f"/api/v1/plans/{proposal}/kpis").json
    assert figures is not None
    objective = plan_of(planner, proposal)["objective"]
    assert sum(delivery["tardiness_cost"] for delivery in figures["deliveries"]) == objective["tardiness"]
    assert figures["storage"]["earliness_cost"] == objective["earliness"]
    assert figures["jobs"] == len(plan_of(planner, proposal)["jobs"])
    assert {entry["station"] for entry in figures["occupancy"]} >= {"curing"}


def test_what_is_not_there_is_not_found(client_as: ClientAs, proposal: int) -> None:
    planner = client_as("planner")
    for address in (
        "/api/v1/plans/99/kpis",
        "/api/v1/plans/99/loads/X/explanation",
        f"/api/v1/plans/{proposal}/loads/nobody/explanation",
        f"/planning/plans/{proposal}/loads/nobody",
    ):
        assert planner.get(address).status_code == 404


def test_readers_without_plans_see_neither(client_as: ClientAs, proposal: int) -> None:
    planner, operator = client_as("planner"), client_as("operator")
    job = last_job(planner, proposal)
    for address in (
        f"/api/v1/plans/{proposal}/kpis",
        f"/api/v1/plans/{proposal}/loads/{job}/explanation",
        f"/planning/plans/{proposal}/loads/{job}",
    ):
        assert operator.get(address).status_code == 403


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == {code.value for code in ReasonCode}
