"""What is told of a delivery: the whole request before it goes out, figures at little cost, numbers for monitoring."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import event as events
from sqlalchemy import select, update

from mes.accounts.service import make_token
from mes.core.clock import SetClock
from mes.core.commands import Work, perform
from mes.core.database import Database
from mes.core.errors import Conflict
from mes.ledger.models import LedgerEvent
from mes.traceability.delivery.desk import Desk
from mes.traceability.delivery.reconciliation import compare
from mes.traceability.models import Connector, Difference, Receipt
from mes.traceability.platforms.dry_run import dry_run
from mes.traceability.platforms.epcis_capture import EpcisPlatform
from mes.traceability.platforms.protocol import Rendition
from mes.traceability.queries import status_of
from mes.traceability.sandbox import Fault
from mes.traceability.service import (
    ChangeConnector,
    DeclareWrong,
    RepairReceipt,
    SettleDifference,
    change_connector,
    declare_wrong,
    repair_receipt,
    settle_difference,
)
from mes.traceability.settings import read_settings
from tests.conftest import actor
from tests.factories import SLAB, create_order, elements_of
from tests.mes.traceability.city import City, StartCity
from tests.mes.traceability.delivery import connector_row, connector_to, deliver_all, platform_events, states_of
from tests.mes.traceability.plant_life import live
from tests.mes.traceability.platforms.wire import Given, listening
from tests.mes.traceability.test_deliverer import ordered, receipt_in

KEY = "the-secret-key-of-the-city"


def set_up(database: Database, clock: SetClock) -> LedgerEvent:
    """An element set in its mould; the event."""
    live(database, clock, [ordered(database, clock, 1)[0][0]], until="set_up")
    with database.reading() as session:
        return session.scalars(select(LedgerEvent).where(LedgerEvent.kind == "element.set_up")).one()


@pytest.mark.parametrize(
    ("credentials", "shown"),
    [
        ({"kind": "bearer"}, ("Authorization", "Bearer ***")),
        ({"kind": "basic", "user": "mes"}, ("Authorization", "Basic ***")),
        ({"kind": "header", "header": "X-API-Key"}, ("X-API-Key", "***")),
    ],
)
def test_the_dry_run_is_the_request_that_goes_out(
    database: Database, clock: SetClock, monkeypatch: pytest.MonkeyPatch, credentials: Any, shown: tuple[str, str]
) -> None:
    event = set_up(database, clock)
    monkeypatch.setenv("CITY_KEY", KEY)
    given = {"credentials": {**credentials, "secret": {"variable": "CITY_KEY"}}}
    with listening() as wire:
        wire.answer = lambda seen: Given("", 201)
        told = dry_run("epcis", event.content, wire.url, given, clock.now()).requests[0]
        body = told.body.partition(b'"eventList":[')[2].removesuffix(b"]}}")
        platform = EpcisPlatform(wire.url, read_settings(given), clock)
        platform.send([Rendition(told.ids, body, ())])
        platform.close()
    seen = wire.seen[0]
    assert (told.method, told.url, told.body) == (seen.method, wire.url + seen.target, seen.body)
    headers = {name.lower(): value for name, value in told.headers.items()}
    assert headers.keys() == seen.headers.keys()
    differing = {name for name in headers if headers[name] != seen.headers[name]}
    assert differing == {shown[0].lower()}
    assert told.headers[shown[0]] == shown[1]
    assert json.loads(told.body)["type"] == "EPCISDocument"
    assert KEY not in repr(told)


@pytest.mark.parametrize(
    ("zone", "begins"), [("Asia/Shanghai", "2026-11-22T16:00:00"), ("Europe/Berlin", "2026-11-22T23:00:00")]
)
def test_a_platform_is_asked_for_a_day_of_the_plants_own_zone(zone: str, begins: str) -> None:
    with listening() as wire:
        wire.answer = lambda seen: Given({"epcisBody": {"queryResults": {"resultsBody": {"eventList": []}}}})
        platform = EpcisPlatform(wire.url, read_settings({}))
        platform.find_day("2026-11-23", ZoneInfo(zone))
        platform.close()
    asked = parse_qs(urlsplit(wire.seen[0].target).query)
    first, end = (datetime.fromisoformat(asked[name][0]) for name in ("GE_eventTime", "LT_eventTime"))
    assert first == datetime.fromisoformat(f"{begins}+00:00")
    assert end - first == timedelta(days=1)


def test_kinds_that_a_platform_does_not_hear_of_are_no_backlog(database: Database, clock: SetClock, city: City) -> None:
    event = set_up(database, clock)
    connector_id = connector_to(database, clock, city.url)
    with database.reading() as session:
        before = status_of(session, session.get_one(Connector, connector_id), clock)
    assert (before.behind, before.waits_since) == (1, before.connector.created_at)
    deliver_all(database, clock, connector_id)
    with database.writing() as session:
        session.execute(update(Connector).values(cursor=event.sequence))  # the connector's own event is behind again
    with database.reading() as session:
        after = status_of(session, session.get_one(Connector, connector_id), clock)
    assert (after.behind, after.backlog, after.oldest_undelivered_at) == (0, 0, None)
    assert (after.delivered, after.delivered_today) == (1, 1)


def test_what_has_arrived_costs_nothing_to_tell_of(any_database: Database, clock: SetClock) -> None:
    """Every query about receipts is a range of the index in a state that does not grow."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    set_up(any_database, clock)
    connector_id = connector_to(any_database, clock, "http://127.0.0.1:9")
    events.listen(any_database.engine, "before_cursor_execute", note)
    with any_database.reading() as session:
        status_of(session, session.get_one(Connector, connector_id), clock)
    events.remove(any_database.engine, "before_cursor_execute", note)
    about = [statement for statement in asked if "FROM receipt" in statement]
    assert len(about) == 9
    assert all("receipt.state = " in statement for statement in about)


def test_monitoring_reads_every_connectors_numbers(
    app: Flask, database: Database, clock: SetClock, start_city: StartCity
) -> None:
    element = elements_of(database, create_order(database, clock, [(SLAB, 1)]))[0]
    live(database, clock, [element.id], until="set_up")
    deliver_all(database, clock, connector_to(database, clock, start_city(Fault("capture", 400, None)).url))
    client = app.test_client()

    def shown_to(role: str) -> dict[str, str]:
        with database.writing() as session:
            return {"Authorization": f"Bearer {make_token(Work(session, actor('admin'), clock), role, role)}"}

    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers=shown_to("gateway")).status_code == 403
    answer = client.get("/metrics", headers=shown_to("monitoring"))
    assert client.get("/orders", headers=shown_to("monitoring")).status_code == 403
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    told = answer.get_data(as_text=True)
    for line in (
        'precast_connector_state{connector="city",state="running"} 1.0',
        'precast_connector_circuit{circuit="closed",connector="city"} 1.0',
        'precast_connector_backlog{connector="city"} 0.0',
        'precast_connector_dead_letters{connector="city"} 1.0',
        'precast_connector_delivered_total{connector="city"} 0.0',
    ):
        assert line in told
    assert 'precast_connector_oldest_undelivered_seconds{connector="city"}' in told


def test_a_repaired_event_takes_its_unsent_correction_along(
    database: Database, clock: SetClock, start_city: StartCity
) -> None:
    event, admin = set_up(database, clock), actor("admin")
    city = start_city(Fault("capture", 400))
    connector_id = connector_to(database, clock, city.url)
    deliver_all(database, clock, connector_id)
    wrong = DeclareWrong(event_id=event.id, reason="did_not_occur", remark="the wrong mould")
    perform(database, admin, clock, declare_wrong, wrong)
    deliver_all(database, clock, connector_id)
    settings = {"mapping": {"company_prefix": ""}}
    perform(database, admin, clock, change_connector, ChangeConnector(connector_id=connector_id, settings=settings))
    refused = receipt_in(database, "refused")
    perform(database, admin, clock, repair_receipt, RepairReceipt(receipt_id=refused.id, reason="the prefix"))
    deliver_all(database, clock, connector_id)
    ids = {stored["eventID"] for stored in platform_events(city)}
    declared = {stored["eventID"] for stored in platform_events(city) if "errorDeclaration" in stored}
    assert declared == ids
    assert states_of(database) == {"delivered", "not_sent"}


def days_compared(database: Database, clock: SetClock, connector_id: UUID, days: int) -> list[Difference]:
    """After so many days, each compared; the differences."""
    for _ in range(days):
        clock.advance(days=1)
        deliver_all(database, clock, connector_id)
    with database.reading() as session:
        return list(session.scalars(select(Difference)))


def test_a_correction_of_an_earlier_day_is_no_difference(database: Database, clock: SetClock, city: City) -> None:
    event = set_up(database, clock)
    connector_id = connector_to(database, clock, city.url)
    deliver_all(database, clock, connector_id)
    clock.advance(days=3)
    wrong = DeclareWrong(event_id=event.id, reason="did_not_occur", remark="the wrong mould")
    perform(database, actor("admin"), clock, declare_wrong, wrong)
    deliver_all(database, clock, connector_id)
    assert days_compared(database, clock, connector_id, 9) == []
    assert str(connector_row(database).reconciled_until) >= "2026-12-01"


def test_ids_of_others_may_be_long(any_database: Database, clock: SetClock) -> None:
    set_up(any_database, clock)
    connector_id = connector_to(any_database, clock, "http://127.0.0.1:9")
    desk = Desk(any_database, clock, connector_id, "worker-1")
    desk.take_lease()
    theirs = frozenset({"x" * 150 + "1", "x" * 150 + "2", "a\x00b", "c\ud800"})
    today = clock.now().date()
    assert [compare(desk, today, theirs) for _ in range(2)] == [4, 4]
    with any_database.reading() as session:
        found = session.scalars(select(Difference)).all()
    assert len({each.event_id for each in found}) == 4
    assert all(each.settled_at is None for each in found)
    assert compare(desk, today, frozenset()) == 0


def test_a_difference_is_settled_by_sending_the_event_again(database: Database, clock: SetClock, city: City) -> None:
    set_up(database, clock)
    connector_id = connector_to(database, clock, city.url)
    deliver_all(database, clock, connector_id)
    with database.writing() as session:
        receipt = session.scalars(select(Receipt).where(Receipt.state == "delivered")).one()
        shared = {"connector_id": connector_id, "day": clock.now().date(), "found_at": clock.now()}
        ours = Difference(event_id="ours", event_sequence=receipt.event_sequence, side="ours", **shared)
        theirs = Difference(event_id="theirs", event_sequence=None, side="theirs", **shared)
        session.add_all([ours, theirs])
    admin = actor("admin")
    again = SettleDifference(difference_id=ours.id, settlement="lost at their move", send_again=True)
    perform(database, admin, clock, settle_difference, again)
    assert states_of(database) == {"waiting", "not_sent"}
    deliver_all(database, clock, connector_id)
    with database.reading() as session:
        row = session.get_one(Receipt, receipt.id)
        settled = session.get_one(Difference, ours.id)
    assert (row.state, row.attempts, row.event_ids, row.body) == ("delivered", 2, receipt.event_ids, receipt.body)
    assert (settled.settlement, connector_row(database).delivered) == ("lost at their move", 1)
    no = SettleDifference(difference_id=theirs.id, settlement="send it", send_again=True)
    with pytest.raises(Conflict):
        perform(database, admin, clock, settle_difference, no)
