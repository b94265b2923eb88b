"""A label printer in software on a real socket: takes ZPL, prints at a speed, answers, and fails as it is told.

It keeps every byte and every label, so that a test or a trial without hardware can see what would have come out.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from labels.errors import LabelError
from labels.printers.behaviour import Behaviour
from labels.printers.tag_writing import TagJob, tag_job
from labels.printers.zpl_stream import Command, Format, ZplStream

_POLL_SECONDS = 0.05
_MOST_FORMATS = 1000
_COUNTER = "odometer.total_label_count"


@dataclass(frozen=True)
class PrintedLabel:
    """One label as it came out; ``is_void`` where its tag could not be written and VOID stands across it."""

    form: Format
    epc_hex: str = ""
    user_hex: str = ""
    is_void: bool = False


@dataclass(frozen=True)
class _Waiting:
    form: Format
    source: socket.socket
    tags: TagJob


class PrinterEmulator:
    """Listens while it is entered; port 0 takes a free one. ``folder`` gets a file for each job and label."""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, folder: Path | None = None, **behaviour: Any) -> None:
        self.host, self.port = host, port
        self.behaviour = Behaviour().changed(behaviour)
        self.printed: list[PrintedLabel] = []
        self._heard: list[bytearray] = []
        self._folder = folder
        self._changed = threading.Condition()
        self._queue: deque[_Waiting] = deque()
        self._remaining = 0
        self._in_format = 0
        self._ending = False
        self._listener: socket.socket | None = None
        self._connections: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    @property
    def received(self) -> bytes:
        """Every byte of all connections, one connection after the other."""
        with self._changed:
            return b"".join(self._heard)

    @property
    def connections(self) -> list[bytes]:
        """What each connection sent."""
        with self._changed:
            return [bytes(heard) for heard in self._heard]

    @property
    def is_idle(self) -> bool:
        """Nothing waits and nothing is being printed."""
        with self._changed:
            return not self._queue and not self._remaining

    def change(self, **wishes: Any) -> None:
        """Make something go wrong or well: see :class:`Behaviour`. Raises BehaviourError."""
        with self._changed:
            self.behaviour = self.behaviour.changed(wishes)
            if self.behaviour.offline:
                self._hang_up()
            self._changed.notify_all()

    def told(self) -> dict[str, Any]:
        """Its condition and its work as plain values."""
        with self._changed:
            good = [label for label in self.printed if not label.is_void]
            return asdict(self.behaviour) | {
                "port": self.port,
                "labels_printed": len(good),
                "labels_void": len(self.printed) - len(good),
                "formats_waiting": len(self._queue),
                "labels_remaining": self._remaining,
                "epcs": [label.epc_hex for label in good if label.epc_hex],
            }

    def cancel(self) -> None:
        """Throw away what waits, as the cancel key does; a label under way still comes out."""
        with self._changed:
            self._queue.clear()
            self._remaining = 0
            self._changed.notify_all()

    def wait_until_idle(self, seconds: float = 5) -> bool:
        """Whether everything was printed within so long."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue and not self._remaining, seconds)

    def __enter__(self) -> Self:
        self._listen()
        for work in (self._serve, self._print):
            self._start(work)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._ending = True
            self._hang_up()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _start(self, work: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()]
        thread.start()
        self._threads.append(thread)

    def _listen(self) -> None:
        try:
            self._listener = socket.create_server((self.host, self.port))
        except (OSError, OverflowError) as error:
            raise LabelError(f"The printer cannot listen on {self.host}:{self.port}: {error}") from error
        self._listener.settimeout(_POLL_SECONDS)
        self.port = self._listener.getsockname()[1]

    def _hang_up(self) -> None:
        """Stop listening and reset what is connected."""
        if self._listener:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for connection in list(self._connections):
            _reset(connection)

    def _serve(self) -> None:
        while not self._ending:
            with self._changed:
                if self.behaviour.offline:
                    self._changed.wait(_POLL_SECONDS)
                    continue
                if self._listener is None and not self._ending:
                    self._listen()
                listener = self._listener
            if listener is None:
                continue
            with suppress(OSError):
                connection = listener.accept()[0]
                self._start(self._converse, connection)

    def _converse(self, connection: socket.socket) -> None:
        heard, stream = bytearray(), ZplStream()
        connection.settimeout(_POLL_SECONDS)
        with self._changed:
            self._heard.append(heard)
            number = len(self._heard)
            self._connections.add(connection)
        try:
            while not self._ending and self._read(connection, heard, stream):
                pass
        except OSError:
            pass
        finally:
            with self._changed:
                self._connections.discard(connection)
                self._in_format -= stream.is_in_format
            connection.close()
            if b"^XA" in heard:  # a question about the printer's state is no job
                self._keep(f"job-{number:04}.zpl", bytes(heard))

    def _read(self, connection: socket.socket, heard: bytearray, stream: ZplStream) -> bool:
        """Take one piece; False at the end of the connection."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._queue) < _MOST_FORMATS or self._ending)
            cut = self.behaviour.cut_after_bytes
        if cut is not None and len(heard) >= cut:
            _reset(connection)
            return False
        try:
            piece = connection.recv(65_536 if cut is None else min(cut - len(heard), 65_536))
        except TimeoutError:
            return True
        with self._changed:
            heard += piece
        was_open = stream.is_in_format
        for part in stream.feed(piece):
            self._obey(part, connection)
        with self._changed:
            self._in_format += stream.is_in_format - was_open
        return bool(piece)

    def _obey(self, part: Format | Command | str, connection: socket.socket) -> None:
        if isinstance(part, Format):
            if part.prints and not self.behaviour.forgets:
                with self._changed:
                    self._queue.append(_Waiting(part, connection, tag_job(part)))
                    self._changed.notify_all()
        elif isinstance(part, str):
            if not self.behaviour.says_nothing:
                known = part == _COUNTER and self.behaviour.has_counter
                connection.sendall(f'"{len(self.printed) if known else "?"}"\r\n'.encode())
        elif part.name == "HS":
            if answer := self._status():
                connection.sendall(answer)
        elif part.name == "JA":
            self.cancel()
        elif part.name in ("PP", "PS"):
            self.change(paused=part.name == "PP")

    def _status(self) -> bytes:
        with self._changed:
            now, waiting, remaining = self.behaviour, len(self._queue), self._remaining
            if now.says_nothing:
                return b""
            if not now.counts_labels:
                waiting, remaining = 0, int(bool(waiting or remaining))
            full, partial = int(waiting >= _MOST_FORMATS), int(self._in_format > 0)
        lines = (
            f"030,{now.has_no_paper:d},{now.paused:d},0560,{waiting:03},{full},0,{partial},000,0,0,0",
            f"001,0,{now.head_open:d},{now.ribbon_out:d},1,2,6,0,{remaining:08},1,000",
            "0000,0",
        )
        return "".join(f"\x02{line}\x03\r\n" for line in lines).encode()

    def _print(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ending or (self._queue and not self.behaviour.stands_still))
                if self._ending:
                    return
                job = self._queue.popleft()
                self._remaining = job.form.copies
                self._changed.notify_all()
            self._print_batch(job)

    def _print_batch(self, job: _Waiting) -> None:
        tries = 0
        while self._await_label():
            if not self._print_one(job):
                tries += 1
                if tries >= job.tags.attempts:
                    self._give_up(job)
                    return
                continue
            tries = 0

    def _await_label(self) -> bool:
        """Wait for the time of a label and for a printer in order; False where nothing of the batch remains."""
        with self._changed:
            self._changed.wait_for(lambda: self._ending or not self._remaining, self.behaviour.seconds_a_label)
            self._changed.wait_for(lambda: self._ending or not self._remaining or not self.behaviour.stands_still)
            return not self._ending and self._remaining > 0

    def _print_one(self, job: _Waiting) -> bool:
        """Print a label; False where its tag was not written and the label is void."""
        written = job.tags.write() if job.tags.writes else None
        with self._changed:
            is_bad = job.tags.writes and (written is None or self.behaviour.bad_tags > 0)
            if is_bad:
                self.behaviour = replace(self.behaviour, bad_tags=max(0, self.behaviour.bad_tags - 1))
            tag = written[0] if written and not is_bad else None
            label = PrintedLabel(job.form, tag.epc_hex if tag else "", tag.user_hex if tag else "", is_bad)
            self.printed.append(label)
            number = len(self.printed)
            self._use_paper()
        self._keep(f"label-{number:04}.zpl", _text(job.form))
        if written and not is_bad and written[1]:
            with suppress(OSError):
                job.source.sendall(written[1])
        with self._changed:
            self._remaining = max(0, self._remaining - (not is_bad))
            self._changed.notify_all()
        return not is_bad

    def _use_paper(self) -> None:
        left = self.behaviour.labels_left
        if left is not None:
            self.behaviour = replace(self.behaviour, labels_left=max(0, left - 1))

    def _give_up(self, job: _Waiting) -> None:
        """What ``^RS`` wants after so many bad tags: drop the format, or stop with it."""
        with self._changed:
            self._remaining = 0
            if job.tags.on_error in ("P", "E"):
                self._queue.appendleft(job)
                self.behaviour = replace(self.behaviour, paused=True)
            self._changed.notify_all()

    def _keep(self, name: str, content: bytes) -> None:
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / name).write_bytes(content)


def _text(form: Format) -> bytes:
    body = b"".join(f"{command.prefix}{command.name}".encode("latin-1") + command.data for command in form.commands)
    return b"^XA" + body + b"^XZ\n"


def _reset(connection: socket.socket) -> None:
    """Close so that the other side sees a reset; whoever reads from it gets an OSError."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
