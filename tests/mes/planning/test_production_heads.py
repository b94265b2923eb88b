"""Who is head of production, when and where; named by planners and administrators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mes.core.clock import SetClock
from mes.core.commands import Work, perform
from mes.core.database import Database
from mes.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from mes.core.ids import new_id
from mes.ledger.models import LedgerEvent
from mes.planning.heads import EndHead, NameHead, end_head, head_facts, name_head
from mes.planning.models import Line, ProductionHead
from tests.conftest import actor, create_plant
from tests.mes.shopfloor.plant import create_line

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def line(database: Database, clock: SetClock) -> Line:
    """The slab line of a plant."""
    create_plant(database, clock)
    with database.writing() as session:
        return create_line(Work(session, actor("planner"), clock))


def name(database: Database, clock: SetClock, who: str, role: str = "planner", **facts: Any) -> UUID:
    command = NameHead(name=who, **facts)
    found: UUID = perform(database, actor(role), clock, name_head, command).id
    return found


def head(database: Database, line: Line, at: datetime) -> str:
    with database.reading() as session:
        facts = head_facts(session, line, at)
    return str(facts["production_head"]["name"]) if facts else ""


def test_a_lines_own_head_comes_before_the_plants(database: Database, clock: SetClock, line: Line) -> None:
    start = clock.now()
    assert head(database, line, start) == ""
    name(database, clock, "陈工")
    assert head(database, line, start) == "陈工"
    name(database, clock, "林工", line="SL", until=start + timedelta(days=2), role="admin")
    assert [head(database, line, start + timedelta(days=days)) for days in (-1, 0, 1, 2)] == [
        "",
        "林工",
        "林工",
        "陈工",
    ]


def test_a_successor_ends_whoever_was_it_before(database: Database, clock: SetClock, line: Line) -> None:
    start = clock.now()
    name(database, clock, "陈工")
    clock.advance(minutes=60 * 24)
    name(database, clock, "  林 工 ")
    assert head(database, line, start + timedelta(hours=23)) == "陈工"
    assert head(database, line, clock.now()) == "林 工"
    with pytest.raises(Conflict, match="陈工 is named for that time already"):
        name(database, clock, "黄工", since=start)
    with database.reading() as session:
        kinds = session.scalars(select(LedgerEvent.kind).where(LedgerEvent.kind.like("production.%"))).all()
        assert session.scalars(select(LedgerEvent.content)).all()[-1]["data"]["name"] == "林 工"
    assert kinds == ["production.head_named"] * 2


def test_it_ends_and_nobody_follows(database: Database, clock: SetClock, line: Line) -> None:
    first = name(database, clock, "陈工")
    clock.advance(minutes=60)
    perform(database, actor("planner"), clock, end_head, EndHead(head_id=first))
    assert head(database, line, clock.now()) == ""
    with pytest.raises(Conflict, match="until then only"):
        perform(database, actor("planner"), clock, end_head, EndHead(head_id=first))
    by_mistake = name(database, clock, "林工", since=clock.now() + timedelta(days=1))
    perform(database, actor("planner"), clock, end_head, EndHead(head_id=by_mistake))
    name(database, clock, "黄工")  # nobody stands in the way
    assert head(database, line, clock.now() + timedelta(days=2)) == "黄工"


def test_what_cannot_be_is_refused_and_changes_nothing(database: Database, clock: SetClock, line: Line) -> None:
    now = clock.now()
    with pytest.raises(InvalidInput, match="end before it begins"):
        name(database, clock, "陈工", until=now)
    with pytest.raises(InvalidInput, match="Say who it is"):
        name(database, clock, "   ")
    with pytest.raises(NotFound, match="There is no line XX"):
        name(database, clock, "陈工", line="XX")
    for role in ("operator", "inspector", "quality_manager", "supervisor", "authority", "receiver"):
        with pytest.raises(Forbidden):
            name(database, clock, "陈工", role=role)
    with database.reading() as session:
        assert session.scalars(select(ProductionHead)).all() == []


def test_a_planner_names_somebody_on_the_page(app: object, client_as: SignIn, line: Line) -> None:
    client = client_as("planner")
    form = {"command_id": str(new_id()), "name": "陈工", "line": "SL"}
    assert "陈工" in client.post("/production-heads/", data=form, follow_redirects=True).text
    wrong = {"command_id": str(new_id()), "name": "林工", "since": "2030-01-01T08:00", "until": "2029-01-01T08:00"}
    refused = client.post("/production-heads/", data=wrong)
    assert (refused.status_code, "It would end before it begins" in refused.text) == (422, True)
    listed = client.get("/api/v1/production-heads").get_json()["items"]
    assert [(one["name"], one["line"], one["until"]) for one in listed] == [("陈工", "SL", None)]
    ended = client.post(f"/production-heads/{listed[0]['id']}/end", data={"command_id": str(new_id())})
    assert ended.status_code == 303
    assert client_as("operator").get("/production-heads/").status_code == 403
