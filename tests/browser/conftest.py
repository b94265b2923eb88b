"""A browser for the tests of a file, and the house it looks at."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from tests.browser.camera import video_of_label
from tests.browser.chromium import browser_reason, launch, started_playwright
from tests.browser.house import LINK, House


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium whose camera sees the label of element 2."""
    if browser_reason() is not None:
        pytest.skip(str(browser_reason()))
    with started_playwright() as playwright:
        opened = launch(playwright, video_of_label(tmp_path_factory.mktemp("camera") / "label.y4m", LINK))
        yield opened
        opened.close()


@pytest.fixture
def open_house(app: Flask, client_as: Callable[..., FlaskClient], browser: Browser) -> Iterator[Callable[[str], House]]:
    """`open_house("planner")`: a server on the application's database, and somebody of that role signed in."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def open_as(role: str) -> House:
        cookie = client_as(role).get_cookie("mes_session")
        assert cookie is not None
        return House(f"http://127.0.0.1:{server.server_port}", browser, cookie.value)

    yield open_as
    for context in browser.contexts:
        context.close()
    server.shutdown()
    thread.join()
    server.server_close()
