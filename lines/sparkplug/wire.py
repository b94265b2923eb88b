"""The wire format of protocol buffers, as far as Sparkplug's payload needs it: fields by number, nothing generated."""

import struct

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_MAX_VARINT_BYTES = 10
_MASK64 = (1 << 64) - 1
_FLOAT, _DOUBLE = struct.Struct("<f"), struct.Struct("<d")


class WireError(ValueError):
    """Bytes that are no message of protocol buffers."""


Field = tuple[int, int, int, int]
"""A field's number and wire type; then its value, or where its bytes (of the fixed types too) begin and end."""


def read_fields(data: bytes, place: int, end: int) -> list[Field]:
    """The fields of the message that lies there, in their order. Raises :class:`WireError`."""
    fields: list[Field] = []
    while place < end:
        key = data[place]
        place += 1
        if key > 0x7F:
            key, place = _read_varint(data, place - 1, end)
        number, wire_type = key >> 3, key & 7
        if number == 0:
            raise WireError("a field without a number")
        if wire_type == VARINT:
            value, place = _read_varint(data, place, end)
            fields.append((number, VARINT, value, 0))
            continue
        if wire_type == BYTES:
            length, place = _read_varint(data, place, end)
        elif wire_type == FIXED32:
            length = 4
        elif wire_type == FIXED64:
            length = 8
        else:
            raise WireError(f"the field {number} has the wire type {wire_type}, which is none")
        following = place + length
        if following > end:
            raise WireError(f"the field {number} ends after the message")
        fields.append((number, wire_type, place, following))
        place = following
    return fields


def read_float(data: bytes, field: Field) -> float:
    """A fixed field of 4 or 8 bytes as a float."""
    kind = _FLOAT if field[1] == FIXED32 else _DOUBLE
    return float(kind.unpack_from(data, field[2])[0])


def read_text(data: bytes, field: Field) -> str:
    """A field of bytes as text. Raises :class:`WireError`."""
    try:
        return data[field[2] : field[3]].decode()
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
    return _varint(field << 3 | FIXED32) + _FLOAT.pack(value)


def write_double(field: int, value: float) -> bytes:
    """A float of 8 bytes."""
    return _varint(field << 3 | FIXED64) + _DOUBLE.pack(value)


def _read_varint(data: bytes, place: int, end: int) -> tuple[int, int]:
    """A number and the place after it."""
    value = shift = 0
    for index in range(place, min(end, place + _MAX_VARINT_BYTES)):
        byte = data[index]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & _MASK64, index + 1
        shift += 7
    raise WireError("a number that does not end")


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
