"""The API of nonconformities: filters, roles, causes, letters, replacements."""

from __future__ import annotations

import io
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from tests.mes.inspection.stage import Stage, picture

Client = Callable[..., FlaskClient]
UNKNOWN = str(UUID(int=7))


@pytest.fixture
def number(stage: Stage, client_as: Client) -> str:
    """The id of a nonconformity of the first element, with its place."""
    stage.to("demoulded")
    place = {"face": "top", "x_mm": 120, "y_mm": 40}
    body = {"element_id": str(stage.element_ids[0]), "kind": "crack", "severity": "severe", "place": place}
    return str(client_as("operator").post("/api/v1/nonconformities", json=body).get_json()["nonconformity_id"])


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("open=true", 1),
        ("open=false", 0),
        ("stage=undecided&kind=crack&severity=severe&project=XM-01&line=SL", 1),
        ("stage=settled", 0),
        ("kind=damage", 0),
        ("line=XX", 0),
        ("from_day=2026-11-23&to_day=2026-11-23", 1),
        ("to_day=2026-11-22", 0),
    ],
)
def test_lists_are_filtered(number: str, client_as: Client, query: str, count: int) -> None:
    items = client_as("inspector").get(f"/api/v1/nonconformities?{query}").get_json()["items"]
    assert len(items) == count
    assert all(item["place"] == {"face": "top", "x_mm": 120, "y_mm": 40} for item in items)


@pytest.mark.parametrize("query", ["stage=lost", "from_day=soon", "severity=bad"])
def test_filters_that_cannot_be_understood_are_refused(number: str, client_as: Client, query: str) -> None:
    assert client_as("inspector").get(f"/api/v1/nonconformities?{query}").status_code == 422


def test_a_program_analyses_decides_and_replaces(number: str, stage: Stage, client_as: Client) -> None:
    manager = client_as("quality_manager")
    analysis = {"nonconformity_id": number, "cause": "mould", "whys": ["边模松动"], "cost_cny": 80.5}
    assert manager.post("/api/v1/nonconformity-analyses", json=analysis).status_code == 201
    for wrong in ({"cause": "luck"}, {"cost_cny": -1}, {"whys": ["?"] * 6}, {"nonconformity_id": UNKNOWN}):
        answer = manager.post("/api/v1/nonconformity-analyses", json={**analysis, **wrong})
        assert answer.status_code in (404, 422), wrong
    scrap = {"nonconformity_id": number, "disposition": "scrap", "reason": "无法修补"}
    assert client_as("inspector").post("/api/v1/dispositions", json=scrap).status_code == 403
    assert manager.post("/api/v1/dispositions", json=scrap).status_code == 201
    order = {"command_id": str(uuid4()), "nonconformity_id": number}
    made = manager.post("/api/v1/replacements", json=order)
    assert made.status_code == 201
    assert manager.post("/api/v1/replacements", json=order).get_json() == made.get_json()
    assert manager.post("/api/v1/replacements", json={"nonconformity_id": number}).status_code == 409
    row = manager.get(f"/api/v1/nonconformities/{number}").get_json()
    assert (row["cause"], row["cost_cny"], row["disposition"]) == ("mould", 80.5, "scrap")
    assert row["replacement_id"] == made.get_json()["replacement_id"]


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"%PDF-1.4 1 0 obj %%EOF", 201), (picture(), 201), (b"%PDF-1.4 cut", 422), (b"MZ", 422), (b"", 422)],
)
def test_a_letter_is_a_pdf_or_a_photo(client_as: Client, stage: Stage, content: bytes, status: int) -> None:
    form = {"letter": (io.BytesIO(content), "letter")}
    answer = client_as("quality_manager").post("/api/v1/consent-letters", data=form)
    assert answer.status_code == status
    assert client_as("inspector").post("/api/v1/consent-letters", data={}).status_code == 403


def test_a_photo_is_shown_to_those_of_its_project_only(stage: Stage, client_as: Client) -> None:
    stage.to("demoulded")
    photo = stage.photo(33)
    body = {"element_id": str(stage.element_ids[0]), "kind": "crack", "severity": "general", "photos": [photo]}
    assert client_as("operator").post("/api/v1/nonconformities", json=body).status_code == 201
    project = stage.element().project_id
    assert client_as("supervisor", project_ids=(project,)).get(f"/files/{photo}").status_code == 200
    assert client_as("supervisor", project_ids=(uuid4(),)).get(f"/files/{photo}").status_code == 404
