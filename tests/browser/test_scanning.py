"""Scanning in a real chromium: a hand scanner that types, the camera, pasted text, and what leads nowhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from labels import check_digit
from labels.keys.naming import Naming
from mes.core.clock import SetClock
from mes.core.database import Database
from tests.browser.chromium import DESKTOP, PHONE, TABLET, Watch
from tests.browser.house import LINK, House
from tests.factories import create_order, elements_of

pytestmark = pytest.mark.browser

NAMING = Naming("0614141", "91350200MA2XN0XH64")
GTIN = "0061414100001" + check_digit("0061414100001")
KEY_EVENT = """([text, end]) => {
  const press = (key, more = {}) => (document.activeElement ?? document.body).dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
  for (const typed of text) {
    if (typed === "\\u001d") press("F8");
    else if (typed === "\\n") press("Enter");
    else press(typed);
  }
  if (end) press(end);
}"""


@pytest.fixture
def house(database: Database, clock: SetClock, open_house: Callable[[str], House]) -> House:
    """Elements 1 to 3 of one type, and a planner."""
    elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 3)]))
    return open_house("planner")


def scan(page: Page, code: str, end: str = "Enter") -> None:
    """A hand scanner types a code at once, wherever the cursor is."""
    page.evaluate(KEY_EVENT, [code, end])


@pytest.mark.parametrize(
    ("code", "end"),
    [
        (LINK, "Enter"),
        (f"01{GTIN}212", "Tab"),
        (f"]d2212\x1d01{GTIN}", "Enter"),
        ("项目：湖里\n编号：2", "Enter"),
    ],
)
def test_a_hand_scanner_works_wherever_one_is_on_a_page(house: House, code: str, end: str) -> None:
    page, watch = house.open("/orders"), Watch()
    watch.follow(page)
    if "\n" in code:
        watch.expect_refusal(404, "/scan")
        watch.expect_refusal(404, "/scan")
    scan(page, code, end)
    if "\n" in code:
        expect(page.get_by_role("heading", level=1)).to_have_text("This code leads nowhere")
        page.get_by_role("link", name="Composite slab DBS1-67-3620-31 2").click()
    page.wait_for_url("**/elements/2")
    watch.check()


def test_the_camera_reads_a_label_from_any_page(house: House) -> None:
    page, watch = house.open("/orders", PHONE), Watch()
    watch.follow(page)
    page.get_by_role("button", name="Scan with the camera").first.click()
    page.wait_for_url("**/elements/2")
    watch.check()


def test_a_code_that_leads_nowhere_leaves_the_page_as_it_is(house: House) -> None:
    page, watch = house.open("/orders"), Watch()
    watch.follow(page)
    watch.expect_refusal(404, "/scan")
    scan(page, "NOTHING-LIKE-IT-999")
    expect(page.locator("[data-toast]")).to_contain_text("NOTHING-LIKE-IT-999")
    assert page.url.endswith("/orders")
    watch.check()


def test_a_separator_typed_into_the_field_is_kept(house: House) -> None:
    page = house.open("/orders")
    field = page.locator("#top-scan")
    field.fill("212")
    field.press("F8")
    assert field.input_value() == "212\x1d"
    field.press("Control+]")
    assert field.input_value() == "212\x1d\x1d"
    field.press_sequentially(f"01{GTIN}")
    field.press("Enter")
    page.wait_for_url("**/elements/2")


def test_pasted_text_goes_to_the_field(house: House) -> None:
    page = house.open("/orders")
    page.evaluate(
        """(code) => { const data = new DataTransfer(); data.setData("text/plain", code);
        document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true })); }""",
        LINK,
    )
    page.wait_for_url("**/elements/2")


@pytest.mark.parametrize("viewport", [PHONE, TABLET, DESKTOP], ids=["phone", "tablet", "desktop"])
def test_a_wrong_digit_leads_to_a_page_with_what_was_meant(house: House, viewport: ViewportSize) -> None:
    page, watch = house.open("/orders", viewport, "zh_CN"), Watch()
    watch.follow(page)
    watch.expect_refusal(422, "/scan")
    watch.expect_refusal(422, "/scan")
    scan(page, f"(01)0061414100001{(int(GTIN[-1]) + 1) % 10}(21)2")
    choice = page.locator(".choice")
    expect(choice).to_contain_text("DBS1-67-3620-31")
    box = choice.bounding_box()
    assert box is not None
    assert box["height"] >= 48
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    choice.click()
    page.wait_for_url("**/elements/2")
    watch.check()


@pytest.mark.parametrize("path", ["/01/00614141000012/21/2", f"/414/{NAMING.place()['414']}"])
def test_no_public_page_is_wider_than_a_phone(house: House, path: str) -> None:
    page = house.open(path, PHONE)
    expect(page.locator(".trace-page h1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
