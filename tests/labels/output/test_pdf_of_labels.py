"""Labels of every design as PDF: what a person and a scanner find in it, and how they lie on sheets."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from labels.errors import ReferenceLengthError, SheetError
from labels.layout.compose import lay_out
from labels.layout.contents import element_content
from labels.layout.fonts import Fonts, load_fonts
from labels.layout.model import LaidOut, Symbol
from labels.layout.templates import LANGUAGES, load_template, template_names
from labels.output.pdf import labels_pdf
from labels.output.sheets import places_on, sheet_names
from tests.labels.fonts import font_dir
from tests.labels.records import ELEMENT, content_of
from tests.labels.rendering import codes, pictures, words


@pytest.fixture(scope="module")
def fonts() -> Fonts:
    return load_fonts(font_dir())


def laid(name: str, fonts: Fonts, language: str = "zh", length: str = "typical") -> LaidOut:
    design = load_template(name)
    return lay_out(design, content_of(design.label, length, language), fonts, language)


def elements(count: int, fonts: Fonts) -> list[LaidOut]:
    design = load_template("element-100x70")
    stem = ELEMENT.identity_url.removesuffix(ELEMENT.serial)
    records = [replace(ELEMENT, serial=f"{number}", identity_url=f"{stem}{number}") for number in range(1, count + 1)]
    return [lay_out(design, element_content(record), fonts) for record in records]


def said(label: LaidOut) -> list[str]:
    return [mark.text for mark in label.marks if isinstance(mark, Symbol)]


def sizes_mm(pdf: bytes) -> list[tuple[int, int]]:
    boxes = [page.mediabox for page in PdfReader(io.BytesIO(pdf)).pages]
    return [(round(float(box.width) / 72 * 25.4), round(float(box.height) / 72 * 25.4)) for box in boxes]


def test_all_symbols_of_forty_labels_say_what_was_asked_for(fonts: Fonts, tmp_path: Path) -> None:
    labels = elements(40, fonts)
    found = [codes(page) for page in pictures(labels_pdf(labels, fonts), tmp_path, 200, "-mono")]
    assert found == [said(label) for label in labels]


def test_all_symbols_on_sheets_say_what_was_asked_for(fonts: Fonts, tmp_path: Path) -> None:
    labels = elements(10, fonts)
    first, second = pictures(labels_pdf(labels, fonts, "a4"), tmp_path, 200, "-mono")
    assert codes(first) == [code for label in labels[:8] for code in said(label)]
    assert codes(second) == [code for label in labels[8:] for code in said(label)]


def test_every_design_is_a_page_of_its_size_whose_symbols_and_texts_can_be_read(fonts: Fonts, tmp_path: Path) -> None:
    cases = [
        (name, language, length)
        for name in template_names()
        for language in LANGUAGES
        for length in ("typical", "longest")
    ]
    labels = [laid(*case[:1], fonts, *case[1:]) for case in cases]
    pdf = labels_pdf(labels, fonts)
    assert sizes_mm(pdf) == [(label.width_mm, label.height_mm) for label in labels]
    for number, (label, page) in enumerate(zip(labels, pictures(pdf, tmp_path, 200, "-mono"), strict=True)):
        assert sorted(codes(page)) == sorted(said(label)), label.design
        found = words(pdf, number).replace(" ", "")
        for mark in label.marks:
            text = getattr(mark, "text", "")
            if not isinstance(mark, Symbol):
                assert text.replace(" ", "") in found


def test_the_same_labels_give_the_same_bytes(fonts: Fonts) -> None:
    labels = [laid(name, fonts) for name in template_names()]
    assert labels_pdf(labels, fonts) == labels_pdf(labels, fonts)


def test_a_label_comes_as_often_as_its_copies_say(fonts: Fonts) -> None:
    label = replace(laid("slot-100x70", fonts), copies=3)
    assert len(PdfReader(io.BytesIO(labels_pdf([label], fonts))).pages) == 3


def test_what_labels_have_in_common_is_written_once(fonts: Fonts) -> None:
    small, large = len(labels_pdf(elements(10, fonts), fonts)), len(labels_pdf(elements(110, fonts), fonts))
    # 3 MB for a thousand labels, fonts and all: less than 2,500 bytes for each further one.
    assert (large - small) / 100 < 2500


def test_labels_that_differ_in_what_they_have_in_common_keep_it(fonts: Fonts) -> None:
    design = load_template("element-100x70")
    records = [ELEMENT, replace(ELEMENT, status="", epc_hex=""), replace(ELEMENT, plant="二厂")]
    contents = [element_content(record) for record in records]
    alone = [words(labels_pdf([lay_out(design, content, fonts)], fonts)) for content in contents]
    together = labels_pdf([lay_out(design, content, fonts) for content in contents], fonts)
    for number, expected in enumerate(alone):
        assert sorted(words(together, number).split()) == sorted(expected.split())


@pytest.mark.parametrize(
    ("name", "sheet", "a_page"),
    [
        ("element-100x70", "a4", 8),
        ("element-60x40", "a4", 21),
        ("badge-86x54", "a4", 10),
        ("load-105x148", "a4", 4),
        ("element-100x70", "a4-2x4-105x74", 8),
        ("element-60x40", "a4-3x7-70x42", 21),
        ("badge-86x54", "a4-2x5-105x57", 10),
        ("load-105x148", "a4-2x2-105x148", 4),
    ],
)
def test_sheets_take_as_many_labels_as_fit(name: str, sheet: str, a_page: int, fonts: Fonts) -> None:
    label = laid(name, fonts)
    assert sizes_mm(labels_pdf([label] * (a_page + 1), fonts, sheet)) == [(210, 297)] * 2
    assert sizes_mm(labels_pdf([label] * a_page, fonts, sheet)) == [(210, 297)]


def test_a_label_lies_in_the_middle_of_its_place_on_a_sheet(fonts: Fonts) -> None:
    places = places_on("a4-2x4-105x74", [laid("element-100x70", fonts)])
    assert places is not None
    # Two columns of 105 mm from the left edge, rows of 74 mm from 0.5 mm below the top; 2.5 and 2 mm to spare.
    assert [places.corner(number) for number in (0, 1, 2)] == [(2.5, 2.5), (107.5, 2.5), (2.5, 76.5)]
    assert places.corner(7) == (107.5, 0.5 + 3 * 74 + 2)


def test_every_sheet_lies_within_a4(fonts: Fonts) -> None:
    label = replace(laid("element-60x40", fonts), width_mm=10, height_mm=10)
    for name in sheet_names():
        places = places_on(name, [label])
        assert places is not None
        left, top = places.corner(places.a_page - 1)
        assert left + places.spare_x_mm + 10 <= 210
        assert top + places.spare_y_mm + 10 <= 297


def test_what_fits_no_sheet_is_refused(fonts: Fonts) -> None:
    small, large = laid("element-60x40", fonts), laid("element-100x70", fonts)
    with pytest.raises(SheetError, match=r"100 × 70 mm does not fit the 70 × 42\.3 mm of the sheet a4-3x7-70x42"):
        labels_pdf([large], fonts, "a4-3x7-70x42")
    with pytest.raises(SheetError, match="several sizes"):
        labels_pdf([small, large], fonts, "a4")
    with pytest.raises(SheetError, match="no sheet 'letter'"):
        labels_pdf([small], fonts, "letter")
    with pytest.raises(SheetError, match="larger than A4"):
        labels_pdf([replace(large, width_mm=400)], fonts, "a4")
    with pytest.raises(ReferenceLengthError):
        labels_pdf([], fonts)
