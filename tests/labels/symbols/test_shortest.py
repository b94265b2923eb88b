"""Symbols are as short as they can be: compared with every other way to write short texts, and with a library."""

from __future__ import annotations

import io
from functools import cache
from itertools import product
from urllib.parse import urlsplit

import pytest
import qrcode
import zxingcpp
from barcode.codex import Code128, Gs1_128
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from labels.errors import CharacterError, ReferenceLengthError
from labels.symbols.code128 import code128_modules, code128_png
from labels.symbols.code128_values import FNC1, code128_values
from labels.symbols.qr import qr_fit, qr_matrix
from labels.symbols.qr_segments import VERSION_GROUPS, Segment, bits_of, in_capitals, segments

SMALL = VERSION_GROUPS[0][1]
NUMERIC, CAPITALS, BYTES = 1, 2, 4
LINK = "https://id.gs1.org/01/06901234001235/21/2026110017"
SSCC_LINK = "https://id.gs1.org/00/369012340000047112"


def can_hold(mode: int, byte: int) -> bool:
    allowed = {NUMERIC: b"0123456789", CAPITALS: b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"}
    return mode == BYTES or byte in allowed[mode]


def bits_by_hand(modes: tuple[int, ...]) -> int:
    """4 bits for the mode, its count, then 10 bits for three digits, 11 for two of the 45, 8 for a byte."""
    total, start = 0, 0
    for end in range(1, len(modes) + 1):
        if end == len(modes) or modes[end] != modes[start]:
            count = end - start
            data = {
                NUMERIC: 10 + 10 * (count // 3) + (0, 4, 7)[count % 3],
                CAPITALS: 9 + 11 * (count // 2) + 6 * (count % 2),
                BYTES: 8 + 8 * count,
            }
            total, start = total + 4 + data[modes[start]], end
    return total


@settings(max_examples=60, deadline=None)
@given(st.text("09AZ:/az", min_size=1, max_size=8).map(str.encode))
def test_no_other_segments_of_a_qr_symbol_are_shorter(data: bytes) -> None:
    every = product((NUMERIC, CAPITALS, BYTES), repeat=len(data))
    possible = (modes for modes in every if all(map(can_hold, modes, data)))
    found = segments(data, SMALL)
    assert b"".join(part.data for part in found) == data
    assert bits_of(found, SMALL) == min(map(bits_by_hand, possible))


def test_digits_are_written_as_digits() -> None:
    # 22 bytes: 4 + 8 + 176; 18 digits: 4 + 10 + 60.
    found = segments(SSCC_LINK.encode(), SMALL)
    assert found == (Segment(BYTES, b"https://id.gs1.org/00/"), Segment(NUMERIC, b"369012340000047112"))
    assert bits_of(found, SMALL) == 262


def library_modules(text: str) -> int:
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_H)
    code.add_data(text.encode())
    return 17 + 4 * code.best_fit()


@pytest.mark.parametrize(
    ("text", "library", "ours", "with_capitals"),
    [
        (SSCC_LINK, 37, 33, 29),
        (LINK, 37, 37, 33),
        ("https://id.gs1.org/8003/06901234001235WQ-3028-07", 37, 37, 33),
        ("https://mes.xiaoshan-pc.example/01/06901234001235/21/2026110017", 41, 41, 37),
        ("https://mes.xiaoshan-pc.example/id/91330109MA2XXXXX1K/element/2026110017", 49, 49, 41),
    ],
)
def test_modules_of_our_links(text: str, library: int, ours: int, with_capitals: int) -> None:
    assert (library_modules(text), len(qr_matrix(text)), len(qr_matrix(in_capitals(text)))) == (
        library,
        ours,
        with_capitals,
    )


@settings(max_examples=30, deadline=None)
@given(st.text("09AZ:/az构", min_size=1, max_size=60))
def test_a_symbol_is_never_larger_than_the_librarys(text: str) -> None:
    assert len(qr_matrix(text)) <= max(29, library_modules(text))


@pytest.mark.parametrize("text", ["1", "P:12"])
def test_a_short_text_gets_a_symbol_that_stands_dirt(text: str) -> None:
    assert len(qr_matrix(text)) == 29


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["http", "https", "HTTPs"]),
    st.text("azAZ09.-", min_size=1, max_size=20),
    st.text([chr(code) for code in range(33, 127)], max_size=20),
)
def test_capitals_leave_a_web_address_the_same(scheme: str, host: str, rest: str) -> None:
    url = f"{scheme}://{host}/{rest}"
    before = urlsplit(url)
    after = urlsplit(in_capitals(url))
    assert (after.scheme, after.hostname) == (before.scheme, before.hostname)
    assert (after.path, after.query, after.fragment) == (before.path, before.query, before.fragment)


@pytest.mark.parametrize(
    "text", ["P:12", "urn:epc:id:sgtin:1.2.3", "https://User:Pass@host/", "http://[::1", "构件", ""]
)
def test_what_is_no_plain_web_address_is_left_alone(text: str) -> None:
    assert in_capitals(text) == text


@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize("field_mm", [12.0, 20.0, 30.0, 39.0])
def test_a_symbol_fills_its_field_in_whole_dots_with_its_quiet_zone(field_mm: float, dpi: int) -> None:
    fit = qr_fit(LINK, field_mm, dpi)
    assert fit.modules == 37
    # 37 modules and four on either side are 45.
    dots = 45 * fit.dots_a_module
    assert dots * 25.4 / dpi == pytest.approx(fit.with_quiet_zone_mm)
    assert fit.with_quiet_zone_mm <= field_mm < (dots + 45) * 25.4 / dpi
    assert fit.symbol_mm == pytest.approx(37 * fit.module_mm)


def test_a_field_too_small_is_refused() -> None:
    with pytest.raises(ReferenceLengthError, match="larger than 5 mm"):
        qr_fit(LINK, 5, 203)


@cache
def fewest(text: str, name: str) -> int:
    """Symbol characters still needed for a text in a set, worked out by trying everything."""
    if not text:
        return 0
    ways = []
    for other in "ABC":
        change, first = int(other != name), text[0]
        if first == FNC1:
            ways.append(change + 1 + fewest(text[1:], other))
        elif other == "C":
            if len(text) > 1 and text[:2].isdigit():
                ways.append(change + 1 + fewest(text[2:], other))
        else:
            fits = ord(first) < 96 if other == "A" else ord(first) >= 32
            ways.append(change + (1 if fits else 2) + fewest(text[1:], other))
    return min(ways)


@settings(max_examples=80, deadline=None)
@given(st.text("0123Aa-\x02" + FNC1, min_size=1, max_size=14))
def test_no_other_code_128_of_a_text_is_shorter(text: str) -> None:
    # A start and a check character beside those of the text; the first set costs nothing.
    assert len(code128_values(text)) == 2 + min(fewest(text, name) for name in "ABC")


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(max_codepoint=127), min_size=1, max_size=30))
def test_code_128_is_never_longer_than_the_librarys(text: str) -> None:
    assert len(code128_values(text)) <= len(Code128(text).encoded) + 1


def test_code_128_worked_out_by_hand() -> None:
    # Start C, FNC1, ten pairs of digits, and the check character: 105 + 1·102 + 2·0 + 3·10 + … modulo 103.
    pairs = (0, 10, 61, 41, 41, 23, 45, 67, 89, 8)
    check = (105 + 102 + sum(place * pair for place, pair in enumerate(pairs, start=2))) % 103
    assert code128_values(FNC1 + "00106141412345678908") == (105, 102, *pairs, check)
    assert len(Gs1_128("00106141412345678908").encoded) + 1 == 13


def read(text: str, *, gs1: bool) -> zxingcpp.Barcode:
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(code128_png(text, 2, 60, gs1=gs1))).convert("L"))
    return found


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(max_codepoint=127), min_size=2, max_size=30))
def test_any_ascii_in_code_128_is_read_back(text: str) -> None:
    assert read(text, gs1=False).bytes == text.encode()


def test_several_keys_in_gs1_128_are_read_back_with_their_separator() -> None:
    text = "0106901234001235102026A\x1d3103001268"
    found = read(text, gs1=True)
    assert (found.symbology_identifier, found.bytes) == ("]C1", text.encode())
    assert found.text == "(01)06901234001235(10)2026A(3103)001268"


@pytest.mark.parametrize("text", ["é", "ñ", "ò", FNC1])
def test_what_code_128_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(CharacterError):
        code128_modules("A" + text)
