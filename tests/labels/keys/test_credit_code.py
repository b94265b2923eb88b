"""The check of a unified social credit code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.keys.credit_code import ALPHABET, check_character, is_credit_code, require_credit_code


def test_a_real_code_is_believed() -> None:
    code = "91350100M000100Y43"  # the example of GB 32100-2015, as secondary sources print it
    assert is_credit_code(code)
    require_credit_code(code)


@given(st.text(alphabet=ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_noticed(first: str, position: int, wrong: str) -> None:
    right = first + check_character(first)
    mistyped = right[:position] + wrong + right[position + 1 :]
    assert is_credit_code(mistyped) == (wrong == right[position])


@pytest.mark.parametrize("code", ["", "9" * 17, "9" * 19, "91350100M000100Y4O", "９" * 18])
def test_another_text_is_no_credit_code(code: str) -> None:
    assert not is_credit_code(code)
