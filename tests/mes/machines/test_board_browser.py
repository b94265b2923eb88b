"""The line board in a real chromium: pallets move within a second, it does not grow, it says when nothing is heard."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import BaseWSGIServer, make_server

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.machines.rules import rules
from tests.browser.chromium import DESKTOP, PHONE, TABLET, Watch, browser_reason, launch, started_playwright
from tests.mes.machines.shift_story import ToldLine, put_on_pallet, told_line

pytestmark = [pytest.mark.browser, pytest.mark.skipif(browser_reason() is not None, reason=str(browser_reason()))]

POLLS = 400


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


@dataclass
class Screen:
    """A board in a browser, the line that it shows, and the server between them."""

    line: ToldLine
    server: BaseWSGIServer
    thread: threading.Thread
    browser: Browser
    cookie: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def open(self, path: str, viewport: Any) -> Page:
        """A page of somebody who is signed in, without any script error until it is closed."""
        context = self.browser.new_context(base_url=self.url, viewport=viewport, timezone_id="Asia/Shanghai")
        context.add_cookies(
            [
                {"name": "mes_session", "value": self.cookie, "url": self.url},
                {"name": "mes_locale", "value": "en", "url": self.url},
            ]
        )
        page = context.new_page()
        page.goto(path)
        return page

    def stop(self) -> None:
        """The server goes away."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def screen(
    app: Flask, database: Database, clock: SetClock, client_as: Callable[..., FlaskClient], browser: Browser
) -> Iterator[Screen]:
    """The slab line on a server of its own; load 1 lies on pallet 3 in the casting station."""
    line = told_line(database, clock, loads=1)
    put_on_pallet(line, 0, 3)
    line.tell((clock.now(), kind, {"state": "idle", "pallet": 0}) for kind in line.kinds)
    line.say("casting", state="execute", pallet=3, progress_percent=40)
    line.say("curing", state="execute", slot_01_pallet=8, slot_02_pallet=9, temperature_c=45.0)
    cookie = client_as("operator").get_cookie("mes_session")
    assert cookie is not None
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    opened = Screen(line, server, thread, browser, cookie.value)
    yield opened
    for context in browser.contexts:
        context.close()
    if thread.is_alive():
        opened.stop()


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
    said = re.compile(r"No data since 09:0\d:\d\d – The server does not answer")
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
