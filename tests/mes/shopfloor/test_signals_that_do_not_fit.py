"""Signals that contradict what the house knows: both stories are kept for a person, and nothing changes by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.text import Text
from mes.shopfloor import service
from mes.shopfloor.models import Casting, Discrepancy
from tests.mes.shopfloor.plant import KINDS, Floor, create_floor, reading

BEFORE_INSPECTION = KINDS[: KINDS.index("hidden-works")]


@pytest.fixture
def floor(any_database: Database, clock: SetClock) -> Floor:
    """One load that has entered on pallet 1."""
    floor = create_floor(any_database, clock)
    floor.do(service.enter_next_load, service.EnterNextLoad(line_id=floor.load().line_id))
    return floor


def work_on(floor: Floor, *kinds: str) -> None:
    for kind in kinds:
        floor.signal(kind, "execute", 1)
        floor.signal(kind, "complete", 1)
        floor.signal(kind, "idle", 0)


def at_the_spreader(floor: Floor, volume_m3: float = 3.0) -> None:
    """The load stands before the spreader, with batch B-1 assigned."""
    work_on(floor, *BEFORE_INSPECTION)
    floor.signal("hidden-works", "suspended", 1)
    floor.accept_hidden_works()
    floor.assign_batch(volume_m3=volume_m3)
    floor.signal("hidden-works", "idle", 0)


def kinds_of(floor: Floor) -> list[str]:
    return [found.kind for found in floor.rows(Discrepancy)]


# Finished before started


def test_a_machine_that_finished_what_it_had_not_started_is_not_believed(floor: Floor) -> None:
    floor.signal("cleaning", "idle", 0)
    floor.signal("cleaning", "complete", 1)
    assert kinds_of(floor) == ["finished_before_started"]
    assert floor.operation("cleaning").state == "waiting"
    assert floor.states() == {"scheduled"}


def test_its_counter_bears_witness_to_a_start_between_two_polls(floor: Floor) -> None:
    floor.signal("cleaning", "idle", 1, cycles=4)
    floor.signal("cleaning", "complete", 1, cycles=5)
    assert kinds_of(floor) == []
    assert (floor.operation("cleaning").state, floor.operation("cleaning").inferred) == ("done", True)


def test_what_began_while_the_machine_was_out_of_hearing_is_concluded(floor: Floor) -> None:
    floor.signal("cleaning", "idle", 0)
    floor.take([reading(floor.clock, "cleaning", point, None, "stale") for point in ("state", "pallet")])
    floor.signal("cleaning", "complete", 1)
    assert kinds_of(floor) == []
    assert (floor.operation("cleaning").state, floor.operation("cleaning").inferred) == ("done", True)


# Two stations claim one pallet


def test_a_pallet_on_which_another_machine_works_is_not_started_a_second_time(floor: Floor) -> None:
    floor.signal("cleaning", "execute", 1)
    floor.signal("plotting", "execute", 1)
    assert floor.operation("cleaning").state == "running"
    assert floor.operation("plotting").state == "waiting"
    assert kinds_of(floor) == []  # it may be on its way from one to the other


def test_a_claim_that_clears_lets_the_other_machine_begin(floor: Floor) -> None:
    floor.signal("cleaning", "execute", 1, cycles=4)
    floor.signal("plotting", "execute", 1)
    floor.signal("cleaning", "idle", 0, cycles=5)
    assert floor.operation("cleaning").state == "done"
    assert floor.operation("plotting").state == "running"
    assert kinds_of(floor) == []


def test_a_claim_that_lasts_becomes_an_item_with_both_stories(floor: Floor) -> None:
    floor.signal("cleaning", "execute", 1)
    floor.signal("plotting", "execute", 1)
    floor.signal("oiling", "idle", 0)
    floor.signal("oiling", "idle", 0, tank_percent=61)
    (found,) = floor.rows(Discrepancy)
    assert (found.kind, found.pallet) == ("two_claims", 1)
    assert found.machine_story["device"] == "SL/plotting"
    assert found.house_story["other_machine"]["device"] == "SL/cleaning"
    assert floor.operation("plotting").state == "waiting"


def test_a_machine_that_does_not_answer_claims_nothing(floor: Floor) -> None:
    floor.signal("cleaning", "execute", 1)
    floor.take([reading(floor.clock, "cleaning", point, None, "stale") for point in ("state", "pallet")])
    floor.signal("plotting", "execute", 1)
    floor.clock.advance(minutes=1)
    floor.signal("oiling", "idle", 0)
    assert floor.operation("plotting").state == "running"
    assert kinds_of(floor) == []


# What the spreader poured


def pour(floor: Floor, poured_m3: float, batch: str = "B-1", start_m3: float = 100.0) -> None:
    floor.signal("casting", "execute", 1, cycles=7, poured_m3=start_m3, batch=batch)
    end_m3 = round(start_m3 + poured_m3, 3)
    floor.signal("casting", "complete", 1, cycles=8, poured_m3=end_m3, batch=batch)
    floor.signal("casting", "idle", 0)


def test_the_volume_that_the_spreader_counted_takes_the_place_of_the_planned_one(floor: Floor) -> None:
    at_the_spreader(floor)
    (planned,) = floor.rows(Casting)
    pour(floor, 1.234)
    (casting,) = floor.rows(Casting)
    assert (casting.poured_m3, casting.measured) == (1.234, True)
    assert planned.poured_m3 != 1.234
    assert floor.operation("casting").state == "done"
    assert kinds_of(floor) == []


def test_a_counter_that_was_reset_still_tells_what_was_poured(floor: Floor) -> None:
    at_the_spreader(floor)
    floor.signal("casting", "execute", 1, cycles=7, poured_m3=100.0)
    floor.signal("casting", "complete", 1, cycles=8, poured_m3=1.1)
    (casting,) = floor.rows(Casting)
    assert casting.poured_m3 == 1.1


def test_another_batch_than_the_assigned_one_is_for_a_person(floor: Floor) -> None:
    at_the_spreader(floor)
    (before,) = floor.rows(Casting)
    pour(floor, 1.2, batch="B-77")
    assert kinds_of(floor) == ["other_batch"]
    (found,) = floor.rows(Discrepancy)
    assert found.machine_story["batch"] == "B-77"
    assert str(Text.from_json(found.house_story["reason"])) == "Assigned is B-1"
    (casting,) = floor.rows(Casting)
    assert (casting.poured_m3, casting.measured) == (before.poured_m3, False)


def test_more_than_the_batch_holds_is_for_a_person(floor: Floor) -> None:
    at_the_spreader(floor, volume_m3=1.5)
    pour(floor, 1.8)
    assert kinds_of(floor) == ["other_volume"]
    assert not floor.rows(Casting)[0].measured


def test_what_exceeds_the_batch_is_the_rest_of_the_one_before_in_the_hopper(
    any_database: Database, clock: SetClock
) -> None:
    floor = create_floor(any_database, clock, loads=2)
    floor.do(service.enter_next_load, service.EnterNextLoad(line_id=floor.load().line_id))
    at_the_spreader(floor, volume_m3=2.0)
    pour(floor, 1.4)
    floor.do(service.enter_next_load, service.EnterNextLoad(line_id=floor.load().line_id))
    for kind in BEFORE_INSPECTION:
        floor.signal(kind, "execute", 2)
        floor.signal(kind, "complete", 2)
        floor.signal(kind, "idle", 0)
    floor.signal("hidden-works", "suspended", 2)
    floor.accept_hidden_works(load=1)
    floor.assign_batch("B-2", load=1, volume_m3=1.2)
    floor.signal("hidden-works", "idle", 0)
    floor.signal("casting", "execute", 2, cycles=8, poured_m3=101.4, batch="B-2")
    floor.signal("casting", "complete", 2, cycles=9, poured_m3=102.9, batch="B-2")
    poured = sorted(c.poured_m3 for c in floor.rows(Casting) if c.load_id == floor.load_ids[1])
    assert poured == [pytest.approx(0.3), 1.2]
    assert kinds_of(floor) == []


def test_a_spreader_that_counts_nothing_leaves_the_plan_as_it_is(floor: Floor) -> None:
    at_the_spreader(floor)
    work_on(floor, "casting")
    (casting,) = floor.rows(Casting)
    assert not casting.measured
    assert floor.operation("casting").state == "done"
    assert floor.clock.now() - casting.at < timedelta(minutes=5)
