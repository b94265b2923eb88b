"""The register as people and programs use it: lists, a page for each piece, wrong input, a list from a spreadsheet."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.formwork.workbook import read_list, write_template
from mes.library import service as library
from mes.library.models import Mould
from mes.planning.models import Pallet
from mes.shopfloor import service as shopfloor
from tests.conftest import actor
from tests.factories import SLAB, row_counts
from tests.mes.shopfloor.plant import Floor, add_floor
from tests.mes.shopfloor.test_genealogy import add_mould

ClientAs = Callable[..., FlaskClient]
TITLES = ("模具编号", "构件类别", "型号", "长度(mm)", "已浇筑次数", "备注")


@pytest.fixture
def floor(database: Database, clock: SetClock, plant: None) -> Floor:
    """One load of two slabs at the first station; a registered mould that shapes it, and one that does not."""
    made = add_floor(database, clock)
    made.start("cleaning")
    for code, further in (("DBS-M1", {"type_code": SLAB, "casts": 64}), ("DBS-M2", {"maker": "甲厂"})):
        command = library.RegisterMould.model_validate({"code": code, "family": "composite_slab", **further})
        made.do(library.register_mould, command, actor("planner"))
    made.do(shopfloor.note_mould, shopfloor.NoteMould(load_id=made.load_ids[0], code="DBS-M1"))
    return made


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return unescape(answer.get_data(as_text=True))


def send(client: FlaskClient, address: str, form: Mapping[str, Any]) -> tuple[int, str]:
    answer = client.post(address, data={"command_id": str(uuid4()), **form})
    return answer.status_code, unescape(answer.get_data(as_text=True))


def book(moulds: list[tuple[Any, ...]] = [], pallets: list[tuple[Any, ...]] = []) -> bytes:  # noqa: B006
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "模具清单"
    for row in (TITLES, *moulds):
        sheet.append(row)
    if pallets:
        second = made.create_sheet("模台清单")
        for row in (("模台号", "生产线"), *pallets):
            second.append(row)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def upload(client: FlaskClient, data: bytes, address: str = "/moulds/import") -> Any:
    form = {"command_id": str(uuid4()), "workbook": (io.BytesIO(data), "moulds.xlsx")}
    return client.post(address, data=form, content_type="multipart/form-data")


def test_the_register_is_searched_and_filtered_and_counts_what_was_made(client_as: ClientAs, floor: Floor) -> None:
    client = client_as("planner")
    everything = page(client, "/moulds")
    assert all(
        text in everything for text in ("DBS-M1", "DBS-M2", SLAB, "Not inspected", "65")
    )  # 64 casts and one more
    assert "DBS-M1" not in page(client, "/moulds?text=甲厂")
    assert "DBS-M2" in page(client, "/moulds?text=甲厂")
    assert "DBS-M2" not in page(client, f"/moulds?text={SLAB}")
    assert "No mould here" in page(client, "/moulds?family=stair")
    assert "No mould here" in page(client, "/moulds?state=retired")
    assert "DBS-M1" in page(client, "/moulds?due=1")
    shown = page(client, "/moulds/dbs-m1")
    assert all(text in shown for text in ("Mould noted", "Mould registered", "Load 1", "Which elements?"))
    shape = client.get("/api/v1/moulds/DBS-M1").get_json()
    assert (shape["casts"], shape["loads"], shape["elements"], shape["type_code"]) == (65, 1, 2, SLAB)
    assert shape["inspection"] == {"state": "never", "inspected_at": None, "uses_since": 0, "due_after": None}


def test_pallets_show_their_load_and_their_life(client_as: ClientAs, floor: Floor) -> None:
    client = client_as("planner")
    pallet = floor.load().pallet
    assert pallet is not None
    assert all(text in page(client, "/pallets") for text in ("Load 1", "9000 × 3500 mm", "In service"))
    assert "Pallet registered" in page(client, f"/pallets/{pallet.number}")
    status, told = send(client, f"/pallets/{pallet.number}/retire", {"reason": "台面变形", "for_good": "yes"})
    assert (status, f"Pallet {pallet.number} carries load 1" in told) == (409, True)
    status, told = send(client, "/pallets", {"number": "x", "line": "SL"})
    assert (status, "A whole number, please" in told) == (422, True)
    assert send(client, "/pallets", {"number": "101", "line": "SL", "remark": "备用"})[0] == 303
    assert send(client, "/pallets/101/edit", {"line": "XL", "expected_version": "1"})[0] == 422
    assert send(client, "/pallets/101/retire", {"reason": "送修", "for_good": "no"})[0] == 303
    assert "Out of service" in page(client, "/pallets?text=101&state=withdrawn")
    assert "Out of service" in page(client, "/pallets/101")


def test_a_mould_is_entered_described_anew_and_taken_out_on_its_page(client_as: ClientAs, floor: Floor) -> None:
    client = client_as("planner")
    typed = {"code": "LT-1", "family": "stair", "length_mm": "abc", "casts": "", "casts_between_maintenance": "0"}
    status, told = send(client, "/moulds/new", typed)
    assert status == 422
    assert all(text in told for text in ("A whole number, please", "At least 1", 'value="LT-1"'))
    assert send(client, "/moulds/new", {**typed, "length_mm": "3300", "casts_between_maintenance": "80"})[0] == 303
    assert send(client, "/moulds/LT-1/edit", {"maker": "甲厂", "expected_version": "1", "casts": "5"})[0] == 303
    status, told = send(client, "/moulds/LT-1/edit", {"maker": "乙厂", "expected_version": "1"})
    assert (status, "Somebody else has changed mould LT-1 meanwhile" in told) == (409, True)
    assert send(client, "/moulds/LT-1/retire", {"reason": ""})[0] == 422
    assert send(client, "/moulds/LT-1/retire", {"reason": "侧模磨损", "for_good": "yes"})[0] == 303
    assert "侧模磨损" in page(client, "/moulds/LT-1")
    status, told = send(client, "/moulds/LT-1/return", {})
    assert (status, "its identity has ended" in told) == (409, True)
    page(client, "/moulds/NO-SUCH", 404)


def test_others_read_the_register_and_change_nothing(client_as: ClientAs, floor: Floor) -> None:
    operator = client_as("operator")
    assert "Register a mould" not in page(operator, "/moulds")
    assert "Take out of service" not in page(operator, "/moulds/DBS-M2")
    before = row_counts(floor.database)
    for address in ("/moulds/new", "/moulds/DBS-M2/retire", "/moulds/import", "/moulds/tell", "/pallets"):
        assert send(operator, address, {"reason": "worn"})[0] == 403
    assert row_counts(floor.database) == before
    assert client_as("receiver").get("/moulds").status_code == 403
    assert operator.get("/scan?code=dbs-m2").location == "/moulds/DBS-M2"
    assert client_as("receiver").get("/scan?code=dbs-m2").status_code == 404


def test_a_list_is_entered_whole_and_the_same_list_again_changes_nothing(client_as: ClientAs, floor: Floor) -> None:
    client = client_as("planner")
    data = book([("LT-1", "楼梯", None, 3300, 12, "新"), ("DBS-M3", "叠合板", SLAB, None, None, None)], [(101, "SL")])
    assert upload(client, data).status_code == 303
    assert {mould.code for mould in floor.rows(Mould)} == {"DBS-M1", "DBS-M2", "LT-1", "DBS-M3"}
    assert all(mould.registered_at for mould in floor.rows(Mould))
    assert 101 in {pallet.number for pallet in floor.rows(Pallet)}
    before = row_counts(floor.database)
    again = upload(client, data, "/api/v1/formwork/list")
    assert (again.status_code, again.get_json()) == (200, {"moulds": 0, "pallets": 0})
    assert upload(client, data).status_code == 303
    assert row_counts(floor.database) == before


def test_one_fault_keeps_the_whole_list_out_and_each_is_named_by_its_cell(client_as: ClientAs, floor: Floor) -> None:
    client = client_as("planner")
    before = row_counts(floor.database)
    rows = [
        ("LT-1", "楼梯", None, 3300, 12, None),
        ("LT-2", "滑梯", None, 3300, None, None),
        ("lt-1", "楼梯", None, "三米", None, None),
        ("模具-4", "楼梯", SLAB, None, None, None),
        ("DBS-M2", "叠合板", None, None, 7, None),
        (None, "楼梯", None, None, -1, None),
    ]
    answer = upload(client, book(rows, [(1, "SL"), (70000, "SL"), (102, "XL")]), "/api/v1/formwork/list")
    assert answer.status_code == 422
    faults = {fault["where"] for fault in answer.get_json()["errors"]}
    moulds = {"B3", "A4", "D4", "A5", "C5", "A6", "A7", "E7"}
    assert faults == {f"模具清单!{cell}" for cell in moulds} | {f"模台清单!{cell}" for cell in ("A3", "B4")}
    told = upload(client, book(rows)).get_data(as_text=True)
    assert all(
        text in unescape(told) for text in ("滑梯", "stands in row 2 already", "There is a mould DBS-M2 already")
    )
    assert upload(client, b"no workbook").status_code == 422
    assert row_counts(floor.database) == before


def test_the_blank_list_is_in_the_readers_language_and_reads_back_without_fault(floor: Floor) -> None:
    for locale, titles in (("zh_CN", ["模具清单", "模台清单"]), ("en", ["Moulds", "Pallets"])):
        data = write_template(locale, ["SL"])
        assert [sheet.title for sheet in load_workbook(io.BytesIO(data)).worksheets] == titles
        with floor.database.reading() as session:
            found = read_list(session, data)
        assert (found.faults, len(found.moulds), len(found.pallets)) == ((), 1, 1)


def test_pieces_of_earlier_days_are_told_of_at_once_when_a_planner_asks(client_as: ClientAs, floor: Floor) -> None:
    add_mould(floor, "OLD-1")
    client = client_as("planner")
    assert "1 moulds and 2 pallets were here before the register" in page(client, "/moulds")
    assert send(client, "/moulds/tell", {})[0] == 303
    assert all(piece.registered_at for table in (Mould, Pallet) for piece in floor.rows(table))
    assert "before the register" not in page(client, "/moulds")


def test_programs_page_through_the_register_and_send_the_same_commands(client_as: ClientAs, floor: Floor) -> None:
    client = client_as("planner")
    first = client.get("/api/v1/moulds?limit=1").get_json()
    assert [item["code"] for item in first["items"]] == ["DBS-M1"]
    second = client.get(f"/api/v1/moulds?limit=1&cursor={first['next']}&state=in_service").get_json()
    assert [item["code"] for item in second["items"]] == ["DBS-M2"]
    described = {"command_id": str(uuid4()), "drawing_number": "MJ-9", "expected_version": 1}
    amended = client.post("/api/v1/moulds/DBS-M2/amend", json=described)
    assert (amended.status_code, amended.get_json()["drawing_number"]) == (200, "MJ-9")
    leaving = {"command_id": str(uuid4()), "reason": "送修"}
    assert client.post("/api/v1/moulds/DBS-M2/retire", json=leaving).get_json()["state"] == "withdrawn"
    assert client.post("/api/v1/moulds/DBS-M2/retire", json=leaving).get_json()["state"] == "withdrawn"  # a repeat
    assert client.post("/api/v1/moulds/DBS-M2/return", json={"command_id": str(uuid4())}).get_json()["version"] == 4
    made = client.post("/api/v1/pallets", json={"command_id": str(uuid4()), "number": 101, "line": "SL"})
    assert (made.status_code, made.get_json()["line"]) == (200, "SL")
    assert client.get("/api/v1/pallets?line=SL").get_json()["items"][-1]["number"] == 101
    assert client.get("/api/v1/moulds/NO-SUCH").status_code == 404
