"""One call to the platform: its body read, the fault that is due played before or after the work."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, request
from werkzeug.http import http_date

from mes.core.text import N_, Text
from mes.traceability.sandbox.faults import Fault
from mes.traceability.sandbox.intake import is_declared
from mes.traceability.sandbox.reading import Received
from mes.traceability.sandbox.server import END, HALF, REQUEST, SILENCE, cut_answer
from mes.traceability.sandbox.settings import platform

_AFTERWARDS = {"lose-answer": SILENCE, "reset-answer": HALF, "restart-after": END}


@dataclass(frozen=True)
class Call:
    """A request of a sender. `way` is how the record of receptions calls it."""

    way: str
    body: bytes = b""
    fault: Fault | None = None

    def play_before(self, signs: Callable[[], Sequence[tuple[str, bool, str]]] | None = None) -> None:
        """Before the work: turn the request away if so told, and put into the record what it brought.

        Raises:
            TurnedAwayError: it is turned away.
        """
        fault = self.fault
        if fault is None or not (isinstance(fault.answer, int) or fault.answer in ("error-code", "restart")):
            return
        if signs is not None:
            with platform().store.writing() as writer:
                writer.record_signs(self.way, "turned-away", len(self.body), signs(), _played(fault))
        if fault.answer == "restart":
            cut_answer(END)
        raise TurnedAwayError(fault)

    def play_after(self) -> None:
        """After the work: answer late, by half, not at all."""
        if self.fault is None:
            return
        if self.fault.answer == "delay":
            time.sleep(self.fault.seconds)
        elif self.fault.answer in _AFTERWARDS:
            cut_answer(_AFTERWARDS[self.fault.answer])


class TurnedAwayError(Exception):
    """Ends a request with the answer of a fault."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault.answer))

    def response(self) -> Response:
        """The answer: a status with a problem document, or HTTP 200 with an error code."""
        fault = self.fault
        if fault.answer == "error-code":
            body = {"code": fault.code, "message": "A scripted fault", "data": None}
            return Response(json.dumps(body), content_type="application/json")
        status = fault.answer if isinstance(fault.answer, int) else 500
        headers = {"Retry-After": _retry_after(fault.retry_after)} if fault.retry_after is not None else {}
        body = {"type": "epcisException:ImplementationException", "title": "A scripted fault", "status": status}
        if fault.on == "signed":
            body = {"code": fault.code, "message": "A scripted fault", "data": None}
        return Response(json.dumps(body), status=status, headers=headers, content_type="application/problem+json")


def begin(way: str, read: Callable[[], bytes] | None = None) -> Call:
    """The present request as a call.

    Raises:
        TurnedAwayError: the connection is to break while the request comes.
    """
    script = platform().faults
    early = script.next_before_reading(way)
    if early is not None:
        cut_answer(REQUEST)
        raise TurnedAwayError(early)
    body = read() if read is not None else b""
    return Call(way, body, script.next(way, body.decode("utf-8", "replace") if body else request.full_path))


def limited_body(limit: int) -> bytes | None:
    """The request's body, or None where it is over the limit; then it is read to its end, so that the sender hears
    the answer."""
    body = request.stream.read(limit + 1)
    if len(body) <= limit:
        return body
    for _ in range(64):
        if not request.stream.read(1024 * 1024):
            break
    return None


def signs_of(received: Sequence[Received]) -> list[tuple[str, bool, str]]:
    """Events as the record of receptions keeps them."""
    return [(event.event_id, is_declared(event.body), event.digest) for event in received]


def _played(fault: Fault) -> Text:
    """What the record of receptions says of a request that a fault has struck."""
    return Text(N_("a scripted fault: %(fault)s"), {"fault": str(fault.answer)})


def _retry_after(wanted: str) -> str:
    if wanted.startswith("date+"):
        return http_date(platform().behaviour.clock.now() + timedelta(seconds=int(wanted.removeprefix("date+"))))
    return wanted
