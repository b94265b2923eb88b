"""The API of papers: whose they are, the PDF as it was issued, issuing, and verifying by number and by file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.ids import new_id
from mes.logistics.models import Delivery
from mes.orders.models import Element
from tests.mes.inspection.papers import hidden_works_record
from tests.mes.inspection.stage import Stage, needs_fonts
from tests.mes.logistics.test_quality_file import inspected_load, made

pytestmark = needs_fonts
SignIn = Callable[..., FlaskClient]
BATCH = "B-2026-117"


@pytest.fixture
def load(app: Flask, database: Database, clock: SetClock) -> tuple[Stage, UUID]:
    stage, delivery_id = inspected_load(database, clock, app.extensions["mes_files"].folder.parent, 1)
    app.extensions["mes_files"] = stage.press.store
    return stage, delivery_id


@pytest.fixture
def element(load: tuple[Stage, UUID], database: Database) -> Element:
    with database.reading() as session:
        return session.get_one(Element, load[0].element_ids[0])


def get(client: FlaskClient, path: str, **query: object) -> tuple[int, dict[str, object]]:
    answer = client.get(f"/api/v1{path}", query_string=query)
    return answer.status_code, answer.json or {}


def numbers(client: FlaskClient, **query: object) -> list[str]:
    status, answer = get(client, "/papers", **query)
    assert status == 200, answer
    return [item["number"] for item in answer["items"]]  # type: ignore[index, attr-defined]


def test_papers_are_issued_listed_and_opened(element: Element, client_as: SignIn) -> None:
    client, wish = client_as("inspector"), {"command_id": str(new_id()), "serial": element.serial}
    first = client.post("/api/v1/papers/hidden-works", json=wish)
    again = client.post("/api/v1/papers/hidden-works", json=wish)
    assert (first.status_code, first.json) == (201, again.json)
    report = {"command_id": str(new_id()), "batch": BATCH}
    assert client.post("/api/v1/papers/strength-reports", json=report).json["number"] == "QDBG-P1-2026-000001"  # type: ignore[index]
    kinds = ("QDBG", "YBJL", "HGZ")
    assert sorted(numbers(client, serial=element.serial)) == sorted(f"{kind}-P1-2026-000001" for kind in kinds)
    assert numbers(client, batch=BATCH) == ["QDBG-P1-2026-000001"]
    for number in numbers(client, serial=element.serial):
        _, paper = get(client, f"/papers/{number}")
        pdf = client.get(f"/api/v1/papers/{number}/pdf")
        assert (pdf.mimetype, hashlib.sha256(pdf.data).hexdigest()) == ("application/pdf", paper["pdf_sha256"])


def test_anybody_verifies_a_paper_by_its_number_or_its_file(
    load: tuple[Stage, UUID], app: Flask, client_as: SignIn
) -> None:
    stage, stranger = load[0], app.test_client()
    paper = hidden_works_record(stage)
    _, by_number = get(stranger, "/papers/verify", number=paper.number.lower())
    _, by_file = get(stranger, "/papers/verify", sha256=paper.pdf_sha256.upper())
    _, forged = get(stranger, "/papers/verify", number=paper.number, sha256="0" * 64)
    assert (by_number["valid"], by_number["file_matches"], by_file["number"]) == (True, None, paper.number)
    assert (by_file["file_matches"], forged["file_matches"]) == (True, False)
    assert "王质检" not in str(by_number)
    unknown = [{"number": "YBJL-P1-2026-000009"}, {"sha256": "0" * 64}, {"sha256": "x"}, {}]
    assert [get(stranger, "/papers/verify", **query)[0] for query in unknown] == [404, 404, 422, 422]


def test_papers_of_other_projects_are_not_there(load: tuple[Stage, UUID], element: Element, client_as: SignIn) -> None:
    paper = hidden_works_record(load[0])
    certificate = "HGZ-P1-2026-000001"
    own, other = client_as("receiver", (element.project_id,)), client_as("receiver", (new_id(),))
    asked = [f"/papers/{number}{what}" for number in (paper.number, certificate) for what in ("", "/pdf")]
    asked += [f"/papers?serial={element.serial}", f"/papers?batch={BATCH}"]
    assert [own.get(f"/api/v1{path}").status_code for path in asked] == [200] * 6
    assert [other.get(f"/api/v1{path}").status_code for path in asked] == [404] * 6
    limited = client_as("inspector", (new_id(),))
    wishes = {"hidden-works": {"serial": element.serial}, "strength-reports": {"batch": BATCH}}
    for kind, wish in wishes.items():
        body = {"command_id": str(new_id()), **wish}
        assert limited.post(f"/api/v1/papers/{kind}", json=body).status_code == 404
        assert own.post(f"/api/v1/papers/{kind}", json=body).status_code == 403


def test_a_delivery_tells_its_papers_what_is_missing_and_its_file(
    load: tuple[Stage, UUID], database: Database, client_as: SignIn
) -> None:
    stage, delivery_id = load
    with database.reading() as session:
        number = session.get_one(Delivery, delivery_id).number
    client, path = client_as("inspector"), f"/deliveries/{number}/papers"
    _, before = get(client, path)
    assert before["file"] is None
    assert [one["kind"] for one in before["missing"]] == ["strength", "hidden_works"]  # type: ignore[attr-defined]
    wish = {"command_id": str(new_id())}
    asked = client.post(f"/api/v1{path}", json=wish)
    assert (asked.status_code, asked.json) == (202, client.post(f"/api/v1{path}", json=wish).json)
    made(stage, delivery_id)
    _, after = get(client, path)
    assert after["file"]["number"] == "ZLWJ-P1-2026-000001"  # type: ignore[index]
    assert (len(after["papers"]), after["missing"], after["is_outdated"]) == (3, [], False)  # type: ignore[arg-type]
    assert after["job"]["state"] == "done"  # type: ignore[index]
    assert client_as("receiver", (new_id(),)).get(f"/api/v1{path}").status_code == 404
