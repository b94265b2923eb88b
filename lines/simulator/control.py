"""The simulator's control page: faults of every machine, made and ended by hand or by a program.

``GET /`` is a page, ``GET /faults`` tells all machines with their faults, ``POST /faults`` takes
``{"device": "SL/casting", "kind": "hanging", "seconds": 30}``: a ``kind`` of null ends a fault, without ``seconds`` it
lasts.
It is for this machine only: it binds to 127.0.0.1, and takes nothing that another website sends.
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs

from lines.simulator.faults import FAULTS, FaultBoard, FaultKind, FaultRefusedError, faults_of
from lines.simulator.server import SimulatorError

_HOST = "127.0.0.1"
_MOST_BYTES = 16_384
_SECONDS = 5.0
_LONGEST_FAULT_SECONDS = 86_400.0
_STYLE = (
    "body{font:16px system-ui,sans-serif;margin:1.5rem;max-width:70rem}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem;border-bottom:1px solid #ccc}"
    "select,input,button{font:inherit;min-height:48px;padding:0 .6rem}.is-faulty{background:#fde2e1}"
)


class _RefusedError(Exception):
    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class ControlPage:
    """Serves the faults of one board, or of several lines' boards, for as long as it is entered.

    Port 0 takes a free one; ``port`` then is it. Raises :class:`SimulatorError` where it cannot listen.
    """

    def __init__(self, boards: Sequence[FaultBoard], port: int) -> None:
        self.port = port
        self._boards = tuple(boards)
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        try:
            self._server = await asyncio.start_server(self._serve, _HOST, self.port)
        except OSError as error:
            raise SimulatorError(f"cannot serve the page for faults on port {self.port}: {error}") from error
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_SECONDS):
                writer.write(self._answer(await _read(reader)))
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def _answer(self, request: _Request) -> bytes:
        try:
            self._check_origin(request)
            if (request.method, request.path) == ("GET", "/"):
                return _response("200 OK", "text/html", self._page())
            if (request.method, request.path) == ("GET", "/faults"):
                return _response("200 OK", "application/json", json.dumps(self._told(), ensure_ascii=False))
            if (request.method, request.path) == ("POST", "/faults"):
                return self._change(request)
            raise _RefusedError("404 Not Found", "there is / and /faults")
        except _RefusedError as refused:
            return _response(refused.status, "application/json", json.dumps({"error": str(refused)}))

    def _check_origin(self, request: _Request) -> None:
        """Only what is meant for this page, and comes from it or from a program."""
        own = {f"{name}:{self.port}" for name in (_HOST, "localhost")}
        origin = request.headers.get("origin", "")
        if request.headers.get("host") not in own or (origin and origin.removeprefix("http://") not in own):
            raise _RefusedError("403 Forbidden", "this page is for this machine only")

    def _change(self, request: _Request) -> bytes:
        is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        device, kind, seconds = _wish(request.body, is_form=is_form)
        board = next((board for board in self._boards if device in board.machines()), None)
        if board is None:
            known = ", ".join(name for one in self._boards for name in one.machines())
            raise _RefusedError("404 Not Found", f"there is no machine {device!r} (there are: {known})")
        try:
            if kind is None:
                board.end(device)
            else:
                board.begin(device, kind, seconds)
        except FaultRefusedError as error:
            raise _RefusedError("422 Unprocessable Content", str(error)) from error
        if is_form:
            return _response("303 See Other", "text/plain", "", "Location: /\r\n")
        return _response("200 OK", "application/json", json.dumps(self._told(), ensure_ascii=False))

    def _told(self) -> dict[str, Any]:
        rows = [
            {"device": name, "protocol": protocol, "fault": board.of(name)}
            for board in self._boards
            for name, protocol in board.machines().items()
        ]
        kinds = [
            {"kind": kind, "text": {"zh": words.zh, "en": words.en}, "protocols": sorted(words.protocols)}
            for kind, words in FAULTS.items()
        ]
        return {"devices": rows, "kinds": kinds}

    def _page(self) -> str:
        rows = "".join(
            _row(name, protocol, board.of(name))
            for board in self._boards
            for name, protocol in board.machines().items()
        )
        return (
            '<!doctype html><html lang="zh"><meta charset="utf-8"><title>模拟器故障 · Simulator faults</title>'
            f"<style>{_STYLE}</style><h1>模拟器故障 · Simulator faults</h1>"
            "<table><tr><th>设备 Machine<th>协议 Protocol<th>当前故障 Fault now<th>操作 Action</tr>"
            f"{rows}</table>"
        )


def _row(name: str, protocol: str, fault: FaultKind | None) -> str:
    options = "".join(
        f'<option value="{kind}"{" selected" if kind is fault else ""}>{escape(_words(kind))}</option>'
        for kind in faults_of(protocol)
    )
    mark = ' class="is-faulty"' if fault else ""
    return (
        f"<tr{mark}><td>{escape(name)}<td>{escape(protocol)}<td>{escape(_words(fault)) if fault else '–'}"
        f'<td><form method="post" action="/faults"><input type="hidden" name="device" value="{escape(name)}">'
        f'<select name="kind" aria-label="故障 Fault"><option value="">无 none</option>{options}</select> '
        '<input name="seconds" type="number" min="1" max="86400" placeholder="秒 s" aria-label="秒 seconds"> '
        "<button>应用 Apply</button></form></tr>"
    )


def _words(kind: FaultKind) -> str:
    return f"{FAULTS[kind].zh} · {FAULTS[kind].en}"


def _wish(body: bytes, *, is_form: bool) -> tuple[str, FaultKind | None, float | None]:
    """Machine, kind and seconds, of a form or of JSON."""
    try:
        given = {name: values[0] for name, values in parse_qs(body.decode()).items()} if is_form else json.loads(body)
        kind = FaultKind(given["kind"]) if given.get("kind") else None
        seconds = float(given["seconds"]) if given.get("seconds") else None
        device = str(given["device"])
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise _RefusedError("422 Unprocessable Content", f"device, kind and seconds are wanted: {error}") from error
    if seconds is not None and not 0 < seconds <= _LONGEST_FAULT_SECONDS:
        raise _RefusedError("422 Unprocessable Content", f"seconds are 1 to {_LONGEST_FAULT_SECONDS:g}")
    return device, kind, seconds


async def _read(reader: asyncio.StreamReader) -> _Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, _, rest = head[0].partition(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    length = headers.get("content-length", "0")
    size = int(length) if length.isdecimal() and len(length) < 10 else 0
    body = await reader.readexactly(min(size, _MOST_BYTES))
    return _Request(method, rest.partition(" ")[0], headers, body)


def _response(status: str, kind: str, body: str, more: str = "") -> bytes:
    content = body.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {len(content)}\r\n"
        f"Cache-Control: no-store\r\nX-Frame-Options: DENY\r\nConnection: close\r\n{more}\r\n"
    )
    return head.encode() + content
