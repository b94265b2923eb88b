"""The wire format of protocol buffers, as far as Sparkplug's payload needs it: fields by number, nothing generated."""

import struct
from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_MAX_VARINT_BYTES = 10
_MASK64 = (1 << 64) - 1


class WireError(ValueError):
    """Bytes that are no message of protocol buffers."""


Field = tuple[int, int, int | memoryview]
"""A field's number, its wire type, and its number or its bytes (of the fixed types too)."""


def read_fields(data: memoryview) -> Iterator[Field]:
    """The fields of a message in their order. Raises :class:`WireError`."""
    place = 0
    while place < len(data):
        key, place = _read_varint(data, place)
        number, wire_type = key >> 3, key & 7
        if number == 0:
            raise WireError("a field without a number")
        if wire_type == VARINT:
            value, place = _read_varint(data, place)
            yield number, wire_type, value
            continue
        if wire_type == BYTES:
            length, place = _read_varint(data, place)
        elif wire_type in {FIXED32, FIXED64}:
            length = 4 if wire_type == FIXED32 else 8
        else:
            raise WireError(f"the field {number} has the wire type {wire_type}, which is none")
        if place + length > len(data):
            raise WireError(f"the field {number} ends after the message")
        yield number, wire_type, data[place : place + length]
        place += length


def read_float(data: memoryview) -> float:
    """A fixed field of 4 or 8 bytes as a float. Raises :class:`WireError`."""
    if len(data) not in {4, 8}:
        raise WireError(f"a float of {len(data)} bytes")
    (number,) = struct.unpack("<f" if len(data) == 4 else "<d", data)
    return float(number)


def read_text(data: memoryview) -> str:
    """Bytes as text. Raises :class:`WireError`."""
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError as error:
        raise WireError("text that is not UTF-8") from error


def write_number(field: int, value: int) -> bytes:
    """A varint field; ``value`` is taken as 64 unsigned bits."""
    return _varint(field << 3 | VARINT) + _varint(value & _MASK64)


def write_bytes(field: int, value: bytes) -> bytes:
    """A field of bytes, text or an inner message."""
    return _varint(field << 3 | BYTES) + _varint(len(value)) + value


def write_float(field: int, value: float) -> bytes:
    """A float of 4 bytes. Raises ``OverflowError`` for one that needs more."""
    return _varint(field << 3 | FIXED32) + struct.pack("<f", value)


def write_double(field: int, value: float) -> bytes:
    """A float of 8 bytes."""
    return _varint(field << 3 | FIXED64) + struct.pack("<d", value)


def _read_varint(data: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for index in range(_MAX_VARINT_BYTES):
        if place + index >= len(data):
            raise WireError("a number ends after the message")
        byte = data[place + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value & _MASK64, place + index + 1
    raise WireError("a number of more than ten bytes")


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
