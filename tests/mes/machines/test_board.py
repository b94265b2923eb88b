"""The line board's document: what it says, when it says nothing, and how little it costs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.errors import NotFound
from mes.machines.board import Snapshots
from mes.machines.board.snapshot import FRESH_SECONDS, MOST_KEPT
from mes.machines.rules import rules
from mes.planning.models import Operation
from tests.mes.machines.shift_story import ToldLine, put_on_pallet, told_line

SignIn = Callable[..., FlaskClient]
STATE = "/machines/board/state?line=SL"


@pytest.fixture
def line(app: object, database: Database, clock: SetClock) -> ToldLine:
    """The slab line in the application's database; casting works on pallet 3, load 1 lies on it."""
    found = told_line(database, clock, loads=1)
    put_on_pallet(found, 0, 3)
    found.say("casting", state="execute", pallet=3, progress_percent=40)
    return found


def board(line: ToldLine) -> dict[str, Any]:
    """The document, made anew."""
    with line.database.reading() as session:
        _, text = Snapshots().document(session, ("SL",), line.clock.now())
    return json.loads(text)  # type: ignore[no-any-return]


def station(line: ToldLine, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = board(line)["stations"][f"SL-{kind}"]
    return found


def test_a_station_shows_state_pallet_progress_and_its_load(line: ToldLine) -> None:
    shown = station(line, "casting")
    assert (shown["lamp"], shown["state"], shown["pallet"], shown["progress"]) == ("running", "execute", 3, 40)
    assert board(line)["pallets"]["3"] == {"load": 1, "family": "composite_slab", "pieces": 2}


def test_a_chamber_shows_its_slots_since_when_they_are_taken_and_its_zones(line: ToldLine) -> None:
    came = int(line.clock.now().timestamp() * 1000)
    line.say("curing", state="execute", slot_07_pallet=9, zone_1_temperature_c=44.2, zone_2_temperature_c=51.0)
    line.clock.advance(hours=2)
    line.say("curing", slot_08_pallet=11)
    shown = station(line, "curing")
    assert shown["slots"] == [[7, 9, came], [8, 11, came + 7_200_000]]
    assert shown["zone_temperatures"] == {"1": 44.2, "2": 51.0}


def test_a_slot_that_is_told_again_is_as_old_as_the_work_in_it(line: ToldLine) -> None:
    began = line.clock.now()
    with line.database.writing() as session:
        operation = session.get_one(Operation, line.floor.operation("curing").id)
        operation.state, operation.started_at = "running", began
    line.clock.advance(hours=3)
    line.say("curing", state="execute", slot_01_pallet=3)  # the gateway was started anew
    assert station(line, "curing")["slots"] == [[1, 3, int(began.timestamp() * 1000)]]


def test_an_alarm_stands_on_the_board_until_it_is_gone(line: ToldLine) -> None:
    line.say("shuttering", state="held", gripper_fault=True)
    (alarm,) = station(line, "shuttering")["alarms"]
    assert (alarm["code"], alarm["text"]["zh"]) == ("E301", "抓手故障")
    line.say("shuttering", state="execute", gripper_fault=False)
    assert "alarms" not in station(line, "shuttering")


def test_a_machine_that_is_not_reached_is_no_longer_trusted(line: ToldLine) -> None:
    line.report("casting", "failed", "no connection to 10.0.0.7:502")
    shown = station(line, "casting")
    assert (shown["good"], shown["lamp"], shown["connection"]) == (False, "offline", "failed")
    assert shown["reason"] == "no connection to 10.0.0.7:502"


def test_a_silent_gateway_is_named_with_the_time_it_was_heard_last(line: ToldLine) -> None:
    assert board(line)["away"] == {}
    heard = line.clock.now()
    line.clock.at += rules().silent_after + timedelta(seconds=1)
    assert board(line)["away"] == {"SL": int(heard.timestamp() * 1000)}
    assert station(line, "casting")["lamp"] == "offline"


def test_nothing_is_sent_while_nothing_changed(line: ToldLine, client_as: SignIn) -> None:
    client = client_as("operator")
    first = client.get(STATE).json
    assert client.get(f"{STATE}&seen={first['version']}").status_code == 204
    line.say("casting", state="held")
    time.sleep(FRESH_SECONDS)  # screens share an answer for a moment
    answer = client.get(f"{STATE}&seen={first['version']}")
    assert answer.json["board"]["stations"]["SL-casting"]["lamp"] == "fault"


def test_a_poll_is_a_few_queries_whatever_the_line_has(line: ToldLine) -> None:
    snapshots = Snapshots()
    with line.database.reading() as session:
        snapshots.document(session, ("SL",), line.clock.now())
        with counted(line.database) as statements:
            snapshots._kept.pop(("fresh", "SL"))
            snapshots.document(session, ("SL",), line.clock.now())
            assert len(statements) == 3
            snapshots.document(session, ("SL",), line.clock.now())
            assert len(statements) == 3, "screens that ask at once share the answer"


def test_what_readers_ask_for_does_not_pile_up(line: ToldLine) -> None:
    snapshots = Snapshots()
    with line.database.reading() as session:
        for number in range(100):
            with suppress(NotFound):
                snapshots.document(session, (f"X{number}",), line.clock.now())
        assert not snapshots._kept
        for number in range(1, 40):
            snapshots.document(session, ("SL",) * number, line.clock.now())
    assert len(snapshots._kept) == MOST_KEPT


def test_the_board_and_what_a_tap_tells(line: ToldLine, client_as: SignIn) -> None:
    client = client_as("operator")
    page = client.get("/machines/board").text
    assert "data-line-board" in page
    assert 'class="side-nav"' in page
    wall = client.get("/machines/board?wall=1").text
    assert 'class="side-nav"' not in wall
    assert "data-refresh-seconds" not in wall
    pallet = client.get("/machines/board/pallets/3").text
    assert "DBS1-67-3620-31" in pallet
    assert "The house knows no load" in client.get("/machines/board/pallets/8").text
    assert "SL/casting" in client.get("/machines/board/stations/SL-casting").text
    assert client.get("/machines/board?line=XX").status_code == 404
    assert client.get("/machines/board/state?line=XX").status_code == 404
    assert client_as("receiver").get(STATE).status_code == 403


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that a database is asked."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_further: Any) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine, "before_cursor_execute", note)
