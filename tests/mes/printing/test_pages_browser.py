"""Printing in a real chromium: one tap, large answers, and a table that fills itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from mes.core.clock import SetClock
from mes.core.database import Database
from tests.browser.chromium import PHONE, TABLET, Watch, browser_reason, launch, started_playwright
from tests.factories import SLAB, create_order, elements_of
from tests.mes.printing.shop import Shop

pytestmark = pytest.mark.browser


@dataclass
class Screen:
    """A shop's pages in a browser, for an operator or a planner who speaks English."""

    shop: Shop
    url: str
    browser: Browser
    cookies: dict[str, str]

    def open(self, path: str, viewport: Any, watch: Watch, who: str = "operator") -> Page:
        context = self.browser.new_context(base_url=self.url, viewport=viewport, timezone_id="Asia/Shanghai")
        session = {"name": "mes_session", "value": self.cookies[who], "url": self.url}
        context.add_cookies([session, {"name": "mes_locale", "value": "en", "url": self.url}])  # type: ignore[list-item]
        page = context.new_page()
        watch.follow(page)
        page.goto(path)
        return page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, started once for this file."""
    if browser_reason() is not None:
        pytest.skip(str(browser_reason()))
    with started_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


@pytest.fixture
def screen(
    app: Flask, database: Database, clock: SetClock, client_as: Callable[..., FlaskClient], browser: Browser
) -> Iterator[Screen]:
    imported = create_order(database, clock, [(SLAB, 2)])
    shop = Shop(database, clock, elements_of(database, imported))
    shop.printer()
    cookies = {}
    for role in ("operator", "planner"):
        cookie = client_as(role).get_cookie("mes_session")
        assert cookie is not None
        cookies[role] = cookie.value
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Screen(shop, f"http://127.0.0.1:{server.server_port}", browser, cookies)
    for context in browser.contexts:
        context.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_operator_prints_with_one_tap_and_no_dialog(screen: Screen) -> None:
    screen.shop.route()
    watch = Watch()
    page = screen.open("/labels?kind=element", TABLET, watch)
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    page.locator(".label-list .print-button button").first.click()
    expect(page.get_by_text("Job 1: 1 labels at Printer ZT1")).to_be_visible()
    assert screen.shop.job(1).state == "queued"
    watch.check()


@pytest.mark.parametrize("viewport", [PHONE, TABLET], ids=["phone", "tablet"])
def test_somebody_who_has_looked_answers_with_a_large_button(screen: Screen, viewport: Any) -> None:
    screen.shop.route()
    screen.shop.print()
    screen.shop.set(1, state="unknown")
    watch = Watch()
    page = screen.open("/print-jobs", viewport, watch)
    for words in ("It did not come out", "It came out"):
        box = page.get_by_role("button", name=words).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 72
    page.get_by_role("button", name="It came out").click()
    expect(page.get_by_text("Noted, thank you")).to_be_visible()
    expect(page.get_by_text("Did it come out?")).to_have_count(0)  # the page renews itself
    assert screen.shop.job(1).state == "printed"
    watch.check()


def test_a_planner_fills_the_table_of_routes_and_sees_what_holds_elsewhere(screen: Screen) -> None:
    screen.shop.route(station="office")
    watch = Watch()
    page = screen.open("/label-routes", TABLET, watch, who="planner")
    office = page.get_by_label("Pallet – office")
    expect(office.locator("option").first).to_have_text("–")
    page.get_by_label("Pallet – Everywhere").select_option("ZT1|pallet-100x70")
    expect(page.get_by_text("Saved")).to_be_visible()
    expect(office.locator("option").first).to_have_text("ZT1 · 100×70")
    watch.check()


@pytest.mark.parametrize("path", ["/print-jobs", "/labels/preview?subject=element:1", "/label-routes"])
def test_no_page_is_wider_than_a_phone(screen: Screen, path: str) -> None:
    screen.shop.route()
    screen.shop.print(f"element:{screen.shop.elements[0].serial}")
    page = screen.open(path, PHONE, Watch())
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
