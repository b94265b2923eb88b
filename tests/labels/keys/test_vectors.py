"""The keys behind the published tag vectors: the same key as URN, Digital Link, element string and by its parts.

Vectors of GS1's EPC Tag Data Standard, annex E.3 (editions 1.x and 2.3), and of public libraries; their tags are tested
in tests/labels/tags.
"""

from __future__ import annotations

import pytest

from labels.errors import CompanyPrefixError, LabelError
from labels.keys.digital_link import digital_link, parse_digital_link
from labels.keys.element_string import element_string, parse_element_string
from labels.keys.gs1 import Key, asset_key, element_key, load_key, mould_key, place_key
from labels.keys.naming import identity, parse_identity
from labels.keys.urn import epc_uri, parse_epc_uri
from labels.tags.epc import decode_tag

VECTORS: list[tuple[str, Key, str, str, str]] = [
    (
        "sgtin:0614141.812345.6789",
        element_key("0614141", "12345", 6789, 8),
        "/01/80614141123458/21/6789",
        "(01)80614141123458(21)6789",
        "3074257BF7194E4000001A85",
    ),
    (
        "sgtin:0614141.712345.32a%2Fb",
        element_key("0614141", "12345", "32a/b", 7),
        "/01/70614141123451/21/32a%2Fb",
        "(01)70614141123451(21)32a/b",
        "3674257BF6B7A659B2C2BF1" + "0" * 29,
    ),
    (
        "sscc:0614141.1234567890",
        load_key("0614141", "234567890", 1),
        "/00/106141412345678908",
        "(00)106141412345678908",
        "3174257BF4499602D2000000",
    ),
    (
        "sgln:0614141.12345.5678",
        place_key("0614141", 12345, "5678"),
        "/414/0614141123452/254/5678",
        "(414)0614141123452(254)5678",
        "3274257BF46072000000162E",
    ),
    (
        "grai:0614141.12345.5678",
        mould_key("0614141", 12345, 5678),
        "/8003/006141411234525678",
        "(8003)006141411234525678",
        "3374257BF40C0E400000162E",
    ),
    (
        "giai:0614141.5678",
        asset_key("0614141", 5678),
        "/8004/06141415678",
        "(8004)06141415678",
        "3474257BF40000000000162E",
    ),
    (
        "giai:0614141.32a%2Fb",
        asset_key("0614141", "32a/b"),
        "/8004/061414132a%2Fb",
        "(8004)061414132a/b",
        "3874257BF59B2C2BF1" + "0" * 34,
    ),
    (
        "sgtin:95060001343.05.123456789",
        element_key("95060001343", 5, 123456789),
        "/01/09506000134352/21/123456789",
        "(01)09506000134352(21)123456789",
        "3066C4409047E140075BCD15",
    ),
    (
        "sscc:952012.03456789123",
        load_key("952012", "3456789123"),
        "/00/095201234567891235",
        "(00)095201234567891235",
        "311BA1B300CE0A6A83000000",
    ),
    (
        "giai:9521141.32a%2Fb",
        asset_key("9521141", "32a/b"),
        "/8004/952114132a%2Fb",
        "(8004)952114132a/b",
        "3876451FD59B2C2BF1" + "0" * 34,
    ),
    (
        "sgtin:9521141.712345.32a%2Fb",
        element_key("9521141", "12345", "32a/b", 7),
        "/01/79521141123453/21/32a%2Fb",
        "(01)79521141123453(21)32a/b",
        "F73795211411234538566CB0AFC4",
    ),
    (
        "giai:9521141.32a%2Fb",
        asset_key("9521141", "32a/b"),
        "/8004/952114132a%2Fb",
        "(8004)952114132a/b",
        "FA3952114132E83C2BF10000",
    ),
    (
        "sgtin:0614141.812345.12345",
        element_key("0614141", "12345", 12345, 8),
        "/01/80614141123458/21/12345",
        "(01)80614141123458(21)12345",
        "3034257BF7194E4000003039",
    ),
    ("giai:0020000.1", asset_key("0020000", 1), "/8004/00200001", "(8004)00200001", "341401388000000000000001"),
]


@pytest.mark.parametrize(("uri", "key", "link", "text", "tag"), VECTORS, ids=[str(n) for n in range(1, 15)])
def test_a_published_tags_key_is_the_same_in_every_notation(uri: str, key: Key, link: str, text: str, tag: str) -> None:
    prefix = uri.split(":")[1].split(".")[0]
    assert epc_uri(key, len(prefix)) == f"urn:epc:id:{uri}"
    assert parse_epc_uri(f"urn:epc:id:{uri}") == key
    assert digital_link(key) == identity(key) == f"https://id.gs1.org{link}"
    assert parse_digital_link(f"https://example.cn{link}") == parse_identity(f"https://id.gs1.org{link}") == key
    assert element_string(key, parentheses=True) == text
    assert parse_element_string(text) == parse_element_string(element_string(key)) == key
    assert decode_tag(tag).key == key


def test_a_prefix_of_five_digits_makes_no_key() -> None:
    with pytest.raises(CompanyPrefixError):
        element_key("06141", 1, 1)


def test_an_asset_of_more_than_thirty_characters_is_no_key() -> None:
    """24 characters after a prefix of 7 digits are 31."""
    assert asset_key("0614141", "x" * 23)
    with pytest.raises(LabelError, match="1 to 23 characters"):
        asset_key("0614141", "x" * 24)
