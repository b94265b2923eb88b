"""A first pass over a sheet's XML, for what openpyxl's streaming reader does not tell.

Merged cells, formulas that were never calculated, and how many rows really hold something: the last guards
against a sheet that claims, or is formatted down to, a million rows.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass

from defusedxml.ElementTree import iterparse
from openpyxl.utils import coordinate_to_tuple, get_column_letter

_NAMESPACES = (
    "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}",
    "{http://purl.oclc.org/ooxml/spreadsheetml/main}",
)


@dataclass(frozen=True)
class SheetScan:
    """What the first pass found; rows and columns count from 1."""

    filled_rows: int
    last_row: int
    last_column: int
    merged: tuple[str, ...]
    uncalculated: frozenset[str]


class _Pass:
    """The state of one pass, cell by cell."""

    def __init__(self) -> None:
        self.row = self.column = self.last_row = self.last_column = self.filled_rows = 0
        self.merged: list[str] = []
        self.uncalculated: set[str] = set()

    def begin_row(self, number: str | None) -> None:
        self.row = int(number) if number else self.row + 1
        self.column = 0

    def cell(self, reference: str | None, has_value: bool, has_formula: bool) -> None:
        if reference:
            self.row, self.column = coordinate_to_tuple(reference)
        else:
            self.column += 1
        if not (has_value or has_formula):
            return
        if self.row != self.last_row:
            self.filled_rows += 1
        self.last_row = max(self.last_row, self.row)
        self.last_column = max(self.last_column, self.column)
        if has_formula and not has_value:
            self.uncalculated.add(f"{get_column_letter(self.column)}{self.row}")

    def result(self) -> SheetScan:
        return SheetScan(
            self.filled_rows,
            self.last_row,
            self.last_column,
            tuple(self.merged),
            frozenset(self.uncalculated),
        )


def scan_sheet(archive: zipfile.ZipFile, part: str) -> SheetScan:
    """Read one sheet's part once. Raises what a damaged archive or XML raises."""
    state = _Pass()
    has_value = has_formula = False
    with archive.open(part) as stream:
        for event, node in iterparse(stream, events=("start", "end")):
            tag = _local(node.tag)
            if event == "start":
                if tag == "row":
                    state.begin_row(node.get("r"))
                elif tag == "c":
                    has_value = has_formula = False
                continue
            if tag in ("v", "t"):
                has_value = has_value or bool(node.text)
            elif tag == "f":
                has_formula = True
            elif tag == "c":
                state.cell(node.get("r"), has_value, has_formula)
            elif tag == "mergeCell":
                state.merged.append(node.get("ref", ""))
            if tag in ("row", "mergeCell"):
                node.clear()
    return state.result()


def _local(tag: str) -> str:
    for namespace in _NAMESPACES:
        if tag.startswith(namespace):
            return tag[len(namespace) :]
    return tag
