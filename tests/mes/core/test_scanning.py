"""Where a scan goes: to a thing's page by its key, other name or tag; else to what is near, as page or as JSON."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from labels import check_digit
from labels.keys.local import local_key, local_tag_hex
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import NotFound
from mes.identity.service import BindTag, EndTag, bind_tag, end_tag
from mes.inspection.queries import find_scanned
from mes.logistics.scans import scanned_element
from mes.orders.models import Element
from mes.shopfloor.service.materials import lot_number_in
from tests.conftest import actor
from tests.factories import create_order, elements_of

ClientAs = Callable[..., FlaskClient]
TID = "E2801160600002097AB00001"
NOBODYS_EPC = "E28011606000020000000000"
JSON = {"Accept": "application/json"}


@pytest.fixture
def element(app: object, database: Database, clock: SetClock) -> Element:
    """The plant's first element: (01) 00614141000012 (21) 1."""
    return elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 3)]))[0]


@pytest.fixture
def planner(client_as: ClientAs) -> FlaskClient:
    """Somebody who may see every element."""
    return client_as("planner")


def lead(client: FlaskClient, code: str) -> tuple[int, str]:
    answer = client.get("/scan", query_string={"code": code})
    return answer.status_code, answer.headers.get("Location", "")


def test_each_written_form_of_an_element_leads_to_its_page(planner: FlaskClient, element: Element) -> None:
    forms = [
        element.digital_link,
        f"https://other.example/x/01/{element.gtin}/21/1?lang=zh",
        f"https://other.example/gtin/{element.gtin}/ser/1",
        f"]d201{element.gtin}211",
        f"（01）{element.gtin}（21）1",
        element.epc_hex,
        f"0x{element.epc_hex.lower()}",
        "1",
        "１",
    ]
    assert {form: lead(planner, form) for form in forms} == dict.fromkeys(forms, (303, "/elements/1"))


def test_a_tag_leads_to_what_it_is_on_by_its_tid(
    planner: FlaskClient, element: Element, database: Database, clock: SetClock
) -> None:
    command = BindTag(subject="element:1", tid=TID, epc_hex=element.epc_hex)
    perform(database, actor("operator"), clock, bind_tag, command)
    assert lead(planner, "e280-1160-6000-0209-7ab0-0001") == (303, "/elements/1")
    perform(database, actor("operator"), clock, end_tag, EndTag(subject="element:1", reason="lost"))
    assert lead(planner, TID) == (303, "/elements/1")
    notice = "This tag was replaced or taken off"
    assert [notice in planner.get("/elements/1").text for _ in range(2)] == [True, False]


def test_a_program_learns_the_place_without_being_sent_there(planner: FlaskClient, element: Element) -> None:
    answer = planner.get("/scan", query_string={"code": element.digital_link}, headers=JSON)
    assert answer.status_code == 200
    told = answer.get_json()
    assert (told["kind"], told["number"], told["address"]) == ("element", "1", "/elements/1")
    assert "DBS1-67-3620-31" in told["title"]
    assert "Accept" in answer.headers["Vary"]


def test_a_wrong_digit_is_refused_and_what_was_meant_is_offered(planner: FlaskClient, element: Element) -> None:
    wrong = f"(01){element.gtin[:-1]}{(int(element.gtin[-1]) + 1) % 10}(21)1"
    page = planner.get("/scan", query_string={"code": wrong})
    assert page.status_code == 422
    assert 'href="/elements/1"' in page.text
    problem = planner.get("/scan", query_string={"code": wrong}, headers=JSON)
    assert (problem.status_code, problem.mimetype) == (422, "application/problem+json")
    assert "check digit" in problem.get_json()["detail"]
    assert [offer["address"] for offer in problem.get_json()["suggestions"]] == ["/elements/1"]


def test_only_what_exists_is_offered(planner: FlaskClient, element: Element) -> None:
    nobodys = "0614141999999"
    number = nobodys + str((int(check_digit(nobodys)) + 1) % 10)
    problem = planner.get("/scan", query_string={"code": f"(01){number}(21)1"}, headers=JSON)
    assert problem.get_json()["suggestions"] == []


def test_letters_that_look_like_digits_are_read_as_those(planner: FlaskClient, element: Element) -> None:
    told = planner.get("/scan", query_string={"code": "I"}, headers=JSON).get_json()
    assert [offer["address"] for offer in told["suggestions"]] == ["/elements/1"]


def test_an_old_free_text_code_finds_elements_by_their_mark(planner: FlaskClient, element: Element) -> None:
    code = "项目：湖里\n楼栋：3#\n构件编号：DBS1-67-3620-31"
    page = planner.get("/scan", query_string={"code": code})
    assert page.status_code == 404
    assert [f'href="/elements/{serial}"' in page.text for serial in (1, 2, 3)] == [True, True, True]
    assert "Building" in page.text
    assert "3#" in page.text


def test_what_was_read_is_shown_and_never_run(planner: FlaskClient, element: Element) -> None:
    page = planner.get("/scan", query_string={"code": "<script>alert(1)</script>\x1d9"})
    assert page.status_code == 404
    assert "&lt;script&gt;alert(1)&lt;/script&gt;␝9" in page.text
    assert "<script>alert" not in page.text


def test_nobody_is_offered_what_is_not_theirs(client_as: ClientAs, element: Element) -> None:
    receiver = client_as("receiver", project_ids=())
    wrong = f"(01){element.gtin[:-1]}{(int(element.gtin[-1]) + 1) % 10}(21)1"
    for code in (wrong, "构件编号：DBS1-67-3620-31", "DBS1-67", element.epc_hex, "I"):
        told = receiver.get("/scan", query_string={"code": code}, headers=JSON)
        assert told.status_code in (404, 422)
        assert told.get_json()["suggestions"] == []


def test_a_local_tag_leads_to_nothing_where_the_plant_is_anothers(planner: FlaskClient, element: Element) -> None:
    foreign = local_tag_hex(local_key("91110000600007374R", "element", "1"))
    assert lead(planner, foreign)[0] == 404


@pytest.mark.parametrize("code", ["", " ", "P:999999999999", "S:NOWHERE", "x" * 6000, "https://[", "\ud7ff", "{" * 500])
def test_nonsense_is_answered_in_plain_words(planner: FlaskClient, code: str) -> None:
    answer = planner.get("/scan", query_string={"code": code}, headers=JSON)
    assert answer.status_code in (200, 404, 422)
    assert answer.mimetype in ("application/json", "application/problem+json")


def test_inspection_and_logistics_know_an_element_by_the_tag_it_wears(
    element: Element, database: Database, clock: SetClock
) -> None:
    perform(database, actor("operator"), clock, bind_tag, BindTag(subject="element:1", tid=TID, epc_hex=NOBODYS_EPC))
    receiver, inspector = actor("receiver", project_ids=frozenset({element.project_id})), actor("inspector")
    with database.reading() as session:
        for code in (TID, TID.lower(), NOBODYS_EPC, element.epc_hex):
            found = find_scanned(session, inspector, code).element
            assert found is not None
            assert (found.serial, scanned_element(session, receiver, code).serial) == (1, 1)
        with pytest.raises(NotFound):
            scanned_element(session, actor("receiver", project_ids=frozenset()), TID)


@pytest.mark.parametrize(
    ("code", "lot"),
    [
        ("R-2026-7", "R-2026-7"),
        ("(01)80614141123458(10)R-7", "R-7"),
        ("]C1018061414112345810R-7", "R-7"),
        ("https://supplier.example/01/80614141123458/10/R-7?x=1", "R-7"),
        ("]Q1R-7\r\n", "R-7"),
        ("20261128", "20261128"),
    ],
)
def test_a_material_lot_is_read_in_any_written_form(code: str, lot: str) -> None:
    assert lot_number_in(code) == lot
