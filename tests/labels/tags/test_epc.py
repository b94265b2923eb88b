"""Tag encodings of TDS 1.x: published vectors, refusals, and an independent library as witness."""

from __future__ import annotations

from string import ascii_letters, digits

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels import decode_tag, encode_sgtin96, encode_tag, encode_tag_uri, tag_uri
from labels.errors import (
    CompanyPrefixError,
    FilterError,
    LabelError,
    ReferenceLengthError,
    SchemeError,
    SerialError,
    TagDataError,
)
from labels.keys.urn import epc_uri
from labels.tags.tables import tag_schemes
from tests.labels.strategies import CHARACTERS, keys, number_below
from tests.labels.witness import witness_tag


def padded(digits: str, count: int = 52) -> str:
    return digits.ljust(count, "0")


# GS1 EPC Tag Data Standard, annex E.3 (1 to 7 edition 1.x, 8 to 10 edition 2.3), and examples of other libraries.
VECTORS = [
    ("sgtin-96:3.0614141.812345.6789", "3074257BF7194E4000001A85"),
    ("sgtin-198:3.0614141.712345.32a%2Fb", padded("3674257BF6B7A659B2C2BF1")),
    ("sscc-96:3.0614141.1234567890", "3174257BF4499602D2000000"),
    ("sgln-96:3.0614141.12345.5678", "3274257BF46072000000162E"),
    ("grai-96:3.0614141.12345.5678", "3374257BF40C0E400000162E"),
    ("giai-96:3.0614141.5678", "3474257BF40000000000162E"),
    ("giai-202:3.0614141.32a%2Fb", padded("3874257BF59B2C2BF1")),
    ("sgtin-96:3.95060001343.05.123456789", "3066C4409047E140075BCD15"),
    ("sscc-96:0.952012.03456789123", "311BA1B300CE0A6A83000000"),
    ("giai-202:3.9521141.32a%2Fb", padded("3876451FD59B2C2BF1")),
    ("sgtin-96:1.0614141.812345.12345", "3034257BF7194E4000003039"),
    ("giai-96:0.0020000.1", "341401388000000000000001"),
]


@pytest.mark.parametrize(("uri", "expected"), VECTORS)
def test_a_published_tag_uri_is_encoded_as_published(uri: str, expected: str) -> None:
    assert encode_tag_uri(f"urn:epc:tag:{uri}") == expected


@pytest.mark.parametrize(("uri", "expected"), VECTORS)
def test_a_published_tag_is_read_as_published(uri: str, expected: str) -> None:
    assert decode_tag(expected).tag_uri == f"urn:epc:tag:{uri}"


def test_the_key_of_an_element_gives_the_published_tag() -> None:
    key = {"01": "80614141123458", "21": "6789"}
    assert encode_sgtin96(key, gcp_length=7, filter_value=3) == "3074257BF7194E4000001A85"
    assert decode_tag("3074257bf7194e4000001a85").key == key


@pytest.mark.parametrize("serial", ["06789", "00", "274877906944", "A1", "-1"])
def test_sgtin_96_refuses_a_serial_it_would_change(serial: str) -> None:
    with pytest.raises(SerialError):
        encode_tag_uri(f"urn:epc:tag:sgtin-96:3.0614141.812345.{serial}")


def test_the_largest_serial_of_sgtin_96_is_two_to_the_38_less_one() -> None:
    encoded = encode_tag_uri("urn:epc:tag:sgtin-96:0.0614141.812345.274877906943")
    assert encoded.endswith("7FFFFFFFFF")  # before the 38 ones stand the last bits of 812345, 01
    assert decode_tag(encoded).key["21"] == "274877906943"


def test_serial_zero_is_a_serial() -> None:
    assert decode_tag(encode_tag_uri("urn:epc:tag:sgtin-96:0.0614141.812345.0")).key["21"] == "0"


@pytest.mark.parametrize("uri", ["sgtin-96:0.06141.81234567.1", "sgtin-96:0.0614141123456..1"])
def test_a_prefix_of_five_or_thirteen_digits_is_refused(uri: str) -> None:
    with pytest.raises(CompanyPrefixError):
        encode_tag_uri(f"urn:epc:tag:{uri}")


@pytest.mark.parametrize("gcp_length", [5, 13, None])
def test_a_prefix_length_outside_six_to_twelve_is_refused(gcp_length: int | None) -> None:
    with pytest.raises(CompanyPrefixError):
        encode_tag("sgtin-96", {"01": "80614141123458", "21": "1"}, gcp_length=gcp_length)


def test_giai_202_refuses_24_characters_after_a_prefix_of_seven() -> None:
    with pytest.raises(ReferenceLengthError):
        encode_tag_uri(f"urn:epc:tag:giai-202:0.0614141.{'A' * 24}")
    assert len(encode_tag_uri(f"urn:epc:tag:giai-202:0.0614141.{'A' * 23}")) == 52


@pytest.mark.parametrize(
    "uri",
    [
        "urn:epc:tag:sgtin-96:8.0614141.812345.1",
        "urn:epc:tag:sgtin-96:3.0614141.8123456.1",
        "urn:epc:tag:sgtin-96:3.0614141.81234.1",
        "urn:epc:tag:sgtin-96:3.0614141.812345",
        "urn:epc:tag:sgtin-198:3.0614141.812345.a/b",
        "urn:epc:tag:sgtin-198:3.0614141.812345.a%23b",
        f"urn:epc:tag:sgtin-198:3.0614141.812345.{'1' * 21}",
        f"urn:epc:tag:grai-170:3.0614141.12345.{'1' * 17}",
        "urn:epc:tag:sgtin-64:3.0614141.812345.1",
        "urn:epc:tag:sscc-96:3.0614141.123456789",
        "urn:epc:id:sgtin:0614141.812345.6789",
        "",
    ],
)
def test_a_malformed_tag_uri_is_refused(uri: str) -> None:
    with pytest.raises(LabelError):
        encode_tag_uri(uri)


@pytest.mark.parametrize("filter_value", [-1, 8, True, "3"])
def test_a_filter_is_a_number_from_0_to_7(filter_value: int) -> None:
    with pytest.raises(FilterError):
        encode_sgtin96({"01": "80614141123458", "21": "1"}, 7, filter_value)


def test_a_scheme_carries_only_its_own_kind_of_key() -> None:
    with pytest.raises(SchemeError):
        encode_tag("sscc-96", {"01": "80614141123458", "21": "1"}, gcp_length=7)
    with pytest.raises(SchemeError, match="Unknown"):
        encode_tag("sgtin-64", {"01": "80614141123458", "21": "1"}, gcp_length=7)


@pytest.mark.parametrize(
    ("tag", "why"),
    [
        ("307C257BF7194E4000001A85", "partition"),
        ("3058" + "F" * 20, "digits"),
        ("3174257BF4499602D2000001", "not zero"),
        ("3074257BF7194E4000001A850001", "zero"),
        ("3074257BF7194E40", "end"),
        ("E280116060000204A1B2C3D4", "header"),
        ("hello", "hexadecimal"),
        ("", "hexadecimal"),
        (padded("3674257BF6B7A6590002BF1"), "zero stands between"),
        (padded("3674257BF6B400000000000"), "serial"),
    ],
)
def test_what_no_encoder_writes_is_not_read(tag: str, why: str) -> None:
    with pytest.raises(TagDataError, match=why):
        decode_tag(tag)


def test_zeros_behind_a_96_bit_tag_are_read_over() -> None:
    assert decode_tag("3074257BF7194E4000001A8500000000").key["21"] == "6789"


def serials(scheme: str, gcp_length: int, alphabet: str) -> st.SearchStrategy[str]:
    rule = tag_schemes()[scheme]
    bits = rule.serial_bits[gcp_length]
    if rule.serial_kind == "number":
        return number_below(min(1 << bits, 10 ** (30 - gcp_length)))
    longest = rule.serial_longest or min(bits // 7, 30 - gcp_length)
    return st.text(alphabet=alphabet, min_size=1, max_size=longest)


@pytest.mark.parametrize("scheme", list(tag_schemes()))
@settings(max_examples=40, deadline=None)
@given(data=st.data(), gcp_length=st.integers(6, 12), filter_value=st.integers(0, 7))
def test_any_key_comes_back(scheme: str, data: st.DataObject, gcp_length: int, filter_value: int) -> None:
    kind = tag_schemes()[scheme].kind
    key = data.draw(keys(kind, serials(scheme, gcp_length, CHARACTERS), gcp_length))
    encoded = encode_tag(scheme, key, filter_value=filter_value, gcp_length=gcp_length)
    decoded = decode_tag(encoded)
    assert (decoded.scheme, decoded.key, decoded.filter_value) == (scheme, key, filter_value)
    assert encode_tag_uri(tag_uri(scheme, key, filter_value=filter_value, gcp_length=gcp_length)) == encoded


@pytest.mark.parametrize("scheme", list(tag_schemes()))
@settings(max_examples=40, deadline=None)
@given(data=st.data(), gcp_length=st.integers(6, 12), filter_value=st.integers(0, 7))
def test_an_independent_library_writes_the_same(
    scheme: str, data: st.DataObject, gcp_length: int, filter_value: int
) -> None:
    # Letters and digits: epcpy 0.1.8 loses what follows a colon and miscounts escaped characters.
    kind = tag_schemes()[scheme].kind
    key = data.draw(keys(kind, serials(scheme, gcp_length, ascii_letters + digits + "-_"), gcp_length))
    encoded = encode_tag(scheme, key, filter_value=filter_value, gcp_length=gcp_length)
    witness = witness_tag(epc_uri(key, gcp_length), scheme, filter_value)
    assert (witness.hex, witness.tag_uri) == (encoded, decode_tag(encoded).tag_uri)
