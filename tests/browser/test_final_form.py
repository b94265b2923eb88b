"""The final form and the defect report in a real chromium, on a phone: by keyboard alone, in few taps, nothing lost."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mes.config import Settings
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.files import FileStore
from mes.inspection.documents.press import CertificatePress
from mes.inspection.models import Inspection, Nonconformity
from mes.inspection.nonconformities.drawing import MARGIN
from mes.library.models import ComponentType
from mes.orders.models import Element
from quality import Dimensions, InspectionPlan, PlanItem, inspection_plan
from tests.browser.chromium import DESKTOP, PHONE, TABLET, Pictures, Watch
from tests.browser.house import House
from tests.mes.inspection.stage import FONTS, Stage, needs_fonts, set_stage

pytestmark = pytest.mark.browser

WALL = "WQC1-3028-1514"
SECONDS_BY_KEYBOARD = 60
SECONDS_FOR_A_REPORT = 15
MOST_TAPS = 6
PICTURES = Pictures(Path(os.environ["MES_PICTURES"]) if "MES_PICTURES" in os.environ else None)
PHOTO = Path(__file__).parents[2] / "docs" / "screenshots" / "inspector.png"


@pytest.fixture
def slab(app: object, database: Database, clock: SetClock, settings: Settings, tmp_path: Path) -> Stage:
    """Two slabs, finished; the phone's camera sees the label of the second."""
    made = set_stage(database, clock, tmp_path)
    made.to("finished")
    return made


@pytest.fixture
def wall(app: object, database: Database, clock: SetClock, settings: Settings, tmp_path: Path) -> Stage:
    """Two exterior walls with a window, finished, their concrete strong enough."""
    made = set_stage(database, clock, tmp_path, type_code=WALL)
    made.press = CertificatePress(FileStore(settings.data / "files"), FONTS, "http://mes.example")
    made.to("finished")
    made.cubes(made.cast(), 31.0, 32.0, 33.0)
    return made


@pytest.fixture
def house(wall: Stage, open_house: Callable[[str], House]) -> House:
    """An inspector's phone."""
    return open_house("inspector")


def kind_of(stage: Stage) -> ComponentType:
    """The type of the elements on the stage."""
    with stage.database.reading() as session:
        return session.get_one(Element, stage.element_ids[0]).component_type


def plan_of(stage: Stage) -> InspectionPlan:
    kind = kind_of(stage)
    size = Dimensions(kind.length_mm, kind.width_mm, kind.thickness_mm)
    return inspection_plan("final", kind.family, size)


def keystrokes(item: PlanItem) -> list[str]:
    """What an inspector types for an item, all of it within tolerance."""
    if item.pairs:
        return ["500", "800", "501", "800"]
    if item.repeatable:
        return ["120" if item.nominal_required else "0", "120" if item.nominal_required else "0"]
    if item.id == "diagonal":
        return ["3950", "3952"]
    return [f"{item.nominal or 1:g}"] * item.readings


def form_of(stage: Stage, house: House, locale: str = "zh_CN") -> tuple[Page, Watch]:
    page, watch = house.open("/inspection", PHONE, locale), Watch()
    watch.follow(page)
    page.goto(f"/inspection/elements/{stage.element_ids[0]}/final")
    return page, watch


@needs_fonts
def test_a_wall_with_22_items_is_inspected_by_keyboard_alone_within_a_minute(wall: Stage, house: House) -> None:
    page, watch = form_of(wall, house)
    plan = plan_of(wall)
    assert len(plan.items) >= 22
    singles = [item for item in plan.items if not item.repeatable]
    rows = [item for item in plan.items if item.repeatable]
    begun = time.monotonic()
    page.locator("[data-entry]").first.focus()
    for item in [*singles, *rows]:
        for text in keystrokes(item):
            page.keyboard.type(text, delay=15)
            page.keyboard.press("Enter")
    expect(page.locator("[data-submit]")).to_be_focused()
    expect(page.locator("#remaining")).to_contain_text("已测齐")
    leave_a_judgement_open(page)
    page.keyboard.press("Enter")
    expect(page.get_by_text("构件检验合格，合格证已签发。")).to_be_visible()
    seconds = time.monotonic() - begun
    assert seconds < SECONDS_BY_KEYBOARD
    with wall.database.reading() as session:
        kept = session.query(Inspection).one()
        assert len({one["item"] for one in kept.evaluation["items"]}) == len(plan.items)
    watch.check()


def leave_a_judgement_open(page: Page) -> None:
    """The judge is asked once more and does not answer: what is recorded does not wait for it."""
    page.route("**/judge", lambda route: None)
    with page.expect_request("**/judge"):
        page.locator("#measurements").dispatch_event("change")


def type_into(page: Page, name: str, text: str) -> None:
    field = page.locator(f'[name="{name}"]')
    field.fill(text)
    field.press("Enter")


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_form_shows_margin_and_colour_and_asks_about_nonsense(wall: Stage, house: House, locale: str) -> None:
    # GB 50204-2015 table 9.2.7: a wall's thickness may differ by 4 mm
    page, watch = form_of(wall, house, locale)
    thickness = kind_of(wall).thickness_mm
    box = page.locator("#judged-thickness")
    for beside, band, word in ((1, "inside", "3 mm"), (4, "near", "0 mm"), (6, "outside", "2 mm")):
        type_into(page, "m.thickness.0", str(thickness + beside))
        expect(box).to_have_class(f"judged band-{band}")
        expect(box.locator(".margin")).to_contain_text(word)
    type_into(page, "m.length.0", "34240")
    type_into(page, "m.width.0", "-2800")
    for name, text in (("length", "34240"), ("width", "2800")):
        expect(page.locator(f"#q-m-{name}-0")).to_contain_text(text)
        assert text in page.locator(f'[name="m.{name}.0"]').input_value()
    page.locator("#f-m-length-0").scroll_into_view_if_needed()
    PICTURES.take(page, f"final-nonsense-{locale}")
    page.locator("#judged-thickness").evaluate("box => box.scrollIntoView({block: 'center'})")
    PICTURES.take(page, f"final-margin-{locale}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    watch.check()


def test_what_was_typed_survives_a_reload(wall: Stage, house: House) -> None:
    page, watch = form_of(wall, house)
    type_into(page, "m.length.0", "2999")
    plate = page.locator('[name="r.plate_position.0.y"]')
    plate.focus()
    page.keyboard.press("+")
    expect(page.locator('[name="r.plate_position.1.nominal_x"]')).to_be_focused()
    page.keyboard.type("77")
    page.locator('[name="defect_crack"][value="severe"]').check(force=True)
    page.wait_for_timeout(400)
    page.reload()
    assert page.locator('[name="m.length.0"]').input_value() == ""
    page.get_by_role("button", name="恢复").click()
    expect(page.locator('[name="m.length.0"]')).to_have_value("2999")
    expect(page.locator('[name="r.plate_position.1.nominal_x"]')).to_have_value("77")
    expect(page.locator('[name="defect_crack"][value="severe"]')).to_be_checked()
    watch.check()


def test_a_severe_defect_is_shown_where_it_is(wall: Stage, house: House) -> None:
    page, watch = form_of(wall, house)
    page.locator('[name="defect_crack"][value="severe"]').check(force=True)
    defect = page.locator(".defect").filter(has=page.locator('[name="defect_crack"]'))
    defect.locator("input[type=file]").set_input_files(PHOTO)
    expect(defect.locator("[data-photo-previews] img")).to_have_count(1)
    tap(defect.locator("[data-face=top]"), wall, 300, 200)
    defect.scroll_into_view_if_needed()
    PICTURES.take(page, "final-defect")
    page.locator("[data-submit]").click()
    page.wait_for_url("**/inspections/*")
    with wall.database.reading() as session:
        row = session.query(Nonconformity).one()
        assert (row.kind, row.severity, len(row.photos)) == ("crack", "severe", 1)
        assert row.place is not None
        assert row.place["face"] == "top"
        assert row.place["x_mm"] == pytest.approx(300, abs=20)
        assert row.place["y_mm"] == pytest.approx(200, abs=20)
    watch.check()


def tap(drawing: object, stage: Stage, x_mm: float, y_mm: float) -> None:
    """Tap a face of the element at a place, counted from its lower left corner."""
    kind = kind_of(stage)
    pad = max(kind.length_mm, kind.width_mm) * MARGIN
    drawing.scroll_into_view_if_needed()  # type: ignore[attr-defined]
    box = drawing.bounding_box()  # type: ignore[attr-defined]
    scale = min(box["width"] / (kind.length_mm + 2 * pad), box["height"] / (kind.width_mm + 2 * pad))
    left = (box["width"] - (kind.length_mm + 2 * pad) * scale) / 2
    top = (box["height"] - (kind.width_mm + 2 * pad) * scale) / 2
    at = {"x": left + (pad + x_mm) * scale, "y": top + (pad + kind.width_mm - y_mm) * scale}
    drawing.click(position=at)  # type: ignore[attr-defined]


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_a_defect_is_reported_from_a_phone_in_six_taps(
    slab: Stage, open_house: Callable[[str], House], locale: str
) -> None:
    page, watch, taps = open_house("operator").open("/shopfloor", PHONE, locale), Watch(), 0
    watch.follow(page)
    begun = time.monotonic()
    for selector in ("[data-dialog-open=more-navigation]", "dialog a[href='/inspection/report']"):
        if selector.startswith("[") and page.locator(".tab-bar a[href='/inspection/report']").count():
            page.locator(".tab-bar a[href='/inspection/report']").click()
            taps += 1
            break
        page.locator(selector).click()
        taps += 1
    page.locator("main [data-scan-open]").click()
    taps += 1
    page.wait_for_url("**/elements/*/report")
    page.locator("input[name=photo_]").set_input_files(PHOTO)
    taps += 1
    page.locator(".kind-tile").filter(has=page.locator("[value=honeycomb]")).click()
    taps += 1
    tap(page.locator("[data-face=top]"), slab, 1000, 500)
    taps += 1
    PICTURES.take(page, f"report-{locale}")
    expect(page.locator("[data-photo-previews] img")).to_have_count(1)
    page.locator(".form-actions button").click()
    taps += 1
    page.wait_for_url("**/nonconformities/*")
    seconds = time.monotonic() - begun
    assert taps <= MOST_TAPS
    assert seconds < SECONDS_FOR_A_REPORT
    with slab.database.reading() as session:
        row = session.query(Nonconformity).one()
        assert (row.element_id, row.kind, len(row.photos)) == (slab.element_ids[1], "honeycomb", 1)
        assert row.place is not None
        assert (row.place["x_mm"], row.place["y_mm"]) == (pytest.approx(1000, abs=20), pytest.approx(500, abs=20))
    PICTURES.take(page, f"nonconformity-{locale}")
    watch.check()


def test_lists_and_pages_fit_every_screen(wall: Stage, open_house: Callable[[str], House]) -> None:
    with wall.database.reading() as session:
        assert session.query(Nonconformity).count() == 0
    client = open_house("quality_manager")
    page = client.open(f"/inspection/elements/{wall.element_ids[0]}/report", PHONE, "zh_CN")
    page.locator(".kind-tile").nth(5).click()
    page.locator(".form-actions button").click()
    page.wait_for_url("**/nonconformities/*")
    address = page.url.removeprefix(client.url)
    for viewport, name in ((PHONE, "phone"), (TABLET, "tablet"), (DESKTOP, "desktop")):
        for path, what in (("/inspection/nonconformities", "list"), (address, "page")):
            watch, shown = Watch(), client.open(path, viewport, "zh_CN")
            watch.follow(shown)
            shown.reload()
            assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, what)
            PICTURES.take(shown, f"nonconformity-{what}-{name}")
            watch.check()
