"""A whole block decoded at once gives what each value decoded alone gives, and what struct packs."""

import struct
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lines import Kind, Order, Point, Profile, Sample, Value, ValueType
from lines.modbus.blocks import group
from lines.modbus.decoding import BlockDecoder, sample_of
from lines.modbus.plan import span_of
from lines.modbus.registers import decode, encode

orders = st.sampled_from(Order)
INTEGERS = {Kind.U16: ("H", 0, 16), Kind.S16: ("h", 1, 16), Kind.U32: ("I", 0, 32), Kind.S32: ("i", 1, 32)}
INTEGERS |= {Kind.U64: ("Q", 0, 64)}


def packed(code: str, number: float, byte_order: Order, word_order: Order) -> list[int]:
    """The registers of a number by struct alone: the words of its big-endian form, turned as the orders say."""
    data = struct.pack(f">{code}", number)
    words = [data[i : i + 2] for i in range(0, len(data), 2)]
    if word_order is Order.LITTLE:
        words.reverse()
    return [int.from_bytes(word if byte_order is Order.BIG else word[::-1], "big") for word in words]


def profile_of(points: list[Point], byte_order: Order, word_order: Order) -> Profile:
    return Profile("test", "modbus-tcp", tuple(points), byte_order=byte_order, word_order=word_order)


def read_at_once(points: list[Point], registers: list[int], byte_order: Order, word_order: Order) -> dict[str, Sample]:
    (block,) = group([span_of(point) for point in points], 125, 125)
    profile = profile_of(points, byte_order, word_order)
    decoder = BlockDecoder(block, {point.name: point for point in points}, profile)
    return dict(decoder.samples(registers[block.offset : block.offset + block.length]))


@st.composite
def numbers(draw: st.DrawFn) -> tuple[Kind, str, float]:
    kind = draw(st.sampled_from([*INTEGERS, Kind.F32, Kind.F64]))
    if kind is Kind.F32:
        return kind, "f", draw(st.floats(width=32, allow_nan=False, allow_infinity=False))
    if kind is Kind.F64:
        return kind, "d", draw(st.floats(allow_nan=False, allow_infinity=False))
    code, is_signed, bits = INTEGERS[kind]
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if is_signed else (0, 2**bits - 1)
    return kind, code, draw(st.integers(low, high))


@given(st.lists(numbers(), min_size=1, max_size=12), orders, orders)
def test_numbers_that_struct_packed_are_read_as_they_were(
    cases: list[tuple[Kind, str, float]], byte_order: Order, word_order: Order
) -> None:
    points, registers = [], []
    for number, (kind, code, value) in enumerate(cases):
        points.append(Point(f"p{number}", f"holding:{len(registers)}", ValueType(kind)))
        registers += packed(code, value, byte_order, word_order)
    samples = read_at_once(points, registers, byte_order, word_order)
    for number, (kind, code, value) in enumerate(cases):
        read = samples[f"p{number}"].value
        assert isinstance(read, int | float)
        if kind is Kind.F32:  # shown by the shortest decimal that names it
            assert struct.pack(">f", read) == struct.pack(f">{code}", value)
        else:
            assert read == value


@given(numbers(), orders, orders)
def test_a_value_is_written_as_struct_packs_it(
    case: tuple[Kind, str, float], byte_order: Order, word_order: Order
) -> None:
    kind, code, value = case
    assert encode(value, ValueType(kind), byte_order, word_order) == packed(code, value, byte_order, word_order)


@given(st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=8), orders, orders)
def test_text_that_struct_packed_is_read_as_it_was(text: str, byte_order: Order, word_order: Order) -> None:
    code = ">4H" if byte_order is Order.BIG else "<4H"
    registers = list(struct.unpack(code, struct.pack("8s", text.encode())))
    point = Point("p", "holding:0", ValueType(Kind.STRING, 8))
    assert read_at_once([point], registers, byte_order, word_order)["p"] == Sample(text)
    assert encode(text, point.type, byte_order, word_order) == registers


@given(st.integers(0, 0xFFFF), st.integers(0, 15), orders, orders)
def test_a_bit_is_that_of_the_number_in_the_register(
    register: int, bit: int, byte_order: Order, word_order: Order
) -> None:
    (number,) = struct.unpack(">H" if byte_order is Order.BIG else "<H", struct.pack(">H", register))
    point = Point("p", "holding:0", ValueType(Kind.BIT, bit))
    assert read_at_once([point], [register], byte_order, word_order)["p"] == Sample(bool(number & 1 << bit))


@given(st.integers(0, 9999), orders, orders)
def test_a_bcd_is_the_decimal_digits_of_the_register(number: int, byte_order: Order, word_order: Order) -> None:
    (register,) = struct.unpack(">H" if byte_order is Order.BIG else "<H", bytes.fromhex(f"{number:04d}"))
    point = Point("p", "holding:0", ValueType(Kind.BCD16))
    assert read_at_once([point], [register], byte_order, word_order)["p"] == Sample(number)


@st.composite
def anything(draw: st.DrawFn) -> Point:
    kind = draw(st.sampled_from(list(Kind)))
    value_type = ValueType(kind, draw(st.integers(1, 7)))
    form = draw(st.sampled_from(["plain", "scaled", "mapped", "bounded"]))
    return Point(
        name="p",
        address=f"holding:{draw(st.integers(0, 20))}",
        type=value_type,
        scale=draw(st.sampled_from([0.1, 0.001, -0.5, 3.0, 1e-5]))
        if form == "scaled" and value_type.is_numeric
        else None,
        map={0: "off", 1: "on", 7: "other"} if form == "mapped" and value_type.is_integer else {},
        low=draw(st.sampled_from([None, -10.0, 0.0])) if form == "bounded" else None,
        high=draw(st.sampled_from([None, 10.0, 30_000.0])) if form == "bounded" else None,
    )


@given(
    st.lists(anything(), min_size=1, max_size=15),
    st.lists(st.integers(0, 0xFFFF), min_size=25, max_size=25),
    orders,
    orders,
)
def test_values_that_overlap_or_not_are_read_as_each_alone(
    given_points: list[Point], registers: list[int], byte_order: Order, word_order: Order
) -> None:
    points = [replace(point, name=f"p{number}") for number, point in enumerate(given_points)]
    samples = read_at_once(points, registers, byte_order, word_order)
    for point in points:
        span = span_of(point)
        part = registers[span.address.offset : span.end]
        alone = sample_of(lambda part=part, p=point: decode(part, p.type, byte_order, word_order), point)  # type: ignore[misc]
        assert (samples[point.name].error, samples[point.name].is_garbage) == (alone.error, alone.is_garbage)
        read = samples[point.name].value
        assert read == (pytest.approx(alone.value, rel=1e-15) if isinstance(alone.value, float) else alone.value)
        assert type(read) is type(alone.value)


def one_point(value_type: ValueType, **parts: Any) -> tuple[Point, BlockDecoder]:
    point = Point("p", "holding:0", value_type, **parts)
    (block,) = group([span_of(point)], 125)
    return point, BlockDecoder(block, {"p": point}, profile_of([point], Order.BIG, Order.BIG))


@pytest.mark.parametrize(
    ("value_type", "parts", "registers", "error"),
    [
        (Kind.U16, {"map": {0: "idle"}}, [5], "the map of 'p' has no entry for 5"),
        (
            Kind.S16,
            {"scale": 0.1, "low": -50, "unit": "°C"},
            [0xF830],
            "p = -200 lies outside -50 to any °C, which is not possible",
        ),
        (Kind.F32, {}, [0x7F80, 0], "the device gives inf, which is no f32"),
        (Kind.BCD16, {}, [0xABCD], "0xabcd is not a binary coded decimal"),
    ],
)
def test_what_no_sound_machine_gives_is_garbage(
    value_type: Kind, parts: dict[str, Any], registers: list[int], error: str
) -> None:
    _, decoder = one_point(ValueType(value_type), **parts)
    assert decoder.samples(registers)["p"] == Sample(None, error, is_garbage=True)


@pytest.mark.parametrize(
    ("value_type", "first", "second"),
    [(ValueType(Kind.U32), [1, 2], [1, 3]), (ValueType(Kind.STRING, 4), [0x4142, 0], [0x4143, 0])],
)
def test_the_same_registers_give_the_same_sample_and_others_a_new_one(
    value_type: ValueType, first: list[int], second: list[int]
) -> None:
    _, decoder = one_point(value_type)
    before = decoder.samples(first)["p"]
    assert decoder.samples(list(first))["p"] is before
    assert decoder.samples(second)["p"].value != before.value
    assert decoder.samples(first)["p"] == before


def test_bits_of_a_bit_table_are_read_by_their_place() -> None:
    points = [Point(f"c{n}", f"coil:{n}", ValueType(Kind.BOOL)) for n in (3, 5, 9)]
    (block,) = group([span_of(point) for point in points], 125)
    decoder = BlockDecoder(block, {p.name: p for p in points}, profile_of(points, Order.BIG, Order.LITTLE))
    expected: dict[str, Value] = {"c3": True, "c5": False, "c9": True}
    assert {name: sample.value for name, sample in decoder.samples([1, 1, 0, 1, 1, 1, 1]).items()} == expected
