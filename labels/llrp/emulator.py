"""An RFID reader on a socket: LLRP for one client, tags that come and go, and faults on command."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from labels.llrp.emulated_session import Session, refuse
from labels.llrp.emulated_tag import EmulatedTag
from labels.llrp.faults import Fault, FaultError

_JOIN_SECONDS = 5.0
_LEAVING_SECONDS = 0.5


class ReaderEmulator:
    """A reader with tags in its field. All methods may be called while it serves."""

    def __init__(self, tags: Iterable[EmulatedTag] = (), *, antennas: int = 4, operations_at_once: int = 8) -> None:
        """Make a reader with so many antennas, which takes so many operations in one access program."""
        self.antennas, self.operations_at_once = antennas, operations_at_once
        self.host, self.port = "127.0.0.1", 0
        self._tags = {tag.tid_hex: tag for tag in tags}
        self._faults: list[Fault] = []
        self._lock = threading.RLock()
        self._session: Session | None = None
        self._stop = threading.Event()
        self.requests: deque[str] = deque(maxlen=100_000)

    @contextmanager
    def serve(self, port: int = 0, host: str = "127.0.0.1") -> Iterator[int]:
        """Listen until the end of the block; gives the port (0 takes a free one)."""
        with socket.create_server((host, port)) as server:
            self.host, self.port = host, server.getsockname()[1]
            self._stop.clear()
            accepting = threading.Thread(target=self._accept, args=(server,), name="emulated reader", daemon=True)
            accepting.start()
            try:
                yield self.port
            finally:
                self._stop.set()
                # A connection of our own wakes the thread that waits for one.
                with suppress(OSError), socket.create_connection((host, self.port), 1):
                    pass
                accepting.join(_JOIN_SECONDS)
                self.cut()

    def put(self, tag: EmulatedTag) -> None:
        """Bring a tag into the field, or in place of the one with its TID."""
        with self._lock:
            self._tags[tag.tid_hex] = tag

    def take(self, tid_hex: str) -> EmulatedTag:
        """Take a tag out of the field. Raises KeyError if it is not there."""
        with self._lock:
            return self._tags.pop(tid_hex)

    def tags(self) -> tuple[EmulatedTag, ...]:
        """The tags in the field."""
        with self._lock:
            return tuple(self._tags.values())

    def tag(self, tid_hex: str) -> EmulatedTag:
        """A tag in the field. Raises KeyError if it is not there."""
        with self._lock:
            return self._tags[tid_hex]

    def fault(self, fault: Fault) -> None:
        """Let something go wrong from now on. Raises FaultError for a tag that is not there."""
        with self._lock:
            if fault.tid and fault.tid not in self._tags:
                raise FaultError(f"No tag {fault.tid} lies in the field")
            if fault.kind == "tag-leaves":
                self._tags[fault.tid].leaves_after_words = fault.after_words
            elif fault.kind == "reads-wrong":
                self._tags[fault.tid].damages_writes = True
            else:
                self._faults.append(fault)

    def end_faults(self) -> None:
        """Let nothing go wrong any more; what a damaged write left stays."""
        with self._lock:
            self._faults.clear()
            for tag in self._tags.values():
                tag.damages_writes, tag.leaves_after_words = False, None

    def cut(self) -> None:
        """Cut the client's connection now."""
        with self._lock:
            session, self._session = self._session, None
        if session is not None:
            session.end()

    def is_struck(self, kind: str, message: str = "") -> Fault | None:
        """The fault of this kind that concerns a message, used up once more; None if there is none."""
        with self._lock:
            for at, fault in enumerate(self._faults):
                if not fault.strikes(kind, message):
                    continue
                if fault.times == 1:
                    del self._faults[at]
                elif fault.times:
                    self._faults[at] = Fault(**{**vars(fault), "times": fault.times - 1})
                return fault
        return None

    def drop_leavers(self) -> None:
        """Take out the tags that have left in the middle of a write."""
        with self._lock:
            for tag in self.tags():
                if tag.leaves_after_words is not None and tag.leaves_after_words <= 0:
                    tag.leaves_after_words = None
                    self.take(tag.tid_hex)

    def _accept(self, server: socket.socket) -> None:
        while not self._stop.is_set():
            try:
                client, _address = server.accept()
            except OSError:
                return
            if self._stop.is_set():
                client.close()
                return
            if not self._is_free():
                refuse(client)
                continue
            session = Session(self, client)
            with self._lock:
                self._session = session
            session.start()

    def _is_free(self) -> bool:
        """Whether no client is connected; one that is just leaving is given a moment."""
        session, deadline = self._session, time.monotonic() + _LEAVING_SECONDS
        while session is not None and not session.is_left():
            if self._stop.wait(_LEAVING_SECONDS / 20) or time.monotonic() > deadline:
                return False
        return True
