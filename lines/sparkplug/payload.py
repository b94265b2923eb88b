"""The Sparkplug B payload: metrics with names or aliases, types, times and values.

After the Eclipse Sparkplug specification 3.0.0, chapter 6.4 and its appended protocol buffers definition. Data sets,
templates and arrays are skipped: their metrics are there, with a value that cannot be read.
"""

from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from lines.sparkplug.wire import (
    BYTES,
    FIXED32,
    FIXED64,
    VARINT,
    Field,
    WireError,
    read_fields,
    read_float,
    read_text,
    write_bytes,
    write_double,
    write_float,
    write_number,
)

MetricValue = bool | int | float | str | bytes
QUALITY_GOOD = 192


class DataType(IntEnum):
    """The types of metrics that are read; the numbers are Sparkplug's."""

    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATETIME = 13
    TEXT = 14
    UUID = 15
    BYTES = 17
    FILE = 18


class ValueField(IntEnum):
    """The fields of a metric that hold its value."""

    INT = 10
    LONG = 11
    FLOAT = 12
    DOUBLE = 13
    BOOLEAN = 14
    STRING = 15
    BYTES = 16


_SIGNED = {DataType.INT8: 8, DataType.INT16: 16, DataType.INT32: 32, DataType.INT64: 64}
_UNSIGNED = {
    DataType.UINT8: 8,
    DataType.UINT16: 16,
    DataType.UINT32: 32,
    DataType.UINT64: 64,
    DataType.DATETIME: 64,
}
_FLOATS = {DataType.FLOAT, DataType.DOUBLE}
_TEXT = {DataType.STRING, DataType.TEXT, DataType.UUID}
_OCTETS = {DataType.BYTES, DataType.FILE}
_LONG = {DataType.INT64, DataType.UINT64, DataType.DATETIME}
_VALUE_FIELDS = frozenset(int(field) for field in ValueField)
_NUMBER_FIELDS = frozenset({10, 11, 14})
_WIRE_OF_FLOATS = {12: FIXED32, 13: FIXED64}
_COMPOUND_FIELDS = {17, 18, 19}


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. Times are milliseconds since 1970 UTC.

    ``value`` is None where there is none. ``data_type`` may be left out of data after a birth: then ``value`` is as on
    the wire, and :func:`interpret` makes the real one. ``field`` is where the value stood; publishers differ over
    unsigned 32-bit numbers. ``quality`` is the property of that name, 192 for good.
    """

    name: str | None = None
    value: MetricValue | None = None
    data_type: int | None = None
    alias: int | None = None
    time_ms: int | None = None
    is_historical: bool = False
    is_readable: bool = True
    quality: int | None = None
    field: ValueField | None = None


@dataclass(frozen=True, slots=True)
class Payload:
    """A payload. ``seq`` counts the messages of an edge node from 0 to 255 and round."""

    metrics: tuple[Metric, ...] = ()
    time_ms: int | None = None
    seq: int | None = None

    def metric(self, name: str) -> Metric | None:
        """The metric of that name, or None."""
        return next((metric for metric in self.metrics if metric.name == name), None)


def interpret(value: MetricValue, data_type: int) -> MetricValue:
    """A value as on the wire in its type: signed numbers are two's complement of 32 or of their own bits.

    Raises ``ValueError`` where the value is not of the type, or the type is none that is read.
    """
    if type(value) is float and data_type in _FLOATS:
        return value
    kind = _kind(data_type)
    if _is_whole(value):
        if kind in _SIGNED:
            bits = _SIGNED[kind]
            number = int(value) & ((1 << bits) - 1)
            return number - (1 << bits) if number >> (bits - 1) else number
        if kind in _UNSIGNED:
            return int(value) & ((1 << _UNSIGNED[kind]) - 1)
    if kind in _FLOATS and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if kind is DataType.BOOLEAN and isinstance(value, bool | int):
        return bool(value)
    if (kind in _TEXT and isinstance(value, str)) or (kind in _OCTETS and isinstance(value, bytes)):
        return value
    raise ValueError(f"{value!r} is no {kind.name}")


def decode_payload(data: bytes) -> Payload:
    """A payload of its bytes. Raises :class:`lines.sparkplug.wire.WireError`."""
    time_ms, seq = None, None
    metrics: list[Metric] = []
    for number, wire_type, value, end in read_fields(data, 0, len(data)):
        if number == 2 and wire_type == BYTES:
            metrics.append(_metric(data, value, end))
        elif number == 1 and wire_type == VARINT:
            time_ms = value
        elif number == 3 and wire_type == VARINT:
            seq = value
    return Payload(tuple(metrics), time_ms, seq)


@lru_cache(maxsize=64)
def decode_seq(data: bytes) -> int | None:
    """The sequence number alone; cheap where many devices hear the same message. Raises
    :class:`lines.sparkplug.wire.WireError`.
    """
    seq = None
    for number, wire_type, value, _ in read_fields(data, 0, len(data)):
        if number == 3 and wire_type == VARINT:
            seq = value
    return seq


def encode_payload(payload: Payload) -> bytes:
    """The bytes of a payload. Raises ``ValueError`` for a value that does not fit its type."""
    parts = [] if payload.time_ms is None else [write_number(1, payload.time_ms)]
    parts += [write_bytes(2, _encode_metric(metric)) for metric in payload.metrics]
    if payload.seq is not None:
        parts.append(write_number(3, payload.seq))
    return b"".join(parts)


def _kind(data_type: int) -> DataType:
    try:
        return DataType(data_type)
    except ValueError as error:
        raise ValueError(f"metrics of the type {data_type} are not read") from error


def _is_whole(value: MetricValue) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _metric(data: bytes, start: int, end: int) -> Metric:
    """A metric of its fields, those that are unknown or of another wire type passed over."""
    name: str | None = None
    alias = time_ms = data_type = quality = None
    value_field: Field | None = None
    is_historical, is_null, is_readable = False, False, True
    for found in read_fields(data, start, end):
        number, wire_type, value, _ = found
        if number in _VALUE_FIELDS:
            value_field = found
        elif wire_type == VARINT:
            if number == 2:
                alias = value
            elif number == 3:
                time_ms = value
            elif number == 4:
                data_type = value
            elif number == 5:
                is_historical = bool(value)
            elif number == 7:
                is_null = bool(value)
        elif number == 1 and wire_type == BYTES:
            name = read_text(data, found)
        elif number == 9 and wire_type == BYTES:
            quality = _quality(data, found)
        elif number in _COMPOUND_FIELDS:
            is_readable = False
    if value_field is None or is_null:
        return Metric(name, None, data_type, alias, time_ms, is_historical, is_readable, quality)
    given = _value(data, value_field)
    if data_type is not None:
        with suppress(ValueError):  # Not of its type: whoever takes the value finds out.
            given = interpret(given, data_type)
    place = ValueField(value_field[0])
    return Metric(name, given, data_type, alias, time_ms, is_historical, is_readable, quality, place)


def _value(data: bytes, found: Field) -> MetricValue:
    """The value of a metric as on the wire."""
    number, wire_type, value, end = found
    if wire_type == VARINT and number in _NUMBER_FIELDS:
        return bool(value) if number == ValueField.BOOLEAN else value
    if wire_type == _WIRE_OF_FLOATS.get(number):
        return read_float(data, found)
    if wire_type == BYTES and number == ValueField.STRING:
        return read_text(data, found)
    if wire_type == BYTES and number == ValueField.BYTES:
        return data[value:end]
    raise WireError(f"the value field {number} with the wire type {wire_type}")


def _quality(data: bytes, found: Field) -> int | None:
    """The property "Quality" of a property set (chapter 6.4.12)."""
    keys: list[str] = []
    values: list[int | None] = []
    for part in read_fields(data, found[2], found[3]):
        number, wire_type, start, end = part
        if number == 1 and wire_type == BYTES:
            keys.append(read_text(data, part))
        elif number == 2 and wire_type == BYTES:
            whole = [v for n, w, v, _ in read_fields(data, start, end) if n in {3, 4} and w == VARINT]
            values.append(whole[-1] if whole else None)
    return dict(zip(keys, values, strict=False)).get("Quality")


def _encode_metric(metric: Metric) -> bytes:
    parts = []
    if metric.name is not None:
        parts.append(write_bytes(1, metric.name.encode()))
    for number, value in ((2, metric.alias), (3, metric.time_ms), (4, metric.data_type)):
        if value is not None:
            parts.append(write_number(number, value))
    if metric.is_historical:
        parts.append(write_number(5, 1))
    if metric.quality is not None:
        parts.append(write_bytes(9, _encode_quality(metric.quality)))
    parts.append(write_number(7, 1) if metric.value is None else _encode_value(metric, metric.value))
    return b"".join(parts)


def _encode_quality(quality: int) -> bytes:
    value = write_number(1, DataType.INT32) + write_number(3, quality)
    return write_bytes(1, b"Quality") + write_bytes(2, value)


def _encode_value(metric: Metric, value: MetricValue) -> bytes:
    if metric.data_type is None:
        raise ValueError(f"the metric {metric.name!r} has no type")
    kind = _kind(metric.data_type)
    if interpret(value, kind) != value and value == value:
        raise ValueError(f"{value!r} does not fit {kind.name}")
    if kind in _LONG or (kind in _UNSIGNED and metric.field is ValueField.LONG):
        return write_number(ValueField.LONG, int(value))
    if kind in _SIGNED or kind in _UNSIGNED:
        return write_number(ValueField.INT, int(value) & 0xFFFFFFFF)
    return _encode_other(kind, value)


def _encode_other(kind: DataType, value: MetricValue) -> bytes:
    if isinstance(value, str):
        return write_bytes(ValueField.STRING, value.encode())
    if isinstance(value, bytes):
        return write_bytes(ValueField.BYTES, value)
    if kind is DataType.BOOLEAN:
        return write_number(ValueField.BOOLEAN, int(value))
    if kind is DataType.DOUBLE:
        return write_double(ValueField.DOUBLE, float(value))
    try:
        return write_float(ValueField.FLOAT, float(value))
    except OverflowError as error:
        raise ValueError(f"{value!r} does not fit {kind.name}") from error
