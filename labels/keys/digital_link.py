"""GS1 Digital Link URIs: built on the canonical domain, read from any domain.

Source: GS1 Digital Link Standard, URI Syntax; the uncompressed form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote, urlsplit

from labels.errors import UriError
from labels.keys.gs1 import Key, check_key, is_digits
from labels.keys.tables import application_identifiers, primary_keys

CANONICAL_DOMAIN = "https://id.gs1.org"


class NotDigitalLinkError(UriError):
    """A text that is no GS1 Digital Link at all, such as the address of an ordinary page."""


def digital_link(key: Mapping[str, str], domain: str = CANONICAL_DOMAIN) -> str:
    """The Digital Link of a key; every character outside letters, digits, ``-._`` is percent-encoded."""
    parts = [part for ai, value in check_key(key).items() for part in (ai, quote(value, safe=""))]
    return "/".join([domain.rstrip("/"), *parts])


def parse_digital_link(uri: str) -> Key:
    """The key in a Digital Link on any domain.

    Raises NotDigitalLinkError where the path holds no GS1 key, and the error of ``check_key``
    (CheckDigitError and others) where it holds a wrong one.
    """
    segments = _segments(uri)
    for start, ai in enumerate(segments):
        if ai in primary_keys() and _is_key_path(segments[start:]):
            return check_key(dict(zip(segments[start::2], segments[start + 1 :: 2], strict=True)))
    raise NotDigitalLinkError(f"{uri} is not a GS1 Digital Link: its path holds no GS1 key")


def _segments(uri: str) -> list[str]:
    """The path's segments, each percent-decoded by itself, for a value may hold an encoded slash."""
    try:
        split = urlsplit(uri.strip())
        segments = [unquote(segment, errors="strict") for segment in split.path.rstrip("/").split("/")]
    except ValueError as error:
        raise NotDigitalLinkError(f"{uri} is not a URI") from error
    if split.scheme.lower() not in ("http", "https") or not split.netloc:
        raise NotDigitalLinkError(f"{uri} is not a web address")
    return segments


def _is_key_path(segments: Sequence[str]) -> bool:
    """Whether the segments are a primary key and its qualifiers, by their shape alone."""
    names, values = segments[::2], segments[1::2]
    if len(names) != len(values) or not all(values):
        return False
    primary, qualifiers = names[0], names[1:]
    allowed = iter(primary_keys()[primary])
    return _has_shape(primary, values[0]) and all(qualifier in allowed for qualifier in qualifiers)


def _has_shape(ai: str, value: str) -> bool:
    rule = application_identifiers()[ai]
    if not rule.digits:
        return is_digits(value[:6]) and len(value) > 6
    exact = bool(rule.tail) or len(value) == rule.digits
    return is_digits(value[: rule.digits]) and len(value) >= rule.digits and exact
