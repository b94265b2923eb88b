"""Old QR codes in plain words lead to the one piece that all their words fit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.orders.models import Element
from mes.orders.old_codes import element_of_words
from tests.conftest import actor
from tests.factories import create_order, elements_of


@pytest.fixture
def elements(app: object, database: Database, clock: SetClock) -> list[Element]:
    """Three of a type, each at a position of its own."""
    return list(elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 3)])))


def words(element: Element, database: Database) -> dict[str, str]:
    with database.reading() as session:
        found = session.get_one(Element, element.id)
        told = {"project": found.project.name, "building": found.floor.building.name, "floor": found.floor.name}
        return {**told, "element": found.position}


def test_all_words_together_lead_to_the_piece(
    client_as: Callable[..., FlaskClient], elements: list[Element], database: Database
) -> None:
    told = words(elements[1], database)
    code = f"项目：{told['project']}\n楼栋：{told['building']}\n楼层：{told['floor']}\n构件编号：{told['element']}"
    answer = client_as("planner").get("/scan", query_string={"code": code})
    assert (answer.status_code, answer.headers.get("Location")) == (303, "/elements/2")


@pytest.mark.parametrize("name", ["project", "building", "floor", "element"])
def test_a_word_that_does_not_fit_leads_nowhere(elements: list[Element], database: Database, name: str) -> None:
    told = words(elements[1], database) | {name: "another"}
    with database.reading() as session:
        assert element_of_words(session, actor("planner"), told) is None


def test_nobody_is_led_to_another_projects_piece(elements: list[Element], database: Database) -> None:
    told = words(elements[1], database)
    with database.reading() as session:
        assert element_of_words(session, actor("receiver", project_ids=()), told) is None
        assert element_of_words(session, actor("planner"), told) is not None


def test_words_that_fit_several_pieces_lead_to_none(elements: list[Element], database: Database) -> None:
    with database.reading() as session:
        assert element_of_words(session, actor("planner"), {"element": ""}) is None
        assert element_of_words(session, actor("planner"), {"building": "1"}) is None
