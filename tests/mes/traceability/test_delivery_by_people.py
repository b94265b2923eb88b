"""What people do about delivery, what the deliverer remembers, and how days are compared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Conflict, InvalidInput
from mes.ledger.models import LedgerEvent
from mes.traceability.delivery import Deliverer
from mes.traceability.delivery.breaker import failed, gate, succeeded
from mes.traceability.delivery.upkeep import Upkeep
from mes.traceability.models import Connector, Difference, Exchange, ExchangeReceipt, Receipt
from mes.traceability.renditions import inflated
from mes.traceability.sandbox import Fault
from mes.traceability.service import (
    AddConnector,
    ChangeConnector,
    MarkDelivered,
    RepairReceipt,
    ReplayEvents,
    RetryMany,
    SettleDifference,
    SkipMany,
    add_connector,
    change_connector,
    mark_delivered_otherwise,
    preview_replay,
    repair_receipt,
    replay_events,
    retry_many,
    settle_difference,
    skip_many,
)
from tests.conftest import NOW, actor
from tests.mes.traceability.city import City, StartCity
from tests.mes.traceability.delivery import connector_row, connector_to, deliver_all, platform_events, states_of
from tests.mes.traceability.plant_life import live
from tests.mes.traceability.test_deliverer import ordered, receipt_in

Do = Callable[[Any, Any], Any]


@pytest.fixture
def do(database: Database, clock: SetClock) -> Do:
    """Run a use case as the administrator."""
    admin = actor("admin")
    return lambda use, command: perform(database, admin, clock, use, command)


def set_up(database: Database, clock: SetClock, count: int = 1) -> list[str]:
    """Elements set in their mould, one after the other; their Digital Links."""
    elements = ordered(database, clock, count)
    for identity, _ in elements:
        live(database, clock, [identity], until="set_up")
    return [link for _, link in elements]


def kinds_in_ledger(database: Database) -> list[str]:
    """Kinds of what was told about connectors."""
    with database.reading() as session:
        query = select(LedgerEvent.kind).where(LedgerEvent.kind.startswith("connector."))
        return list(session.scalars(query.order_by(LedgerEvent.sequence)))


def test_a_new_mapping_changes_nothing_that_was_rendered_and_a_repair_does(
    database: Database, clock: SetClock, start_city: StartCity, do: Do
) -> None:
    set_up(database, clock)
    city = start_city(Fault("capture", 400))
    connector_id = connector_to(database, clock, city.url)
    deliver_all(database, clock, connector_id)
    refused = receipt_in(database, "refused")
    do(change_connector, ChangeConnector(connector_id=connector_id, settings={"mapping": {"company_prefix": ""}}))
    do(retry_many, RetryMany(connector_id=connector_id, refused_for="form"))
    assert receipt_in(database, "refused").body == refused.body
    do(repair_receipt, RepairReceipt(receipt_id=refused.id, reason="the prefix was wrong"))
    repaired = receipt_in(database, "waiting")
    assert repaired.event_ids != refused.event_ids
    assert b"/8003/" in inflated(refused.body or b"")
    assert b"/8003/" not in inflated(repaired.body or b"")
    deliver_all(database, clock, connector_id)
    assert [event["eventID"] for event in platform_events(city)] == repaired.event_ids
    with pytest.raises(Conflict):
        do(repair_receipt, RepairReceipt(receipt_id=refused.id, reason="once more"))
    assert kinds_in_ledger(database) == ["connector.added", "connector.changed", "connector.event_repaired"]


def test_what_a_platform_may_have_is_not_rendered_anew(database: Database, clock: SetClock, city: City, do: Do) -> None:
    set_up(database, clock)
    deliver_all(database, clock, connector_to(database, clock, city.url))
    with database.writing() as session:
        row = session.scalars(select(Receipt).where(Receipt.state == "delivered")).one()
        row.state, row.refused_for = "refused", "data"
    with pytest.raises(Conflict):
        do(repair_receipt, RepairReceipt(receipt_id=row.id, reason="try"))


def test_events_that_are_alike_are_retried_skipped_or_told_otherwise(
    database: Database, clock: SetClock, start_city: StartCity, do: Do
) -> None:
    links = set_up(database, clock, 3)
    city = start_city(Fault("capture", 400, None, contains=links[0]), Fault("capture", 422, None, contains=links[1]))
    connector_id = connector_to(database, clock, city.url)
    deliver_all(database, clock, connector_id)
    first = receipt_in(database, "refused")
    assert len({*map(str, links)} & {event["epcList"][0] for event in platform_events(city) if "epcList" in event}) == 1
    wrong = SkipMany(connector_id=connector_id, kind="element.cast", reason="none of these")
    assert do(skip_many, wrong).events == 0
    do(mark_delivered_otherwise, MarkDelivered(receipt_id=first.id, reason="by letter of 23 November"))
    assert do(skip_many, SkipMany(connector_id=connector_id, refused_for="data", reason="a test element")).events == 1
    deliver_all(database, clock, connector_id)
    assert states_of(database) == {"delivered", "not_sent", "skipped"}
    assert "by letter" in (receipt_in(database, "delivered").answer or "")
    assert kinds_in_ledger(database)[1:] == ["connector.event_repaired", "connector.event_skipped"]


def test_a_dry_replay_shows_the_bytes_and_changes_nothing(
    database: Database, clock: SetClock, city: City, do: Do
) -> None:
    set_up(database, clock, 2)
    connector_id = connector_to(database, clock, city.url)
    deliver_all(database, clock, connector_id)
    command = ReplayEvents(connector_id=connector_id, element_serial=1, until=clock.now() + timedelta(days=1))
    with database.reading() as session:
        shown = preview_replay(session, command)
    assert (shown.events, shown.states, len(shown.first)) == (1, {"delivered": 1}, 1)
    assert (shown.first[0].body or b"").startswith(b'{"type":"ObjectEvent"')
    assert states_of(database) == {"delivered", "not_sent"}
    assert do(replay_events, command).events == 1
    assert do(replay_events, command).events == 1  # the same command: the first answer
    nobody = ReplayEvents(connector_id=connector_id, project_code="NO-SUCH")
    assert do(replay_events, nobody).events == 0
    with pytest.raises(InvalidInput):
        do(replay_events, ReplayEvents(connector_id=connector_id))


def test_requests_are_kept_with_their_events_and_forgotten_in_time(
    database: Database, clock: SetClock, start_city: StartCity
) -> None:
    set_up(database, clock)
    city = start_city(Fault("capture", 503))
    connector_id = connector_to(database, clock, city.url)
    deliver_all(database, clock, connector_id)
    with database.reading() as session:
        sent = session.scalars(select(Exchange).where(Exchange.purpose == "send").order_by(Exchange.at)).all()
        links = session.scalar(select(func.count()).select_from(ExchangeReceipt)) or 0
    assert [each.outcome for each in sent] == ["retry", "accepted"]
    assert "EPCISDocument" in (sent[0].request or "")
    assert links >= 3
    clock.advance(days=40)
    deliver_all(database, clock, connector_id, Deliverer(database, clock, connector_id, upkeep=Upkeep(30, 365)))
    with database.reading() as session:
        left = session.scalars(select(Exchange).where(Exchange.at < clock.now() - timedelta(days=30))).all()
    assert [each.outcome for each in left] == ["retry"]


def test_days_are_compared_and_differences_are_settled(database: Database, clock: SetClock, city: City, do: Do) -> None:
    set_up(database, clock)
    connector_id = connector_to(database, clock, city.url)
    deliver_all(database, clock, connector_id)
    with database.writing() as session:
        row = session.scalars(select(Receipt).where(Receipt.state == "delivered")).one()
        row.event_ids = ["ni:///sha-256;0000?ver=CBV2.0", *row.event_ids[1:]]
    clock.advance(days=1, hours=6)
    for _ in range(3):
        deliver_all(database, clock, connector_id)
    with database.reading() as session:
        found = session.scalars(select(Difference).order_by(Difference.side)).all()
    assert [each.side for each in found] == ["ours", "theirs"]
    assert str(connector_row(database).reconciled_until) == "2026-11-23"
    do(settle_difference, SettleDifference(difference_id=found[0].id, settlement="sent by hand"))
    with pytest.raises(Conflict):
        do(settle_difference, SettleDifference(difference_id=found[0].id, settlement="again"))


def test_either_of_two_keys_opens_the_door_while_one_is_changed(
    database: Database, clock: SetClock, start_city: StartCity, tmp_path: Any, do: Do
) -> None:
    set_up(database, clock)
    city = start_city(api_keys=("new-key",))
    for name in ("old-key", "new-key"):
        (tmp_path / name).write_text(name)
    secrets = {"secret": {"file": str(tmp_path / "old-key")}, "next_secret": {"file": str(tmp_path / "new-key")}}
    settings = {"credentials": {"kind": "bearer", **secrets}}
    connector_id: UUID = do(add_connector, AddConnector(name="city", url=city.url, settings=settings)).id
    deliver_all(database, clock, connector_id)
    assert states_of(database) == {"delivered", "not_sent"}


def test_addresses_that_are_never_called_are_refused(plant: None, do: Do) -> None:
    with pytest.raises(InvalidInput):
        do(add_connector, AddConnector(name="city", url="http://169.254.169.254/latest"))
    with pytest.raises(InvalidInput):
        do(add_connector, AddConnector(name="city", kind="no-such", url="https://city.example.com"))


def test_the_circuit_opens_probes_and_closes() -> None:
    row, at = Connector(breaker="closed", failures=0, recent=[]), NOW
    for _ in range(4):
        failed(row, at, "503", None)
        assert row.breaker == "closed"
        at += timedelta(seconds=10)
    waits = []
    for _ in range(6):
        failed(row, at, "503", None)
        assert (row.breaker, gate(row, at)) == ("open", "open")
        waits.append((row.retry_at - at).total_seconds() if row.retry_at else 0)
        at += timedelta(seconds=waits[-1])
        assert gate(row, at) == "probe"
    assert waits == [60, 120, 300, 900, 900, 900]
    assert succeeded(row, at)
    assert (gate(row, at), row.failures, row.recent) == ("closed", 0, [])
    for number in range(20):  # never five in a row, but eleven of twenty
        if number % 5 in (0, 2):
            succeeded(row, at)
        else:
            failed(row, at, "503", None)
    assert row.breaker == "open"
