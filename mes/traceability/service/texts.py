"""A platform's words as both databases take them."""

from __future__ import annotations

import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def kept(text: str, most: int) -> str:
    """The beginning of a text; what no database can keep (NUL, half a surrogate pair) is replaced."""
    return _UNSTORABLE.sub("\ufffd", text[:most])
