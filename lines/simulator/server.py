"""A line as a real Modbus TCP server: one server, one unit id per station (1, 2, 3, … in order)."""

import asyncio
import json
import logging
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from pymodbus.constants import ExcCodes
from pymodbus.pdu import ExceptionResponse, ModbusPDU
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from lines.modbus import parse_host
from lines.modbus.registers import Table
from lines.plant import Line
from lines.simulator.line_model import LineModel, ModelRefusalError
from lines.simulator.station_image import Image, StationImage
from lines.simulator.station_model import StationPlan
from lines.values import DecodeError

log = logging.getLogger(__name__)

_TICK_SECONDS = 0.05
_SAVE_SECONDS = 1.0
_TABLE_OF_FUNCTION = {
    1: Table.COIL,
    2: Table.DISCRETE,
    3: Table.HOLDING,
    4: Table.INPUT,
    5: Table.COIL,
    6: Table.HOLDING,
    15: Table.COIL,
    16: Table.HOLDING,
    22: Table.HOLDING,
    23: Table.HOLDING,
}


class SimulatorError(Exception):
    """The simulator cannot start: its port is taken, or its state file cannot be used."""


class SimulatedLine:
    """Serves a line's machines for as long as it is entered::

        async with SimulatedLine(packaged_line("SL"), state_file=path) as simulated:
            gateway = Gateway(simulated.line.devices(), sink)

    Port 0 takes a free port; ``line`` then names it. With a ``state_file`` the line goes on where it was,
    also after ``kill -9``; while nobody runs it, its time stands still. Raises :class:`SimulatorError` on
    entering, and :class:`lines.simulator.NotSimulatedError` for a profile that cannot be simulated.
    """

    def __init__(
        self, line: Line, *, state_file: Path | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.line = line
        self.model = line_model(line)
        self._images = {unit: StationImage(station) for unit, station in enumerate(line.stations, start=1)}
        self._state_file = state_file
        self._clock = clock
        self._started_at = 0.0
        self._started_ms = 0
        self._saved_at = 0.0
        self._server: ModbusTcpServer | None = None
        self._ticking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._restore()
        self._started_at, self._started_ms = self._clock(), self.model.clock_ms
        self._server = await self._listen()
        self._ticking = asyncio.create_task(self._tick(), name=f"simulated line {self.line.code}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ticking:
            self._ticking.cancel()
        if self._server:
            await self._server.shutdown()  # type: ignore[no-untyped-call]
        self._advance()
        self._save()
        with suppress(asyncio.CancelledError):
            await self.serve()

    async def serve(self) -> None:
        """Serve until cancelled. Raises ``OSError`` when the state can no longer be saved."""
        if self._ticking:
            await self._ticking

    def _advance(self) -> None:
        """Bring the model to the present."""
        elapsed_ms = int((self._clock() - self._started_at) * 1000 * self.line.speed)
        self.model.advance(self._started_ms + elapsed_ms - self.model.clock_ms)

    async def _tick(self) -> None:
        try:
            while True:
                self._advance()
                if self._clock() - self._saved_at >= _SAVE_SECONDS:
                    self._save()
                await asyncio.sleep(_TICK_SECONDS)
        except OSError:
            log.exception("the state of line %s cannot be saved", self.line.code)
            raise

    def _restore(self) -> None:
        if self._state_file is None or not self._state_file.exists():
            return
        try:
            self.model.restore(json.loads(self._state_file.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise SimulatorError(f"{self._state_file}: {error}") from error

    def _save(self) -> None:
        """Write the state beside the file and then put it in its place, so that there is always a whole
        one.
        """
        self._saved_at = self._clock()
        if self._state_file is None:
            return
        draft = self._state_file.with_name(self._state_file.name + ".new")
        draft.write_text(json.dumps(self.model.snapshot()), encoding="utf-8")
        os.replace(draft, self._state_file)

    async def _listen(self) -> ModbusTcpServer:
        host, port = parse_host(self.line.address)
        nobody = SimDevice(0, SimData(0, datatype=DataType.INVALID))
        devices = [nobody] + [self._device(unit, image) for unit, image in self._images.items()]
        server = ModbusTcpServer(devices, address=(host, port), trace_pdu=self._name_nobody)
        try:
            await server.serve_forever(background=True)
        except RuntimeError as error:
            raise SimulatorError(f"cannot listen on {self.line.address}: is the port taken?") from error
        if port == 0:
            (socket, *_) = server.transport.sockets  # type: ignore[attr-defined]
            self.line = self.line.at(f"{host}:{socket.getsockname()[1]}")
        return server

    def _name_nobody(self, sending: bool, pdu: ModbusPDU) -> ModbusPDU:
        """Answer for a unit id without a station as a Modbus gateway does."""
        if sending and pdu.dev_id not in self._images and isinstance(pdu, ExceptionResponse):
            pdu.exception_code = ExcCodes.GATEWAY_NO_RESPONSE
        return pdu

    def _device(self, unit: int, image: StationImage) -> SimDevice:
        served = image.render(self.model.view(image.station.id))

        async def answer(
            function: int,
            start: int,
            address: int,
            _count: int,
            registers: list[int],
            values: list[int] | list[bool] | None,
        ) -> ExcCodes | None:
            table = _TABLE_OF_FUNCTION[function]
            if not served.get(table):
                return ExcCodes.ILLEGAL_ADDRESS
            self._advance()
            if values is not None:
                return self._write(image, table, address, [int(value) for value in values])
            _show(image.render(self.model.view(image.station.id)), table, start, registers)
            return None

        coils, discretes, holdings, inputs = (_sim_data(served, table) for table in Table)
        return SimDevice(unit, (coils, discretes, holdings, inputs), action=answer)

    def _write(self, image: StationImage, table: Table, address: int, registers: list[int]) -> ExcCodes | None:
        """Carry a command out, and have it on disk before it is answered; or the Modbus exception that
        refuses it.
        """
        try:
            command = image.command(table, address, registers)
            if command is None:
                return ExcCodes.ILLEGAL_ADDRESS
            name, number = command
            act = self.model.release if name == "release" else self.model.hold
            act(image.station.id, number)
        except (ModelRefusalError, DecodeError):
            return ExcCodes.ILLEGAL_VALUE
        self._save()
        return None


def line_model(line: Line) -> LineModel:
    """The physical model of a line."""
    stations = [
        StationPlan(station.id, station.minutes, station.capacity, station.needs_release) for station in line.stations
    ]
    return LineModel(stations, line.pallets, line.complete_seconds)


def _show(image: Image, table: Table, start: int, registers: list[int]) -> None:
    """Bring the server's memory of one table up to date; bits lie there 16 to a register, the lowest
    first.
    """
    shown = image[table]
    for index in range(len(registers)):
        if table.is_bits:
            first = (start + index) * 16
            registers[index] = sum(shown.get(first + bit, 0) << bit for bit in range(16))
        else:
            registers[index] = shown.get(start + index, 0)


def _sim_data(image: Image, table: Table) -> list[SimData]:
    offsets = sorted(image.get(table, {}))
    if table.is_bits:
        # The server wants at least one bit; where the profile has none, the action refuses every access.
        runs = _runs(offsets) or [(0, 1)]
        return [SimData(first, values=[False] * length, datatype=DataType.BITS) for first, length in runs]
    if not offsets:
        return [SimData(0, datatype=DataType.INVALID)]
    return [SimData(first, values=[0] * length, datatype=DataType.REGISTERS) for first, length in _runs(offsets)]


def _runs(offsets: Iterable[int]) -> list[tuple[int, int]]:
    """Rising offsets as (first, length) of their unbroken runs."""
    runs: list[tuple[int, int]] = []
    for offset in offsets:
        if runs and offset == sum(runs[-1]):
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((offset, 1))
    return runs
