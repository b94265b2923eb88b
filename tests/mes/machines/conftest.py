"""A real chromium before a server of the test's own, for the pages of the machines."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from mes.core.clock import SetClock
from mes.core.database import Database
from tests.browser.chromium import browser_reason, launch, started_playwright
from tests.mes.machines.screen import Screen
from tests.mes.machines.shift_story import put_on_pallet, told_line


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, started once for a file of tests."""
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
