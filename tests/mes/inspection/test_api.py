"""The API of inspection: what a program sends, reads back, and is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from quality import inspection_plan
from tests.mes.inspection.stage import Stage, picture

Client = Callable[..., FlaskClient]
UNKNOWN = str(UUID(int=7))


def test_a_program_inspects_and_reads_back(stage: Stage, client_as: Client) -> None:
    stage.to("in_setup")
    client = client_as("inspector")
    uploaded = client.post(
        "/api/v1/photos", data={"photos": [(io.BytesIO(picture(80)), "a.jpg"), (io.BytesIO(picture(81)), "b.jpg")]}
    )
    assert uploaded.status_code == 201
    photo = uploaded.get_json()["photos"][0]
    plan = inspection_plan("hidden_works", "composite_slab")
    body = {
        "command_id": str(uuid4()),
        "element_id": str(stage.element_ids[0]),
        "kind": "hidden_works",
        "answers": {item.id: "yes" for item in plan.items},
        "photos": [{"sha256": photo, "item": item.id} for item in plan.items if item.photo_required],
    }
    posted = client.post("/api/v1/inspections", json=body)
    assert posted.status_code == 201
    assert client.post("/api/v1/inspections", json=body).get_json() == posted.get_json()
    found = client.get("/api/v1/inspections", query_string={"kind": "hidden_works"}).get_json()
    assert [row["id"] for row in found["items"]] == [posted.get_json()["inspection_id"]]
    row = client.get(f"/api/v1/inspections/{posted.get_json()['inspection_id']}").get_json()
    assert row["verdict"] == "accepted"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"verdict": "accepted"}, 422),  # a verdict is never typed
        ({"press": {}}, 422),
        ({"kind": "wish"}, 422),
        ({"element_id": UNKNOWN}, 404),
        ({"measurements": [{"item": "length", "values": ["NaN"]}]}, 422),
        ({"measurements": [{"item": "beauty", "values": [1]}]}, 422),
        ({"measurements": [{"item": "length", "values": [34240]}]}, 422),
        ({"measurements": [{"item": "opening_position", "values": [[1, 2]]}]}, 422),
        ({"measurements": []}, 422),
        ({"photos": [{"sha256": "../../etc/passwd"}]}, 422),
        ({"photos": [{"sha256": "0" * 64}]}, 422),
        ({"expected_version": 99999}, 409),
    ],
)
def test_bad_inspections_are_refused_and_change_nothing(
    stage: Stage, client_as: Client, change: dict[str, Any], status: int
) -> None:
    stage.to("finished")
    body = {
        "element_id": str(stage.element_ids[0]),
        "kind": "final",
        "measurements": [{"item": "length", "values": [3450]}],
    }
    answer = client_as("inspector").post("/api/v1/inspections", json=body | change)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert stage.element().state == "finished"


def test_a_program_reports_and_decides(stage: Stage, client_as: Client) -> None:
    stage.to("demoulded")
    client = client_as("inspector")
    body = {"element_id": str(stage.element_ids[0]), "kind": "crack", "severity": "general"}
    made = client.post("/api/v1/nonconformities", json=body)
    assert made.status_code == 201
    assert len(client.get("/api/v1/nonconformities?open=true").get_json()["items"]) == 1
    decision = {
        "nonconformity_id": made.get_json()["nonconformity_id"],
        "disposition": "repair",
        "reason": "灌浆修补",
    }
    assert client.post("/api/v1/dispositions", json=decision).get_json()["element_state"] == "demoulded"
    assert client.get("/api/v1/nonconformities?open=true").get_json()["items"] == []


def test_lists_go_on_where_the_page_before_ended(stage: Stage, client_as: Client) -> None:
    stage.to("in_setup")
    for index in (0, 1):
        stage.record(stage.hidden_works(index))
    client = client_as("inspector")
    first = client.get("/api/v1/inspections?limit=1").get_json()
    second = client.get("/api/v1/inspections", query_string={"limit": 1, "cursor": first["next"]}).get_json()
    assert first["items"][0]["id"] != second["items"][0]["id"]
    assert second["next"] is None
    assert client.get("/api/v1/inspections?cursor=IngieCI").status_code == 422


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"<svg/>"])
def test_uploads_that_are_no_photos_are_refused(stage: Stage, client_as: Client, content: bytes) -> None:
    answer = client_as("inspector").post("/api/v1/photos", data={"photos": (io.BytesIO(content), "x.jpg")})
    assert answer.status_code == 422


def test_an_upload_without_photos_is_refused(stage: Stage, client_as: Client) -> None:
    assert client_as("inspector").post("/api/v1/photos", data={}).status_code == 422
