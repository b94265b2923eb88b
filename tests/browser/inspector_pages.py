"""The inspector's pages on a phone: scan, checklist with photos, cube test, measurements, certificate."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Locator, expect

from quality import InspectionPlan
from tests.browser.page_parts import RolePages


class InspectorPages(RolePages):
    """An inspector on the floor."""

    def scan_element(self, code: str) -> None:
        """Type the element's code as a hand scanner does; the right form opens."""
        self.go_to("质量检验")
        self.scan("编码", code)

    def scan_element_with_camera(self) -> None:
        """Hold the phone before the label; the right form opens."""
        self.go_to("质量检验")
        self.page.get_by_role("main").get_by_role("button", name="用摄像头扫码").click()

    def expect_form(self, title: str, serial: int) -> None:
        """The form is for this element."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)
        expect(self.page.get_by_text(f"构件 {serial}", exact=True)).to_be_visible()

    def accept_hidden_works(self, plan: InspectionPlan, serial: int) -> None:
        """Everything conforms; photos wherever the plan wants one."""
        self.expect_form(plan.title.zh, serial)
        for item in plan.items:
            card = self.card(item.title.zh)
            card.get_by_role("radio", name="是", exact=True).check()
            if item.photo_required:
                self.take_photo(card, f"{serial} {item.id}")
        self._submit()
        expect(self.page.get_by_text("构件可以浇筑。")).to_be_visible()

    def record_cube_test(self, batch_number: str, strengths_mpa: Sequence[float]) -> None:
        """Open the batch from the list of tests that are due, and type the three cubes."""
        self.go_to("质量检验")
        self.card("待做试块试验").get_by_role("link", name=batch_number).click()
        for number, strength in enumerate(strengths_mpa, start=1):
            self.page.get_by_label(f"试块 {number}").fill(str(strength))
        self.page.get_by_role("button", name="保存").click()
        expect(self.card("试块试验").get_by_role("row").filter(has_text="可出厂")).to_be_visible()

    def measure(self, title: str, values: Sequence[float]) -> None:
        """Type the readings of an item."""
        for number, value in enumerate(values, start=1):
            field = self.reading(title, number)
            field.fill(f"{value:g}")
            field.blur()

    def reading(self, title: str, number: int) -> Locator:
        """The field of a reading."""
        return self.card(title).get_by_label(f"读数 {number}")

    def judgement(self) -> Locator:
        """What the rules say about the readings typed so far."""
        return self.page.locator("#judgement")

    def record_final(self) -> None:
        """Send the final form; the element is accepted and its certificate issued."""
        self._submit()
        expect(self.page.get_by_text("构件检验合格，合格证已签发。")).to_be_visible()

    def certificate(self) -> bytes:
        """The certificate of conformity that the page offers for download."""
        address = self.page.get_by_role("main").get_by_role("link", name="合格证").get_attribute("href")
        assert address
        answer = self.page.context.request.get(address)
        assert answer.ok
        assert answer.headers["content-type"] == "application/pdf"
        return answer.body()

    def _submit(self) -> None:
        self.page.get_by_role("button", name="提交检验").click()
