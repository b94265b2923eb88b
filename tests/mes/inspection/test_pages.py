"""Pages of inspection: the right form for the state, nothing typed is lost, clear words for what is wrong."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from mes.inspection.queries import latest_inspection, valid_certificate
from quality import inspection_plan
from tests.mes.inspection.stage import SIZES, Stage, needs_fonts, picture

Client = Callable[..., FlaskClient]
UNKNOWN = str(UUID(int=7))


def checklist(**changes: Any) -> dict[str, Any]:
    """The hidden-works form filled in faultlessly, with a photo where the plan wants one."""
    plan = inspection_plan("hidden_works", "composite_slab")
    answers = {f"answer_{item.id}": "yes" for item in plan.items}
    photos = {f"photo_{item.id}": (io.BytesIO(picture()), "photo.jpg") for item in plan.items if item.photo_required}
    return {"command_id": str(uuid4()), **answers, **photos, **changes}


def measurements(**changes: Any) -> dict[str, Any]:
    """The final form filled in faultlessly."""
    form: dict[str, Any] = {"command_id": str(uuid4())}
    for item in inspection_plan("final", "composite_slab").items:
        if item.required:
            nominal = dict(SIZES).get(item.id, 3846 if item.id == "diagonal" else 1)
            form |= {f"m.{item.id}.{number}": str(nominal + number) for number in range(item.readings)}
    return form | changes


def url(stage: Stage, ending: str, index: int = 0) -> str:
    return f"/inspection/elements/{stage.element_ids[index]}/{ending}".rstrip("/")


def strong(stage: Stage) -> None:
    stage.to("curing")
    stage.cubes(stage.cast(), 31.0, 32.0, 33.0)
    stage.to("finished")


# finding the way


def test_the_home_page_counts_what_waits(stage: Stage, client_as: Client) -> None:
    stage.to("in_setup", 0)
    stage.to("finished", 1)
    stage.cast("B-77")
    page = client_as("inspector").get("/inspection").get_data(as_text=True)
    assert "Pallet load 1" in page
    assert "at the station" in page
    assert "B-77" in page
    assert "not proven" in page


def test_the_lists_refresh_by_themselves(stage: Stage, client_as: Client) -> None:
    client = client_as("inspector")
    assert 'hx-get="/inspection/lists"' in client.get("/inspection").get_data(as_text=True)
    assert "<html" not in client.get("/inspection/lists").get_data(as_text=True)


@pytest.mark.parametrize(("state", "ending"), [("in_setup", "hidden-works"), ("finished", "final"), ("curing", "")])
def test_a_scan_leads_to_the_form_for_the_state(stage: Stage, client_as: Client, state: str, ending: str) -> None:
    stage.to(state)
    client, element = client_as("inspector"), stage.element()
    for code in (element.digital_link, f"(01){element.gtin}(21){element.serial}", element.epc_hex, str(element.serial)):
        answer = client.get("/inspection/scan", query_string={"code": code})
        assert answer.headers["Location"] == url(stage, ending), code


def test_a_scan_of_pallet_and_batch_leads_to_them(stage: Stage, client_as: Client) -> None:
    client, batch_id = client_as("inspector"), stage.cast("B-77")
    pallet = client.get("/inspection/scan?code=P:7")
    assert pallet.headers["Location"] == f"/inspection/loads/{stage.load_id}"
    assert client.get(pallet.headers["Location"]).status_code == 200
    batch = client.get("/inspection/scan?code=B:B-77")
    assert batch.headers["Location"] == f"/inspection/batches/{batch_id}"


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("", 404, "Nothing here"),
        ("999999", 404, "Nothing here"),
        ("nonsense", 404, "nonsense"),
        ("P:99", 404, "Nothing here"),
        ("https://id.gs1.org/01/06141410000019/21/1", 422, "misread"),
        ("9" * 400, 404, "Nothing here"),
    ],
)
def test_a_code_that_leads_nowhere_is_explained_and_stays(
    stage: Stage, client_as: Client, code: str, status: int, words: str
) -> None:
    answer = client_as("inspector").get("/inspection/scan", query_string={"code": code})
    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)


@pytest.mark.parametrize("state", ["scheduled", "ready_to_cast", "curing", "demoulded", "stored"])
def test_where_no_inspection_fits_the_page_says_why(stage: Stage, client_as: Client, state: str) -> None:
    stage.to(state)
    client = client_as("inspector")
    assert "No inspection is due" in client.get(url(stage, "")).get_data(as_text=True)
    assert "No such inspection is due" in client.get(url(stage, "final")).get_data(as_text=True)


# hidden works


def test_the_hidden_works_form_makes_the_element_ready(stage: Stage, client_as: Client) -> None:
    stage.to("in_setup")
    client = client_as("inspector")
    answer = client.post(url(stage, "hidden-works"), data=checklist(), content_type="multipart/form-data")
    assert answer.status_code == 303
    assert stage.element().state == "ready_to_cast"
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "ready to cast" in page
    assert "/files/" in page


def test_an_incomplete_checklist_comes_back_with_all_that_was_filled_in(stage: Stage, client_as: Client) -> None:
    stage.to("in_setup")
    form = checklist(remark="垫块已补")
    del form["answer_mould"], form["photo_cover"]
    client = client_as("inspector")
    answer = client.post(url(stage, "hidden-works"), data=form, content_type="multipart/form-data")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert stage.element().state == "in_setup"
    assert "Please answer this item" in page
    assert "A photo is needed here" in page
    assert "垫块已补" in page
    items = inspection_plan("hidden_works", "composite_slab").items
    assert page.count(" checked") == len(items) - 1  # every answer but the one left out
    kept = dict(re.findall(r'name="(kept_\w+)" value="([0-9a-f]{64})"', page))
    again = {**checklist(), **kept}
    again = {name: value for name, value in again.items() if not name.startswith("photo_") or name == "photo_cover"}
    assert client.post(url(stage, "hidden-works"), data=again, content_type="multipart/form-data").status_code == 303


@pytest.mark.parametrize("content", [b"", b"not a picture", b"%PDF-1.7 no", picture()[:200]])
def test_a_wrong_photo_is_named_and_the_form_stays(stage: Stage, client_as: Client, content: bytes) -> None:
    stage.to("in_setup")
    form = checklist(photo_cover=(io.BytesIO(content), "cover.jpg"))
    answer = client_as("inspector").post(url(stage, "hidden-works"), data=form, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "not a picture that can be read" in answer.get_data(as_text=True)
    assert stage.element().state == "in_setup"


def test_a_photo_of_more_than_eight_megabytes_is_refused(stage: Stage, client_as: Client) -> None:
    stage.to("in_setup")
    photo = FileStorage(io.BytesIO(picture() + b"\0" * (8 * 1024 * 1024)), "cover.jpg", "photo_cover")
    boundary, body = encode_multipart({"command_id": str(uuid4()), "photo_cover": photo})
    content_type = f'multipart/form-data; boundary="{boundary}"'
    answer = client_as("inspector").post(url(stage, "hidden-works"), data=body, content_type=content_type)
    assert answer.status_code == 422
    assert "8 MB at most" in answer.get_data(as_text=True)


def test_a_remark_may_have_as_many_characters_as_its_field_and_more_is_said_at_it(
    stage: Stage, client_as: Client
) -> None:
    stage.to("in_setup")
    client, address = client_as("inspector"), url(stage, "hidden-works")
    longer = client.post(address, data=checklist(remark="长" * 401), content_type="multipart/form-data")
    assert longer.status_code == 422
    assert "At most 400 characters" in longer.get_data(as_text=True)
    lines = "长" * 199 + "\r\n" + "长" * 200  # 400 as the browser counts them, 401 as it sends them
    full = client.post(address, data=checklist(remark=lines), content_type="multipart/form-data")
    assert full.status_code == 303


def test_a_form_of_the_past_is_told_that_somebody_was_faster(stage: Stage, client_as: Client) -> None:
    stage.to("in_setup")
    stale = stage.element().version
    stage.record(stage.hidden_works())
    form = checklist(expected_version=str(stale))
    answer = client_as("inspector").post(url(stage, "hidden-works"), data=form, content_type="multipart/form-data")
    assert answer.status_code == 409
    assert "changed by somebody else" in answer.get_data(as_text=True)


# final inspection


@needs_fonts
def test_the_final_form_accepts_and_the_certificate_downloads(stage: Stage, client_as: Client) -> None:
    strong(stage)
    client = client_as("inspector")
    answer = client.post(url(stage, "final"), data=measurements(), content_type="multipart/form-data")
    assert answer.status_code == 303
    assert stage.element().state == "accepted"
    with stage.database.reading() as session:
        certificate = valid_certificate(session, stage.element_ids[0])
    assert certificate is not None
    paper = client.get(f"/inspection/certificates/{certificate.id}/pdf")
    assert paper.mimetype == "application/pdf"
    assert certificate.number in PdfReader(io.BytesIO(paper.data)).pages[0].extract_text()
    record = client.get(url(stage, "record"))
    assert "成品检验记录表" in PdfReader(io.BytesIO(record.data)).pages[0].extract_text()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("34240", "34240 mm cannot be true here"),
        ("-3420", "-3420 mm cannot be true here"),
        ("3420mm", "3420mm is not a number"),
        ("nan", "nan is not a number"),
        ("1e999", "1e999 is not a number"),
    ],
)
def test_nonsense_gets_a_question_and_nothing_typed_is_lost(
    stage: Stage, client_as: Client, typed: str, words: str
) -> None:
    strong(stage)
    form = measurements(**{"m.length.1": typed, "remark": "首件"})
    answer = client_as("inspector").post(url(stage, "final"), data=form, content_type="multipart/form-data")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in page
    assert f'value="{typed}"' in page
    assert "首件" in page
    with stage.database.reading() as session:
        assert latest_inspection(session, stage.element_ids[0], "final") is None


def test_a_missing_measurement_is_marked_at_its_item(stage: Stage, client_as: Client) -> None:
    strong(stage)
    form = {name: value for name, value in measurements().items() if not name.startswith("m.flatness")}
    answer = client_as("inspector").post(url(stage, "final"), data=form, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Not measured yet" in answer.get_data(as_text=True)


def test_without_strength_the_form_says_so_before_and_after(stage: Stage, client_as: Client) -> None:
    stage.to("finished")
    client = client_as("inspector")
    assert "Strength not proven" in client.get(url(stage, "final")).get_data(as_text=True)
    answer = client.post(url(stage, "final"), data=measurements(), content_type="multipart/form-data")
    assert answer.status_code == 409
    assert "strength is not proven" in answer.get_data(as_text=True)
    assert stage.element().state == "finished"


def test_an_embed_out_of_place_refuses_the_element(stage: Stage, client_as: Client) -> None:
    # GB 50204-2015 table 9.2.7: plates 5 mm; 506 is 6 beside 500
    strong(stage)
    row = {"r.plate_position.0.nominal_x": "500", "r.plate_position.0.nominal_y": "800"}
    row |= {"r.plate_position.0.x": "506", "r.plate_position.0.y": "801"}
    client = client_as("inspector")
    answer = client.post(url(stage, "final"), data=measurements(**row), content_type="multipart/form-data")
    assert answer.status_code == 303
    assert stage.element().state == "nonconforming"
    assert "NC-261123-0001" in client.get(answer.headers["Location"]).get_data(as_text=True)


def test_half_a_row_is_asked_for(stage: Stage, client_as: Client) -> None:
    strong(stage)
    form = measurements(**{"r.plate_position.0.x": "506"})
    answer = client_as("inspector").post(url(stage, "final"), data=form, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert answer.get_data(as_text=True).count("This is missing") == 3


def test_readings_are_judged_while_they_are_typed(stage: Stage, client_as: Client) -> None:
    stage.to("finished")
    client = client_as("inspector")
    page = client.get(url(stage, "judge"), query_string={"m.length.0": "3427", "m.width.0": "17600"})
    text = page.get_data(as_text=True)
    assert "+7 mm" in text
    assert "17600 mm cannot be true here" in text
    row = client.get(url(stage, "rows/plate_position/0"))
    assert 'name="r.plate_position.0.x"' in row.get_data(as_text=True)
    assert client.get(url(stage, "rows/length/0")).status_code == 404


# nonconformities, cubes, supervision


def test_an_operator_reports_a_defect_from_a_phone(stage: Stage, client_as: Client) -> None:
    stage.to("demoulded")
    client, element = client_as("operator"), stage.element()
    scanned = client.get("/inspection/report", query_string={"code": element.digital_link})
    assert scanned.headers["Location"] == url(stage, "report")
    assert client.get(url(stage, "report")).status_code == 200
    form = {
        "command_id": str(uuid4()),
        "kind": "crack",
        "severity": "severe",
        "photo_": (io.BytesIO(picture()), "crack.jpg"),
    }
    answer = client.post(url(stage, "report"), data=form, content_type="multipart/form-data")
    assert answer.status_code == 303
    assert stage.element().state == "nonconforming"
    assert "NC-261123-0001" in client.get(answer.headers["Location"]).get_data(as_text=True)


def test_a_report_without_a_kind_comes_back(stage: Stage, client_as: Client) -> None:
    stage.to("demoulded")
    form = {"command_id": str(uuid4()), "severity": "general", "description": "边角破损"}
    answer = client_as("operator").post(url(stage, "report"), data=form, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "边角破损" in answer.get_data(as_text=True)


def test_a_decision_is_taken_on_the_page(stage: Stage, client_as: Client) -> None:
    stage.to("demoulded")
    operator, inspector = client_as("operator"), client_as("quality_manager")
    form = {"command_id": str(uuid4()), "kind": "damage", "severity": "general"}
    address = operator.post(url(stage, "report"), data=form).headers["Location"]
    assert operator.post(f"{address}/dispose", data={"disposition": "scrap"}).status_code == 403
    incomplete = inspector.post(f"{address}/dispose", data={"command_id": str(uuid4()), "reason": "重新修补"})
    assert incomplete.status_code == 422
    assert "重新修补" in incomplete.get_data(as_text=True)
    decision = {"command_id": str(uuid4()), "disposition": "scrap", "reason": "无法修补", "order_replacement": "1"}
    assert inspector.post(f"{address}/dispose", data=decision).status_code == 303
    assert stage.element().state == "scrapped"
    assert "无法修补" in inspector.get(address).get_data(as_text=True)
    assert "NC-261123-0001" in inspector.get("/inspection/nonconformities?state=decided").get_data(as_text=True)


def test_an_inspector_is_offered_a_repair_and_no_scrap(stage: Stage, client_as: Client) -> None:
    stage.to("demoulded")
    inspector = client_as("inspector")
    form = {"command_id": str(uuid4()), "kind": "damage", "severity": "general"}
    address = inspector.post(url(stage, "report"), data=form).headers["Location"]
    page = inspector.get(address).get_data(as_text=True)
    assert 'value="repair"' in page
    assert 'value="scrap"' not in page
    scrap = {"command_id": str(uuid4()), "disposition": "scrap", "reason": "无法修补"}
    assert inspector.post(f"{address}/dispose", data=scrap).status_code == 403
    assert stage.element().state == "nonconforming"


def test_the_page_tells_the_story_with_cause_and_replacement(stage: Stage, client_as: Client) -> None:
    stage.to("demoulded")
    manager = client_as("quality_manager")
    place = {"place_face": "bottom", "place_x_mm": "300", "place_y_mm": "200"}
    form = {"command_id": str(uuid4()), "kind": "crack", "severity": "severe", **place}
    address = manager.post(url(stage, "report"), data=form).headers["Location"]
    assert "x 300 · y 200 mm" in manager.get(address).get_data(as_text=True)
    why = {
        "command_id": str(uuid4()),
        "cause": "mould",
        "why_0": "边模松动",
        "why_2": "螺栓磨损",
        "cost_cny": "1,250.5",
    }
    assert manager.post(f"{address}/analysis", data=why).status_code == 303
    assert manager.post(f"{address}/analysis", data={**why, "cost_cny": "much"}).status_code == 422
    scrap = {"command_id": str(uuid4()), "disposition": "scrap", "reason": "无法修补"}
    assert manager.post(f"{address}/dispose", data=scrap).status_code == 303
    order = {"command_id": str(uuid4())}
    assert manager.post(f"{address}/replacement", data=order).status_code == 303
    assert manager.post(f"{address}/replacement", data={"command_id": str(uuid4())}).status_code == 409
    page = manager.get(address).get_data(as_text=True)
    for words in ("Scrapped", "Replacement ordered", "边模松动 · 螺栓磨损", "¥ 1,250.50", "Mould"):
        assert words in page, words


def test_a_letter_comes_with_the_concession_or_is_refused(stage: Stage, client_as: Client) -> None:
    strong(stage)
    client, manager = client_as("inspector"), client_as("quality_manager")
    form = measurements(**{"m.length.0": "3427"})
    client.post(url(stage, "final"), data=form, content_type="multipart/form-data")
    page = manager.get("/inspection/nonconformities").get_data(as_text=True)
    address = re.search(r'href="(/inspection/nonconformities/[0-9a-f-]{36})"', page)
    assert address
    concede = {"command_id": str(uuid4()), "disposition": "concession", "reason": "不影响", "designer_consent": "LX-9"}
    wrong = {**concede, "letter": (io.BytesIO(b"MZ no letter"), "a.exe")}
    assert manager.post(f"{address[1]}/dispose", data=wrong, content_type="multipart/form-data").status_code == 422
    right = {**concede, "letter": (io.BytesIO(b"%PDF-1.4\n1 0 obj\n%%EOF\n"), "letter.pdf")}
    assert manager.post(f"{address[1]}/dispose", data=right, content_type="multipart/form-data").status_code == 303
    letter = re.search(r"/files/([0-9a-f]{64})", manager.get(address[1]).get_data(as_text=True))
    assert letter
    assert manager.get(letter[0]).mimetype == "application/pdf"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", True),
        ("state=settled", False),
        ("state=all&kind=crack", True),
        ("kind=damage", False),
        ("project=XM-01&line=SL&period=7", True),
        ("project=XM-99", False),
        ("line=XX", False),
        ("cause=man", False),
        ("from_day=2026-11-23&to_day=2026-11-23", True),
        ("to_day=2026-11-22", False),
        ("from_day=yesterday&page=-3&kind=", True),  # what cannot be understood filters nothing
    ],
)
def test_the_list_is_filtered(stage: Stage, client_as: Client, asked: str, found: bool) -> None:
    stage.to("demoulded")
    client = client_as("inspector")
    client.post(url(stage, "report"), data={"command_id": str(uuid4()), "kind": "crack", "severity": "severe"})
    page = client.get(f"/inspection/nonconformities?{asked}")
    assert page.status_code == 200
    assert ('class="nc-item"' in page.get_data(as_text=True)) is found


def test_cubes_are_recorded_on_the_batch_page(stage: Stage, client_as: Client) -> None:
    stage.to("curing")
    client, address = client_as("inspector"), f"/inspection/batches/{stage.cast('B-77')}"
    wrong = {"command_id": str(uuid4()), "strength_0": "31", "strength_1": "x", "strength_2": "33"}
    refused = client.post(f"{address}/cube-tests", data=wrong)
    assert refused.status_code == 422
    assert "x is not a number" in refused.get_data(as_text=True)
    right = {"command_id": str(uuid4()), "strength_0": "31", "strength_1": "32", "strength_2": "33"}
    assert client.post(f"{address}/cube-tests", data=right).status_code == 303
    page = client.get(address).get_data(as_text=True)
    assert "32.0" in page
    assert "released for demoulding" in page


def test_the_supervisor_sees_and_witnesses(stage: Stage, client_as: Client) -> None:
    stage.to("in_setup")
    recorded = stage.record(stage.hidden_works())
    client = client_as("supervisor")
    assert str(recorded.inspection_id) in client.get("/inspection/supervision").get_data(as_text=True)
    address = f"/inspection/inspections/{recorded.inspection_id}"
    assert client.post(f"{address}/witness", data={"command_id": str(uuid4())}).status_code == 303
    assert "Supervisor" in client.get(address).get_data(as_text=True)
    assert str(recorded.inspection_id) not in client.get("/inspection/supervision").get_data(as_text=True)
    assert client.post(f"{address}/witness", data={"command_id": str(uuid4())}).status_code == 409


def test_somebody_of_another_project_sees_nothing(stage: Stage, client_as: Client) -> None:
    stage.to("in_setup")
    recorded = stage.record(stage.hidden_works())
    client = client_as("supervisor", project_ids=(uuid4(),))
    assert str(recorded.inspection_id) not in client.get("/inspection/supervision").get_data(as_text=True)
    assert client.get(f"/inspection/inspections/{recorded.inspection_id}").status_code == 404
    assert client.get(url(stage, "")).status_code == 404
    assert client.get("/api/v1/inspections").get_json()["items"] == []


@pytest.mark.parametrize(
    "address",
    [
        f"/inspection/elements/{UNKNOWN}",
        f"/inspection/elements/{UNKNOWN}/final",
        f"/inspection/elements/{UNKNOWN}/hidden-works",
        f"/inspection/elements/{UNKNOWN}/report",
        f"/inspection/elements/{UNKNOWN}/record",
        f"/inspection/inspections/{UNKNOWN}",
        f"/inspection/nonconformities/{UNKNOWN}",
        f"/inspection/certificates/{UNKNOWN}/pdf",
        f"/inspection/batches/{UNKNOWN}",
        f"/inspection/loads/{UNKNOWN}",
        f"/api/v1/inspections/{UNKNOWN}",
        f"/api/v1/nonconformities/{UNKNOWN}",
        f"/api/v1/certificates/{UNKNOWN}",
        "/inspection/elements/not-an-id/final",
    ],
)
def test_forged_ids_are_not_found(app: Flask, client_as: Client, address: str) -> None:
    assert client_as("inspector").get(address).status_code == 404
