"""Decoding a whole block at once: what a profile says is turned into one struct and a few steps, once.

All four combinations of byte and word order come down to the order in which registers are packed and that in which
values are unpacked: with the low word first a value is little-endian over its registers.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from lines.adapter import Sample
from lines.modbus.blocks import Block, Span
from lines.modbus.registers import FORMATS, decode, decode_bcd
from lines.profile import Kind, Order, Point, Profile, Value
from lines.values import DecodeError, check_range, native, to_value

Read = Callable[[Any], Sample]
_WORD = "H"
_PLAIN_SCALES = (1e-100, 1e100)  # Beyond, a quotient of whole numbers may be no float.


class BlockDecoder:
    """The values of one block. The same registers give the same samples again, as the same objects."""

    def __init__(self, block: Block, points: Mapping[str, Point], profile: Profile) -> None:
        self._block = block
        self._profile = profile
        self._samples: dict[str, Sample] = {}
        self._last: tuple[Any, ...] | None = None
        self._rows: list[tuple[str, int, Read]] = []
        self._singles: list[tuple[Span, Point]] = []
        self._last_singles: dict[str, Sequence[int]] = {}
        is_bits = block.table.is_bits
        layout = _Layout(block)
        for span in block.spans:
            point = points[span.name]
            place = span.address.offset - block.offset if is_bits else layout.place(span, point)
            if place is None:
                self._singles.append((span, point))
            else:
                self._rows.append((span.name, place, reader(point, is_bit=is_bits)))
        self._values = tuple if is_bits else _unpacking(block, layout, profile)

    def samples(self, registers: Sequence[int]) -> Mapping[str, Sample]:
        """The samples of all points of the block, whose registers (or bits) these are."""
        values, last = self._values(registers), self._last
        if values != last:
            for name, place, read in self._rows:
                if last is None or values[place] != last[place]:
                    self._samples[name] = read(values[place])
            self._last = values
        for span, point in self._singles:
            self._read_single(span, point, registers)
        return self._samples

    def _read_single(self, span: Span, point: Point, registers: Sequence[int]) -> None:
        first = span.address.offset - self._block.offset
        part = registers[first : first + span.length]
        if part != self._last_singles.get(span.name):
            self._last_singles[span.name] = part
            profile = self._profile
            self._samples[span.name] = sample_of(
                lambda: decode(part, point.type, profile.byte_order, profile.word_order, point.encoding), point
            )


def sample_of(raw: Callable[[], Value], point: Point) -> Sample:
    """The sample of a raw value: mapped, scaled and in its range, else garbage with the reason."""
    try:
        return Sample(check_range(to_value(raw(), point), point))
    except DecodeError as error:
        return Sample(None, str(error), is_garbage=True)


def reader(point: Point, *, is_bit: bool) -> Read:
    """Turns what the struct gives for a point (or the bit of a bit table) into a sample."""
    of_raw = _of_raw(point, is_bit=is_bit)

    def read(given: Any) -> Sample:
        return sample_of(lambda: of_raw(given), point)

    scale = 1.0 if point.scale is None else abs(point.scale)
    is_plain = _PLAIN_SCALES[0] < scale < _PLAIN_SCALES[1]
    if of_raw is not int or point.map or not is_plain:
        return read
    return _number_reader(point, read)


def _number_reader(point: Point, careful: Read) -> Read:
    """The short way for whole numbers without a map; what lies out of range goes the careful one."""
    low = float("-inf") if point.low is None else point.low
    high = float("inf") if point.high is None else point.high
    if point.scale is None:

        def read(raw: int) -> Sample:
            return Sample(raw) if low <= raw <= high else careful(raw)

        return read
    # The quotient of two whole numbers is the float next to it, as that of decimals is.
    numerator, denominator = Decimal(repr(point.scale)).as_integer_ratio()

    def read_scaled(raw: int) -> Sample:
        value = raw * numerator / denominator
        return Sample(value) if low <= value <= high else careful(raw)

    return read_scaled


def _of_raw(point: Point, *, is_bit: bool) -> Callable[[Any], Value]:
    """From what the struct gives to the raw value; ``int`` where that is the same."""
    kind, size = point.type.kind, point.type.size
    if is_bit or kind is Kind.BOOL:
        return bool
    if kind is Kind.BIT:
        return lambda register: bool(register >> size & 1)
    if kind is Kind.BCD16:
        return decode_bcd
    if kind in {Kind.F32, Kind.F64}:
        return lambda number: native(number, point.type)
    return int


class _Layout:
    """The struct of a block: one field for each value, as far as they do not overlap."""

    def __init__(self, block: Block) -> None:
        self._first = block.offset
        self._end = block.offset
        self._last = block.offset + block.length
        self._parts: list[str] = []
        self._places: dict[tuple[int, str], int] = {}

    def place(self, span: Span, point: Point) -> int | None:
        """The number of the point's field; None where it has to be decoded alone."""
        offset = span.address.offset
        code = FORMATS.get(point.type.kind, ">" + _WORD)[1:]
        if point.type.kind is Kind.STRING:
            return None
        if (offset, code) not in self._places:
            if offset < self._end:
                return None
            self._parts.append("xx" * (offset - self._end) + code)
            self._places[offset, code] = len(self._places)
            self._end = span.end
        return self._places[offset, code]

    def format(self) -> str:
        """The fields and what lies between them, without the order."""
        return "".join(self._parts) + "xx" * (self._last - self._end)


def _unpacking(block: Block, layout: _Layout, profile: Profile) -> Callable[[Sequence[int]], tuple[Any, ...]]:
    orders = "><" if profile.word_order is Order.BIG else "<>"
    packed_as = orders[0] if profile.byte_order is Order.BIG else orders[1]
    unpack = struct.Struct(orders[0] + layout.format()).unpack
    pack = struct.Struct(f"{packed_as}{block.length}H").pack
    return lambda registers: unpack(pack(*registers))
