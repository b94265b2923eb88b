"""From a device's raw values to values as people know them, and back: maps, scales, types and ranges.

The same for every protocol; how raw values lie in registers is the matter of :mod:`lines.modbus.registers`.
"""

import codecs
import math
import struct
from collections.abc import Mapping
from decimal import Decimal

from lines.profile import Command, Kind, Point, Role, Value, ValueType
from lines.states import MachineState

_RANGES = {
    Kind.U16: (0, 0xFFFF),
    Kind.S16: (-0x8000, 0x7FFF),
    Kind.U32: (0, 0xFFFFFFFF),
    Kind.S32: (-0x80000000, 0x7FFFFFFF),
    Kind.U64: (0, 0xFFFFFFFFFFFFFFFF),
    Kind.BCD16: (0, 9999),
}
_BITS = {Kind.BOOL, Kind.BIT}
_LONGEST_SHOWN = 80


class DecodeError(ValueError):
    """What the device gives is no valid value of the point."""


class EncodeError(ValueError):
    """A value that does not fit the type, the map or the range."""


def to_value(raw: Value, point: Point | Command) -> Value:
    """A raw value as people know it: mapped to a name or scaled to the unit; a state told as text in lower case.

    Raises :class:`DecodeError` for a number or text that the map does not know, a text that is no PackML state, or a
    number that its scale makes infinite.
    """
    if point.words:
        if not isinstance(raw, str) or raw not in point.words:
            raise DecodeError(f"the map of {point.name!r} has no entry for {raw!r}")
        return point.words[raw]
    if isinstance(raw, str) and isinstance(point, Point) and point.role is Role.STATE:
        if raw.lower() not in set(MachineState):
            raise DecodeError(f"{raw!r} is no PackML state")
        return raw.lower()
    if point.map:
        if not isinstance(raw, int) or int(raw) not in point.map:
            raise DecodeError(f"the map of {point.name!r} has no entry for {raw}")
        return point.map[int(raw)]
    if point.scale is None or isinstance(raw, bool | str):
        return raw
    value = float(Decimal(repr(raw)) * Decimal(repr(point.scale)))
    if not math.isfinite(value):
        raise DecodeError(f"{point.name} = {raw!r} times {point.scale!r} is no number that can be told")
    return value


def to_raw(value: Value, point: Point | Command) -> Value:
    """The raw value of a value as people know it. Raises :class:`EncodeError` for a name that the map does
    not know.
    """
    names: Mapping[int, str] | Mapping[str, str] = point.map or point.words
    if names:
        for raw, name in names.items():
            if name == value:
                return raw
        raise EncodeError(f"{point.name!r} takes one of {', '.join(names.values())}, not {value!r}")
    if point.scale is None or isinstance(value, bool | str):
        return value
    raw_number = Decimal(repr(value)) / Decimal(repr(point.scale))
    return round(raw_number) if point.type.is_integer else float(raw_number)


def inverse(mapping: Mapping[int, str]) -> dict[str, int]:
    """A map read backwards; where several numbers share a name, the lowest stands for it."""
    return {mapping[raw]: raw for raw in sorted(mapping, reverse=True)}


def check_range(value: Value, point: Point) -> Value:
    """The value, when it lies in the range that the profile calls possible.

    Raises :class:`DecodeError` for one that no sound machine of this make can show.
    """
    if isinstance(value, bool | str):
        return value
    if (point.low is not None and value < point.low) or (point.high is not None and value > point.high):
        raise DecodeError(f"{point.name} = {value:g} lies outside {_range(point)}, which is not possible")
    return value


def field_text(data: bytes, encoding: str) -> str:
    """The text in a field of bytes, up to its first NUL. A machine that fills its field to the last byte may have cut
    a character in two: that one is left out. Raises ``UnicodeDecodeError``.
    """
    text, end, _ = data.partition(b"\0")
    return codecs.getincrementaldecoder(encoding)().decode(text, final=bool(end))


def padded_text(given: object) -> object:
    """Text up to its first NUL, by which machines fill their fields and which no database keeps; else what is given."""
    return given.split("\0", 1)[0] if isinstance(given, str) else given


def native(given: object, value_type: ValueType, encoding: str = "utf-8") -> Value:
    """A value of a protocol that knows types itself (OPC UA, JSON, Sparkplug) as a raw value of the type.

    Raises :class:`DecodeError` where it is of another kind or does not fit; the size of a text is that of its bytes in
    the ``encoding``. A 32-bit float becomes the shortest decimal that names it.
    """
    if value_type.kind is Kind.STRING:
        if isinstance(given, str) and "\0" not in given and _bytes(given, encoding) <= value_type.size:
            return given
    elif value_type.kind in _BITS:
        if isinstance(given, bool) or given in (0, 1):
            return bool(given)
    elif isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given):
        if value_type.kind is Kind.F32:
            return _shortest_f32(float(given), given)
        if value_type.kind is Kind.F64:
            return float(given)
        low, high = _RANGES[value_type.kind]
        if given == int(given) and low <= given <= high:
            return int(given)
    raise DecodeError(f"the device gives {_short(given)}, which is no {value_type}")


def _short(given: object) -> str:
    """What was given, for a message: a machine may send a whole document."""
    text = repr(given[:_LONGEST_SHOWN] if isinstance(given, str | bytes) else given)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _bytes(text: str, encoding: str) -> float:
    """How many bytes a text takes; more than any field has where the encoding cannot write it."""
    try:
        return len(text.encode(encoding))
    except UnicodeEncodeError:
        return math.inf


def _shortest_f32(number: float, given: object) -> float:
    """The shortest decimal that names the same 32-bit float, so that 0.1 is shown as 0.1."""
    packed = _packed_f32(number)
    if packed is None:
        raise DecodeError(f"the device gives {_short(given)}, which is no f32")
    candidates = (float(f"{number:.{digits}g}") for digits in range(6, 9))
    return next((short for short in candidates if _packed_f32(short) == packed), number)


def _packed_f32(number: float) -> bytes | None:
    try:
        return struct.pack(">f", number)
    except OverflowError:
        return None


def _range(point: Point) -> str:
    low = "any" if point.low is None else f"{point.low:g}"
    high = "any" if point.high is None else f"{point.high:g}"
    return f"{low} to {high}" + (f" {point.unit}" if point.unit else "")
