"""Simulated machines on Modbus TCP, with the faults that were asked for."""

import asyncio
import struct
from collections.abc import Callable
from contextlib import suppress

from lines.modbus.endpoint import parse_tcp
from lines.simulator.faults import EXCEPTIONS, FaultKind
from lines.simulator.machine import NotSimulatedError
from lines.simulator.mangling import CutError, send_faulty
from lines.simulator.modbus_answers import ModbusAnswers, exception
from lines.simulator.modbus_image import ModbusImage
from lines.simulator.placement import Placement

_HEADER = ">HHHB"  # transaction, protocol, length of what follows, unit
_HEADER_BYTES = 7
_MOST_BYTES = 254
_FLAP_SECONDS = 0.25


class ModbusTcpServer:
    """Serves the machines of one address; units that nobody has are answered for as a Modbus gateway does."""

    def __init__(self, place: Placement, bring_up_to_date: Callable[[], None], written: Callable[[], None]) -> None:
        images = {unit: ModbusImage(machine) for unit, machine in place.machines}
        self._answers = ModbusAnswers(images, bring_up_to_date, written)
        self._faults = place.machines[0][1].faults
        endpoint = parse_tcp(place.address)
        if endpoint.is_rtu:
            raise NotSimulatedError(f"the simulator does not speak RTU frames over TCP, as {place.address} asks for")
        self._host, self._port = endpoint.host, endpoint.port
        self._options = place.address.partition("?")[2]
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._units: dict[asyncio.Task[None], set[str]] = {}
        self._relisten: asyncio.Task[None] | None = None
        self._flapped_at = 0.0

    async def open(self) -> str:
        """Begin to serve; gives the address. Raises ``OSError``."""
        self._server = await asyncio.start_server(self._serve, self._host, self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        self._faults.watch(self._fault_changed)
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{host}:{self._port}" + (f"?{self._options}" if self._options else "")

    async def close(self) -> None:
        """Stop serving, and cut all connections."""
        if self._relisten:
            self._relisten.cancel()
            await asyncio.wait([self._relisten])
        if self._server:
            self._server.close()
        for task in (tasks := list(self._connections)):
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if self._server:
            await self._server.wait_closed()

    def tick(self) -> None:
        """Cut what flaps, and listen again where the port was taken meanwhile; called often."""
        machines = self._answers.machines
        if self._server is None and len(machines) == 1:
            self._listen_or_not(machines[0].fault)
        now = asyncio.get_running_loop().time()
        flapping = [machine for machine, kind in self._faults.now() if kind is FaultKind.FLAPPING]
        if flapping and now - self._flapped_at > _FLAP_SECONDS:
            self._flapped_at = now
            for machine in flapping:
                self._cut(machine)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a connection is served by a task")
        self._connections[task], self._units[task] = writer, set()
        try:
            while True:
                await self._exchange(reader, writer, self._units[task])
        except (CutError, ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # The connection has gone, or has to go.
        finally:
            del self._connections[task], self._units[task]
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, spoken: set[str]) -> None:
        """One request and its answer."""
        header = await reader.readexactly(_HEADER_BYTES)
        transaction, protocol, length, unit = struct.unpack(_HEADER, header)
        if protocol != 0 or not 2 <= length <= _MOST_BYTES:
            raise CutError
        request = await reader.readexactly(length - 1)
        machine = self._answers.machine(unit)
        kind = None
        if machine is not None:
            spoken.add(machine.name)
            kind = self._faults.of(machine.name)
        code = EXCEPTIONS.get(kind) if kind else None
        answer = exception(request[0], code) if code else self._answers.answer(unit, request)
        frame = _frame(transaction, unit, answer, kind)

        async def send(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        await send_faulty(send, frame, kind)
        if kind is FaultKind.DOUBLED:
            await send(frame)

    def _fault_changed(self, machine: str, kind: FaultKind | None) -> None:
        mine = [one.name for one in self._answers.machines]
        if machine not in mine:
            return
        if kind in {FaultKind.REFUSED, FaultKind.CUT, FaultKind.FLAPPING, FaultKind.RESTARTED}:
            self._cut(machine)
        if len(mine) == 1:
            self._listen_or_not(kind)

    def _cut(self, machine: str) -> None:
        for task, spoken in self._units.items():
            if machine in spoken:
                self._connections[task].transport.abort()

    def _listen_or_not(self, kind: FaultKind | None) -> None:
        """A machine with an address of its own refuses connections by not listening."""
        if kind is FaultKind.REFUSED:
            if self._server:
                self._server.close()
            self._server = None
        elif self._server is None and self._relisten is None:
            self._relisten = asyncio.create_task(self._listen_again())

    async def _listen_again(self) -> None:
        try:
            with suppress(OSError):  # Somebody else took the port: it is tried again.
                self._server = await asyncio.start_server(self._serve, self._host, self._port)
        finally:
            self._relisten = None


def _frame(transaction: int, unit: int, answer: bytes, kind: FaultKind | None) -> bytes:
    """The answer in its frame, wrong where the fault is in the frame."""
    if kind is FaultKind.WRONG_TRANSACTION:
        transaction = (transaction + 7) & 0xFFFF
    if kind is FaultKind.WRONG_UNIT:
        unit = (unit + 1) & 0xFF
    answer = mangled(answer, kind)
    return struct.pack(_HEADER, transaction, 0, len(answer) + 1, unit) + answer


def mangled(answer: bytes, kind: FaultKind | None) -> bytes:
    """The answer without its frame, wrong where the fault is in it."""
    if kind is FaultKind.WRONG_FUNCTION:
        return bytes([answer[0] ^ 1]) + answer[1:]
    if kind is FaultKind.WRONG_LENGTH and len(answer) > 4:
        return bytes([answer[0], answer[1] - 2]) + answer[2:-2]
    return answer
