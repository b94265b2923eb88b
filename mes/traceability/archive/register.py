"""The register of a package's elements as CSV and XLSX: the same bytes for the same rows, formulas made harmless."""

from __future__ import annotations

import codecs
import csv
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from mes.traceability.archive.facts import HEADER, Cell

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
WIDTH = 18
STAMPS = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms)")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def plain(value: Cell) -> Cell:
    """A value as a spreadsheet may have it: what it would calculate is marked as text."""
    if not isinstance(value, str):
        return value
    text = UNPRINTABLE.sub("", value)
    return f"'{text}" if text.startswith(FORMULA) else text


def write_csv(target: Path, rows: Iterable[Sequence[Cell]]) -> None:
    """RFC 4180, UTF-8 with a byte order mark, without which Excel reads Chinese as Latin."""
    with target.open("wb") as raw:
        raw.write(codecs.BOM_UTF8)
    with target.open("a", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(HEADER)
        for row in rows:
            writer.writerow([plain(value) for value in row])


def write_xlsx(target: Path, rows: Iterable[Sequence[Cell]], moment: datetime) -> None:
    """A workbook of one sheet, written row by row; `moment` is all the times in it."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("构件清单")
    sheet.freeze_panes = "B2"
    for place in range(len(HEADER)):
        sheet.column_dimensions[_letters(place)].width = WIDTH
    header = [WriteOnlyCell(sheet, value=title) for title in HEADER]
    for cell in header:
        cell.font = Font(bold=True)
    sheet.append(header)
    for row in rows:
        sheet.append([plain(value) for value in row])
    fresh = target.with_name(f"{target.name}.fresh")
    book.save(fresh)
    _settle(fresh, target, moment)
    fresh.unlink()


def _settle(made: Path, target: Path, moment: datetime) -> None:
    """The same workbook with the times of its making taken out."""
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(made) as before, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as after:
        for entry in sorted(before.infolist(), key=lambda one: one.filename):
            settled = zipfile.ZipInfo(entry.filename, moment.timetuple()[:6])
            settled.compress_type, settled.create_system, settled.file_size = zipfile.ZIP_STORED, 3, entry.file_size
            with before.open(entry) as source, after.open(settled, "w", force_zip64=entry.file_size > 2**31) as into:
                if entry.filename == "docProps/core.xml":
                    into.write(STAMPS.sub(rb"\g<1>" + stamp + rb"\g<2>", source.read()))
                    continue
                while piece := source.read(1024 * 1024):
                    into.write(piece)


def _letters(place: int) -> str:
    return chr(ord("A") + place) if place < 26 else f"{chr(ord('A') + place // 26 - 1)}{chr(ord('A') + place % 26)}"
