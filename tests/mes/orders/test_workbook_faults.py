"""Broken workbooks, each built here, and what is said about them: sheet, cell, column and reason."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from mes.orders.workbook import Fault, OrderLimits, OrderWorkbook, Severity, read_order_workbook

PRODUCER_CODE = "91420100744722343T"
TODAY = date(2026, 11, 21)
ELEMENT_HEADER = ("楼栋", "楼层", "位置", "型号", "数量", "需求日期", "吊装顺序", "备注")
TYPE_HEADER = ("型号", "构件类别", "长度", "宽度", "厚度", "混凝土体积", "重量", "混凝土强度等级", "图号")

Change = Callable[[Workbook], None]


def sound_book() -> Workbook:
    """A workbook without any fault; each test breaks one thing in it."""
    book = Workbook()
    project = book.active
    assert isinstance(project, Worksheet)
    project.title = "项目信息"
    for row in (
        ("项目编号", "P-1"),
        ("项目名称", "光谷一期"),
        ("责任主体", "单位名称", "统一社会信用代码", "联系人"),
        ("生产单位", "某预制构件有限公司", PRODUCER_CODE, "王工"),
    ):
        project.append(row)
    floors = book.create_sheet("楼栋楼层")
    for row in (("楼栋", "楼栋名称", "楼层", "层序"), ("1#", "1号楼", "2F", 2), ("1#", "1号楼", "3F", 3)):
        floors.append(row)
    elements = book.create_sheet("构件清单")
    elements.append(ELEMENT_HEADER)
    elements.append(("1#", "2F", "1-2/A-B", "DBS1-67-3620-31", 1, date(2026, 12, 5), 1, None))
    elements.append(("1#", "3F", "1/A-B", "YWQ-01", 2, "2026年12月6日", 2, "西侧"))
    types = book.create_sheet("自定义型号")
    types.append(TYPE_HEADER)
    types.append(("YWQ-01", "外墙板", 2980, 2780, 260, 1.85, 4625, "C30", "PC-12"))
    return book


def content(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def read(book: Workbook) -> OrderWorkbook:
    return read_order_workbook(content(book), today=TODAY)


def setting(sheet: str, cell: str, value: object) -> Change:
    def change(book: Workbook) -> None:
        book[sheet][cell] = value

    return change


def test_the_book_all_others_are_made_of_is_sound() -> None:
    order = read(sound_book())
    assert order.faults == ()
    assert order.is_sound
    assert order.element_count == 3


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "column", "says"),
    [
        ("构件清单", "E2", "两块", "数量", "whole number"),
        ("构件清单", "E2", "3块", "数量", "whole number"),
        ("构件清单", "E2", 1.5, "数量", "whole number"),
        ("构件清单", "E2", -1, "数量", "from 1 to 1,000"),
        ("构件清单", "E2", 0, "数量", "from 1 to 1,000"),
        ("构件清单", "E2", None, "数量", "must not be blank"),
        ("构件清单", "E2", True, "数量", "whole number"),
        ("构件清单", "D2", "XYZ-9", "型号", "neither an atlas code nor one of the own types"),
        ("构件清单", "D2", "DBS1-67-3621-31", "型号", "Width 2100 is not in the series"),
        ("构件清单", "A2", "9#", "楼栋", "building 9# is not on the sheet"),
        ("构件清单", "B2", "18F", "楼层", "building 1# has no floor 18F"),
        ("构件清单", "F2", "2026-02-30", "需求日期", "no such day"),
        ("构件清单", "F2", "05/12/2026", "需求日期", "a date such as 2026-12-05"),
        ("构件清单", "F2", 46361, "需求日期", "format the cell as a date"),
        ("构件清单", "C2", date(2026, 1, 2), "位置", "turned this into a date"),
        ("构件清单", "H2", "长" * 201, "备注", "longer than 200"),
        ("楼栋楼层", "D3", "二", "层序", "whole number"),
        ("楼栋楼层", "D3", 2, "层序", "Floor 2F of this building already has this level"),
        ("楼栋楼层", "C3", "2F", "楼层", "already listed"),
        ("楼栋楼层", "B3", "一号楼", "楼栋名称", "is named 1号楼 above"),
        ("自定义型号", "E2", None, "厚度", "must not be blank"),
        ("自定义型号", "B2", "雨棚", "构件类别", "family is not known"),
        ("自定义型号", "C2", 2.98, "长度", "whole number"),
        ("自定义型号", "C2", "2,980", "长度", "whole number"),
        ("自定义型号", "G2", 4.6, "重量", "is not concrete"),
        ("自定义型号", "F2", "1.85方", "混凝土体积", "without unit"),
        ("自定义型号", "H2", "30", "混凝土强度等级", "such as C30"),
        ("项目信息", "C4", "914201007447223430", "统一社会信用代码", "check character"),
        ("项目信息", "C4", "91420100744722343", "统一社会信用代码", "has 18 characters, this has 17"),
        ("项目信息", "C4", 914201007447223438, "统一社会信用代码", "typed as text"),
        ("项目信息", "C4", None, "统一社会信用代码", "must not be blank"),
        ("项目信息", "B1", None, "项目编号", "must not be blank"),
    ],
)
def test_one_wrong_cell_is_named_with_its_reason(sheet: str, cell: str, value: object, column: str, says: str) -> None:
    book = sound_book()
    book[sheet][cell].number_format = "General"
    book[sheet][cell] = value
    errors = read(book).errors
    fault = next(fault for fault in errors if fault.cell == cell)
    assert (fault.sheet, fault.column) == (sheet, column)
    assert says in str(fault.reason)


def only_error(order: OrderWorkbook) -> Fault:
    assert len(order.errors) == 1, [str(fault.reason) for fault in order.errors]
    return order.errors[0]


def test_a_missing_sheet() -> None:
    book = sound_book()
    del book["楼栋楼层"]
    order = read(book)
    assert any(f.sheet == "楼栋楼层" and "is missing" in str(f.reason) for f in order.errors)
    assert not order.is_sound


def test_a_missing_column() -> None:
    book = sound_book()
    book["构件清单"].delete_cols(5)
    fault = only_error(read(book))
    assert (fault.sheet, fault.cell, fault.column) == ("构件清单", "1", "数量")
    assert str(fault.reason) == "The column 数量 (Count) is missing"


def test_two_columns_of_the_same_meaning() -> None:
    book = sound_book()
    book["构件清单"]["H1"] = "件数"
    fault = only_error(read(book))
    assert (fault.cell, fault.column) == ("H1", "件数")
    assert "the same as the column 数量" in str(fault.reason)


def test_no_header_at_all() -> None:
    book = sound_book()
    book["构件清单"].delete_rows(1)
    fault = only_error(read(book))
    assert "No header row" in str(fault.reason)


def test_merged_cells_in_the_data() -> None:
    book = sound_book()
    book["构件清单"].merge_cells("B2:B3")
    faults = read(book).errors
    merged = next(fault for fault in faults if "merged" in str(fault.reason))
    assert (merged.sheet, merged.cell, merged.column) == ("构件清单", "B2", "楼层")
    assert any(fault.cell == "B3" and "blank" in str(fault.reason) for fault in faults)


def test_a_merged_title_above_the_header_does_no_harm() -> None:
    book = sound_book()
    book["构件清单"].insert_rows(1)
    book["构件清单"]["A1"] = "构件需求清单"
    book["构件清单"].merge_cells("A1:H1")
    assert read(book).is_sound


def test_a_position_given_twice() -> None:
    book = sound_book()
    book["构件清单"].append(("1#", "2F", "1-2/A-B", "DBS2-67-3620-31", 1, date(2026, 12, 5)))
    fault = only_error(read(book))
    assert (fault.cell, fault.column, fault.value) == ("C4", "位置", "1-2/A-B")
    assert "already in row 2" in str(fault.reason)


def test_a_position_that_a_count_already_makes() -> None:
    book = sound_book()
    book["构件清单"].append(("1#", "3F", "1/A-B#2", "YWQ-01", 1, date(2026, 12, 5)))
    assert only_error(read(book)).cell == "C4"


def test_an_own_type_given_twice() -> None:
    book = sound_book()
    book["自定义型号"].append(("ywq-01", "外墙板", 2980, 2780, 260, 1.85, 4625, "C30", ""))
    fault = only_error(read(book))
    assert (fault.sheet, fault.cell) == ("自定义型号", "A3")
    assert "already in row 2" in str(fault.reason)


def test_a_faulty_own_type_gives_no_second_fault_where_it_is_used() -> None:
    book = sound_book()
    book["自定义型号"]["E2"] = None
    assert only_error(read(book)).cell == "E2"


def test_a_producer_that_is_missing() -> None:
    book = sound_book()
    book["项目信息"].delete_rows(4)
    fault = only_error(read(book))
    assert (fault.sheet, fault.column) == ("项目信息", "生产单位")


def test_an_error_of_excel_in_a_cell() -> None:
    book = sound_book()
    book["构件清单"]["E2"] = "#REF!"
    fault = only_error(read(book))
    assert (fault.cell, fault.value) == ("E2", "#REF!")
    assert str(fault.reason) == "the cell shows the error #REF!"


def test_a_formula_that_was_never_calculated() -> None:
    book = sound_book()
    book["构件清单"]["E2"] = "=1+1"
    fault = only_error(read(book))
    assert fault.cell == "E2"
    assert "no calculated value" in str(fault.reason)


def test_a_calculated_formula_counts_by_its_value() -> None:
    book = sound_book()
    book["构件清单"]["E2"] = "=1+2"
    data = content(book)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        name = next(name for name in archive.namelist() if b"1+2" in archive.read(name))
        sheet = archive.read(name)
    calculated = re.sub(rb"<f>1\+2</f><v ?(/>|></v>)", b"<f>1+2</f><v>3</v>", sheet)
    assert calculated != sheet
    assert read_order_workbook(repacked(data, {name: calculated})).lines[0].count == 3


def test_an_empty_list_of_elements() -> None:
    book = sound_book()
    book["构件清单"].delete_rows(2, 2)
    assert "holds no element" in str(only_error(read(book)).reason)


def test_every_fault_is_reported_not_only_the_first() -> None:
    book = sound_book()
    for change in (
        setting("构件清单", "E2", -1),
        setting("构件清单", "D3", "XYZ"),
        setting("项目信息", "C4", "914201007447223430"),
        setting("自定义型号", "B2", "雨棚"),
        setting("楼栋楼层", "D2", "二"),
    ):
        change(book)
    places = {(fault.sheet, fault.cell) for fault in read(book).errors}
    assert places == {
        ("构件清单", "E2"),
        ("构件清单", "D3"),
        ("项目信息", "C4"),
        ("自定义型号", "B2"),
        ("楼栋楼层", "D2"),
    }


def test_ten_thousand_rows_are_refused_with_one_clear_fault() -> None:
    book = sound_book()
    for number in range(10_000):
        book["构件清单"].append(("1#", "2F", f"P{number}", "DBS1-67-3620-31", 1, "2026-12-05"))
    fault = only_error(read(book))
    assert fault.sheet == "构件清单"
    assert "10003 rows; at most 5000" in str(fault.reason)


def test_the_limit_of_rows_is_a_setting() -> None:
    order = read_order_workbook(content(sound_book()), limits=OrderLimits(max_elements=2))
    assert "asks for 3 elements; at most 2" in str(only_error(order).reason)


def test_a_lonely_cell_in_the_last_row_does_not_make_a_million_rows() -> None:
    book = sound_book()
    book["构件清单"]["A1048576"] = "x"
    assert "1048576 rows" in str(only_error(read(book)).reason)


def repacked(data: bytes, changed: dict[str, bytes]) -> bytes:
    """The same workbook with some of its parts exchanged or added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changed.pop(name, old.read(name)))
        for name, part in changed.items():
            new.writestr(name, part)
    return buffer.getvalue()


def ole_file(stream_name: str) -> bytes:
    """The head of a compound file with a directory entry of that name."""
    header = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16) + struct.pack("<HHH", 0x3E, 3, 0xFFFE)
    return header.ljust(512, b"\0") + stream_name.encode("utf-16-le").ljust(128, b"\0")


def nested_bomb() -> bytes:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(30_000_000))
    return repacked(content(sound_book()), {"xl/embeddings/a.zip": inner.getvalue()})


def doubly_nested() -> bytes:
    data = b"x"
    for name in ("c", "b", "a"):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(name, data)
        data = buffer.getvalue()
    return repacked(content(sound_book()), {"xl/embeddings/a.zip": data})


def word_document() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w/>")
    return buffer.getvalue()


def with_entities() -> bytes:
    sheet = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
    return repacked(content(sound_book()), {"xl/worksheets/sheet1.xml": sheet})


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param("楼栋,楼层\n1#,2F\n".encode(), "not a workbook", id="csv"),
        pytest.param(ole_file("EncryptedPackage"), "protected with a password", id="password"),
        pytest.param(ole_file("Workbook"), "old .xls workbook", id="xls-renamed"),
        pytest.param(ole_file("?"), "old .xls workbook or one protected", id="other-compound-file"),
        pytest.param(content(sound_book())[:2000], "damaged", id="cut-off"),
        pytest.param(word_document(), "not a workbook", id="word"),
        pytest.param(repacked(content(sound_book()), {"xl/media/a.png": bytes(30_000_000)}),
                     "far more than a workbook needs (xl/media/a.png)", id="zip-bomb"),
        pytest.param(nested_bomb(), "far more than a workbook needs (zeros)", id="nested-zip-bomb"),
        pytest.param(doubly_nested(), "nested", id="archives-in-archives"),
        pytest.param(with_entities(), "damaged", id="xml-entities"),
        pytest.param(repacked(content(sound_book()), {"xl/workbook.xml": b"<workbook"}), "damaged", id="bad-xml"),
        pytest.param(repacked(content(sound_book()), {"xl/styles.xml": b"<styleSheet>"}), "damaged", id="bad-styles"),
    ],
)  # fmt: skip
def test_files_that_are_not_opened(data: bytes, says: str) -> None:
    order = read_order_workbook(data)
    fault = only_error(order)
    assert (fault.sheet, fault.cell) == ("", "")
    assert says in str(fault.reason)
    assert order.project is None


def test_many_small_parts_and_large_files_are_refused() -> None:
    data = repacked(content(sound_book()), {f"xl/media/{number}": b"x" for number in range(30)})
    limits = OrderLimits(max_entries=20)
    assert "more than 20 parts" in str(only_error(read_order_workbook(data, limits=limits)).reason)
    limits = OrderLimits(max_file_bytes=1000)
    assert "at most 1000" in str(only_error(read_order_workbook(data, limits=limits)).reason)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "cannot be read" in str(only_error(read_order_workbook(tmp_path / "order.xlsx")).reason)


def test_macros_and_links_are_ignored_with_a_notice() -> None:
    parts = {"xl/vbaProject.bin": b"macro", "xl/externalLinks/externalLink1.xml": b"<externalLink/>"}
    order = read_order_workbook(repacked(content(sound_book()), parts))
    assert order.is_sound
    assert [fault.severity for fault in order.faults] == [Severity.NOTICE, Severity.NOTICE]


def test_a_broken_list_of_defined_names_does_no_harm() -> None:
    data = content(sound_book())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        workbook = archive.read("xl/workbook.xml")
    names = b'<definedNames><definedName name="_xlnm.Print_Area" localSheetId="9">x</definedName></definedNames>'
    broken = workbook.replace(b"<definedNames />", b"").replace(b"</sheets>", b"</sheets>" + names)
    assert names in broken
    assert read_order_workbook(repacked(data, {"xl/workbook.xml": broken})).is_sound


def test_a_day_in_the_past_is_a_warning_only() -> None:
    book = sound_book()
    book["构件清单"]["F2"] = date(2026, 11, 20)
    order = read(book)
    assert order.is_sound
    warning = order.warnings[0]
    assert (warning.cell, warning.column, warning.value) == ("F2", "需求日期", "2026-11-20")
    assert warning.severity is Severity.WARNING


def test_unknown_columns_and_sheets_are_ignored_with_a_notice() -> None:
    book = sound_book()
    book["构件清单"]["I1"] = "颜色"
    book.create_sheet("草稿")
    order = read(book)
    assert order.is_sound
    assert [(f.sheet, f.cell, f.severity) for f in order.faults] == [
        ("草稿", "", Severity.NOTICE),
        ("构件清单", "I1", Severity.NOTICE),
    ]
