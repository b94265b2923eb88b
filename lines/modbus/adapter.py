"""The Modbus TCP adapter, on pymodbus.

Guarantees: every wait is bounded; a request that is not answered in time closes the connection, so that no
late answer is ever taken for the answer to a later request; every error is one of :mod:`lines.adapter`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.constants import ExcCodes
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from lines.adapter import CommandNotVerifiedError, CommandRefusedError, DeviceUnavailableError, Sample
from lines.device import Device
from lines.modbus.blocks import Block, Span, group, split
from lines.modbus.registers import (
    ModbusAddress,
    Table,
    decode,
    encode,
    parse_address,
)
from lines.profile import Command, Kind, Point, Profile, Value
from lines.values import DecodeError, EncodeError, to_raw, to_value

DEFAULT_PORT = 502
_SPLIT_ON = {ExcCodes.ILLEGAL_ADDRESS, ExcCodes.ILLEGAL_VALUE}
_NOBODY_THERE = {ExcCodes.GATEWAY_PATH_UNAVIABLE, ExcCodes.GATEWAY_NO_RESPONSE}
_VERIFY_ATTEMPTS = 5
_VERIFY_PAUSE_SECONDS = 0.1

# This module reports every error itself, once and with the device's name; pymodbus would repeat it at every
# attempt.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


class _RefusedError(Exception):
    """The device answered a request with an exception code."""

    def __init__(self, code: int) -> None:
        name = ExcCodes(code).name.lower().replace("_", " ") if code in set(ExcCodes) else "unknown"
        super().__init__(f"the device refused: {name} (Modbus exception {code})")
        self.code = code


def parse_host(address: str) -> tuple[str, int]:
    """``"host:port"`` or ``"host"`` (port 502) as host and port; IPv6 in brackets. Raises ``ValueError``."""
    host, port = address, str(DEFAULT_PORT)
    if not address.endswith("]") and ":" in address:
        host, _, port = address.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 0xFFFF:
        raise ValueError(f"{address!r} is no address: write host:port, such as 192.0.2.10:502")
    return host.removeprefix("[").removesuffix("]"), int(port)


class ModbusAdapter:
    """A connection to one Modbus TCP device (see :class:`lines.adapter.Adapter`).

    ``connect_seconds`` and ``read_seconds`` bound every wait. Raises ``ValueError`` for an address that is
    none.
    """

    def __init__(self, device: Device, *, connect_seconds: float = 3.0, read_seconds: float = 2.0) -> None:
        self.device = device
        self.requests = 0
        self._profile: Profile = device.profile
        self._host, self._port = parse_host(device.address)
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._client: AsyncModbusTcpClient | None = None
        self._plans: dict[tuple[str, ...], list[Block]] = {}

    async def connect(self) -> None:
        """Connect anew; what was learnt about refused blocks is forgotten, as the device may have been
        changed.
        """
        await self.close()
        self._plans.clear()
        client = AsyncModbusTcpClient(
            self._host, port=self._port, timeout=self._connect_seconds, retries=0, reconnect_delay=0
        )
        self._client = client
        if not await client.connect():
            await self.close()
            raise DeviceUnavailableError(f"no connection to {self._host}:{self._port}")

    async def close(self) -> None:
        """Close the connection if there is one."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    async def read(self, points: Sequence[Point]) -> dict[str, Sample]:
        """Read points in as few requests as the device allows. Raises :class:`DeviceUnavailableError`."""
        by_name = {point.name: point for point in points}
        key = tuple(by_name)
        if key not in self._plans:
            self._plans[key] = list(group(map(_span, points), self._profile.max_block))
        samples: dict[str, Sample] = {}
        learnt: list[Block] = []
        waiting = list(reversed(self._plans[key]))
        while waiting:
            block = waiting.pop()
            parts = await self._read_block(block, by_name, samples)
            waiting.extend(reversed(parts))
            if not parts:
                learnt.append(block)
        self._plans[key] = learnt
        return samples

    def heard(self) -> tuple[tuple[str, Sample], ...]:
        """Nothing: a Modbus device only answers."""
        return ()

    async def write(self, command: Command, value: Value) -> None:
        """Write a command; with ``verify``, read it back until it shows, up to half a second, else raise."""
        address = parse_address(command.address)
        try:
            registers = self._encode(command, value)
            await self._write_registers(address, command, registers)
        except (EncodeError, _RefusedError) as error:
            raise CommandRefusedError(f"{self.device.name}: {command.name} = {value!r}: {error}") from error
        if command.verify:
            await self._verify(address, command, value, registers)

    async def _read_block(self, block: Block, points: dict[str, Point], samples: dict[str, Sample]) -> Sequence[Block]:
        """Read one block into ``samples``; or, where the device refuses it, the smaller blocks to try
        instead.
        """
        try:
            registers = await self._read_registers(block.table, block.offset, block.length)
        except _RefusedError as error:
            if error.code in _SPLIT_ON and (parts := split(block)):
                return parts
            samples.update((span.name, Sample(None, str(error))) for span in block.spans)
            return ()
        for span in block.spans:
            start = span.address.offset - block.offset
            samples[span.name] = self._sample(points[span.name], registers[start : start + span.length])
        return ()

    def _sample(self, point: Point, registers: Sequence[int]) -> Sample:
        profile = self._profile
        try:
            raw = decode(registers, point.type, profile.byte_order, profile.word_order, point.encoding)
            return Sample(to_value(raw, point))
        except DecodeError as error:
            return Sample(None, str(error))

    def _encode(self, command: Command, value: Value) -> list[int]:
        profile = self._profile
        raw = to_raw(value, command)
        return encode(raw, command.type, profile.byte_order, profile.word_order, command.encoding)

    async def _verify(self, address: ModbusAddress, command: Command, value: Value, written: list[int]) -> None:
        mask = self._bit_mask(command)
        shown: list[int] = []
        for attempt in range(_VERIFY_ATTEMPTS):
            if attempt:
                await asyncio.sleep(_VERIFY_PAUSE_SECONDS)
            try:
                shown = await self._read_registers(address.table, address.offset, command.type.registers)
            except _RefusedError as error:
                raise CommandNotVerifiedError(
                    f"{self.device.name}: {command.name} = {value!r} was written, not read back: {error}"
                ) from error
            if [register & mask for register in shown] == [register & mask for register in written]:
                return
        raise CommandNotVerifiedError(
            f"{self.device.name}: {command.name} = {value!r} was written, but the device shows "
            f"{self._shown(command, shown)}"
        )

    def _shown(self, command: Command, registers: list[int]) -> str:
        profile = self._profile
        try:
            raw = decode(registers, command.type, profile.byte_order, profile.word_order, command.encoding)
            return repr(to_value(raw, command))
        except DecodeError:
            return f"the registers {registers}"

    def _bit_mask(self, command: Command) -> int:
        """The bits of a register that belong to the command: one for ``bit:N``, else all."""
        if command.type.kind is not Kind.BIT:
            return 0xFFFF
        return encode(True, command.type, self._profile.byte_order, self._profile.word_order)[0]

    async def _read_registers(self, table: Table, offset: int, length: int) -> list[int]:
        client = self._connected()
        unit = self.device.unit
        requests: dict[Table, Callable[[], Awaitable[ModbusPDU]]] = {
            Table.COIL: lambda: client.read_coils(offset, count=length, device_id=unit),
            Table.DISCRETE: lambda: client.read_discrete_inputs(offset, count=length, device_id=unit),
            Table.HOLDING: lambda: client.read_holding_registers(offset, count=length, device_id=unit),
            Table.INPUT: lambda: client.read_input_registers(offset, count=length, device_id=unit),
        }
        answer = await self._ask(requests[table])
        values = [int(bit) for bit in answer.bits] if table.is_bits else list(answer.registers)
        if len(values) < length:
            await self.close()
            raise DeviceUnavailableError(f"{table}:{offset}: the device answered {len(values)} of {length} values")
        return values[:length]

    async def _write_registers(self, address: ModbusAddress, command: Command, registers: list[int]) -> None:
        client = self._connected()
        offset, unit = address.offset, self.device.unit
        if address.table is Table.COIL:
            await self._ask(lambda: client.write_coil(offset, bool(registers[0]), device_id=unit))
        elif command.type.kind is Kind.BIT:
            keep, bit = 0xFFFF & ~self._bit_mask(command), registers[0]
            await self._ask(
                lambda: client.mask_write_register(address=offset, and_mask=keep, or_mask=bit, device_id=unit)
            )
        elif len(registers) == 1:
            await self._ask(lambda: client.write_register(offset, registers[0], device_id=unit))
        else:
            await self._ask(lambda: client.write_registers(offset, registers, device_id=unit))

    def _connected(self) -> AsyncModbusTcpClient:
        if self._client is None or not self._client.connected:
            raise DeviceUnavailableError(f"the connection to {self._host}:{self._port} is closed")
        return self._client

    async def _ask(self, request: Callable[[], Awaitable[ModbusPDU]]) -> ModbusPDU:
        self.requests += 1
        try:
            async with asyncio.timeout(self._read_seconds):
                answer = await request()
        except (ModbusException, TimeoutError, OSError) as error:
            await self.close()
            raise DeviceUnavailableError(
                f"{self.device.address} unit {self.device.unit} did not answer: {str(error) or 'time-out'}"
            ) from error
        except asyncio.CancelledError:
            await self.close()  # The answer may still come, and must not meet the next request.
            raise
        if answer.isError():
            code = int(getattr(answer, "exception_code", 0))
            if code in _NOBODY_THERE:
                raise DeviceUnavailableError(f"the gateway {self._host}:{self._port} finds no unit {self.device.unit}")
            raise _RefusedError(code)
        return answer


def _span(point: Point) -> Span:
    address = parse_address(point.address)
    return Span(point.name, address, 1 if address.table.is_bits else point.type.registers)
