"""A tag is on one thing at a time, a thing wears one tag at a time, and what was stays in the records."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Conflict, Forbidden, InvalidInput
from mes.core.ids import new_id
from mes.identity.service import (
    BindTag,
    EpcTaken,
    NoSuchThing,
    ReplaceTag,
    TagTaken,
    WearsNone,
    WearsTag,
    bind_tag,
    replace_tag,
)
from tests.conftest import actor, create_plant
from tests.mes.identity.tagged import NOBODYS_EPC, OTHER_TID, THIRD_TID, TID, Tagging, build_tagging


@pytest.fixture
def tagging(database: Database, clock: SetClock, plant: None) -> Tagging:
    return build_tagging(database, clock)


def test_a_tag_is_bound_by_its_tid_with_the_epc_as_read(tagging: Tagging) -> None:
    epc = tagging.elements[0].epc_hex
    bound = tagging.bind(tid="e280 1160 6000 0209 7ab0 0001", epc=epc.lower(), verified=True)
    assert (bound.tid, bound.epc_hex, bound.verified) == (TID, epc, True)
    [event] = tagging.events()
    assert event.kind == "tag.bound"
    assert (event.content["data"]["tid"], event.content["data"]["epc_hex"]) == (TID, epc)
    assert event.content["data"]["thing"]["number"] == str(tagging.elements[0].serial)


def test_the_same_command_again_gives_the_first_answer(tagging: Tagging) -> None:
    command_id = new_id()
    assert tagging.bind(command_id=command_id) == tagging.bind(command_id=command_id)
    assert len(tagging.events()) == 1


def test_the_same_tag_on_the_same_thing_changes_nothing(tagging: Tagging) -> None:
    assert tagging.bind().id == tagging.bind().id
    assert len(tagging.events()) == 1


def test_a_tag_that_is_on_another_thing_is_refused_and_the_thing_named(tagging: Tagging) -> None:
    tagging.bind(0)
    with pytest.raises(TagTaken, match=str(tagging.elements[0].serial)):
        tagging.bind(1, TID)
    assert not tagging.tags(1)
    assert not tagging.events(1)


def test_an_epc_of_another_thing_is_refused_and_the_thing_named(tagging: Tagging) -> None:
    with pytest.raises(EpcTaken, match=str(tagging.elements[1].serial)):
        tagging.bind(0, TID, tagging.elements[1].epc_hex)
    assert not tagging.tags(0)


def test_an_epc_that_a_tag_of_another_thing_holds_is_refused(tagging: Tagging) -> None:
    tagging.bind(0, TID, NOBODYS_EPC)
    with pytest.raises(EpcTaken, match=str(tagging.elements[0].serial)):
        tagging.bind(1, OTHER_TID, NOBODYS_EPC)


def test_a_thing_that_wears_a_tag_is_not_given_a_second(tagging: Tagging) -> None:
    tagging.bind()
    with pytest.raises(WearsTag, match=TID):
        tagging.bind(tid=OTHER_TID)
    assert len(tagging.tags()) == 1


def test_a_tag_that_was_written_anew_stays_with_the_new_epc(tagging: Tagging) -> None:
    tagging.bind(epc=NOBODYS_EPC)
    tagging.bind(verified=True)
    before, now = tagging.tags()
    assert (before.end_reason, before.epc_hex) == ("rewritten", NOBODYS_EPC)
    assert (now.tid, now.epc_hex, now.ended_at) == (TID, tagging.elements[0].epc_hex, None)
    assert tagging.events()[-1].content["data"]["previous_epc_hex"] == NOBODYS_EPC


def test_a_replaced_tag_ends_with_its_reason_and_the_epc_goes_onto_the_new_one(tagging: Tagging) -> None:
    tagging.bind()
    tagging.clock.advance(days=3)
    tagging.replace(reason="broken")
    before, now = tagging.tags()
    assert (before.tid, before.end_reason, before.ended_at) == (TID, "broken", tagging.clock.now())
    assert (now.tid, now.ended_at, now.epc_hex) == (OTHER_TID, None, before.epc_hex)
    data = tagging.events()[-1].content["data"]
    assert (data["tid"], data["replaced_tid"], data["reason_code"]) == (OTHER_TID, TID, "broken")


def test_only_a_tag_that_is_there_can_be_replaced(tagging: Tagging) -> None:
    with pytest.raises(WearsNone):
        tagging.replace()
    tagging.bind()
    with pytest.raises(TagTaken, match="very tag"):
        tagging.replace(tid=TID)
    with pytest.raises(InvalidInput, match="no reason"):
        tagging.replace(reason="bored")
    assert len(tagging.tags()) == 1
    assert tagging.tags()[0].ended_at is None


def test_an_ended_tag_can_go_onto_another_thing(tagging: Tagging) -> None:
    tagging.bind(0)
    tagging.end(0, "wrong")
    tagging.bind(1, TID)
    assert tagging.tags(0)[0].end_reason == "wrong"
    assert tagging.tags(1)[0].ended_at is None
    assert [event.kind for event in tagging.events(0)] == ["tag.bound", "tag.ended"]


@pytest.mark.parametrize(
    ("tid", "reason"),
    [("", "digits"), ("E280 11", "words of four"), ("hello world", "only the digits"), ("E280" * 20, "80 digits")],
)
def test_a_tid_that_cannot_be_one_is_refused(tagging: Tagging, tid: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        tagging.bind(tid=tid)
    assert not tagging.tags()


def test_those_who_may_not_see_a_thing_cannot_tell_it_from_none(tagging: Tagging) -> None:
    stranger = actor("operator", project_ids=frozenset({tagging.elements[0].project_id}))
    tagging.by = stranger
    command = BindTag(subject=f"element:{tagging.foreign.serial}", tid=TID, epc_hex=tagging.foreign.epc_hex)
    with pytest.raises(NoSuchThing):
        perform(tagging.database, stranger, tagging.clock, bind_tag, command)
    perform(tagging.database, actor("operator"), tagging.clock, bind_tag, command)
    with pytest.raises(TagTaken, match="another thing"):
        tagging.bind(0, TID)


@pytest.mark.parametrize("role", ["receiver", "supervisor", "admin", "gateway"])
def test_others_may_not_bind_and_nothing_changes(tagging: Tagging, role: str) -> None:
    tagging.by = actor(role)
    with pytest.raises(Forbidden):
        tagging.bind()
    assert not tagging.tags()


def test_of_two_people_with_one_tag_at_the_same_time_one_is_told(any_database: Database, clock: SetClock) -> None:
    create_plant(any_database, clock)
    tagging = build_tagging(any_database, clock, 4)
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def bind(index: int) -> None:
        start.wait()
        try:
            tagging.bind(index, TID)
            outcomes.append("bound")
        except Conflict:
            outcomes.append("told")

    _together([lambda index=index: bind(index) for index in range(4)])  # type: ignore[misc]
    assert sorted(outcomes) == ["bound", "told", "told", "told"]
    assert sum(len(tagging.tags(index)) for index in range(4)) == 1


def test_a_thing_keeps_one_tag_when_it_is_replaced_twice_at_once(any_database: Database, clock: SetClock) -> None:
    create_plant(any_database, clock)
    tagging = build_tagging(any_database, clock, 1)
    tagging.bind()
    start = threading.Barrier(2)

    def replace(tid: str) -> None:
        start.wait()
        command = ReplaceTag(subject=tagging.subject(), tid=tid, epc_hex=tagging.elements[0].epc_hex, reason="misread")
        perform(any_database, tagging.by, clock, replace_tag, command)

    _together([lambda: replace(OTHER_TID), lambda: replace(THIRD_TID)])
    assert sum(tag.ended_at is None for tag in tagging.tags()) == 1
    assert len(tagging.tags()) == 3


def _together(works: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
