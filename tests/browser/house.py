"""A web server of a test's own and a person who is signed in at it."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.chromium import TABLET

LINK = "http://mes.example/01/00614141000012/21/2"
"""What stands on the label that the camera of these tests sees."""


@dataclass
class House:
    """The server's address, the browser, and the person's session."""

    url: str
    browser: Browser
    cookie: str

    def open(self, path: str, viewport: ViewportSize = TABLET, locale: str = "en") -> Page:
        """A page of the house in a browser context of its own."""
        context = self.browser.new_context(base_url=self.url, viewport=viewport, permissions=["camera"])
        cookies = {"mes_session": self.cookie, "mes_locale": locale}
        context.add_cookies([{"name": name, "value": value, "url": self.url} for name, value in cookies.items()])
        page = context.new_page()
        page.goto(path)
        return page
