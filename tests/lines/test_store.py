"""The store-and-forward queue."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from uuid import UUID

import pytest

from lines import Store

WRITER = """
import sys
from lines import Store
store = Store(sys.argv[1])
number = 0
while True:
    print(store.append({"number": number}), flush=True)
    number += 1
"""


def open_store(folder: Path, capacity: int = 100) -> Store:
    return Store(folder / "queue.sqlite", capacity)


def test_messages_wait_in_order_until_they_are_acknowledged(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    ids = [store.append({"value": number}) for number in range(3)]
    assert [message.id for message in store.pending()] == ids
    store.acknowledge(ids[:2])
    assert [message.body for message in store.pending()] == [{"value": 2}]
    assert len(store) == 1
    store.close()


def test_pending_gives_no_more_than_asked_for(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    ids = [store.append({}) for _ in range(5)]
    assert [message.id for message in store.pending(2)] == ids[:2]
    store.close()


def test_messages_outlive_the_store(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    message_id = store.append({"名": "墙板"})
    store.close()
    again = open_store(tmp_path)
    assert [(message.id, message.body) for message in again.pending()] == [(message_id, {"名": "墙板"})]
    assert len(again) == 1
    again.close()


def test_a_repeated_id_changes_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.append({"first": 1}, "same")
    store.append({"second": 2}, "same")
    assert [message.body for message in store.pending()] == [{"first": 1}]
    assert len(store) == 1
    store.close()


def test_the_oldest_give_way_when_the_store_is_full_and_are_counted(tmp_path: Path) -> None:
    store = open_store(tmp_path, capacity=3)
    for number in range(5):
        store.append({"value": number})
    assert [message.body["value"] for message in store.pending()] == [2, 3, 4]
    store.close()
    again = open_store(tmp_path, capacity=3)
    assert (again.dropped, len(again)) == (2, 3)
    again.close()


def test_what_is_not_json_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with pytest.raises(ValueError, match="JSON"):
        store.append({"value": float("nan")})
    assert store.pending() == []
    store.close()


def test_several_threads_may_append(tmp_path: Path) -> None:
    store = open_store(tmp_path, capacity=1000)
    threads = [threading.Thread(target=lambda: [store.append({}) for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.pending(1000)) == len(store) == 200
    store.close()


def test_every_appended_message_survives_kill_9_of_the_writer(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        appended = [writer.stdout.readline().strip() for _ in range(200)]
        os.kill(writer.pid, signal.SIGKILL)
        appended += writer.stdout.read().split()
    store = Store(path)
    waiting = [message.id for message in store.pending(100_000)]
    # One more may be on disk whose id was not printed any more.
    assert waiting[: len(appended)] == appended
    assert len(waiting) <= len(appended) + 1
    store.close()


def test_many_messages_are_taken_in_their_order_with_rising_ids(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    first = store.append_many([{"value": number} for number in range(5)])
    second = store.append_many([{"value": 5}])
    assert [message.body["value"] for message in store.pending()] == list(range(6))
    assert [message.id for message in store.pending()] == first + second
    assert len({UUID(message_id) for message_id in first}) == 5
    assert sorted(first) == first
    assert {UUID(message_id).version for message_id in first} == {7}
    store.close()


def test_of_many_messages_all_or_none_are_taken(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with pytest.raises(ValueError, match="JSON"):
        store.append_many([{"value": 1}, {"value": float("inf")}])
    assert (store.pending(), len(store)) == ([], 0)
    assert store.append_many([]) == []
    store.close()


def test_of_more_messages_than_there_is_room_the_newest_are_kept(tmp_path: Path) -> None:
    store = open_store(tmp_path, capacity=3)
    store.append_many([{"value": number} for number in range(8)])
    assert [message.body["value"] for message in store.pending()] == [5, 6, 7]
    assert (store.dropped, len(store)) == (5, 3)
    store.close()
