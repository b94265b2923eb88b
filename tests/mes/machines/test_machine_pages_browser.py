"""A machine's history and the two taps that explain a stop, in a real chromium."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import PHONE, TABLET, Watch
from tests.mes.machines.screen import Screen
from tests.mes.machines.shift_story import curing

pytestmark = pytest.mark.browser


def test_a_chambers_history_shows_states_curves_limits_and_what_was_at_a_time(screen: Screen) -> None:
    screen.line.tell(curing(screen.line.clock.now(), hours=6.0, steep_from=1.0))
    page, watch = screen.open("/machines/device/SL/curing", TABLET), Watch()
    watch.follow(page)
    expect(page.locator(".charts-part")).to_have_count(4)  # states, temperature, humidity, zones
    expect(page.locator(".charts-part", has_text="Temperature of the zones").locator(".charts-line")).to_have_count(4)
    expect(page.get_by_text("faster than 20 K/h").first).to_be_visible()
    expect(page.locator(".phase-too-fast").first).to_be_visible()
    page.locator(".charts-picture").nth(1).hover(position={"x": 600, "y": 40})  # waits while it is drawn anew
    expect(page.locator(".charts-card")).to_contain_text("Temperature:")
    page.get_by_role("link", name="Week").click()
    expect(page.get_by_text("mean of 7 min").first).to_be_visible()
    watch.check()


@pytest.mark.parametrize("viewport", [PHONE, TABLET], ids=["phone", "tablet"])
def test_an_operator_explains_a_stop_with_two_taps_on_large_tiles(screen: Screen, viewport: Any) -> None:
    screen.line.say("casting", state="held")
    screen.line.clock.at += timedelta(minutes=7)
    page, watch = screen.open("/machines/device/SL/casting", viewport), Watch()
    watch.follow(page)
    page.get_by_role("link", name="Stopped since 09:00 – why?").click()
    tile = page.get_by_role("button", name="Waiting for the crane")
    box = tile.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 100
    tile.click()
    expect(page.get_by_text("Reason noted: Waiting for the crane")).to_be_visible()
    expect(page.get_by_text("– why?")).to_have_count(0)
    watch.check()


@pytest.mark.parametrize("path", ["", "/device/SL/curing", "/losses?station=SL-casting", "/stops"])
def test_no_page_is_wider_than_a_phone(screen: Screen, path: str) -> None:
    page = screen.open(f"/machines{path}", PHONE)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
