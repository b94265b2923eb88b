"""Pages and routes of printing: one tap prints, nobody sees a dialog, and programs can do all of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.ids import new_id
from tests.factories import SLAB, create_order, elements_of
from tests.mes.printing.shop import Shop

HTMX = {"HX-Request": "true"}


@pytest.fixture
def shop(database: Database, clock: SetClock, plant: None) -> Shop:
    """The plant of the web client with an order."""
    imported = create_order(database, clock, [(SLAB, 3)])
    return Shop(database, clock, elements_of(database, imported))


@pytest.fixture
def operator(client_as: Callable[..., FlaskClient]) -> FlaskClient:
    return client_as("operator")


def tap(client: FlaskClient, *subjects: str, **form: Any) -> Any:
    data = {"command_id": str(new_id()), "subject": list(subjects), **form}
    return client.post("/print-jobs", data=data, headers=HTMX)


def toast(answer: Any) -> str:
    return str(json.loads(answer.headers["HX-Trigger"])["toast"]["message"])


def test_one_tap_puts_a_label_into_the_queue_and_says_its_number(shop: Shop, operator: FlaskClient) -> None:
    shop.printer()
    shop.route()
    answer = tap(operator, shop.subjects[0])
    assert (answer.status_code, toast(answer)) == (200, "Job 1: 1 labels at Printer ZT1")
    assert toast(tap(operator, shop.subjects[0])) == "Job 1 waits already for Printer ZT1"
    assert shop.job(1).language == "en"
    page = operator.get("/print-jobs").get_data(as_text=True)
    assert "In the queue" in page


def test_without_a_printer_the_label_comes_as_a_file(shop: Shop, operator: FlaskClient) -> None:
    answer = tap(operator, shop.subjects[0])
    assert "here it is as a file" in toast(answer)
    file = operator.get(answer.headers["HX-Redirect"])
    assert (file.mimetype, file.data[:5]) == ("application/pdf", b"%PDF-")
    assert "attachment" in file.headers["Content-Disposition"]
    assert shop.jobs() == []


def test_a_file_is_printed_by_whoever_fetches_it_and_a_second_time_needs_a_reason(
    shop: Shop, operator: FlaskClient, client_as: Callable[..., FlaskClient]
) -> None:
    shop.printer("OFFICE", kind="pdf", host="")
    shop.route("OFFICE")
    address = tap(operator, *shop.subjects).headers["HX-Redirect"]
    assert address == "/print-jobs/1.pdf"
    assert operator.get(address).data.startswith(b"%PDF-")
    assert (shop.job(1).state, shop.job(1).printed_count, shop.job(1).finished_by) == ("printed", 3, "Operator")
    assert operator.get(address).status_code == 200  # the browser's viewer fetches it once more
    assert client_as("inspector").get(address).status_code == 409
    shop.clock.advance(minutes=3)
    refused = operator.get(address)
    assert refused.status_code == 409
    assert "print it again with a reason" in refused.get_data(as_text=True)


def test_a_job_that_goes_to_a_printer_has_no_file(shop: Shop, operator: FlaskClient) -> None:
    shop.printer()
    shop.route()
    tap(operator, shop.subjects[0])
    assert operator.get("/print-jobs/1.pdf").status_code == 409
    assert shop.job(1).state == "queued"


def test_what_is_not_known_stands_on_top_with_two_answers(shop: Shop, operator: FlaskClient) -> None:
    shop.printer()
    shop.route()
    tap(operator, shop.subjects[0])
    shop.set(1, state="unknown")
    page = operator.get("/print-jobs").get_data(as_text=True)
    assert page.index("Did it come out?") < page.index("Printer ZT1")
    again = operator.post("/print-jobs/1/reprint", data={"command_id": str(new_id())}, headers=HTMX)
    assert toast(again) == "Job 2: 1 labels at Printer ZT1"
    assert (shop.job(1).state, shop.job(2).reprint_reason) == ("failed", "did not come out")
    shop.set(2, state="unknown")
    operator.post("/print-jobs/2/settle", data={"command_id": str(new_id()), "came_out": "yes"})
    assert shop.job(2).state == "printed"


def test_what_came_out_is_not_printed_again_without_a_reason(shop: Shop, operator: FlaskClient) -> None:
    shop.printer()
    shop.route()
    tap(operator, shop.subjects[0])
    shop.set(1, state="printed")
    refused = operator.post("/print-jobs/1/reprint", data={"command_id": str(new_id()), "reason": " "}, headers=HTMX)
    assert (refused.status_code, toast(refused)) == (422, "Why is it printed again? Please give a reason")
    assert len(shop.jobs()) == 1


def test_a_printer_that_cannot_be_says_field_by_field_what_should_be_there(
    shop: Shop, client_as: Callable[..., FlaskClient]
) -> None:
    typed = {"command_id": str(new_id()), "code": "ZT 1!", "kind": "zpl", "port": "99999", "media_width_mm": "-5"}
    answer = client_as("planner").post("/printers", data=typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Only letters A–Z, digits, points and dashes" in page
    assert ("At most 65535" in page, "At least 15" in page, "Please fill this in" in page) == (True, True, True)


def test_the_code_of_a_printer_is_the_same_in_small_letters(shop: Shop, client_as: Callable[..., FlaskClient]) -> None:
    shop.printer("ZT1")
    typed = {"command_id": str(new_id()), "code": "zt1", "name": "Z", "kind": "zpl", "host": "10.0.0.9"}
    typed |= {"media_width_mm": "100", "media_height_mm": "70"}
    assert client_as("planner").post("/printers", data=typed).status_code == 409


def test_a_label_can_be_seen_before_and_after(shop: Shop, operator: FlaskClient) -> None:
    shop.printer()
    shop.route()
    subject = shop.subjects[0]
    page = operator.get(f"/labels/preview?subject={subject}&language=both").get_data(as_text=True)
    assert page.count("/labels/preview.png") == 4  # two designs, two languages
    assert "as routed" in page
    picture = operator.get(f"/labels/preview.png?subject={subject}&design=element-60x40&language=en")
    assert picture.data.startswith(b"\x89PNG")
    tap(operator, subject)
    assert operator.get("/print-jobs/1/0.png").data.startswith(b"\x89PNG")
    assert operator.get("/print-jobs/1/1.png").status_code == 404
    assert operator.get("/print-jobs/1").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/labels", 200),
        ("/labels?kind=pallet&text=7", 200),
        ("/labels/preview?subject=element:999999", 404),
        ("/labels/preview", 404),
        ("/labels/preview.png?subject=element:1&design=pallet-100x70", 422),
        ("/labels/preview.png?subject=element:1&design=element-60x40&language=fr", 422),
        ("/labels/preview.png?subject=element:1&design=" + 300 * "x", 422),
        ("/print-jobs/7", 404),
        ("/printers", 200),
        ("/label-routes", 200),
        ("/printers/new", 403),
        ("/labels/download.pdf", 404),
    ],
)
def test_every_address_answers(path: str, status: int, shop: Shop, operator: FlaskClient) -> None:
    assert operator.get(path).status_code == status


def test_planners_set_printers_and_routes_up(shop: Shop, client_as: Callable[..., FlaskClient]) -> None:
    planner = client_as("planner")
    facts = {"code": "ZT1", "name": "At the end", "kind": "zpl", "host": "10.0.0.9", "port": "9100", "dpi": "300"}
    media = {"media_width_mm": "100", "media_height_mm": "70", "answers_status": "1"}
    wrong = planner.post("/printers", data={**facts, **media, "port": "many", "command_id": str(new_id())})
    assert (wrong.status_code, "A whole number, please" in wrong.get_data(as_text=True)) == (422, True)
    assert planner.post("/printers", data={**facts, **media, "command_id": str(new_id())}).status_code == 303
    cell = {"label": "element", "station": "", "choice": "ZT1|element-60x40", "command_id": str(new_id())}
    assert planner.post("/label-routes", data=cell, headers=HTMX).status_code == 200
    assert "ZT1|element-60x40" in planner.get("/label-routes").get_data(as_text=True)
    tested = planner.post("/printers/ZT1/test", data={"command_id": str(new_id())}, headers=HTMX)
    assert toast(tested) == "Job 1: 1 labels at At the end"
    assert shop.job(1).labels[0]["fields"]["code"] == "TEST"
    empty = {**cell, "choice": "", "command_id": str(new_id())}
    assert planner.post("/label-routes", data=empty, headers=HTMX).status_code == 200
    assert planner.get("/printers/ZT1").status_code == 200


def test_programs_print_reprint_settle_and_withdraw(shop: Shop, operator: FlaskClient) -> None:
    shop.printer()
    shop.route()
    body = {"command_id": str(new_id()), "subjects": shop.subjects}
    first = operator.post("/api/v1/print-jobs", json=body).get_json()
    assert operator.post("/api/v1/print-jobs", json=body).get_json() == first
    assert [(job["number"], job["count"]) for job in first["jobs"]] == [(1, 3)]
    shop.set(1, state="unknown")
    settled = operator.post("/api/v1/print-jobs/1/settle", json={"came_out": True}).get_json()
    assert settled == {"number": 1, "state": "printed"}
    again = operator.post("/api/v1/print-jobs/1/reprint", json={"reason": "torn", "subjects": shop.subjects[:1]})
    assert again.get_json()["jobs"][0]["number"] == 2
    assert operator.post("/api/v1/print-jobs/2/cancel", json={}).get_json()["state"] == "cancelled"
    listed = operator.get("/api/v1/print-jobs?limit=1").get_json()
    assert (listed["items"][0]["number"], listed["items"][0]["subjects"]) == (1, shop.subjects)
    rest = operator.get(f"/api/v1/print-jobs?limit=1&cursor={listed['next']}").get_json()
    assert (rest["items"][0]["reprint_of"], rest["next"]) == (1, None)
    assert "fields" not in json.dumps(rest)


def test_programs_set_printers_and_routes_up(shop: Shop, client_as: Callable[..., FlaskClient]) -> None:
    planner = client_as("planner")
    facts = {"name": "ZT1", "kind": "zpl", "host": "10.0.0.9", "media_width_mm": 100, "media_height_mm": 70}
    assert planner.post("/api/v1/printers", json={"code": "ZT1", **facts}).status_code == 200
    assert planner.put("/api/v1/printers/ZT1", json={**facts, "dpi": 600}).status_code == 200
    (shown,) = planner.get("/api/v1/printers").get_json()["items"]
    assert (shown["code"], shown["dpi"], shown["state"]) == ("ZT1", 600, "")
    assert planner.put("/api/v1/label-routes", json={"label": "slot", "printer": "ZT1"}).status_code == 200
    routes = planner.get("/api/v1/label-routes").get_json()["items"]
    assert routes == [{"label": "slot", "station": "", "printer": "ZT1", "design": "slot-100x70"}]
    assert planner.post("/api/v1/printers/ZT1/retire", json={}).status_code == 409
    assert planner.delete("/api/v1/label-routes?label=slot").status_code == 200
    assert planner.post("/api/v1/printers/ZT1/retire", json={}).status_code == 200
    assert planner.get("/api/v1/printers").get_json()["items"] == []
    refused = planner.put("/api/v1/label-routes", json={"label": "slot", "printer": "ZT1"}).get_json()
    assert refused["detail"] == "Printer ZT1 is retired"
