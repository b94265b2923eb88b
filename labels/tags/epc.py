"""EPC tag encodings: what an RFID tag's EPC memory holds for a GS1 key.

The partitioned schemes of TDS 1.x are here (sgtin-96 … giai-202), the plus schemes of TDS 2 in ``plus``;
the functions of this module serve both. Source: GS1 EPC Tag Data Standard, sections 13 and 14.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from labels.errors import (
    DisagreementError,
    FilterError,
    LabelError,
    ReferenceLengthError,
    SchemeError,
    SerialError,
    TagDataError,
    UriError,
)
from labels.keys.gs1 import Key, check_key, is_digits
from labels.keys.urn import KeyParts, divide, join, parse_parts, parts_text
from labels.tags.bits import BitReader, BitWriter
from labels.tags.plus import decode_plus, encode_plus
from labels.tags.tables import TagScheme, company_prefix_bits, plus_schemes, tag_schemes

_TAG_URI = re.compile(r"urn:epc:tag:([a-z]+-\d+):([^.]*)\.(.+)", re.IGNORECASE)


@dataclass(frozen=True)
class DecodedTag:
    """What a tag says; ``tag_uri`` is None for the plus schemes, for which the standard defines none."""

    scheme: str
    key: Key
    filter_value: int
    tag_uri: str | None


def scheme_names() -> tuple[str, ...]:
    """All tag schemes this module writes and reads."""
    return (*tag_schemes(), *plus_schemes())


def encode_tag(scheme: str, key: Mapping[str, str], *, filter_value: int = 0, gcp_length: int | None = None) -> str:
    """The EPC memory for a key: upper-case hexadecimal, filled with zeros to whole 16-bit words.

    ``gcp_length`` (digits of the company prefix) is needed by every scheme but the plus ones. Raises a
    LabelError where the standard forbids what is asked.
    """
    check_filter(filter_value)
    if scheme in plus_schemes():
        return encode_plus(plus_schemes()[scheme], check_key(key), filter_value)
    rule = _tag_scheme(scheme)
    return _encode(rule, divide(key, gcp_length, rule.kind), filter_value)


def encode_sgtin96(key: Mapping[str, str], gcp_length: int, filter_value: int = 0) -> str:
    """SGTIN-96 of an element: 24 hexadecimal digits.

    Raises SerialError unless the serial is a number below 2^38 without leading zeros.
    """
    return encode_tag("sgtin-96", key, filter_value=filter_value, gcp_length=gcp_length)


def encode_tag_uri(tag_uri: str) -> str:
    """The EPC memory for a tag URI such as ``urn:epc:tag:sgtin-96:3.0614141.812345.6789``."""
    rule, filter_value, parts = _parse_tag_uri(tag_uri)
    return _encode(rule, parts, filter_value)


def tag_uri_key(tag_uri: str) -> DecodedTag:
    """What a tag URI says, checked as if it were written to a tag."""
    return decode_tag(encode_tag_uri(tag_uri))


def gcp_length_of(tag_uri: str) -> int:
    """How many digits the company prefix in a tag URI has."""
    return len(_parse_tag_uri(tag_uri)[2].company_prefix)


def tag_uri(scheme: str, key: Mapping[str, str], *, filter_value: int = 0, gcp_length: int | None = None) -> str:
    """The tag URI of a key in a partitioned scheme."""
    uri = decode_tag(encode_tag(scheme, key, filter_value=filter_value, gcp_length=gcp_length)).tag_uri
    if uri is None:
        raise SchemeError(f"The standard defines no tag URI for {scheme}")
    return uri


def decode_tag(text: str) -> DecodedTag:
    """Read EPC memory from hexadecimal; zeros behind the code are allowed.

    Raises TagDataError, or the error of the part that is wrong.
    """
    reader = BitReader(text.strip())
    header = reader.take(8)
    for plus in plus_schemes().values():
        if plus.header == header:
            key, filter_value = decode_plus(plus, reader)
            return DecodedTag(plus.name, check_key(key), filter_value, None)
    for scheme in tag_schemes().values():
        if scheme.header == header:
            return _decode(scheme, reader)
    raise TagDataError(f"The header {header:02X} belongs to no tag scheme known here")


def agree(tag: DecodedTag, key: Mapping[str, str]) -> None:
    """Raise DisagreementError unless the tag names this key."""
    if tag.key != check_key(key):
        raise DisagreementError(f"The tag URI names {tag.key}, the key says {dict(key)}")


def check_filter(filter_value: int) -> None:
    """Raise FilterError unless the filter value is 0 to 7."""
    if isinstance(filter_value, bool) or not isinstance(filter_value, int) or not 0 <= filter_value <= 7:
        raise FilterError(f"A filter value is a number from 0 to 7, not {filter_value!r}")


def _tag_scheme(name: str) -> TagScheme:
    if name not in tag_schemes():
        raise SchemeError(f"Unknown tag scheme {name!r}; known: {', '.join(scheme_names())}")
    return tag_schemes()[name]


def _parse_tag_uri(uri: str) -> tuple[TagScheme, int, KeyParts]:
    match = _TAG_URI.fullmatch(uri.strip())
    if match is None:
        raise UriError(f"{uri!r} is not an EPC tag URI")
    rule = _tag_scheme(match[1].lower())
    if not (is_digits(match[2]) and len(match[2]) == 1):
        raise FilterError(f"A filter value is a number from 0 to 7, not {match[2]!r}")
    check_filter(int(match[2]))
    return rule, int(match[2]), parse_parts(rule.kind, match[3])


def _encode(rule: TagScheme, parts: KeyParts, filter_value: int) -> str:
    gcp_length = len(parts.company_prefix)
    writer = BitWriter()
    writer.put(rule.header, 8)
    writer.put(filter_value, 3)
    writer.put(12 - gcp_length, 3)
    writer.put(int(parts.company_prefix), company_prefix_bits()[gcp_length])
    writer.put(int(parts.reference or "0"), rule.reference_bits[gcp_length])
    width = rule.serial_bits[gcp_length]
    if rule.serial_kind == "text":
        _check_text_serial(rule, parts.serial, width)
        writer.put_characters(parts.serial, width)
    else:
        writer.put(_serial_number(rule, parts.serial, width), width)
    return writer.hex()


def _serial_number(rule: TagScheme, serial: str, width: int) -> int:
    if rule.serial_kind == "none":
        return 0
    if not is_digits(serial):
        raise SerialError(f"{rule.name} carries numbers only, not the serial {serial!r}")
    if serial != "0" and serial.startswith("0"):
        raise SerialError(f"{rule.name} would lose the leading zeros of the serial {serial!r}")
    if int(serial) >= 1 << width:
        raise SerialError(f"The serial {serial} is too large for {rule.name}, up to {(1 << width) - 1} fit")
    return int(serial)


def _check_text_serial(rule: TagScheme, serial: str, width: int) -> None:
    if 7 * len(serial) > width:
        raise ReferenceLengthError(f"The serial {serial!r} is too long for {rule.name}")


def _decode(rule: TagScheme, reader: BitReader) -> DecodedTag:
    filter_value = reader.take(3)
    partition = reader.take(3)
    if partition > 6:
        raise TagDataError(f"The partition value {partition} does not exist")
    gcp_length = 12 - partition
    prefix = _digits(reader.take(company_prefix_bits()[gcp_length]), gcp_length, "company prefix")
    reference_digits = rule.reference_digits(gcp_length)
    reference = _digits(reader.take(rule.reference_bits[gcp_length]), reference_digits, "reference")
    serial = _take_serial(rule, reader, rule.serial_bits[gcp_length])
    reader.finish()
    try:
        parts = KeyParts(rule.kind, prefix, reference, serial)
    except LabelError as error:
        raise TagDataError(f"The tag holds no valid {rule.name}: {error}") from error
    uri = f"urn:epc:tag:{rule.name}:{filter_value}.{parts_text(parts)}"
    return DecodedTag(rule.name, join(parts), filter_value, uri)


def _take_serial(rule: TagScheme, reader: BitReader, width: int) -> str:
    if rule.serial_kind == "text":
        return reader.take_characters(width)
    number = reader.take(width)
    if rule.serial_kind == "number":
        return str(number)
    if number:
        raise TagDataError(f"The unused bits of {rule.name} are not zero")
    return ""


def _digits(number: int, digits: int, name: str) -> str:
    text = str(number).zfill(digits) if digits else ""
    if len(text) > digits or (not digits and number):
        raise TagDataError(f"The {name} {number} has more than {digits} digits")
    return text
