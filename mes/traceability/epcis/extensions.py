"""Extension values (our own fields in events and in `ilmd`), held clear of the event hash's traps.

The reference generator reads a text that looks like a number as one ("007" = "7"), crashes on some
hexadecimal digests, and turns a bare word of the standard's vocabularies into its web address. Such values
are refused here, before an event exists, so that its ID is the same everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from mes.traceability.epcis.numbers import number_in
from mes.traceability.epcis.times import time_text
from mes.traceability.epcis.vocabulary import facts, is_word_of_standard

NAMESPACE_PREFIX = "pc"
NAMESPACE = "https://precast-mes.org/ns/epcis/"
NAMESPACES: Mapping[str, str] = {NAMESPACE_PREFIX: NAMESPACE}
"""Prefixes that our documents declare besides the standard's own."""

ExtensionValue = str | int | float | Decimal | datetime | Sequence["ExtensionValue"] | Mapping[str, "ExtensionValue"]

_NAME = re.compile(r"pc:[A-Za-z][A-Za-z0-9]*$")
_HEX = re.compile(r"(?=.*[0-9])[0-9A-Fa-f]{6,}$")


class ExtensionError(ValueError):
    """An extension cannot be written as it is; `where` names it."""

    def __init__(self, where: str, message: str) -> None:
        self.where = where
        super().__init__(f"{where}: {message}")


class ExtensionNameError(ExtensionError):
    """A name that is not `pc:name`; other prefixes, `cbvmda:` too, are hashed differently by different systems."""


class AmbiguousExtensionError(ExtensionError):
    """A value that different systems would hash differently, such as "007", a bare digest or yes/no."""


def extension_json(name: str, value: ExtensionValue) -> Any:
    """The JSON form of the extension `name`, checked through and through.

    Raises:
        ExtensionNameError: a name, here or inside, outside our namespace.
        AmbiguousExtensionError: see the module's text; the message says what to write instead.
    """
    _require_name(name)
    if type(value) is str:  # most are, and asking an abstract class costs more than all the rest
        return _text(name, value)
    if isinstance(value, Mapping):
        return {inner: extension_json(inner, item) for inner, item in _filled(name, value).items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_list_item(name, item) for item in _filled(name, value)]
    return _scalar(name, value)


@lru_cache(maxsize=1024)
def _require_name(name: str) -> None:
    if not _NAME.match(name):
        raise ExtensionNameError(name, "write it as pc:name, letters and digits only")


def digest_text(hexadecimal: str, algorithm: str = "sha256") -> str:
    """A digest as it may stand in an extension: `sha256:…`."""
    return f"{algorithm}:{hexadecimal.lower()}"


def process_step(code: str) -> str:
    """A shop-floor step as a value of our vocabulary: `casting` becomes `pc:casting`."""
    return f"{NAMESPACE_PREFIX}:{code}"


@lru_cache(maxsize=16384)
def free_text(typed: str) -> str:
    """What a person typed, as it may stand in an extension: unchanged where it is clear, else as `text:…`.

    An empty text stays empty, and is refused by an event.
    """
    text = typed.strip()
    return f"text:{text}" if text and (_reads_as_number(text) or _belongs_to_standard(text)) else text


def _filled(name: str, value: Any) -> Any:
    if not value:
        raise AmbiguousExtensionError(name, "is empty; leave it out")
    return value


def _list_item(name: str, item: ExtensionValue) -> Any:
    if isinstance(item, Sequence) and not isinstance(item, str):
        raise AmbiguousExtensionError(name, "has a list directly within a list")
    return extension_json(name, item)


def _scalar(name: str, value: object) -> str | int | float:
    if isinstance(value, bool) or value is None:
        raise AmbiguousExtensionError(name, f"{value} has no common text form; write pc:yes or pc:no, or leave it out")
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, (int, float, Decimal)):
        return _number(name, value)
    if isinstance(value, str):
        return _text(name, value)
    raise AmbiguousExtensionError(name, f"{type(value).__name__} is no text, number, time, list or object")


def _number(name: str, value: int | float | Decimal) -> int | float:
    number = float(value)
    if number != number or (number and not 1e-4 <= abs(number) < 1e15):
        raise AmbiguousExtensionError(name, f"{value} would be written with an exponent; choose another unit")
    return int(number) if number == int(number) else number


def _text(name: str, value: str) -> str:
    text = value.strip()
    fault = _fault_of(text)
    if fault:
        raise AmbiguousExtensionError(name, fault)
    return text


@lru_cache(maxsize=16384)
def _fault_of(text: str) -> str:
    if not text:
        return "is empty; leave it out"
    if _reads_as_number(text):
        return f"{text!r} would be read as a number; write a prefix, such as NO-{text}"
    if _belongs_to_standard(text):
        return f"{text!r} is a word of the standard; write pc:{text} or use free_text"
    return ""


def _belongs_to_standard(text: str) -> bool:
    prefix = text.partition(":")[0]
    return is_word_of_standard(text) or "urn:epcglobal:cbv:" in text or (prefix in facts()["prefixes"] and ":" in text)


def _reads_as_number(text: str) -> bool:
    return _HEX.match(text) is not None or number_in(text) is not None
