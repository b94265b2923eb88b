"""A thread for each thing that wants constant attention – a connector, a printer, a gate – while the worker lives."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from mes.core.database import Database
from mes.core.errors import NotFound

log = structlog.get_logger(__name__)

LOOK_SECONDS = 2.0
AFTER_TROUBLE_SECONDS = 5.0


class Tending:
    """Tends everything of a kind until `stop_event` is set; what is new is noticed within seconds.

    `ids` reads whom to tend. `tend` gets one of them, in a thread of its own, and returns when the process is to stop
    or when there is no more need; NotFound says that the thing is gone. After any other trouble it is begun anew,
    so that nothing waits for a restart of the worker. `beside` is done at each look around.
    """

    def __init__(
        self,
        name: str,
        database: Database,
        ids: Callable[[Session], Iterable[UUID]],
        tend: Callable[[UUID], None],
        stop_event: threading.Event,
        *,
        look_seconds: float = LOOK_SECONDS,
        beside: Callable[[], None] | None = None,
    ) -> None:
        self._name, self._database, self._ids, self._tend = name, database, ids, tend
        self._stop, self._look_seconds, self._beside = stop_event, look_seconds, beside
        self._threads: dict[UUID, threading.Thread] = {}
        self._watcher = threading.Thread(target=self._watch, name=name, daemon=True)
        self._is_database_away = False

    def start(self) -> None:
        """Begin."""
        self._watcher.start()

    def join(self, timeout_seconds: float = 10) -> None:
        """Wait until everybody has finished what was in hand, but no longer than this all together."""
        give_up_at = time.monotonic() + timeout_seconds
        self._watcher.join(timeout_seconds)
        for thread in self._threads.values():
            thread.join(max(0, give_up_at - time.monotonic()))

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                self._look_around()
                self._is_database_away = False
            except SQLAlchemyError:
                if not self._is_database_away:
                    log.exception("whom to tend could not be read; tried again until it can", tending=self._name)
                self._is_database_away = True
            self._stop.wait(self._look_seconds)

    def _look_around(self) -> None:
        with self._database.reading() as session:
            wanted = list(self._ids(session))
        for thing_id in wanted:
            thread = self._threads.get(thing_id)
            if thread is None or not thread.is_alive():
                self._begin(thing_id)
        if self._beside is not None:
            self._beside()

    def _begin(self, thing_id: UUID) -> None:
        name = f"{self._name}-{thing_id}"
        thread = threading.Thread(target=self._attend, args=(thing_id,), name=name, daemon=True)
        self._threads[thing_id] = thread
        thread.start()

    def _attend(self, thing_id: UUID) -> None:
        try:
            self._tend(thing_id)
        except NotFound:
            return
        except Exception:
            # Whatever went wrong with one must stop neither the others nor its own next attempt.
            log.exception("trouble; begun anew soon", tending=self._name, id=str(thing_id))
            self._stop.wait(AFTER_TROUBLE_SECONDS)


class Rounds:
    """Does what is due again and again until `stop_event` is set; trouble with the database is told once."""

    def __init__(self, name: str, every_seconds: float, do: Callable[[], object], stop_event: threading.Event) -> None:
        self._name, self._every_seconds, self._do, self._stop = name, every_seconds, do, stop_event
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, timeout_seconds: float = 10) -> None:
        """Wait until the round in hand is done."""
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        failed = False
        while not self._stop.is_set():
            try:
                self._do()
                failed = False
            except SQLAlchemyError:
                if not failed:
                    log.exception("what is due could not be done; tried again soon", rounds=self._name)
                failed = True
            self._stop.wait(self._every_seconds)
