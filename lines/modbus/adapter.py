"""The Modbus adapter, TCP and RTU, on pymodbus.

Guarantees: every wait is bounded; a late answer is never taken for the answer to a later request; every error is one
of :mod:`lines.adapter`; a write is sent once.
"""

import asyncio
from collections.abc import Mapping, Sequence

from lines.adapter import (
    CommandNotVerifiedError,
    CommandRefusedError,
    CommandUnknownError,
    DeviceUnavailableError,
    GarbageError,
    Sample,
)
from lines.device import Device
from lines.modbus.blocks import Block, touches
from lines.modbus.bus import Bus, RefusedError
from lines.modbus.endpoint import Endpoint, parse_serial, parse_tcp
from lines.modbus.link import NoAnswerError
from lines.modbus.plan import Plan, illegal_spans
from lines.modbus.registers import ModbusAddress, Table, decode, encode, parse_address
from lines.profile import Command, Kind, Point, Value
from lines.values import DecodeError, EncodeError, to_raw, to_value

_VERIFY_ATTEMPTS = 5
_VERIFY_PAUSE_SECONDS = 0.1


class ModbusAdapter:
    """A connection to one Modbus device (see :class:`lines.adapter.Adapter`).

    ``connect_seconds`` and ``read_seconds`` bound every wait; a ``timeout`` in the address goes before the latter.
    Raises ``ValueError`` for an address that is none.
    """

    def __init__(self, device: Device, *, connect_seconds: float = 3.0, read_seconds: float = 2.0) -> None:
        self.device = device
        self._profile = device.profile
        self._bus = Bus(endpoint_of(device), device.unit, connect_seconds, read_seconds)
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._chosen: tuple[Sequence[Point], Plan] | None = None

    @property
    def requests(self) -> int:
        """What was sent to the device since the adapter was made."""
        return self._bus.requests

    async def connect(self) -> None:
        """Connect anew; what was learnt about refused blocks is forgotten, as the device may have been
        changed.
        """
        self._plans.clear()
        self._chosen = None
        await self._bus.connect()

    async def close(self) -> None:
        """Close the connection if there is one."""
        self._bus.close()

    async def read(self, points: Sequence[Point]) -> Mapping[str, Sample]:
        """Read points in as few requests as profile and device allow. Raises :class:`DeviceUnavailableError`, or
        :class:`GarbageError` for a device that does not speak Modbus.
        """
        return await self._plan(points).read(self._read_block, asyncio.get_running_loop().time())

    def heard(self) -> tuple[tuple[str, Sample], ...]:
        """Nothing: a Modbus device only answers."""
        return ()

    async def write(self, command: Command, value: Value) -> None:
        """Write a command; with ``verify``, read it back until it shows, up to half a second, else raise."""
        what = f"{self.device.name}: {command.name} = {value!r}"
        address = parse_address(command.address)
        if touches(
            address.table, address.offset, address.offset + command.type.registers, illegal_spans(self._profile)
        ):
            raise CommandRefusedError(f"{what}: the profile calls {command.address} illegal")
        try:
            registers = self._encode(command, value)
            await self._write_registers(address, command, registers)
        except EncodeError as error:
            raise CommandRefusedError(f"{what}: {error}") from error
        except RefusedError as error:
            if error.is_undecided:
                raise CommandUnknownError(f"{what} was sent: {error}") from error
            raise CommandRefusedError(f"{what}: {error}") from error
        except (NoAnswerError, GarbageError) as error:
            raise CommandUnknownError(f"{what} was sent, but {error}") from error
        if command.verify:
            await self._verify(address, command, what, registers)

    def _plan(self, points: Sequence[Point]) -> Plan:
        if self._chosen is None or self._chosen[0] is not points:
            key = tuple(point.name for point in points)
            if key not in self._plans:
                self._plans[key] = Plan(points, self._profile)
            self._chosen = points, self._plans[key]
        return self._chosen[1]

    async def _read_block(self, block: Block) -> Sequence[int]:
        return await self._bus.read(block.table, block.offset, block.length)

    def _encode(self, command: Command, value: Value) -> list[int]:
        profile = self._profile
        raw = to_raw(value, command)
        return encode(raw, command.type, profile.byte_order, profile.word_order, command.encoding)

    async def _write_registers(self, address: ModbusAddress, command: Command, registers: Sequence[int]) -> None:
        if address.table is Table.COIL:
            await self._bus.write_coil(address.offset, bool(registers[0]))
        elif command.type.kind is Kind.BIT:
            await self._bus.write_bit(address.offset, self._mask(command), is_on=bool(registers[0]))
        else:
            await self._bus.write_registers(address.offset, registers)

    async def _verify(self, address: ModbusAddress, command: Command, what: str, written: Sequence[int]) -> None:
        mask = self._mask(command)
        shown: Sequence[int] = []
        for attempt in range(_VERIFY_ATTEMPTS):
            if attempt:
                await asyncio.sleep(_VERIFY_PAUSE_SECONDS)
            try:
                shown = await self._bus.read(address.table, address.offset, command.type.registers)
            except RefusedError as error:
                raise CommandNotVerifiedError(f"{what} was written, not read back: {error}") from error
            except (DeviceUnavailableError, GarbageError) as error:
                raise CommandUnknownError(f"{what} was written, but not read back: {error}") from error
            if [register & mask for register in shown] == [register & mask for register in written]:
                return
        raise CommandNotVerifiedError(f"{what} was written, but the device shows {self._shown(command, shown)}")

    def _shown(self, command: Command, registers: Sequence[int]) -> str:
        profile = self._profile
        try:
            raw = decode(registers, command.type, profile.byte_order, profile.word_order, command.encoding)
            return repr(to_value(raw, command))
        except DecodeError:
            return f"the registers {list(registers)}"

    def _mask(self, command: Command) -> int:
        """The bits of a register that belong to the command: one for ``bit:N``, else all."""
        if command.type.kind is not Kind.BIT:
            return 0xFFFF
        return encode(True, command.type, self._profile.byte_order, self._profile.word_order)[0]


def endpoint_of(device: Device) -> Endpoint:
    """Where the device is reached. Raises ``ValueError``."""
    return parse_serial(device.address) if device.profile.protocol == "modbus-rtu" else parse_tcp(device.address)
