"""The emulated printer's control port: ``GET /`` tells its condition, ``POST /`` takes wishes, both as JSON.

``{"paper_out": true}``, ``{"offline": false, "seconds_a_label": 2}``: see :class:`labels.printers.behaviour.Behaviour`.
It is for this machine only: it binds to 127.0.0.1, and takes nothing that a website sends.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from labels.errors import LabelError
from labels.printers.emulator import PrinterEmulator

_HOST = "127.0.0.1"
_MOST_BYTES = 16_384


class PrinterControl:
    """Serves one emulated printer's condition for as long as it is entered; port 0 takes a free one."""

    def __init__(self, printer: PrinterEmulator, port: int = 0) -> None:
        try:
            self._server = _Server(printer, port)
        except (OSError, OverflowError) as error:
            raise LabelError(f"The control port {port} cannot be had: {error}") from error
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, printer: PrinterEmulator, port: int) -> None:
        super().__init__((_HOST, port), _Handler)
        self.printer = printer


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5

    def do_GET(self) -> None:
        if self._is_meant_for_us():
            self._answer(200, self.server.printer.told())

    def do_POST(self) -> None:
        if not self._is_meant_for_us():
            return
        try:
            length = int(self.headers.get("Content-Length", "0"))
            wishes = json.loads(self.rfile.read(min(max(length, 0), _MOST_BYTES)))
            if not isinstance(wishes, dict):
                raise LabelError("An object of wishes is wanted")
            self.server.printer.change(**wishes)
        except (ValueError, TypeError, RecursionError) as error:
            self._answer(422, {"error": str(error)})
        else:
            self._answer(200, self.server.printer.told())

    def _is_meant_for_us(self) -> bool:
        own = {f"{name}:{self.server.server_address[1]}" for name in (_HOST, "localhost")}
        if self.headers.get("Host") in own and not self.headers.get("Origin"):
            return True
        self._answer(403, {"error": "This port is for programs on this machine only"})
        return False

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: the printer's own words go to the terminal."""
