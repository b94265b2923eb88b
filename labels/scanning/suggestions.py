"""Near misses: what a refused or unknown code may have been meant to be. Computed, not guessed from any list;
whoever knows what exists keeps those suggestions that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from labels.errors import LabelError
from labels.keys.gs1 import has_valid_check_digit, is_digits
from labels.scanning.devices import receive
from labels.scanning.scan import COMPANY_CODES, Scan, parse

Change = Literal["digit", "swap", "look-alike", "prefix", "case"]

MOST = 64
_LONGEST = 120
_VARIANTS = 1500
_DIGITS = "0123456789"
_TO_DIGIT = str.maketrans("OoQDIil|ZzSsGbBg", "0000111122556889")
_TO_HEX = str.maketrans({"O": "0", "Q": "0", "I": "1", "L": "1", "|": "1", "Z": "2", "S": "5", "G": "6", "T": "7"})
_HEX_TWINS = {"8": "B", "B": "8", "0": "D", "D": "0"}
_ALMOST_HEX = re.compile(r"[0-9A-FOQILZSGT|\s-]{20,}", re.IGNORECASE)
_ALMOST_COMPANY = re.compile(r"([PBUSpbus58])\s*[:;.,=_/ -]?\s*([0-9A-Za-z][\w./-]{0,30})")
_LETTER_OF = {"8": "B", "5": "S"}
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z./_-]{0,30}")
_HOST = re.compile(r"[\w.-]+\.[a-z]{2,}(?::\d+)?/", re.IGNORECASE)
_URN_PREFIXES = ("urn:", "urn:epc:", "urn:epc:id:", "urn:epc:tag:", "urn:epc:class:")
_URN_PARTS = re.compile(r"(?:(?:epc:)?(?:(?:id|tag|class|raw):))?(?:[a-z]+(?:-\d+)?):[\d.x]", re.IGNORECASE)


@dataclass(frozen=True)
class Suggestion:
    """What a code may have been meant to be: the code, what it says, and what was changed to get there.

    Changes: one digit, two neighbouring digits swapped, letters and digits that look alike, a missing prefix, the case.
    """

    text: str
    scan: Scan
    change: Change


def suggestions(text: str) -> tuple[Suggestion, ...]:
    """Near misses of a code that was refused or leads nowhere, at most 64, the likeliest first.

    Numbers with a check digit (GTIN, SSCC, GLN, GRAI) in which one digit is wrong or two neighbours are swapped;
    letters and digits that look alike; prefixes left out. Never the code itself. A plain number's digits are not
    varied: every neighbour would be a number as well.
    """
    if not text.strip() or len(text) > _LONGEST:
        return ()
    code = receive(text).code
    said = _said(text)
    found: dict[tuple[str, ...], Suggestion] = {}
    for change, variant in islice(_variants(code), _VARIANTS):
        scan = _said(variant)
        if scan is None or not _is_worth(scan, change) or (said is not None and _same(scan, said)):
            continue
        found.setdefault(_name(scan), Suggestion(variant, scan, change))
    return tuple(found.values())[:MOST]


def _variants(code: str) -> Iterator[tuple[Change, str]]:
    yield from (("look-alike", variant) for variant in _look_alikes(code))
    yield from (("prefix", variant) for variant in _prefixed(code))
    yield from (("swap", variant) for variant in _swapped(code))
    yield from (("digit", variant) for variant in _one_digit(code))
    if code.lower().startswith(("http", "urn:")):
        yield "case", code.swapcase()


def _said(text: str) -> Scan | None:
    try:
        return parse(text)
    except LabelError:
        return None


def _is_worth(scan: Scan, change: Change) -> bool:
    """A key is; a bare number or code only where letters were taken for digits."""
    return bool(scan.key) or (change == "look-alike" and is_digits(scan.text) and not scan.hints)


def _same(one: Scan, other: Scan) -> bool:
    return _name(one) == _name(other)


def _name(scan: Scan) -> tuple[str, ...]:
    if not scan.key:
        return ("text", scan.text)
    return (scan.kind, *(part for pair in scan.key.items() for part in pair))


def _may_be_checked(code: str) -> bool:
    """Whether the code holds a number with a check digit, so that a changed digit can make it right."""
    return any(len(run) >= 12 for run in re.findall(r"[0-9]+", code.replace(" ", "")))


def _one_digit(code: str) -> Iterator[str]:
    if not _may_be_checked(code) or _is_right_number(code):
        return
    for at, digit in enumerate(code):
        if digit in _DIGITS:
            for other in _DIGITS.replace(digit, ""):
                yield code[:at] + other + code[at + 1 :]


def _swapped(code: str) -> Iterator[str]:
    if not _may_be_checked(code) or _is_right_number(code):
        return
    for at in range(len(code) - 1):
        left, right = code[at], code[at + 1]
        if left in _DIGITS and right in _DIGITS and left != right:
            yield code[:at] + right + left + code[at + 2 :]


def _is_right_number(code: str) -> bool:
    """A code that is understood needs no other digits: near numbers are other things, not near misses."""
    said = _said(code)
    return said is not None and bool(said.key)


def _look_alikes(code: str) -> Iterator[str]:
    as_number = code.translate(_TO_DIGIT)
    if as_number != code and is_digits(as_number.replace(" ", "")):
        yield as_number.replace(" ", "")
    if _ALMOST_HEX.fullmatch(code):
        as_hex = code.upper().translate(_TO_HEX)
        yield as_hex
        for at, digit in enumerate(as_hex):
            if digit in _HEX_TWINS:
                yield as_hex[:at] + _HEX_TWINS[digit] + as_hex[at + 1 :]
    for at, letter in enumerate(code):
        digit = letter.translate(_TO_DIGIT)
        if digit != letter:
            yield code[:at] + digit + code[at + 1 :]


def _prefixed(code: str) -> Iterator[str]:
    """The code behind each prefix that may be missing or mistyped. Never a badge: nobody is looked for by guesses."""
    almost = _ALMOST_COMPANY.fullmatch(code)
    letter = _LETTER_OF.get(almost[1], almost[1].upper()) if almost else ""
    if almost and letter != "U":
        yield f"{letter}:{almost[2]}"
    if _CODE.fullmatch(code):
        yield from (f"{known}:{code}" for known in COMPANY_CODES if known != "U")
    if is_digits(code):
        yield from _numbers(code)
    if _HOST.match(code):
        yield f"https://{code}"
    if code.lower().startswith(("://", "//")):
        yield f"https:{code.removeprefix(':')}"
    if _URN_PARTS.match(code):
        yield from (f"{prefix}{code}" for prefix in _URN_PREFIXES)


def _numbers(digits: str) -> Iterator[str]:
    if len(digits) == 13 and has_valid_check_digit(digits):
        yield f"(414){digits}"
    if len(digits) > 16 and has_valid_check_digit(digits[:14]) and digits[14:16] in ("21", "10"):
        yield f"(01){digits[:14]}({digits[14:16]}){digits[16:]}"
    if len(digits) >= 14 and digits[:1] == "0" and has_valid_check_digit(digits[:14]):
        yield f"(8003){digits}"
    if len(digits) == 17:
        yield from (f"{extension}{digits}" for extension in _DIGITS)
