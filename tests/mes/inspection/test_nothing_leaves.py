"""Nothing leaves the plant with an open nonconformity: not by loading, departure, gate or API, nor at one moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Conflict
from mes.core.ids import new_id
from mes.inspection.nonconformities import LeftThePlant, OpenNonconformity, open_numbers
from mes.logistics.gate.comparing import compare
from mes.logistics.gate.recognising import Recognised
from mes.logistics.models import Delivery, DeliveryItem
from mes.logistics.service import (
    AddYardSlot,
    Depart,
    LoadElement,
    OpenDelivery,
    StoreElement,
    UnloadElement,
    add_yard_slot,
    depart,
    load_element_on,
    open_delivery,
    store_element,
    unload,
)
from mes.orders.lifecycle import TransitionRefused
from mes.orders.models import Element
from mes.orders.service import HoldElement, ReleaseElement, hold_element, release_element
from tests.conftest import NOW, actor, create_plant
from tests.mes.inspection.reports import decide, report
from tests.mes.inspection.stage import Stage, needs_fonts, set_stage


@pytest.fixture
def any_stage(any_database: Database, clock: SetClock, tmp_path: Path) -> Stage:
    create_plant(any_database, clock)
    return set_stage(any_database, clock, tmp_path)


@dataclass
class Lorry:
    """A delivery of the stage's project, with plate and driver."""

    stage: Stage
    id: UUID

    def do(self, use: Any, command: Any, role: str = "planner") -> Any:
        return perform(self.stage.database, actor(role), self.stage.clock, use, command)

    def load(self, index: int = 0) -> None:
        self.do(load_element_on, LoadElement(delivery_id=self.id, element_id=self.stage.element_ids[index]))

    def depart(self) -> None:
        self.do(depart, Depart(delivery_id=self.id))


@pytest.fixture
def lorry(any_stage: Stage) -> Lorry:
    """Both elements accepted and in the yard, and a lorry to load."""
    any_stage.to("finished")
    any_stage.cubes(any_stage.cast(), 31.0, 32.0, 33.0)
    made = Lorry(any_stage, UUID(int=0))
    slot = AddYardSlot(code="A-01", kind="flat", capacity=9)
    made.do(add_yard_slot, slot)
    for index, element_id in enumerate(any_stage.element_ids):
        any_stage.record(any_stage.final(index))
        made.do(store_element, StoreElement(element_id=element_id, slot_code="A-01"))
    delivery = OpenDelivery(
        project_id=any_stage.element().project_id, planned_on=NOW.date(), vehicle_plate="闽D12345", driver_name="李师傅"
    )
    made.id = made.do(open_delivery, delivery).id
    return made


@needs_fonts
def test_a_reported_element_is_not_loaded(lorry: Lorry) -> None:
    report(lorry.stage)
    with pytest.raises(OpenNonconformity):
        lorry.load()
    assert lorry.stage.element().state == "nonconforming"


@needs_fonts
def test_an_element_reported_on_hold_is_not_loaded_once_it_is_released(lorry: Lorry) -> None:
    stage, held = lorry.stage, lorry.stage.element_ids[0]
    lorry.do(hold_element, HoldElement(element_id=held, reason="客户要求"))
    made = report(stage)
    assert made.element_state == "on_hold"
    lorry.do(release_element, ReleaseElement(element_id=held))
    assert stage.element().state == "stored"
    with pytest.raises(OpenNonconformity):
        lorry.load()
    assert decide(stage, made.nonconformity_id, "repair").element_state == "demoulded"


@needs_fonts
def test_a_report_on_the_lorry_stops_it_until_the_element_is_off(lorry: Lorry) -> None:
    stage = lorry.stage
    lorry.load(0)
    lorry.load(1)
    made = report(stage)
    assert made.element_state == "loaded"
    with pytest.raises(OpenNonconformity):
        lorry.depart()
    with pytest.raises(TransitionRefused):  # nobody decides while it lies there
        decide(stage, made.nonconformity_id, "repair")
    with stage.database.reading() as session:
        stands = compare(session, session.get_one(Delivery, lorry.id), Recognised())
        assert [one.stopped_by for one in stands.stopped] == [(made.number,)]
        assert not stands.is_complete
    lorry.do(unload, UnloadElement(delivery_id=lorry.id, element_id=stage.element_ids[0]))
    assert stage.element().state == "nonconforming"
    lorry.depart()
    assert (stage.element(0).state, stage.element(1).state) == ("nonconforming", "shipped")
    with pytest.raises(LeftThePlant):
        report(stage, 1)


@needs_fonts
def test_whichever_comes_first_of_report_and_departure_wins_wholly(lorry: Lorry) -> None:
    """Two people at once: either the lorry has left and the report is refused, or it is stopped."""
    lorry.load()
    outcomes: list[str] = []

    def try_it(name: str, act: Callable[[], object]) -> None:
        try:
            act()
        except Conflict as error:
            outcomes.append(f"{name}: {type(error).__name__}")
        else:
            outcomes.append(f"{name}: done")

    threads = [
        Thread(target=try_it, args=("report", lambda: report(lorry.stage))),
        Thread(target=try_it, args=("depart", lorry.depart)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with lorry.stage.database.reading() as session:
        is_open = bool(open_numbers(session, [lorry.stage.element_ids[0]]))
    assert (lorry.stage.element().state == "shipped") is not is_open, outcomes


def test_the_api_is_stopped_as_well(
    app: Flask, database: Database, clock: SetClock, tmp_path: Path, client_as: Callable[..., FlaskClient]
) -> None:
    stage = set_stage(database, clock, tmp_path)
    stage.to("loaded", 0)
    with database.writing() as session:
        project_id = session.get_one(Element, stage.element_ids[0]).project_id
        delivery = Delivery(
            id=new_id(),
            number="DN-1",
            sscc="006141410000000012",
            project_id=project_id,
            state="loading",
            planned_on=NOW.date(),
            vehicle_plate="闽D12345",
            driver_name="李",
            weight_limit_kg=30000,
            created_at=NOW,
        )
        session.add(delivery)
        session.flush()
        session.add(
            DeliveryItem(
                delivery_id=delivery.id,
                element_id=stage.element_ids[0],
                stack_order=1,
                loaded_at=NOW,
                loaded_from="A-01",
                certificate_number="HGZ-1",
                photos=[],
            )
        )
    made = client_as("operator").post(
        "/api/v1/nonconformities",
        json={"element_id": str(stage.element_ids[0]), "kind": "damage", "severity": "severe"},
    )
    assert (made.status_code, made.get_json()["element_state"]) == (201, "loaded")
    answer = client_as("planner").post("/api/v1/deliveries/DN-1/depart", json={"command_id": str(new_id())})
    assert answer.status_code == 409
    assert made.get_json()["number"] in answer.get_json()["detail"]
    assert stage.element().state == "loaded"
