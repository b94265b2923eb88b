"""GS1 keys: check digits, building, refusing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.errors import (
    CharacterError,
    CheckDigitError,
    CompanyPrefixError,
    KeyFormatError,
    ReferenceLengthError,
)
from labels.keys import gs1


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("8061414112345", "8"),  # 3*(5+3+1+4+4+6+8)+(4+2+1+1+1+0)=102 -> 8
        ("061414112345", "2"),
        ("10614141234567890", "8"),
        ("629104150021", "3"),  # the example of the GS1 check digit page
    ],
)
def test_the_check_digit_has_weights_three_and_one_from_the_right(digits: str, expected: str) -> None:
    assert gs1.check_digit(digits) == expected


@settings(deadline=None)
@given(st.text(alphabet="0123456789", min_size=7, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_any_single_wrong_digit_is_found(body: str, place: int, change: int) -> None:
    number = body + gs1.check_digit(body)
    at = place % len(number)
    wrong = number[:at] + str((int(number[at]) + change) % 10) + number[at + 1 :]
    assert gs1.has_valid_check_digit(number)
    assert not gs1.has_valid_check_digit(wrong)


def test_an_element_has_the_gtin_of_its_family_and_its_own_serial() -> None:
    assert gs1.element_key("0614141", 12345, 6789, indicator=8) == {"01": "80614141123458", "21": "6789"}


def test_a_number_is_filled_with_zeros_to_the_digits_the_prefix_leaves() -> None:
    assert gs1.gtin("6901234", 7)[:13] == "0690123400007"


def test_every_key_is_built_from_company_prefix_and_reference() -> None:
    assert gs1.load_key("0614141", 234567890, extension_digit=1) == {"00": "106141412345678908"}
    assert gs1.mould_key("0614141", 12345, "X/1") == {"8003": "00614141123452X/1"}
    assert gs1.place_key("0614141", 12345) == {"414": "0614141123452"}
    assert gs1.place_key("0614141", 12345, "A-03") == {"414": "0614141123452", "254": "A-03"}
    assert gs1.party_key("0614141", 12345) == {"417": "0614141123452"}
    assert gs1.asset_key("0614141", "KILN-2") == {"8004": "0614141KILN-2"}
    assert gs1.batch_key("0614141", 12345, "C30-117") == {"01": "00614141123452", "10": "C30-117"}


def test_a_prefix_of_twelve_digits_leaves_no_location_reference() -> None:
    assert gs1.gln("952012345678", 0) == "952012345678" + gs1.check_digit("952012345678")


@pytest.mark.parametrize("prefix", ["06141", "0614141123456", "06141A1", ""])
def test_a_company_prefix_has_six_to_twelve_digits(prefix: str) -> None:
    with pytest.raises(CompanyPrefixError):
        gs1.gtin(prefix, 1)


def test_a_reference_too_long_for_the_prefix_is_refused() -> None:
    with pytest.raises(ReferenceLengthError, match="5 digits"):
        gs1.gtin("0614141", 123456)


@pytest.mark.parametrize("serial", ["构件1", "a b", "a#b", "a~b", "a\x1db"])
def test_a_serial_holds_only_the_allowed_82_characters(serial: str) -> None:
    with pytest.raises(CharacterError):
        gs1.element_key("0614141", 12345, serial)


def test_the_allowed_set_has_82_characters() -> None:
    assert len(gs1.character_set_82()) == 82


@pytest.mark.parametrize("serial", ["", "1" * 21])
def test_a_serial_has_one_to_twenty_characters(serial: str) -> None:
    with pytest.raises(ReferenceLengthError):
        gs1.element_key("0614141", 12345, serial)


@pytest.mark.parametrize(
    "key",
    [
        {"01": "80614141123457", "21": "1"},
        {"00": "106141412345678907"},
        {"414": "0614141123453"},
        {"8003": "00614141123453X1"},
    ],
)
def test_a_wrong_check_digit_is_refused_with_the_right_one(key: dict[str, str]) -> None:
    with pytest.raises(CheckDigitError, match="was expected"):
        gs1.check_key(key)


@pytest.mark.parametrize(
    "key",
    [
        {},
        {"21": "1"},
        {"00": "106141412345678908", "01": "80614141123458"},
        {"00": "106141412345678908", "21": "1"},
        {"99": "x"},
    ],
)
def test_a_key_is_one_primary_identifier_and_its_qualifiers(key: dict[str, str]) -> None:
    with pytest.raises(KeyFormatError):
        gs1.check_key(key)


def test_a_shorter_gtin_is_filled_to_fourteen_digits() -> None:
    assert gs1.check_key({"01": "614141123452"}) == {"01": "00614141123452"}


def test_the_place_extension_zero_means_none() -> None:
    assert gs1.check_key({"414": "0614141123452", "254": "0"}) == {"414": "0614141123452"}
