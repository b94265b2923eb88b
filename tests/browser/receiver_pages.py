"""The site receiver's pages on a phone: a lorry's elements accepted or rejected one by one."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.page_parts import RolePages


class ReceiverPages(RolePages):
    """A receiver at the site's gate."""

    def open_delivery(self, number: str) -> None:
        """A lorry that is on its way here."""
        self.go_to("发货")
        self.page.get_by_role("link", name=number).click()

    def scan_element(self, code: str, serial: int) -> None:
        """Scan an element on the lorry."""
        self.scan("扫描下一块构件", code)
        expect(self.page.get_by_role("heading", name=f"构件 {serial}", exact=True)).to_be_visible()

    def accept(self, serial: int) -> None:
        """The element in front of the receiver is taken over."""
        self.page.get_by_role("button", name="签收").click()
        self.expect_message(f"构件 {serial} 已签收")

    def reject(self, serial: int, reason: str, words: str) -> None:
        """The element in front of the receiver is refused, with reason and photo."""
        self.page.get_by_role("link", name="拒收").click()
        self.page.get_by_label("原因").select_option(label=reason)
        self.page.get_by_label("哪里有什么问题？").fill(words)
        self.take_photo(self.page.locator("form").filter(has_text="确认拒收"), f"{serial} {words}")
        self.page.get_by_role("button", name="确认拒收").click()
        self.expect_message(f"构件 {serial} 已拒收")

    def switch_to_english(self) -> None:
        """Change the language in the account menu."""
        self.page.get_by_label("我的账号").click()
        self.page.get_by_role("link", name="English", exact=True).click()
        expect(self.page.locator("html")).to_have_attribute("lang", "en")
