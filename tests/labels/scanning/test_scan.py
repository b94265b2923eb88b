"""What scans mean."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from labels import Scan, element_string, parse, parse_element_string
from labels.errors import CheckDigitError, LabelError
from labels.json_lines import answer_line
from labels.keys.element_string import NotElementStringError
from tests.labels.strategies import keys, text

LINK = "https://id.gs1.org/01/80614141123458/21/6789"
ELEMENT = {"01": "80614141123458", "21": "6789"}
LOAD = {"00": "106141412345678908"}


@pytest.mark.parametrize(
    "scanned",
    [
        LINK,
        "http://trace.example.cn/e/01/80614141123458/21/6789?lang=zh\r\n",
        "(01)80614141123458(21)6789",
        "(21)6789(01)80614141123458",
        "0180614141123458216789",
        "]C10180614141123458216789",
        "]d20180614141123458216789\x1d11261121",
        "]Q3\x1d0180614141123458216789",
        "\x1d216789\x1d0180614141123458",
        "3074257BF7194E4000001A85",
        "3074257bf7194e4000001a85",
        "3074 257B F719 4E40 0000 1A85",
        "urn:epc:id:sgtin:0614141.812345.6789",
        "urn:epc:tag:sgtin-96:3.0614141.812345.6789",
        "urn:epc:raw:96.x3074257BF7194E4000001A85",
    ],
)
def test_every_form_of_an_elements_identity_is_the_same_element(scanned: str) -> None:
    found = parse(scanned)
    assert (found.kind, found.key, found.digital_link) == ("element", ELEMENT, LINK)


@pytest.mark.parametrize(
    ("scanned", "kind", "key"),
    [
        ("106141412345678908", "load", LOAD),
        ("00106141412345678908", "load", LOAD),
        ("(00) 106141412345678908".replace(" ", ""), "load", LOAD),
        ("]C1106141412345678908", "load", LOAD),
        ("1 0614 1412 3456 7890 8", "load", LOAD),
        ("(8003)00614141123452X1", "mould", {"8003": "00614141123452X1"}),
        ("(414)0614141123452(254)A-03", "place", {"414": "0614141123452", "254": "A-03"}),
        ("(01)80614141123458(10)C30-117", "batch", {"01": "80614141123458", "10": "C30-117"}),
        ("urn:epc:class:lgtin:0614141.812345.L1", "batch", {"01": "80614141123458", "10": "L1"}),
        ("]C180040614141K2", "element", {"8004": "0614141K2"}),
        ("(01)80614141123458", "unknown", {"01": "80614141123458"}),
        ("6901234567892", "unknown", {"01": "06901234567892"}),
        ("(417)0614141123452", "unknown", {"417": "0614141123452"}),
        ("P:12", "pallet", {"P": "12"}),
        ("p: 12", "pallet", {"P": "12"}),
        ("B:2026-117", "batch", {"B": "2026-117"}),
        ("U:0042", "person", {"U": "0042"}),
        ("S:A-03-2", "place", {"S": "A-03-2"}),
    ],
)
def test_the_key_decides_what_was_scanned(scanned: str, kind: str, key: dict[str, str]) -> None:
    found = parse(scanned)
    assert (found.kind, found.key) == (kind, key)


def test_a_lot_beside_a_serial_is_kept_but_does_not_identify() -> None:
    found = parse("(01)80614141123458(10)L1(21)6789")
    assert found.key == {"01": "80614141123458", "10": "L1", "21": "6789"}
    assert (found.kind, found.digital_link) == ("element", LINK)


@pytest.mark.parametrize(
    "scanned",
    [
        "",
        "P:",
        "DBS1-67-3612-22",
        "工程：学校\n楼栋：3#\n编号：YB-1",
        "https://example.com/2024/01/15",
        "6901234567893",
        "106141412345678907",
        "80041234567",
        "20261121001",
        "FADE",
        "E280116060000204A1B2C3D4",
        "3074257BF7194E4000001A8",
        "(甲)乙",
    ],
)
def test_anything_else_is_unknown_and_keeps_its_text(scanned: str) -> None:
    assert parse(scanned) == Scan("unknown", {}, "", scanned.strip())


@pytest.mark.parametrize(
    "scanned",
    [
        "https://id.gs1.org/01/80614141123457/21/6789",
        "(01)80614141123457(21)6789",
        "]C10180614141123457216789",
        "00106141412345678907",
    ],
)
def test_a_misread_gs1_code_is_an_error_and_never_something_else(scanned: str) -> None:
    with pytest.raises(CheckDigitError):
        parse(scanned)


def test_the_value_of_a_scan_is_the_leading_part_of_its_key() -> None:
    assert parse("P:12").value == "12"
    assert parse("YB-1").value == "YB-1"


def test_a_known_identifier_twice_must_say_the_same() -> None:
    assert parse_element_string("(01)80614141123458(21)1(21)1")["21"] == "1"
    with pytest.raises(NotElementStringError, match="twice"):
        parse_element_string("(01)80614141123458(21)1(21)2")


@settings(deadline=None)
@given(data=st.data(), kind=st.sampled_from(["sgtin", "lgtin", "sscc", "sgln", "pgln", "grai", "giai"]))
def test_any_key_comes_back_from_its_element_string(data: st.DataObject, kind: str) -> None:
    key = data.draw(keys(kind, text(16), data.draw(st.integers(6, 12))))
    assert parse("]C1" + element_string(key)).key == key


@settings(deadline=None)
@given(
    st.text() | st.from_regex(r"\A(https://x/|\(?(01|00|414|8003|21)\)?|urn:epc:(id|tag):sgtin:?)[0-9./()A-F%]{0,40}\Z")
)
@example("urn:epc:id:sgtin:" + "9" * 5000)
@example("https://x/01/" + "9" * 5000)
@example("30" + "F" * 6000)
@example("²" * 18)
def test_no_text_breaks_the_parser(scanned: str) -> None:
    with suppress(LabelError):
        found = parse(scanned)
        assert found.kind == "unknown" or found.key


@settings(deadline=None)
@given(st.binary())
@example(b"[" * 100_000)
@example(b'{"op": "parse", "text": "\\ud800"}')
@example(b'{"op": "decode", "hex": ["30"]}')
@example(b'{"op": ["parse"]}')
@example(b'{"op": "encode", "scheme": "sgtin-96", "key": {"01": 1}, "gcp_length": 7}')
@example(b'{"op": "encode", "scheme": "sgtin-96", "key": {"01": "1", "21": "1"}, "gcp_length": 7, "filter": {}}')
@example(b"null")
def test_every_line_is_answered_with_one_line(line: bytes) -> None:
    answered = answer_line(line)
    assert "\n" not in answered
    assert isinstance(json.loads(answered), dict)
