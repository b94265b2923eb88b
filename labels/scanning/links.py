"""Web addresses that name a thing: GS1 Digital Links and local names, on any domain, as devices deliver them.

The words that early editions of the Digital Link standard allowed in place of application identifiers (gtin, ser,
lot …) are read and never written. Source: GS1 Digital Link Standard, URI Syntax, 1.1 (dropped with 1.2; not seen).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote, unquote, urlsplit

from labels.errors import CheckDigitError, LabelError, UriError
from labels.keys.digital_link import NotDigitalLinkError
from labels.keys.gs1 import Key, check_value
from labels.keys.local import local_kinds
from labels.keys.naming import parse_identity
from labels.keys.tables import application_identifiers, primary_keys

WORDS = {
    "gtin": "01",
    "cpv": "22",
    "lot": "10",
    "ser": "21",
    "sscc": "00",
    "gln": "414",
    "glnx": "254",
    "party": "417",
    "grai": "8003",
    "giai": "8004",
}
_PACKED = re.compile(r"[A-Za-z0-9_-]{6,}")
_WEB = re.compile(r"https?://[^\s，。；、“”<>]+", re.IGNORECASE)


class CompressedLinkError(UriError):
    """A Digital Link in the compressed form, or one that was cut off: nothing here reads it."""


def is_web_address(text: str) -> bool:
    """Whether a text claims to be a web address."""
    return text.lower().startswith(("http://", "https://"))


def link_key(address: str) -> Key:
    """The key in a web address; empty where it names nothing.

    Raises the error of the wrong part (CheckDigitError and others) where it names something wrongly, and
    CompressedLinkError for the compressed form.
    """
    plain = _with_identifiers(address)
    try:
        return parse_identity(plain)
    except NotDigitalLinkError:
        _refuse_compressed(plain)
        return {}


def link_in_text(text: str) -> Key:
    """The key of the one Digital Link that stands among other text; empty where there is none, or several differ."""
    keys: list[Key] = []
    for address in _WEB.findall(text):
        try:
            key = link_key(address)
        except CheckDigitError:
            raise
        except LabelError:
            continue
        if key and key not in keys:
            keys.append(key)
    return keys[0] if len(keys) == 1 else {}


def _with_identifiers(address: str) -> str:
    """The address with words such as gtin replaced by application identifiers, and local names in their own case."""
    try:
        split = urlsplit(address)
        segments = split.path.split("/")
    except ValueError:
        return address
    start = _start(segments)
    if start is None:
        return address
    path = "/".join([*segments[:start], *_named(segments[start:])])
    return f"{split.scheme}://{split.netloc}{path}"


def _start(segments: Sequence[str]) -> int | None:
    """Where a key begins that is written in another way than the standard's today."""
    for index, segment in enumerate(segments):
        following = segments[index + 1 :]
        lowered = segment.lower()
        if lowered == "id" and len(following) >= 3 and following[1].lower() in local_kinds():
            return index
        if (WORDS.get(lowered) in primary_keys() or segment in primary_keys()) and _is_value(lowered, following):
            return index
    return None


def _is_value(name: str, following: Sequence[str]) -> bool:
    if not following:
        return False
    try:
        check_value(WORDS.get(name, name), unquote(following[0]))
    except CheckDigitError:
        return True
    except LabelError:
        return False
    return True


def _named(segments: Sequence[str]) -> list[str]:
    if segments[0].lower() == "id":
        return ["id", segments[1].upper(), segments[2].lower(), *segments[3:]]
    return [part if at % 2 else WORDS.get(part.lower(), part) for at, part in enumerate(segments)]


def _refuse_compressed(address: str) -> None:
    """Raise CompressedLinkError where a key was surely meant, yet cannot be read."""
    try:
        split = urlsplit(address)
    except ValueError:
        return
    segments = [segment for segment in split.path.split("/") if segment]
    packed = bool(segments) and all(_PACKED.fullmatch(segment) for segment in segments[-1:])
    on_gs1 = (split.hostname or "").lower() in ("id.gs1.org", "dl.gs1.org")
    behind_key = len(segments) >= 3 and segments[-3] in primary_keys() and _is_whole(segments[-3], segments[-2])
    if packed and ((on_gs1 and len(segments) == 1) or behind_key):
        shown = quote(address, safe=":/?#%&=.~-_", errors="replace")
        raise CompressedLinkError(
            f"{shown} is a compressed Digital Link or was cut off; print and scan the uncompressed form"
        )


def _is_whole(ai: str, value: str) -> bool:
    if ai not in application_identifiers():
        return False
    try:
        check_value(ai, unquote(value))
    except LabelError:
        return False
    return True
