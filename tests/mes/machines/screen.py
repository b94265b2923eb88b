"""A page of the machines in a browser, the line that it shows, and the server between them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page
from werkzeug.serving import BaseWSGIServer

from tests.mes.machines.shift_story import ToldLine


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
