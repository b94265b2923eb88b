"""An independent Modbus TCP device and client, written from the Modbus specification on plain sockets."""

import asyncio
import socket
import socketserver
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

import pytest

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS = 1, 2


class IndependentDevice(socketserver.ThreadingTCPServer):
    """A device that has exactly the registers and bits it is given; an access to any other is refused."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Connection)
        self.words: dict[str, dict[int, int]] = {"holding": {}, "input": {}}
        self.bits: dict[str, dict[int, int]] = {"coil": {}, "discrete": {}}
        self.functions = {1, 2, 3, 4, 5, 6, 15, 16, 22}
        self.requests: list[tuple[int, int, int]] = []  # function, address, count of the reads
        self.connections: set[socket.socket] = set()
        self.frozen: set[int] = set()  # holding registers that take a write and do nothing
        self.silent_units: set[int] = set()
        self.units: list[int] = []  # whom each request was for
        self.babble: bytes | None = None  # what is answered instead of Modbus

    def cut(self) -> None:
        """Cut all connections, as a device that is switched off."""
        for connection in list(self.connections):
            with suppress(OSError):  # closed by its own thread a moment ago
                connection.shutdown(socket.SHUT_RDWR)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def answer(self, pdu: bytes) -> bytes:
        function, address, count = struct.unpack(">BHH", pdu[:5])
        if function not in self.functions:
            return bytes([function | 0x80, ILLEGAL_FUNCTION])
        try:
            return self._answer(function, address, count, pdu[5:])
        except KeyError:
            return bytes([function | 0x80, ILLEGAL_ADDRESS])

    def _answer(self, function: int, address: int, count: int, rest: bytes) -> bytes:
        span = range(address, address + count)
        if function in {1, 2}:
            self.requests.append((function, address, count))
            table = self.bits["coil" if function == 1 else "discrete"]
            packed = sum(table[offset] << i for i, offset in enumerate(span))
            data = packed.to_bytes((count + 7) // 8, "little")
            return bytes([function, len(data)]) + data
        if function in {3, 4}:
            self.requests.append((function, address, count))
            table = self.words["holding" if function == 3 else "input"]
            data = b"".join(struct.pack(">H", table[offset]) for offset in span)
            return bytes([function, len(data)]) + data
        if function == 5:
            self.bits["coil"][address] = int(count == 0xFF00)
        elif function == 6:
            self._write(address, count)
        elif function == 16:
            for i, offset in enumerate(span):
                self._write(offset, struct.unpack_from(">H", rest, 1 + 2 * i)[0])
        elif function == 22:
            (or_mask,) = struct.unpack(">H", rest)
            self._write(address, self.words["holding"][address] & count | or_mask & ~count)
            return struct.pack(">BHHH", function, address, count, or_mask)
        return struct.pack(">BHH", function, address, count)

    def _write(self, offset: int, value: int) -> None:
        present = self.words["holding"][offset]
        self.words["holding"][offset] = present if offset in self.frozen else value


class _Connection(socketserver.BaseRequestHandler):
    server: IndependentDevice

    def handle(self) -> None:
        self.server.connections.add(self.request)
        with suppress(ConnectionError):  # whoever asked has gone
            while header := self._receive(7):
                transaction, protocol, length, unit = struct.unpack(">HHHB", header)
                answer = self.server.answer(self._receive(length - 1))
                frame = struct.pack(">HHHB", transaction, protocol, len(answer) + 1, unit) + answer
                self.server.units.append(unit)
                if unit not in self.server.silent_units:
                    self.request.sendall(frame if self.server.babble is None else self.server.babble)
        self.server.connections.discard(self.request)

    def _receive(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            try:
                part = self.request.recv(length - len(data))
            except ConnectionError:
                return b""
            if not part:
                return b""
            data += part
        return data


@contextmanager
def _serving(port: int = 0) -> Iterator[IndependentDevice]:
    with IndependentDevice(port) as device:
        thread = threading.Thread(target=device.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield device
        finally:
            device.cut()
            device.shutdown()
            thread.join()


@pytest.fixture
def serve_device() -> Callable[..., AbstractContextManager[IndependentDevice]]:
    """Serve an independent device on a free port, as a context."""
    return _serving


@pytest.fixture
def device_server() -> Iterator[IndependentDevice]:
    """An independent device on a free port."""
    with _serving() as device:
        yield device


@pytest.fixture
def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def modbus_request() -> Callable[[str, int, bytes], bytes]:
    """Send one request (unit, PDU) to host:port with plain sockets and give the PDU of the answer."""

    def request(address: str, unit: int, pdu: bytes) -> bytes:
        host, _, port = address.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(struct.pack(">HHHB", 1, 0, len(pdu) + 1, unit) + pdu)
            with connection.makefile("rb") as stream:
                transaction, _protocol, length, answered = struct.unpack(">HHHB", stream.read(7))
                assert (transaction, answered) == (1, unit)
                return stream.read(length - 1)

    return request


@pytest.fixture
def until() -> Callable[[Callable[[], object]], Awaitable[None]]:
    """Wait until a condition holds; a test that waits in vain fails after ten seconds."""

    async def wait(condition: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.01)

    return wait
