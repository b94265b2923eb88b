"""Write an order as the workbook a planner would have filled in."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from mes.orders.workbook.columns import (
    ELEMENTS,
    FAMILIES,
    FLOORS,
    OWN_TYPES,
    PARTY_COLUMNS,
    PARTY_ROLES,
    PROJECT,
    PROJECT_FIELDS,
    UNITS,
    Column,
    Sheet,
)
from mes.orders.workbook.model import OrderWorkbook

TITLE_FONT = Font(name="Microsoft YaHei", size=16, bold=True, color="1F3A5F")
HEADER_FONT = Font(name="Microsoft YaHei", size=10, bold=True, color="FFFFFF")
BODY_FONT = Font(name="Microsoft YaHei", size=10)
REQUIRED_FILL = PatternFill("solid", fgColor="1F5F8B")
OPTIONAL_FILL = PatternFill("solid", fgColor="7A8B99")
LABEL_FILL = PatternFill("solid", fgColor="E6EEF4")
_LINE = Side(style="thin", color="C5D0D9")
BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)

DATE_FORMAT = "yyyy-mm-dd"
_FORMATS = {"required_on": DATE_FORMAT, "volume_m3": "0.000", "weight_kg": "0.0"}
_NUMBERS = {
    "level_order",
    "count",
    "erection_sequence",
    "length_mm",
    "width_mm",
    "thickness_mm",
    "volume_m3",
    "weight_kg",
    "height_mm",
    "casts",
    "casts_between_maintenance",
    "number",
}
_WIDTHS = {"type_code": 24, "position": 18, "mark": 16, "remark": 32, "drawing_number": 20, "family": 16}


@dataclass(frozen=True)
class Words:
    """The titles of one language."""

    chinese: bool

    @classmethod
    def of(cls, locale: str) -> Words:
        """Chinese for every locale but English ones."""
        return cls(chinese=not locale.lower().startswith("en"))

    def title(self, thing: Column | Sheet) -> str:
        """A column's or sheet's title."""
        return thing.zh if self.chinese else thing.en

    def header(self, key: str, column: Column) -> str:
        """A column's title with its unit, and a star where it must be filled in."""
        unit = f"({UNITS[key]})" if key in UNITS else ""
        return f"{self.title(column)}{unit}{'*' if column.required else ''}"


def write_order_workbook(order: OrderWorkbook, locale: str = "zh_CN") -> bytes:
    """The order as .xlsx; read back, it has the same normal form. `locale` chooses the titles' language."""
    return saved(build_order_workbook(order, locale))


def build_order_workbook(order: OrderWorkbook, locale: str) -> Workbook:
    """The order as a workbook still open for additions."""
    words = Words.of(locale)
    book = Workbook()
    project = book.active
    assert isinstance(project, Worksheet)  # noqa: S101 - a new workbook has one worksheet
    project.title = words.title(PROJECT)
    _write_project(project, order, words)
    for sheet, rows in (
        (FLOORS, _floor_rows(order)),
        (ELEMENTS, _line_rows(order)),
        (OWN_TYPES, _type_rows(order, words)),
    ):
        write_table(book.create_sheet(words.title(sheet)), sheet, rows, words)
    return book


def saved(book: Workbook) -> bytes:
    """The workbook's file content."""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def put(sheet: Worksheet, row: int, column: int, value: str | float | date | None) -> Cell:
    """Write one cell; text stays text, even where it begins like a formula."""
    cell = sheet.cell(row=row, column=column, value=value)
    assert isinstance(cell, Cell)  # noqa: S101 - these sheets have no merged cells
    if isinstance(value, str):
        cell.data_type = "s"
    cell.font = BODY_FONT
    return cell


def _write_project(sheet: Worksheet, order: OrderWorkbook, words: Words) -> None:
    put(sheet, 1, 1, words.title(PROJECT)).font = TITLE_FONT
    sheet.row_dimensions[1].height = 30
    values = asdict(order.project) if order.project else {}
    row = 3
    for key, column in PROJECT_FIELDS.items():
        _label(put(sheet, row, 1, words.header(key, column)))
        _input(put(sheet, row, 2, values.get(key)))
        row += 1
    row += 1
    for index, (key, column) in enumerate(PARTY_COLUMNS.items(), start=1):
        _header(put(sheet, row, index, words.title(column)), required=key in ("role", "name", "credit_code"))
    parties = {party.role: party for party in order.parties}
    for role, column in PARTY_ROLES.items():
        row += 1
        party = parties.get(role)
        _label(put(sheet, row, 1, words.title(column) + ("*" if column.required else "")))
        facts = (party.name, party.credit_code, party.contact) if party else (None, None, None)
        for index, fact in enumerate(facts, start=2):
            _input(put(sheet, row, index, fact))
    for letter, width in zip("ABCD", (22, 44, 26, 32), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.sheet_view.showGridLines = False


def _floor_rows(order: OrderWorkbook) -> Iterable[Mapping[str, object]]:
    names = {building.code: building.name for building in order.buildings}
    for floor in order.floors:
        yield {
            "building_code": floor.building_code,
            "building_name": names.get(floor.building_code),
            "floor_name": floor.name,
            "level_order": floor.level_order,
        }


def _line_rows(order: OrderWorkbook) -> Iterable[Mapping[str, object]]:
    return (asdict(line) for line in order.lines)


def _type_rows(order: OrderWorkbook, words: Words) -> Iterable[Mapping[str, object]]:
    for entry in order.own_types:
        yield asdict(entry) | {"family": words.title(FAMILIES[entry.family])}


def write_table(sheet: Worksheet, table: Sheet, rows: Iterable[Mapping[str, object]], words: Words) -> None:
    """A sheet's header and rows, the columns with their units and formats."""
    keys = list(table.columns)
    for index, (key, column) in enumerate(table.columns.items(), start=1):
        _header(put(sheet, 1, index, words.header(key, column)), required=column.required)
        dimension = sheet.column_dimensions[get_column_letter(index)]
        dimension.width = _WIDTHS.get(key, 15)
        dimension.number_format = format_of(key)
    sheet.row_dimensions[1].height = 26
    sheet.freeze_panes = "A2"
    last = 1
    for last, facts in enumerate(rows, start=2):
        for index, key in enumerate(keys, start=1):
            value = facts.get(key)
            if value is not None and not isinstance(value, (str, int, float, date)):
                raise TypeError(f"{key} cannot be written: {value!r}")
            _input(put(sheet, last, index, value)).number_format = format_of(key)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(keys))}{max(last, 2)}"


def format_of(key: str) -> str:
    """A column's number format; text columns are text, so that Excel makes no date of the position 3-4."""
    return _FORMATS.get(key, "General" if key in _NUMBERS else "@")


def draw_blank_rows(sheet: Worksheet, table: Sheet, count: int) -> None:
    """Boxes for `count` rows below the filled ones, ready for typing in."""
    first = sheet.max_row + 1
    for row in range(first, first + count):
        for index, key in enumerate(table.columns, start=1):
            _input(put(sheet, row, index, None)).number_format = format_of(key)


def _header(cell: Cell, *, required: bool) -> None:
    cell.font = HEADER_FONT
    cell.fill = REQUIRED_FILL if required else OPTIONAL_FILL
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    cell.border = BOX


def _label(cell: Cell) -> None:
    cell.font = Font(name="Microsoft YaHei", size=10, bold=True)
    cell.fill = LABEL_FILL
    cell.border = BOX


def _input(cell: Cell) -> Cell:
    cell.border = BOX
    cell.number_format = "@"
    cell.alignment = Alignment(vertical="center")
    return cell
