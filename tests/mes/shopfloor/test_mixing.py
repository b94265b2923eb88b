"""The batching plant names a batch: its mix ticket is recorded, and the operator takes it with one tap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.ids import new_id
from mes.core.text import Text
from mes.machines.models import Machine
from mes.shopfloor import service
from mes.shopfloor.models import Casting, CastingBatch, Discrepancy
from tests.mes.shopfloor.plant import Floor, add_floor, create_floor


def with_batching_plant(floor: Floor) -> Floor:
    with floor.database.writing() as session:
        session.add(
            Machine(
                device="SL/batching",
                gateway="plant",
                line_code="SL",
                machine_class="batching-plant",
                state_since=floor.clock.now(),
                announced_at=floor.clock.now(),
            )
        )
    return floor


@pytest.fixture
def floor(any_database: Database, clock: SetClock) -> Floor:
    """A floor whose batching plant is announced and has been heard."""
    floor = with_batching_plant(create_floor(any_database, clock))
    mixed(floor, batch="SL-000011")
    return floor


def mixed(floor: Floor, **told: Any) -> None:
    floor.signal("batching", "idle", 0, **{"batch_m3": 1.7, "mix": "PHB-C30-02", **told})


def test_a_batch_that_the_plant_names_is_a_mix_ticket(floor: Floor) -> None:
    mixed(floor, batch="SL-000012")
    batches = {batch.batch_number: batch for batch in floor.rows(CastingBatch)}
    assert set(batches) == {"SL-000011", "SL-000012"}
    ticket = batches["SL-000012"]
    assert (ticket.concrete_grade, ticket.volume_m3, ticket.mix_code) == ("C30", 1.7, "PHB-C30-02")
    assert ticket.mixed_at == floor.clock.now()


def test_the_same_batch_told_again_is_recorded_once(floor: Floor) -> None:
    mixed(floor, batch="SL-000011", silo_t=40)
    assert len(floor.rows(CastingBatch)) == 1


def test_a_mix_without_a_grade_is_for_a_person(floor: Floor) -> None:
    mixed(floor, batch="SL-000012", mix="mortar")
    (found,) = floor.rows(Discrepancy)
    assert (found.kind, found.device) == ("mix", "SL/batching")
    assert "mortar" in str(Text.from_json(found.house_story["reason"]))
    assert len(floor.rows(CastingBatch)) == 1


def test_the_operator_takes_the_batch_in_the_hopper_with_one_tap(
    app: object, database: Database, clock: SetClock, client_as: Callable[..., FlaskClient]
) -> None:
    floor = with_batching_plant(add_floor(database, clock))
    mixed(floor, batch="SL-000012")
    floor.do(service.enter_next_load, service.EnterNextLoad(line_id=floor.load().line_id))
    floor.run_up_to("hidden-works")
    floor.start("hidden-works")
    floor.accept_hidden_works()
    floor.signal("casting", "idle", 0, batch="SL-000012")
    client = client_as("operator")
    page = client.get("/shopfloor/stations/SL-casting").text
    assert "Take batch SL-000012" in page
    form = {"command_id": str(new_id()), "load_id": str(floor.load().id), "code": "SL-000012"}
    assert client.post("/shopfloor/stations/SL-casting/batch", data=form).status_code == 303
    (casting,) = floor.rows(Casting)
    assert casting.load_id == floor.load().id
    assert "Take batch" not in client.get("/shopfloor/stations/SL-casting").text
