"""What a scanner, a camera, an RFID reader or a person's typing says: ``parse`` finds out and names it.

Codes of the company's own (not GS1) have a letter and a colon: ``P:12`` pallet, ``B:2026-117`` batch,
``U:0042`` person's badge, ``S:A-03-2`` place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from labels.errors import CheckDigitError, LabelError, UriError
from labels.keys.element_string import FNC1, NotElementStringError, parse_element_string
from labels.keys.gs1 import Key, check_key, check_value, has_valid_check_digit, is_digits
from labels.keys.local import LOCAL, is_local_tag, local_key, local_name, read_local_tag
from labels.keys.naming import identity
from labels.keys.urn import parse_epc_uri
from labels.scanning import devices, free_text
from labels.scanning.links import is_web_address, link_in_text, link_key
from labels.scanning.memory import LOCAL_TAG, tag_digits, tag_key
from labels.tags.epc import decode_tag, tag_uri_key

Kind = Literal["element", "load", "pallet", "mould", "place", "batch", "person", "unknown"]

COMPANY_CODES: dict[str, Kind] = {"P": "pallet", "B": "batch", "U": "person", "S": "place"}
LONGEST = 4000
"""Characters: more than any symbol holds (QR version 40: 7089 digits, 2953 bytes) is not looked into."""

_COMPANY_CODE = re.compile(r"([PBUS]):\s*(\S(?:[^\n]*\S)?)", re.IGNORECASE)
_RAW_URI = re.compile(r"urn:epc:raw:([0-9]{1,4})\.(?:x([0-9A-F]{2})\.)?x([0-9A-F]+)", re.IGNORECASE)
_GS1_ENVELOPE = re.compile(r"\[\)>\x1e05\x1d(.*?)\x1e?\x04?", re.DOTALL)
_CLAIMS_SERIAL_OR_LOT = re.compile(r"01(\d{14})(?:21|10)[^\s]{1,60}")
_GTIN_LENGTHS = (8, 12, 13, 14)
_LOCAL_KINDS = ("element", "load", "pallet", "mould", "place", "batch")


@dataclass(frozen=True)
class Scan:
    """What was scanned.

    ``key`` has GS1 application identifiers as names, the letter of a company code (``{"P": "12"}``), ``local`` for a
    local name, or ``local_tag`` for a tag whose owner only the house can tell (see ``with_owner``);
    ``digital_link`` is the canonical identity, empty where there is none; ``text`` is what was read,
    without surrounding blanks and symbology identifier. ``tag_digits`` are the digits of an RFID tag's memory, if the
    text is that; ``hints`` what an old free-text code tells of an element (see ``free_text``).
    """

    kind: Kind
    key: Key = field(default_factory=dict)
    digital_link: str = ""
    text: str = ""
    tag_digits: str = field(default="", compare=False)
    hints: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def value(self) -> str:
        """The value of the leading part of the key, or the text where there is no key."""
        return next(iter(self.key.values()), self.text)


def parse(text: str) -> Scan:
    """Recognise a scanned text; what is not recognised has the kind ``unknown``.

    Raises a LabelError (CheckDigitError above all) where the text claims to be a GS1 code and is wrong,
    so that a misread code is never taken for another thing.
    """
    if len(text) > LONGEST:
        return Scan("unknown", {}, "", text.strip())
    received = devices.receive(text)
    company = _COMPANY_CODE.fullmatch(devices.half_width(received.text))
    if company:
        letter = company[1].upper()
        return Scan(COMPANY_CODES[letter], {letter: company[2]}, "", received.text)
    key = _key(received)
    digits = tag_digits(received.code)
    if not key:
        return Scan("unknown", {}, "", received.text, digits, free_text.hints(received.text))
    return Scan(kind_of_key(key), key, _identity(key), received.text, digits)


def kind_of_key(key: Mapping[str, str]) -> Kind:
    """The kind of thing a key names in a precast factory.

    SGTIN and GIAI are elements, LGTIN batches, SSCC loads, GRAI moulds, SGLN places; a GTIN alone and a
    party are ``unknown``. Local names say their kind; parties and assets among them are ``unknown``.
    """
    if LOCAL in key or LOCAL_TAG in key:
        named = local_name(key).kind if LOCAL in key else read_local_tag(key[LOCAL_TAG]).kind
        return cast(Kind, named) if named in _LOCAL_KINDS else "unknown"
    if "01" in key:
        return "element" if "21" in key else "batch" if "10" in key else "unknown"
    kinds: dict[str, Kind] = {"00": "load", "8003": "mould", "8004": "element", "414": "place"}
    return next((kind for ai, kind in kinds.items() if ai in key), "unknown")


def with_owner(key: Mapping[str, str], owner: str) -> Key:
    """The key of a local tag, once it is known whose it may be; any other key as it is.

    Raises TagDataError where the tag belongs to another company.
    """
    if LOCAL_TAG not in key:
        return dict(key)
    tag = read_local_tag(key[LOCAL_TAG])
    tag.key(owner)
    return local_key(owner, tag.kind, str(tag.number))


def _identity(key: Key) -> str:
    """The canonical URI of what identifies: a lot beside a serial, or a variant, does not."""
    if LOCAL_TAG in key:
        return ""
    if "21" in key:
        return identity({"01": key["01"], "21": key["21"]})
    return identity({ai: value for ai, value in key.items() if ai != "22"})


def _key(received: devices.Received) -> Key:
    code = received.code
    lowered = code.lower()
    if is_web_address(code) and not any(character.isspace() for character in code):
        return link_key(code)
    if lowered.startswith("urn:epc:"):
        return _urn_key(code)
    if received.claim == "gtin":
        return check_key({"01": code})
    envelope = _GS1_ENVELOPE.fullmatch(code)
    if envelope or received.claim or code.startswith("("):
        return _element_string_key(envelope[1] if envelope else code)
    return _unmarked_key(code) or link_in_text(code)


def _urn_key(text: str) -> Key:
    raw = _RAW_URI.fullmatch(text)
    if raw:
        return _raw_key(int(raw[1]), raw[3].upper(), has_family=raw[2] is not None)
    return tag_uri_key(text).key if text.lower().startswith("urn:epc:tag:") else parse_epc_uri(text)


def _raw_key(bits: int, digits: str, *, has_family: bool) -> Key:
    """What a raw URI names; with an application family before its digits it is no EPC, yet may be a local tag."""
    if len(digits) != -(-bits // 4):
        raise UriError(f"A raw URI tells {bits} bits and has {len(digits)} digits: it was cut off or misread")
    if is_local_tag(digits):
        read_local_tag(digits)
        return {LOCAL_TAG: digits}
    return {} if has_family else decode_tag(digits).key


def _element_string_key(code: str) -> Key:
    """A marked element string; an inner SSCC without its identifier is accepted, as some gates send it."""
    plain = _without_blanks(code)
    if plain.startswith("\x1d"):
        plain = plain.lstrip(FNC1)
    try:
        return parse_element_string(plain)
    except NotElementStringError:
        return {"00": plain} if _is_sscc(plain) else {}


def _without_blanks(code: str) -> str:
    """No GS1 value holds a blank: those that people or label designs put in are left out."""
    return "".join(character for character in code if not character.isspace() or character == FNC1)


def _unmarked_key(code: str) -> Key:
    """A number, an element string or a tag's memory, believed only where it is faultless."""
    compact = code.replace(" ", "")
    if _is_sscc(compact):
        return {"00": compact}
    if len(compact) in _GTIN_LENGTHS and has_valid_check_digit(compact) and compact.strip("0"):
        return check_key({"01": compact})
    return _bare_element_string_key(compact) or tag_key(tag_digits(code))


def _is_sscc(text: str) -> bool:
    return is_digits(text) and len(text) == 18 and has_valid_check_digit(text)


def _bare_element_string_key(text: str) -> Key:
    """An element string without any mark: believed only if it is faultless, for a number may look alike.

    A whole SSCC with its identifier (20 digits) or a GTIN followed by a serial or lot can hardly be anything else:
    there a wrong check digit is an error. A GIAI has no check digit, so that too much would look like one.
    """
    if text.startswith("8004"):
        return {}
    claimed = _CLAIMS_SERIAL_OR_LOT.fullmatch(text)
    if claimed:
        check_value("01", claimed[1])
    try:
        return parse_element_string(text)
    except CheckDigitError:
        if text.startswith("00") and len(text) == 20:
            raise
        return {}
    except LabelError:
        return {}
