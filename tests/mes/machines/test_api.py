"""The machines' API: announcing, reading history page by page, asking for commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mes.accounts.service import make_token
from mes.cli.people import OWNER
from mes.core.clock import SetClock
from mes.core.commands import Work
from mes.core.database import Database
from tests.mes.machines.edge import SPREADER, Edge, at, poll

DEVICE = "SL/casting"


@pytest.fixture
def edge(app: Flask, database: Database, clock: SetClock) -> Edge:
    made = Edge(database, clock)
    made.announce(SPREADER)
    return made


@pytest.fixture
def reader(edge: Edge, client_as: Callable[..., FlaskClient]) -> FlaskClient:
    return client_as("operator")


def items(client: FlaskClient, path: str, **query: Any) -> list[dict[str, Any]]:
    """Every row of a list, two a page."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        answer = client.get(f"/api/v1/machines{path}", query_string={**query, "limit": 2, "cursor": cursor})
        assert answer.status_code == 200, answer.text
        found += answer.json["items"]
        cursor = answer.json["next"]
        if cursor is None:
            return found


def test_a_gateway_announces_and_hands_over_with_its_token(app: Flask, edge: Edge) -> None:
    with edge.database.writing() as session:
        token = make_token(Work(session, OWNER, edge.clock), "gateway", "gateway")
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
    body = {"gateway": "edge-9", "devices": [SPREADER]}
    answer = client.post("/api/v1/machines/announce", json=body, headers=headers)
    assert (answer.status_code, answer.json) == (200, {"devices": 1, "withdrawn": []})
    signals = {
        "gateway": "edge-9",
        "waiting": 40,
        "dropped": 2,
        "readings": [poll(0, state="idle")[0].model_dump(mode="json")],
        "devices": [{"device": DEVICE, "state": "connected", "since": at(0).isoformat()}],
    }
    answer = client.post("/api/v1/signals", json=signals, headers=headers)
    assert answer.status_code == 200
    gateways = client.get("/api/v1/machines/gateways", headers=headers).json["items"]
    assert [(g["code"], g["waiting"], g["dropped"]) for g in gateways] == [("edge-1", 0, 0), ("edge-9", 40, 2)]


def test_a_gateway_whose_announcement_is_wrong_is_told_where(app: Flask, edge: Edge) -> None:
    with edge.database.writing() as session:
        token = make_token(Work(session, OWNER, edge.clock), "gateway", "gateway")
    headers = {"Authorization": f"Bearer {token}"}
    body = {"gateway": "edge-9", "devices": [{**SPREADER, "points": [{"name": "x", "role": "smell"}]}]}
    answer = app.test_client().post("/api/v1/machines/announce", json=body, headers=headers)
    assert answer.status_code == 422
    assert "devices.0.points.0.role" in answer.text


def test_machines_are_listed_with_what_was_announced(edge: Edge, reader: FlaskClient) -> None:
    edge.announce(SPREADER, *({**SPREADER, "device": f"WL/m{number}", "line": "WL"} for number in range(4)))
    assert [m["device"] for m in items(reader, "")] == [DEVICE, "WL/m0", "WL/m1", "WL/m2", "WL/m3"]
    (machine,) = items(reader, "", line="SL")
    assert (machine["machine_class"], machine["commands_on"]) == ("concrete-spreader", False)
    edge.announce(SPREADER)
    assert len(items(reader, "")) == 1
    assert len(items(reader, "", withdrawn=True)) == 5


def test_intervals_are_read_page_by_page_within_a_time(edge: Edge, reader: FlaskClient) -> None:
    states = ["idle", "execute", "held", "execute", "complete"]
    edge.tell(*(poll(60 * place, state=state) for place, state in enumerate(states)))
    assert [i["state"] for i in items(reader, "/intervals", device=DEVICE)] == states
    within = {"since": at(70).isoformat(), "until": at(180).isoformat()}
    assert [i["state"] for i in items(reader, "/intervals", device=DEVICE, **within)] == ["execute", "held"]
    assert items(reader, "/intervals", device="SL/other") == []


def test_values_and_minutes_are_read_page_by_page_within_a_time(edge: Edge, reader: FlaskClient) -> None:
    edge.tell(*(poll(20 * place, hopper_kg=place) for place in range(7)))
    asked = {"device": DEVICE, "point": "hopper_kg"}
    assert [v["value"] for v in items(reader, "/measurements", **asked)] == [0, 1, 2, 3, 4, 5, 6]
    late = items(reader, "/measurements", **asked, since=at(40).isoformat(), until=at(100).isoformat())
    assert [v["value"] for v in late] == [2, 3, 4]
    assert [(m["count"], m["low"], m["high"], m["total"]) for m in items(reader, "/minutes", **asked)] == [
        (3, 0, 2, 3),
        (3, 3, 5, 12),
        (1, 6, 6, 6),
    ]


def test_latest_values_and_alarms_are_read(edge: Edge, reader: FlaskClient) -> None:
    edge.tell(poll(0, state="idle", door_open=True, hopper_kg=5), poll(9, door_open=False), poll(20, door_open=True))
    latest = {point["point"]: point["value"] for point in items(reader, "/points", device=DEVICE)}
    assert latest == {"state": "idle", "door_open": True, "hopper_kg": 5}
    assert [alarm["code"] for alarm in items(reader, "/alarms")] == ["E12", "E12"]
    (standing,) = items(reader, "/alarms", device=DEVICE, standing=True)
    assert standing["text"]["en"]


@pytest.mark.parametrize("path", ["/intervals", "/measurements?point=x", "/points"])
def test_a_device_must_be_named(reader: FlaskClient, path: str) -> None:
    assert reader.get(f"/api/v1/machines{path}").status_code == 422


@pytest.mark.parametrize("cursor", ["x", "IjIwMjYtMTEtMjNUMDA6MDA6MDAi", "IngiCg", "MTc"])
def test_a_cursor_that_is_none_of_ours_is_refused(reader: FlaskClient, cursor: str) -> None:
    answer = reader.get("/api/v1/machines/intervals", query_string={"device": DEVICE, "cursor": cursor})
    assert answer.status_code == 422


def test_commands_are_asked_for_and_settled(edge: Edge, client_as: Callable[..., FlaskClient]) -> None:
    planner, admin = client_as("planner"), client_as("admin")
    body = {"device": DEVICE, "name": "speed", "value": 5}
    assert planner.post("/api/v1/machines/commands", json=body).status_code == 409
    switch = {"device": DEVICE, "commands_on": True}
    assert admin.post("/api/v1/machines/configure", json=switch).status_code == 200
    answer = planner.post("/api/v1/machines/commands", json=body)
    assert answer.status_code == 201
    asked = answer.json["machine_command_id"]
    edge.tell(gateway="edge-1")
    edge.clock.advance(minutes=2)
    edge.tell(gateway="edge-1")
    (row,) = items(planner, "/commands", outcome="unknown")
    assert (row["id"], row["value"]) == (asked, 5)
    settle = {"machine_command_id": asked, "took_effect": False, "note": "the mixer stands"}
    assert planner.post(f"/api/v1/machines/commands/{asked}/settle", json=settle).status_code == 200
    (row,) = items(planner, "/commands", device=DEVICE)
    assert (row["outcome"], row["resolution"]) == ("refused", "the mixer stands")


@pytest.mark.parametrize("value", [None, [], {}, "x" * 400])
def test_a_value_that_is_none_is_refused(edge: Edge, client_as: Callable[..., FlaskClient], value: Any) -> None:
    client_as("admin").post("/api/v1/machines/configure", json={"device": DEVICE, "commands_on": True})
    body = {"device": DEVICE, "name": "program", "value": value}
    assert client_as("planner").post("/api/v1/machines/commands", json=body).status_code == 422
