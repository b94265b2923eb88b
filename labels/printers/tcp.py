"""Sending labels to a printer's raw port, and asking how it is.

A write that the socket accepted is not a printed label: ``send`` says only what happened to the bytes. For what came
out of the printer see :mod:`labels.printers.confirmation`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from labels.errors import ReferenceLengthError
from labels.printers.connection import BrokenError, Connection, UnreachableError
from labels.printers.status import PrinterStatus

__all__ = ["PrinterStatus", "Sent", "printer_status", "send"]

# Many printers keep their side open; where all bytes were acknowledged, a reset would have come by then.
_SETTLE_SECONDS = 1.0
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Sent:
    """What became of a payload.

    - ``sent``: the printer's side acknowledged every byte, and the connection ended in order.
    - ``not_sent``: not one byte left; sending again is safe.
    - ``unknown``: anything between; labels may have come out. Nobody but a person may send it again.
    """

    state: Literal["sent", "not_sent", "unknown"]
    detail: str
    bytes_sent: int


def send(host: str, port: int, payload: bytes, timeout_seconds: float = 10) -> Sent:
    """Send a payload in one connection; never raises for what the network or the printer does.

    Raises ReferenceLengthError for an empty payload. A name server that does not answer may take longer than
    ``timeout_seconds``.
    """
    if not payload:
        raise ReferenceLengthError("There is nothing to send to the printer")
    try:
        with Connection(host, port, timeout_seconds) as connection:
            return _send(connection, payload)
    except UnreachableError as error:
        return Sent("not_sent", str(error), 0)


def printer_status(host: str, port: int, timeout_seconds: float = 3) -> PrinterStatus:
    """Ask a printer how it is; never raises for what the network or the printer does."""
    try:
        with Connection(host, port, timeout_seconds) as connection:
            status = connection.ask_status(timeout_seconds)
            connection.close_sending()
            return status
    except UnreachableError as error:
        return PrinterStatus("unreachable", str(error))
    except BrokenError as error:
        return PrinterStatus("silent", str(error))


def _send(connection: Connection, payload: bytes) -> Sent:
    total = len(payload)
    try:
        connection.write(payload)
        connection.close_sending()
        return Sent("sent", _await_end(connection), total)
    except BrokenError as error:
        taken = connection.sent_bytes
        if not taken:
            return Sent("not_sent", str(error), 0)
        return Sent("unknown", f"{taken} of {total} bytes had left, then {error}", taken)


def _await_end(connection: Connection) -> str:
    """How the connection ended in order, in words. Raises BrokenError where it did not.

    A printer that closes its side and only then gets the rest answers with a reset: an end counts once everything
    was acknowledged.
    """
    closed, settled_since = False, time.monotonic()
    while not connection.is_over:
        if closed:
            time.sleep(_POLL_SECONDS)
        else:
            closed = not connection.listen(_POLL_SECONDS)
        connection.check()
        unacknowledged = connection.unacknowledged_bytes()
        if closed and not unacknowledged:
            return "every byte was taken, and the printer closed the connection"
        if unacknowledged != 0:
            settled_since = time.monotonic()
        elif time.monotonic() - settled_since >= _SETTLE_SECONDS:
            return "every byte was acknowledged; the printer keeps its side open"
    raise BrokenError("the printer did not acknowledge everything in time")
