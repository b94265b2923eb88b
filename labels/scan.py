"""What a scanner, a camera, an RFID reader or a person's typing says: ``parse`` finds out and names it.

Codes of the company's own (not GS1) have a letter and a colon: ``P:12`` pallet, ``B:2026-117`` batch,
``U:0042`` person's badge, ``S:A-03-2`` place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from labels.digital_link import NotDigitalLinkError, digital_link, parse_digital_link
from labels.element_string import (
    FNC1,
    SYMBOLOGY_IDENTIFIERS,
    NotElementStringError,
    parse_element_string,
    strip_symbology,
)
from labels.epc import decode_tag, tag_uri_key
from labels.errors import CheckDigitError, LabelError
from labels.gs1 import Key, has_valid_check_digit, is_digits
from labels.urn import parse_epc_uri

Kind = Literal["element", "load", "pallet", "mould", "place", "batch", "person", "unknown"]

COMPANY_CODES: dict[str, Kind] = {"P": "pallet", "B": "batch", "U": "person", "S": "place"}
_COMPANY_CODE = re.compile(r"([PBUS]):\s*(\S(?:.*\S)?)", re.IGNORECASE)
_SHORTEST_TAG_HEX = 20
_TAG_HEX = re.compile(r"(?:[0-9A-Fa-f]{4})+")
_RAW_URI = re.compile(r"urn:epc:raw:\d+\.x([0-9A-F]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Scan:
    """What was scanned.

    ``key`` has GS1 application identifiers as names, or the letter of a company code (``{"P": "12"}``);
    ``digital_link`` is the canonical identity, empty where there is none; ``text`` is what was read,
    without surrounding blanks and symbology identifier.
    """

    kind: Kind
    key: Key = field(default_factory=dict)
    digital_link: str = ""
    text: str = ""

    @property
    def value(self) -> str:
        """The value of the leading part of the key, or the text where there is no key."""
        return next(iter(self.key.values()), self.text)


def parse(text: str) -> Scan:
    """Recognise a scanned text; what is not recognised has the kind ``unknown``.

    Raises a LabelError (CheckDigitError above all) where the text claims to be a GS1 code and is wrong,
    so that a misread code is never taken for another thing.
    """
    cleaned = text.strip(" \r\n\t")
    plain = strip_symbology(cleaned)
    company = _COMPANY_CODE.fullmatch(plain)
    if company:
        letter = company[1].upper()
        return Scan(COMPANY_CODES[letter], {letter: company[2]}, "", plain)
    key = _key(cleaned)
    if not key:
        return Scan("unknown", {}, "", plain)
    return Scan(kind_of_key(key), key, digital_link(_identity(key)), plain)


def kind_of_key(key: Mapping[str, str]) -> Kind:
    """The kind of thing a GS1 key names in a precast factory.

    SGTIN and GIAI are elements, LGTIN batches, SSCC loads, GRAI moulds, SGLN places; a GTIN alone and a
    party are ``unknown``.
    """
    if "01" in key:
        return "element" if "21" in key else "batch" if "10" in key else "unknown"
    kinds: dict[str, Kind] = {"00": "load", "8003": "mould", "8004": "element", "414": "place"}
    return next((kind for ai, kind in kinds.items() if ai in key), "unknown")


def _identity(key: Key) -> Key:
    """The part of the key that identifies: a lot beside a serial, or a variant, does not."""
    if "21" in key:
        return {"01": key["01"], "21": key["21"]}
    return {ai: value for ai, value in key.items() if ai != "22"}


def _key(text: str) -> Key:
    lowered = text.lower()
    if lowered.startswith(("http://", "https://")):
        return _digital_link_key(text)
    if lowered.startswith("urn:epc:"):
        return _urn_key(text)
    if text.startswith((*SYMBOLOGY_IDENTIFIERS, FNC1, "(")):
        return _element_string_key(text)
    compact = text.replace(" ", "")
    if _is_sscc(compact):
        return {"00": compact}
    return _bare_element_string_key(text) or _tag_hex_key(compact)


def _is_sscc(text: str) -> bool:
    return is_digits(text) and len(text) == 18 and has_valid_check_digit(text)


def _digital_link_key(text: str) -> Key:
    try:
        return parse_digital_link(text)
    except NotDigitalLinkError:
        return {}


def _urn_key(text: str) -> Key:
    raw = _RAW_URI.fullmatch(text)
    if raw:
        return decode_tag(raw[1]).key
    return tag_uri_key(text).key if text.lower().startswith("urn:epc:tag:") else parse_epc_uri(text)


def _element_string_key(text: str) -> Key:
    """A marked element string; an inner SSCC without its identifier is accepted, as some gates send it."""
    plain = strip_symbology(text)
    if _is_sscc(plain):
        return {"00": plain}
    try:
        return parse_element_string(text)
    except NotElementStringError:
        return {}


def _bare_element_string_key(text: str) -> Key:
    """An element string without any mark: believed only if it is faultless, for a number may look alike.

    A whole SSCC with its identifier (20 digits) can hardly be anything else: there a wrong check digit
    is an error. A GIAI has no check digit, so that too much would look like one.
    """
    if text.startswith("8004"):
        return {}
    try:
        return parse_element_string(text)
    except CheckDigitError:
        if text.startswith("00") and len(text) == 20:
            raise
        return {}
    except LabelError:
        return {}


def _tag_hex_key(text: str) -> Key:
    if len(text) < _SHORTEST_TAG_HEX or not _TAG_HEX.fullmatch(text):
        return {}
    try:
        return decode_tag(text).key
    except LabelError:
        return {}
