"""Read a planner's workbook: everything it says, and every fault it has."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import cast

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from mes.core.text import N_, Text
from mes.orders.workbook.building_sheet import read_buildings
from mes.orders.workbook.columns import (
    ELEMENTS,
    FLOORS,
    INSTRUCTIONS,
    OWN_TYPES,
    PROJECT,
    SHEETS,
    Sheet,
    fold,
)
from mes.orders.workbook.element_sheet import TypeRegister, count_elements, read_lines
from mes.orders.workbook.guards import UNREADABLE, UnsafeWorkbook, check_container, load_bytes
from mes.orders.workbook.model import Fault, OrderLimits, OrderWorkbook, OwnTypeEntry, Severity
from mes.orders.workbook.project_sheet import read_project
from mes.orders.workbook.tables import FaultLog, Grid, StreamedSheet, Table, find_table, read_grid
from mes.orders.workbook.type_sheet import read_own_types

_DAMAGED = (
    *UNREADABLE,
    SyntaxError,
    DefusedXmlException,
    InvalidFileException,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
)
"""What openpyxl is known to raise for workbooks whose parts do not fit together.

Both XML parsers that it may use call malformed XML a SyntaxError.
"""


def read_order_workbook(
    data: bytes | Path,
    *,
    limits: OrderLimits | None = None,
    today: date | None = None,
    known_type_codes: Collection[str] = (),
) -> OrderWorkbook:
    """The order in a workbook (.xlsx), with all its faults; never raises for what a file may hold.

    `today` makes dates before it a warning. `known_type_codes` are types the component library already has.
    Formulas count by their last calculated value; macros and links are ignored.
    """
    limits = limits or OrderLimits()
    log = FaultLog()
    grids = read_sheets(data, SHEETS, limits, log)
    if grids is None:
        return OrderWorkbook(faults=tuple(log.faults))
    return _assemble(grids, limits, log, today, known_type_codes)


def read_sheets(
    data: bytes | Path, sheets: Sequence[Sheet], limits: OrderLimits, log: FaultLog
) -> Mapping[str, Grid | None] | None:
    """The cells of the sheets that a file holds, by the sheet's Chinese name; None for a sheet that is too long.

    None altogether, with its fault in the log, where the file cannot or must not be opened.
    """
    try:
        content = load_bytes(data, limits)
        log.faults.extend(check_container(content, limits))
        return _read_grids(content, sheets, limits, log)
    except UnsafeWorkbook as refused:
        log.faults[:] = [Fault("", "", "", "", refused.reason)]
    except _DAMAGED as error:
        problem = str(error)[:200] or type(error).__name__
        log.add(Text(N_("The workbook is damaged: %(problem)s"), {"problem": problem}))
    return None


def _read_grids(
    content: bytes, sheets: Sequence[Sheet], limits: OrderLimits, log: FaultLog
) -> Mapping[str, Grid | None]:
    grids: dict[str, Grid | None] = {}
    with warnings.catch_warnings():
        # openpyxl warns of extensions it drops (drop-down lists, print areas): nothing that is read here.
        warnings.simplefilter("ignore", UserWarning)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for worksheet in book.worksheets:
                sheet = _sheet_named(worksheet.title, sheets)
                if sheet is None:
                    _note_unknown_sheet(worksheet.title, log)
                elif sheet.zh in grids:
                    log.add(Text(N_("There is a second sheet of this kind")), sheet=worksheet.title)
                elif isinstance(worksheet, ReadOnlyWorksheet):
                    grids[sheet.zh] = read_grid(cast(StreamedSheet, worksheet), archive, limits, log)
    finally:
        book.close()
    return grids


def _sheet_named(title: str, sheets: Sequence[Sheet]) -> Sheet | None:
    return next((sheet for sheet in sheets if fold(title) in map(fold, sheet.titles)), None)


def _note_unknown_sheet(title: str, log: FaultLog) -> None:
    if fold(title) not in map(fold, INSTRUCTIONS.titles):
        log.add(Text(N_("This sheet is not known and is ignored")), sheet=title, severity=Severity.NOTICE)


def _assemble(
    grids: Mapping[str, Grid | None],
    limits: OrderLimits,
    log: FaultLog,
    today: date | None,
    known_type_codes: Collection[str],
) -> OrderWorkbook:
    for sheet in SHEETS:
        if sheet.required and sheet.zh not in grids:
            title = f"{sheet.zh} ({sheet.en})"
            log.add(Text(N_("The sheet %(title)s is missing"), {"title": title}), sheet=sheet.zh)
    project_grid = grids.get(PROJECT.zh)
    project, parties = read_project(project_grid, log) if project_grid else (None, ())
    floor_table = _table(grids, FLOORS, log)
    buildings, floors = read_buildings(floor_table) if floor_table else ((), ())
    own_types, register = _types(grids, log, known_type_codes)
    element_table = _table(grids, ELEMENTS, log)
    lines = read_lines(element_table, floors, register, today) if element_table else ()
    if element_table and count_elements(lines) > limits.max_elements:
        log.add(
            Text(
                N_("The order asks for %(count)s elements; at most %(limit)s are taken at once"),
                {"count": count_elements(lines), "limit": limits.max_elements},
            ),
            sheet=element_table.grid.title,
        )
        lines = ()
    atlas_types = tuple(register.atlas[code] for code in sorted(register.atlas))
    return OrderWorkbook(project, parties, buildings, floors, lines, own_types, atlas_types, faults=tuple(log.faults))


def _types(
    grids: Mapping[str, Grid | None], log: FaultLog, known: Collection[str]
) -> tuple[tuple[OwnTypeEntry, ...], TypeRegister]:
    table = _table(grids, OWN_TYPES, log)
    own_types, own_codes = read_own_types(table) if table else ((), frozenset[str]())
    return own_types, TypeRegister.of(own_types, own_codes, known)


def _table(grids: Mapping[str, Grid | None], sheet: Sheet, log: FaultLog) -> Table | None:
    grid = grids.get(sheet.zh)
    if grid is None or (not sheet.required and not grid.rows):
        return None
    return find_table(grid, sheet, log)
