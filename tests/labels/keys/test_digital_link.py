"""GS1 Digital Link URIs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels import digital_link, parse_digital_link
from labels.errors import CheckDigitError, LabelError
from labels.keys.digital_link import NotDigitalLinkError
from tests.labels.strategies import keys, text

ELEMENT = {"01": "80614141123458", "21": "6789"}


def test_the_canonical_link_is_on_the_domain_of_gs1() -> None:
    assert digital_link(ELEMENT) == "https://id.gs1.org/01/80614141123458/21/6789"


def test_a_link_may_be_on_the_factorys_own_domain() -> None:
    own = digital_link(ELEMENT, "https://pc.example.com/trace/")
    assert own == "https://pc.example.com/trace/01/80614141123458/21/6789"
    assert parse_digital_link(own) == ELEMENT


def test_reserved_characters_are_percent_encoded() -> None:
    link = digital_link({"01": "80614141123458", "21": "32a/b%&?+"})
    assert link == "https://id.gs1.org/01/80614141123458/21/32a%2Fb%25%26%3F%2B"


def test_the_parts_stand_in_the_order_of_the_standard() -> None:
    key = {"21": "7", "10": "LOT", "01": "80614141123458"}
    assert digital_link(key) == "https://id.gs1.org/01/80614141123458/10/LOT/21/7"


@pytest.mark.parametrize(
    ("uri", "key"),
    [
        ("http://example.com/01/80614141123458/21/6789?17=301231#x", ELEMENT),
        ("HTTPS://ID.GS1.ORG/01/80614141123458/21/6789/", ELEMENT),
        ("https://example.com/a/01/b/01/80614141123458/21/6789", ELEMENT),
        ("https://example.com:8443/00/106141412345678908", {"00": "106141412345678908"}),
        (
            "https://id.gs1.org/414/0614141123452/254/A%2F1",
            {"414": "0614141123452", "254": "A/1"},
        ),
        ("https://id.gs1.org/8003/00614141123452X1", {"8003": "00614141123452X1"}),
        ("https://id.gs1.org/01/80614141123458/21/a+b", {"01": "80614141123458", "21": "a+b"}),
    ],
)
def test_a_link_on_any_domain_is_read(uri: str, key: dict[str, str]) -> None:
    assert parse_digital_link(uri) == key


@pytest.mark.parametrize(
    "uri",
    [
        "https://id.gs1.org/01/80614141123457/21/6789",
        "https://id.gs1.org/00/106141412345678907",
        "https://id.gs1.org/8003/00614141123453X1",
    ],
)
def test_a_wrong_check_digit_is_refused(uri: str) -> None:
    with pytest.raises(CheckDigitError):
        parse_digital_link(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "https://example.com/2024/01/15",
        "https://example.com/",
        "ftp://id.gs1.org/01/80614141123458",
        "01/80614141123458",
        "https://id.gs1.org/01/80614141123458/21",
        "https://id.gs1.org/01/80614141123458/21/1/10/late",
        "https://id.gs1.org/01/80614141123458/21/%FF",
        "https://[broken/01/80614141123458",
    ],
)
def test_an_ordinary_address_is_no_digital_link(uri: str) -> None:
    with pytest.raises(NotDigitalLinkError):
        parse_digital_link(uri)


def test_a_character_outside_the_82_is_refused() -> None:
    with pytest.raises(LabelError):
        parse_digital_link("https://id.gs1.org/01/80614141123458/21/%E6%9E%84")


@settings(deadline=None)
@given(data=st.data(), kind=st.sampled_from(["sgtin", "lgtin", "sscc", "sgln", "pgln", "grai"]))
def test_any_key_comes_back_from_its_link(data: st.DataObject, kind: str) -> None:
    key = data.draw(keys(kind, text(16), data.draw(st.integers(6, 12))))
    assert parse_digital_link(digital_link(key)) == key
