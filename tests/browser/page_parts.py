"""What every role's pages have in common: cards, scanning, photos, messages."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.camera import photo_file


class RolePages:
    """The pages of one role, as its person uses them."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def go_to(self, title: str) -> None:
        """Follow an entry of the main navigation; on a phone it is in the bar below."""
        entry = self.page.get_by_role("navigation", name="主导航").get_by_role("link", name=title, exact=True)
        with self.page.expect_navigation():
            entry.locator("visible=true").first.click()

    def card(self, title: str) -> Locator:
        """The card with this title."""
        return self.page.locator("section").filter(has=self.page.get_by_role("heading", name=title, exact=True))

    def scan(self, label: str, code: str) -> None:
        """A hand scanner types the code into a field and ends with Enter."""
        field = self.page.get_by_role("main").get_by_label(label, exact=True)
        field.press_sequentially(code)
        field.press("Enter")

    def take_photo(self, within: Locator, text: str) -> None:
        """Take a photo; its preview shows once it has been made small enough to send."""
        within.locator("input[type=file]").set_input_files(photo_file(text))
        expect(within.locator("[data-photo-previews] img")).to_have_count(1)

    def expect_message(self, words: str | re.Pattern[str]) -> None:
        """A message at the edge of the page says so."""
        expect(self.page.locator("[data-toast]").filter(has_text=words).first).to_be_visible()

    def confirm(self) -> None:
        """Say yes to the page's question."""
        self.page.get_by_role("dialog").get_by_role("button", name="确定", exact=True).click()
