"""What a Modbus machine answers: requests and answers without the frames of TCP or of a serial line."""

import struct
from collections.abc import Callable, Mapping
from enum import IntEnum

from lines.modbus.registers import Table
from lines.simulator.line_model import ModelRefusalError
from lines.simulator.machine import SimulatedMachine
from lines.simulator.modbus_image import ModbusImage
from lines.values import DecodeError

MAX_REGISTERS, MAX_BITS = 125, 2000
_READS = {1: Table.COIL, 2: Table.DISCRETE, 3: Table.HOLDING, 4: Table.INPUT}
_ON, _OFF = 0xFF00, 0x0000


class Refusal(IntEnum):
    """The exception codes of the Modbus application protocol that a sound machine gives."""

    FUNCTION = 1
    ADDRESS = 2
    VALUE = 3
    NOBODY_THERE = 11


class _Refused(Exception):
    def __init__(self, code: Refusal) -> None:
        super().__init__(code.name)
        self.code = code


class ModbusAnswers:
    """The machines of one address by their units. ``bring_up_to_date`` is called before each answer, ``written`` after
    each command, before it is answered.
    """

    def __init__(
        self,
        images: Mapping[int, ModbusImage],
        bring_up_to_date: Callable[[], None],
        written: Callable[[], None],
    ) -> None:
        self._images = dict(images)
        self._bring_up_to_date = bring_up_to_date
        self._written = written

    def machine(self, unit: int) -> SimulatedMachine | None:
        """The machine of a unit."""
        image = self._images.get(unit)
        return image.machine if image else None

    @property
    def machines(self) -> tuple[SimulatedMachine, ...]:
        """All machines, in the order of their units."""
        return tuple(image.machine for image in self._images.values())

    def answer(self, unit: int, request: bytes) -> bytes:
        """The answer to a request (function code and data), which may be an exception."""
        function = request[0]
        self._bring_up_to_date()
        try:
            image = self._images.get(unit)
            if image is None:
                raise _Refused(Refusal.NOBODY_THERE)
            return self._answer(image, function, request)
        except _Refused as refused:
            return exception(function, refused.code)
        except struct.error:  # A request that is too short.
            return exception(function, Refusal.VALUE)

    def _answer(self, image: ModbusImage, function: int, request: bytes) -> bytes:
        if function in _READS:
            return _read(image, function, request)
        if function == 5:
            return self._write_coil(image, request)
        if function == 6:
            first, register = struct.unpack(">HH", request[1:5])
            self._write(image, Table.HOLDING, first, [register])
            return request[:5]
        if function == 15:
            return self._write_coils(image, request)
        if function == 16:
            first, count, size = struct.unpack(">HHB", request[1:6])
            if not 1 <= count <= MAX_REGISTERS or size != 2 * count:
                raise _Refused(Refusal.VALUE)
            self._write(image, Table.HOLDING, first, list(struct.unpack(f">{count}H", request[6 : 6 + size])))
            return request[:5]
        if function == 22:
            return self._write_masked(image, request)
        raise _Refused(Refusal.FUNCTION)

    def _write_coil(self, image: ModbusImage, request: bytes) -> bytes:
        first, value = struct.unpack(">HH", request[1:5])
        if value not in {_ON, _OFF}:
            raise _Refused(Refusal.VALUE)
        self._write(image, Table.COIL, first, [int(value == _ON)])
        return request[:5]

    def _write_coils(self, image: ModbusImage, request: bytes) -> bytes:
        first, count, size = struct.unpack(">HHB", request[1:6])
        if not 1 <= count <= MAX_BITS or size != (count + 7) // 8 or len(request) < 6 + size:
            raise _Refused(Refusal.VALUE)
        packed = int.from_bytes(request[6 : 6 + size], "little")
        self._write(image, Table.COIL, first, [packed >> place & 1 for place in range(count)])
        return request[:5]

    def _write_masked(self, image: ModbusImage, request: bytes) -> bytes:
        first, and_mask, or_mask = struct.unpack(">HHH", request[1:7])
        present = image.read(Table.HOLDING, first, 1)
        if present is None:
            raise _Refused(Refusal.ADDRESS)
        self._write(image, Table.HOLDING, first, [present[0] & and_mask | or_mask & ~and_mask & 0xFFFF])
        return request[:7]

    def _write(self, image: ModbusImage, table: Table, first: int, registers: list[int]) -> None:
        """Carry a command out; it is kept before it is answered."""
        command = image.command(table, first, len(registers))
        if command is None:
            raise _Refused(Refusal.ADDRESS)
        try:
            image.machine.write(command.name, image.decode(command, registers))
        except (ModelRefusalError, DecodeError) as error:
            raise _Refused(Refusal.VALUE) from error
        self._written()


def exception(function: int, code: int) -> bytes:
    """An exception answer."""
    return bytes([function | 0x80, code])


def _read(image: ModbusImage, function: int, request: bytes) -> bytes:
    table = _READS[function]
    first, count = struct.unpack(">HH", request[1:5])
    if not 1 <= count <= (MAX_BITS if table.is_bits else MAX_REGISTERS):
        raise _Refused(Refusal.VALUE)
    values = image.read(table, first, count)
    if values is None:
        raise _Refused(Refusal.ADDRESS)
    if table.is_bits:
        packed = sum(value << place for place, value in enumerate(values))
        data = packed.to_bytes((count + 7) // 8, "little")
    else:
        data = struct.pack(f">{count}H", *values)
    return bytes([function, len(data)]) + data
