"""The connectors' pages, the public page behind a QR code, the API and the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from mes.cli import mes
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.traceability.sandbox import Fault
from tests.factories import create_order, elements_of
from tests.mes.traceability.city import StartCity
from tests.mes.traceability.delivery import connector_row, connector_to, deliver_all, receipts_of, states_of
from tests.mes.traceability.plant_life import live, take_step

ClientAs = Callable[..., FlaskClient]


def test_a_qr_code_tells_everybody_the_elements_life_without_names(
    app: Flask, database: Database, clock: SetClock
) -> None:
    element = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 1)]))[0]
    live(database, clock, [element.id])
    client = app.test_client()
    page = client.get(f"/01/{element.gtin}/21/{element.serial}?lang=en")
    assert page.status_code == 200
    for told in ("DBS1-67-3620-31", "示范构件有限公司", "HGZ-260112-0001", "C260112-07", "Installed", "湖里安置房一期"):
        assert told in page.text
    for kept in ("王敏", "admin", "Open in the MES"):
        assert kept not in page.text
    assert "已安装" in client.get(f"/01/{element.gtin}/21/{element.serial}?lang=zh_CN").text


def test_a_scrapped_element_says_so(app: Flask, database: Database, clock: SetClock) -> None:
    element = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 1)]))[0]
    live(database, clock, [element.id], until="set_up")
    take_step(database, clock, [element.id], "report_nonconformity", "NC-1")
    take_step(database, clock, [element.id], "scrap")
    page = app.test_client().get(f"/01/{element.gtin}/21/{element.serial}?lang=en")
    assert "must not be installed" in page.text


def test_an_unknown_code_is_answered_in_plain_words(app: Flask, database: Database, clock: SetClock) -> None:
    element = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 1)]))[0]
    client = app.test_client()
    for path in (f"{element.gtin}/21/999", f"{element.gtin}/21/01", f"{element.gtin}/21/x", "00614141999996/21/1"):
        page = client.get(f"/01/{path}?lang=en")
        assert (page.status_code, "No element with this code was made here" in page.text) == (404, True)


def test_who_is_signed_in_gets_to_the_elements_own_page(
    client_as: ClientAs, database: Database, clock: SetClock
) -> None:
    element = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 1)]))[0]
    page = client_as("inspector").get(f"/01/{element.gtin}/21/{element.serial}")
    assert f'href="/elements/{element.serial}"' in page.text


def test_a_person_sees_what_was_refused_skips_it_and_pauses(
    client_as: ClientAs, database: Database, clock: SetClock, start_city: StartCity
) -> None:
    element = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 1)]))[0]
    live(database, clock, [element.id], until="accept_hidden_works")
    city = start_city(Fault("capture", 400, None, contains="pc:shuttering"))
    connector_id = connector_to(database, clock, city.url)
    deliver_all(database, clock, connector_id)
    admin = client_as("admin")
    assert "1 events wait for a person" in admin.get("/connectors").text
    page = admin.get(f"/connectors/{connector_id}").text
    assert "Refused by the platform" in page
    assert "A scripted fault" in page
    assert "waits for No. 3" in page

    story = admin.get(f"/connectors/{connector_id}/events/3").text
    receipt = story.split("/connectors/receipts/")[1].split("/")[0]
    form = {"command_id": str(uuid4()), "reason": "told by letter"}
    assert admin.post(f"/connectors/receipts/{receipt}/skip", data=form).status_code == 303
    deliver_all(database, clock, connector_id)
    assert states_of(database) == {"not_sent", "skipped", "delivered"}

    form = {"command_id": str(uuid4()), "reason": "holidays"}
    assert admin.post(f"/connectors/{connector_id}/pause", data=form).status_code == 303
    assert connector_row(database).paused_reason == "holidays"
    assert "holidays" in admin.get("/connectors").text


def test_a_planner_looks_but_does_not_touch(
    client_as: ClientAs, database: Database, clock: SetClock, start_city: StartCity
) -> None:
    connector_id = connector_to(database, clock, start_city().url)
    planner = client_as("planner")
    assert planner.get(f"/connectors/{connector_id}").status_code == 200
    answer = planner.post(f"/connectors/{connector_id}/pause", data={"command_id": str(uuid4())})
    assert (answer.status_code, connector_row(database).state) == (403, "running")
    assert client_as("receiver").get("/connectors").status_code == 403


def test_the_api_tells_how_connectors_stand_and_gives_events_as_epcis(
    client_as: ClientAs, database: Database, clock: SetClock
) -> None:
    element = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 1)]))[0]
    live(database, clock, [element.id], until="set_up")
    connector_to(database, clock, "http://127.0.0.1:9")
    planner = client_as("planner")
    (shape,) = planner.get("/api/v1/connectors").get_json()["items"]
    assert (shape["name"], shape["state"], shape["backlog"], shape["delivered"]) == ("city", "running", 1, 0)
    assert planner.get("/api/v1/connectors/city").get_json()["open_events"] == []
    assert planner.get("/api/v1/connectors/nobody").status_code == 404

    lines = planner.get("/api/v1/epcis/events?format=ndjson").data.splitlines()
    assert [json.loads(line)["bizStep"] for line in lines] == ["commissioning", "assembling"]
    document = json.loads(planner.get(f"/api/v1/elements/{element.serial}/epcis").data)
    assert [event["bizStep"] for event in document["epcisBody"]["eventList"]] == ["commissioning", "assembling"]
    later = planner.get("/api/v1/epcis/events", query_string={"since": "2030-01-01T00:00:00+08:00"})
    assert json.loads(later.data)["epcisBody"]["eventList"] == []
    assert client_as("operator").get("/api/v1/epcis/events").status_code == 403


def run(database: Database, *arguments: str) -> tuple[int, str]:
    """A command of `mes` on this database; exit code and output."""
    environment = {"MES_DATABASE_URL": database.url, "MES_CONNECTOR_HOSTS": "127.0.0.1"}
    result = CliRunner().invoke(mes, list(arguments), env=environment)
    return result.exit_code, result.output


def test_the_command_line_adds_pauses_and_replays(
    plant: None, database: Database, clock: SetClock, start_city: StartCity, tmp_path: Path
) -> None:
    url = start_city().url
    assert run(database, "connector", "add", "city", "--kind", "epcis", "--url", url)[0] == 0
    assert run(database, "connector", "add", "other", "--kind", "webhook", "--url", url)[0] == 1  # without a secret
    assert run(database, "connector", "test", "city") == (0, "city answers\n")
    code, output = run(database, "connector", "list")
    assert (code, "city  epcis  running  waiting 0  refused 0" in output) == (0, True)
    assert run(database, "connector", "pause", "city", "--reason", "ill")[0] == 0
    code, output = run(database, "connector", "status", "city")
    assert (code, "city: paused (ill)" in output) == (1, True)
    assert run(database, "connector", "resume", "city")[0] == 0

    element = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 1)]))[0]
    live(database, clock, [element.id], until="set_up")
    deliver_all(database, clock, connector_row(database).id)
    assert run(database, "connector", "replay", "city")[0] == 2
    assert run(database, "connector", "replay", "city", "--element", "1") == (0, "1 events are sent again\n")
    assert "waiting" in {state for state, _ in receipts_of(database).values()}

    file = tmp_path / "events.json"
    assert run(database, "export", "epcis", "--project", "XM-01", "-o", str(file))[0] == 0
    events = json.loads(file.read_text(encoding="utf-8"))["epcisBody"]["eventList"]
    assert [event["bizStep"] for event in events] == ["commissioning", "assembling"]
