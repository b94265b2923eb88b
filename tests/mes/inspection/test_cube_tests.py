"""Cube tests: the set's value after GB/T 50081, demoulding released at 15 MPa, proof of the delivery strength."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import InvalidInput, NotFound
from mes.core.ids import new_id
from mes.inspection.queries import batch_tests, due_batches
from mes.inspection.schemas import CubeTestRecorded, RecordCubeTest
from mes.inspection.service import record_cube_test
from mes.ledger.queries import events_of
from mes.planning.models import PalletLoad
from tests.conftest import NOW, actor, create_plant
from tests.mes.inspection.stage import Stage, set_stage


@pytest.fixture
def stage(database: Database, clock: SetClock, plant: None, tmp_path: Path) -> Stage:
    return set_stage(database, clock, tmp_path)


@pytest.fixture
def any_stage(any_database: Database, clock: SetClock, tmp_path: Path) -> Stage:
    create_plant(any_database, clock)
    return set_stage(any_database, clock, tmp_path)


def record(stage: Stage, batch_id: object, strengths: list[float], **changes: Any) -> CubeTestRecorded:
    content = {"batch_id": batch_id, "condition": "same_condition", "strengths_mpa": strengths}
    command = RecordCubeTest.model_validate(content | changes)
    return perform(stage.database, actor("inspector"), stage.clock, record_cube_test, command)


def released_at(stage: Stage) -> datetime | None:
    with stage.database.reading() as session:
        return session.get_one(PalletLoad, stage.load_id).demould_released_at


def test_fifteen_megapascal_release_the_load_for_demoulding(any_stage: Stage) -> None:
    any_stage.to("curing")
    done = record(any_stage, any_stage.cast(), [15.0, 15.0, 15.0])
    assert (done.set_value_mpa, done.released_loads) == (15.0, [1])
    assert released_at(any_stage) == NOW
    with any_stage.database.reading() as session:
        event = events_of(session, "batch:B-1")[-1]
        assert event.kind == "element.strength_tested"
        assert event.content["data"]["cube_test"]["age_hours"] == 48
        assert len(event.content["elements"]) == 2


def test_a_little_less_does_not(stage: Stage) -> None:
    stage.to("curing")
    assert record(stage, stage.cast(), [14.9, 14.9, 14.9]).released_loads == []
    assert released_at(stage) is None


def test_a_load_of_two_batches_waits_for_both(stage: Stage) -> None:
    stage.to("curing")
    first, second = stage.cast("B-1"), stage.cast("B-2")
    assert record(stage, first, [20.0, 20.0, 20.0]).released_loads == []
    assert record(stage, second, [20.0, 20.0, 20.0]).released_loads == [1]


def test_cubes_from_the_water_bath_release_no_load(stage: Stage) -> None:
    # JGJ 1-2014 clause 11.3.6: cubes cured with the element; those kept at 20 °C say nothing of a night in the chamber
    stage.to("curing")
    batch_id = stage.cast()
    assert record(stage, batch_id, [31.0, 31.0, 31.0], condition="standard").released_loads == []
    assert released_at(stage) is None
    assert record(stage, batch_id, [16.0, 16.0, 16.0]).released_loads == [1]


def test_a_later_weak_set_takes_the_proof_back(stage: Stage) -> None:
    stage.to("curing")
    first, second = stage.cast("B-1"), stage.cast("B-2")
    record(stage, first, [20.0, 20.0, 20.0], tested_at=NOW - timedelta(hours=2))
    record(stage, first, [12.0, 12.0, 12.0], tested_at=NOW - timedelta(hours=1))
    assert record(stage, second, [20.0, 20.0, 20.0]).released_loads == []


def test_one_cube_far_away_leaves_the_middle_one(stage: Stage) -> None:
    # 30 ± 15 % is 25.5 … 34.5: 36 is beyond, 29 is not
    stage.to("curing")
    done = record(stage, stage.cast(), [29.0, 30.0, 36.0])
    assert (done.set_value_mpa, done.rule) == (30.0, "middle")


def test_an_invalid_set_is_kept_and_releases_nothing(any_stage: Stage) -> None:
    any_stage.to("curing")
    batch_id = any_stage.cast()
    done = record(any_stage, batch_id, [20.0, 30.0, 40.0])
    assert (done.set_value_mpa, done.rule, done.released_loads) == (None, "invalid", [])
    with any_stage.database.reading() as session:
        assert [test.strengths_mpa for test in batch_tests(session, batch_id)] == [[20.0, 30.0, 40.0]]


@pytest.mark.parametrize(
    ("strengths", "where"),
    [
        ([30.0, 30.0], "strengths_mpa"),
        ([30.0, -1.0, 30.0], "strengths_mpa[1]"),
        ([30.0, 30.0, 3000.0], "strengths_mpa[2]"),
    ],
)
def test_strengths_that_cannot_be_true_are_refused(stage: Stage, strengths: list[float], where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        record(stage, stage.cast(), strengths)
    assert [fault.where for fault in refused.value.faults] == [where]


@pytest.mark.parametrize("moment", [NOW - timedelta(days=3), NOW + timedelta(hours=1), NOW.replace(tzinfo=None)])
def test_the_time_of_a_test_lies_between_mixing_and_now_and_has_a_zone(stage: Stage, moment: datetime) -> None:
    with pytest.raises(InvalidInput) as refused:
        record(stage, stage.cast(), [30.0, 30.0, 30.0], tested_at=moment)
    assert [fault.where for fault in refused.value.faults] == ["tested_at"]


def test_a_batch_is_due_for_demoulding_then_for_delivery_then_no_more(any_stage: Stage) -> None:
    any_stage.to("curing")
    batch_id = any_stage.cast()

    def due() -> list[tuple[str, float]]:
        with any_stage.database.reading() as session:
            return [(one.stage, one.required_mpa) for one in due_batches(session, actor("inspector"))]

    assert due() == [("demoulding", 15.0)]
    record(any_stage, batch_id, [16.0, 16.0, 16.0], tested_at=NOW.astimezone(UTC) - timedelta(hours=3))
    assert due() == [("delivery", 22.5)]
    record(any_stage, batch_id, [30.0, 30.0, 30.0])
    assert due() == []


def test_an_unknown_batch_is_not_found(stage: Stage) -> None:
    with pytest.raises(NotFound):
        record(stage, new_id(), [30.0, 30.0, 30.0])
