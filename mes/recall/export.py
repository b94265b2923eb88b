"""The elements of a recall as CSV and XLSX, made row by row."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from mes.core.text import N_, Text
from mes.orders.lifecycle import STATE_NAMES
from mes.recall.whereabouts import Row

Words = Callable[[Text | str], str]
LocalTime = Callable[[datetime], datetime]
COLUMNS = (
    N_("Serial"),
    N_("Type"),
    N_("Mark"),
    N_("Project"),
    N_("Building"),
    N_("Floor"),
    N_("Position"),
    N_("State"),
    N_("Since"),
    N_("Where it is now"),
    N_("Load"),
    N_("Identity"),
)
WIDTHS = (12, 22, 14, 28, 12, 10, 14, 14, 18, 44, 10, 56)
KEPT_IN_MEMORY = 4 * 1024 * 1024
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
BYTE_ORDER_MARK = "\ufeff"  # without it, Excel reads Chinese as Latin


def cells(row: Row, words: Words, local_time: LocalTime) -> list[str | int]:
    """One element as the columns say; a text that a spreadsheet would calculate is marked as text."""
    element = row.element
    told: list[str | int] = [
        element.serial,
        element.component_type.type_code,
        element.mark,
        f"{element.project.code} {element.project.name}",
        element.floor.building.name,
        element.floor.name,
        element.position,
        words(STATE_NAMES[element.state]),
        local_time(element.state_since).strftime("%Y-%m-%d %H:%M"),
        words(row.words),
        row.load_number or "",
        element.digital_link,
    ]
    return [_plain(value) for value in told]


def csv_lines(rows: Iterable[Row], words: Words, local_time: LocalTime) -> Iterator[str]:
    """CSV as it comes, RFC 4180, UTF-8 with a byte order mark."""
    yield BYTE_ORDER_MARK + _line([words(title) for title in COLUMNS])
    for row in rows:
        yield _line(cells(row, words, local_time))


def xlsx_file(
    rows: Iterable[Row], proof: Iterable[tuple[str, str | int]], words: Words, local_time: LocalTime
) -> IO[bytes]:
    """A workbook with the elements and, on a second sheet, what was asked and what could not be searched."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(words(N_("Elements")))
    for index, width in enumerate(WIDTHS):
        sheet.column_dimensions[chr(ord("A") + index)].width = width
    sheet.freeze_panes = "A2"
    bold = Font(bold=True)
    header = [WriteOnlyCell(sheet, value=words(title)) for title in COLUMNS]
    for cell in header:
        cell.font = bold
    sheet.append(header)
    for row in rows:
        sheet.append(cells(row, words, local_time))
    second = book.create_sheet(words(N_("What was searched")))
    second.column_dimensions["A"].width, second.column_dimensions["B"].width = 36, 100
    for title, value in proof:
        second.append([_plain(title), _plain(value)])
    target: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115 - closed when it is sent
    book.save(target)
    target.seek(0)
    return target


def _line(values: list[str | int] | list[str]) -> str:
    target = io.StringIO()
    csv.writer(target).writerow(values)
    return target.getvalue()


def _plain(value: str | int) -> str | int:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
