"""QR and Code 128 symbols, each read back by an independent reader."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ElementTree

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from labels import code128_png, code128_svg, qr_png, qr_svg
from labels.errors import CharacterError, ReferenceLengthError
from labels.symbols.code128 import code128_modules
from labels.symbols.qr import qr_matrix, qr_symbol_share

LINK = "https://id.gs1.org/01/80614141123458/21/6789"


def read(png: bytes) -> zxingcpp.Barcode:
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))
    assert len(found) == 1
    return found[0]


def drawn(svg: str, scale: int = 4) -> bytes:
    """The SVG's rectangles as a picture: paths of ``M x y h w v d h -w z`` only."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own output
    width, height = (int(number) for number in root.attrib["viewBox"].split()[2:])
    picture = Image.new("L", (width, height), 255)
    path = root.findall("{http://www.w3.org/2000/svg}path")[1].attrib["d"]
    for piece in path.split("z")[:-1]:
        start, run = piece[1:].split("h")[:2]
        x, y = (int(number) for number in start.split())
        across, down = (int(number) for number in run.split("v"))
        picture.paste(0, (x, y, x + across, y + down))
    target = io.BytesIO()
    picture.resize((width * scale, height * scale), Image.Resampling.NEAREST).save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize("text", [LINK, "P:12", "工程：学校\n楼栋：3#\n编号：YB-1", "x" * 300])
def test_a_qr_symbol_is_read_back(text: str) -> None:
    for png in (qr_png(text), qr_png(text, module_px=3), drawn(qr_svg(text))):
        found = read(png)
        assert (found.text, found.format) == (text, zxingcpp.BarcodeFormat.QRCode)
        assert found.ec_level == "H"


@settings(max_examples=15, deadline=None)
@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=80))
def test_any_text_in_a_qr_symbol_is_read_back(text: str) -> None:
    assert read(qr_png(text, module_px=4)).text == text


def test_a_qr_symbol_has_a_quiet_zone_of_four_modules_at_every_size() -> None:
    for module_px in (1, 5):
        picture = Image.open(io.BytesIO(qr_png(LINK, module_px))).convert("L")
        dark = Image.eval(picture, lambda shade: 255 - shade).getbbox()
        modules = len(qr_matrix(LINK))
        quiet = 4 * module_px
        assert dark == (quiet, quiet, quiet + modules * module_px, quiet + modules * module_px)
    assert qr_symbol_share(LINK) == modules / (modules + 8)


def test_an_svg_obeys_a_strict_content_security_policy_and_scales() -> None:
    assert "style" not in qr_svg(LINK)
    assert 'width="30mm" height="30mm"' in qr_svg(LINK, 30)
    assert " width=" not in qr_svg(LINK).split("<path")[0]


@pytest.mark.parametrize("text", ["P:12", "FH-20261121-007", "0123456789", "abc XYZ ~"])
def test_a_code_128_symbol_is_read_back(text: str) -> None:
    for png in (code128_png(text), code128_png(text, module_px=1, height_px=40), drawn(code128_svg(text))):
        found = read(png)
        assert (found.text, found.format) == (text, zxingcpp.BarcodeFormat.Code128)


def test_gs1_128_says_that_it_holds_gs1_data() -> None:
    found = read(code128_png("00106141412345678908", gs1=True))
    assert found.symbology_identifier == "]C1"
    assert found.bytes == b"00106141412345678908"


def test_code_128_has_quiet_zones_of_ten_modules() -> None:
    picture = Image.open(io.BytesIO(code128_png("P:12", module_px=2))).convert("L")
    dark = Image.eval(picture, lambda shade: 255 - shade).getbbox()
    assert dark is not None
    assert (dark[0], picture.width - dark[2]) == (20, 20)
    assert picture.width == 2 * (len(code128_modules("P:12")) + 20)


def test_what_a_symbol_cannot_hold_is_refused() -> None:
    with pytest.raises(ReferenceLengthError):
        qr_svg("")
    with pytest.raises(ReferenceLengthError):
        qr_svg("x" * 3000)
    with pytest.raises(CharacterError):
        code128_png("构件")
    with pytest.raises(ReferenceLengthError):
        code128_png("")


def test_half_a_character_is_no_qr_symbol() -> None:
    with pytest.raises(CharacterError, match="half of a character"):
        qr_png("S:A-03\ud83d")
