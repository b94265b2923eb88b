"""One ledger, delivered by the deliverer to a city by signed JSON, to a partner's webhook, and into a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.traceability.delivery import Deliverer
from mes.traceability.platforms.signed_json import KIND
from mes.traceability.service import AddConnector, add_connector
from tests.conftest import actor, create_plant
from tests.factories import create_order, elements_of
from tests.mes.traceability.delivery import connector_row, deliver_all, states_of
from tests.mes.traceability.plant_life import contents, live
from tests.mes.traceability.platforms.wire import Given, Wire

HOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
CITY: dict[str, Any] = {
    "city": "sandbox",
    "values": {"app_key": "plant-1", "maker": "厦门预制厂"},
    "secrets": {"app_secret": {"variable": "CITY_SECRET"}},
}


def lived(database: Database, clock: SetClock) -> None:
    """Two elements have lived."""
    create_plant(database, clock)
    elements = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 2)]))
    live(database, clock, [element.id for element in elements])


def delivered(database: Database, clock: SetClock, kind: str, url: str, settings: dict[str, Any]) -> None:
    """A connector, added as a person adds one, and everything delivered to it."""
    command = AddConnector(name="partner", kind=kind, url=url, settings=settings)
    perform(database, actor("admin"), clock, add_connector, command)
    row = connector_row(database)
    deliver_all(database, clock, row.id, Deliverer(database, clock, row.id))
    assert states_of(database) <= {"delivered", "not_sent"}, connector_row(database).last_error


def test_a_city_by_signed_json(database: Database, clock: SetClock, sandbox_url: str) -> None:
    lived(database, clock)
    delivered(database, clock, "signed-json", sandbox_url, CITY)
    settings = KIND.read_settings(CITY)
    told = [KIND.render(content, settings) for content in contents(database)]
    ids = {identity for rendition in told if rendition is not None for identity in rendition.ids}
    door = KIND.connect(sandbox_url, settings)
    days = {content["event_time"][:10] for content in contents(database)}
    assert ids == frozenset().union(*(door.find_day(day, clock.zone) or frozenset() for day in days))
    assert len(ids) > 20


def test_a_partner_by_webhook_of_which_one_is_lost(
    database: Database, clock: SetClock, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", HOOK_SECRET)
    wire.answer = lambda seen: Given("", 503 if len(wire.seen) == 3 else 204)
    lived(database, clock)
    delivered(database, clock, "webhook", wire.url + "/hook", {"secret": {"variable": "HOOK"}})
    told = [Webhook(HOOK_SECRET).verify(seen.body, dict(seen.headers)) for seen in wire.seen]
    sent = [seen.headers["webhook-id"] for seen in wire.seen]
    assert sorted(sent) == sorted([*set(sent), sent[2]])
    assert len({seen.body for seen in wire.seen if seen.headers["webhook-id"] == sent[2]}) == 1
    happened = {content["kind"] for content in contents(database)}
    heard = {kind for kind in happened if kind.startswith(("element.", "delivery."))}
    assert {message["type"] for message in told} == heard - {"element.scheduled"}


def test_a_folder(database: Database, clock: SetClock, data_folder: Path) -> None:
    lived(database, clock)
    delivered(database, clock, "file", "register", {"layout": "elements", "prefix": "plant-1"})
    files = sorted((data_folder / "data" / "drop" / "register").glob("*.jsonl"))
    rows = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    assert len({row["id"] for row in rows}) == len(rows) > 20
    assert rows[0]["record"]["过程"] == "element.set_up"
