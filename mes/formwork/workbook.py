"""A list of moulds and pallets as a workbook: read and checked wholly before anything is entered, and written blank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.errors import Fault as Refusal
from mes.core.text import N_, Text
from mes.core.translations import translate
from mes.formwork.columns import MOULDS, PALLETS, SHEETS
from mes.formwork.service import MOST_PIECES, ImportFormwork
from mes.library.atlas import Family, normalise_code
from mes.library.models import Mould
from mes.library.mould_codes import mould_coded
from mes.library.service import RegisterMould, current_types, mould_faults
from mes.library.service.moulds import FACTS, LARGEST_MM, mould_facts
from mes.orders.workbook import OrderLimits, Severity
from mes.orders.workbook.cells import whole_number_of
from mes.orders.workbook.columns import FAMILIES, Sheet
from mes.orders.workbook.model import CheckedFile
from mes.orders.workbook.read import read_sheets
from mes.orders.workbook.tables import FaultLog, Grid, Table, TableRow, find_table
from mes.orders.workbook.type_sheet import family_of
from mes.orders.workbook.write import Words, draw_blank_rows, saved, write_table
from mes.planning.models import Line, Pallet
from mes.planning.pallets import LARGEST_NUMBER, RegisterPallet

LIMITS = OrderLimits(max_rows=MOST_PIECES)
BLANK_ROWS = 40
K = TypeVar("K", str, int)
KNOWN = N_("This piece is in the register as it stands here; it is left as it is")


@dataclass(frozen=True)
class FormworkList(CheckedFile):
    """What a list asks for: pieces that are new, and everything that a person should look at."""

    moulds: tuple[RegisterMould, ...] = ()
    pallets: tuple[RegisterPallet, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing new in it."""
        return not (self.moulds or self.pallets)

    def command(self, command_id: UUID) -> ImportFormwork:
        """The command that enters it."""
        return ImportFormwork(command_id=command_id, moulds=self.moulds, pallets=self.pallets)


def refusals(found: FormworkList) -> list[Refusal]:
    """The errors as the API gives them: sheet and cell, and why."""
    return [Refusal(f"{fault.sheet}!{fault.cell}".strip("!") or "workbook", fault.reason) for fault in found.errors]


def read_list(session: Session, data: bytes) -> FormworkList:
    """The list in a workbook (.xlsx), with all its faults; never raises for what a file may hold."""
    log = FaultLog()
    grids = read_sheets(data, SHEETS, LIMITS, log)
    if grids is None:
        return FormworkList(faults=tuple(log.faults))
    if not grids:
        titles = {"moulds": f"{MOULDS.zh} ({MOULDS.en})", "pallets": f"{PALLETS.zh} ({PALLETS.en})"}
        log.add(Text(N_("The file has no sheet %(moulds)s and no sheet %(pallets)s"), titles))
    mould_table, pallet_table = _table(grids, MOULDS, log), _table(grids, PALLETS, log)
    moulds = _Moulds(session).read(mould_table) if mould_table else ()
    pallets = _Pallets(session).read(pallet_table) if pallet_table else ()
    if grids and not log.faults and not (moulds or pallets):
        log.add(Text(N_("The list holds no piece")))
    return FormworkList(moulds, pallets, faults=tuple(log.faults))


def _table(grids: Mapping[str, Grid | None], sheet: Sheet, log: FaultLog) -> Table | None:
    grid = grids.get(sheet.zh)
    return find_table(grid, sheet, log) if grid is not None and grid.rows else None


class _Moulds:
    """Reads rows of moulds; each code once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.rows: dict[str, int] = {}

    def read(self, table: Table) -> tuple[RegisterMould, ...]:
        found = (self._mould(row) for row in table.rows())
        return tuple(mould for mould in found if mould is not None)

    def _mould(self, row: TableRow) -> RegisterMould | None:
        before = len(row.table.log.faults)
        code, family = row.text("code", 40), row.read("family", family_of)
        facts = {
            "type_code": self._type(row.text("type_code", 60, required=False) or ""),
            "drawing_number": row.text("drawing_number", 60, required=False) or "",
            **{name: _whole(row, name, 1, LARGEST_MM) for name in ("length_mm", "width_mm", "height_mm")},
            "casts": _whole(row, "casts", 0, 1_000_000) or 0,
            "casts_between_maintenance": _whole(row, "casts_between_maintenance", 1, 100_000) or 200,
            "maker": row.prose("maker", 120) or "",
            "remark": row.prose("remark", 300) or "",
        }
        if code is None or family is None or not _only_once(row, "code", code.lower(), self.rows):
            return None
        wanted = RegisterMould.model_validate({"code": code, "family": family, **facts})
        known = mould_coded(self.session, code)
        if known is not None and self._stands(known, wanted):
            row.fault("code", Text(KNOWN), Severity.NOTICE)
            return None
        for fault in mould_faults(self.session, wanted):
            row.fault(fault.where, fault.reason)
        return wanted if len(row.table.log.faults) == before else None

    def _type(self, typed: str) -> str:
        """The type's code in its normal form, where the library knows it so."""
        normal = normalise_code(typed)
        return normal if current_types(self.session, [normal]) else typed

    def _stands(self, known: Mould, wanted: RegisterMould) -> bool:
        facts = mould_facts(self.session, known)
        same = all(facts[name] == getattr(wanted, name) for name in FACTS)
        return same and facts["family"] == wanted.family.value and (facts["type_code"] or "") == wanted.type_code


class _Pallets:
    """Reads rows of pallets; each number once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.rows: dict[int, int] = {}
        self.lines = list(session.scalars(select(Line.code).order_by(Line.code)))

    def read(self, table: Table) -> tuple[RegisterPallet, ...]:
        found = (self._pallet(row) for row in table.rows())
        return tuple(pallet for pallet in found if pallet is not None)

    def _pallet(self, row: TableRow) -> RegisterPallet | None:
        number, line = _whole(row, "number", 1, LARGEST_NUMBER, required=True), row.text("line", 20)
        remark = row.prose("remark", 300) or ""
        if line is not None and line not in self.lines:
            words = {"line": line, "lines": "、".join(self.lines) or "–"}
            row.fault("line", Text(N_("There is no line %(line)s; there are: %(lines)s"), words))
            return None
        if number is None or line is None or not _only_once(row, "number", number, self.rows):
            return None
        known = self.session.scalars(select(Pallet).where(Pallet.number == number)).first()
        if known is None:
            return RegisterPallet(number=number, line=line, remark=remark)
        if known.line.code == line and known.remark == remark:
            row.fault("number", Text(KNOWN), Severity.NOTICE)
        else:
            row.fault("number", Text(N_("There is a pallet %(number)s already"), {"number": number}))
        return None


def _whole(row: TableRow, key: str, least: int, most: int, *, required: bool = False) -> int | None:
    return row.read(key, lambda value: whole_number_of(value, least, most), required=required)


def _only_once(row: TableRow, key: str, name: K, rows: dict[K, int]) -> bool:
    if name in rows:
        row.fault(key, Text(N_("this piece stands in row %(row)s already"), {"row": rows[name]}))
        return False
    rows[name] = row.number
    return True


def write_template(locale: str, line_codes: list[str]) -> bytes:
    """The blank workbook to hand out, in the language of `locale`, with example rows to be replaced."""
    words = Words.of(locale)
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)  # noqa: S101 - a new workbook has one worksheet
    _write(sheet, MOULDS, _example_moulds(words), words, locale)
    _write(book.create_sheet(), PALLETS, _example_pallets(words, line_codes), words, locale)
    return saved(book)


def _write(worksheet: Worksheet, sheet: Sheet, rows: list[dict[str, object]], words: Words, locale: str) -> None:
    worksheet.title = words.title(sheet)
    write_table(worksheet, sheet, rows, words)
    draw_blank_rows(worksheet, sheet, BLANK_ROWS)
    for index, (key, column) in enumerate(sheet.columns.items(), start=1):
        rule = DataValidation(None)
        if key == "family":
            rule = DataValidation("list", formula1='"' + ",".join(words.title(one) for one in FAMILIES.values()) + '"')
        rule.promptTitle, rule.prompt = words.title(column)[:32], translate(column.hint, locale)[:255]
        rule.showInputMessage, rule.allow_blank = True, True
        letter = get_column_letter(index)
        rule.add(f"{letter}2:{letter}{MOST_PIECES + 1}")
        worksheet.add_data_validation(rule)


def _example_moulds(words: Words) -> list[dict[str, object]]:
    note = "示例行，请替换" if words.chinese else "Example, please replace"
    family = words.title(FAMILIES[Family.STAIR])
    size = {"length_mm": 3300, "width_mm": 1450, "height_mm": 1700}
    counts = {"casts": 0, "casts_between_maintenance": 200}
    return [{"code": "LT-001", "family": family, "drawing_number": "MJ-001", **size, **counts, "remark": note}]


def _example_pallets(words: Words, line_codes: list[str]) -> list[dict[str, object]]:
    note = "示例行，请替换" if words.chinese else "Example, please replace"
    return [{"number": 101, "line": line_codes[0] if line_codes else "SL", "remark": note}]
