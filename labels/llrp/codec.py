"""Messages of the Low Level Reader Protocol as bytes and back, by the tables of ``llrp.yaml``.

A message: 3 bits zero, version (3), type (10), length in bytes with this head (32), number (32); then its fields and
parameters. A parameter with a length (TLV): 6 bits zero, type (10), length in bytes with this head (16). A parameter
without (TV): a one, type (7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from labels.llrp.errors import MalformedMessageError
from labels.llrp.tables import (
    RESERVED,
    Field,
    Shape,
    message_shapes,
    messages_by_type,
    parameter_shapes,
    parameters_by_type,
)

HEAD_BYTES = 10
LONGEST_MESSAGE_BYTES = 1 << 20
VERSIONS = (1, 2)
UNKNOWN = "unknown"
_VERSION = 1
_DEEPEST = 16
_TV_BIT, _TV_TYPES = 0x80, 0x7F


@dataclass(frozen=True)
class Bits:
    """A string of bits, filled with zeros to whole bytes."""

    count: int
    data: bytes

    @classmethod
    def of(cls, data: bytes) -> Bits:
        """All bits of whole bytes."""
        return cls(8 * len(data), data)


Value = int | str | bytes | tuple[int, ...] | Bits


@dataclass(frozen=True)
class Parameter:
    """One parameter with its fields and those inside it; the name is ``unknown`` where the tables lack its type."""

    name: str
    values: Mapping[str, Value] = field(default_factory=dict)
    inside: tuple[Parameter, ...] = ()

    def number(self, name: str) -> int:
        """A field that is a number."""
        value = self.values[name]
        assert isinstance(value, int)  # noqa: S101 - the tables say so
        return value

    def words(self, name: str) -> tuple[int, ...]:
        """A field that is a list of 16-bit words."""
        value = self.values[name]
        assert isinstance(value, tuple)  # noqa: S101 - the tables say so
        return value

    def bits(self, name: str) -> Bits:
        """A field that is a string of bits."""
        value = self.values[name]
        assert isinstance(value, Bits)  # noqa: S101 - the tables say so
        return value

    def all(self, name: str) -> Iterator[Parameter]:
        """The parameters of this name inside."""
        return (parameter for parameter in self.inside if parameter.name == name)

    def first(self, name: str) -> Parameter | None:
        """The first of this name inside, or None."""
        return next(self.all(name), None)

    def the(self, name: str) -> Parameter:
        """The first of this name inside; raises MalformedMessageError where the peer left it out."""
        found = self.first(name)
        if found is None:
            raise MalformedMessageError(f"{self.name} came without {name}")
        return found


@dataclass(frozen=True)
class Message(Parameter):
    """A whole message; its number connects an answer with its request."""

    message_id: int = 0


def encode(message: Message) -> bytes:
    """The message's bytes, version 1."""
    shape = message_shapes()[message.name]
    body = _body(shape, message)
    return (
        (_VERSION << 10 | shape.type_number).to_bytes(2)
        + (HEAD_BYTES + len(body)).to_bytes(4)
        + message.message_id.to_bytes(4)
        + body
    )


def decode(data: bytes) -> Message:
    """A whole message; raises MalformedMessageError for what the tables do not allow."""
    _version, type_number, length, message_id = decode_head(data)
    if length != len(data):
        raise MalformedMessageError(f"A message of {length} bytes came with {len(data)}")
    shape = messages_by_type().get(type_number)
    if shape is None:
        raise MalformedMessageError(f"A message of the unknown type {type_number} came")
    reader = _Reader(data, HEAD_BYTES, length)
    values = reader.fields(shape)
    return Message(shape.name, values, tuple(reader.parameters(0)), message_id)


def decode_head(data: bytes) -> tuple[int, int, int, int]:
    """Version, type, length and number of a message from its first ten bytes."""
    if len(data) < HEAD_BYTES:
        raise MalformedMessageError(f"A message ended after {len(data)} bytes")
    first = int.from_bytes(data[:2])
    version, length = first >> 10 & 7, int.from_bytes(data[2:6])
    if first >> 13 or version not in VERSIONS:
        raise MalformedMessageError(f"What came begins with {data[:2].hex()}: that is no message of LLRP 1.0 or 1.1")
    if not HEAD_BYTES <= length <= LONGEST_MESSAGE_BYTES:
        raise MalformedMessageError(f"A message says that it has {length} bytes; allowed are {LONGEST_MESSAGE_BYTES}")
    return version, first & 0x3FF, length, int.from_bytes(data[6:10])


def _encode_parameter(parameter: Parameter) -> bytes:
    shape = parameter_shapes()[parameter.name]
    body = _body(shape, parameter)
    if shape.type_number <= _TV_TYPES:
        return bytes([_TV_BIT | shape.type_number]) + body
    return shape.type_number.to_bytes(2) + (4 + len(body)).to_bytes(2) + body


def _body(shape: Shape, part: Parameter) -> bytes:
    writer = _Writer()
    for one in shape.fields:
        writer.put(one, part.values.get(one.name, 0))
    return writer.bytes() + b"".join(_encode_parameter(inner) for inner in part.inside)


class _Writer:
    """Collects fields; numbers narrower than a byte stand side by side."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._number = self._bits = 0

    def put(self, one: Field, value: Value) -> None:
        if one.bits:
            assert isinstance(value, int)  # noqa: S101 - the tables say so
            self._put_number(value, one)
        else:
            self._parts.append(_ENCODERS[one.kind](value))

    def _put_number(self, value: int, one: Field) -> None:
        low, high = (-(1 << one.bits - 1), 1 << one.bits - 1) if one.kind[0] == "s" else (0, 1 << one.bits)
        if not low <= value < high:
            raise OverflowError(f"{value} does not fit the field {one.name}")
        self._number = self._number << one.bits | value & (1 << one.bits) - 1
        self._bits += one.bits
        if self._bits % 8 == 0:
            self._parts.append(self._number.to_bytes(self._bits // 8))
            self._number = self._bits = 0

    def bytes(self) -> bytes:
        return b"".join(self._parts)


def _counted(count: int, data: bytes) -> bytes:
    return count.to_bytes(2) + data


_ENCODERS: dict[str, Callable[..., bytes]] = {
    "bits": lambda value: _counted(value.count, value.data),
    "bytes": lambda value: _counted(len(value), value),
    "words": lambda value: _counted(len(value), b"".join(word.to_bytes(2) for word in value)),
    "text": lambda value: _counted(len(value.encode()), value.encode()),
    "rest": lambda value: value,
}


class _Reader:
    """Takes fields and parameters from a stretch of bytes."""

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self._data, self._bit, self._end = data, 8 * at, end

    def fields(self, shape: Shape) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for one in shape.fields:
            value = self._number(one.bits, one.kind[0] == "s") if one.bits else self._long(one.kind)
            if one.name != RESERVED:
                values[one.name] = value
        return values

    def parameters(self, depth: int) -> Iterator[Parameter]:
        if depth > _DEEPEST:
            raise MalformedMessageError("Parameters stand inside one another too deep")
        while self._bit < 8 * self._end:
            yield self._parameter(depth)

    def _parameter(self, depth: int) -> Parameter:
        start = self._bit // 8
        first = self._number(8)
        if first & _TV_BIT:
            shape = parameters_by_type().get(first & _TV_TYPES)
            if shape is None:
                raise MalformedMessageError(
                    f"A parameter of the unknown type {first & _TV_TYPES} without a length came"
                )
            return Parameter(shape.name, self.fields(shape))
        type_number, length = (first & 3) << 8 | self._number(8), self._number(16)
        if length < 4 or start + length > self._end:
            raise MalformedMessageError(f"A parameter of type {type_number} says that it has {length} bytes")
        inner = _Reader(self._data, start + 4, start + length)
        self._bit = 8 * (start + length)
        return inner._content(type_number, depth)

    def _content(self, type_number: int, depth: int) -> Parameter:
        shape = parameters_by_type().get(type_number)
        if shape is None or type_number <= _TV_TYPES:
            return Parameter(UNKNOWN, {"Type": type_number, "Data": self._bytes(self._end - self._bit // 8)})
        values = self.fields(shape)
        return Parameter(shape.name, values, tuple(self.parameters(depth + 1)))

    def _number(self, bits: int, is_signed: bool = False) -> int:
        start, self._bit = self._bit, self._bit + bits
        if self._bit > 8 * self._end:
            raise MalformedMessageError("A field stands beyond the end of its message or parameter")
        last = -(-self._bit // 8)
        value = int.from_bytes(self._data[start // 8 : last]) >> 8 * last - self._bit & (1 << bits) - 1
        return value - (1 << bits) if is_signed and value >> bits - 1 else value

    def _bytes(self, count: int) -> bytes:
        start, self._bit = self._bit // 8, self._bit + 8 * count
        if self._bit > 8 * self._end:
            raise MalformedMessageError("A field stands beyond the end of its message or parameter")
        return self._data[start : start + count]

    def _long(self, kind: str) -> Value:
        if kind == "rest":
            return self._bytes(self._end - self._bit // 8)
        count = self._number(16)
        if kind == "bits":
            return Bits(count, self._bytes(-(-count // 8)))
        if kind == "words":
            data = self._bytes(2 * count)
            return tuple(int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2))
        # A reader's own words for a failure are shown even where they are not quite UTF-8.
        return self._bytes(count) if kind == "bytes" else self._bytes(count).decode("utf-8", "replace")
