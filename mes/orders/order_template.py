"""The blank order workbook for planners: examples, instructions, lists to choose from."""

from __future__ import annotations

from datetime import date, timedelta

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from labels.keys.credit_code import check_character
from mes.core.text import N_
from mes.core.translations import translate
from mes.library.atlas import Family
from mes.orders.workbook.columns import ELEMENTS, FAMILIES, FLOORS, INSTRUCTIONS, OWN_TYPES, SHEETS, Sheet
from mes.orders.workbook.model import (
    BuildingEntry,
    FloorEntry,
    OrderLimits,
    OrderLine,
    OrderWorkbook,
    OwnTypeEntry,
    PartyEntry,
    PartyRole,
    ProjectEntry,
)
from mes.orders.workbook.write import (
    BODY_FONT,
    BOX,
    LABEL_FILL,
    REQUIRED_FILL,
    TITLE_FONT,
    Words,
    build_order_workbook,
    draw_blank_rows,
    put,
    saved,
    write_order_workbook,
)

__all__ = ["example_order", "write_order_template", "write_order_workbook"]

_BLANK_ROWS = 60
_LAST_ROW = OrderLimits().max_rows + 1
_STEPS = (
    N_("1. Fill in the project and its parties; the producer and its credit code are needed at once."),
    N_("2. List every building and floor; the level order rises from below."),
    N_("3. List the elements: one row for each position, or one row with a count for equal elements."),
    N_("4. Atlas codes (DBS, DBD, WQ, NQ, ST, JT, YTB, KTB, NEQ) are understood as they are; describe every "
       "other code on the sheet of your own types."),
    N_("5. Columns with a star must be filled in. Replace the example rows by your own."),
    N_("6. Do not merge cells. Columns may change places; further columns are ignored."),
)  # fmt: skip
_ATLAS_EXAMPLES = (
    "DBS1-67-3620-31",
    "DBD67-3620-2",
    "WQC1-3028-1514",
    "NQM1-3028-0921",
    "ST-28-25",
    "YTB-D-1224-4",
    "KTB-84-130",
    "NEQ-J1-3614",
)


def write_order_template(locale: str, *, today: date | None = None) -> bytes:
    """The workbook to hand out, in the language of `locale`, with example rows that read back without fault.

    The examples are wanted sixty days after `today`.
    """
    words = Words.of(locale)
    book = build_order_workbook(example_order(today or date(2030, 4, 1), words), locale)
    _write_instructions(book.create_sheet(words.title(INSTRUCTIONS), 0), words, locale)
    for sheet in (FLOORS, ELEMENTS, OWN_TYPES):
        draw_blank_rows(book[words.title(sheet)], sheet, _BLANK_ROWS)
        _add_prompts(book, sheet, words, locale)
    for worksheet in book.worksheets:
        _set_print_layout(worksheet)
    return saved(book)


def example_order(today: date, words: Words) -> OrderWorkbook:
    """A small order that shows every kind of row."""
    needed = today + timedelta(days=60)

    def say(chinese: str, english: str) -> str:
        return chinese if words.chinese else english

    lines = (
        OrderLine("1#", "2F", "1-2/A-B", "DBS1-67-3620-31", needed, 1, 1, "DHB-01",
                  say("示例行，请替换", "Example, please replace")),
        OrderLine("1#", "2F", "2-3/A-B", "DBS2-67-3620-31", needed, 1, 2, "DHB-02"),
        OrderLine("1#", "2F", None, "DBD67-3620-2", needed, 4, 3),
        OrderLine("1#", "2F", "3/A-B", "YWQ-01", needed + timedelta(days=1), 1, 4),
        OrderLine("1#", "3F", "LT1", "ST-28-25", needed + timedelta(days=7), 2, 5),
    )  # fmt: skip
    return OrderWorkbook(
        project=ProjectEntry(
            "XM-001",
            say("示例住宅项目一期", "Example housing, phase 1"),
            say("武汉市示例路1号", "1 Example Road, Wuhan"),
        ),
        parties=(
            PartyEntry(PartyRole.OWNER, say("示例置业有限公司", "Example Estate Co."), _example_code(1)),
            PartyEntry(
                PartyRole.PRODUCER,
                say("示例预制构件厂", "Example Precast Plant"),
                _example_code(5),
                say("王工 027-00000000", "Mr Wang 027-00000000"),
            ),
        ),
        buildings=(BuildingEntry("1#", say("1号楼", "Building 1")),),
        floors=(FloorEntry("1#", "2F", 2), FloorEntry("1#", "3F", 3)),
        lines=lines,
        own_types=(OwnTypeEntry("YWQ-01", Family.EXTERIOR_WALL, 2980, 2780, 260, 1.85, 4625.0, "C30", "PC-12"),),
    )


def _example_code(number: int) -> str:
    """A well-formed credit code that belongs to nobody."""
    first = f"91420100MA000000{number}"
    return first + check_character(first)


def _write_instructions(sheet: Worksheet, words: Words, locale: str) -> None:
    put(sheet, 1, 1, words.title(INSTRUCTIONS)).font = TITLE_FONT
    sheet.row_dimensions[1].height = 30
    row = 3
    for step in _STEPS:
        put(sheet, row, 1, translate(step, locale))
        row += 1
    put(sheet, row, 1, "    ".join(_ATLAS_EXAMPLES)).font = Font(name="Consolas", size=10)
    row += 2
    for table in (FLOORS, ELEMENTS, OWN_TYPES):
        row = _write_column_table(sheet, row, table, words, locale) + 1
    for letter, width in zip("ABCD", (26, 26, 10, 70), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.sheet_view.showGridLines = False


def _write_column_table(sheet: Worksheet, row: int, table: Sheet, words: Words, locale: str) -> int:
    """Title, must it be filled in, what it means: a line for each column. Returns the next free row."""
    for key, column in table.columns.items():
        facts = (
            words.title(table),
            words.header(key, column).rstrip("*"),
            "*" if column.required else "",
            translate(column.hint, locale),
        )
        for index, fact in enumerate(facts, start=1):
            cell = put(sheet, row, index, fact)
            cell.border = BOX
            cell.font = BODY_FONT
            cell.alignment = Alignment(vertical="center", wrap_text=index == 4)
            if index == 1:
                cell.fill = LABEL_FILL
        row += 1
    return row


def _add_prompts(book: Workbook, table: Sheet, words: Words, locale: str) -> None:
    """Every column tells what it wants when a cell is chosen, and refuses what cannot be right."""
    sheet = book[words.title(table)]
    for index, (key, column) in enumerate(table.columns.items(), start=1):
        rule = _rule(key, table, words)
        rule.promptTitle = words.title(column)[:32]
        rule.prompt = translate(column.hint, locale)[:255]
        rule.showInputMessage = True
        rule.errorTitle = words.title(column)[:32]
        rule.error = translate(column.hint, locale)[:225]
        rule.showErrorMessage = rule.type is not None
        rule.allow_blank = True
        letter = get_column_letter(index)
        rule.add(f"{letter}2:{letter}{_LAST_ROW}")
        sheet.add_data_validation(rule)


def _rule(key: str, table: Sheet, words: Words) -> DataValidation:
    if key == "family":
        return DataValidation("list", formula1='"' + ",".join(words.title(c) for c in FAMILIES.values()) + '"')
    if key in ("building_code", "floor_name") and table is ELEMENTS:
        letter = get_column_letter(list(FLOORS.columns).index(key) + 1)
        return DataValidation("list", formula1=f"'{words.title(FLOORS)}'!${letter}$2:${letter}$501")
    if key == "concrete_grade":
        return DataValidation("list", formula1='"C25,C30,C35,C40,C45,C50,C55,C60"', errorStyle="warning")
    if key in ("count", "erection_sequence"):
        return DataValidation("whole", operator="greaterThanOrEqual", formula1="1")
    if key == "level_order":
        return DataValidation("whole", operator="between", formula1="-20", formula2="300")
    if key in ("length_mm", "width_mm", "thickness_mm"):
        return DataValidation("whole", operator="between", formula1="20", formula2="30000")
    if key in ("volume_m3", "weight_kg"):
        return DataValidation("decimal", operator="greaterThan", formula1="0")
    if key == "required_on":
        return DataValidation("date", operator="greaterThan", formula1="DATE(2020,1,1)")
    return DataValidation(None)


def _set_print_layout(sheet: Worksheet) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.sheet_properties.tabColor = REQUIRED_FILL.fgColor if sheet.title in _required_titles() else None


def _required_titles() -> set[str]:
    return {title for sheet in SHEETS if sheet.required for title in (sheet.zh, sheet.en)}
