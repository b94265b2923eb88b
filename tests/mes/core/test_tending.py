"""A thread for each thing: none stops another, and none waits for a restart of the worker."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from mes.core import tending
from mes.core.database import Database
from mes.core.errors import NotFound
from mes.core.ids import new_id
from mes.core.tending import Rounds, Tending
from mes.core.text import Text

WAIT_SECONDS = 20


@pytest.fixture
def stop(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Ends what a test has begun; looks and pauses are short."""
    monkeypatch.setattr(tending, "AFTER_TROUBLE_SECONDS", 0.01)
    event = threading.Event()
    yield event
    event.set()


def test_one_that_fails_is_begun_anew_and_stops_no_other(database: Database, stop: threading.Event) -> None:
    sound, failing = new_id(), new_id()
    begun: list[UUID] = []
    enough = threading.Event()

    def tend(thing_id: UUID) -> None:
        begun.append(thing_id)
        if begun.count(failing) > 2:
            enough.set()
        if thing_id == failing:
            raise ValueError("trouble")
        stop.wait()

    loop = Tending("test", database, lambda _session: [sound, failing], tend, stop, look_seconds=0.01)
    loop.start()
    assert enough.wait(WAIT_SECONDS)
    stop.set()
    loop.join()
    assert begun.count(sound) == 1


def test_what_is_new_is_noticed_and_a_database_that_is_away_is_waited_for(
    database: Database, stop: threading.Event
) -> None:
    looks: list[int] = []
    tended = threading.Event()
    thing = new_id()

    def ids(_session: Session) -> list[UUID]:
        looks.append(len(looks))
        if len(looks) == 2:
            raise OperationalError("SELECT", {}, Exception("away"))
        return [thing] if len(looks) > 3 else []

    loop = Tending("test", database, ids, lambda _thing: tended.set(), stop, look_seconds=0.01)
    loop.start()
    assert tended.wait(WAIT_SECONDS)
    stop.set()
    loop.join()


def test_what_is_done_beside_is_done_at_each_look(database: Database, stop: threading.Event) -> None:
    done = threading.Semaphore(0)

    def tend(_thing: UUID) -> None:
        raise NotFound(Text("gone"))

    loop = Tending("test", database, lambda _s: [new_id()], tend, stop, look_seconds=0.01, beside=done.release)
    loop.start()
    assert all(done.acquire(timeout=WAIT_SECONDS) for _ in range(3))
    stop.set()
    loop.join()


def test_rounds_go_on_after_trouble_with_the_database_and_end_when_told() -> None:
    stop, done = threading.Event(), []

    def do() -> None:
        done.append(len(done))
        if len(done) == 1:
            raise OperationalError("look", {}, Exception("away"))
        stop.set()

    rounds = Rounds("test", 0.01, do, stop)
    rounds.start()
    rounds.join(5)
    assert done == [0, 1]
