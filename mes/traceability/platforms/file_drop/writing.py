"""The bytes of a file: the same records give the same bytes, whenever and wherever they are written."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from mes.traceability.platforms.fields.values import plain_text
from mes.traceability.platforms.file_drop.layout import Layout
from mes.traceability.platforms.telling import Entry

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_FIXED = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip file can say
_MOMENTS = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
LONGEST_CELL = 32767


def json_lines(entries: Iterable[Entry]) -> bytes:
    """A line for each record: its table, its id, its fields."""
    lines = [{"table": entry.endpoint, "id": entry.id, "record": entry.record} for entry in entries]
    return "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines).encode()


def spreadsheet(layout: Layout, entries: Sequence[Entry]) -> bytes:
    """A sheet for each table that has rows: the id, then a column for each field.

    Lists and objects stand in their cell as JSON. A text that a spreadsheet program would take for a formula gets an
    apostrophe before it.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, table in layout.tables.items():
        rows = [entry for entry in entries if entry.endpoint == name]
        if not rows:
            continue
        columns = [rule.to for rule in layout.rules_of(table)]
        sheet = book.create_sheet(table.sheet)
        for number, title in enumerate(["id", *columns], 1):
            sheet.cell(1, number, title).font = Font(bold=True)
        sheet.freeze_panes = "A2"
        for line, entry in enumerate(rows, 2):
            for number, value in enumerate([entry.id, *(_at(entry.record, to) for to in columns)], 1):
                written = cell_value(value)
                if written is not None:
                    cell = sheet.cell(line, number, written)
                    if isinstance(written, str):
                        cell.data_type = "s"
    made = io.BytesIO()
    book.save(made)
    return _settled(made.getvalue())


def cell_value(value: Any) -> str | int | float | bool | None:
    """A value as a cell holds it."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = plain_text(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = ILLEGAL_CHARACTERS_RE.sub("", text)
    return ("'" + text if text.startswith(FORMULA_SIGNS) else text)[:LONGEST_CELL]


def _at(record: Mapping[str, Any], to: str) -> Any:
    value: Any = record
    for name in to.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _settled(content: bytes) -> bytes:
    """The workbook without the moments at which it was made."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "docProps/core.xml":
                part = _MOMENTS.sub(rb"\g<1>1980-01-01T00:00:00Z", part)
            target.writestr(zipfile.ZipInfo(name, _FIXED), part, zipfile.ZIP_DEFLATED)
    return made.getvalue()
