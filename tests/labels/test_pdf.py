"""Printed labels: as PDF, and as the picture that comes out of it."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from labels import (
    ElementLabel,
    LoadLabel,
    PalletLabel,
    digital_link,
    element_key,
    element_labels_pdf,
    encode_sgtin96,
    load_key,
    load_labels_pdf,
    pallet_labels_pdf,
    parse,
)
from labels.errors import CheckDigitError, FontMissingError, ReferenceLengthError, TextOverflowError
from tests.labels.fonts import font_dir

KEY = element_key("6901234", 123, "2026110017")
ELEMENT = ElementLabel(
    type_code="DBS1-67-3612-22",
    family="叠合板",
    project="未来城二期装配式住宅工程",
    building="3#",
    floor="12F",
    position="A-3 / ②-③",
    serial="2026110017",
    digital_link=digital_link(KEY),
    epc_hex=encode_sgtin96(KEY, gcp_length=7),
    weight_kg=1268.5,
    length_mm=3520,
    width_mm=1200,
    thickness_mm=60,
    concrete_grade="C30",
    produced_on=date(2026, 11, 21),
    plant="萧山构件厂",
    status="合格",
)
LOAD = LoadLabel(
    sscc=load_key("6901234", 4711, 3)["00"],
    project="未来城二期装配式住宅工程",
    delivery_note="FH-20261121-007",
    vehicle_plate="浙A·8F329",
    driver="王建国",
    loaded_on=date(2026, 11, 21),
    element_count=9,
    weight_kg=11416.5,
    contents=("DBS1-67-3612-22 × 6", "YWQ-1 × 3"),
)


def words(pdf: bytes, page: int = 0) -> str:
    """The page's text, blanks between lines made one."""
    return " ".join(PdfReader(io.BytesIO(pdf)).pages[page].extract_text().split())


def picture(pdf: bytes, tmp_path: Path, dots_per_inch: int = 203) -> Image.Image:
    """The first page as a label printer of 203 dots an inch would print it."""
    pdftoppm = shutil.which("pdftoppm")
    if pdftoppm is None:
        pytest.skip("pdftoppm (poppler-utils) is not installed")
    source, target = tmp_path / "label.pdf", tmp_path / "label"
    source.write_bytes(pdf)
    resolution = str(dots_per_inch)
    subprocess.run(
        [pdftoppm, "-r", resolution, "-mono", "-f", "1", "-l", "1", "-singlefile", source, target], check=True
    )
    with Image.open(target.with_suffix(".pbm")) as image:
        return image.convert("L")


def millimetres(points: float) -> float:
    return points / 72 * 25.4


def test_an_element_label_is_a_page_of_100_by_70_mm_with_all_that_was_given() -> None:
    pdf = element_labels_pdf([ELEMENT], font_dir())
    box = PdfReader(io.BytesIO(pdf)).pages[0].mediabox
    assert (millimetres(box.width), millimetres(box.height)) == (pytest.approx(100), pytest.approx(70))
    printed = words(pdf)
    for expected in (
        *("DBS1-67-3612-22", "叠合板", "未来城二期装配式住宅工程", "3#", "12F", "A-3 / ②-③", "2026110017"),
        *("1,268.5 kg", "3520 × 1200 × 60", "C30", "2026-11-21", "萧山构件厂", "合格", "RFID"),
        *("(01)06901234001235(21)2026110017", "3015 A537 C800 1EC0 78C3 FC41", "序列号", "安装位置"),
    ):
        assert expected in printed


def test_captions_are_in_the_language_asked_for() -> None:
    printed = words(element_labels_pdf([ELEMENT], font_dir(), language="en"))
    assert "SERIAL" in printed
    assert "序列号" not in printed


def test_the_printed_qr_symbol_leads_to_the_element_and_measures_30_mm(tmp_path: Path) -> None:
    found = zxingcpp.read_barcodes(picture(element_labels_pdf([ELEMENT], font_dir()), tmp_path))
    assert [code.text for code in found] == [ELEMENT.digital_link]
    assert (parse(found[0].text).kind, parse(found[0].text).key) == ("element", KEY)
    corners = found[0].position
    assert (corners.top_right.x - corners.top_left.x) / 203 * 25.4 >= 30


def test_eight_labels_fill_an_a4_sheet_and_the_ninth_begins_another(tmp_path: Path) -> None:
    labels = [replace(ELEMENT, serial=str(n), digital_link=digital_link(KEY | {"21": str(n)})) for n in range(1, 10)]
    pdf = element_labels_pdf(labels, font_dir(), sheet="a4")
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 2
    found = zxingcpp.read_barcodes(picture(pdf, tmp_path))
    assert {code.text for code in found} == {label.digital_link for label in labels[:8]}


def test_the_same_labels_give_the_same_bytes() -> None:
    assert element_labels_pdf([ELEMENT] * 2, font_dir()) == element_labels_pdf([ELEMENT] * 2, font_dir())


def test_only_the_characters_used_are_embedded() -> None:
    assert len(element_labels_pdf([ELEMENT], font_dir())) < 100_000


def test_a_long_text_is_printed_whole() -> None:
    project = "滨江新城装配式住宅及配套公共建筑工程总承包项目（三期）A区地块一标段" * 2
    position = "轴线 12-13/A-B 北侧第三块"
    label = replace(ELEMENT, project=project, position=position, serial="ABCDEFGHIJKLMNOPQRST")
    printed = words(element_labels_pdf([label], font_dir())).replace(" ", "")
    for expected in (project, position.replace(" ", ""), label.serial):
        assert expected in printed


def test_a_text_that_fits_in_no_way_is_an_error() -> None:
    with pytest.raises(TextOverflowError):
        element_labels_pdf([replace(ELEMENT, project="工程" * 200)], font_dir())


def test_what_is_not_known_is_a_dash_and_the_rfid_mark_goes_with_the_tag() -> None:
    label = replace(
        ELEMENT, epc_hex="", weight_kg=None, produced_on=None, thickness_mm=None, concrete_grade="", status=""
    )
    printed = words(element_labels_pdf([label], font_dir()))
    assert "RFID" not in printed
    assert printed.count("–") == 3
    assert "3520 × 1200" in printed


def test_a_tag_of_198_bits_is_printed_whole() -> None:
    epc = "36" + "7A" * 25
    printed = words(element_labels_pdf([replace(ELEMENT, epc_hex=epc)], font_dir())).replace(" ", "")
    assert epc in printed


def test_a_pallets_label_says_its_number_to_people_and_scanners(tmp_path: Path) -> None:
    pdf = pallet_labels_pdf([PalletLabel("12", "PC 1 线", 9000, 3500, 20000, "萧山构件厂")], font_dir())
    assert "9000 × 3500" in words(pdf)
    found = zxingcpp.read_barcodes(picture(pdf, tmp_path))
    assert [parse(code.text).kind for code in found] == ["pallet"]
    assert parse(found[0].text).value == "12"


def test_a_loads_label_has_its_sscc_as_gs1_128_and_as_digital_link(tmp_path: Path) -> None:
    pdf = load_labels_pdf([LOAD], font_dir())
    printed = words(pdf)
    assert f"(00){LOAD.sscc}" in printed
    assert "浙A·8F329" in printed
    found = zxingcpp.read_barcodes(picture(pdf, tmp_path))
    assert {code.format for code in found} == {
        zxingcpp.BarcodeFormat.QRCode,
        zxingcpp.BarcodeFormat.Code128,
    }
    scans = [parse(code.bytes.decode()) for code in found]
    assert [(scan.kind, scan.key) for scan in scans] == [("load", {"00": LOAD.sscc})] * 2


def test_a_load_with_a_wrong_check_digit_is_not_printed() -> None:
    with pytest.raises(CheckDigitError):
        load_labels_pdf([replace(LOAD, sscc="369012340000047112")], font_dir())


def test_no_labels_are_no_file() -> None:
    with pytest.raises(ReferenceLengthError):
        element_labels_pdf([], font_dir())


def test_a_missing_font_is_named(tmp_path: Path) -> None:
    with pytest.raises(FontMissingError, match="NotoSansSC"):
        element_labels_pdf([ELEMENT], tmp_path)
    (tmp_path / "NotoSansSC-Regular.ttf").write_bytes(b"OTTO not a TrueType font")
    with pytest.raises(FontMissingError, match="cannot be embedded"):
        element_labels_pdf([ELEMENT], tmp_path)
