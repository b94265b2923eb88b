"""EPC URIs: pure identities (``urn:epc:id:``), classes (``urn:epc:class:``, ``urn:epc:idpat:``).

They divide a key into company prefix, reference and serial, so the number of digits of the company prefix
must be known. Source: GS1 EPC Tag Data Standard, sections 6 and 7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from labels.errors import (
    CharacterError,
    CompanyPrefixError,
    KeyFormatError,
    ReferenceLengthError,
    SchemeError,
    UriError,
)
from labels.keys.gs1 import Key, check_digit, check_key, require_characters, require_company_prefix, require_digits

_PREFIX_AND_REFERENCE_DIGITS = {
    "sgtin": 13,
    "lgtin": 13,
    "sscc": 17,
    "sgln": 12,
    "pgln": 12,
    "grai": 12,
    "giai": 0,
}
_SERIAL_LONGEST = {"sgtin": 20, "lgtin": 20, "sgln": 20, "grai": 16, "giai": 30}
_ESCAPED = '"%&/<>?'
_ESCAPED_TEXT = re.compile(r"(?:%[0-9A-Fa-f]{2}|[^%\"&/<>?#\s])+")
_URI = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):(.+)", re.IGNORECASE)


@dataclass(frozen=True)
class KeyParts:
    """A key divided as EPC URIs divide it; ``reference`` holds indicator or extension digit first."""

    kind: str
    company_prefix: str
    reference: str
    serial: str

    def __post_init__(self) -> None:
        """Check every part against the rules of the key."""
        total = _PREFIX_AND_REFERENCE_DIGITS.get(self.kind)
        if total is None:
            raise SchemeError(f"EPC URIs of the kind {self.kind!r} are not known here")
        require_company_prefix(self.company_prefix)
        self._check_reference(max(total - len(self.company_prefix), 0))
        self._check_serial()

    def _check_reference(self, digits: int) -> None:
        if self.reference:
            require_digits(self.reference, f"{self.kind.upper()} reference")
        if len(self.reference) != digits:
            raise ReferenceLengthError(
                f"{self.kind.upper()} reference {self.reference!r} must have {digits} digits "
                f"after the company prefix {self.company_prefix}"
            )

    def _check_serial(self) -> None:
        longest = _SERIAL_LONGEST.get(self.kind, 0)
        if self.kind == "giai":
            longest -= len(self.company_prefix)
        if longest:
            require_characters(self.serial, f"{self.kind.upper()} serial", longest)
        elif self.serial:
            raise UriError(f"{self.kind.upper()} has no serial, yet {self.serial!r} was given")


def escape(text: str) -> str:
    """The text with the characters that EPC URIs forbid written as ``%XX``."""
    return "".join(f"%{ord(character):02X}" if character in _ESCAPED else character for character in text)


def unescape(text: str) -> str:
    """The text behind ``%XX``; raises CharacterError where a character should have been escaped."""
    if text and not _ESCAPED_TEXT.fullmatch(text):
        raise CharacterError(f"{text!r} holds characters that an EPC URI must escape")
    return re.sub("%([0-9A-Fa-f]{2})", lambda match: chr(int(match[1], 16)), text)


def divide(key: Mapping[str, str], gcp_length: int | None, kind: str | None = None) -> KeyParts:
    """Divide a key at the company prefix of ``gcp_length`` digits.

    Raises CompanyPrefixError where the length is missing or not 6 to 12, SchemeError where the key is
    not of the ``kind`` asked for.
    """
    checked = check_key(key)
    found = kind_of(checked)
    if kind is not None and found != kind:
        raise SchemeError(f"{kind.upper()} cannot carry a key ({'), ('.join(checked)}) of {found.upper()}")
    if gcp_length is None:
        raise CompanyPrefixError("The number of digits of the company prefix (gcp_length) is needed here")
    if not 6 <= gcp_length <= 12:
        raise CompanyPrefixError(f"A GS1 company prefix has 6 to 12 digits, not {gcp_length}")
    return _divide(found, checked, gcp_length)


def _divide(kind: str, key: Key, cut: int) -> KeyParts:
    if kind in ("sgtin", "lgtin"):
        item, serial = key["01"], key["21"] if kind == "sgtin" else key["10"]
        return KeyParts(kind, item[1 : 1 + cut], item[0] + item[1 + cut : 13], serial)
    if kind == "sscc":
        load = key["00"]
        return KeyParts(kind, load[1 : 1 + cut], load[0] + load[1 + cut : 17], "")
    if kind == "grai":
        asset = key["8003"][1:]
        return KeyParts(kind, asset[:cut], asset[cut:12], asset[13:])
    if kind == "giai":
        return KeyParts(kind, key["8004"][:cut], "", key["8004"][cut:])
    place = key["414" if kind == "sgln" else "417"]
    return KeyParts(kind, place[:cut], place[cut:12], key.get("254", "0") if kind == "sgln" else "")


def kind_of(key: Mapping[str, str]) -> str:
    """Which EPC kind a key is; raises KeyFormatError for a GTIN with neither serial nor lot."""
    if "01" in key:
        if "21" in key:
            return "sgtin"
        if "10" in key:
            return "lgtin"
        raise KeyFormatError("A GTIN (01) needs a serial (21) or a lot (10) to name an instance or a batch")
    by_primary = {"00": "sscc", "414": "sgln", "417": "pgln", "8003": "grai", "8004": "giai"}
    return next(kind for ai, kind in by_primary.items() if ai in key)


def join(parts: KeyParts) -> Key:
    """The key of the parts, with its check digit."""
    prefix, reference, serial = parts.company_prefix, parts.reference, parts.serial
    if parts.kind in ("sgtin", "lgtin"):
        body = reference[0] + prefix + reference[1:]
        return {"01": body + check_digit(body), "21" if parts.kind == "sgtin" else "10": serial}
    if parts.kind == "sscc":
        body = reference[0] + prefix + reference[1:]
        return {"00": body + check_digit(body)}
    if parts.kind == "giai":
        return {"8004": prefix + serial}
    body = prefix + reference
    number = body + check_digit(body)
    if parts.kind == "grai":
        return {"8003": f"0{number}{serial}"}
    if parts.kind == "pgln":
        return {"417": number}
    return {"414": number} | ({} if serial == "0" else {"254": serial})


def parts_text(parts: KeyParts) -> str:
    """Company prefix, reference and serial with dots between, as every EPC URI ends."""
    if parts.kind == "giai":
        return f"{parts.company_prefix}.{escape(parts.serial)}"
    if parts.kind in ("sscc", "pgln"):
        return f"{parts.company_prefix}.{parts.reference}"
    return f"{parts.company_prefix}.{parts.reference}.{escape(parts.serial)}"


def parse_parts(kind: str, text: str) -> KeyParts:
    """The parts behind ``parts_text``."""
    count = {"giai": 2, "sscc": 2, "pgln": 2}.get(kind, 3)
    pieces = text.split(".", count - 1)
    if len(pieces) != count:
        raise UriError(f"{text!r} must have {count} parts with dots between to be {kind.upper()}")
    if kind == "giai":
        return KeyParts(kind, pieces[0], "", unescape(pieces[1]))
    return KeyParts(kind, pieces[0], pieces[1], unescape(pieces[2]) if count == 3 else "")


def epc_uri(key: Mapping[str, str], gcp_length: int) -> str:
    """The pure identity URI of an instance, or the class URI of a batch or a GTIN.

    ``urn:epc:id:sgtin:0614141.812345.6789``, ``urn:epc:class:lgtin:4012345.012345.998877``,
    ``urn:epc:idpat:sgtin:0614141.812345.*``.
    """
    if set(key) == {"01"}:
        instance = divide({"01": key["01"], "21": "0"}, gcp_length)
        return f"urn:epc:idpat:sgtin:{instance.company_prefix}.{instance.reference}.*"
    parts = divide(key, gcp_length)
    space = "class" if parts.kind == "lgtin" else "id"
    return f"urn:epc:{space}:{parts.kind}:{parts_text(parts)}"


def parse_epc_uri(uri: str) -> Key:
    """The key behind a pure identity or class URI. Raises UriError or the error of the wrong part."""
    match = _URI.fullmatch(uri.strip())
    if match is None:
        raise UriError(f"{uri!r} is not an EPC URI")
    space, kind, text = match[1].lower(), match[2].lower(), match[3]
    if space == "idpat":
        return _parse_pattern(uri, kind, text)
    if (space == "class") != (kind == "lgtin"):
        raise UriError(f"{uri!r}: {kind.upper()} does not belong under urn:epc:{space}")
    return join(parse_parts(kind, text))


def _parse_pattern(uri: str, kind: str, text: str) -> Key:
    if kind != "sgtin" or not text.endswith(".*"):
        raise UriError(f"{uri!r}: only the pattern of all instances of a GTIN (sgtin ending in .*) is read")
    return {"01": join(parse_parts("sgtin", text))["01"]}
