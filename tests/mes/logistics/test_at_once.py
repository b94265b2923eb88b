"""Two people at the same thing at the same moment: one wins, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.errors import Conflict, MesError
from tests.mes.logistics.stage import build_stage


def at_once(*tasks: Callable[[], object]) -> list[object]:
    """Run tasks at the same moment; the outcome of each is its answer or its error."""
    barrier = Barrier(len(tasks))

    def run(task: Callable[[], object]) -> object:
        barrier.wait(timeout=20)
        try:
            return task()
        except MesError as error:
            return error

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def test_two_receivers_answer_the_same_element(any_database: Database, clock: SetClock) -> None:
    stage = build_stage(any_database, clock, 2)
    delivery_id = stage.on_the_road(2)
    outcomes = at_once(
        lambda: stage.receive(delivery_id, 0, by=stage.receiver("王")),
        lambda: stage.reject(delivery_id, 0, by=stage.receiver("李")),
    )
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1
    assert stage.count_events("element.received") + stage.count_events("element.rejected_at_site") == 1
    assert stage.count_events("delivery.arrived") == 1
    assert sum(item.outcome is not None for item in stage.items(delivery_id)) == 1


def test_the_last_two_answers_at_once_complete_the_delivery_once(any_database: Database, clock: SetClock) -> None:
    stage = build_stage(any_database, clock, 2)
    delivery_id = stage.on_the_road(2)
    outcomes = at_once(
        lambda: stage.receive(delivery_id, 0, by=stage.receiver("王")).completed,
        lambda: stage.receive(delivery_id, 1, by=stage.receiver("李")).completed,
    )
    assert sorted(map(bool, outcomes)) == [False, True]
    assert stage.delivery(delivery_id).state == "completed"
    assert stage.count_events("delivery.completed") == 1


def test_the_last_place_of_a_slot_is_given_once(any_database: Database, clock: SetClock) -> None:
    stage = build_stage(any_database, clock, 2, stored=False)
    stage.slot("B-01", capacity=1)
    outcomes = at_once(lambda: stage.store(0, slot="B-01"), lambda: stage.store(1, slot="B-01"))
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1
    assert sorted(stage.element(index).state for index in range(2)) == ["accepted", "stored"]


def test_two_lorries_take_one_element_once(any_database: Database, clock: SetClock) -> None:
    stage = build_stage(any_database, clock, 1)
    first, second = stage.open(), stage.open()
    outcomes = at_once(lambda: stage.load(first, 0), lambda: stage.load(second, 0))
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1
    assert len(stage.items(first)) + len(stage.items(second)) == 1
