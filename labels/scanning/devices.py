"""What devices and input methods do to a code on its way in, undone: control characters spelled out, full-width
characters, symbology identifiers, blanks and marks around it. The rules are the data file beside this module."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from labels.keys.element_string import FNC1

Claim = Literal["", "element string", "gtin"]

_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_REPEATED = re.compile(FNC1 + "{2,}")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_CAPITALS = re.compile(r"HTTPS?://[^/?#a-z]+(?=[/?#])|URN:(?:[A-Z0-9-]+:)+")
_WRITTEN_SMALL = re.compile(r"/(?:id|gtin|sscc|gln|party|grai|giai)/")


@dataclass(frozen=True)
class Received:
    """A code as it came in.

    ``text`` is what was read, without what surrounds it; ``code`` the same folded to what was probably printed;
    ``claim`` what the device says of it.
    """

    text: str
    code: str
    claim: Claim


@cache
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files("labels.scanning").joinpath("devices.yaml").read_text("utf-8"))
    return loaded


@cache
def _spelled() -> tuple[re.Pattern[str], dict[str, str]]:
    spelled = dict.fromkeys(_data()["separators"], FNC1) | dict(_data()["other_controls"])
    longest_first = sorted(spelled, key=len, reverse=True)
    lowered = {text.lower(): control for text, control in spelled.items()}
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE), lowered


@cache
def _input_method() -> dict[int, str]:
    return {ord(typed): meant for typed, meant in _data()["input_method"].items()}


def receive(text: str) -> Received:
    """What a device sent, taken apart."""
    around = _data()["around"]
    bare = text.strip(around)
    folded = half_width(bare)
    marked = folded if folded.isascii() or folded.startswith("]") else bare
    match = _SYMBOLOGY.match(marked)
    claim: Claim = _claim(match[0]) if match else ""
    plain = (marked[3:] if match else marked).lstrip(FNC1).strip(around)
    led_by_separator = marked[3 if match else 0 :].startswith(FNC1)
    code = as_printed(plain)
    if not claim and (led_by_separator or code.startswith(FNC1)):
        claim = "element string"
    return Received(plain, _REPEATED.sub(FNC1, code.lstrip(FNC1)), claim)


def half_width(text: str) -> str:
    """The text with the full-width forms of ASCII characters folded, and what input methods make of others."""
    return text.translate(_FULL_WIDTH).translate(_input_method())


def as_printed(text: str) -> str:
    """The code that was probably printed: characters folded, controls no longer spelled out, CapsLock undone."""
    folded = half_width(text)
    pattern, controls = _spelled()
    if not folded.lower().startswith(("http", "urn:")):
        folded = pattern.sub(lambda match: controls[match[0].lower()], folded)
    return _without_caps_lock(folded)


def _without_caps_lock(text: str) -> str:
    """Undo CapsLock where it shows: scheme and host in capitals, as in compact QR symbols, but small letters after
    them, which such symbols cannot hold."""
    match = _CAPITALS.match(text)
    rest = text[match.end() :] if match else ""
    if any(letter.islower() for letter in rest) and not _WRITTEN_SMALL.search(rest):
        return text.swapcase()
    return text


def _claim(identifier: str) -> Claim:
    known = _data()["symbology_identifiers"]
    if identifier in known["element_string"]:
        return "element string"
    return "gtin" if identifier in known["gtin"] else ""
