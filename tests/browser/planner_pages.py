"""The planner's pages: orders in, a plan proposed and published, deliveries opened."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.page_parts import RolePages


class PlannerPages(RolePages):
    """A planner at a desk."""

    def upload_order(self, name: str, content: bytes) -> None:
        """Bring in a workbook."""
        self.go_to("订单")
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        self.page.get_by_label("表格文件").set_input_files({"name": name, "mimeType": kind, "buffer": content})
        self.page.get_by_role("button", name="校验并导入").click()

    def expect_fault(self, sheet: str, cell: str, reason: str) -> None:
        """The list of faults names sheet, cell and reason."""
        row = self.page.get_by_role("row").filter(has_text=cell)
        expect(row).to_contain_text(sheet)
        expect(row).to_contain_text(reason)

    def propose_plan(self) -> str:
        """Ask for a plan, see it being made, and open the proposal once the page shows it; returns its number."""
        self.go_to("生产计划")
        card = self.card("新建计划")
        card.get_by_role("radio", name="10 秒", exact=True).check()
        card.get_by_role("button", name="开始排产").click()
        self.expect_message("正在计算计划")
        proposal = self.card("计划版本").get_by_role("row").filter(has_text="待发布")
        expect(proposal).to_be_visible()
        number = proposal.get_by_role("link").inner_text()
        proposal.get_by_role("link").click()
        return number

    def expect_gantt(self, loads: int) -> None:
        """The chart shows the loads on the line's stations."""
        chart = self.page.locator("#gantt canvas")
        expect(chart).to_have_attribute("aria-label", re.compile(rf"^{loads} / \d+$"))
        expect(chart).to_be_in_viewport()

    def publish(self) -> None:
        """Put the proposal in force."""
        self.page.get_by_role("button", name="发布", exact=True).click()
        self.confirm()
        self.expect_message("已发布")

    def open_delivery(self, project: str, plate: str, driver: str) -> str:
        """Order a lorry to a project; returns the delivery's number."""
        self.go_to("发货")
        self.page.get_by_role("link", name="新建发货单").click()
        choice = self.page.get_by_label("工程项目")
        choice.select_option(choice.get_by_role("option").filter(has_text=project).get_attribute("value"))
        self.page.get_by_label("车牌号").fill(plate)
        self.page.get_by_label("司机", exact=True).fill(driver)
        self.page.get_by_role("button", name="新建发货单").click()
        self.expect_message("可以装车")
        return self.page.get_by_role("heading", level=1).inner_text()
