"""Sound workbooks: every way a plant may write them, and the way back."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from labels.keys.credit_code import ALPHABET, check_character, is_credit_code
from mes.library.atlas import Family
from mes.orders.order_template import example_order, write_order_template, write_order_workbook
from mes.orders.workbook import (
    BuildingEntry,
    FloorEntry,
    OrderLine,
    OrderWorkbook,
    PartyEntry,
    PartyRole,
    ProjectEntry,
    content_sha256,
    normal_form,
    read_order_workbook,
)
from mes.orders.workbook.write import Words

SLAB = "DBS1-67-3620-31"
NEEDED = date(2026, 12, 5)


def order_of(*lines: OrderLine) -> OrderWorkbook:
    return OrderWorkbook(
        project=ProjectEntry("P-1", "光谷一期（北区）", "武汉市", "许-1", "合-1"),
        parties=(PartyEntry(PartyRole.PRODUCER, "某构件厂", "91420100744722343T", "王工，138"),),
        buildings=(BuildingEntry("1#", "1号楼"), BuildingEntry("2#", "2#")),
        floors=(FloorEntry("1#", "B1", -1), FloorEntry("1#", "2F", 2), FloorEntry("2#", "2F", 2)),
        lines=lines or (OrderLine("1#", "2F", "1-2/A-B", SLAB, NEEDED),),
    )


def test_an_order_comes_back_from_its_workbook_unchanged() -> None:
    order = example_order(NEEDED, Words(chinese=True))
    found = read_order_workbook(write_order_workbook(order))
    assert found.faults == ()
    assert [replace(line, row=0) for line in found.lines] == list(order.lines)
    assert (found.project, found.parties, found.own_types) == (order.project, order.parties, order.own_types)
    assert (found.buildings, found.floors) == (order.buildings, order.floors)
    assert content_sha256(found) == content_sha256(order)


def test_chinese_and_english_titles_are_the_same_order() -> None:
    chinese, english = (write_order_workbook(order_of(), locale) for locale in ("zh_CN", "en"))
    assert load_workbook(io.BytesIO(english)).sheetnames[0] == "Project"
    assert content_sha256(read_order_workbook(chinese)) == content_sha256(read_order_workbook(english))


def test_the_types_of_the_atlas_come_along() -> None:
    lines = [
        OrderLine("1#", "2F", place, code, NEEDED) for place, code in (("a", SLAB), ("b", SLAB), ("c", "ST-28-25"))
    ]
    found = read_order_workbook(write_order_workbook(order_of(*lines)))
    assert [(entry.type_code, entry.family) for entry in found.atlas_types] == [
        (SLAB, Family.COMPOSITE_SLAB),
        ("ST-28-25", Family.STAIR),
    ]


def test_a_code_the_library_knows_needs_no_own_type() -> None:
    data = write_order_workbook(order_of(OrderLine("1#", "2F", "a", "YZL-7", NEEDED)))
    assert not read_order_workbook(data).is_sound
    found = read_order_workbook(data, known_type_codes={"yzl-7"})
    assert found.is_sound
    assert found.lines[0].type_code == "yzl-7"


def test_a_count_makes_as_many_elements_each_with_its_own_position() -> None:
    order = order_of(
        OrderLine("1#", "2F", "LT1", "ST-28-25", NEEDED, 2),
        OrderLine("1#", "2F", None, SLAB, NEEDED, 2, 7),
        OrderLine("1#", "2F", None, SLAB, NEEDED),
        OrderLine("2#", "2F", None, SLAB, NEEDED),
    )
    assert [(e.building_code, e.position, e.erection_sequence) for e in order.elements()] == [
        ("1#", "LT1#1", 1),
        ("1#", "LT1#2", 1),
        ("1#", f"{SLAB}#1", 7),
        ("1#", f"{SLAB}#2", 7),
        ("1#", f"{SLAB}#3", 3),
        ("2#", f"{SLAB}#1", 4),
    ]
    assert order.element_count == 6


def hand_made() -> Workbook:
    """As a planner types it: other titles, another order, a title line, numbers as text, full-width digits."""
    book = Workbook()
    elements = book.active
    assert isinstance(elements, Worksheet)
    elements.title = "构件清单"
    elements.append(["光谷一期构件需求清单"])
    elements.append(["型号*", "件数", "要货日期", "栋号", "楼层名称", "构件编号/位置(轴线)", "Remark"])
    delivery = datetime(2026, 12, 5, 8)  # noqa: DTZ001 - Excel knows no zones
    elements.append(["DBS1—67—3620—31 ", "１", delivery, 1, "２F", " 1-2/A-B ", "靠窗，注意"])
    elements.append([])
    elements.append(["DBD67-3620-2", 2.0, "2026年12月5日", "1", "2F", None, None])
    elements.append(["ywq-01", "1.0", "2026/12/5", "1", "2F", "3/C", None])
    floors = book.create_sheet("Buildings and floors")
    for row in (["Level order", "Floor", "Building"], [2, "2F", 1]):
        floors.append(row)
    project = book.create_sheet("工程信息")
    for row in (
        ["工程名称：", "光谷一期", "工程编号", "P-1"],
        ["生产单位", "某构件厂", " 91420100744722343t "],
    ):
        project.append(row)
    types = book.create_sheet("自定义型号")
    types.append(["构件类别", "型号", "长(mm)", "宽(mm)", "厚(mm)", "方量(m³)", "重量(kg)", "强度等级"])
    types.append(["三明治外墙", "YWQ-01", "2980", 2780.0, 260, "1.85", 4625, "c30"])
    return book


def test_a_workbook_as_planners_type_it() -> None:
    buffer = io.BytesIO()
    hand_made().save(buffer)
    found = read_order_workbook(buffer.getvalue())
    assert found.faults == ()
    assert found.project == ProjectEntry("P-1", "光谷一期")
    assert found.parties == (PartyEntry(PartyRole.PRODUCER, "某构件厂", "91420100744722343T"),)
    assert [
        (line.row, line.building_code, line.floor_name, line.position, line.type_code, line.count)
        for line in found.lines
    ] == [
        (3, "1", "2F", "1-2/A-B", SLAB, 1),
        (5, "1", "2F", None, "DBD67-3620-2", 2),
        (6, "1", "2F", "3/C", "YWQ-01", 1),
    ]
    assert {line.required_on for line in found.lines} == {NEEDED}
    assert found.lines[0].remark == "靠窗，注意"
    assert (found.own_types[0].family, found.own_types[0].concrete_grade) == (Family.EXTERIOR_WALL, "C30")


def test_text_that_looks_like_a_formula_stays_text() -> None:
    line = OrderLine("1#", "2F", "1-2", SLAB, NEEDED, remark="=1+1")
    found = read_order_workbook(write_order_workbook(order_of(line)))
    assert found.lines[0].remark == "=1+1"


def test_the_same_order_is_recognised_whatever_the_order_of_its_rows() -> None:
    first = OrderLine("1#", "2F", "a", SLAB, NEEDED, 1, 1)
    second = OrderLine("1#", "2F", "b", SLAB, NEEDED, 1, 2)
    assert normal_form(order_of(first, second)) == normal_form(order_of(second, first))
    assert content_sha256(order_of(first, second)) == content_sha256(order_of(second, first))


@pytest.mark.parametrize(
    "change",
    [{"type_code": "ST-28-25"}, {"count": 2}, {"required_on": date(2026, 12, 6)}, {"position": "z"}, {"mark": "M1"}],
)
def test_any_change_makes_another_order(change: dict[str, object]) -> None:
    line = OrderLine("1#", "2F", "a", SLAB, NEEDED)
    assert content_sha256(order_of(line)) != content_sha256(order_of(replace(line, **change)))  # type: ignore[arg-type]


plain_text = st.text(st.sampled_from("ABC甲乙丙123-/# ，（）=+@"), min_size=1, max_size=20).map(str.strip).filter(bool)


@settings(max_examples=20, deadline=None)
@given(
    remarks=st.lists(plain_text, min_size=1, max_size=4),
    counts=st.integers(1, 50),
    day=st.dates(date(2020, 1, 1), date(2099, 12, 31)),
)
def test_whatever_is_written_reads_back(remarks: list[str], counts: int, day: date) -> None:
    lines = [
        OrderLine("1#", "2F", f"P{number}", SLAB, day, counts, number + 1, remark=remark)
        for number, remark in enumerate(remarks)
    ]
    found = read_order_workbook(write_order_workbook(order_of(*lines)))
    assert found.faults == ()
    assert [replace(line, row=0) for line in found.lines] == lines


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_template_reads_back_with_its_examples(locale: str) -> None:
    found = read_order_workbook(write_order_template(locale, today=NEEDED), today=NEEDED)
    assert found.faults == ()
    assert found.element_count == 9


def test_the_template_helps_the_planner() -> None:
    book = load_workbook(io.BytesIO(write_order_template("zh_CN")))
    assert book.sheetnames == ["填写说明", "项目信息", "楼栋楼层", "构件清单", "自定义型号"]
    elements = book["构件清单"]
    assert elements.freeze_panes == "A2"
    rules = {str(rule.sqref).split(":")[0]: rule for rule in elements.data_validations.dataValidation}
    assert rules["A2"].type == "list"
    assert "楼栋楼层" in rules["A2"].formula1
    assert rules["G2"].type == "date"
    assert elements["G2"].number_format == "yyyy-mm-dd"
    assert elements["C2"].number_format == "@"
    families = book["自定义型号"].data_validations.dataValidation[1]
    assert "叠合板" in families.formula1


@pytest.mark.parametrize("code", ["91330100799655058B", "9144030071526726XG"])
def test_published_credit_codes_are_right(code: str) -> None:
    assert is_credit_code(code)


@given(st.text(st.sampled_from(ALPHABET), min_size=17, max_size=17), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_never_passes(first: str, place: int, other: str) -> None:
    code = first + check_character(first)
    wrong = code[:place] + other + code[place + 1 :]
    assert is_credit_code(code)
    assert is_credit_code(wrong) == (wrong == code)
