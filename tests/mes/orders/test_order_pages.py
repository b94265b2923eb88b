"""Orders through the web: upload, faults, elements, labels, scans; and the same through the API."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook
from pypdf import PdfReader
from sqlalchemy import select

from mes.accounts.service import AddPerson, add_person
from mes.app import create_app
from mes.config import Settings
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.translations import translate
from mes.orders.models import Element
from mes.orders.order_template import example_order, write_order_template
from mes.orders.workbook import read_order_workbook
from mes.orders.workbook.write import Words
from tests.conftest import NOW, actor, create_plant, sign_client_in
from tests.factories import SLAB, advance, create_order, elements_of, row_counts
from tests.mes.orders.test_workbook_faults import content, repacked, setting, sound_book

ClientAs = Callable[..., FlaskClient]
TODAY = NOW.date()
EXAMPLE = write_order_template("zh_CN", today=TODAY)
EXAMPLE_ELEMENTS = example_order(TODAY, Words.of("zh_CN")).element_count


def upload(client: FlaskClient, data: bytes, name: str = "order.xlsx", address: str = "/orders") -> Any:
    """Send a workbook as the page's form does."""
    form = {"command_id": str(uuid4()), "workbook": (io.BytesIO(data), name)}
    return client.post(address, data=form, content_type="multipart/form-data")


def changed(*changes: Callable[[Workbook], None]) -> bytes:
    book = sound_book()
    for change in changes:
        change(book)
    return content(book)


def without_sheet(name: str) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        del book[name]

    return change


def with_row(*row: object) -> Callable[[Workbook], None]:
    return lambda book: book["构件清单"].append(list(row))


def without_column(book: Workbook) -> None:
    book["构件清单"].delete_cols(5)


def merged(book: Workbook) -> None:
    book["构件清单"].merge_cells("B2:B3")


BROKEN: dict[str, tuple[bytes, str, str]] = {
    "count-in-words": (changed(setting("构件清单", "E2", "两块")), "构件清单", "E2"),
    "count-of-a-half": (changed(setting("构件清单", "E2", 1.5)), "构件清单", "E2"),
    "no-count": (changed(setting("构件清单", "E2", None)), "构件清单", "E2"),
    "unknown-type": (changed(setting("构件清单", "D2", "XYZ-9")), "构件清单", "D2"),
    "width-not-in-the-series": (changed(setting("构件清单", "D2", "DBS1-67-3621-31")), "构件清单", "D2"),
    "unknown-building": (changed(setting("构件清单", "A2", "9#")), "构件清单", "A2"),
    "unknown-floor": (changed(setting("构件清单", "B2", "18F")), "构件清单", "B2"),
    "no-such-day": (changed(setting("构件清单", "F2", "2026-02-30")), "构件清单", "F2"),
    "american-date": (changed(setting("构件清单", "F2", "05/12/2026")), "构件清单", "F2"),
    "position-became-a-date": (changed(setting("构件清单", "C2", date(2026, 1, 2))), "构件清单", "C2"),
    "long-remark": (changed(setting("构件清单", "H2", "长" * 201)), "构件清单", "H2"),
    "level-in-words": (changed(setting("楼栋楼层", "D3", "二")), "楼栋楼层", "D3"),
    "level-twice": (changed(setting("楼栋楼层", "D3", 2)), "楼栋楼层", "D3"),
    "no-thickness": (changed(setting("自定义型号", "E2", None)), "自定义型号", "E2"),
    "unknown-family": (changed(setting("自定义型号", "B2", "雨棚")), "自定义型号", "B2"),
    "weight-in-tonnes": (changed(setting("自定义型号", "G2", 4.6)), "自定义型号", "G2"),
    "grade-without-c": (changed(setting("自定义型号", "H2", "30")), "自定义型号", "H2"),
    "credit-code-mistyped": (changed(setting("项目信息", "C4", "914201007447223430")), "项目信息", "C4"),
    "no-project-code": (changed(setting("项目信息", "B1", None)), "项目信息", "B1"),
    "position-twice": (
        changed(with_row("1#", "2F", "1-2/A-B", "DBS2-67-3620-31", 1, date(2026, 12, 5))),
        "构件清单",
        "C4",
    ),
    "error-value": (changed(setting("构件清单", "E2", "#REF!")), "构件清单", "E2"),
    "formula-without-value": (changed(setting("构件清单", "E2", "=1+1")), "构件清单", "E2"),
    "merged-cells": (changed(merged), "构件清单", "B2"),
    "column-missing": (changed(without_column), "构件清单", "1"),
    "sheet-missing": (changed(without_sheet("楼栋楼层")), "楼栋楼层", ""),
    "not-a-workbook": ("楼栋,楼层\n1#,2F\n".encode(), "", ""),
    "empty": (b"", "", ""),
    "damaged": (repacked(content(sound_book()), {"xl/workbook.xml": b"<workbook"}), "", ""),
}


def rows_of(page: str) -> list[list[str]]:
    """The cells of the fault table, without markup."""
    rows = page.split('<tr class="fault">')[1:]
    return [
        [_plain(cell.split(">", 1)[1]) for cell in row.split("</tr>")[0].replace("</td>", "").split("<td")[1:]]
        for row in rows
    ]


def _plain(text: str) -> str:
    return unescape(text.replace("<code>", "").replace("</code>", "")).strip()


@pytest.fixture(scope="module")
def untouched(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for all broken workbooks, which leave it as it is."""
    file = tmp_path_factory.mktemp("untouched") / "mes.sqlite"
    shutil.copy(sqlite_template, file)
    database = Database(f"sqlite:///{file}")
    create_plant(database, SetClock(NOW))
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def planner_there(untouched: Database, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A planner's web client on that database."""
    command = AddPerson.model_validate(
        {"sign_in_name": "wang", "name": "Wang", "role": "planner", "password": "a long password"}
    )
    person = perform(untouched, actor("admin"), SetClock(NOW), add_person, command)
    app = create_app(Settings(data=tmp_path_factory.mktemp("data")), database=untouched, clock=SetClock(NOW))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    client = app.test_client()
    sign_client_in(client, untouched, SetClock(NOW), person.id)
    return client


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_workbook_is_explained_in_both_languages_and_nothing_is_written(
    planner_there: FlaskClient, untouched: Database, case: str
) -> None:
    data, sheet, cell = BROKEN[case]
    planner, said = planner_there, []
    before = row_counts(untouched)
    faults = read_order_workbook(data, today=TODAY).errors
    for locale in ("en", "zh_CN"):
        planner.set_cookie("mes_locale", locale)
        answer = upload(planner, data)
        assert 400 <= answer.status_code < 500
        rows = rows_of(answer.text)
        assert len(rows) == len(faults) > 0
        row = next(row for row in rows if row[:2] == [sheet or "–", cell or "–"])
        said.append(row[-1])
        reason = next(f.reason for f in faults if (f.sheet, f.cell) == (sheet, cell))
        assert row[-1] == reason.render(lambda message, locale=locale: translate(message, locale))  # type: ignore[misc]
    assert said[0] != said[1]
    assert any("一" <= character <= "鿿" for character in said[1])
    assert row_counts(untouched) == before


def test_the_example_of_the_template_comes_in_and_is_known_the_second_time(
    client_as: ClientAs, database: Database
) -> None:
    planner = client_as("planner")
    first = upload(planner, EXAMPLE)
    assert first.status_code == 303
    page = planner.get(first.location).text
    assert f"Imported {EXAMPLE_ELEMENTS} elements" in page
    before = row_counts(database)
    assert before["element"] == EXAMPLE_ELEMENTS
    second = upload(planner, EXAMPLE)
    assert second.location == first.location
    assert "This order was imported before; nothing was changed" in planner.get(second.location).text
    after = row_counts(database)
    assert {**after, "command": before["command"]} == before


def test_a_position_that_is_taken_is_explained(client_as: ClientAs, database: Database) -> None:
    planner = client_as("planner")
    upload(planner, changed())
    before = row_counts(database)
    answer = upload(planner, changed(setting("构件清单", "G2", 9)))
    assert answer.status_code == 422
    assert "position 1-2/A-B on 2F of 1# is ordered already" in unescape(answer.text)
    assert row_counts(database) == before


def test_without_a_file_or_a_right_command_id_nothing_happens(client_as: ClientAs, database: Database) -> None:
    planner = client_as("planner")
    before = row_counts(database)
    assert planner.post("/orders", data={"command_id": str(uuid4())}).status_code == 303
    for command_id in ("", "nonsense"):
        form = {"command_id": command_id, "workbook": (io.BytesIO(changed()), "a.xlsx")}
        assert planner.post("/orders", data=form, content_type="multipart/form-data").status_code == 422
    assert row_counts(database) == before


def test_the_template_is_offered_in_the_readers_language(client_as: ClientAs) -> None:
    planner = client_as("planner")
    for locale in ("en", "zh_CN"):
        data = planner.get(f"/orders/template.xlsx?lang={locale}").data
        assert read_order_workbook(data, today=TODAY).element_count == EXAMPLE_ELEMENTS


def test_orders_projects_and_elements_are_listed(client_as: ClientAs, database: Database, clock: SetClock) -> None:
    imported = create_order(database, clock, [(SLAB, 3), ("NQ-2128", 2)])
    planner = client_as("planner")
    assert imported.order_number in planner.get("/orders").text
    assert planner.get(f"/orders/{imported.order_number}").text.count('href="/elements/') == 5
    for query, count in (
        ("", 5),
        ("project=XM-01", 5),
        ("project=XM-02", 0),
        ("family=interior_wall", 2),
        ("state=planned", 5),
        ("state=curing", 0),
        ("text=NQ-21", 2),
        ("text=4", 1),
        ("text=2-A", 2),
        ("text=%25", 0),
        ("text=_", 0),
        ("page=99999999999999999999", 0),
    ):
        page = planner.get(f"/elements?{query}")
        assert page.status_code == 200
        assert page.text.count('<a href="/elements/') == count, query


@pytest.mark.parametrize("query", ["text=%00", "project=%00", "state=a%00b", "family=%00"])
def test_characters_that_no_database_can_look_for_are_refused(client_as: ClientAs, query: str) -> None:
    planner = client_as("planner")
    for address in ("/elements", "/api/v1/elements"):
        assert planner.get(f"{address}?{query}").status_code == 422


def test_an_element_is_held_and_released_on_its_page(client_as: ClientAs, database: Database, clock: SetClock) -> None:
    create_order(database, clock, [(SLAB, 1)])
    planner = client_as("planner")
    assert SLAB in planner.get("/elements/1").text
    hold = {"command_id": str(uuid4()), "expected_version": "1", "reason": "crack at the edge"}
    assert planner.post("/elements/1/hold", data=hold).status_code == 303
    assert planner.post("/elements/1/hold", data=hold).status_code == 303  # the same command again
    page = planner.get("/elements/1").text
    assert "crack at the edge" in page
    assert "Release from hold" in page
    with database.reading() as session:
        version = session.scalars(select(Element.version)).one()
    stale = {"command_id": str(uuid4()), "expected_version": str(version - 1)}
    refused = planner.post("/elements/1/release", data=stale)
    assert refused.status_code == 409
    assert "changed by somebody else" in refused.text
    fresh = {"command_id": str(uuid4()), "expected_version": str(version)}
    assert planner.post("/elements/1/release", data=fresh).status_code == 303
    assert "Put on hold" in planner.get("/elements/1").text


def test_a_hold_needs_a_reason(client_as: ClientAs, database: Database, clock: SetClock) -> None:
    create_order(database, clock, [(SLAB, 1)])
    planner = client_as("planner")
    before = row_counts(database)
    body = {"command_id": str(uuid4()), "expected_version": "1", "reason": "  "}
    assert planner.post("/elements/1/hold", data=body).status_code == 422
    assert row_counts(database) == before


def pages_of(answer: Any) -> list[str]:
    """The text of each page of a PDF."""
    assert answer.mimetype == "application/pdf"
    return [page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages]


def test_labels_are_a_pdf_with_the_serial(client_as: ClientAs, database: Database, clock: SetClock) -> None:
    imported = create_order(database, clock, [(SLAB, 12)])
    planner = client_as("planner")
    one = pages_of(planner.get("/labels.pdf?serial=11"))
    assert len(one) == 1
    assert SLAB in one[0]
    assert "11" in one[0].split()
    each = pages_of(planner.get(f"/labels.pdf?order={imported.order_number}"))
    assert [str(serial) in text.split() for serial, text in enumerate(each, start=1)] == [True] * 12
    assert len(pages_of(planner.get(f"/labels.pdf?order={imported.order_number}&sheet=a4"))) == 2  # eight on a sheet
    assert planner.get("/labels.pdf?order=SO-1").status_code == 404


def test_a_scan_leads_to_the_element(client_as: ClientAs, database: Database, clock: SetClock) -> None:
    element = elements_of(database, create_order(database, clock, [(SLAB, 2)]))[1]
    operator = client_as("operator")
    for code in (
        element.digital_link,
        f"http://mes.example:8000/01/{element.gtin}/21/{element.serial}",
        f"(01){element.gtin}(21){element.serial}",
        f"]d201{element.gtin}21{element.serial}",
        element.epc_hex,
        str(element.serial),
        f"  {element.serial} ",
    ):
        answer = operator.get("/scan", query_string={"code": code})
        assert (answer.status_code, answer.location) == (303, f"/elements/{element.serial}"), code


def test_a_receiver_never_sees_another_projects_elements(
    client_as: ClientAs, database: Database, clock: SetClock
) -> None:
    mine = elements_of(database, create_order(database, clock, [(SLAB, 2)], project="XM-01"))
    others = elements_of(database, create_order(database, clock, [(SLAB, 3)], project="XM-02"))
    receiver = client_as("receiver", (mine[0].project_id,))
    assert receiver.get("/api/v1/elements").json["items"][-1]["serial"] == 2  # type: ignore[index]
    assert [p["code"] for p in receiver.get("/api/v1/projects").json["items"]] == ["XM-01"]  # type: ignore[index]
    page = receiver.get("/elements").text
    assert page.count('<a href="/elements/') == 2
    assert "XM-02" not in page
    assert receiver.get("/api/v1/elements?project=XM-02").json["items"] == []  # type: ignore[index]
    for element in others:
        serial = element.serial
        assert receiver.get(f"/elements/{serial}").status_code == 404
        assert receiver.get(f"/api/v1/elements/{serial}").status_code == 404
        assert receiver.get("/scan", query_string={"code": element.digital_link}).status_code == 404
        assert receiver.get("/scan", query_string={"code": str(serial)}).status_code == 404
        assert receiver.get(f"/labels.pdf?serial={serial}").status_code in (403, 404)
    assert receiver.get(f"/elements/{mine[0].serial}").status_code == 200


def test_a_planner_of_one_project_sees_and_orders_for_that_one_only(
    client_as: ClientAs, database: Database, clock: SetClock
) -> None:
    mine = create_order(database, clock, [(SLAB, 2)], project="XM-01")
    other = create_order(database, clock, [(SLAB, 3)], project="P-1")
    planner = client_as("planner", (elements_of(database, mine)[0].project_id,))
    page = planner.get("/orders").text
    assert mine.order_number in page
    assert other.order_number not in page
    assert planner.get(f"/orders/{other.order_number}").status_code == 404
    assert planner.get(f"/labels.pdf?order={other.order_number}").status_code == 404
    before = row_counts(database)
    assert upload(planner, changed()).status_code == 404  # an order for P-1
    assert row_counts(database) == before


def test_the_api_takes_an_order_once(client_as: ClientAs, database: Database) -> None:
    planner = client_as("planner")
    first = upload(planner, EXAMPLE, address="/api/v1/orders")
    assert first.status_code == 200
    assert first.json["element_count"] == EXAMPLE_ELEMENTS
    second = upload(planner, EXAMPLE, address="/api/v1/orders")
    assert second.json["already_known"]
    assert second.json["order_number"] == first.json["order_number"]
    assert row_counts(database)["element"] == EXAMPLE_ELEMENTS


def test_the_api_names_every_fault_as_problem_json(client_as: ClientAs, database: Database) -> None:
    planner = client_as("planner")
    before = row_counts(database)
    data = changed(setting("构件清单", "E2", "两块"), setting("楼栋楼层", "D2", "二"))
    answer = upload(planner, data, address="/api/v1/orders")
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    problem = answer.json
    assert set(problem) == {"type", "title", "status", "detail", "instance", "errors"}
    assert (problem["type"], problem["status"]) == ("urn:precast-mes:problem:invalid-input", 422)
    assert problem["instance"] == "/api/v1/orders"
    assert {error["where"] for error in problem["errors"]} == {"构件清单!E2", "楼栋楼层!D2"}
    assert row_counts(database) == before


def test_the_api_pages_through_elements(client_as: ClientAs, database: Database, clock: SetClock) -> None:
    create_order(database, clock, [(SLAB, 7)])
    planner = client_as("planner")
    serials, address = [], "/api/v1/elements?limit=3"
    while address:
        page = planner.get(address).json
        assert page is not None
        serials.append([item["serial"] for item in page["items"]])
        address = f"/api/v1/elements?limit=3&cursor={page['next']}" if page["next"] else ""
    assert serials == [[1, 2, 3], [4, 5, 6], [7]]


@pytest.mark.parametrize("cursor", ["x", "ImFiYyI", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "dHJ1ZQ", "LTE", "eyJhIjoxfQ"])
def test_a_cursor_that_is_not_ours_is_refused(client_as: ClientAs, cursor: str) -> None:
    answer = client_as("planner").get(f"/api/v1/elements?cursor={cursor}")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["where"] == "cursor"  # type: ignore[index]


def test_an_unchanged_answer_is_not_sent_again(client_as: ClientAs, database: Database, clock: SetClock) -> None:
    made = elements_of(database, create_order(database, clock, [(SLAB, 2)]))
    planner = client_as("planner")
    tag = planner.get("/api/v1/elements").headers["ETag"]
    again = planner.get("/api/v1/elements", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    advance(database, clock, [made[0].id], "scheduled")
    changed_now = planner.get("/api/v1/elements", headers={"If-None-Match": tag})
    assert changed_now.status_code == 200
    assert changed_now.headers["ETag"] != tag


def test_the_apis_own_description_is_valid_openapi_3_1(app: Flask) -> None:
    document = app.test_client().get("/api/openapi.json").json
    assert document is not None
    assert document["openapi"].startswith("3.1")
    from openapi_spec_validator import OpenAPIV31SpecValidator  # seconds, which only this test shall pay

    OpenAPIV31SpecValidator(document).validate()
    assert {"/api/v1/elements", "/api/v1/orders", "/api/v1/elements/{serial}/hold"} <= set(document["paths"])
