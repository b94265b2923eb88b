"""From a design and a label's content to marks with their places: every decision about the layout is made here.

The outputs (PDF, printer language, picture) draw the marks and decide nothing, so that all of them show the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from unicodedata import category

from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfmetrics import stringWidth

from labels.errors import CharacterError, LabelError, TemplateError, TextOverflowError
from labels.layout.content import LabelContent
from labels.layout.design import Item, Template
from labels.layout.dots import COARSEST_DPI, LEAST_DOTS_PER_MODULE, dots_per_module
from labels.layout.fonts import Fonts
from labels.layout.model import Colour, Face, Fill, Frame, LaidOut, Mark, RfidMark, Stroke, Symbol, TextLine
from labels.layout.templates import LANGUAGES
from labels.layout.text_fit import LINE_HEIGHT, FittedText, fit_text
from labels.symbols.code128 import CODE_128_QUIET_MODULES, code128_modules
from labels.symbols.qr import QR_QUIET_MODULES, qr_matrix

# Where the baseline stands below the top of a line of Noto Sans SC, in parts of the type size.
_BASELINE = 0.98
_LEFT_OF_FREE = {"left": 0.0, "centre": 0.5, "right": 1.0}
_ABOVE_OF_SPARE = {"top": 0.0, "middle": 0.5, "bottom": 1.0}


def lay_out(design: Template, content: LabelContent, fonts: Fonts, language: str = "zh") -> LaidOut:
    """One label with every mark at its place.

    Raises TemplateError where the content lacks a field of the design or the language is none of ours,
    TextOverflowError where a text or a symbol does not fit its field, CharacterError where the fonts lack a character
    or a bar code cannot say it. Each names the design and the field.
    """
    if language not in LANGUAGES:
        raise TemplateError(f"There are no labels in the language {language!r}; there are {', '.join(LANGUAGES)}")
    _check_fields(design, content.fields)
    marks = [
        mark
        for item in design.items
        if item.is_drawn(content.fields, language)
        for mark in _marks(design, item, content.fields, fonts, language)
    ]
    return LaidOut(
        design.name,
        design.width_mm,
        design.height_mm,
        tuple(marks),
        content.epc_hex,
        content.user_memory_hex,
        content.copies,
    )


def _check_fields(design: Template, texts: Mapping[str, str]) -> None:
    for item in design.items:
        conditions = (condition.field for condition in (item.when, item.unless) if condition)
        for name in (item.field, *conditions):
            if name and name not in texts:
                given = ", ".join(sorted(texts)) or "none"
                raise TemplateError(f"{design.name}, {item}: the label has no field {name!r}; it has {given}")


def _marks(
    design: Template, item: Item, texts: Mapping[str, str], fonts: Fonts, language: str
) -> tuple[Mark, ...] | list[Mark]:
    try:
        match item.kind:
            case "text":
                return _text(item, texts[item.field] if item.field else item.caption[language], fonts)
            case "qr":
                return (_qr(item, texts[item.field]),)
            case "code128":
                return (_code128(item, texts[item.field]),)
        return (_shape(item),)
    except LabelError as error:
        raise type(error)(f"{design.name}, {item}: {error}") from error


def _shape(item: Item) -> Mark:
    colour = _colour(item)
    weight = item.weight_pt / mm
    match item.kind:
        case "fill":
            return Fill(item.x, item.y, item.width, item.height, item.radius, colour)
        case "frame":
            return Frame(item.x, item.y, item.width, item.height, weight, item.radius, colour)
        case "line":
            return Stroke(item.x, item.y, item.x + item.width, item.y + item.height, weight, colour)
        case _:
            return RfidMark(item.x, item.y, item.width, item.height, colour)


def _colour(item: Item) -> Colour:
    return "white" if item.colour == "white" else "black"


def _text(item: Item, text: str, fonts: Fonts) -> list[Mark]:
    if item.lines == 1:
        text = " · ".join(text.split("\n"))
    face: Face = "bold" if item.font == "bold" else "regular"
    font = fonts.face(face)
    text = _settable(text, font)
    fitted = fit_text(
        text,
        font,
        item.width * mm,
        item.height * mm,
        size_pt=item.size_pt,
        smallest_pt=item.smallest_pt,
        lines=item.lines,
    )
    top = item.y + (item.height - _height_mm(fitted)) * _ABOVE_OF_SPARE[item.valign]
    return [
        TextLine(
            item.x + (item.width - _unit_width(line, font) * fitted.size_pt / mm) * _LEFT_OF_FREE[item.align],
            top + (number * LINE_HEIGHT + _BASELINE) * fitted.size_pt / mm,
            line,
            face,
            fitted.size_pt,
            _colour(item),
        )
        for number, line in enumerate(fitted.lines)
        if line
    ]


@lru_cache(maxsize=8192)
def _unit_width(line: str, font: str) -> float:
    """The width of a line in parts of the type size."""
    return float(stringWidth(line, font, 1))


def _height_mm(fitted: FittedText) -> float:
    return len(fitted.lines) * fitted.size_pt * LINE_HEIGHT / mm


@lru_cache(maxsize=8192)
def _settable(text: str, font: str) -> str:
    """The text without what nobody sees: format characters are left out, strange blanks are blanks.

    Raises CharacterError for what would come out as an empty box.
    """
    known: Any = pdfmetrics.getFont(font)
    glyphs = getattr(known.face, "charToGlyph", None)
    if glyphs is None:
        return text
    found = []
    for character in text:
        if ord(character) in glyphs or character == "\n":
            found.append(character)
        elif character.isspace():
            found.append(" ")
        elif category(character) != "Cf":
            raise CharacterError(f"the font has no character {character!r} (U+{ord(character):04X}) of {text!r}")
    return "".join(found)


def _qr(item: Item, text: str) -> Symbol:
    rows = qr_matrix(text)
    modules = len(rows)
    size = min(item.width, item.height)
    if size * modules / (modules + 2 * QR_QUIET_MODULES) < item.smallest_mm:
        raise TextOverflowError(f"the QR symbol of {text!r} would be smaller than {item.smallest_mm:g} mm")
    _check_dots(size, modules + 2 * QR_QUIET_MODULES, text)
    return Symbol("qr", text, item.x, item.y, item.width, item.height, rows, QR_QUIET_MODULES)


def _code128(item: Item, text: str) -> Symbol:
    row = code128_modules(text, gs1=item.gs1)
    _check_dots(item.width, len(row) + 2 * CODE_128_QUIET_MODULES, text)
    return Symbol("code128", text, item.x, item.y, item.width, item.height, (row,), CODE_128_QUIET_MODULES)


def _check_dots(size_mm: float, modules: int, text: str) -> None:
    if dots_per_module(size_mm, modules, COARSEST_DPI) < LEAST_DOTS_PER_MODULE:
        raise TextOverflowError(
            f"{text!r} is too long for a symbol of {size_mm:g} mm: its modules would have less than "
            f"{LEAST_DOTS_PER_MODULE} dots at {COARSEST_DPI} dots an inch"
        )
