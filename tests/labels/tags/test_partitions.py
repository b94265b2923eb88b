"""Every partition and every length of every scheme, one after another: what chance might leave out."""

from __future__ import annotations

import pytest

from labels import decode_tag, encode_tag, encode_tag_uri, tag_uri
from labels.errors import LabelError
from labels.keys import gs1
from labels.keys.gs1 import Key
from labels.keys.urn import epc_uri
from labels.tags.plus import ASCII, BASE64URL, HEX_LOWER, HEX_UPPER, INTEGER, URN_CODE_40, shortest_method
from labels.tags.tables import TagScheme, plus_schemes, tag_schemes
from tests.labels.witness import witness_tag

PREFIXES = ["952012345678"[:length] for length in range(6, 13)]
EVERY_PARTITION = [(scheme, prefix) for scheme in tag_schemes() for prefix in PREFIXES]
DIGITS = "123456789012345678901234567890"


def key(kind: str, prefix: str, serial: str) -> Key:
    """A key whose reference, where the kind has one, is as long as the prefix leaves room."""
    item = DIGITS[: 12 - len(prefix)]
    if kind == "sgtin":
        return {"01": gs1.gtin(prefix, item, 1), "21": serial}
    if kind == "sscc":
        return gs1.load_key(prefix, DIGITS[: 16 - len(prefix)], 3)
    if kind == "giai":
        return gs1.asset_key(prefix, serial)
    return (gs1.mould_key if kind == "grai" else gs1.place_key)(prefix, item, serial)


def longest_text(rule: TagScheme, prefix: str) -> int:
    """The most characters that a text serial may have: by the table's bits, and 30 for prefix and reference."""
    return rule.serial_longest or min(rule.serial_bits[len(prefix)] // 7, 30 - len(prefix))


def serials(rule: TagScheme, prefix: str) -> list[str]:
    """Numbers of each length up to the largest, and texts of each length up to the longest."""
    if rule.serial_kind == "none":
        return ["0"]
    if rule.serial_kind == "text":
        return ["a" + DIGITS[: length - 1] for length in range(1, longest_text(rule, prefix) + 1)]
    largest = min((1 << rule.serial_bits[len(prefix)]) - 1, 10 ** (30 - len(prefix)) - 1)
    return ["0", *(str(min(10**length - 1, largest)) for length in range(1, len(str(largest)) + 1))]


@pytest.mark.parametrize(("scheme", "prefix"), EVERY_PARTITION)
def test_every_length_in_every_partition_comes_back_and_agrees_with_the_witness(scheme: str, prefix: str) -> None:
    rule = tag_schemes()[scheme]
    for serial in serials(rule, prefix):
        asked = key(rule.kind, prefix, serial)
        encoded = encode_tag(scheme, asked, filter_value=3, gcp_length=len(prefix))
        decoded = decode_tag(encoded)
        assert (decoded.scheme, decoded.key, decoded.filter_value) == (scheme, asked, 3)
        uri = tag_uri(scheme, asked, filter_value=3, gcp_length=len(prefix))
        assert encode_tag_uri(uri) == encoded
        witness = witness_tag(epc_uri(asked, len(prefix)), scheme, 3)
        assert (witness.hex, witness.tag_uri) == (encoded, uri)


@pytest.mark.parametrize(("scheme", "prefix"), [pair for pair in EVERY_PARTITION if pair[0] != "sscc-96"])
def test_one_more_than_the_largest_is_refused_in_every_partition(scheme: str, prefix: str) -> None:
    rule = tag_schemes()[scheme]
    longest = longest_text(rule, prefix) if rule.serial_kind == "text" else 0
    too_much = "a" * (longest + 1) if longest else str(1 << rule.serial_bits[len(prefix)])
    with pytest.raises(LabelError):
        encode_tag(scheme, key(rule.kind, prefix, too_much), gcp_length=len(prefix))


# One character of each method's own, repeated: what the method with fewer bits could not write.
METHOD_LETTERS = {INTEGER: "7", HEX_UPPER: "0A", HEX_LOWER: "0a", BASE64URL: "aZ", URN_CODE_40: "Z.", ASCII: "a/"}
LONGEST = {"sgtin": 20, "sgln": 20, "grai": 16, "giai": 30}


@pytest.mark.parametrize("scheme", [name for name in plus_schemes() if name != "sscc+"])
@pytest.mark.parametrize("method", METHOD_LETTERS)
def test_every_length_by_every_method_comes_back_from_a_plus_tag(scheme: str, method: int) -> None:
    rule = plus_schemes()[scheme]
    for prefix in PREFIXES:
        longest = LONGEST[rule.kind] - (len(prefix) if rule.kind == "giai" else 0)
        for length in range(1, longest + 1):
            serial = (METHOD_LETTERS[method] * length)[:length]
            asked = key(rule.kind, prefix, serial)
            decoded = decode_tag(encode_tag(scheme, asked, filter_value=5))
            assert (decoded.scheme, decoded.key, decoded.filter_value) == (scheme, asked, 5)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_load_comes_back_from_a_plus_tag_with_every_prefix(prefix: str) -> None:
    asked = key("sscc", prefix, "")
    assert decode_tag(encode_tag("sscc+", asked)).key == asked


@pytest.mark.parametrize("method", METHOD_LETTERS)
def test_the_letters_of_a_method_are_written_by_it(method: int) -> None:
    assert shortest_method((METHOD_LETTERS[method] * 12)[:12]) == method
