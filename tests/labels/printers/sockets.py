"""Printers of few lines for tests: a real socket that does what it is told, once for each connection."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

HOST = "127.0.0.1"
Behaviour = Callable[[socket.socket], None]


@contextmanager
def printer_that(behaves: Behaviour) -> Iterator[int]:
    """The port of a listener that treats each connection so, and then closes it."""
    with socket.create_server((HOST, 0)) as server:
        stopping = threading.Event()

        def serve() -> None:
            while not stopping.is_set():
                connection = server.accept()[0]
                with connection:
                    connection.settimeout(5)
                    if not stopping.is_set():
                        behaves(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            stopping.set()
            socket.create_connection((HOST, server.getsockname()[1])).close()
            thread.join()


def host_status(remaining: int = 0, *, is_paper_out: bool = False) -> bytes:
    """What a printer in order, or without paper, answers to ``~HS``."""
    lines = (f"030,{is_paper_out:d},0,0560,000,0,0,0,000,0,0,0", f"001,0,0,0,1,2,6,0,{remaining:08},1,000", "0000,0")
    return "".join(f"\x02{line}\x03\r\n" for line in lines).encode()


def answering(statuses: Sequence[bytes], counts: Sequence[str], report: bytes = b"") -> Behaviour:
    """A printer with these answers to ``~HS`` and for its count of labels, one after the other, the last for ever.

    Behind a label it sends the report. An empty answer is none.
    """

    def behave(connection: socket.socket) -> None:
        waiting, counted, buffer = list(statuses), list(counts), b""
        while heard := connection.recv(65_536):
            buffer += heard
            *lines, buffer = buffer.split(b"\n")
            for line in lines:
                if b"^XZ" in line:
                    connection.sendall(report)
                if b"~HS" in line:
                    connection.sendall(waiting.pop(0) if len(waiting) > 1 else waiting[0])
                if b"getvar" in line:
                    count = counted.pop(0) if len(counted) > 1 else counted[0]
                    connection.sendall(f'"{count}"\r\n'.encode() if count else b"")

    return behave


def read_all(connection: socket.socket) -> bytes:
    """Everything until the other side says that nothing more will come."""
    heard = b""
    while more := connection.recv(65_536):
        heard += more
    return heard


def reset(connection: socket.socket) -> None:
    """Close so that the other side gets a reset, as from a printer that was switched off."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def free_port() -> int:
    """A port at which nothing listens."""
    with socket.create_server((HOST, 0)) as server:
        return int(server.getsockname()[1])
