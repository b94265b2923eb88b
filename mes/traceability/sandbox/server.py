"""The socket server, and the misbehaviour that only a socket can show: silence, resets, the end of the process."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

_CUT = "sandbox.cut"
_HANDLER = "sandbox.handler"
SILENCE, HALF, REQUEST, END = "silence", "half", "request", "end"
RESTART_STATUS = 86
"""The exit status by which a supervisor tells a played restart from an end."""


class Handler(WSGIRequestHandler):
    """One connection; lets the app below it break the connection."""

    disable_nagle_algorithm = True

    def make_environ(self) -> WSGIEnvironment:
        """The environment of a request, with this handler in it."""
        return super().make_environ() | {_HANDLER: self}

    def send_response(self, code: int, message: str | None = None) -> None:
        """Begin an answer without the machine's own Date: the app sends the platform's, and two would contradict."""
        self.log_request(code)
        self.send_response_only(code, message)
        self.send_header("Server", self.version_string())

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """No line for each request: the record of receptions tells more."""


def make_platform_server(host: str, port: int, app: WSGIApplication) -> BaseWSGIServer:
    """A server with a thread for each connection, not yet serving."""
    return make_server(host, port, app, threaded=True, request_handler=Handler)


def cut_answer(how: str) -> None:
    """Let the present request end in `how` instead of with an answer."""
    request.environ[_CUT] = how


class Breakable:
    """The app with its connections breakable; also sends the platform's own time as Date."""

    def __init__(self, app: WSGIApplication, date: Callable[[], str], end: Callable[[], None]) -> None:
        self._app = app
        self._date = date
        self._end = end

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or break off."""
        told: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _: object = None) -> Callable[[bytes], object]:
            told.append((status, headers))
            return _no_writing

        answer = self._app(environ, start)
        how = environ.get(_CUT)
        [(status, headers)] = told
        headers = [*((name, value) for name, value in headers if name.lower() != "date"), ("Date", self._date())]
        if how is None:
            start_response(status, headers)
            return answer
        body = b"".join(answer)
        if how == END:
            self._end()
        _break(environ, how, status, headers, body)
        raise ConnectionResetError("the platform broke the connection off, as it was told")


def _no_writing(_: bytes) -> object:
    raise TypeError("this app returns its answers")


def _break(environ: WSGIEnvironment, how: str, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
    handler = environ.get(_HANDLER)
    if handler is None:
        return
    handler.close_connection = True
    connection: socket.socket = handler.connection
    if how == HALF:
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers), "", ""]
        head = "\r\n".join(lines).encode("latin-1")
        connection.sendall(head + body[: len(body) // 2] if body else head[: len(head) // 2])
        time.sleep(0.02)  # so that the half leaves before the reset
    if how == REQUEST:
        environ["wsgi.input"].read(max(1, int(environ.get("CONTENT_LENGTH") or 0) // 2))
    if how in (HALF, REQUEST):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # RST instead of FIN
    os.close(connection.detach())
