"""The yard: slots, their capacity, storing and moving."""

from __future__ import annotations

import pytest

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Conflict, Forbidden, NotFound
from mes.ledger.queries import events_of
from mes.logistics import service
from mes.logistics.models import YardPlace
from mes.orders.lifecycle import TransitionRefused
from mes.orders.service import HoldElement, hold_element
from tests.conftest import actor
from tests.mes.logistics.stage import Stage, build_stage


@pytest.fixture
def stage(database: Database, clock: SetClock) -> Stage:
    """Four accepted slabs beside the yard."""
    return build_stage(database, clock, stored=False)


def place(stage: Stage, index: int) -> str:
    with stage.database.reading() as session:
        return session.get_one(YardPlace, stage.elements[index].id).slot.code


def move(stage: Stage, index: int, slot: str) -> None:
    command = service.MoveElement(element_id=stage.elements[index].id, slot_code=slot)
    perform(stage.database, stage.operator, stage.clock, service.move_element, command)


def test_an_accepted_element_goes_into_a_slot(stage: Stage) -> None:
    stage.store(0, slot=" a-01 ")
    assert stage.element(0).state == "stored"
    assert place(stage, 0) == "A-01"
    with stage.database.reading() as session:
        assert events_of(session, "element:1")[-1].content["where"] == {"yard_slot": "A-01"}


def test_a_full_slot_takes_no_more(stage: Stage) -> None:
    stage.slot("B-01", capacity=2)
    stage.store(0, 1, slot="B-01")
    with pytest.raises(service.SlotFull, match="holds 2 elements"):
        stage.store(2, slot="B-01")
    assert stage.element(2).state == "accepted"


def test_an_element_is_stored_once(stage: Stage) -> None:
    stage.store(0)
    with pytest.raises(TransitionRefused):
        stage.store(0)


def test_moving_frees_the_old_place(stage: Stage) -> None:
    stage.slot("B-01", capacity=1)
    stage.slot("B-02", capacity=1)
    stage.store(0, slot="B-01")
    move(stage, 0, "B-02")
    stage.store(1, slot="B-01")
    assert (place(stage, 0), place(stage, 1)) == ("B-02", "B-01")
    assert stage.kinds("element:1")[-1] == "element.moved"


def test_a_held_element_keeps_its_place_and_can_be_moved(stage: Stage) -> None:
    stage.slot("B-01", capacity=1)
    stage.store(0, slot="B-01")
    hold = HoldElement(element_id=stage.elements[0].id, reason="label torn")
    perform(stage.database, stage.planner, stage.clock, hold_element, hold)
    with pytest.raises(service.SlotFull):
        stage.store(1, slot="B-01")
    move(stage, 0, "A-01")
    assert place(stage, 0) == "A-01"


def test_what_is_not_in_the_yard_cannot_be_moved(stage: Stage) -> None:
    with pytest.raises(Conflict, match="not in the yard"):
        move(stage, 0, "A-01")


def test_moving_to_the_same_slot_says_so(stage: Stage) -> None:
    stage.store(0)
    with pytest.raises(Conflict, match="is in A-01 already"):
        move(stage, 0, "A-01")


def test_an_unknown_slot_is_named(stage: Stage) -> None:
    with pytest.raises(NotFound, match="Z-99"):
        stage.store(0, slot="Z-99")


def test_a_slot_code_is_given_once(stage: Stage) -> None:
    with pytest.raises(Conflict, match="A-01"):
        stage.slot("A-01")


def test_a_receiver_does_not_store(stage: Stage) -> None:
    command = service.StoreElement(element_id=stage.elements[0].id, slot_code="A-01")
    with pytest.raises(Forbidden):
        perform(stage.database, actor("receiver"), stage.clock, service.store_element, command)
