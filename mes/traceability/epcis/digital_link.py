"""GS1 keys in events: the one canonical form, whichever way a key was written.

The canonical form is the GS1 Digital Link URI on https://id.gs1.org with the finest key only and no query
(GS1 Digital Link 4.12, CBV 2.0 8.9); EPC URNs (TDS 1.x clause 6) are turned into it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlsplit

CANONICAL = "https://id.gs1.org"
_PLAIN = r"[\x22\x27\x2D\x2E\x30-\x39\x3B-\x3F\x41-\x5A\x5F\x61-\x7A]"
_ENCODE = str.maketrans({"!": "%21", "(": "%28", ")": "%29", "*": "%2A", "+": "%2B", ",": "%2C", ":": "%3A"})
_SHORT_NAMES = {
    "gtin": "01", "itip": "8006", "cpid": "8010", "gln": "414", "party": "417", "gsrnp": "8017",
    "gsrn": "8018", "gcn": "255", "sscc": "00", "gdti": "253", "ginc": "401", "gsin": "402", "grai": "8003",
    "giai": "8004",
    "cpv": "22", "lot": "10", "ser": "21",
}  # fmt: skip
_PRIMARY_KEYS = {
    "00",
    "01",
    "253",
    "255",
    "401",
    "402",
    "414",
    "417",
    "8003",
    "8004",
    "8006",
    "8010",
    "8017",
    "8018",
}

_KEY_FORMS = (
    r"/00/\d{18}", r"/01/\d{14}(/(21|10)/V{1,20}|/235/V{1,28})?", r"/253/\d{13}V{0,17}", r"/255/\d{13,25}",
    r"/401/V{1,30}", r"/402/\d{17}", r"/414/\d{13}(/254/V{1,20})?", r"/417/\d{13}", r"/8003/\d{14}V{0,16}",
    r"/8004/V{1,30}", r"/8006/\d{18}(/(21|10)/V{1,20})?", r"/8010/V{1,30}(/8011/\d{1,12})?",
    r"/8017/\d{18}", r"/8018/\d{18}",
)  # fmt: skip


def _forms(character: str) -> re.Pattern[str]:
    return re.compile("(?:" + "|".join(_KEY_FORMS).replace("V", character) + ")$")


_WEB_FORM = _forms(_PLAIN)
_ENCODED_FORM = _forms(rf"(?:{_PLAIN}|%[0-9A-Fa-f]{{2}})")

_CHECKED_DIGITS = {
    "00": 18, "01": 14, "253": 13, "255": 13, "402": 17, "414": 13, "417": 13, "8003": 14, "8006": 14,
    "8017": 18, "8018": 18,
}  # fmt: skip
"""Application identifier → how many leading digits end in a check digit."""


class CheckDigitError(ValueError):
    """A GS1 key whose check digit does not fit the digits before it: a typing or printing mistake."""


def check_digit(digits: str) -> str:
    """The GS1 check digit (General Specifications 7.9) of the digits before it."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


@lru_cache(maxsize=16384)
def canonical_uri(uri: str) -> str:
    """`uri` in canonical form where it holds a GS1 key, otherwise unchanged."""
    if uri.startswith("urn:epc:"):
        return _from_urn(uri) or uri
    if uri.startswith(("https://", "http://")):
        return _from_web(uri) or uri
    return uri


def require_check_digit(uri: str) -> None:
    """Do nothing where `uri` holds no GS1 key with a check digit, or a right one.

    Raises:
        CheckDigitError: with the digit that would fit.
    """
    parts = canonical_uri(uri).removeprefix(CANONICAL + "/").split("/")
    length = _CHECKED_DIGITS.get(parts[0]) if uri != parts[0] and len(parts) > 1 else None
    if length is None or not parts[1][:length].isdigit() or len(parts[1]) < length:
        return
    right = check_digit(parts[1][: length - 1])
    if parts[1][length - 1] != right:
        raise CheckDigitError(f"{uri}: the check digit is {parts[1][length - 1]}, but {right} would fit")


def _from_web(uri: str) -> str | None:
    path = urlsplit(uri.replace("?", "#", 1) if "#" not in uri else uri).path
    segments = [_SHORT_NAMES.get(segment, segment) for segment in path.split("/") if segment]
    start = next((at for at, segment in enumerate(segments[:-1]) if segment in _PRIMARY_KEYS), None)
    if start is None:
        return None
    segments = segments[start:]
    if segments[0] == "01" and segments[1].isdigit():
        segments[1] = segments[1].zfill(14)
    candidate = "/" + "/".join(_finest_key(segments))
    return CANONICAL + candidate if _WEB_FORM.match(candidate) else None


def _finest_key(segments: list[str]) -> list[str]:
    """Drop the product variant (22), and the lot (10) where there is a serial number (21)."""
    pairs = list(zip(segments[2::2], segments[3::2], strict=False))
    kept = [pair for pair in pairs if pair[0] != "22"]
    if any(key == "21" for key, _ in kept):
        kept = [pair for pair in kept if pair[0] != "10"]
    leftover = segments[-1:] if len(segments) % 2 else []
    return segments[:2] + [part for pair in kept for part in pair] + leftover


_URN = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):(\d{6,12})\.(.*)$")


def _from_urn(urn: str) -> str | None:
    matched = _URN.match(urn)
    if matched is None:
        return None
    kind, scheme, prefix, rest = matched.groups()
    parts = rest.split(".", 1)
    tail = parts[1] if len(parts) == 2 else ""
    tail = tail.removesuffix("*") if kind == "idpat" else tail.translate(_ENCODE)
    path = _PATHS[scheme](prefix, parts[0], tail) if scheme in _PATHS else None
    return CANONICAL + path if path and _ENCODED_FORM.match(path) else None


def _with_check(digits: str, length: int) -> str | None:
    return digits + check_digit(digits) if digits.isdigit() and len(digits) == length else None


def _item(prefix: str, item: str) -> str | None:
    return _with_check(item[:1] + prefix + item[1:], 13)


def _qualified(key: str, body: str | None, qualifier: str, tail: str) -> str | None:
    if body is None:
        return None
    return f"/{key}/{body}" + (f"/{qualifier}/{tail}" if tail else "")


def _sgln(prefix: str, reference: str, tail: str) -> str | None:
    return _qualified("414", _with_check(prefix + reference, 12), "254", "" if tail == "0" else tail)


def _serial_run_on(key: str, lead: str, prefix: str, reference: str, tail: str) -> str | None:
    body = _with_check(lead + prefix + reference, 12 + len(lead))
    return f"/{key}/{body}{tail}" if body else None


def _itip(prefix: str, item: str, tail: str) -> str | None:
    body, pieces = _item(prefix, item), tail.split(".")
    if body is None or len(pieces) < 3:
        return None
    return _qualified("8006", body + pieces[0] + pieces[1], "21", pieces[2])


def _plain(key: str, prefix: str, reference: str, tail: str) -> str:
    return f"/{key}/{prefix}{reference.translate(_ENCODE)}" + (f".{tail}" if tail else "")


def _check_only(key: str, body: str | None) -> str | None:
    return f"/{key}/{body}" if body else None


_PATHS: dict[str, Callable[[str, str, str], str | None]] = {
    "sgtin": lambda p, r, t: _qualified("01", _item(p, r), "21", t),
    "lgtin": lambda p, r, t: _qualified("01", _item(p, r), "10", t),
    "upui": lambda p, r, t: _qualified("01", _item(p, r), "235", t),
    "sscc": lambda p, r, t: _check_only("00", _with_check(r[:1] + p + r[1:], 17)),
    "sgln": _sgln,
    "pgln": lambda p, r, t: _check_only("417", _with_check(p + r, 12)),
    "grai": lambda p, r, t: _serial_run_on("8003", "0", p, r, t),
    "gdti": lambda p, r, t: _serial_run_on("253", "", p, r, t),
    "sgcn": lambda p, r, t: _serial_run_on("255", "", p, r, t),
    "giai": lambda p, r, t: _plain("8004", p, r, t),
    "ginc": lambda p, r, t: _plain("401", p, r, t),
    "gsin": lambda p, r, t: _check_only("402", _with_check(p + r, 16)),
    "gsrn": lambda p, r, t: _check_only("8018", _with_check(p + r, 17)),
    "gsrnp": lambda p, r, t: _check_only("8017", _with_check(p + r, 17)),
    "cpi": lambda p, r, t: _qualified("8010", p + r.translate(_ENCODE), "8011", t),
    "itip": _itip,
}
