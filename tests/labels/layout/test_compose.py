"""Where every mark of a label goes. Widths are those of the fonts; places are worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from labels.errors import CharacterError, ReferenceLengthError, TemplateError, TextOverflowError
from labels.layout.compose import lay_out
from labels.layout.content import LabelContent
from labels.layout.design import Template
from labels.layout.fonts import Fonts, load_fonts
from labels.layout.model import Fill, Frame, LaidOut, RfidMark, Stroke, Symbol, TextLine
from labels.layout.templates import read_template
from tests.labels.fonts import font_dir
from tests.labels.records import content_of

LINK = "https://id.gs1.org/01/06901234001235/21/1"
FIELDS = content_of("element", "typical", "zh").fields


@pytest.fixture(scope="module")
def fonts() -> Fonts:
    return load_fonts(font_dir())


def design(*items: dict[str, Any]) -> Template:
    place = {"x": 10, "y": 10, "width": 40, "height": 10}
    rows = [place | item for item in items]
    return read_template({"name": "test", "label": "element", "width_mm": 80, "height_mm": 60, "items": rows})


def laid(fonts: Fonts, *items: dict[str, Any], language: str = "zh", **fields: str) -> LaidOut:
    return lay_out(design(*items), LabelContent({**FIELDS, **fields}), fonts, language)


def texts(label: LaidOut) -> list[str]:
    return [mark.text for mark in label.marks if isinstance(mark, TextLine)]


def only(label: LaidOut) -> Any:
    (mark,) = label.marks
    return mark


@pytest.mark.parametrize(
    ("align", "x_mm"), [("left", 10.0), ("centre", 30 - 5 * 25.4 / 72), ("right", 50 - 10 * 25.4 / 72)]
)
def test_a_text_stands_left_in_the_middle_or_right(fonts: Fonts, align: str, x_mm: float) -> None:
    # One Chinese character is as wide as its size: 10 pt.
    line = only(laid(fonts, {"kind": "text", "field": "serial", "size_pt": 10, "align": align}, serial="梁"))
    assert (line.size_pt, line.x_mm) == (10, pytest.approx(x_mm))


@pytest.mark.parametrize(
    ("valign", "above_mm"), [("top", 0.0), ("middle", (10 - 12 * 25.4 / 72) / 2), ("bottom", 10 - 12 * 25.4 / 72)]
)
def test_a_text_stands_at_the_top_in_the_middle_or_below(fonts: Fonts, valign: str, above_mm: float) -> None:
    # A line of 10 pt is 12 pt high, and its letters stand 9.8 pt below its top.
    line = only(laid(fonts, {"kind": "text", "field": "serial", "size_pt": 10, "valign": valign}, serial="梁"))
    assert line.baseline_mm == pytest.approx(10 + above_mm + 9.8 * 25.4 / 72)


def test_lines_of_a_text_are_one_and_a_fifth_of_their_size_apart(fonts: Fonts) -> None:
    item = {"kind": "text", "field": "serial", "size_pt": 10, "lines": 2}
    first, second = laid(fonts, item, serial="一\n二").marks
    assert isinstance(first, TextLine)
    assert isinstance(second, TextLine)
    assert second.baseline_mm - first.baseline_mm == pytest.approx(12 * 25.4 / 72)


def test_an_item_with_one_line_writes_several_lines_in_one(fonts: Fonts) -> None:
    assert texts(laid(fonts, {"kind": "text", "field": "serial"}, serial="一\n二")) == ["一 · 二"]


def test_an_item_is_drawn_when_its_field_has_a_text(fonts: Fonts) -> None:
    when = {"kind": "text", "field": "serial", "when": "status"}
    unless = {"kind": "text", "field": "type_code", "unless": "status"}
    assert texts(laid(fonts, when, unless, status="合格", serial="1", type_code="B")) == ["1"]
    assert texts(laid(fonts, when, unless, status="", serial="1", type_code="B")) == ["B"]


def test_an_item_is_drawn_in_its_language_only(fonts: Fonts) -> None:
    chinese = {"kind": "text", "caption": {"zh": "吊点"}, "when": {"language": "zh"}}
    english = {"kind": "text", "caption": {"en": "LIFTING"}, "when": {"language": "en", "field": "status"}}
    assert texts(laid(fonts, chinese, english)) == ["吊点"]
    assert texts(laid(fonts, chinese, english, language="en")) == ["LIFTING"]
    assert texts(laid(fonts, chinese, english, language="en", status="")) == []


def test_shapes_keep_the_measures_of_the_design(fonts: Fonts) -> None:
    shapes = [
        {"kind": "fill", "radius": 1, "colour": "white"},
        {"kind": "frame", "weight_pt": 72 / 25.4},
        {"kind": "line", "height": 0, "weight_pt": 72 / 25.4},
        {"kind": "rfid", "y": 30},
    ]
    assert laid(fonts, *shapes).marks == (
        Fill(10, 10, 40, 10, 1, "white"),
        Frame(10, 10, 40, 10, pytest.approx(1)),
        Stroke(10, 10, 50, 10, pytest.approx(1)),
        RfidMark(10, 30, 40, 10),
    )


def test_an_empty_text_leaves_no_mark(fonts: Fonts) -> None:
    assert laid(fonts, {"kind": "text", "field": "status"}, status="").marks == ()


def test_a_symbol_keeps_its_field_and_brings_its_modules(fonts: Fonts) -> None:
    symbol = only(laid(fonts, {"kind": "qr", "field": "identity_url", "height": 40}, identity_url=LINK))
    assert isinstance(symbol, Symbol)
    assert (symbol.x_mm, symbol.y_mm, symbol.width_mm, symbol.height_mm) == (10, 10, 40, 40)
    # 41 bytes at level H: version 5, that is 37 modules, and a quiet zone of 4.
    assert (len(symbol.rows), symbol.quiet_modules, symbol.text) == (37, 4, LINK)


def test_a_text_that_does_not_fit_is_told_with_design_and_field(fonts: Fonts) -> None:
    with pytest.raises(TextOverflowError, match=r"test, item 1 \(text serial\): '梁梁.* does not fit its field"):
        laid(fonts, {"kind": "text", "field": "serial"}, serial="梁" * 200)


def test_a_symbol_that_would_be_too_fine_is_told_with_design_and_field(fonts: Fonts) -> None:
    small = {"kind": "qr", "field": "identity_url", "width": 16, "height": 16}
    with pytest.raises(TextOverflowError, match=r"item 1 \(qr identity_url\): .*less than 2 dots at 203 dots an inch"):
        laid(fonts, small, identity_url=LINK * 4)
    large = {"kind": "qr", "field": "identity_url", "height": 40, "smallest_mm": 36}
    with pytest.raises(TextOverflowError, match="would be smaller than 36 mm"):
        laid(fonts, large, identity_url=LINK)
    with pytest.raises(ReferenceLengthError, match="test, item 1"):
        laid(fonts, large, identity_url="")


def test_a_bar_code_that_would_be_too_fine_is_told(fonts: Fonts) -> None:
    with pytest.raises(TextOverflowError, match="too long for a symbol of 40 mm"):
        laid(fonts, {"kind": "code128", "field": "serial"}, serial="ABCDEFGHIJKLMNOPQRST")


def test_a_character_that_the_font_lacks_is_named_before_anything_is_printed(fonts: Fonts) -> None:
    with pytest.raises(CharacterError, match=r"item 1 \(text serial\): the font has no character '😀' \(U\+1F600\)"):
        laid(fonts, {"kind": "text", "field": "serial"}, serial="梁😀")


def test_what_nobody_sees_in_a_text_is_left_out(fonts: Fonts) -> None:
    pasted = "未来城\u200b二期\u2009A\tB"
    assert texts(laid(fonts, {"kind": "text", "field": "project"}, project=pasted)) == ["未来城二期 A B"]


def test_a_field_that_the_content_lacks_is_named(fonts: Fonts) -> None:
    fields = {name: text for name, text in FIELDS.items() if name != "status"}
    item = {"kind": "text", "field": "serial", "when": "status"}
    with pytest.raises(TemplateError, match="the label has no field 'status'"):
        lay_out(design(item), LabelContent(fields), fonts)


def test_a_language_that_no_label_has_is_refused(fonts: Fonts) -> None:
    with pytest.raises(TemplateError, match="no labels in the language 'fr'"):
        laid(fonts, {"kind": "text", "field": "serial"}, language="fr")


def test_what_goes_into_the_tag_and_the_copies_stay_with_the_label(fonts: Fonts) -> None:
    content = replace(LabelContent(FIELDS), epc_hex="30AB", user_memory_hex="0102", copies=3)
    label = lay_out(design({"kind": "text", "field": "serial"}), content, fonts)
    assert (label.epc_hex, label.user_memory_hex, label.copies) == ("30AB", "0102", 3)
    assert (label.design, label.width_mm, label.height_mm) == ("test", 80, 60)
