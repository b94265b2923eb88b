"""Parts of a page that look after themselves, in a real chromium: they never take a tap away from a person."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Route, expect

from mes.core.clock import SetClock
from mes.core.database import Database
from tests.browser.house import House
from tests.mes.shopfloor.plant import add_floor

pytestmark = pytest.mark.browser


def test_a_tap_wins_over_a_station_that_loads_itself_anew(
    app: Flask, database: Database, clock: SetClock, open_house: Callable[[str], House]
) -> None:
    """While the overview is on its way, the station's load leaves: the station's page does not come back."""
    floor = add_floor(database, clock, loads=2)
    floor.start("cleaning")
    page = open_house("operator").open("/shopfloor/stations/SL-cleaning")
    held: list[Route] = []
    page.route("**/shopfloor", lambda route: held.append(route))
    page.get_by_role("link", name="Shop floor", exact=True).locator("visible=true").first.click(no_wait_after=True)
    with page.expect_response(lambda answer: "hx-redirect" in answer.headers):
        floor.finish("cleaning")
    page.wait_for_timeout(300)  # the time the page would need to leave for itself
    held[0].continue_()
    page.wait_for_url("**/shopfloor")
    expect(page.locator("#lines")).to_be_visible()
