"""The plus schemes of TDS 2: sgtin+, sscc+, sgln+, grai+, giai+.

They carry the values of the application identifiers themselves, so no company prefix length is needed.
Layout: header (8 bits), a toggle that says whether further data follow (1), filter (3), then the fields:
fixed digits with four bits each, and a variable part of method (3), length (5) and data.
Source: GS1 EPC Tag Data Standard 2.3, sections 14.5 and 14.6.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from labels.errors import SchemeError, TagDataError
from labels.keys.gs1 import Key
from labels.keys.urn import kind_of
from labels.tags.bits import BitReader, BitWriter
from labels.tags.tables import PlusField, PlusScheme

INTEGER, HEX_UPPER, HEX_LOWER, BASE64URL, ASCII, URN_CODE_40 = range(6)
_METHOD_BITS, _LENGTH_BITS = 3, 5
_END_OF_NUMBER, _LETTERS_FOLLOW = 0b1111, 0b1110

_BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
# Value 0 fills a last group of fewer than three characters.
_URN_CODE_40 = "\0ABCDEFGHIJKLMNOPQRSTUVWXYZ-.:0123456789"


@dataclass(frozen=True)
class _Alphabet:
    """A method that writes each character by itself in the same number of bits."""

    characters: str
    bits: int


_ALPHABETS = {
    HEX_UPPER: _Alphabet("0123456789ABCDEF", 4),
    HEX_LOWER: _Alphabet("0123456789abcdef", 4),
    BASE64URL: _Alphabet(_BASE64URL, 6),
    ASCII: _Alphabet("".join(map(chr, range(128))), 7),
}


def encode_plus(scheme: PlusScheme, key: Key, filter_value: int) -> str:
    """EPC memory of a checked key, without further data; hexadecimal as ``epc.encode_tag`` gives."""
    if kind_of(key) != scheme.kind:
        raise SchemeError(f"{scheme.name} cannot carry the key ({'), ('.join(key)})")
    writer = BitWriter()
    writer.put(scheme.header, 8)
    writer.put(filter_value, 4)
    for field, value in _values(scheme, key):
        _put_field(writer, field, value)
    return writer.hex()


def _values(scheme: PlusScheme, key: Key) -> list[tuple[PlusField, str]]:
    """Each field with its text; a fixed part and a tail may share one application identifier."""
    values, taken = [], dict.fromkeys(key, 0)
    for field in scheme.fields:
        # A place without extension is written with the extension 0.
        whole = key.get(field.ai, "0")
        start = taken.get(field.ai, 0)
        end = start + field.digits if field.form == "bcd" else len(whole)
        taken[field.ai] = end
        if end == start:
            raise SchemeError(f"{scheme.name} needs a serial, which the key {key} has not")
        values.append((field, whole[start:end]))
    return values


def decode_plus(scheme: PlusScheme, reader: BitReader) -> tuple[Key, int]:
    """The key and filter value behind the header; raises TagDataError for what no encoder writes."""
    more_data_follow = bool(reader.take(1))
    filter_value = reader.take(3)
    key: Key = {}
    for field in scheme.fields:
        key[field.ai] = key.get(field.ai, "") + _take_field(reader, field)
    if not more_data_follow:
        reader.finish()
    return key, filter_value


def _put_field(writer: BitWriter, field: PlusField, value: str) -> None:
    if field.form == "bcd":
        _put_bcd(writer, value)
    elif field.form == "tail":
        _put_variable(writer, value)
    else:
        _put_digits_then_letters(writer, value)


def _put_bcd(writer: BitWriter, digits: str) -> None:
    for digit in digits:
        writer.put(int(digit), 4)


def _put_digits_then_letters(writer: BitWriter, value: str) -> None:
    """Leading digits with a terminator, the rest with method and length (TDS 2, delimited numeric)."""
    match = re.match("[0-9]*", value)
    digits = match[0] if match else ""
    rest = value[len(digits) :]
    _put_bcd(writer, digits)
    writer.put(_LETTERS_FOLLOW if rest else _END_OF_NUMBER, 4)
    if rest:
        _put_variable(writer, rest)


def _put_variable(writer: BitWriter, text: str) -> None:
    method = shortest_method(text)
    writer.put(method, _METHOD_BITS)
    writer.put(len(text), _LENGTH_BITS)
    if method == INTEGER:
        writer.put(int(text), integer_bits(len(text)))
    elif method == URN_CODE_40:
        for start in range(0, len(text), 3):
            group = [_URN_CODE_40.index(character) for character in text[start : start + 3].ljust(3, "\0")]
            writer.put(1600 * group[0] + 40 * group[1] + group[2] + 1, 16)
    else:
        alphabet = _ALPHABETS[method]
        for character in text:
            writer.put(alphabet.characters.index(character), alphabet.bits)


def integer_bits(digits: int) -> int:
    """Bits for any number of this many digits: the logarithm of 10^digits to the base 2, rounded up."""
    return int(10**digits - 1).bit_length()


def shortest_method(text: str) -> int:
    """The method that needs the fewest bits for the text, the lower number where two are equal.

    A number with leading zeros is not written as an integer: whether that is legal is disputed, and
    hexadecimal digits keep the zeros beyond doubt.
    """
    costs = {
        method: alphabet.bits * len(text)
        for method, alphabet in _ALPHABETS.items()
        if set(text) <= set(alphabet.characters)
    }
    if re.fullmatch("0|[1-9][0-9]*", text):
        costs[INTEGER] = integer_bits(len(text))
    if set(text) <= set(_URN_CODE_40[1:]):
        costs[URN_CODE_40] = 16 * -(-len(text) // 3)
    return min(sorted(costs), key=costs.__getitem__)


def _take_field(reader: BitReader, field: PlusField) -> str:
    if field.form == "bcd":
        return "".join(_take_digit(reader) for _ in range(field.digits))
    if field.form == "tail":
        return _take_variable(reader)
    return _take_digits_then_letters(reader)


def _take_digit(reader: BitReader) -> str:
    digit = reader.take(4)
    if digit > 9:
        raise TagDataError(f"{digit:X} stands where a decimal digit must be")
    return str(digit)


def _take_digits_then_letters(reader: BitReader) -> str:
    digits = ""
    while (nibble := reader.take(4)) <= 9:
        digits += str(nibble)
    if nibble == _END_OF_NUMBER:
        return digits
    if nibble == _LETTERS_FOLLOW:
        return digits + _take_variable(reader)
    raise TagDataError(f"{nibble:X} stands where a digit or a terminator must be")


def _take_variable(reader: BitReader) -> str:
    method, length = reader.take(_METHOD_BITS), reader.take(_LENGTH_BITS)
    if method == INTEGER:
        return _take_integer(reader, length)
    if method == URN_CODE_40:
        return _take_urn_code_40(reader, length)
    if method not in _ALPHABETS:
        raise TagDataError(f"The encoding method {method} does not exist")
    alphabet = _ALPHABETS[method]
    return "".join(alphabet.characters[reader.take(alphabet.bits)] for _ in range(length))


def _take_integer(reader: BitReader, length: int) -> str:
    text = str(reader.take(integer_bits(length))).zfill(length) if length else ""
    if len(text) > length:
        raise TagDataError(f"The number {text} has more than {length} digits")
    return text


def _take_urn_code_40(reader: BitReader, length: int) -> str:
    text = ""
    for _ in range(-(-length // 3)):
        packed = reader.take(16) - 1
        if not 0 <= packed < 40**3:
            raise TagDataError(f"{packed + 1} is no group of URN Code 40 characters known here")
        text += "".join(_URN_CODE_40[index] for index in (packed // 1600, packed // 40 % 40, packed % 40))
    if "\0" in text[:length] or text[length:].strip("\0"):
        raise TagDataError("The filling of the URN Code 40 text is not at its end")
    return text[:length]
