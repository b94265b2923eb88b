"""The way to a simulated OPC UA server: a gate through which all bytes pass, and where connections go wrong."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from lines.simulator.faults import FaultKind
from lines.simulator.mangling import CutError, send_faulty

_CHUNK_BYTES = 65_536


class Gate:
    """Passes connections on to a port of this machine, as the fault of the moment has it."""

    def __init__(self, fault: Callable[[], FaultKind | None]) -> None:
        self._fault = fault
        self._server: asyncio.Server | None = None
        self._host, self._port, self._inner_port = "", 0, 0
        self._writers: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def is_open(self) -> bool:
        """Whether it listens."""
        return self._server is not None

    async def open(self, host: str, port: int, inner_port: int) -> int:
        """Listen; gives the port, which is a free one for port 0. Raises ``OSError``."""
        self._server = await asyncio.start_server(self._serve, host, port)
        self._host, self._inner_port = host, inner_port
        self._port = self._server.sockets[0].getsockname()[1]
        return self._port

    async def open_again(self) -> None:
        """Listen where it listened before. Raises ``OSError``."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, self._host, self._port)

    def shut(self) -> None:
        """Listen no more, so that connections are refused, and cut those that there are."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()

    def cut(self) -> None:
        """Cut all connections."""
        for writer in self._writers.values():
            writer.transport.abort()

    async def close(self) -> None:
        """Shut for good."""
        self.shut()
        tasks = list(self._writers)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a connection is served by a task")
        self._writers[task] = writer
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._inner_port)
            try:
                await _until_one_ends(_pass_on(reader, inner_writer), self._answer(inner_reader, writer))
            finally:
                inner_writer.transport.abort()
        except (OSError, asyncio.CancelledError):
            pass  # Either side has gone, or the gate is closed.
        finally:
            del self._writers[task]
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def send(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        while data := await reader.read(_CHUNK_BYTES):
            await send_faulty(send, data, self._fault())


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK_BYTES):
        writer.write(data)
        await writer.drain()


async def _until_one_ends(*ways: Coroutine[Any, Any, None]) -> None:
    """Run both ways of a connection until one has ended."""
    tasks = [asyncio.create_task(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        with suppress(CutError, OSError, asyncio.CancelledError):
            await asyncio.gather(*tasks)
        await asyncio.wait(tasks)
