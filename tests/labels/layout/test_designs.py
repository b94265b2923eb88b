"""Every design, in both languages, with the shortest, a typical and the longest content that factories have."""

from __future__ import annotations

import pytest

from labels.layout.compose import lay_out
from labels.layout.content import LabelContent
from labels.layout.design_checks import SMALLEST_PT
from labels.layout.dots import COARSEST_DPI, symbol_dots
from labels.layout.fonts import Fonts, load_fonts
from labels.layout.kinds import fields_of, label_kinds
from labels.layout.model import LaidOut, Symbol, TextLine
from labels.layout.templates import LANGUAGES, load_template, template_names
from labels.symbols.qr import qr_matrix
from tests.labels.fonts import font_dir
from tests.labels.records import ELEMENT, RECORDS, content_of

CASES = [
    (name, length, language)
    for name in template_names()
    for length in RECORDS[load_template(name).label][1]
    for language in LANGUAGES
]


@pytest.fixture(scope="module")
def fonts() -> Fonts:
    return load_fonts(font_dir())


def laid(name: str, length: str, language: str, fonts: Fonts) -> LaidOut:
    design = load_template(name)
    return lay_out(design, content_of(design.label, length, language), fonts, language)


def printed(label: LaidOut) -> str:
    """All its text, without the breaks between lines."""
    return "".join(mark.text for mark in label.marks if isinstance(mark, TextLine)).replace(" ", "")


@pytest.mark.parametrize(("name", "length", "language"), CASES)
def test_every_label_has_room_for_what_stands_on_it(name: str, length: str, language: str, fonts: Fonts) -> None:
    label = laid(name, length, language, fonts)
    for mark in label.marks:
        if isinstance(mark, TextLine):
            assert mark.size_pt >= SMALLEST_PT
        if isinstance(mark, Symbol):
            assert symbol_dots(mark, COARSEST_DPI).module_width >= 2
    content = content_of(load_template(name).label, length, language)
    shown = {item.field for item in load_template(name).items if item.kind == "text" and item.field}
    for field in shown - {"local_note", "arrow"}:
        for line in content.fields[field].split("\n"):
            assert line.replace(" ", "") in printed(label), field


@pytest.mark.parametrize("name", template_names())
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_design_draws_the_samples_of_its_kind(name: str, language: str, fonts: Fonts) -> None:
    design = load_template(name)
    samples = {field: str(meaning["sample"]) for field, meaning in fields_of(design.label).items()}
    assert lay_out(design, LabelContent(samples), fonts, language).marks


@pytest.mark.parametrize("kind", label_kinds())
def test_the_content_of_a_kind_has_exactly_the_fields_that_its_designs_may_use(kind: str) -> None:
    for length in RECORDS[kind][1]:
        assert set(content_of(kind, length, "zh").fields) == set(fields_of(kind))


@pytest.mark.parametrize("kind", label_kinds())
def test_every_field_says_what_it_is_in_both_languages(kind: str) -> None:
    for meaning in fields_of(kind).values():
        assert meaning["zh"]
        assert meaning["en"]


def test_an_elements_qr_symbol_measures_30_mm_and_is_of_level_h(fonts: Fonts) -> None:
    label = laid("element-100x70", "typical", "zh", fonts)
    (symbol,) = [mark for mark in label.marks if isinstance(mark, Symbol)]
    modules = len(symbol.rows)
    assert symbol.width_mm * modules / (modules + 8) >= 30
    assert symbol.rows == qr_matrix(ELEMENT.identity_url)


@pytest.mark.parametrize(
    ("name", "language", "note"),
    [
        ("element-100x70", "zh", "厂内码非GS1"),
        ("element-100x70", "en", "PLANTCODENOTGS1"),
        ("element-60x40", "zh", "厂内码·非GS1"),
        ("load-105x148", "zh", "厂内码·非GS1"),
    ],
)
def test_a_plants_own_code_is_visibly_not_gs1(name: str, language: str, note: str, fonts: Fonts) -> None:
    assert note in printed(laid(name, "own", language, fonts))
    assert "GS1" not in printed(laid(name, "typical", language, fonts))


def test_somebody_without_a_network_is_told_what_to_report(fonts: Fonts) -> None:
    for name in ("element-100x70", "element-60x40"):
        assert "扫码查询·无网络请报" in printed(laid(name, "typical", "zh", fonts))
    assert "NONETWORK?QUOTETHIS" in printed(laid("element-100x70", "typical", "en", fonts))


def test_a_slots_code_can_be_read_from_a_forklift(fonts: Fonts) -> None:
    label = laid("slot-100x70", "typical", "zh", fonts)
    code = max((mark for mark in label.marks if isinstance(mark, TextLine)), key=lambda mark: mark.size_pt)
    # Capitals of Noto Sans SC are 0.73 em high: 22 mm, which can be read from 9 m (1:400).
    assert (code.text, code.size_pt * 25.4 / 72 * 0.73 >= 22) == ("A-03", True)


def test_a_slots_arrow_is_left_out_where_there_is_none(fonts: Fonts) -> None:
    assert "←" in printed(laid("slot-100x70", "typical", "zh", fonts))
    assert "←" not in printed(laid("slot-100x70", "longest", "zh", fonts))
