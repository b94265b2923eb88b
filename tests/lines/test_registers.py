"""The codec between values and Modbus registers."""

import math
import struct
from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lines import Command, Kind, Order, Point, Value, ValueType
from lines.modbus.registers import (
    AddressError,
    ModbusAddress,
    Table,
    check_address,
    decode,
    encode,
    parse_address,
)
from lines.values import DecodeError, EncodeError, to_raw, to_value

BIG, LITTLE = Order.BIG, Order.LITTLE
orders = st.sampled_from(Order)
NUMBERS = {
    Kind.U16: st.integers(0, 2**16 - 1),
    Kind.S16: st.integers(-(2**15), 2**15 - 1),
    Kind.U32: st.integers(0, 2**32 - 1),
    Kind.S32: st.integers(-(2**31), 2**31 - 1),
    Kind.U64: st.integers(0, 2**64 - 1),
    Kind.F32: st.floats(width=32, allow_nan=False, allow_infinity=False),
    Kind.F64: st.floats(allow_nan=False, allow_infinity=False),
    Kind.BCD16: st.integers(0, 9999),
    Kind.BOOL: st.booleans(),
}
numbers = st.sampled_from(sorted(NUMBERS)).flatmap(lambda kind: NUMBERS[kind].map(lambda n: (ValueType(kind), n)))


@given(numbers, orders, orders)
def test_every_number_comes_back_as_it_was_written(
    case: tuple[ValueType, float], byte_order: Order, word_order: Order
) -> None:
    value_type, number = case
    registers = encode(number, value_type, byte_order, word_order)
    assert len(registers) == value_type.registers
    read = decode(registers, value_type, byte_order, word_order)
    if value_type.kind is Kind.F32:  # A 32-bit float is shown by the shortest decimal that names it.
        assert struct.pack(">f", read) == struct.pack(">f", number)
    else:
        assert read == number


@given(st.integers(0, 15), orders)
def test_every_bit_comes_back(number: int, byte_order: Order) -> None:
    bit = ValueType(Kind.BIT, number)
    (register,) = encode(True, bit, byte_order, BIG)
    assert decode([register], bit, byte_order, BIG) is True
    assert decode([register ^ 0xFFFF], bit, byte_order, BIG) is False


@given(st.text(), st.integers(1, 40), st.sampled_from(["utf-8", "gb18030"]), orders, orders)
def test_every_text_that_fits_comes_back(
    text: str, size: int, encoding: str, byte_order: Order, word_order: Order
) -> None:
    assume("\0" not in text and len(text.encode(encoding, "surrogatepass")) <= size)
    string = ValueType(Kind.STRING, size)
    assert (
        decode(encode(text, string, byte_order, word_order, encoding), string, byte_order, word_order, encoding) == text
    )


@given(st.lists(st.integers(0, 0xFFFF), min_size=4, max_size=4), orders, orders)
def test_any_registers_are_a_value_of_their_type_or_refused(
    registers: list[int], byte_order: Order, word_order: Order
) -> None:
    for kind in Kind:
        value_type = ValueType(kind, 7)
        with suppress(DecodeError):
            value = decode(registers[: value_type.registers], value_type, byte_order, word_order)
            assert encode(value, value_type, byte_order, word_order) is not None


@pytest.mark.parametrize(
    ("byte_order", "word_order", "registers"),
    [
        (BIG, BIG, [0x0A0B, 0x0C0D]),
        (BIG, LITTLE, [0x0C0D, 0x0A0B]),
        (LITTLE, BIG, [0x0B0A, 0x0D0C]),
        (LITTLE, LITTLE, [0x0D0C, 0x0B0A]),
    ],
)
def test_0x0a0b0c0d_lies_in_the_four_known_orders(byte_order: Order, word_order: Order, registers: list[int]) -> None:
    assert encode(0x0A0B0C0D, ValueType(Kind.U32), byte_order, word_order) == registers


@pytest.mark.parametrize(
    ("kind", "value", "registers"),
    [
        (Kind.S16, -2, [0xFFFE]),
        (Kind.BCD16, 1234, [0x1234]),
        (Kind.F32, 412.5, [0x43CE, 0x4000]),  # 412.5 = 1.611328125 x 2^8
        (Kind.F64, 1.0, [0x3FF0, 0, 0, 0]),
        (Kind.U64, 1, [0, 0, 0, 1]),
    ],
)
def test_known_encodings(kind: Kind, value: float, registers: list[int]) -> None:
    assert encode(value, ValueType(kind), BIG, BIG) == registers


def test_chinese_text_takes_two_bytes_a_character_in_gb18030() -> None:
    string = ValueType(Kind.STRING, 5)
    assert encode("墙A", string, BIG, BIG, "gb18030") == [0xC7BD, 0x4100, 0]


def test_the_word_order_leaves_text_alone_and_the_byte_order_turns_it() -> None:
    string = ValueType(Kind.STRING, 4)
    assert encode("ABCD", string, BIG, LITTLE) == [0x4142, 0x4344]
    assert encode("ABCD", string, LITTLE, LITTLE) == [0x4241, 0x4443]


def test_a_32_bit_float_is_shown_by_its_shortest_decimal() -> None:
    assert decode([0x3DCC, 0xCCCD], ValueType(Kind.F32), BIG, BIG) == 0.1


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.U16, 65536),
        (Kind.U16, -1),
        (Kind.U16, 1.5),
        (Kind.U16, "7"),
        (Kind.U16, True),
        (Kind.U16, math.nan),
        (Kind.BCD16, 10000),
        (Kind.F32, 1e39),
        (Kind.F64, math.inf),
        (Kind.BOOL, 2),
    ],
)
def test_what_does_not_fit_is_refused_and_never_cut(kind: Kind, value: Value) -> None:
    with pytest.raises(EncodeError):
        encode(value, ValueType(kind), BIG, BIG)


@pytest.mark.parametrize("text", ["12345", "\0", "墙板"])
def test_text_that_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(EncodeError):
        encode(text, ValueType(Kind.STRING, 4), BIG, BIG)


@pytest.mark.parametrize(
    ("kind", "registers"), [(Kind.BCD16, [0x12A4]), (Kind.F32, [0x7FC0, 0]), (Kind.STRING, [0xFFFF])]
)
def test_registers_without_meaning_are_refused(kind: Kind, registers: list[int]) -> None:
    with pytest.raises(DecodeError):
        decode(registers, ValueType(kind, 2), BIG, BIG)


@given(st.integers(-(2**31), 2**31 - 1), st.sampled_from([0.001, 0.01, 0.1, 0.5, 3.0, -0.1]))
def test_a_scaled_number_comes_back(raw: int, scale: float) -> None:
    point = Point("a", "input:0", ValueType(Kind.S32), scale=scale)
    assert to_raw(to_value(raw, point), point) == raw


def test_scaling_leaves_no_binary_noise() -> None:
    assert to_value(3, Point("a", "input:0", ValueType(Kind.U16), scale=0.1)) == 0.3


def test_a_map_names_numbers_and_takes_names() -> None:
    command = Command("mode", "holding:0", ValueType(Kind.U16), map={0: "manual", 7: "automatic"})
    assert to_value(7, command) == "automatic"
    assert to_raw("automatic", command) == 7


def test_what_a_map_does_not_know_is_an_error_both_ways() -> None:
    command = Command("mode", "holding:0", ValueType(Kind.U16), map={0: "manual"})
    with pytest.raises(DecodeError, match="no entry for 5"):
        to_value(5, command)
    with pytest.raises(EncodeError, match="takes one of manual"):
        to_raw("auto", command)


def test_an_address_names_table_and_offset() -> None:
    assert parse_address("input:12") == ModbusAddress(Table.INPUT, 12)


@pytest.mark.parametrize("text", ["", "input", "input:", "input:-1", "input:65536", "Input:1", "40001", "input:１"])
def test_other_addresses_are_refused(text: str) -> None:
    with pytest.raises(AddressError):
        parse_address(text)


def test_the_last_register_can_be_used_and_no_further() -> None:
    assert check_address("holding:65535", ValueType(Kind.U16)).offset == 65535
    with pytest.raises(AddressError):
        check_address("holding:65535", ValueType(Kind.U32))


@pytest.mark.parametrize("length", range(1, 11))
def test_a_text_that_the_machine_cut_in_a_character_is_read_up_to_that(length: int) -> None:
    program = "预制构件一"
    whole = program.encode("gb18030")[:length]
    registers = [int.from_bytes(whole[place : place + 2].ljust(2, b"\xd4"), "big") for place in range(0, length, 2)]
    assert decode(registers, ValueType(Kind.STRING, length), BIG, BIG, "gb18030") == program[: length // 2]


def test_half_a_character_before_the_end_of_a_text_is_no_text() -> None:
    with pytest.raises(DecodeError, match="no gb18030 text"):
        decode([0x41D4, 0x0000], ValueType(Kind.STRING, 4), BIG, BIG, "gb18030")
