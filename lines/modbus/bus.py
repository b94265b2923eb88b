"""One unit's requests over a link: reads and writes of registers and bits, every error by its meaning."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from pymodbus.constants import ExcCodes
from pymodbus.pdu import ModbusPDU

from lines.adapter import DeviceUnavailableError, GarbageError
from lines.modbus.endpoint import Endpoint
from lines.modbus.link import Client, Link, NoAnswerError, NoFrameError, join
from lines.modbus.registers import Table

_OF_ADDRESS = {ExcCodes.ILLEGAL_ADDRESS, ExcCodes.ILLEGAL_VALUE}
_LASTING = {ExcCodes.ILLEGAL_FUNCTION, *_OF_ADDRESS}
_NOBODY_THERE = {ExcCodes.GATEWAY_PATH_UNAVIABLE, ExcCodes.GATEWAY_NO_RESPONSE}
_UNDECIDED = {ExcCodes.DEVICE_FAILURE, ExcCodes.ACKNOWLEDGE, ExcCodes.GATEWAY_NO_RESPONSE}
_MOST_DAMAGED = 3  # Answers in a row that are no Modbus: until then it may be noise.
_READ_FUNCTIONS = {Table.COIL: 1, Table.DISCRETE: 2, Table.HOLDING: 3, Table.INPUT: 4}


class RefusedError(Exception):
    """The device answered a request with an exception code.

    ``is_of_address``: a smaller block may be answered; ``is_lasting``: it will not be answered otherwise soon;
    ``is_undecided``: a write may have taken effect all the same.
    """

    def __init__(self, code: int) -> None:
        name = ExcCodes(code).name.lower().replace("_", " ") if code in set(ExcCodes) else "unknown"
        super().__init__(f"the device refused: {name} (Modbus exception {code})")
        self.code = code
        self.is_of_address = code in _OF_ADDRESS
        self.is_lasting = code in _LASTING
        self.is_undecided = code in _UNDECIDED


class Bus:
    """The requests to one unit. ``requests`` counts them."""

    def __init__(self, endpoint: Endpoint, unit: int, connect_seconds: float, answer_seconds: float) -> None:
        self.requests = 0
        self._endpoint = endpoint
        self._unit = unit
        self._connect_seconds = connect_seconds
        self._answer_seconds = answer_seconds
        self._link: Link | None = None
        self._damaged = 0
        self._is_answer_due = False

    async def connect(self) -> None:
        """Connect, or join those who are connected. Raises :class:`DeviceUnavailableError`."""
        self.close()
        self._link = join(self._endpoint, self, self._connect_seconds)
        try:
            await self._link.open()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the connection."""
        link, self._link = self._link, None
        if link is not None:
            link.leave(self)

    async def read(self, table: Table, offset: int, length: int) -> Sequence[int]:
        """Registers, or bits as 0 and 1.

        Raises :class:`RefusedError`, :class:`DeviceUnavailableError`, or :class:`GarbageError` after three answers in
        a row that are no Modbus.
        """
        unit = self._unit
        requests: dict[Table, Callable[[Client], Awaitable[ModbusPDU]]] = {
            Table.COIL: lambda client: client.read_coils(offset, count=length, device_id=unit),
            Table.DISCRETE: lambda client: client.read_discrete_inputs(offset, count=length, device_id=unit),
            Table.HOLDING: lambda client: client.read_holding_registers(offset, count=length, device_id=unit),
            Table.INPUT: lambda client: client.read_input_registers(offset, count=length, device_id=unit),
        }
        answer = await self._ask(requests[table], _READ_FUNCTIONS[table], length)
        if table.is_bits:
            return self._counted([int(bit) for bit in answer.bits], length, padded=(length + 7) // 8 * 8, of=table)
        return self._counted(answer.registers, length, padded=length, of=table)

    async def write_coil(self, offset: int, value: bool) -> None:
        """Write one coil. Raises as ``read``, and :class:`NoAnswerError` where it may have taken effect."""
        await self._ask(lambda client: client.write_coil(offset, value, device_id=self._unit), 5)

    async def write_bit(self, offset: int, mask: int, *, is_on: bool) -> None:
        """Write one bit of a register and leave the others. Raises as ``write_coil``."""
        keep, bit = 0xFFFF & ~mask, mask if is_on else 0
        await self._ask(
            lambda client: client.mask_write_register(address=offset, and_mask=keep, or_mask=bit, device_id=self._unit),
            22,
        )

    async def write_registers(self, offset: int, registers: Sequence[int]) -> None:
        """Write registers in one request. Raises as ``write_coil``."""
        unit = self._unit
        if len(registers) == 1:
            await self._ask(lambda client: client.write_register(offset, registers[0], device_id=unit), 6)
        else:
            await self._ask(lambda client: client.write_registers(offset, list(registers), device_id=unit), 16)

    async def _ask(
        self, request: Callable[[Client], Awaitable[ModbusPDU]], function: int, registers: int = 0
    ) -> ModbusPDU:
        link = self._link
        if link is None:
            raise DeviceUnavailableError(f"the connection to {self._endpoint} is closed")
        self.requests += 1
        seconds = self._endpoint.answer_time_seconds(registers) or self._answer_seconds
        try:
            answer = await link.ask(request, seconds)
        except NoFrameError as error:
            self._is_answer_due = True
            raise self._damage(str(error)) from error
        except NoAnswerError as error:
            self._is_answer_due = True
            self._let_go()
            raise NoAnswerError(f"{self._endpoint} unit {self._unit} did not answer: {error}") from error
        except asyncio.CancelledError:
            self._is_answer_due = True
            self._let_go()  # The answer may still come, and must not meet the next request.
            raise
        if self._is_answer_due and self._endpoint.is_rtu:
            # This may be the answer to the request before, which RTU cannot tell: then the next one is not awaited.
            await asyncio.sleep(seconds)
        self._is_answer_due = False
        if answer.isError():
            self._damaged = 0
            self._refuse(int(getattr(answer, "exception_code", 0)), is_read=function in _READ_FUNCTIONS.values())
        if answer.function_code != function:
            raise self._damage(f"the device answers function {answer.function_code} when asked {function}")
        return answer

    def _refuse(self, code: int, *, is_read: bool) -> None:
        if code in _NOBODY_THERE and (is_read or code not in _UNDECIDED):
            raise DeviceUnavailableError(f"the gateway {self._endpoint} finds no unit {self._unit}")
        raise RefusedError(code)

    def _counted(self, values: Sequence[int], length: int, padded: int, of: Table) -> Sequence[int]:
        if len(values) not in {length, padded}:
            raise self._damage(f"the device answers {len(values)} values of {of} when asked for {length}")
        self._damaged = 0
        return values[:length] if len(values) > length else values

    def _damage(self, what: str) -> DeviceUnavailableError | GarbageError:
        """Of an answer that is none: it may be noise, until it is the rule."""
        self._let_go()
        self._damaged += 1
        if self._damaged >= _MOST_DAMAGED:
            return NoFrameError(what)
        return NoAnswerError(what)

    def _let_go(self) -> None:
        """A connection of one's own is closed, so that a late answer is never taken for that to a later request."""
        if not self._endpoint.is_shared:
            self.close()
