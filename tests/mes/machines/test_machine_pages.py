"""The machines at a glance and one machine's page: values, history, and what may be written to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from lines.plant import packaged_line, packaged_lines
from mes.app import STATIC
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.ids import new_id
from mes.machines.models import Machine, MachineCommand
from mes.machines.point_words import class_word, point_word
from mes.machines.queries.machine_page import SLOT_POINT
from mes.machines.reasons import stop_reasons
from mes.machines.rules import rules
from tests.mes.machines.shift_story import ToldLine, curing, told_line

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def line(app: object, database: Database, clock: SetClock) -> ToldLine:
    """The slab line in the application's database; casting works on pallet 3."""
    found = told_line(database, clock, loads=1)
    found.say("casting", state="execute", pallet=3, hopper_kg=2140.5)
    return found


def switch_on(line: ToldLine, device: str = "SL/casting") -> None:
    with line.database.writing() as session:
        session.get_one(Machine, device).commands_on = True


def charts(client: FlaskClient, device: str, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/machines/charts/{device}?{query}").json
    return found


def test_every_machine_is_listed_with_state_pallet_alarm_and_connection(line: ToldLine, client_as: SignIn) -> None:
    line.say("shuttering", state="held", gripper_fault=True)
    line.report("plotting", "quarantined", "the map has no entry for 77")
    page = client_as("operator").get("/machines").text
    assert page.count("/machines/device/SL/") == 15
    for words in ("works", "E301 Gripper fault", "in quarantine", "the map has no entry for 77", "last heard 11-23"):
        assert words in page


def test_the_live_part_is_sent_only_when_it_changed(line: ToldLine, client_as: SignIn) -> None:
    client = client_as("operator")
    text = client.get("/machines").text
    again = text.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert client.get(again).status_code == 204
    line.say("casting", state="held")
    assert "held at the machine" in client.get(again).text


def test_values_of_a_silent_gateway_are_shown_as_old(line: ToldLine, client_as: SignIn) -> None:
    line.clock.at += rules().silent_after + timedelta(seconds=1)
    page = client_as("operator").get("/machines").text
    assert "Gateway silent since 09:00" in page
    assert "lamp-running" not in page


def test_a_machines_page_shows_values_with_unit_and_age(line: ToldLine, client_as: SignIn) -> None:
    page = client_as("operator").get("/machines/device/SL/casting").text
    assert "<b>2140.5</b> kg" in page
    assert "Hopper weight" in page
    assert client_as("operator").get("/machines/device/SL/nothing").status_code == 404


def test_a_week_is_drawn_from_minutes_and_a_shift_from_single_values(line: ToldLine, client_as: SignIn) -> None:
    line.tell(curing(line.clock.now(), hours=8.0))
    client = client_as("operator")
    shift, week = charts(client, "SL/curing", "span=shift"), charts(client, "SL/curing", "span=week")
    (raw,) = [curve for curve in shift["curves"] if curve["point"] == "temperature_c"]
    (thin,) = [curve for curve in week["curves"] if curve["point"] == "temperature_c"]
    assert (raw["raw"], raw["title"], raw["warn_high"]) == (True, "Temperature", 70)
    assert thin["raw"] is False
    assert thin["step"] > 60_000
    assert len(thin["rows"]) <= 1500
    assert all(low <= mean <= high for _, low, mean, high in thin["rows"])


def test_a_chamber_that_heats_too_fast_is_told_with_the_rate(line: ToldLine, client_as: SignIn) -> None:
    line.tell(curing(line.clock.now(), hours=8.0, steep_from=1.0))
    document = charts(client_as("operator"), "SL/curing", "span=day")
    (curve,) = [curve for curve in document["curves"] if curve["point"] == "temperature_c"]
    too_fast = [phase for phase in curve["phases"] if phase["too_fast"]]
    assert too_fast
    assert all(20 < phase["rate"] <= 33 for phase in too_fast)
    minutes = sum(phase["to"] - phase["from"] for phase in too_fast) / 60_000
    assert 50 <= minutes <= 80


def test_the_strip_tells_every_state_and_alarm_of_the_time(line: ToldLine, client_as: SignIn) -> None:
    line.clock.advance(minutes=30)
    line.say("casting", state="held", gate_stuck=True)
    line.clock.advance(minutes=10)
    document = charts(client_as("operator"), "SL/casting", "span=hour")
    told = [(one["state"], round((one["to"] - one["from"]) / 60_000)) for one in document["states"]]
    assert told[-2:] == [("execute", 30), ("held", 10)]
    assert document["alarms"][0]["to"] - document["alarms"][0]["from"] == 600_000


def test_commands_are_offered_only_where_permitted_and_switched_on(line: ToldLine, client_as: SignIn) -> None:
    planner, url = client_as("planner"), "/machines/device/SL/casting"
    assert "Write to the machine" not in planner.get(url).text
    switch_on(line)
    page = planner.get(url).text
    assert 'value="target_m3"' in page
    assert 'name="name" value="release"' not in page
    assert "data-confirm" in page
    assert "Write to the machine" not in client_as("operator").get(url).text


def test_a_command_is_asked_once_and_its_outcome_is_shown(line: ToldLine, client_as: SignIn) -> None:
    switch_on(line)
    client = client_as("planner")
    form = {"command_id": str(new_id()), "name": "target_m3", "value": "2.5", "note": "thin slabs"}
    for _ in range(2):
        page = client.post("/machines/commands/SL/casting", data=form, follow_redirects=True).text
    assert "waits for the gateway" in page
    assert "thin slabs" in page
    with line.database.writing() as session:
        (command,) = session.query(MachineCommand).all()
        assert (command.point, command.value, command.asked_by) == ("target_m3", 2.5, "Planner")
        command.outcome, command_id = "unknown", command.id
    assert "Did the command take effect?" in client.get("/machines/device/SL/casting").text
    settled = {"command_id": str(new_id()), "took_effect": "1", "note": "the display shows 2.5"}
    assert client.post(f"/machines/commands/{command_id}/settle", data=settled).status_code == 303
    assert "the display shows 2.5" in client.get("/machines/device/SL/casting").text


def test_what_cannot_be_written_is_refused_and_nothing_is_asked(line: ToldLine, client_as: SignIn) -> None:
    client = client_as("planner")
    form = {"command_id": str(new_id()), "name": "target_m3", "value": "2.5"}
    assert client.post("/machines/commands/SL/casting", data=form).status_code == 409  # switched off in the house
    switch_on(line)
    for value in ("two", "1e9"):
        wrong = {**form, "command_id": str(new_id()), "value": value}
        assert client.post("/machines/commands/SL/casting", data=wrong).status_code == 422
    assert client_as("operator").post("/machines/commands/SL/casting", data=form).status_code == 403
    assert line.floor.rows(MachineCommand) == []


def test_an_administrator_switches_commands_on_and_sets_the_best_time(line: ToldLine, client_as: SignIn) -> None:
    form = {"command_id": str(new_id()), "commands_on": "1", "ideal_minutes": "9.5"}
    assert client_as("planner").post("/machines/configure/SL/casting", data=form).status_code == 403
    assert client_as("admin").post("/machines/configure/SL/casting", data=form).status_code == 303
    with line.database.reading() as session:
        machine = session.get_one(Machine, "SL/casting")
        assert (machine.commands_on, machine.ideal_minutes) == (True, 9.5)


def test_who_may_look(line: ToldLine, client_as: SignIn) -> None:
    pages = ("/machines", "/machines/device/SL/casting", "/machines/losses", "/machines/stops", "/machines/board")
    for role in ("operator", "planner", "inspector", "admin"):
        client = client_as(role)
        assert [client.get(url).status_code for url in pages] == [200] * len(pages)
    client = client_as("receiver")
    assert [client.get(url).status_code for url in pages] == [403] * len(pages)


def test_the_last_shifts_are_those_of_the_lines_latest_working_day(line: ToldLine, client_as: SignIn) -> None:
    client = client_as("operator")
    line.clock.at = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # Monday, 20:00 in Shanghai
    page = client.get("/machines/device/SL/casting?span=worked").text
    assert "11-23 07:30 – 11-23 17:30" in page
    earlier = page.split('aria-label="Earlier"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert "11-21 07:30 – 11-21 17:30" in client.get(earlier).text  # Saturday: nobody works on Sundays
    assert client.get("/machines/device/SL/casting?end=now").status_code == 422


def test_every_point_of_a_packaged_machine_has_its_words() -> None:
    nameless = {
        point.name
        for code in packaged_lines()
        for member in packaged_line(code).members
        for point in member.profile.points
        if not SLOT_POINT.fullmatch(point.name)
        and point.name not in {alarm.point for alarm in member.profile.alarms}
        and point_word(point.name, "zh_CN") == point.name.replace("_", " ")
    }
    assert nameless == set()


def test_every_class_of_packaged_machine_has_its_word() -> None:
    classes = {member.profile.machine for code in packaged_lines() for member in packaged_line(code).members}
    assert {name for name in classes if class_word(name, "zh_CN") == name} == set()


def test_every_reason_has_an_icon_of_the_sprite() -> None:
    sprite = set(json.loads((STATIC / "vendor.json").read_text())["icons"]["names"])
    assert {reason.icon for reason in stop_reasons().reasons.values()} <= sprite
    assert {reason.group for reason in stop_reasons().reasons.values()} == set(stop_reasons().groups)
