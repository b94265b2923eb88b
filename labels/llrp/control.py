"""The emulated reader's control port: JSON lines from this machine, each answered by one.

``{"op": "tags"}`` tells the field; ``{"op": "put", "tag": {"tid": …, "epc": …, …}}`` and ``{"op": "take", "tid": …}``
change it; ``{"op": "fault", "kind": …, …}`` and ``{"op": "end-faults"}`` break and mend; ``{"op": "cut"}`` cuts the
client's connection. After a line that makes no sense the connection ends, so that no website can talk to it.
"""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from labels.errors import LabelError, TagDataError
from labels.llrp.emulated_tag import EmulatedTag
from labels.llrp.emulator import ReaderEmulator
from labels.llrp.faults import Fault, FaultError

_HOST = "127.0.0.1"
_LONGEST_LINE = 16_384
_TEXTS = {"tid", "epc", "user", "access_password"}
_NUMBERS = {"epc_words", "user_words", "antenna", "rssi_dbm"}
_LARGEST_BANK_WORDS = 4096


class WishError(LabelError):
    """A line on the control port that makes no sense."""


@contextmanager
def control_port(reader: ReaderEmulator, port: int = 0) -> Iterator[int]:
    """Serve the control port until the end of the block; gives its number (0 takes a free one)."""
    with _Server((_HOST, port), reader) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


def tag_from(told: Any) -> EmulatedTag:
    """A tag from a mapping as in tags.yaml; raises TagDataError that says what is wrong."""
    if not isinstance(told, Mapping):
        raise TagDataError(f"A tag is told as a mapping with a tid, not as {told!r}")
    if unknown := set(told) - _TEXTS - _NUMBERS - {"locked"}:
        raise TagDataError(f"A tag has no {', '.join(sorted(map(str, unknown)))}")
    for name, value in told.items():
        if name in _TEXTS and not isinstance(value, str):
            raise TagDataError(f"{name} must be text in quotation marks, not {value!r}")
        if name in _NUMBERS and (isinstance(value, bool) or not isinstance(value, int)):
            raise TagDataError(f"{name} must be a whole number, not {value!r}")
    if not all(0 <= told.get(name, 0) <= _LARGEST_BANK_WORDS for name in ("epc_words", "user_words")):
        raise TagDataError(f"A bank has 0 to {_LARGEST_BANK_WORDS} words")
    if not 1 <= told.get("antenna", 1) <= 255 or not -128 <= told.get("rssi_dbm", 0) <= 127:
        raise TagDataError("An antenna is 1 to 255, a signal -128 to 127 dBm")
    locked = told.get("locked", [])
    if not isinstance(locked, list) or not all(isinstance(part, str) for part in locked):
        raise TagDataError("locked must be a list of parts")
    return EmulatedTag(**{"tid": "", **told})


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], reader: ReaderEmulator) -> None:
        super().__init__(address, _Handler)
        self.reader = reader


class _Handler(socketserver.StreamRequestHandler):
    server: _Server
    timeout = 600

    def handle(self) -> None:
        while line := self.rfile.readline(_LONGEST_LINE):
            try:
                answer = _answer(self.server.reader, line)
            except (LabelError, FaultError) as error:
                self._say({"error": str(error)})
                return
            self._say(answer)

    def _say(self, answer: dict[str, Any]) -> None:
        self.wfile.write(json.dumps(answer).encode() + b"\n")


def _answer(reader: ReaderEmulator, line: bytes) -> dict[str, Any]:
    try:
        wish = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WishError(f"The line is not JSON: {error}") from error
    operation = wish.get("op") if isinstance(wish, dict) else None
    if not isinstance(operation, str) or operation not in _OPERATIONS:
        raise WishError(f"op must be one of {', '.join(_OPERATIONS)}, not {operation!r}")
    _OPERATIONS[operation](reader, wish)
    return {"tags": [_told(tag) for tag in reader.tags()]}


def _take(reader: ReaderEmulator, wish: dict[str, Any]) -> None:
    try:
        reader.take(str(wish.get("tid")))
    except KeyError as error:
        raise WishError(f"No tag {wish.get('tid')} lies in the field") from error


def _fault(reader: ReaderEmulator, wish: dict[str, Any]) -> None:
    told = {name: value for name, value in wish.items() if name != "op"}
    try:
        reader.fault(Fault(**told))
    except TypeError as error:
        raise FaultError(f"A fault has a kind, tid, message, after_words, code, description, times: {error}") from error


def _told(tag: EmulatedTag) -> dict[str, Any]:
    return {
        "tid": tag.tid_hex,
        "epc": tag.epc_hex,
        "user": tag.user_hex,
        "protocol_control": f"{tag.protocol_control:04X}",
        "antenna": tag.antenna,
        "locked": sorted(tag.locked),
    }


_OPERATIONS: dict[str, Callable[[ReaderEmulator, dict[str, Any]], None]] = {
    "tags": lambda _reader, _wish: None,
    "put": lambda reader, wish: reader.put(tag_from(wish.get("tag"))),
    "take": _take,
    "fault": _fault,
    "end-faults": lambda reader, _wish: reader.end_faults(),
    "cut": lambda reader, _wish: reader.cut(),
}
