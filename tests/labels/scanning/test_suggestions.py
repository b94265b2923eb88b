"""Near misses of codes that were refused or lead nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.errors import LabelError
from labels.keys.element_string import element_string
from labels.scanning.scan import Scan, parse
from labels.scanning.suggestions import MOST, suggestions
from tests.labels.strategies import digits, keys, text

ELEMENT = {"01": "80614141123458", "21": "6789"}


@pytest.mark.parametrize(
    ("typed", "change", "key"),
    [
        ("(01)80614141123457(21)6789", "digit", ELEMENT),
        ("(01)80614144123458(21)6789", "digit", ELEMENT),
        ("(01)86014141123458(21)6789", "swap", ELEMENT),
        ("https://mes.example/01/80614141123485/21/6789", "swap", ELEMENT),
        ("106141412345678907", "digit", {"00": "106141412345678908"}),
        ("(00)106141412345687908", "swap", {"00": "106141412345678908"}),
        ("(414)0614141123453", "digit", {"414": "0614141123452"}),
        ("3O74257BF7I94E4OOOOO1A85", "look-alike", ELEMENT),
        ("30742578F7194E4000001A85", "look-alike", ELEMENT),
        ("3074257BF7194E4000001A8S", "look-alike", ELEMENT),
        ("(01)8O614141123458(21)6789", "look-alike", ELEMENT),
        ("80614141123458216789", "prefix", ELEMENT),
        ("mes.example/01/80614141123458/21/6789", "prefix", ELEMENT),
        ("sgtin:0614141.812345.6789", "prefix", ELEMENT),
        ("epc:id:sgtin:0614141.812345.6789", "prefix", ELEMENT),
        ("tag:sgtin-96:3.0614141.812345.6789", "prefix", ELEMENT),
        ("0614141123452", "prefix", {"414": "0614141123452"}),
        ("P12", "prefix", {"P": "12"}),
        ("P;12", "prefix", {"P": "12"}),
        ("8:2026-117", "prefix", {"B": "2026-117"}),
        ("5:A-03", "prefix", {"S": "A-03"}),
        ("A-03", "prefix", {"S": "A-03"}),
    ],
)
def test_what_was_meant_is_among_the_suggestions(typed: str, change: str, key: dict[str, str]) -> None:
    assert (change, key) in [(suggestion.change, suggestion.scan.key) for suggestion in suggestions(typed)]


def test_letters_in_a_serial_are_taken_for_the_digits_they_look_like() -> None:
    found = suggestions("47I1")
    assert (found[0].change, found[0].scan) == ("look-alike", Scan("unknown", {}, "", "4711"))


def test_nobodys_badge_is_guessed() -> None:
    for typed in ("0042", "U0042", "U;0042", "u.0042"):
        assert not [suggestion for suggestion in suggestions(typed) if suggestion.scan.kind == "person"]


@pytest.mark.parametrize("typed", ["", "   ", "DBS 1 / 3", "x" * 5000, "工程：学校\n编号：YB-1"])
def test_what_is_near_nothing_has_no_suggestions(typed: str) -> None:
    assert suggestions(typed) == ()


def test_a_code_that_is_right_has_no_near_misses_of_its_number() -> None:
    assert suggestions("(01)80614141123458(21)6789") == ()


@settings(deadline=None, max_examples=40)
@given(data=st.data(), kind=st.sampled_from(["sgtin", "sscc", "sgln"]))
def test_one_wrong_digit_in_a_checked_number_is_always_found_again(data: st.DataObject, kind: str) -> None:
    key = data.draw(keys(kind, text(6), 7))
    right = element_string(key, parentheses=True)
    ai, number = next(iter(key.items()))
    at = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(digits(1).filter(lambda digit: digit != number[at]))
    wrong = right.replace(f"({ai}){number}", f"({ai}){number[:at]}{other}{number[at + 1 :]}", 1)
    with pytest.raises(LabelError):
        parse(wrong)
    assert key in [suggestion.scan.key for suggestion in suggestions(wrong)]


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=60) | st.text(alphabet="0123456789OISBPU:;()./", max_size=40))
def test_suggestions_are_few_right_and_never_the_code_itself(typed: str) -> None:
    found = suggestions(typed)
    assert len(found) <= MOST
    for suggestion in found:
        assert parse(suggestion.text).key == suggestion.scan.key
        assert suggestion.text != typed
