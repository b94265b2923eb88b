"""Texts with places in braces: `{element.mark}`. Two braces stand for one that is meant."""

from __future__ import annotations

import re
from collections.abc import Callable

_PLACE = re.compile(r"\{\{|\}\}|\{([A-Za-z_][\w.-]*)\}")


def require_template(text: str) -> str:
    """The text, if its braces are well formed.

    Raises:
        ValueError: a brace that opens or closes nothing.
    """
    rest = _PLACE.sub("", text)
    if "{" in rest or "}" in rest:
        raise ValueError(f"{text!r} has a brace that opens or closes no place; two braces stand for one")
    return text


def places_of(text: str) -> tuple[str, ...]:
    """The places in a text, in their order."""
    return tuple(found.group(1) for found in _PLACE.finditer(text) if found.group(1))


def fill(text: str, value_at: Callable[[str], str]) -> str:
    """The text with its places filled."""

    def replaced(found: re.Match[str]) -> str:
        return value_at(found.group(1)) if found.group(1) else found.group(0)[0]

    return _PLACE.sub(replaced, text)
