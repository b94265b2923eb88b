"""The room's REST routes."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.ids import new_id
from tests.mes.logistics.stage import Stage, add_project, photo_bytes

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def stage(database: Database, clock: SetClock, plant: None) -> Stage:
    """Three certified slabs, in the application's database."""
    stage = add_project(database, clock, "XM-01", 3)
    stage.slot()
    return stage


def command(**fields: object) -> dict[str, object]:
    return {"command_id": str(new_id()), **fields}


def test_the_whole_way_by_program(client_as: SignIn, stage: Stage) -> None:
    operator, planner = client_as("operator"), client_as("planner")
    receiver = client_as("receiver", (stage.project_id,))
    for serial in (1, 2, 3):
        answer = operator.post("/api/v1/yard/store", json=command(serial=serial, slot_code="A-01"))
        assert answer.status_code == 200, answer.text
    assert operator.get("/api/v1/yard").json == {
        "slots": [{"code": "A-01", "kind": "flat", "capacity": 20, "serials": [1, 2, 3], "oldest_days": 0}]
    }
    number = planner.post(
        "/api/v1/deliveries",
        json=command(project_code="XM-01", planned_on="2026-11-24", vehicle_plate="闽D12345", driver_name="陈"),
    ).json["number"]
    for serial in (3, 1):
        operator.post(f"/api/v1/deliveries/{number}/load", json=command(serial=serial))
    assert operator.post(f"/api/v1/deliveries/{number}/depart", json=command()).json["element_count"] == 2
    assert receiver.post(f"/api/v1/deliveries/{number}/arrive", json=command()).status_code == 200
    received = receiver.post(f"/api/v1/deliveries/{number}/receive", json=command(serial=1)).json
    assert (received["answered"], received["total"]) == (1, 2)
    rejected = receiver.post(
        f"/api/v1/deliveries/{number}/reject",
        data=command(serial=3, reason_code="crack", words="裂缝", photos=(io.BytesIO(photo_bytes()), "a.jpg")),
        content_type="multipart/form-data",
    )
    assert rejected.json["completed"] is True
    delivery = receiver.get(f"/api/v1/deliveries/{number}").json
    assert delivery["state"] == "completed"
    assert [(item["serial"], item["outcome"]) for item in delivery["items"]] == [(3, "rejected"), (1, "accepted")]
    assert len(delivery["items"][0]["photos"]) == 1
    assert "driver_phone" not in delivery


def test_a_photo_may_be_named_by_its_digest(client_as: SignIn, stage: Stage) -> None:
    stage.store(0)
    delivery_id = stage.on_the_road(1)
    number = stage.delivery(delivery_id).number
    receiver = client_as("receiver", (stage.project_id,))
    facts = {"serial": 1, "reason_code": "other", "words": "标签脱落"}
    refused = receiver.post(f"/api/v1/deliveries/{number}/reject", data=command(**facts, photo_sha256="a" * 64))
    assert refused.status_code == 422
    assert refused.json["errors"][0]["where"] == "photos"
    accepted = receiver.post(f"/api/v1/deliveries/{number}/reject", data=command(**facts, photo_sha256="f" * 64))
    assert accepted.status_code == 200, accepted.text


def test_a_repeat_gets_the_first_answer(client_as: SignIn, stage: Stage) -> None:
    stage.store(0)
    number = stage.delivery(stage.on_the_road(1)).number
    receiver = client_as("receiver", (stage.project_id,))
    same = command(serial=1)
    answers = [receiver.post(f"/api/v1/deliveries/{number}/receive", json=same) for _ in range(2)]
    assert answers[0].json == answers[1].json
    assert stage.count_events("element.received") == 1


def test_a_receivers_list_holds_their_projects_only(
    client_as: SignIn, stage: Stage, database: Database, clock: SetClock
) -> None:
    other = add_project(database, clock, "XM-02", 1)
    own, foreign = stage.open(), other.open()
    receiver = client_as("receiver", (stage.project_id,))
    listed = receiver.get("/api/v1/deliveries").json["items"]
    assert [row["number"] for row in listed] == [stage.delivery(own).number]
    number = stage.delivery(foreign).number
    assert receiver.get(f"/api/v1/deliveries/{number}").status_code == 404
    missing = receiver.post(f"/api/v1/deliveries/{number}/receive", json=command(serial=1))
    assert missing.status_code == 404
    assert missing.json["detail"] == f"There is no delivery {number}"


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("operator", "deliveries/DN-1/receive"),
        ("receiver", "deliveries/DN-1/load"),
        ("inspector", "deliveries/DN-1/depart"),
        ("operator", "deliveries/DN-1/cancel"),
        ("receiver", "yard/store"),
        ("planner", "elements/1/install"),
    ],
)
def test_each_role_does_its_own(client_as: SignIn, stage: Stage, role: str, path: str) -> None:
    body = command(serial=1, slot_code="A-01", position="1")
    assert client_as(role).post(f"/api/v1/{path}", json=body).status_code == 403
    assert stage.element(0).state == "accepted"


def test_the_list_of_deliveries_goes_on_with_its_cursor(client_as: SignIn, stage: Stage) -> None:
    numbers = [stage.delivery(stage.open()).number for _ in range(3)]
    planner = client_as("planner")
    first = planner.get("/api/v1/deliveries?limit=2&state=loading").json
    second = planner.get("/api/v1/deliveries", query_string={"limit": 2, "cursor": first["next"]}).json
    assert [row["number"] for row in first["items"] + second["items"]] == numbers
    assert second["next"] is None
