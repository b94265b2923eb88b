"""Readings on their way to the store: written by a thread, so that a slow disk makes no poll late."""

import json
import logging
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from lines.device import Reading
from lines.store import Store

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.02  # What comes meanwhile is written in one transaction.
RETRY_SECONDS = 1.0


class StoreWriter:
    """A sink for the gateway, as a context::

    with StoreWriter(store) as writer:
        async with Gateway(devices, writer.keep): ...

    Readings are on disk some hundredths of a second later, the polls of a device whole and in their order; leaving the
    context writes what is left. While the disk takes nothing at most ``most_waiting`` readings are kept in memory;
    then the oldest give way, and ``lost`` counts them.
    """

    def __init__(self, store: Store, most_waiting: int = 50_000) -> None:
        self.lost = 0
        self._store = store
        self._most_waiting = most_waiting
        self._waiting: list[Reading | Mapping[str, Any]] = []
        self._something = threading.Condition()
        self._closing = threading.Event()
        self._failed = False
        self._thread = threading.Thread(target=self._run, name="store writer", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        with self._something:
            self._something.notify()
        self._thread.join()

    def keep(self, messages: Sequence[Reading | Mapping[str, Any]]) -> None:
        """Take the readings of a poll, or other messages that are to be stored in their order."""
        with self._something:
            self._waiting.extend(messages)
            surplus = len(self._waiting) - self._most_waiting
            if surplus > 0:
                del self._waiting[:surplus]
                self.lost += surplus
            self._something.notify()

    def _run(self) -> None:
        while not self._closing.is_set():
            with self._something:
                self._something.wait_for(lambda: self._waiting or self._closing.is_set())
            self._closing.wait(GATHER_SECONDS)
            if not self._write():
                self._closing.wait(RETRY_SECONDS)
        self._write()

    def _write(self) -> bool:
        """Put what waits on disk; whether the disk took it."""
        with self._something:
            batch, self._waiting = self._waiting, []
        try:
            self._append(batch)
        except Exception:
            if not self._failed:
                log.exception("readings cannot be kept on disk; they wait in memory")
            self._failed = True
            with self._something:
                newer, self._waiting = self._waiting, batch
                self.keep(newer)  # Before anybody else puts something newer still.
            return False
        if self._failed:
            log.warning("readings are kept on disk again; %d were lost", self.lost)
        self._failed = False
        return True

    def _append(self, batch: Sequence[Reading | Mapping[str, Any]]) -> None:
        """Put messages on disk; what no disk could take (no JSON, or text that is none) must not keep the others."""
        bodies = [_body(message) for message in batch]
        try:
            self._store.append_many(bodies)
        except (TypeError, ValueError):
            sound = [body for body in bodies if _is_sound(body)]
            self.lost += len(bodies) - len(sound)
            log.exception("%d readings cannot be written down and are lost", len(bodies) - len(sound))
            self._store.append_many(sound)


def _is_sound(body: Mapping[str, Any]) -> bool:
    """Whether a message can be written down."""
    try:
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError):
        return False
    return True


def _body(message: Reading | Mapping[str, Any]) -> Mapping[str, Any]:
    return message.as_json() if isinstance(message, Reading) else message
