"""From what an OPC UA server gives to samples, and from values to what it takes."""

import math
from datetime import UTC, datetime
from enum import Enum

from asyncua import ua

from lines.adapter import Sample
from lines.profile import Command, Point, Value
from lines.values import DecodeError, EncodeError, check_range, field_text, native, padded_text, to_raw, to_value

_LONGEST_SHOWN = 80
INTEGERS = {
    ua.VariantType.SByte: (-0x80, 0x7F),
    ua.VariantType.Byte: (0, 0xFF),
    ua.VariantType.Int16: (-0x8000, 0x7FFF),
    ua.VariantType.UInt16: (0, 0xFFFF),
    ua.VariantType.Int32: (-0x80000000, 0x7FFFFFFF),
    ua.VariantType.UInt32: (0, 0xFFFFFFFF),
    ua.VariantType.Int64: (-0x8000000000000000, 0x7FFFFFFFFFFFFFFF),
    ua.VariantType.UInt64: (0, 0xFFFFFFFFFFFFFFFF),
}
"""The whole numbers that each type holds, from and to."""
_TEXTS = {ua.VariantType.String, ua.VariantType.LocalizedText, ua.VariantType.ByteString}
_FLOATS = {ua.VariantType.Float, ua.VariantType.Double}
_FLOAT_TOLERANCE = 1e-6  # relative; a 32-bit float has 24 bits


def sample_of(point: Point, told: ua.DataValue) -> Sample:
    """What a server told of a point. A status that is not good makes it bad; a value that the profile rules out is
    garbage.
    """
    time = _aware(told.SourceTimestamp)
    if told.StatusCode is not None and not told.StatusCode.is_good():
        return Sample(None, f"the server says {told.StatusCode.name}", time)
    given = _plain(told.Value, point.encoding)
    if given is None:
        return Sample(None, "the server gives no value", time)
    try:
        raw = native(padded_text(given), point.type, point.encoding)
        return Sample(check_range(to_value(raw, point), point), None, time)
    except DecodeError as error:
        return Sample(None, str(error), time, is_garbage=True)


def variant_of(command: Command, value: Value, variant_type: ua.VariantType) -> ua.Variant:
    """The variant that writes a command's value to a node of that type. Raises :class:`lines.values.EncodeError`."""
    try:
        raw = native(to_raw(value, command), command.type, command.encoding)
    except DecodeError as error:
        raise EncodeError(f"{value!r} is no {command.type}") from error
    if variant_type is ua.VariantType.Boolean and raw in (True, False):
        return ua.Variant(bool(raw), variant_type)
    if variant_type in _TEXTS and isinstance(raw, str):
        return ua.Variant(_text(raw, variant_type, command.encoding), variant_type)
    if not isinstance(raw, str):
        if variant_type in _FLOATS:
            return ua.Variant(float(raw), variant_type)
        low, high = INTEGERS.get(variant_type, (1, 0))
        if raw == int(raw) and low <= raw <= high:
            return ua.Variant(int(raw), variant_type)
    raise EncodeError(f"the node holds {variant_type.name}, which {value!r} does not fit")


def shows(command: Command, written: ua.Variant, told: ua.DataValue) -> bool:
    """Whether a node shows what was written to it."""
    given, wanted = _plain(told.Value, command.encoding), _plain(written, command.encoding)
    if isinstance(given, float) and isinstance(wanted, float):
        return math.isclose(given, wanted, rel_tol=_FLOAT_TOLERANCE)
    return type(given) is type(wanted) and given == wanted


def shown(told: ua.DataValue) -> str:
    """What a node shows, for a message."""
    if told.StatusCode is not None and not told.StatusCode.is_good():
        return told.StatusCode.name
    return _short(told.Value.Value if told.Value is not None else None)


def _plain(variant: ua.Variant | None, encoding: str) -> object:
    """A variant's value as Python's own; what has no such form comes as a short text of it."""
    given = None if variant is None else variant.Value
    if isinstance(given, ua.LocalizedText):
        return given.Text
    if isinstance(given, bytes):
        try:
            return field_text(given, encoding)
        except UnicodeDecodeError:
            return _Other(given)
    if isinstance(given, Enum):
        return given.value
    return given if given is None or isinstance(given, bool | int | float | str) else _Other(given)


class _Other:
    """A value that no profile can use: an array, a structure, a time."""

    def __init__(self, given: object) -> None:
        self.given = given

    def __repr__(self) -> str:
        return _short(self.given)


def _short(given: object) -> str:
    text = repr(given)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _text(text: str, variant_type: ua.VariantType, encoding: str) -> object:
    if variant_type is ua.VariantType.LocalizedText:
        return ua.LocalizedText(text)
    return text.encode(encoding) if variant_type is ua.VariantType.ByteString else text


def _aware(time: datetime | None) -> datetime | None:
    """A server's time with its zone, which is UTC; None for the year 1601, by which some say that they know none."""
    if time is None or time.year <= ua.get_win_epoch().year:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
