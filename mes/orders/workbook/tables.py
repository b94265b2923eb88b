"""Sheets as tables of cells, and rows that collect a fault for whatever they cannot give."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from openpyxl.utils import get_column_letter, range_boundaries

from mes.core.text import N_, Text
from mes.orders.workbook.cells import CellError, is_blank, prose_of, text_of
from mes.orders.workbook.columns import Column, Sheet, fold
from mes.orders.workbook.model import Fault, OrderLimits, Severity
from mes.orders.workbook.sheet_scan import SheetScan, scan_sheet

T = TypeVar("T")
_HEADER_WITHIN_ROWS = 15
_MAX_COLUMNS = 100
_SHOWN_CHARACTERS = 80


@dataclass
class FaultLog:
    """Collects the faults of a whole workbook."""

    faults: list[Fault] = field(default_factory=list)

    def add(
        self,
        reason: Text,
        *,
        sheet: str = "",
        cell: str = "",
        column: str = "",
        value: object = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Note one fault."""
        self.faults.append(Fault(sheet, cell, column, shown(value), reason, severity))


def shown(value: object) -> str:
    """A cell's value for a person's eyes: one line, not endless."""
    if value is None:
        return ""
    if isinstance(value, (date, datetime)):
        return value.isoformat()[:10]
    text = " ".join(str(value).split())
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


class StreamedSheet(Protocol):
    """What is used of openpyxl's streaming worksheet, whose own types do not tell."""

    title: str
    _worksheet_path: str

    def reset_dimensions(self) -> None:
        """Forget the size that the file claims."""

    def iter_rows(self, *, min_row: int, max_row: int, max_col: int) -> Iterator[tuple[Any, ...]]:
        """The rows' cells."""


@dataclass(frozen=True)
class SheetCell:
    """One cell: its value, and what spoils it (an error of Excel's, a formula without a value)."""

    value: object
    spoilt: Text | None = None


@dataclass(frozen=True)
class Grid:
    """A sheet's cells by row and column, both from 1."""

    title: str
    rows: Mapping[int, Mapping[int, SheetCell]]
    scan: SheetScan

    def cell(self, row: int, column: int) -> SheetCell:
        """The cell, or a blank one."""
        return self.rows.get(row, {}).get(column, SheetCell(None))


def read_grid(sheet: StreamedSheet, archive: zipfile.ZipFile, limits: OrderLimits, log: FaultLog) -> Grid | None:
    """All cells that hold something; None, with a fault, where the sheet is too long."""
    scan = scan_sheet(archive, sheet._worksheet_path)
    most_rows = limits.max_rows + _HEADER_WITHIN_ROWS
    if scan.filled_rows > most_rows or scan.last_row > 4 * most_rows:
        log.add(
            Text(
                N_("The sheet has %(rows)s rows; at most %(limit)s are read at once. Split the order"),
                {"rows": max(scan.filled_rows, scan.last_row), "limit": limits.max_rows},
            ),
            sheet=sheet.title,
        )
        return None
    if not scan.last_row:
        return Grid(sheet.title, {}, scan)
    sheet.reset_dimensions()
    rows: dict[int, dict[int, SheetCell]] = {}
    for number, row in enumerate(
        sheet.iter_rows(min_row=1, max_row=scan.last_row, max_col=min(scan.last_column, _MAX_COLUMNS)), start=1
    ):
        cells = {
            column: _sheet_cell(cell.value, cell.data_type, f"{get_column_letter(column)}{number}", scan)
            for column, cell in enumerate(row, start=1)
        }
        filled = {column: cell for column, cell in cells.items() if cell.spoilt or not is_blank(cell.value)}
        if filled:
            rows[number] = filled
    return Grid(sheet.title, rows, scan)


def _sheet_cell(value: object, data_type: object, reference: str, scan: SheetScan) -> SheetCell:
    if data_type == "e":
        return SheetCell(value, Text(N_("the cell shows the error %(error)s"), {"error": value}))
    if reference in scan.uncalculated:
        return SheetCell(value, Text(N_("the formula has no calculated value; open the file in Excel and save it")))
    return SheetCell(value)


@dataclass(frozen=True)
class FoundColumn:
    """Where a known column stands, and the title it has in the file."""

    index: int
    title: str


class TableRow:
    """One row; `read` gives a cell as what its column means, or None with a fault in the log."""

    def __init__(self, table: Table, number: int) -> None:
        self.table = table
        self.number = number

    def value(self, key: str) -> object:
        """What the cell holds, unread."""
        found = self.table.columns.get(key)
        return self.table.grid.cell(self.number, found.index).value if found else None

    def read(self, key: str, parse: Callable[[object], T], *, required: bool = True) -> T | None:
        """The cell read by `parse`; None where it is blank or wrong, which is a fault where it is needed."""
        found = self.table.columns.get(key)
        if found is None:
            return None
        cell = self.table.grid.cell(self.number, found.index)
        if cell.spoilt:
            self.fault(key, cell.spoilt)
        elif is_blank(cell.value):
            if required:
                self.fault(key, Text(N_("must not be blank")))
        else:
            try:
                return parse(cell.value)
            except CellError as error:
                self.fault(key, error.reason)
        return None

    def text(self, key: str, max_characters: int, *, required: bool = True) -> str | None:
        """The cell as text."""
        return self.read(key, lambda value: text_of(value, max_characters), required=required)

    def prose(self, key: str, max_characters: int) -> str | None:
        """The cell as free text; it may be blank."""
        return self.read(key, lambda value: prose_of(value, max_characters), required=False)

    def fault(self, key: str, reason: Text, severity: Severity = Severity.ERROR) -> None:
        """Note a fault of this row's cell in the column `key` (of the whole row where it has no such column)."""
        found = self.table.columns.get(key)
        self.table.log.add(
            reason,
            sheet=self.table.grid.title,
            cell=f"{get_column_letter(found.index)}{self.number}" if found else str(self.number),
            column=found.title if found else "",
            value=self.value(key),
            severity=severity,
        )


@dataclass(frozen=True)
class Table:
    """A sheet whose header row has been found."""

    grid: Grid
    header_row: int
    columns: Mapping[str, FoundColumn]
    log: FaultLog

    def rows(self) -> Iterator[TableRow]:
        """The rows below the header in which a known column holds something."""
        indexes = {found.index for found in self.columns.values()}
        for number in sorted(self.grid.rows):
            if number > self.header_row and indexes & self.grid.rows[number].keys():
                yield TableRow(self, number)


def find_table(grid: Grid, sheet: Sheet, log: FaultLog) -> Table | None:
    """Find the header row and its columns, in any order. Missing, doubled and unknown columns go to the log.

    None where no header row is there at all, or a required column is missing.
    """
    header_row = _header_row(grid, sheet.columns)
    if header_row is None:
        titles = "、".join(column.zh for column in sheet.columns.values() if column.required)
        log.add(
            Text(N_("No header row was found; it needs the columns %(titles)s"), {"titles": titles}),
            sheet=grid.title,
        )
        return None
    columns = _columns(grid, header_row, sheet.columns, log)
    table = Table(grid, header_row, columns, log)
    _check_merged(table)
    missing = [column for key, column in sheet.columns.items() if column.required and key not in columns]
    for column in missing:
        log.add(
            Text(N_("The column %(title)s is missing"), {"title": f"{column.zh} ({column.en})"}),
            sheet=grid.title,
            cell=str(header_row),
            column=column.zh,
        )
    return None if missing else table


def _header_row(grid: Grid, columns: Mapping[str, Column]) -> int | None:
    """The row among the first few in which most known titles stand; at least two."""
    best, most = None, 1
    for number in sorted(row for row in grid.rows if row <= _HEADER_WITHIN_ROWS):
        known = sum(_key_of(cell.value, columns) is not None for cell in grid.rows[number].values())
        if known > most:
            best, most = number, known
    return best


def _columns(grid: Grid, header_row: int, known: Mapping[str, Column], log: FaultLog) -> dict[str, FoundColumn]:
    columns: dict[str, FoundColumn] = {}
    for index, cell in sorted(grid.rows[header_row].items()):
        key, title = _key_of(cell.value, known), shown(cell.value)
        place = f"{get_column_letter(index)}{header_row}"
        if key is None:
            log.add(
                Text(N_("This column is not known and is ignored")),
                sheet=grid.title,
                cell=place,
                column=title,
                value=cell.value,
                severity=Severity.NOTICE,
            )
        elif key in columns:
            log.add(
                Text(N_("This column means the same as the column %(other)s"), {"other": columns[key].title}),
                sheet=grid.title,
                cell=place,
                column=title,
                value=cell.value,
            )
        else:
            columns[key] = FoundColumn(index, title)
    return columns


def _key_of(value: object, columns: Mapping[str, Column]) -> str | None:
    if not isinstance(value, str):
        return None
    title = fold(value)
    return next((key for key, column in columns.items() if title in map(fold, column.titles)), None)


def _check_merged(table: Table) -> None:
    """Merged cells below the header hide which row a value belongs to."""
    for merged in table.grid.scan.merged:
        left, top, _, bottom = range_boundaries(merged)
        if bottom is not None and top is not None and left is not None and bottom > table.header_row:
            titles = {found.index: found.title for found in table.columns.values()}
            table.log.add(
                Text(
                    N_("The cells %(cells)s are merged; split them and fill in every row"),
                    {"cells": merged},
                ),
                sheet=table.grid.title,
                cell=merged.split(":")[0],
                column=titles.get(left, ""),
                value=table.grid.cell(top, left).value,
            )
