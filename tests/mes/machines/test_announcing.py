"""A gateway announces its machines, and how it is with each is known from the moment at which it noticed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.machines.models import Machine
from mes.machines.service.gateways import DeviceReport
from mes.shopfloor import service
from tests.conftest import create_plant
from tests.mes.machines.edge import SPREADER, Edge
from tests.mes.shopfloor.plant import GATEWAY


@pytest.fixture
def edge(any_database: Database, clock: SetClock) -> Edge:
    """A house that has just heard of the concrete spreader."""
    create_plant(any_database, clock)
    made = Edge(any_database, clock)
    made.announce(SPREADER)
    return made


def report(edge: Edge, clock: SetClock, state: str, seconds_ago: float) -> str:
    since = clock.now() - timedelta(seconds=seconds_ago)
    told = DeviceReport(device="SL/casting", state=state, since=since)  # type: ignore[arg-type]
    use = service.handle_readings
    perform(edge.database, GATEWAY, clock, use, service.HandleReadings(devices=[told]))  # type: ignore[arg-type]
    with edge.database.reading() as session:
        return session.get_one(Machine, "SL/casting").state


def test_what_was_noticed_before_the_announcement_counts(edge: Edge, clock: SetClock) -> None:
    assert report(edge, clock, "connected", seconds_ago=30) == "connected"


def test_an_older_report_that_comes_late_does_not(edge: Edge, clock: SetClock) -> None:
    assert report(edge, clock, "failed", seconds_ago=0) == "failed"
    assert report(edge, clock, "connected", seconds_ago=30) == "failed"
