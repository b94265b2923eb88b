"""The dashboard's pages and its API, as people and programs see them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from mes.core.clock import SetClock
from mes.core.database import Database
from tests.conftest import NOW
from tests.factories import SLAB, create_order, elements_of
from tests.mes.dashboard.plant import add_line, add_load, take

ClientAs = Callable[..., FlaskClient]
TO_CASTING = "schedule set_up accept_hidden_works cast"


@pytest.fixture
def castings(database: Database, clock: SetClock, plant: None) -> None:
    """Three slabs planned for today, two of them cast."""
    elements = elements_of(database, create_order(database, clock, [(SLAB, 3)]))
    add_line(database, "SL")
    add_load(database, "SL", elements, NOW)
    take(database, clock, elements[:2], TO_CASTING, line="SL")


@pytest.mark.parametrize("role", ["planner", "supervisor", "admin"])
def test_it_is_the_home_of_planners_supervisors_and_administrators(client_as: ClientAs, role: str) -> None:
    assert client_as(role).get("/").headers["Location"] == "/dashboard"


def test_a_site_receiver_has_no_dashboard(client_as: ClientAs) -> None:
    assert client_as("receiver").get("/dashboard").status_code == 403


@pytest.mark.parametrize("path", ["/dashboard", "/dashboard/wall", "/dashboard/daily", "/dashboard/late"])
def test_an_empty_plant_has_pages_too(client_as: ClientAs, path: str) -> None:
    assert client_as("planner").get(path).status_code == 200


def test_the_tile_says_what_was_cast_and_planned(client_as: ClientAs, castings: None) -> None:
    page = client_as("planner").get("/dashboard").get_data(as_text=True)
    tile = re.search(r'kpi-accent" href="([^"]+)">.*?kpi-value">(\d+).*?/ (\d+)', page, re.DOTALL)
    assert tile is not None
    assert tile.groups() == ("/dashboard/daily?from=2026-11-23&amp;to=2026-11-23", "2", "3")


def _targets(client: FlaskClient) -> list[str]:
    """The pages that the dashboard leads to."""
    page = client.get("/dashboard").get_data(as_text=True)
    main = page[page.index("<main") : page.index("</main>")]
    found = {target.replace("&amp;", "&") for target in re.findall(r'href="(/[^"]*)"', main)}
    return sorted(target for target in found if not target.startswith("/static"))


@pytest.mark.parametrize(("role", "least"), [("planner", 24), ("supervisor", 22), ("operator", 20), ("inspector", 22)])
def test_every_link_of_the_dashboard_opens_for_whoever_sees_it(
    client_as: ClientAs, castings: None, role: str, least: int
) -> None:
    client = client_as(role)
    targets = _targets(client)
    assert len(targets) >= least
    assert {target: client.get(target).status_code for target in targets} == dict.fromkeys(targets, 200)


def test_the_wall_screen_loads_itself_again(client_as: ClientAs, castings: None) -> None:
    page = client_as("operator").get("/dashboard/wall").get_data(as_text=True)
    assert 'data-refresh-seconds="30"' in page
    assert 'data-theme="dark"' in page


def test_the_api_gives_the_figures_of_each_day(client_as: ClientAs, castings: None) -> None:
    answer = client_as("planner").get("/api/v1/daily?from=2026-11-20&to=2026-11-23")
    assert answer.status_code == 200
    items = answer.get_json()["items"]
    assert [(row["day"], row["line"], row["project"]) for row in items] == [("2026-11-23", "SL", "XM-01")]
    assert (items[0]["planned"], items[0]["cast"], items[0]["demoulded"]) == (3, 2, 0)


def test_the_api_says_today_when_nothing_is_asked(client_as: ClientAs, castings: None) -> None:
    items = client_as("planner").get("/api/v1/daily").get_json()["items"]
    assert [row["day"] for row in items] == ["2026-11-23"]


@pytest.mark.parametrize(
    "days", ["from=2026-11-23&to=2026-11-20", "from=2026-01-01&to=2026-11-20", "from=yesterday", "to=31.12.2026"]
)
def test_days_that_make_no_sense_are_refused(client_as: ClientAs, days: str) -> None:
    client = client_as("planner")
    answer = client.get(f"/api/v1/daily?{days}")
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert client.get(f"/dashboard/daily?{days}").status_code == 422
