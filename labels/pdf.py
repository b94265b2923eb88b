"""Labels as PDF: one label a page, or several on A4 sheets with crop marks.

The same records give the same bytes, so that a file can be compared and signed.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from labels.digital_link import digital_link, parse_digital_link
from labels.drawing import LabelDrawing
from labels.element_string import element_string
from labels.errors import LabelError, ReferenceLengthError
from labels.fonts import load_fonts
from labels.gs1 import check_key
from labels.records import ElementLabel, LoadLabel, PalletLabel
from labels.templates import Template, load_template

Sheet = Literal["label", "a4"]
Language = Literal["zh", "en"]
Texts = Mapping[str, str]

_DASH = "–"
_CROP_MARK_MM = 3.0


def element_labels_pdf(
    labels: Sequence[ElementLabel], font_dir: Path | str, *, sheet: Sheet = "label", language: Language = "zh"
) -> bytes:
    """Element labels of 100 × 70 mm: one a page, or eight (2 × 4) on an A4 sheet.

    ``font_dir`` holds NotoSansSC-Regular.ttf and NotoSansSC-Bold.ttf. Raises FontMissingError,
    TextOverflowError where a text fits in no way, ReferenceLengthError for no labels at all.
    """
    return _pdf("element", [_element_texts(label) for label in labels], font_dir, sheet, language)


def pallet_labels_pdf(
    labels: Sequence[PalletLabel], font_dir: Path | str, *, sheet: Sheet = "label", language: Language = "zh"
) -> bytes:
    """Pallet labels of 100 × 70 mm; raises as ``element_labels_pdf`` does."""
    return _pdf("pallet", [_pallet_texts(label) for label in labels], font_dir, sheet, language)


def load_labels_pdf(
    labels: Sequence[LoadLabel], font_dir: Path | str, *, sheet: Sheet = "label", language: Language = "zh"
) -> bytes:
    """Load labels of 105 × 148 mm (A6), four on an A4 sheet; raises also CheckDigitError for a wrong SSCC."""
    return _pdf("load", [_load_texts(label) for label in labels], font_dir, sheet, language)


@dataclass(frozen=True)
class _Page:
    """The page and the places of the labels on it, in points."""

    width: float
    height: float
    columns: int
    rows: int
    left: float
    bottom: float


def _pdf(name: str, texts: Sequence[Texts], font_dir: Path | str, sheet: Sheet, language: Language) -> bytes:
    if not texts:
        raise ReferenceLengthError("There is no label to print")
    template, fonts = load_template(name), load_fonts(font_dir)
    page, target = _page(template, sheet), io.BytesIO()
    canvas = Canvas(target, pagesize=(page.width, page.height), invariant=1, pageCompression=1)
    canvas.setTitle(f"precast-mes {name} labels")
    canvas.setCreator("precast-mes")
    a_page = page.columns * page.rows
    for number, label_texts in enumerate(texts):
        if number and number % a_page == 0:
            canvas.showPage()
        if sheet == "a4" and number % a_page == 0:
            _crop_marks(canvas, page, template)
        left, top = _corner(page, template, number % a_page)
        LabelDrawing(canvas, fonts, language, label_texts, left, top).draw(template)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def _page(template: Template, sheet: Sheet) -> _Page:
    width, height = template.width_mm * mm, template.height_mm * mm
    if sheet == "label":
        return _Page(width, height, 1, 1, 0, 0)
    columns, rows = int((A4[0] + 0.1) // width), int((A4[1] + 0.1) // height)
    return _Page(A4[0], A4[1], columns, rows, (A4[0] - columns * width) / 2, (A4[1] - rows * height) / 2)


def _corner(page: _Page, template: Template, place: int) -> tuple[float, float]:
    """Upper left corner of a place, counted in rows from the top."""
    row, column = divmod(place, page.columns)
    top = page.bottom + (page.rows - row) * template.height_mm * mm
    return page.left + column * template.width_mm * mm, top


def _crop_marks(canvas: Canvas, page: _Page, template: Template) -> None:
    """Hairlines in the margins where the sheet is to be cut."""
    canvas.setStrokeGray(0)
    canvas.setLineWidth(0.25)
    mark = _CROP_MARK_MM * mm
    for column in range(page.columns + 1):
        x = page.left + column * template.width_mm * mm
        canvas.line(x, page.bottom - mark, x, page.bottom)
        canvas.line(x, page.height - page.bottom, x, page.height - page.bottom + mark)
    for row in range(page.rows + 1):
        y = page.bottom + row * template.height_mm * mm
        canvas.line(page.left - mark, y, page.left, y)
        canvas.line(page.width - page.left, y, page.width - page.left + mark, y)


def _element_texts(label: ElementLabel) -> dict[str, str]:
    return {
        "type_code": label.type_code or _DASH,
        "family": label.family or _DASH,
        "project": label.project or _DASH,
        "building": label.building or _DASH,
        "floor": label.floor or _DASH,
        "position": label.position or _DASH,
        "serial": label.serial or _DASH,
        "digital_link": label.digital_link,
        "readable_key": _readable_key(label.digital_link),
        "epc_hex": _tag_text(label.epc_hex),
        "weight": _amount(label.weight_kg, "kg"),
        "dimensions": _dimensions(label.length_mm, label.width_mm, label.thickness_mm),
        "concrete_grade": label.concrete_grade or _DASH,
        "produced_on": _day(label.produced_on),
        "plant": label.plant,
        "status": label.status,
    }


def _pallet_texts(label: PalletLabel) -> dict[str, str]:
    return {
        "number": label.number,
        "code": label.code or f"P:{label.number}",
        "line": label.line or _DASH,
        "dimensions": _dimensions(label.length_mm, label.width_mm),
        "capacity": _amount(label.capacity_kg, "kg"),
        "plant": label.plant,
    }


def _load_texts(label: LoadLabel) -> dict[str, str]:
    key = check_key({"00": label.sscc})
    sscc = key["00"]
    return {
        "sscc": f"{sscc[0]} {_in_groups(sscc[1:17])} {sscc[17]}",
        "digital_link": digital_link(key),
        "gs1_128": element_string(key),
        "readable_key": element_string(key, parentheses=True),
        "project": label.project or _DASH,
        "site_address": label.site_address,
        "delivery_note": label.delivery_note or _DASH,
        "vehicle_plate": label.vehicle_plate or _DASH,
        "driver": label.driver or _DASH,
        "loaded_on": _day(label.loaded_on),
        "element_count": _DASH if label.element_count is None else str(label.element_count),
        "weight": _amount(label.weight_kg, "kg"),
        "contents": "   ·   ".join(label.contents) or _DASH,
        "plant": label.plant,
    }


def _readable_key(link: str) -> str:
    """The key as people read it, ``(01)…(21)…``; the link itself where it is of the company's own kind."""
    try:
        return element_string(parse_digital_link(link), parentheses=True)
    except LabelError:
        return link


def _tag_text(epc_hex: str) -> str:
    """Groups of four digits; the 24 digits of a 96-bit tag in two lines of equal length."""
    if len(epc_hex) == 24:
        return f"{_in_groups(epc_hex[:12])}\n{_in_groups(epc_hex[12:])}"
    return _in_groups(epc_hex)


def _in_groups(text: str) -> str:
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _amount(value: float | None, unit: str) -> str:
    return _DASH if value is None else f"{_number(value)} {unit}"


def _number(value: float) -> str:
    """Whole numbers without decimals, others with at most two; a comma between thousands."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _dimensions(*values: float | None) -> str:
    known = [f"{value:.2f}".rstrip("0").rstrip(".") for value in values if value is not None]
    return " × ".join(known) or _DASH


def _day(day: date | None) -> str:
    return _DASH if day is None else day.isoformat()
