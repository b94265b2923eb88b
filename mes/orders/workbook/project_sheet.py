"""The sheet of the project: labels with their values beside them, and a table of the responsible parties."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from openpyxl.utils import get_column_letter

from labels.keys.credit_code import is_credit_code
from mes.core.text import N_, Text
from mes.orders.workbook.cells import CellError, is_blank, prose_of, text_of, tidy
from mes.orders.workbook.columns import PARTY_COLUMNS, PARTY_ROLES, PROJECT_FIELDS, Column, fold
from mes.orders.workbook.model import PartyEntry, PartyRole, ProjectEntry, Severity
from mes.orders.workbook.tables import FaultLog, Grid, shown

_MAX_CHARACTERS = {"code": 40, "name": 160, "address": 200, "permit_number": 60, "contract_number": 60}
_PARTY_PLACES = {"name": 1, "credit_code": 2, "contact": 3}
"""Where a party's facts stand, right of its role, where the table has no header of its own."""


def read_project(grid: Grid, log: FaultLog) -> tuple[ProjectEntry | None, tuple[PartyEntry, ...]]:
    """The project and its parties. The producer must be there, with its credit code; others may follow."""
    sheet = _ProjectSheet(grid, log)
    return sheet.project(), sheet.parties()


class _ProjectSheet:
    def __init__(self, grid: Grid, log: FaultLog) -> None:
        self.grid = grid
        self.log = log

    def project(self) -> ProjectEntry | None:
        values = {key: self._field(key, column) for key, column in PROJECT_FIELDS.items()}
        code, name = values["code"] and tidy(values["code"]), values["name"]
        if code is None or name is None:
            return None
        return ProjectEntry(code, name, values["address"], values["permit_number"], values["contract_number"])

    def _field(self, key: str, column: Column) -> str | None:
        place = self._find(column)
        if place is None:
            if column.required:
                self._missing(column)
            return None
        row, label = place
        return self._text(row, label + 1, column.zh, _MAX_CHARACTERS[key], required=column.required)

    def parties(self) -> tuple[PartyEntry, ...]:
        header = self._party_columns()
        found = [self._party(role, column, header) for role, column in PARTY_ROLES.items()]
        return tuple(party for party in found if party is not None)

    def _party_columns(self) -> Mapping[str, int]:
        """The columns of the parties' facts by the table's own header, where it has one."""
        for number in sorted(self.grid.rows):
            keys = {
                key: index
                for index, cell in self.grid.rows[number].items()
                if isinstance(cell.value, str)
                for key, column in PARTY_COLUMNS.items()
                if fold(cell.value) in map(fold, column.titles)
            }
            if {"name", "credit_code"} <= keys.keys():
                return keys
        return {}

    def _party(self, role: PartyRole, column: Column, header: Mapping[str, int]) -> PartyEntry | None:
        place = self._find(column)
        if place is None:
            if column.required:
                self._missing(column)
            return None
        row, label = place
        indexes = {key: header.get(key, label + step) for key, step in _PARTY_PLACES.items()}
        if not column.required and all(self._blank(row, index) for index in indexes.values()):
            return None
        name = self._text(row, indexes["name"], column.zh, 160)
        code = self._credit_code(row, indexes["credit_code"], column, required=column.required)
        contact = self._text(row, indexes["contact"], column.zh, 80, required=False)
        return PartyEntry(role, name, code, contact) if name is not None else None

    def _credit_code(self, row: int, index: int, column: Column, *, required: bool) -> str | None:
        return self._read(row, index, PARTY_COLUMNS["credit_code"].zh, _credit_code_of, required=required)

    def _text(self, row: int, index: int, title: str, max_characters: int, *, required: bool = True) -> str | None:
        return self._read(row, index, title, lambda value: prose_of(value, max_characters), required=required)

    def _read(self, row: int, index: int, title: str, parse: Callable[[object], str], *, required: bool) -> str | None:
        cell = self.grid.cell(row, index)
        reason = cell.spoilt
        if reason is None and is_blank(cell.value):
            reason = Text(N_("must not be blank")) if required else None
        elif reason is None:
            try:
                return parse(cell.value)
            except CellError as error:
                reason = error.reason
        if reason is not None:
            place = f"{get_column_letter(index)}{row}"
            self.log.add(reason, sheet=self.grid.title, cell=place, column=title, value=cell.value)
        return None

    def _blank(self, row: int, index: int) -> bool:
        cell = self.grid.cell(row, index)
        return cell.spoilt is None and is_blank(cell.value)

    def _find(self, column: Column) -> tuple[int, int] | None:
        """Row and column of a label; a second one of the same meaning is a fault."""
        titles = set(map(fold, column.titles))
        places = [
            (row, index)
            for row, cells in sorted(self.grid.rows.items())
            for index, cell in sorted(cells.items())
            if isinstance(cell.value, str) and fold(cell.value) in titles and not self._is_value_of_label(row, index)
        ]
        for row, index in places[1:]:
            self.log.add(
                Text(N_("This label is on the sheet more than once; only the first counts")),
                sheet=self.grid.title,
                cell=f"{get_column_letter(index)}{row}",
                column=column.zh,
                value=self.grid.cell(row, index).value,
                severity=Severity.WARNING,
            )
        return places[0] if places else None

    def _is_value_of_label(self, row: int, index: int) -> bool:
        """A cell right of a project label is its value, even where it reads like a label."""
        left = self.grid.cell(row, index - 1).value
        labels = {fold(title) for column in PROJECT_FIELDS.values() for title in column.titles}
        return isinstance(left, str) and fold(left) in labels

    def _missing(self, column: Column) -> None:
        self.log.add(
            Text(N_("The label %(title)s is missing"), {"title": f"{column.zh} ({column.en})"}),
            sheet=self.grid.title,
            column=column.zh,
        )


def _credit_code_of(value: object) -> str:
    """The code as text; a number cell has already lost digits, since Excel keeps fifteen."""
    if not isinstance(value, str):
        raise CellError(
            Text(
                N_("a credit code must be typed as text; as the number %(value)s it has lost digits"),
                {"value": shown(value)},
            )
        )
    code = text_of(value, 40).upper().replace(" ", "")
    if len(code) != 18:
        raise CellError(Text(N_("a credit code has 18 characters, this has %(count)s"), {"count": len(code)}))
    if not is_credit_code(code):
        raise CellError(Text(N_("the credit code's check character is wrong (GB 32100): look for a slip")))
    return code
