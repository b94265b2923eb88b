"""Labels as the dots of a printer."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw

from labels.errors import LabelError
from labels.layout.compose import lay_out
from labels.layout.dots import symbol_dots
from labels.layout.fonts import Fonts, load_fonts
from labels.layout.model import Fill, LaidOut, Stroke, Symbol, TextLine
from labels.layout.templates import LANGUAGES, load_template, template_names
from labels.output.pdf import labels_pdf
from labels.output.png import label_picture, label_png
from tests.labels.fonts import font_dir
from tests.labels.records import content_of
from tests.labels.rendering import codes, pictures

DPI = 203
# Outlines drawn by two programs differ by single dots along their edges.
MOST_DIFFERENT = 0.015


@pytest.fixture(scope="module")
def fonts() -> Fonts:
    return load_fonts(font_dir())


def laid(name: str, language: str, fonts: Fonts, length: str = "typical") -> LaidOut:
    design = load_template(name)
    return lay_out(design, content_of(design.label, length, language), fonts, language)


def without_symbols(picture: Image.Image, label: LaidOut) -> Image.Image:
    """In the PDF a symbol fills its field, on a printer its modules are whole dots."""
    draw, per_mm = ImageDraw.Draw(picture), DPI / 25.4
    for mark in label.marks:
        if isinstance(mark, Symbol):
            right, bottom = mark.x_mm + mark.width_mm, mark.y_mm + mark.height_mm
            draw.rectangle([side * per_mm for side in (mark.x_mm, mark.y_mm, right, bottom)], fill=255)
    return picture


def different(one: Image.Image, other: Image.Image) -> float:
    """The share of dots in which two pictures differ; a last row or column may be missing."""
    size = (0, 0, min(one.width, other.width), min(one.height, other.height))
    assert max(abs(one.width - other.width), abs(one.height - other.height)) <= 1
    return ImageChops.difference(one.crop(size), other.crop(size)).histogram()[255] / (size[2] * size[3])


def as_dots(page: Image.Image) -> Image.Image:
    """A page rendered four times as fine as the printer's dots."""
    return page.reduce(4).point([0] * 128 + [255] * 128)


def test_picture_and_pdf_of_every_design_show_the_same(fonts: Fonts, tmp_path: Path) -> None:
    labels = [laid(name, language, fonts) for name in template_names() for language in LANGUAGES]
    pages = pictures(labels_pdf(labels, fonts), tmp_path, 4 * DPI, "-gray")
    for label, page in zip(labels, pages, strict=True):
        drawn = without_symbols(label_picture(label, fonts, DPI).convert("L"), label)
        assert different(without_symbols(as_dots(page), label), drawn) < MOST_DIFFERENT, label.design


def test_text_that_stands_elsewhere_by_a_millimetre_is_noticed(fonts: Fonts) -> None:
    label = laid("element-100x70", "zh", fonts)
    moved = [replace(mark, x_mm=mark.x_mm + 1) if isinstance(mark, TextLine) else mark for mark in label.marks]
    shown = [label_picture(shown, fonts).convert("L") for shown in (label, replace(label, marks=tuple(moved)))]
    assert different(*shown) > 3 * MOST_DIFFERENT


@pytest.mark.parametrize("dpi", [203, 300, 600])
def test_the_symbols_of_every_design_are_read_from_its_dots(dpi: int, fonts: Fonts) -> None:
    for name in template_names() if dpi == DPI else ("element-60x40", "load-105x148"):
        for length in ("shortest", "longest"):
            label = laid(name, "zh", fonts, length)
            said = [mark.text for mark in label.marks if isinstance(mark, Symbol)]
            found = codes(label_picture(label, fonts, dpi).convert("L"))
            assert sorted(found) == sorted(said), name


def test_a_png_has_one_bit_a_dot_and_tells_its_resolution(fonts: Fonts) -> None:
    label = laid("element-100x70", "zh", fonts)
    with Image.open(io.BytesIO(label_png(label, fonts, 300))) as picture:
        assert picture.mode == "1"
        assert picture.size == (round(100 / 25.4 * 300), round(70 / 25.4 * 300))
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert label_png(label, fonts) == label_png(label, fonts)


def test_the_modules_of_a_symbol_are_whole_dots_in_the_middle_of_its_field() -> None:
    symbol = Symbol("qr", "x", 10, 5, 25.4, 25.4, ((True,) * 29,) * 29, 4)
    # 203 dots for 37 modules: 5 dots each, 145 for the symbol; the field's middle is at 181.4 and 141.5 dots.
    assert symbol_dots(symbol, DPI) == type(symbol_dots(symbol, DPI))(109, 69, 5, 5)


def test_the_bars_of_a_code_are_as_high_as_its_field() -> None:
    symbol = Symbol("code128", "x", 0, 0, 50.8, 12.7, ((True,) * 80,), 10)
    # 406 dots for 100 modules: 4 dots each; half an inch has 102 dots.
    placed = symbol_dots(symbol, DPI)
    assert (placed.module_width, placed.module_height, placed.left) == (4, 102, 43)


def test_a_thin_line_is_one_dot_and_never_vanishes(fonts: Fonts) -> None:
    for tenth in range(10):
        y_mm = 5 + tenth / 80
        label = LaidOut(
            "lines", 20, 10, (Stroke(1, y_mm, 11, y_mm, 0.02), Stroke(15 + tenth / 80, 1, 15 + tenth / 80, 6, 0.02))
        )
        dark = label_picture(label, fonts, 254).convert("L").histogram()[0]
        assert dark == 100 + 50


def test_white_is_drawn_over_black(fonts: Fonts) -> None:
    label = LaidOut("fills", 10, 10, (Fill(0, 0, 10, 10), Fill(2, 2, 5, 5, colour="white")))
    assert label_picture(label, fonts, 254).convert("L").histogram()[255] == 50 * 50


@pytest.mark.parametrize("dpi", [0, -203, 71, 1201])
def test_a_picture_has_the_dots_of_a_printer(dpi: int, fonts: Fonts) -> None:
    with pytest.raises(LabelError, match="72 to 1200 dots an inch"):
        label_png(LaidOut("plain", 20, 10, ()), fonts, dpi)
