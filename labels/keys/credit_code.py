"""The unified social credit code (统一社会信用代码), GB 32100-2015: 18 characters, the last one a check."""

from __future__ import annotations

from labels.errors import LabelError

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Digits and capitals without I, O, S, V and Z, which are easily misread."""


class CreditCodeError(LabelError):
    """A text that is no unified social credit code: a wrong length, character or check character."""


def check_character(first_seventeen: str) -> str:
    """The 18th character: weights 3 to the power of the place, modulo 31 (GB 32100-2015, annex A).

    Raises ValueError where the text is not 17 characters of the alphabet.
    """
    if len(first_seventeen) != 17:
        raise ValueError("17 characters are needed")
    total = sum(ALPHABET.index(letter) * pow(3, place, 31) for place, letter in enumerate(first_seventeen))
    return ALPHABET[-total % 31]


def is_credit_code(code: str) -> bool:
    """Whether the code has 18 characters of the alphabet and the right check character."""
    return len(code) == 18 and all(letter in ALPHABET for letter in code) and check_character(code[:17]) == code[17]


def require_credit_code(code: str) -> None:
    """Raise CreditCodeError, which says what is wrong, unless this is a credit code."""
    if len(code) != 18:
        raise CreditCodeError(f"A unified social credit code has 18 characters, {code!r} has {len(code)}")
    for position, letter in enumerate(code, start=1):
        if letter not in ALPHABET:
            raise CreditCodeError(f"Character {position} of the credit code {code} is {letter!r}, which it cannot be")
    expected = check_character(code[:17])
    if code[17] != expected:
        raise CreditCodeError(f"The credit code {code} has a wrong check character: {expected} was expected")
