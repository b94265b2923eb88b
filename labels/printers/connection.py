"""One connection to a printer, where everything together ends at a deadline."""

from __future__ import annotations

import os
import socket
import time
from types import TracebackType
from typing import Self

from labels.errors import LabelError
from labels.printers.status import PrinterStatus, StatusFormatError, read_status, status_lines

HOST_STATUS = b"~HS\r\n"
_CHUNK_BYTES = 65_536
_MOST_HEARD_BYTES = 1_000_000
_STATUS_LINES = 3
_LONGEST_SECONDS = 86_400.0


class UnreachableError(LabelError):
    """No connection was made: refused, no such host, no way there, no answer."""


class BrokenError(LabelError):
    """The connection ended, or time ran out, before what was wanted had happened."""


class Connection:
    """A socket to a printer. ``sent_bytes`` counts what the socket took, ``heard`` is all that the printer said.

    Raises UnreachableError when entered, BrokenError later.
    """

    def __init__(self, host: str, port: int, timeout_seconds: float) -> None:
        if not 0 < timeout_seconds <= _LONGEST_SECONDS:
            raise LabelError(f"A printer is given more than 0 and at most {_LONGEST_SECONDS:g} seconds")
        self.sent_bytes = 0
        self.heard = b""
        self._address = (host, port)
        self._deadline = time.monotonic() + timeout_seconds
        self._socket: socket.socket

    def __enter__(self) -> Self:
        host, port = self._address
        try:
            self._socket = socket.create_connection(self._address, timeout=self.seconds_left())
        except (OSError, ValueError, OverflowError) as error:
            raise UnreachableError(
                f"There is no connection to {host}:{port}: {error or type(error).__name__}"
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def seconds_left(self) -> float:
        """Until the deadline; a little at least, since a socket takes 0 for something else."""
        return max(self._deadline - time.monotonic(), 0.001)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._deadline

    def write(self, payload: bytes) -> None:
        """Hand over every byte; after a BrokenError ``sent_bytes`` says how many the socket had taken."""
        waiting = memoryview(payload)
        while waiting:
            if self.is_over:
                raise BrokenError("the printer took no more data in time")
            self._socket.settimeout(self.seconds_left())
            try:
                taken = self._socket.send(waiting[:_CHUNK_BYTES])
            except TimeoutError as error:
                raise BrokenError("the printer took no more data in time") from error
            except OSError as error:
                raise BrokenError(f"the connection broke: {error}") from error
            self.sent_bytes += taken
            waiting = waiting[taken:]

    def close_sending(self) -> None:
        """Say that nothing more will come."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            raise BrokenError(f"the connection broke: {error}") from error

    def listen(self, seconds: float) -> bool:
        """Wait up to so long for more to hear; False where the printer has closed its side.

        Raises BrokenError for a reset connection and for a printer that will not stop talking; mere silence is none.
        """
        self._socket.settimeout(max(min(seconds, self.seconds_left()), 0.001))
        try:
            more = self._socket.recv(_CHUNK_BYTES)
        except TimeoutError:
            return True
        except OSError as error:
            raise BrokenError(f"the connection broke: {error}") from error
        self.heard += more
        if len(self.heard) > _MOST_HEARD_BYTES:
            raise BrokenError("the printer does not stop talking")
        return bool(more)

    def check(self) -> None:
        """Raises BrokenError where the connection was reset meanwhile."""
        if code := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise BrokenError(f"the connection broke: {os.strerror(code)}")

    def unacknowledged_bytes(self) -> int | None:
        """Bytes that wait on this side or on the way; None where the system does not tell."""
        try:
            import fcntl
            import struct
            import termios

            answer = fcntl.ioctl(self._socket.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
        except (ImportError, AttributeError, OSError):
            return None
        return int(struct.unpack("i", answer)[0])

    def ask_status(self, seconds: float) -> PrinterStatus:
        """The answer to ``~HS``; a printer that says nothing of use in time is ``silent``, never ready."""
        before = len(status_lines(self.heard))
        self.write(HOST_STATUS)
        give_up = time.monotonic() + seconds
        while len(lines := status_lines(self.heard)[before:]) < _STATUS_LINES:
            if self.is_over or time.monotonic() >= give_up:
                return PrinterStatus("silent", f"no complete answer to ~HS, only {len(lines)} of {_STATUS_LINES} lines")
            if not self.listen(give_up - time.monotonic()):
                raise BrokenError("the printer closed the connection")
        try:
            return read_status(lines[:_STATUS_LINES])
        except StatusFormatError as error:
            return PrinterStatus("silent", str(error))
