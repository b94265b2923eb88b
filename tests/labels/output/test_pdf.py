"""Printed labels as files: what their text says, and what their symbols lead to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zxingcpp

from labels.errors import FontMissingError, TextOverflowError
from labels.keys.digital_link import digital_link
from labels.layout.compose import lay_out
from labels.layout.fonts import load_fonts
from labels.layout.records import PalletLabel
from labels.layout.templates import load_template
from labels.output.pdf import labels_pdf
from labels.scanning.scan import parse
from tests.labels.fonts import font_dir
from tests.labels.records import ELEMENT, KEY, LOAD, RECORDS
from tests.labels.rendering import pictures, words


def pdf_of(design: str, *records: Any, language: str = "zh") -> bytes:
    template, fonts = load_template(design), load_fonts(font_dir())
    make = RECORDS[template.label][0]
    return labels_pdf([lay_out(template, make(record, language), fonts, language) for record in records], fonts)


def element_pdf(*records: Any, language: str = "zh") -> bytes:
    return pdf_of("element-100x70", *records, language=language)


def scans(pdf: bytes, folder: Path, dots_per_inch: int = 203) -> list[zxingcpp.Barcode]:
    """The first page's symbols as a label printer would print them."""
    return list(zxingcpp.read_barcodes(pictures(pdf, folder, dots_per_inch, "-mono")[0]))


def test_an_element_label_says_all_that_was_given() -> None:
    printed = words(element_pdf(ELEMENT))
    for expected in (
        *("DBS1-67-3612-22", "叠合板", "未来城二期装配式住宅工程", "3#", "12F", "A-3 / ②-③", "2026110017"),
        *("1,268.5 kg", "3520 × 1200 × 60", "C30", "2026-11-21", "萧山构件厂", "合格", "RFID"),
        *("(01)06901234001235(21)2026110017", "3015 A537 C800 1EC0 78C3 FC41", "序列号", "安装位置"),
    ):
        assert expected in printed


def test_captions_are_in_the_language_asked_for() -> None:
    printed = words(element_pdf(ELEMENT, language="en"))
    assert "SERIAL" in printed
    assert "序列号" not in printed


def test_the_printed_qr_symbol_leads_to_the_element_and_measures_30_mm(tmp_path: Path) -> None:
    for link in (ELEMENT.identity_url, digital_link(KEY)):
        (found,) = scans(element_pdf(replace(ELEMENT, identity_url=link)), tmp_path)
        assert (found.text, found.ec_level) == (link, "H")
        assert (parse(found.text).kind, parse(found.text).key) == ("element", KEY)
        assert (found.position.top_right.x - found.position.top_left.x) / 203 * 25.4 >= 30


def test_only_the_characters_used_are_embedded() -> None:
    assert len(element_pdf(ELEMENT)) < 100_000


def test_a_long_text_is_printed_whole() -> None:
    project = "滨江新城装配式住宅及配套公共建筑工程总承包项目（三期）A区地块一标段" * 2
    position = "轴线 12-13/A-B 北侧第三块"
    label = replace(ELEMENT, project=project, position=position, serial="ABCDEFGHIJKLMNOPQRST")
    printed = words(element_pdf(label)).replace(" ", "")
    for expected in (project, position.replace(" ", ""), label.serial):
        assert expected in printed


def test_a_text_that_fits_in_no_way_is_an_error_that_names_design_and_field() -> None:
    with pytest.raises(TextOverflowError, match=r"element-100x70, item \d+ \(text project\)"):
        element_pdf(replace(ELEMENT, project="工程" * 200))


def test_what_is_not_known_is_a_dash_and_the_rfid_mark_goes_with_the_tag() -> None:
    label = replace(
        ELEMENT, epc_hex="", weight_kg=None, produced_on=None, thickness_mm=None, concrete_grade="", status=""
    )
    printed = words(element_pdf(label))
    assert "RFID" not in printed
    assert printed.count("–") == 3
    assert "3520 × 1200" in printed


def test_a_pallets_label_says_its_number_to_people_and_scanners(tmp_path: Path) -> None:
    pdf = pdf_of("pallet-100x70", PalletLabel("12", "PC 1 线", 9000, 3500, 20000, "萧山构件厂"))
    assert "9000 × 3500" in words(pdf)
    (found,) = scans(pdf, tmp_path)
    assert (parse(found.text).kind, parse(found.text).value) == ("pallet", "12")


def test_a_loads_label_has_its_sscc_as_gs1_128_and_as_digital_link(tmp_path: Path) -> None:
    pdf = pdf_of("load-105x148", LOAD)
    assert f"(00){LOAD.sscc}" in words(pdf)
    assert "浙A·8F329" in words(pdf)
    found = scans(pdf, tmp_path)
    assert {code.format for code in found} == {zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128}
    read = [parse(code.bytes.decode()) for code in found]
    assert [(scan.kind, scan.key) for scan in read] == [("load", {"00": LOAD.sscc})] * 2


def test_a_missing_font_is_named(tmp_path: Path) -> None:
    with pytest.raises(FontMissingError, match="NotoSansSC"):
        load_fonts(tmp_path)
    (tmp_path / "NotoSansSC-Regular.ttf").write_bytes(b"OTTO not a TrueType font")
    with pytest.raises(FontMissingError, match="cannot be embedded"):
        load_fonts(tmp_path)
