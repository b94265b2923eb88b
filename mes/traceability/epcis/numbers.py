"""Texts that other systems read as numbers: whatever Python's `float` takes, since the reference generator asks it."""

from __future__ import annotations

import re

_MAY_BE_NUMBER = re.compile(r"\s*[+-]?\s*(?:\d|\.\d|inf|nan)", re.IGNORECASE)
"""How every text begins that `float` takes; most texts are sorted out by it without an exception."""


def number_in(text: str) -> float | None:
    """The number that a text would be read as, infinities and NaN among them; None for a text that is none."""
    if _MAY_BE_NUMBER.match(text) is None:
        return None
    try:
        return float(text)
    except ValueError:
        return None
