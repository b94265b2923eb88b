"""The main job played by four people in the real pages, from the upload of the workbook to the site's confirmation."""

from __future__ import annotations

import io
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect
from pypdf import PdfReader

from mes.core.database import Database
from tests.browser.camera import video_of_label
from tests.browser.chromium import (
    DESKTOP,
    PHONE,
    TABLET,
    Pictures,
    Watch,
    browser_reason,
    launch,
    sign_in,
    started_playwright,
)
from tests.browser.inspector_pages import InspectorPages
from tests.browser.job_facts import (
    UNKNOWN_TYPE,
    OrderedElement,
    broken_workbook,
    check_ledger_and_city,
    ordered_elements,
    states,
)
from tests.browser.operator_pages import OperatorPages
from tests.browser.planner_pages import PlannerPages
from tests.browser.receiver_pages import ReceiverPages
from tests.system.running_plant import (
    PROJECT,
    RunningPlant,
    fresh_name,
    order_workbook,
    running_plant,
    scope_receiver,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(browser_reason() is not None, reason=browser_reason() or ""),
]
COUNT = 3
LINE_SECONDS = 150
"""Longest time the simulated machines may need from casting to the end of demoulding on a busy machine."""


@dataclass
class Job:
    """An order on its way through the plant, and who works on it."""

    plant: RunningPlant
    watch: Watch
    planner: PlannerPages
    operator: OperatorPages
    pictures: Pictures
    elements: list[OrderedElement] = field(default_factory=list)
    batch_number: str = field(default_factory=lambda: f"B{fresh_name()}")


def bring_in_the_order(job: Job) -> None:
    """A workbook with a fault is refused and the fault named; the right one comes in."""
    content, sheet, cell = broken_workbook(COUNT)
    job.watch.expect_refusal(422, "/orders")
    job.planner.upload_order("broken.xlsx", content)
    expect(job.planner.page.get_by_text("未导入任何内容")).to_be_visible()
    job.planner.expect_fault(sheet, cell, f"型号 {UNKNOWN_TYPE} 既不是图集编号")
    assert states(job.plant.database) == []

    job.planner.upload_order("order.xlsx", order_workbook(COUNT))
    job.planner.expect_message(f"已导入 {COUNT} 块构件")
    job.elements = ordered_elements(job.plant.database)
    scope_receiver(job.plant.database)


def plan_and_publish(job: Job) -> None:
    """The proposal appears by itself, with its chart and its lateness; the planner puts it in force."""
    number = job.planner.propose_plan()
    expect(job.planner.page.get_by_role("heading", level=1)).to_have_text(f"计划 {number}")
    job.planner.expect_gantt(loads=1)
    lateness = job.planner.card("各批交付的延期情况").get_by_role("row").filter(has_text=PROJECT)
    expect(lateness).to_contain_text(re.compile(r"-\d+|\b0\b"))
    job.pictures.take(job.planner.page, "planner")
    job.planner.publish()


def set_up_until_hidden_works(job: Job) -> None:
    """The load enters; the machines carry it to the inspector while the operator watches. It cannot be cast yet."""
    operator = job.operator
    operator.open_line()
    operator.enter_next_load()
    operator.open_station("隐蔽工程验收")
    operator.expect_load_to_come()
    operator.expect_load_here()
    expect(operator.notice("等待验收")).to_contain_text("隐蔽工程验收尚未通过")
    job.watch.expect_refusal(404, "/shopfloor/stations/SL-hidden-works/scan")
    operator.scan_new_lot(f"HPB-{fresh_name()}", "钢筋桁架", "示范钢筋厂")
    job.pictures.take(operator.page, "operator")
    expect_casting_refused(operator)


def expect_casting_refused(operator: OperatorPages) -> None:
    """The casting station says what is missing and offers no start."""
    operator.open_station("布料")
    expect(operator.notice("等待验收")).to_contain_text("隐蔽工程验收尚未通过")
    expect(operator.notice("等待混凝土")).to_contain_text("尚未指定混凝土批次")
    expect(operator.start_button()).to_have_count(0)


def inspect_hidden_works(job: Job, inspector: InspectorPages) -> None:
    """The first element is scanned with the camera, the others with a hand scanner."""
    for place, element in enumerate(job.elements):
        if place == 0:
            inspector.scan_element_with_camera()
        else:
            inspector.scan_element(element.digital_link)
        inspector.accept_hidden_works(element.plan("hidden_works"), element.serial)


def cast_and_demould(job: Job, inspector: InspectorPages) -> None:
    """Concrete comes; demoulding waits for the strength of the cubes; the operator finishes."""
    operator = job.operator
    expect(operator.notice("等待验收")).to_have_count(0)
    expect(operator.notice("等待混凝土")).to_be_visible()
    job.watch.expect_refusal(404, "/shopfloor/stations/SL-casting/batch")
    operator.scan_new_batch(job.batch_number)
    operator.open_station("脱模")
    expect(operator.notice("等待脱模强度")).to_be_visible()
    inspector.record_cube_test(job.batch_number, (31.0, 32.5, 33.0))
    expect(operator.notice("等待脱模强度")).to_have_count(0)
    operator.open_line()
    operator.expect_line_empty(LINE_SECONDS)
    operator.finish_all(COUNT)


def inspect_finals(job: Job, inspector: InspectorPages) -> None:
    """A reading out of tolerance is marked at once; corrected, the element is accepted and has its certificate."""
    for place, element in enumerate(job.elements):
        inspector.scan_element(element.digital_link)
        inspector.expect_form("成品检验", element.serial)
        if place == 0:
            type_a_wrong_length(inspector, element)
            job.pictures.take(inspector.page, "inspector")
        for title, values in right_readings(element).items():
            inspector.measure(title, values)
        expect(inspector.judgement()).to_contain_text("均在允许偏差内")
        inspector.record_final()
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(inspector.certificate())).pages)
        assert "合格证" in text
        assert "湖里安置房二期" in text
        assert str(element.serial) in text


def type_a_wrong_length(inspector: InspectorPages, element: OrderedElement) -> None:
    """20 mm too long: GB 50204-2015 table 9.2.7 allows 5 mm for a slab below 12 m."""
    inspector.measure("长度", [element.dimensions.length_mm + 20])
    field = inspector.card("长度")
    expect(field.locator(".gauge-bad")).to_contain_text("+20 mm")
    expect(inspector.judgement()).to_contain_text("超出允许偏差")
    expect(inspector.judgement()).to_contain_text("长度")
    field.evaluate("card => card.scrollIntoView({block: 'start'}) || scrollBy(0, -80)")


def right_readings(element: OrderedElement) -> dict[str, list[float]]:
    """Readings within tolerance for everything that must be measured, by the item's Chinese title."""
    readings = {
        item.title.zh: [float(item.nominal or 1)] * item.readings
        for item in element.plan("final").items
        if item.required
    }
    readings["对角线差"] = [3846.0, 3849.0]
    return readings


def deliver(job: Job) -> str:
    """Into the yard, onto the lorry, on the road; returns the delivery's number."""
    for element in job.elements:
        job.operator.store(element.digital_link, "A-01")
    number = job.planner.open_delivery(PROJECT, "闽D12345", "王师傅")
    job.operator.open_delivery(number)
    for place, element in enumerate(job.elements, start=1):
        job.operator.load_element(element.digital_link, place)
    job.operator.send_lorry()
    return number


def receive(job: Job, receiver: ReceiverPages, number: str) -> None:
    """The site takes two elements and rejects one, with a reason and a photo."""
    receiver.open_delivery(number)
    *accepted, rejected = job.elements
    for element in accepted:
        receiver.scan_element(element.digital_link, element.serial)
        if element is accepted[-1]:
            job.pictures.take(receiver.page, "receiver")
        receiver.accept(element.serial)
    receiver.scan_element(rejected.digital_link, rejected.serial)
    receiver.reject(rejected.serial, "缺棱掉角", "运输中磕碰，缺一角")
    expect(receiver.page.get_by_text("全部构件已验收：签收 2 块，拒收 1 块。")).to_be_visible()
    receiver.switch_to_english()
    expect(receiver.page.get_by_text("Every element has its answer: 2 accepted, 1 rejected.")).to_be_visible()


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> Pictures:
    """Pictures go into the folder that MES_SCREENSHOTS names; the processes of the plant know no such setting."""
    folder = os.environ.get("MES_SCREENSHOTS")
    monkeypatch.delenv("MES_SCREENSHOTS", raising=False)
    return Pictures(Path(folder) if folder else None)


def play(
    plant: RunningPlant, playwright: Playwright, watch: Watch, pictures: Pictures, folder: Path
) -> list[OrderedElement]:
    """Four people do their part of the job; returns the elements they made."""
    office = launch(playwright)
    job = Job(
        plant,
        watch,
        PlannerPages(sign_in(office, plant.url, watch, "planner", DESKTOP)),
        OperatorPages(sign_in(office, plant.url, watch, "operator", TABLET, touch=True)),
        pictures,
    )
    bring_in_the_order(job)
    plan_and_publish(job)
    set_up_until_hidden_works(job)

    phone = launch(playwright, camera=video_of_label(folder / "label.y4m", job.elements[0].digital_link))
    inspector = InspectorPages(sign_in(phone, plant.url, watch, "inspector", PHONE, touch=True))
    inspector.page.context.grant_permissions(["camera"])
    inspect_hidden_works(job, inspector)
    cast_and_demould(job, inspector)
    inspect_finals(job, inspector)

    number = deliver(job)
    receive(job, ReceiverPages(sign_in(office, plant.url, watch, "receiver", PHONE, touch=True)), number)
    return job.elements


def test_four_people_bring_an_order_from_the_workbook_to_the_site(
    database: Database, pictures: Pictures, tmp_path: Path
) -> None:
    """On SQLite; on PostgreSQL the same job is done through the same routes in tests/system."""
    watch = Watch()
    with running_plant(database, tmp_path / "data") as plant:
        with started_playwright() as playwright:
            elements = play(plant, playwright, watch, pictures, tmp_path)
        assert states(database) == ["received", "received", "rejected_at_site"]
        rejected = ["inspecting", "holding", "holding"]  # its certificate is suspended as well
        check_ledger_and_city(plant, elements, (["accepting"], ["accepting"], rejected))
    watch.check()
