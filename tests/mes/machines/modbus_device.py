"""A Modbus TCP device made of nothing but the standard library; on demand it takes a write and never answers."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

READ_HOLDING, WRITE_ONE, WRITE_MANY = 3, 6, 16


class ModbusDevice(socketserver.ThreadingTCPServer):
    """Holding registers 0 to 99; keeps every write that reached it."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.registers = [0] * 100
        self.writes: list[tuple[int, int]] = []
        self.answers_writes = True
        self.written = threading.Event()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is no news."""


class _Connection(socketserver.BaseRequestHandler):
    server: ModbusDevice

    def handle(self) -> None:
        while header := self._receive(7):
            transaction, _, length, unit = struct.unpack(">HHHB", header)
            request = self._receive(length - 1)
            answer = self._answer(request)
            if answer:
                self.request.sendall(struct.pack(">HHHB", transaction, 0, len(answer) + 1, unit) + answer)

    def _answer(self, request: bytes) -> bytes:
        function, address, value = struct.unpack(">BHH", request[:5])
        if function == READ_HOLDING:
            values = self.server.registers[address : address + value]
            return struct.pack(f">BB{len(values)}H", function, 2 * len(values), *values)
        if function == WRITE_MANY:
            (value,) = struct.unpack(">H", request[6:8])
        self.server.registers[address] = value
        self.server.writes.append((address, value))
        self.server.written.set()
        return request[:5] if self.server.answers_writes else b""

    def _receive(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            part = self.request.recv(count - len(found))
            if not part:
                return b""
            found += part
        return found


@contextmanager
def modbus_device() -> Iterator[ModbusDevice]:
    """A device that answers for as long as the context is entered."""
    with ModbusDevice() as device:
        thread = threading.Thread(target=device.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield device
        finally:
            device.shutdown()
            thread.join()
