"""A command has its effect once, whoever sends it again, and two people at once cannot overwrite one another."""

from __future__ import annotations

from threading import Barrier, Thread
from uuid import UUID

import pytest
from sqlalchemy import func, select

from mes.core.clock import SetClock
from mes.core.commands import CommandRecord, Done, perform
from mes.core.database import Database
from mes.core.errors import CommandReused, Forbidden, MesError, StaleVersion
from mes.core.ids import new_id
from mes.ledger.queries import events_of
from mes.orders.models import Element
from mes.orders.service import HoldElement, hold_element
from tests.conftest import actor, create_plant
from tests.factories import create_order, elements_of


@pytest.fixture
def element(any_database: Database, clock: SetClock) -> Element:
    """A planned element."""
    create_plant(any_database, clock)
    return elements_of(any_database, create_order(any_database, clock))[0]


def hold(database: Database, clock: SetClock, command: HoldElement) -> Done:
    return perform(database, actor("planner"), clock, hold_element, command)


def test_a_repeated_command_gets_the_first_answer(any_database: Database, clock: SetClock, element: Element) -> None:
    command = HoldElement(element_id=element.id, reason="drawing missing")
    assert hold(any_database, clock, command) == hold(any_database, clock, command)
    with any_database.reading() as session:
        assert [e.kind for e in events_of(session, "element:1")] == ["element.created", "element.held"]


def test_a_command_id_cannot_be_used_for_something_else(
    any_database: Database, clock: SetClock, element: Element
) -> None:
    first = HoldElement(element_id=element.id, reason="drawing missing")
    hold(any_database, clock, first)
    with pytest.raises(CommandReused):
        hold(any_database, clock, HoldElement(command_id=first.command_id, element_id=element.id, reason="other"))


def test_a_refused_command_leaves_nothing_behind(any_database: Database, clock: SetClock, element: Element) -> None:
    command = HoldElement(element_id=element.id, reason="drawing missing")
    with pytest.raises(Forbidden):
        perform(any_database, actor("receiver"), clock, hold_element, command)
    with any_database.reading() as session:
        assert session.get(CommandRecord, command.command_id) is None
        assert session.get_one(Element, element.id).state == "planned"


def run_together(*calls: object) -> list[object]:
    """Start all calls at the same moment on threads of their own; their results or errors, in order."""
    barrier, results = Barrier(len(calls)), [None] * len(calls)

    def run(place: int) -> None:
        barrier.wait()
        try:
            results[place] = calls[place]()  # type: ignore[operator]
        except MesError as error:
            results[place] = error  # type: ignore[call-overload]

    threads = [Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(results)


def test_of_two_people_at_once_one_wins_and_the_other_is_told(
    any_database: Database, clock: SetClock, element: Element
) -> None:
    commands = [
        HoldElement(element_id=element.id, reason=f"reason {n}", expected_version=element.version) for n in (1, 2)
    ]
    results = run_together(*[lambda c=c: hold(any_database, clock, c) for c in commands])
    assert sorted(type(result).__name__ for result in results) == ["Done", "StaleVersion"]
    assert any(isinstance(result, StaleVersion) for result in results)
    with any_database.reading() as session:
        assert len(events_of(session, "element:1")) == 2


def test_the_same_command_on_two_threads_has_one_effect(
    any_database: Database, clock: SetClock, element: Element
) -> None:
    command_id: UUID = new_id()
    command = HoldElement(command_id=command_id, element_id=element.id, reason="drawing missing")
    results = run_together(*[lambda: hold(any_database, clock, command)] * 2)
    assert results[0] == results[1] == Done(id=element.id)
    with any_database.reading() as session:
        count = select(func.count()).select_from(CommandRecord).where(CommandRecord.command_id == command_id)
        assert session.scalar(count) == 1
        assert len(events_of(session, "element:1")) == 2
