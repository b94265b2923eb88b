"""GS1 element strings: what a bar code scanner sends for GS1-128, DataMatrix and QR symbols.

Written ``(01)80614141123458(21)6789`` for people, or bare with FNC1 (sent as the group separator, ASCII 29)
behind every value of variable length. Source: GS1 General Specifications, sections 3 and 7.8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from labels.errors import KeyFormatError
from labels.keys.gs1 import Key, check_key, is_digits
from labels.keys.tables import application_identifiers, primary_keys, skipped_application_identifiers

FNC1 = "\x1d"
# GS1-128, DataMatrix, QR, DataBar, Dot Code with GS1 data.
SYMBOLOGY_IDENTIFIERS = ("]C1", "]d2", "]Q3", "]e0", "]J1")
_IN_PARENTHESES = re.compile(r"\((\d{2,4})\)")


class NotElementStringError(KeyFormatError):
    """A text that does not divide into application identifiers."""


def element_string(key: Mapping[str, str], *, parentheses: bool = False) -> str:
    """The element string of a key; with parentheses for people, else with FNC1 where one is needed."""
    checked = check_key(key)
    if parentheses:
        return "".join(f"({ai}){value}" for ai, value in checked.items())
    text = ""
    for ai, value in checked.items():
        text += f"{ai}{value}" + ("" if application_identifiers()[ai].fixed else FNC1)
    return text.removesuffix(FNC1)


def parse_element_string(text: str) -> Key:
    """The key in an element string; data beside the key, such as dates, are read over.

    Raises NotElementStringError where the text has not that form, and the error of ``check_key`` where
    the key in it is wrong.
    """
    bare = strip_symbology(text.strip(" \r\n\t"))
    values = _in_parentheses(bare) if bare.startswith("(") else _bare(bare)
    primaries = [ai for ai in values if ai in primary_keys()]
    if len(primaries) != 1:
        raise NotElementStringError(f"{text!r} holds {len(primaries) or 'no'} GS1 keys, one was expected")
    wanted = {primaries[0], *primary_keys()[primaries[0]]}
    return check_key({ai: value for ai, value in values.items() if ai in wanted})


def strip_symbology(text: str) -> str:
    """The text without a symbology identifier such as ``]C1`` and without leading separators."""
    for identifier in SYMBOLOGY_IDENTIFIERS:
        text = text.removeprefix(identifier)
    return text.lstrip(FNC1)


def _in_parentheses(text: str) -> dict[str, str]:
    """Divide at each ``(AI)`` that is known; other parentheses belong to a value."""
    starts = [match for match in _IN_PARENTHESES.finditer(text) if _is_known(match[1])]
    if not starts or starts[0].start() != 0:
        raise NotElementStringError(f"{text!r} does not start with an application identifier")
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return _unique((match[1], text[match.end() : end].strip(FNC1)) for match, end in zip(starts, ends, strict=True))


def _bare(text: str) -> dict[str, str]:
    found: list[tuple[str, str]] = []
    rest = text
    while rest:
        ai = _leading_identifier(rest)
        rest = rest[len(ai) :]
        length = _fixed_length(ai)
        if length:
            value, rest = rest[:length], rest[length:].removeprefix(FNC1)
            if len(value) < length or not is_digits(value):
                raise NotElementStringError(f"The value {value!r} of ({ai}) has not {length} digits")
        else:
            value, _, rest = rest.partition(FNC1)
        if not value:
            raise NotElementStringError(f"({ai}) has no value")
        found.append((ai, value))
    return _unique(found)


def _leading_identifier(text: str) -> str:
    for length in (4, 3, 2):
        if _is_known(text[:length]) and len(text) > length:
            return text[:length]
    raise NotElementStringError(f"{text[:4]!r} starts with no application identifier known here")


def _fixed_length(ai: str) -> int:
    rule = application_identifiers().get(ai)
    if rule is None:
        return skipped_application_identifiers()[ai]
    return rule.digits if rule.fixed else 0


def _is_known(ai: str) -> bool:
    return ai in application_identifiers() or ai in skipped_application_identifiers()


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    values: dict[str, str] = {}
    for ai, value in pairs:
        if values.get(ai, value) != value:
            raise NotElementStringError(f"({ai}) stands twice with different values")
        values[ai] = value
    return values
