"""The unified social credit code (统一社会信用代码), GB 32100-2015: 18 characters, the last one a check."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Digits and capitals without I, O, S, V and Z, which are easily misread."""


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
