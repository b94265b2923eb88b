"""The pages and the API: a scan fills the question, the answer is a picture, a list, a proof, and files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from mes.accounts.service import the_plant
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.ids import new_id
from mes.core.jobs import prepare_job_tables
from mes.identity.naming import naming_of
from mes.orders.models import Element, Project
from tests.mes.recall.stage import Stage, add_slot, build_stage

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def stage(app: Flask, database: Database, clock: SetClock) -> Stage:
    made = build_stage(database, clock, with_plant=False)
    made.to("stored", 1)
    add_slot(database, made.floor.element_ids[0])
    return made


def test_a_scan_fills_the_question(stage: Stage, client_as: SignIn) -> None:
    client = client_as("planner")

    def led_to(code: str, **before: str) -> str:
        answer = client.get("/recall", query_string={"scan": code, **before})
        return answer.headers.get("Location", answer.text)

    assert led_to("(10)SN-1") == led_to("sn-1") == "/recall?lot=cement/SN-1"
    assert led_to("B-3", lot="cement/SN-1") == "/recall?lot=cement/SN-1&batch=B-3"
    with stage.database.reading() as session:
        key = naming_of(the_plant(session)).mould("M-1")
    assert led_to("".join(f"({ai}){value}" for ai, value in key.items())) == "/recall?mould=M-1"
    serial = stage.serials(1)[0]
    with stage.database.reading() as session:
        link = session.scalars(select(Element.digital_link).where(Element.serial == serial)).one()
    assert led_to(link) == f"/recall/elements/{serial}"
    assert all(told in led_to("1") for told in ("can be several things", "Pallet: 1", "Element: Element 1"))
    assert "Nothing here is known" in led_to("no such thing")


def test_the_answer_shows_how_many_where_and_which(stage: Stage, client_as: SignIn) -> None:
    client = client_as("planner")
    page = client.get("/recall?lot=cement/SN-1").text
    for told in (">4<", "elements of 2 loads", "Yard slot A-01", "Record this recall", 'class="state-curing"'):
        assert told in page
    assert all(str(serial) in page for serial in stage.serials(1, 2))
    assert not any(f"/elements/{serial}" in page for serial in stage.serials(3, 4))
    narrowed = client.get("/recall?lot=cement/SN-1&state=stored").text
    assert [f"/elements/{serial}" in narrowed for serial in stage.serials(1, 2)] == [True, True, False, False]
    proof = client.get("/recall/proof?lot=cement/SN-1").text
    assert "in 2 batches poured into 2 loads" in proof
    assert "1 loads of this time were cast of a batch that has no lot of Cement noted" in proof


def test_what_is_wrong_is_told_on_the_page(stage: Stage, client_as: SignIn) -> None:
    client = client_as("planner")
    assert "Material lot XX is not known here" in client.get("/recall?lot=XX").text
    assert "This is no time" in client.get("/recall?begins=soon").text
    assert "must begin before it ends" in client.get("/recall?begins=2026-11-02T00:00&ends=2026-11-01T00:00").text


def test_files_hold_every_element_and_calculate_nothing(stage: Stage, client_as: SignIn) -> None:
    with stage.database.writing() as session:
        session.execute(update(Element).values(mark="=1+1"))
    client = client_as("planner")
    answer = client.get("/recall/elements.csv?lot=cement/SN-1")
    assert answer.text.startswith("\ufeffSerial,")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [int(row["Serial"]) for row in rows] == stage.serials(1, 2)
    assert {row["Mark"] for row in rows} == {"'=1+1"}
    assert rows[0]["Where it is now"] == "Yard slot A-01"
    book = openpyxl.load_workbook(io.BytesIO(client.get("/recall/elements.xlsx?lot=cement/SN-1").data))
    elements, searched = book.worksheets
    assert [row[0] for row in elements.iter_rows(min_row=2, values_only=True)] == stage.serials(1, 2)
    told = dict(searched.iter_rows(values_only=True))
    assert told["Elements found"] == 4
    assert "no lot of Cement" in told["Gap"]
    assert client_as("supervisor").get("/recall/elements.csv?lot=cement/SN-1").status_code == 403


def test_a_recall_is_recorded_and_held_from_its_page(stage: Stage, client_as: SignIn) -> None:
    prepare_job_tables(stage.database)
    client = client_as("planner")
    form = {"command_id": str(new_id()), "lot": "cement/SN-1", "reason": "安定性不合格"}
    page = client.post("/recalls", data=form, follow_redirects=True)
    assert "ZH-P1-2026-0001" in page.text
    assert "the same elements today" in page.text
    assert "Put 2 elements on hold" in page.text
    assert "2 are being cured" in page.text
    held = client.post("/recalls/ZH-P1-2026-0001/hold", data={"command_id": str(new_id())}, follow_redirects=True)
    assert "being put on hold" in held.text
    assert "安定性不合格" in client.get("/recalls").text
    with stage.database.writing() as session:  # another load turns out to be of the same cement
        from mes.shopfloor.models import BatchMaterial, CastingBatch

        batch = session.query(CastingBatch).where(CastingBatch.batch_number == "B-4").one()
        lot_id, now = stage.lots["SN-1"].id, stage.clock.now()
        session.add(BatchMaterial(lot_id=lot_id, batch_id=batch.id, noted_at=now, noted_by="operator"))
    assert "other elements today" in client.get("/recalls/ZH-P1-2026-0001").text
    assert client.get("/recalls/ZH-P1-2026-0404").status_code == 404


def test_an_element_tells_what_it_was_made_of(stage: Stage, client_as: SignIn) -> None:
    client = client_as("inspector")
    first, last = stage.serials(1)[0], stage.serials(4)[0]
    page = client.get(f"/recall/elements/{first}").text
    for told in ("SN-1", "WP-1", "B-1", "M-1", "A班", "SL-curing", "lot=mesh/WP-1", "no cubes are tested yet"):
        assert told in page
    missing = client.get(f"/recall/elements/{last}").text
    for told in ("no material lot is noted", "no mould is noted", "Batch B-4: no cement lot is noted"):
        assert told in missing
    assert client.get("/recall/elements/404404").status_code == 404
    assert f"/recall/elements/{first}" in client.get(f"/elements/{first}").text


def test_who_may_not_read_recalls_sees_none(stage: Stage, client_as: SignIn) -> None:
    for role in ("operator", "receiver"):
        client = client_as(role)
        for address in ("/recall", "/recalls", "/recall/elements/100001", "/api/v1/recall?lot=SN-1"):
            assert client.get(address).status_code == 403


def test_who_sees_some_projects_is_not_told_how_much_a_recall_concerned(stage: Stage, client_as: SignIn) -> None:
    made = client_as("inspector").post("/api/v1/recalls", json={"criteria": {"lot": ["SN-1"]}, "reason": "x1"}).json
    with stage.database.writing() as session:
        first = session.scalars(select(Project)).first()
        assert first is not None
        other = Project(id=new_id(), plant_id=first.plant_id, code="XM-9", name="X", created_at=first.created_at)
        session.add(other)
    stranger = client_as("supervisor", (other.id,))
    (item,) = stranger.get("/api/v1/recalls").json["items"]
    assert (item["element_count"], item["counts"], item["serials_sha256"]) == (None, None, None)
    page = stranger.get(f"/recalls/{made['number']}").text
    assert "elements then" not in page
    assert "the same elements today" not in page  # who cannot tell is told nothing


def test_an_address_beyond_every_serial_shows_an_empty_page(stage: Stage, client_as: SignIn) -> None:
    client = client_as("planner")
    for after in ("9" * 40, "-" + "9" * 40):
        assert client.get(f"/recall?lot=SN-1&after={after}").status_code == 200


def test_recalls_by_the_api(stage: Stage, client_as: SignIn) -> None:
    client = client_as("inspector")
    answer = client.get("/api/v1/recall?lot=SN-1&limit=3").json
    assert (answer["elements"], answer["loads"], answer["by_state"]) == (4, 2, {"curing": 2, "stored": 2})
    assert (answer["items"][0]["place"], answer["items"][0]["where"]) == ("yard", "Yard slot A-01")
    rest = client.get(f"/api/v1/recall?lot=SN-1&limit=3&after={answer['next']}").json
    assert [item["serial"] for item in (*answer["items"], *rest["items"])] == stage.serials(1, 2)
    proof = client.get("/api/v1/recall/proof?lot=SN-1").json
    assert (proof["elements_found"], proof["elements_in_house"], proof["gaps"][0]["elements"]) == (4, 8, 2)
    refused = client.get("/api/v1/recall?lot=XX")
    assert (refused.status_code, refused.json["errors"][0]["where"]) == (422, "lot")
    assert client.get("/api/v1/recall").status_code == 422
    made = client.post("/api/v1/recalls", json={"criteria": {"lot": ["SN-1"]}, "reason": "strength"}).json
    assert client.get(f"/api/v1/recalls/{made['number']}").json["serials_sha256"] == proof["serials_sha256"]
    assert [item["number"] for item in client.get("/api/v1/recalls").json["items"]] == [made["number"]]
