"""The operations pages of a connector: states that real deliveries made, bulk doings, settings, secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mes.core.clock import SetClock
from mes.core.commands import Work
from mes.core.database import Database
from mes.traceability.delivery import Deliverer
from mes.traceability.models import Connector, Exchange
from mes.traceability.queries.undelivered import chain_of, held_by
from mes.traceability.sandbox import Fault
from mes.traceability.service import AddConnector, add_connector
from tests.conftest import actor
from tests.factories import create_order, elements_of
from tests.mes.traceability.city import StartCity
from tests.mes.traceability.delivery import connector_row, connector_to, deliver_all, receipts_of
from tests.mes.traceability.plant_life import live

ClientAs = Callable[..., FlaskClient]
SECRET = "s3cr3t-of-the-city"
TABS = ("", "/differences", "/requests", "/settings", "/dry-run", "/replay", "/events/3")


def elements_lived(database: Database, clock: SetClock, until: str = "set_up") -> int:
    """An element with some events; its serial."""
    element = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 1)]))[0]
    live(database, clock, [element.id], until=until)
    return element.serial


def with_key(database: Database, clock: SetClock, url: str) -> UUID:
    """A connector that shows a key."""
    settings = {"credentials": {"kind": "bearer", "secret": {"variable": "CITY_KEY"}}}
    command = AddConnector(name="city", kind="epcis", url=url, settings=settings)
    with database.writing() as session:
        answer = add_connector(Work(session, actor("admin"), clock), command)
    assert answer.id is not None
    return answer.id


def test_a_silent_platform_is_told_with_its_next_try_and_becomes_an_alarm(
    client_as: ClientAs, database: Database, clock: SetClock, start_city: StartCity
) -> None:
    elements_lived(database, clock)
    city = start_city(Fault("capture", 503, None))
    connector_id = connector_to(database, clock, city.url)
    deliverer = Deliverer(database, clock, connector_id)
    while connector_row(database).breaker == "closed":
        clock.advance(minutes=11)
        deliverer.deliver_once()
    row = connector_row(database)
    assert (row.breaker, row.failures) == ("open", 5)
    planner = client_as("planner")
    page = planner.get("/connectors").text
    assert "The platform has not worked since" in page
    assert "next try" in page
    before = {alarm["kind"] for alarm in planner.get("/api/v1/connectors/alarms").get_json()["items"]}
    clock.advance(minutes=31)
    after = {alarm["kind"] for alarm in planner.get("/api/v1/connectors/alarms").get_json()["items"]}
    assert ("silent" in before, "silent" in after) == (False, True)
    clock.advance(hours=24)
    planner = client_as("planner")
    alarms = planner.get("/api/v1/connectors/alarms").get_json()
    assert (alarms["level"], {"silent", "oldest"} <= {each["kind"] for each in alarms["items"]}) == ("bad", True)
    assert '<span class="badge">2</span>' in planner.get("/orders").text


def test_a_refused_key_is_told_and_no_secret_stands_anywhere(
    client_as: ClientAs,
    database: Database,
    clock: SetClock,
    start_city: StartCity,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("CITY_KEY", SECRET)
    serial = elements_lived(database, clock)
    city = start_city(Fault("capture", 401, 2), api_keys=("another",))
    connector_id = with_key(database, clock, city.url)
    deliver_all(database, clock, connector_id)
    admin = client_as("admin")
    assert "Paused: the platform refuses our key" in admin.get("/connectors").text
    pages = [admin.get(f"/connectors/{connector_id}{tab}").text for tab in TABS]
    pages += [admin.get(f"/connectors/{connector_id}/dry-run?serial={serial}&sequence=3").text]
    pages += [admin.get(f"/connectors/{connector_id}/replay?show=1&serial={serial}").text]
    for path in ("", "/city", "/city/exchanges", "/city/events/3", "/city/events/3/dry-run", "/alarms"):
        answer = admin.get(f"/api/v1/connectors{path}")
        assert answer.status_code == 200, path
        pages.append(answer.text)
    assert "CITY_KEY" in pages[3]
    with database.reading() as session:
        assert session.scalars(select(Exchange.outcome)).first() == "credentials"
    assert [page for page in [*pages, caplog.text] if SECRET in page] == []


def test_alike_refused_events_are_decided_together_once(
    client_as: ClientAs, database: Database, clock: SetClock, start_city: StartCity
) -> None:
    elements_lived(database, clock, until="accept_hidden_works")
    city = start_city(Fault("capture", 400, None, contains="pc:shuttering"))
    connector_id = connector_to(database, clock, city.url)
    deliver_all(database, clock, connector_id)
    admin = client_as("admin")
    page = admin.get(f"/connectors/{connector_id}/refused/3").text
    assert "1 events refused for the same reason" in page
    assert admin.get(f"/connectors/{connector_id}/refused/4").status_code == 404
    cause = page.split('name="cause" value="')[1].split('"')[0]
    form = {"command_id": str(uuid4()), "refused_for": "data", "cause": cause}
    assert client_as("planner").post(f"/connectors/{connector_id}/skip-many", data=form).status_code == 403
    assert admin.post(f"/connectors/{connector_id}/skip-many", data=form).status_code == 422  # without a reason
    for _ in range(2):
        assert (
            admin.post(f"/connectors/{connector_id}/skip-many", data=form | {"reason": "by letter"}).status_code == 303
        )
    assert receipts_of(database)[3][0] == "skipped"
    deliver_all(database, clock, connector_id)
    assert "waiting" not in {state for state, _ in receipts_of(database).values()}


def test_a_replay_is_shown_before_it_happens_and_happens_once(
    client_as: ClientAs, database: Database, clock: SetClock, start_city: StartCity
) -> None:
    serial = elements_lived(database, clock)
    connector_id = connector_to(database, clock, start_city().url)
    deliver_all(database, clock, connector_id)
    admin = client_as("admin")
    before = receipts_of(database)
    page = admin.get(f"/connectors/{connector_id}/replay?show=1&serial={serial}&state=delivered").text
    preview = admin.post(
        "/api/v1/connectors/city/replay/preview", json={"element_serial": serial, "states": ["delivered"]}
    ).get_json()
    assert (preview["states"], receipts_of(database)) == ({"delivered": preview["events"]}, before)
    assert f"Send {preview['events']} events again" in page
    form = {"command_id": str(uuid4()), "serial": str(serial), "state": "delivered"}
    for _ in range(2):
        assert admin.post(f"/connectors/{connector_id}/replay", data=form).status_code == 303
    waiting = [each for each, (state, _) in receipts_of(database).items() if state == "waiting"]
    assert len(waiting) == preview["events"]
    assert [each["kind"] for each in admin.get("/api/v1/connectors/alarms").get_json()["items"]] == []
    deliver_all(database, clock, connector_id)
    assert {receipts_of(database)[each][0] for each in waiting} == {"delivered"}


def test_a_connector_is_added_from_a_citys_file_and_each_fault_is_named(
    client_as: ClientAs, database: Database, clock: SetClock
) -> None:
    elements_lived(database, clock)
    admin = client_as("admin")
    page = admin.get("/connectors/new?like=city:hefei").text
    assert "city: hefei" in page
    form = {"command_id": str(uuid4()), "like": "city:hefei", "name": "hefei", "url": "https://city.example.cn/api"}
    wrong = admin.post("/connectors", data=form | {"settings": "city: hefei\nvalues: {}\nsecrets: {}\n"})
    assert (wrong.status_code, "<code>secrets.app_secret</code>" in wrong.text) == (422, True)
    unreadable = admin.post("/connectors", data=form | {"settings": "city: [hefei"})
    assert (unreadable.status_code, "line 1" in unreadable.text) == (422, True)
    settings = (
        "city: hefei\nvalues: {app_key: a, maker: 示范厂, maker_code: 91350200M000100Y43}\n"
        "secrets: {app_secret: {variable: HEFEI_SECRET}}\n"
    )
    added = admin.post("/connectors", data=form | {"settings": settings})
    assert added.status_code == 303, added.text
    connector_id = connector_row(database).id
    shown = admin.get(f"/connectors/{connector_id}/settings").text
    assert ("HEFEI_SECRET" in shown, "Not seen by the web server" in shown) == (True, True)
    changed = admin.post(
        f"/connectors/{connector_id}/settings",
        data={"command_id": str(uuid4()), "url": "https://other.example.cn/api", "settings": settings},
    )
    assert (changed.status_code, connector_row(database).url) == (303, "https://other.example.cn/api")
    off = {"command_id": str(uuid4()), "reason": "the city has another platform"}
    assert admin.post(f"/connectors/{connector_id}/disable", data=off).status_code == 303
    clock.advance(hours=30)
    assert client_as("admin").get("/api/v1/connectors/alarms").get_json() == {"level": "none", "items": []}


class _Row:
    """A receipt's row as the query gives it."""

    def __init__(self, sequence: int, state: str, keys: str, loose: str = "") -> None:
        self.event_sequence, self.state = sequence, state
        self.identifiers, self.loose_identifiers = list(keys), list(loose)


def test_what_waits_for_which_event_follows_the_order_of_delivery() -> None:
    rows: list[Any] = [
        _Row(1, "refused", "ap", "p"),
        _Row(2, "waiting", "pb", "p"),
        _Row(3, "waiting", "ac"),
        _Row(5, "waiting", "c"),
    ]
    held = held_by(rows)
    assert (held, chain_of(5, held)) == ({3: 1, 5: 3}, [3, 1])  # a loose pallet holds nothing back after a refusal
    pair: list[Any] = [_Row(1, "waiting", "ap", "p"), _Row(2, "waiting", "pb", "p")]
    merely = held_by(pair)
    assert merely == {2: 1}


def test_a_difference_is_settled_with_words(
    client_as: ClientAs, database: Database, clock: SetClock, start_city: StartCity
) -> None:
    from mes.traceability.delivery.desk import Desk
    from mes.traceability.delivery.reconciliation import compare

    elements_lived(database, clock)
    connector_id = connector_to(database, clock, start_city().url)
    deliver_all(database, clock, connector_id)
    desk = Desk(database, clock, connector_id, "worker-1")
    assert desk.take_lease() is not None
    compare(desk, clock.now().astimezone(clock.zone).date(), frozenset({"ni:///sha-256;00?ver=CBV2.0"}))
    admin = client_as("admin")
    found = [
        each
        for each in admin.get("/api/v1/connectors/city/differences").get_json()["items"]
        if each["side"] == "theirs"
    ]
    assert len(found) == 1
    assert "The platform has it, but it is not ours" in admin.get(f"/connectors/{connector_id}/differences").text
    form = {"command_id": str(uuid4()), "settlement": "another plant's"}
    assert admin.post(f"/connectors/differences/{found[0]['id']}/settle", data=form).status_code == 303
    with database.reading() as session:
        assert session.scalars(select(Connector)).one().name == "city"
    assert "another plant&#39;s" in admin.get(f"/connectors/{connector_id}/differences").text
