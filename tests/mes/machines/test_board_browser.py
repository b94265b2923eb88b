"""The line board in a real chromium: pallets move within a second, it does not grow, it says when nothing is heard."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from mes.machines.rules import rules
from tests.browser.chromium import DESKTOP, PHONE, TABLET, Watch
from tests.mes.machines.screen import Screen

pytestmark = pytest.mark.browser

POLLS = 400


def nodes(page: Page) -> dict[str, int]:
    """What the page holds after a collection of garbage: elements, nodes in all, listeners."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    elements = page.evaluate("document.querySelectorAll('*').length")
    return {"elements": elements, "nodes": int(metrics["Nodes"]), "listeners": int(metrics["JSEventListeners"])}


def polls(page: Page) -> int:
    found: int = page.evaluate("document.querySelector('[data-line-board]').lineBoard.polls")
    return found


def test_the_board_shows_stations_pallets_slots_and_what_a_tap_tells(screen: Screen) -> None:
    watch = Watch()
    page = screen.open("/machines/board", TABLET)
    watch.follow(page)
    expect(page.locator(".board-station")).to_have_count(12)
    expect(page.locator(".board-pallet:not(.in-slot)")).to_have_text(["31 · 2"])
    expect(page.locator(".board-slot:not(.is-free)")).to_have_count(2)
    page.locator(".board-pallet:not(.in-slot)").click()
    expect(page.get_by_role("dialog")).to_contain_text("DBS1-67-3620-31")
    page.get_by_role("button", name="Close").click()
    page.locator("[data-station='SL-shuttering']").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("SL/shuttering")
    watch.check()


def test_a_state_change_is_on_the_board_within_a_second(screen: Screen) -> None:
    page = screen.open("/machines/board", TABLET)
    casting = page.locator("[data-station='SL-casting']")
    expect(casting).to_have_class("board-station lamp-running")
    waits = []
    for turn in range(10):
        state, lamp = ("held", "fault") if turn % 2 == 0 else ("execute", "running")
        screen.line.say("casting", state=state)
        begun = time.monotonic()
        page.locator(f"[data-station='SL-casting'].lamp-{lamp}").wait_for(state="attached", timeout=5000)
        waits.append(time.monotonic() - begun)
        screen.line.clock.advance(seconds=5)
    assert sorted(waits)[-2] <= 1.0, waits


def test_a_pallet_moves_and_its_node_stays_the_same(screen: Screen) -> None:
    page = screen.open("/machines/board", TABLET)
    pallet = page.locator("g[data-pallet='3'].board-pallet")
    expect(pallet).to_have_count(1)
    pallet.evaluate("node => { node.dataset.mark = 'the same'; }")
    before = pallet.evaluate("node => node.style.transform")
    screen.line.tell(
        [
            (screen.line.clock.now(), "casting", {"state": "idle", "pallet": 0}),
            (screen.line.clock.now(), "compaction", {"state": "execute", "pallet": 3}),
        ]
    )
    expect(page.locator("[data-station='SL-compaction'].lamp-running")).to_be_attached()
    assert pallet.evaluate("node => node.style.transform") != before
    assert pallet.get_attribute("data-mark") == "the same"


def test_the_board_does_not_grow_over_many_polls(screen: Screen) -> None:
    page = screen.open("/machines/board", TABLET)
    expect(page.locator(".board-pallet:not(.in-slot)")).to_have_count(1)
    page.evaluate("document.querySelector('[data-line-board]').lineBoard.every = 5")
    run_for(screen, page, 60)
    before = nodes(page)
    run_for(screen, page, POLLS)
    after = nodes(page)
    assert after["elements"] <= before["elements"] + 10  # a pallet that has left stays for some seconds
    assert after["nodes"] <= before["nodes"] * 1.05 + 50
    assert after["listeners"] <= before["listeners"] + 2


def run_for(screen: Screen, page: Page, count: int) -> None:
    """Let the page poll so many times while pallets go through stations and slots."""
    wanted, turn = polls(page) + count, 0
    while polls(page) < wanted:
        turn += 1
        screen.line.clock.advance(seconds=5)
        kind = ("rebar", "embeds", "casting")[turn % 3]
        screen.line.say(kind, state="execute", pallet=10 + turn % 9, progress_percent=turn % 100)
        screen.line.say("curing", slot_03_pallet=10 + turn % 9 if turn % 2 else 0)
        page.wait_for_timeout(30)


def test_a_server_that_is_away_is_named_and_comes_back(screen: Screen) -> None:
    page = screen.open("/machines/board", TABLET)
    expect(page.locator(".board-notice")).to_be_hidden()
    page.context.set_offline(True)
    said = re.compile(r"No data since 0(8:59|9:0\d):\d\d – The server does not answer")
    expect(page.locator(".board-notice")).to_have_text(said)
    page.context.set_offline(False)
    expect(page.locator(".board-notice")).to_be_hidden()


def test_a_gateway_that_is_silent_is_named(screen: Screen) -> None:
    page = screen.open("/machines/board", TABLET)
    expect(page.locator(".board-station.lamp-running")).to_have_count(2)
    screen.line.clock.at += rules().silent_after + timedelta(seconds=1)
    expect(page.locator(".board-notice")).to_contain_text("The gateway is silent")
    expect(page.locator(".board-station.is-stale")).to_have_count(12)


@pytest.mark.parametrize(
    ("path", "viewport"),
    [("/machines/board", PHONE), ("/machines/board", TABLET), ("/machines/board?wall=1", DESKTOP)],
    ids=["phone", "tablet", "wall"],
)
def test_the_board_fits_its_screen(screen: Screen, path: str, viewport: Any) -> None:
    page = screen.open(path, viewport)
    expect(page.locator(".board-pallet:not(.in-slot)")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for box in page.locator(".board-frame").evaluate_all("all => all.map(one => one.getBoundingClientRect().toJSON())"):
        assert box["left"] >= 0
        assert box["right"] <= viewport["width"]
    if viewport is not PHONE:
        bottom = page.locator(".board-picture").evaluate("node => node.getBoundingClientRect().bottom")
        assert bottom <= viewport["height"]
    pallet = page.locator(".board-pallet:not(.in-slot) .pallet-face").bounding_box()
    cell = page.locator("[data-station='SL-casting'] .board-frame").bounding_box()
    assert pallet is not None
    assert cell is not None
    assert cell["x"] <= pallet["x"]
    assert pallet["x"] + pallet["width"] <= cell["x"] + cell["width"]
