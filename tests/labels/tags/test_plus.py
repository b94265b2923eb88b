"""The plus schemes of TDS 2."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels import decode_tag, encode_tag
from labels.errors import LabelError, SchemeError, TagDataError
from labels.keys.gs1 import Key
from labels.tags.plus import ASCII, BASE64URL, HEX_LOWER, HEX_UPPER, INTEGER, URN_CODE_40, shortest_method
from labels.tags.tables import plus_schemes
from tests.labels.strategies import keys, text

ELEMENT = {"01": "79521141123453", "21": "32a/b"}


@pytest.mark.parametrize(
    ("scheme", "key", "expected"),
    [
        # GS1 EPC Tag Data Standard 2.3, annex E.3, tables 507 and 524; the second filled to a whole word.
        ("sgtin+", ELEMENT, "F73795211411234538566CB0AFC4"),
        ("giai+", {"8004": "952114132a/b"}, "FA3952114132E83C2BF10000"),
    ],
)
def test_a_published_key_is_encoded_as_published(scheme: str, key: Key, expected: str) -> None:
    assert encode_tag(scheme, key, filter_value=3) == expected
    decoded = decode_tag(expected)
    assert (decoded.scheme, decoded.key, decoded.filter_value, decoded.tag_uri) == (scheme, key, 3, None)


@pytest.mark.parametrize(
    ("scheme", "key", "bits", "expected"),
    [
        # header, toggle and filter, digits, then 000, 00010, 0010001 for the two-digit integer 17
        ("sgtin+", {"01": "79521141123453", "21": "17"}, 83, "F70795211411234530222"),
        ("sscc+", {"00": "106141412345678908"}, 84, "F90106141412345678908"),
        ("sgln+", {"414": "0614141123452"}, 76, "F2006141411234520" + "10"),
        ("grai+", {"8003": "006141411234525"}, 80, "F1000614141123452015"),
        ("giai+", {"8004": "06141415678"}, 60, "FA006141415678F"),
    ],
)
def test_a_key_is_written_field_by_field(scheme: str, key: Key, bits: int, expected: str) -> None:
    encoded = encode_tag(scheme, key)
    assert encoded == expected.ljust(len(encoded), "0")
    assert len(encoded) * 4 == -(-bits // 16) * 16
    assert decode_tag(encoded).key == key


@pytest.mark.parametrize(
    ("serial", "method"),
    [
        ("123456789012", INTEGER),
        ("0", INTEGER),
        ("0017", HEX_UPPER),
        ("00AF", HEX_UPPER),
        ("00af", HEX_LOWER),
        ("aB_-", BASE64URL),
        ("A.B-1:", URN_CODE_40),
        ("32a/b", ASCII),
    ],
)
def test_the_method_with_the_fewest_bits_is_taken(serial: str, method: int) -> None:
    assert shortest_method(serial) == method
    assert decode_tag(encode_tag("sgtin+", ELEMENT | {"21": serial})).key["21"] == serial


def test_a_serial_of_twelve_digits_needs_128_bits_of_memory() -> None:
    assert len(encode_tag("sgtin+", ELEMENT | {"21": "123456789012"})) == 32


def test_data_behind_the_code_are_read_over_where_the_toggle_says_so() -> None:
    encoded = encode_tag("sscc+", {"00": "106141412345678908"})
    with_data = "F98" + encoded[3:21] + "ABC"
    assert decode_tag(with_data).key == {"00": "106141412345678908"}
    with pytest.raises(TagDataError):
        decode_tag(encoded[:21] + "ABC")


@pytest.mark.parametrize(
    "tag",
    [
        "F70A9521141123453022",  # A is no decimal digit
        "F707952114112345" + "3C20",  # method 6
        "FA0B0000",  # B is neither digit nor terminator
        "F7079521141123453",  # ends before the serial
        "F70795211411234530FF",  # 127 is no number of two digits... nor are zeros left behind
        "F7079521141123454022",  # wrong check digit
    ],
)
def test_what_no_encoder_writes_is_not_read(tag: str) -> None:
    with pytest.raises(LabelError):
        decode_tag(tag)


def test_a_plus_scheme_carries_only_its_own_kind_of_key() -> None:
    with pytest.raises(SchemeError):
        encode_tag("sgtin+", {"00": "106141412345678908"})
    with pytest.raises(SchemeError, match="serial"):
        encode_tag("grai+", {"8003": "00614141123452"})


LONGEST = {"sgtin": 20, "sscc": 1, "sgln": 20, "grai": 16, "giai": 18}


@pytest.mark.parametrize("scheme", list(plus_schemes()))
@settings(max_examples=60, deadline=None)
@given(data=st.data(), filter_value=st.integers(0, 7))
def test_any_key_comes_back(scheme: str, data: st.DataObject, filter_value: int) -> None:
    kind = plus_schemes()[scheme].kind
    numbers = st.text(alphabet="0123456789", min_size=1, max_size=LONGEST[kind])
    capitals = st.text(alphabet="ABCXYZ0189-.:", min_size=1, max_size=LONGEST[kind])
    key = data.draw(keys(kind, numbers | capitals | text(LONGEST[kind]), data.draw(st.integers(6, 12))))
    decoded = decode_tag(encode_tag(scheme, key, filter_value=filter_value))
    assert (decoded.scheme, decoded.key, decoded.filter_value) == (scheme, key, filter_value)
