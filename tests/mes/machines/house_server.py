"""An independent house: a plain web server that takes what a gateway sends, and hands out commands."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class HouseServer(ThreadingHTTPServer):
    """Takes announcements, signals (but none of device `poison`) and results. Each command is handed out once."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.announced: list[dict[str, Any]] = []
        self.signals: list[dict[str, Any]] = []
        self.taken: list[str] = []
        self.results: list[dict[str, Any]] = []
        self.commands: list[dict[str, Any]] = []
        self.takes_results = True
        self.conflicts = 0  # so many requests are answered with a conflict first

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: HouseServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.conflicts:
            self.server.conflicts -= 1
            return self._answer(409, {"detail": "somebody else changed this in the meantime"})
        if self.path.endswith("/announce"):
            self.server.announced.append(body)
            return self._answer(200, {})
        if self.path.endswith("/result"):
            if not self.server.takes_results:
                return self._answer(503, {})
            self.server.results.append(body)
            return self._answer(200, {})
        return self._signals(body)

    def _signals(self, body: dict[str, Any]) -> None:
        if any(reading["device"] == "poison" for reading in body["readings"]):
            return self._answer(422, {"detail": "not this one"})
        ids = [reading["id"] for reading in body["readings"]]
        self.server.signals.append(body)
        self.server.taken += ids
        commands, self.server.commands = self.server.commands, []
        return self._answer(200, {"taken": ids, "repeated": [], "commands": commands})

    def _answer(self, status: int, document: object) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the test's terminal."""


@contextmanager
def house_server() -> Iterator[HouseServer]:
    """A house that answers for as long as the context is entered."""
    with HouseServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
