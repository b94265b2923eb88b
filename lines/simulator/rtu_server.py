"""Simulated machines on a serial bus (Modbus RTU), with the faults that were asked for.

Where no serial port of the address's name is there, a pseudo-terminal is made and named so.
"""

import asyncio
import os
import random
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from lines.modbus.endpoint import parse_serial
from lines.simulator.faults import EXCEPTIONS, FaultKind
from lines.simulator.mangling import send_faulty
from lines.simulator.modbus_answers import ModbusAnswers, exception
from lines.simulator.modbus_image import ModbusImage
from lines.simulator.modbus_server import mangled
from lines.simulator.placement import Placement

_SHORTEST, _LONGEST = 8, 256
_FIXED = {1: 8, 2: 8, 3: 8, 4: 8, 5: 8, 6: 8, 22: 10}
_COUNTED = {15, 16}
_SILENCE_SECONDS = 0.02  # after which what came is no beginning of a request any more
_NOISE_BYTES = 5


class ModbusRtuServer:
    """Serves the machines of one bus. Nobody answers for a unit that is not on it, as on every bus."""

    def __init__(self, place: Placement, bring_up_to_date: Callable[[], None], written: Callable[[], None]) -> None:
        images = {unit: ModbusImage(machine) for unit, machine in place.machines}
        self._answers = ModbusAnswers(images, bring_up_to_date, written)
        self._address = place.address
        self._path = Path(parse_serial(place.address).path)
        self._descriptor = -1
        self._far_end = -1
        self._heard = b""
        self._forget: asyncio.TimerHandle | None = None
        self._answering: set[asyncio.Task[None]] = set()

    async def open(self) -> str:
        """Take the serial port, or make one. Raises ``OSError``."""
        if sys.platform == "win32":
            raise OSError("the simulator serves serial lines on systems with pseudo-terminals only")
        import tty

        if self._path.exists():
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            tty.setraw(self._descriptor)
        else:
            # The far end stays open here as well: else a client that hangs up would end the line.
            self._descriptor, self._far_end = os.openpty()
            tty.setraw(self._far_end)
            os.set_blocking(self._descriptor, False)
            self._path.unlink(missing_ok=True)
            self._path.symlink_to(os.ttyname(self._far_end))
        asyncio.get_running_loop().add_reader(self._descriptor, self._hear)
        return self._address

    def tick(self) -> None:
        """Nothing on a bus goes on by itself."""

    async def close(self) -> None:
        """Leave the bus; a port that was made goes."""
        if self._descriptor < 0:
            return
        asyncio.get_running_loop().remove_reader(self._descriptor)
        for task in (tasks := list(self._answering)):
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if self._forget:
            self._forget.cancel()
        os.close(self._descriptor)
        if self._far_end >= 0:
            os.close(self._far_end)
            self._path.unlink(missing_ok=True)
        self._descriptor = self._far_end = -1

    def _hear(self) -> None:
        with suppress(BlockingIOError):
            self._heard += os.read(self._descriptor, 4096)
        if self._forget:
            self._forget.cancel()
        while request := self._next_request():
            task = asyncio.create_task(self._respond(request[0], request[1:]))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        self._forget = asyncio.get_running_loop().call_later(_SILENCE_SECONDS, self._clear)

    def _clear(self) -> None:
        self._heard = b""

    def _next_request(self) -> bytes:
        """The next whole request without its checksum; b"" while there is none."""
        while len(self._heard) >= _SHORTEST:
            length = _length(self._heard)
            if length and len(self._heard) < length:
                return b""
            frame, rest = self._heard[:length], self._heard[length:]
            if length and checksum(frame[:-2]) == frame[-2:]:
                self._heard = rest
                return frame[:-2]
            self._heard = self._heard[1:]
        return b""

    async def _respond(self, unit: int, request: bytes) -> None:
        machine = self._answers.machine(unit)
        if machine is None:
            return
        kind = machine.fault
        code = EXCEPTIONS.get(kind) if kind else None
        answer = mangled(exception(request[0], code) if code else self._answers.answer(unit, request), kind)
        shown_unit = unit + 1 & 0xFF if kind is FaultKind.WRONG_UNIT else unit
        frame = bytes([shown_unit]) + answer
        frame += checksum(frame)
        if kind is FaultKind.WRONG_CHECKSUM:
            frame = frame[:-1] + bytes([frame[-1] ^ 0x55])
        if kind is FaultKind.NOISE:
            frame = random.randbytes(_NOISE_BYTES) + frame  # noqa: S311 - any bytes will do
        await send_faulty(self._send, frame, kind)
        if kind is FaultKind.DOUBLED:
            await self._send(frame)

    async def _send(self, data: bytes) -> None:
        with suppress(BlockingIOError):  # Nobody reads the line: what is said is lost.
            os.write(self._descriptor, data)


def _length(heard: bytes) -> int:
    """How long the request is that begins here; 0 for none."""
    function = heard[1]
    if function in _COUNTED:
        return min(_LONGEST, 9 + heard[6])
    return _FIXED.get(function, 0)


def checksum(data: bytes) -> bytes:
    """The cyclic redundancy check of a Modbus RTU frame, low byte first."""
    register = 0xFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ 0xA001 if register & 1 else register >> 1
    return register.to_bytes(2, "little")
