"""The gate's screen and the bench in a real chromium: live figures on a phone, one button, no script errors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from labels.llrp.emulator import ReaderEmulator
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.identity.service import AddReader, add_reader
from tests.browser.chromium import PHONE, Watch, browser_reason, launch, started_playwright
from tests.mes.logistics.gate_stage import GateStage, build_gate, emulator_of, listening, tag_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, started once for the file."""
    if browser_reason() is not None:
        pytest.skip(str(browser_reason()))
    with started_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


@dataclass
class Scene:
    """A lorry at the gate, the gate's reader, and a page of an operator on a phone."""

    gate: GateStage
    emulator: ReaderEmulator
    page: Page
    watch: Watch


@pytest.fixture
def scene(
    app: Flask, database: Database, clock: SetClock, client_as: Callable[..., FlaskClient], browser: Browser
) -> Iterator[Scene]:
    gate = build_gate(database, clock, with_plant=False)
    cookie = client_as("operator").get_cookie("mes_session")
    assert cookie is not None
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    context = browser.new_context(base_url=url, viewport=PHONE, timezone_id="Asia/Shanghai")
    context.add_cookies(
        [{"name": "mes_session", "value": cookie.value, "url": url}, {"name": "mes_locale", "value": "en", "url": url}]
    )
    page, watch = context.new_page(), Watch()
    watch.follow(page)
    emulator = emulator_of(*gate.on_note[:7], gate.foreign)
    with emulator.serve() as port:
        gate.add_gate(port)
        yield Scene(gate, emulator, page, watch)
    context.close()
    server.shutdown()
    thread.join()
    server.server_close()


def is_as_wide_as_the_phone(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_the_screen_fills_while_the_lorry_is_read_and_the_check_is_recorded(scene: Scene, clock: SetClock) -> None:
    page = scene.page
    with listening(scene.gate.database, clock):
        page.goto("/gate")
        expect(page.locator(".gate-figure b")).to_have_text("7")
        expect(page.get_by_text("1 of another project")).to_be_visible()
        scene.emulator.put(tag_of(scene.gate.on_note[7]))
        expect(page.locator(".gate-figure b")).to_have_text("8")  # by itself
        assert is_as_wide_as_the_phone(page)
    page.get_by_role("button", name="Record the check").click()
    expect(page.get_by_text("8 of 8 read · of another project")).to_be_visible()
    expect(page.get_by_label("Why it leaves all the same")).to_be_visible()
    scene.watch.check()


def test_a_tag_is_put_on_with_a_scan_and_one_button(scene: Scene, clock: SetClock) -> None:
    page, element = scene.page, scene.gate.in_yard[0]
    with emulator_of(element).serve() as port:
        command = AddReader(code="BENCH-1", name="Bench", use="bench", host="127.0.0.1", port=port)
        perform(scene.gate.database, scene.gate.stage.planner, clock, add_reader, command)
        page.goto("/tags/bench")
        page.get_by_label("Element, pallet or mould").fill(element.digital_link)
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Write, check and put on").click()
        expect(page.get_by_text("Written and read back as written")).to_be_visible()
        assert is_as_wide_as_the_phone(page)
    scene.watch.check()
