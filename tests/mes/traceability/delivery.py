"""Delivering in tests: a connector to a running platform, rounds until nothing is left, what the platform has."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import requests
from sqlalchemy import select

from mes.core.clock import SetClock
from mes.core.commands import Work
from mes.core.database import Database
from mes.traceability.delivery import Deliverer, Outcome
from mes.traceability.models import Connector, Receipt
from mes.traceability.service import ensure_epcis_connector
from tests.conftest import actor
from tests.mes.traceability.city import City


def connector_to(database: Database, clock: SetClock, url: str, name: str = "city") -> UUID:
    """A connector to a platform."""
    with database.writing() as session:
        return ensure_epcis_connector(Work(session, actor("admin"), clock), name, url)


def deliver_all(
    database: Database, clock: SetClock, connector_id: UUID, deliverer: Deliverer | None = None, rounds: int = 400
) -> None:
    """Rounds until nothing can be done any more; where a round says wait, the clock moves on."""
    worker = deliverer or Deliverer(database, clock, connector_id)
    idle = 0
    for _ in range(rounds):
        outcome = worker.deliver_once()
        idle = idle + 1 if outcome.state == "idle" and not _on_the_way(database) else 0
        if idle or outcome.state in ("paused", "elsewhere"):
            return
        _wait(clock, outcome)
    raise AssertionError(f"delivery did not come to an end: {receipts_of(database)}")


def _wait(clock: SetClock, outcome: Outcome) -> None:
    if outcome.wait_seconds:
        clock.advance(seconds=max(outcome.wait_seconds, 1))
        time.sleep(0.01)  # the platform's own thread works in real time


def _on_the_way(database: Database) -> bool:
    """Whether something waits for its time: accepted documents, and events after a failed attempt."""
    with database.reading() as session:
        query = select(Receipt.id).where(
            (Receipt.state == "accepted") | ((Receipt.state == "waiting") & Receipt.next_attempt_at.is_not(None))
        )
        return session.scalars(query).first() is not None


def receipts_of(database: Database) -> dict[int, tuple[str, int]]:
    """State and attempts of each event's receipt, by ledger sequence."""
    with database.reading() as session:
        rows = session.scalars(select(Receipt).order_by(Receipt.event_sequence))
        return {row.event_sequence: (row.state, row.attempts) for row in rows}


def platform_events(city: City, epc: str | None = None) -> list[dict[str, Any]]:
    """What the platform stored, in the order of storing; about one thing if given."""
    events: list[dict[str, Any]] = []
    url: str | None = f"{city.url}/events"
    parameters: dict[str, Any] = {"perPage": 200}
    while url:
        answer = requests.get(url, params=parameters, timeout=10)
        answer.raise_for_status()
        events += answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        url, parameters = answer.links.get("next", {}).get("url"), {}
    return [event for event in events if epc is None or epc in _things(event)]


def _things(event: dict[str, Any]) -> set[str]:
    lists = ("epcList", "childEPCs", "outputEPCList", "inputEPCList")
    return {event.get("parentID", ""), *(epc for name in lists for epc in event.get(name, ()))}


def states_of(database: Database) -> set[str]:
    """The states that receipts are in."""
    return {state for state, _ in receipts_of(database).values()}


def connector_row(database: Database, connector_id: UUID | None = None) -> Connector:
    """The connector, or the only one."""
    with database.reading() as session:
        query = select(Connector)
        return session.scalars(query.where(Connector.id == connector_id) if connector_id else query).one()
