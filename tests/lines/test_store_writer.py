"""Readings on their way to the store."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lines import Quality, Reading, Store, StoreWriter

WRITER = """
import sys, time
from datetime import UTC, datetime
from lines import Quality, Reading, Store, StoreWriter
number = 0
store = Store(sys.argv[1])
with StoreWriter(store) as writer:
    while True:
        now = datetime.now(UTC)
        writer.keep([Reading("A", f"p{n}", number, None, Quality.GOOD, now) for n in range(10)])
        number += 1
        print(len(store), flush=True)
        time.sleep(0.001)
"""


def poll(number: int, points: int = 3) -> list[Reading]:
    time = datetime(2026, 11, 23, tzinfo=UTC)
    return [Reading("A", f"p{n}", number, None, Quality.GOOD, time) for n in range(points)]


def values(store: Store) -> list[object]:
    return [message.body["value"] for message in store.pending(100_000)]


def wait_until(condition: object) -> None:
    ends = time.monotonic() + 10
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_readings_are_on_disk_in_their_order_when_the_writer_has_ended(tmp_path: Path) -> None:
    store = Store(tmp_path / "queue.sqlite")
    with StoreWriter(store) as writer:
        for number in range(100):
            writer.keep(poll(number))
    assert values(store) == [number for number in range(100) for _ in range(3)]
    store.close()


def test_other_messages_keep_their_place_among_the_readings(tmp_path: Path) -> None:
    store = Store(tmp_path / "queue.sqlite")
    with StoreWriter(store) as writer:
        writer.keep(poll(1, points=1))
        writer.keep([{"value": "failed"}])
        writer.keep(poll(2, points=1))
    assert values(store) == [1, "failed", 2]
    store.close()


def test_a_reading_does_not_wait_for_the_next_one(tmp_path: Path) -> None:
    store = Store(tmp_path / "queue.sqlite")
    with StoreWriter(store) as writer:
        writer.keep(poll(1))
        wait_until(lambda: len(store) == 3)
    store.close()


def test_while_the_disk_takes_nothing_the_newest_wait_and_then_arrive(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lines.store_writer.RETRY_SECONDS", 0.02)
    path = tmp_path / "queue.sqlite"
    store = Store(path)
    blocker = sqlite3.connect(path)
    # A table that is gone is as a disk that takes nothing, and can be undone.
    blocker.execute("ALTER TABLE message RENAME TO hidden")
    blocker.commit()
    with StoreWriter(store, most_waiting=6) as writer:
        writer.keep(poll(0))
        wait_until(lambda: "cannot be kept on disk" in caplog.text)
        for number in (1, 2):
            writer.keep(poll(number))
        blocker.execute("ALTER TABLE hidden RENAME TO message")
        blocker.commit()
        wait_until(lambda: len(store) == 6)
    blocker.close()
    assert values(store) == [1, 1, 1, 2, 2, 2]
    assert writer.lost == 3
    assert caplog.text.count("cannot be kept on disk") == 1
    assert "kept on disk again; 3 were lost" in caplog.text
    store.close()


@pytest.mark.parametrize("value", [float("inf"), "half a character: \ud800", object()])
def test_a_reading_that_cannot_be_written_down_keeps_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, value: Any
) -> None:
    store = Store(tmp_path / "queue.sqlite")
    with StoreWriter(store) as writer:
        writer.keep([*poll(1), {"value": value}, *poll(2)])
        wait_until(lambda: len(store) == 6)
    assert values(store) == [1, 1, 1, 2, 2, 2]
    assert writer.lost == 1
    assert "1 readings cannot be written down" in caplog.text
    store.close()


def test_a_poll_is_on_disk_whole_or_not_at_all_when_the_process_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(300)]
        os.kill(writer.pid, signal.SIGKILL)
    store = Store(path)
    found = values(store)
    assert told[-1] > 0
    assert len(found) >= told[-1]
    assert found == [number for number in range(len(found) // 10) for _ in range(10)]
    store.close()
