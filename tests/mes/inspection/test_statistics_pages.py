"""Pages and API of statistics: what they show, that a choice stays in the address, who may see what."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.ids import new_id
from mes.orders.models import Element, Project
from tests.conftest import NOW
from tests.mes.inspection.history import History, Piece
from tests.mes.inspection.test_statistics import DAY, drifting

Client = Callable[..., FlaskClient]
ROOT = "/inspection/statistics"
PAGES = ("", "/dimensions/length", "/fractions", "/elements", "/warnings", "/download/yield.csv")


@pytest.fixture
def history(app: object, database: Database, clock: SetClock) -> History:
    """A drifting length, two cracks and a good element of another project."""
    made = History(database, clock, ["XM-01", "XM-02"])
    crack = Piece(NOW - DAY, {"length": 0.5}, accepted=False, defect="crack", cause="mould", cost_cny=120.0)
    made.write([*drifting(), crack, replace(crack, crew="=1+1"), Piece(NOW, project="XM-02")])
    return made


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(ROOT + path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def links(page: str, path: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(rf'href="({ROOT}{path}[^"]*)"', page)]


@pytest.mark.parametrize(("role", "status"), [("operator", 403), ("receiver", 403), ("planner", 200), ("admin", 200)])
def test_statistics_are_for_those_who_may_read_them(
    history: History, client_as: Client, role: str, status: int
) -> None:
    client = client_as(role)
    assert {path: client.get(ROOT + path).status_code for path in PAGES} == dict.fromkeys(PAGES, status)


def test_the_overview_shows_yield_causes_and_what_is_about_to_go_wrong(history: History, client_as: Client) -> None:
    page = text(client_as("planner"), "")
    assert "41 of 43 right at the first try" in page
    assert "Length · Composite slab · SL" in page
    assert re.search(r"first elements out about \d\d-\d\d, the limit \+5 mm is met about \d\d-\d\d", page)
    assert page.index("Length · Composite slab · SL") < page.index("First-pass yield by week")
    assert "Crack" in page
    assert "Cause not named yet" not in page
    assert "cost ¥ 240" in page


def test_each_part_of_a_picture_opens_its_elements_and_keeps_the_choice(history: History, client_as: Client) -> None:
    client = client_as("planner")
    page = text(client, "?line=SL&from=2026-11-01&to=2026-11-23&crew=甲班")
    found = links(page, "/elements")
    assert found
    assert all("line=SL" in link and "crew=%E7%94%B2%E7%8F%AD" in link for link in found)
    crack = next(link for link in found if "defect=crack" in link)
    assert client.get(crack).get_data(as_text=True).count("NC-") == 0
    assert client.get(crack).get_data(as_text=True).count("/inspection/nonconformities/") == 1


def test_a_point_of_a_chart_opens_the_elements_behind_it(history: History, client_as: Client) -> None:
    client = client_as("planner")
    page = text(client, "/dimensions/length?size=5")
    points = links(page, "/elements")
    assert len(set(points)) == 8  # 42 readings, five at a time
    assert points[0].count("i=") == 5
    listed = client.get(points[0]).get_data(as_text=True)
    assert len(re.findall(r"/inspection/elements/[0-9a-f-]{36}", listed)) == 5
    assert "[-5, +5]" in listed
    assert "Cpk" in page


def test_the_size_of_a_point_can_be_chosen(history: History, client_as: Client) -> None:
    client = client_as("planner")
    shown = {size: text(client, f"/dimensions/length?size={size}") for size in (1, 2, 10)}
    assert {size: len(set(links(page, "/elements"))) for size, page in shown.items()} == {1: 42, 2: 21, 10: 4}
    assert "eight points in a row on one side" in shown[1]
    assert "spc-mark" in shown[1]


def test_too_few_readings_are_told_and_none_too(history: History, client_as: Client) -> None:
    client = client_as("planner")
    assert "too few for a chart" in text(client, "/dimensions/length?size=10&from=2026-11-20&to=2026-11-22")
    assert "Nothing was measured in this choice" in text(client, "/dimensions/width?crew=nobody")


def test_the_p_chart_by_day_and_week(history: History, client_as: Client) -> None:
    client = client_as("inspector")
    assert "UCL" in text(client, "/fractions")
    by_day = text(client, "/fractions?by=day")
    assert by_day.count("spc-dot") > text(client, "/fractions").count("spc-dot")


ASKED = {
    "/dimensions/happiness": 404,
    "?from=2026-13-01": 422,
    "?from=2026-11-02&to=2026-11-01": 422,
    "?from=0001-01-01&to=9999-12-31": 422,
    "?shift=early": 422,
    "?line=%00": 422,
    "?pallet=seven": 422,
    "?kind=everything": 422,
    "?line=" + "x" * 400: 422,
    "/elements?i=nonsense": 422,
    "/download/secrets.csv": 404,
    "/dimensions/length?size=nonsense&page=-3": 200,
    "/dimensions/length?size=99&page=99999": 200,
    "/elements?i=00000000-0000-0000-0000-000000000001": 200,
    "?line=none&shift=0000-0800": 200,
}


def test_what_is_asked_wrongly_is_answered_clearly(history: History, client_as: Client) -> None:
    client = client_as("planner")
    assert {path: client.get(ROOT + path).status_code for path in ASKED} == ASKED


def test_a_table_for_a_spreadsheet(history: History, client_as: Client) -> None:
    client = client_as("planner")
    answer = client.get(f"{ROOT}/download/readings.csv?item=length")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert len(rows) == 42
    assert rows[0]["lower_mm"] == "-5.0"
    defects = text(client, "/download/defects.csv").splitlines()
    assert len(defects) == 3
    assert any(row.endswith("'=1+1") for row in defects)  # no spreadsheet takes it for a formula
    assert "2026-11-23" in text(client, "/download/yield.csv")


def test_a_supervisor_of_one_project_sees_that_project_alone(
    history: History, database: Database, client_as: Client
) -> None:
    with database.reading() as session:
        other = session.query(Project.id).filter_by(code="XM-02").scalar()
        foreign = session.query(Element.id).join(Project).filter(Project.code == "XM-01").first()
    client = client_as("supervisor", (other,))
    page = text(client, "")
    assert "1 of 1 right at the first try" in page
    assert "XM-01" not in page
    assert "Drift towards" not in page
    assert foreign is not None
    assert client.get("/api/v1/statistics/warnings").get_json() == {"items": []}
    assert client.get("/api/v1/statistics/yield").get_json()["total"] == 1
    assert "Accepted" not in text(client, f"/elements?i={new_id()}")


def test_the_start_pages_load_the_warnings(history: History, client_as: Client) -> None:
    for role, path in (("inspector", "/inspection"), ("planner", "/dashboard")):
        client = client_as(role)
        assert f'hx-get="{ROOT}/warnings"' in client.get(path).get_data(as_text=True)
        fragment = text(client, "/warnings")
        assert "<html" not in fragment
        assert "Length · Composite slab · SL" in fragment
    assert "/warnings" not in client_as("operator").get("/dashboard").get_data(as_text=True)


def test_the_api_tells_the_same_as_the_pages(history: History, client_as: Client) -> None:
    client = client_as("inspector")
    found = client.get("/api/v1/statistics/yield?by=day&line=SL").get_json()
    assert (found["good"], found["total"]) == (41, 43)
    assert sum(day["total"] for day in found["items"]) == 43
    length = client.get("/api/v1/statistics/dimensions/length?size=2").get_json()
    assert (length["unit"], length["count"], len(length["points"])) == ("mm", 42, 21)
    assert length["capability"]["cpk"] > length["capability"]["ppk"]
    assert client.get("/api/v1/statistics/dimensions/width").get_json()["count"] == 40
    kinds = client.get("/api/v1/statistics/defects").get_json()["by_kind"]
    assert kinds == [{"name": "crack", "weight": 2, "share": 1.0, "cumulative": 1.0}]
    warning = client.get("/api/v1/statistics/warnings").get_json()["items"][0]
    assert (warning["item"], warning["line"], warning["kind"], warning["limit"]) == ("length", "SL", "trend", 5)
    assert client.get("/api/v1/statistics/dimensions/length?size=11").status_code == 422
    assert client.get("/api/v1/statistics/dimensions/happiness").status_code == 404


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that the database is asked meanwhile."""
    asked: list[str] = []

    def remember(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", remember)
    yield asked
    event.remove(database.engine, "before_cursor_execute", remember)


def test_more_inspections_ask_no_more_of_the_database(history: History, client_as: Client, database: Database) -> None:
    client = client_as("planner")
    paths = ("?shift=0730-1730", "/dimensions/length", "/elements", "/fractions")

    def asked() -> dict[str, int]:
        numbers = {}
        for path in paths:
            with counted(database) as statements:
                text(client, path)
            numbers[path] = len(statements)
        return numbers

    asked()  # what is asked once and remembered
    few = asked()
    history.write([replace(piece, inspected_at=piece.inspected_at + timedelta(hours=1)) for piece in drifting()])
    assert asked() == few
