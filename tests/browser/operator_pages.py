"""The operator's pages on a tablet: the line, its stations, finishing, yard and loading."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.page_parts import RolePages


class OperatorPages(RolePages):
    """An operator at the slab line, later in the yard."""

    def open_line(self) -> None:
        """The overview of the stations."""
        self.go_to("车间现场")

    def enter_next_load(self) -> None:
        """Let the next load enter the line."""
        self.page.get_by_role("button", name=re.compile(r"^模台批 \d+ 上线$")).click()
        self.expect_message("上线")

    def open_station(self, name: str) -> None:
        """A station's page, from the overview."""
        self.open_line()
        title = self.page.get_by_text(name, exact=True)
        self.page.get_by_role("main").get_by_role("link").filter(has=title).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(name)

    def expect_load_to_come(self) -> None:
        """A load is on its way to this station."""
        expect(self._live().get_by_text("即将到达")).to_be_visible()

    def expect_load_here(self) -> None:
        """The load is worked on here; the page has changed by itself."""
        expect(self._live().get_by_text(re.compile(r"\d\d:\d\d 开工"))).to_be_visible()

    def notice(self, title: str) -> Locator:
        """What the station waits for."""
        return self._live().get_by_role("status").filter(has_text=title)

    def start_button(self) -> Locator:
        """The button that starts the load at this station."""
        return self._live().get_by_role("button", name="开工")

    def scan_new_lot(self, number: str, kind: str, supplier: str) -> None:
        """Scan a material lot that nobody has registered, and register it on the spot."""
        self.scan("材料批号或模具", number)
        form = self.card("登记材料批次")
        form.get_by_label("材料种类").select_option(label=kind)
        form.get_by_label("供应商").fill(supplier)
        form.get_by_role("button", name="登记并使用").click()
        self.expect_message(f"已登记材料批次 {number}")
        expect(self.card("材料")).to_contain_text(number)

    def scan_new_batch(self, number: str) -> None:
        """Scan the mix ticket of a concrete batch that nobody has recorded, and record it on the spot."""
        self.scan("混凝土批次（发料单）", number)
        form = self.card("登记发料单")
        expect(form.get_by_label("批次编号")).to_have_value(number)
        expect(form.get_by_label("强度等级")).to_have_value("C30")
        form.get_by_label("坍落度").fill("180")
        form.get_by_role("button", name="登记并指定").click()
        self.expect_message(f"混凝土批次 {number}")

    def expect_line_empty(self, timeout_seconds: float) -> None:
        """The overview says by itself that the last load has left the line."""
        words = self.page.get_by_role("main").get_by_text(re.compile("在线 0 批 · 待上线 0 批"))
        expect(words).to_be_visible(timeout=timeout_seconds * 1000)

    def finish_all(self, count: int) -> None:
        """Tap the demoulded elements of the load as finished."""
        self.page.get_by_role("main").get_by_role("link", name=re.compile("^修整")).click()
        self.page.get_by_role("button", name=f"全部 {count} 个完成").click()
        self.expect_message(f"{count} 个构件已完成修整")

    def store(self, code: str, slot: str) -> None:
        """Scan an element, then the slot it is put into."""
        self.go_to("堆场")
        self.scan("1 · 构件", code)
        second = self.page.get_by_label("2 · 库位", exact=True)
        expect(second).to_be_focused()
        self.scan("2 · 库位", slot)
        self.expect_message(f"已放入 {slot}")

    def open_delivery(self, number: str) -> None:
        """A lorry that is being loaded."""
        self.go_to("发货")
        self.page.get_by_role("link", name=number, exact=True).click()

    def load_element(self, code: str, place: int) -> None:
        """Scan an element onto the lorry."""
        self.scan("构件", code)
        self.expect_message(f"已装车，第 {place} 层")

    def send_lorry(self) -> None:
        """The lorry leaves."""
        self.page.get_by_role("button", name="确认发车").click()
        self.confirm()
        self.expect_message("已发车")

    def _live(self) -> Locator:
        return self.page.locator("#station-live")
