"""The codec: values to 16-bit Modbus registers and back, and Modbus addresses.

Byte order is the order of the bytes within a register and holds for numbers and strings; word order is the
order of the registers within a number and does not touch strings, whose characters lie in reading order.
"""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lines.profile import Kind, Order, Value, ValueType
from lines.values import DecodeError, EncodeError, field_text, native

FORMATS: Mapping[Kind, str] = {
    Kind.U16: ">H",
    Kind.S16: ">h",
    Kind.U32: ">I",
    Kind.S32: ">i",
    Kind.U64: ">Q",
    Kind.F32: ">f",
    Kind.F64: ">d",
}


class AddressError(ValueError):
    """A Modbus address that is none, or does not fit its type."""


class Table(StrEnum):
    """The four tables of a Modbus device."""

    COIL = "coil"
    DISCRETE = "discrete"
    HOLDING = "holding"
    INPUT = "input"

    @property
    def is_bits(self) -> bool:
        """Whether the table holds single bits rather than registers."""
        return self in {Table.COIL, Table.DISCRETE}

    @property
    def is_writable(self) -> bool:
        """Whether a client may write to the table."""
        return self in {Table.COIL, Table.HOLDING}


@dataclass(frozen=True, slots=True, order=True)
class ModbusAddress:
    """A place in a device: the table, and the offset counted from 0 as in the request on the wire."""

    table: Table
    offset: int

    def __str__(self) -> str:
        return f"{self.table}:{self.offset}"


def parse_address(text: str) -> ModbusAddress:
    """``"holding:12"`` as an address. Raises :class:`AddressError`."""
    table, _, offset = text.partition(":")
    if table not in set(Table) or not (offset.isascii() and offset.isdigit()) or int(offset) > 0xFFFF:
        tables = ", ".join(Table)
        raise AddressError(f"{text!r} is no Modbus address: write table:offset, table one of {tables}, offset 0-65535")
    return ModbusAddress(Table(table), int(offset))


def check_address(text: str, value_type: ValueType, *, writable: bool = False) -> ModbusAddress:
    """The address, checked to suit a value type and, for a command, to be writable. Raises
    :class:`AddressError`.
    """
    address = parse_address(text)
    if address.table.is_bits and value_type.kind is not Kind.BOOL:
        raise AddressError(f"{text!r} holds single bits: its type must be bool, not {value_type}")
    if writable and not address.table.is_writable:
        raise AddressError(f"{text!r} cannot be written: a command needs a holding register or a coil")
    if address.offset + value_type.registers > 0x10000:
        raise AddressError(f"{text!r} with type {value_type} goes beyond the last register, 65535")
    return address


def parse_illegal(text: str) -> tuple[Table, range]:
    """``"holding:40-49"`` or ``"holding:40"`` as table and offsets. Raises :class:`AddressError`."""
    first_text, _, last_text = text.partition("-")
    first = parse_address(first_text)
    last = parse_address(f"{first.table}:{last_text}") if last_text else first
    if last.offset < first.offset:
        raise AddressError(f"{text!r} ends before it begins")
    return first.table, range(first.offset, last.offset + 1)


def decode(
    registers: Sequence[int],
    value_type: ValueType,
    byte_order: Order,
    word_order: Order,
    encoding: str = "utf-8",
) -> Value:
    """The raw value that registers hold. Raises :class:`DecodeError`."""
    data = _swap_bytes(registers, byte_order)
    if value_type.kind is Kind.STRING:
        return _decode_string(data[: value_type.size], encoding)
    if word_order is Order.LITTLE:
        data = _reverse_words(data)
    if value_type.kind is Kind.BIT:
        return bool(int.from_bytes(data, "big") >> value_type.size & 1)
    if value_type.kind is Kind.BOOL:
        return any(data)
    if value_type.kind is Kind.BCD16:
        return decode_bcd(int.from_bytes(data, "big"))
    (number,) = struct.unpack(FORMATS[value_type.kind], data)
    return native(number, value_type)


def encode(
    value: Value, value_type: ValueType, byte_order: Order, word_order: Order, encoding: str = "utf-8"
) -> list[int]:
    """The registers that hold a raw value; ``bit:N`` gives a register with only that bit.

    Raises :class:`EncodeError` where the value does not fit: nothing is ever cut or wrapped.
    """
    if value_type.kind is Kind.STRING:
        return _join_bytes(_encode_string(value, value_type, encoding), byte_order)
    data = _encode_number(value, value_type)
    if value_type.kind is Kind.BOOL:  # A bool is 0 or 1 as a whole, in a bit table as in a register.
        return _join_bytes(data, Order.BIG)
    if word_order is Order.LITTLE:
        data = _reverse_words(data)
    return _join_bytes(data, byte_order)


def _swap_bytes(registers: Sequence[int], byte_order: Order) -> bytes:
    order = "big" if byte_order is Order.BIG else "little"
    return b"".join(register.to_bytes(2, order) for register in registers)  # type: ignore[arg-type]


def _join_bytes(data: bytes, byte_order: Order) -> list[int]:
    order = "big" if byte_order is Order.BIG else "little"
    return [int.from_bytes(data[i : i + 2], order) for i in range(0, len(data), 2)]  # type: ignore[arg-type]


def _reverse_words(data: bytes) -> bytes:
    return b"".join(data[i : i + 2] for i in range(len(data) - 2, -1, -2))


def _decode_string(data: bytes, encoding: str) -> str:
    try:
        return field_text(data, encoding)
    except UnicodeDecodeError as error:
        raise DecodeError(f"the registers hold no {encoding} text") from error


def decode_bcd(register: int) -> int:
    """The number whose decimal digits are the register's hexadecimal ones. Raises :class:`DecodeError`."""
    digits = f"{register:04x}"
    if not digits.isdecimal():
        raise DecodeError(f"0x{digits} is not a binary coded decimal")
    return int(digits)


def _encode_string(value: Value, value_type: ValueType, encoding: str) -> bytes:
    if not isinstance(value, str) or "\0" in value:
        raise EncodeError(f"{value_type} takes text without NUL, not {value!r}")
    try:
        data = value.encode(encoding)
    except UnicodeEncodeError as error:
        raise EncodeError(f"{value!r} cannot be written in {encoding}") from error
    if len(data) > value_type.size:
        raise EncodeError(f"{value!r} takes {len(data)} bytes in {encoding}; {value_type} has {value_type.size}")
    return data.ljust(value_type.registers * 2, b"\0")


def _encode_number(value: Value, value_type: ValueType) -> bytes:
    kind = value_type.kind
    if kind in {Kind.BOOL, Kind.BIT}:
        if value not in (True, False):
            raise EncodeError(f"{value_type} takes true or false, not {value!r}")
        return (int(value) << value_type.size).to_bytes(2, "big")
    whole = "whole " if value_type.is_integer else ""
    if isinstance(value, bool | str) or not math.isfinite(value) or (whole and value != int(value)):
        raise EncodeError(f"{value_type} takes a {whole}number, not {value!r}")
    if kind is Kind.BCD16:
        if not 0 <= value <= 9999:
            raise EncodeError(f"{value!r} does not fit bcd16 (0-9999)")
        return bytes.fromhex(f"{int(value):04d}")
    try:
        return struct.pack(FORMATS[kind], int(value) if value_type.is_integer else value)
    except (struct.error, OverflowError) as error:
        raise EncodeError(f"{value!r} does not fit {value_type}") from error
