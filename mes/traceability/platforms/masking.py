"""What no log and no screen may show of a request or an answer: secrets, signatures, and who people are."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "***"
_SHORTEST = 2  # a text of one character would blacken everything
_EDGE_BEFORE, _EDGE_AFTER = r"(?<![0-9A-Za-z._-])", r"(?![0-9A-Za-z._-])"
_ID_NUMBER = re.compile(
    _EDGE_BEFORE + r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx]" + _EDGE_AFTER
)
_PHONE = re.compile(_EDGE_BEFORE + r"(?:\+86)?1[3-9]\d{9}" + _EDGE_AFTER)


class Masker:
    """Hides certain texts wherever they stand, as they are or as JSON and addresses write them.

    Identity card numbers and mobile phone numbers of people are hidden by their form.
    """

    def __init__(self, hidden: Iterable[str] = ()) -> None:
        forms = {form for text in hidden if len(text) >= _SHORTEST for form in _forms(text)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._hidden = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def text(self, text: str) -> str:
        """The text without what is hidden."""
        if self._hidden is not None:
            text = self._hidden.sub(MASK, text)
        return _PHONE.sub(MASK, _ID_NUMBER.sub(MASK, text))


def _forms(text: str) -> set[str]:
    plain = {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    escaped = {quote(text), quote(text, safe=""), quote_plus(text)}
    return plain | escaped | {base64.b64encode(text.encode()).decode()}
