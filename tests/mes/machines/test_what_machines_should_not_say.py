"""What no sound machine tells, and no sound reader asks, is kept from harm: the gateway's queue never stops at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.machines.models import MachinePoint
from tests.conftest import create_plant
from tests.mes.machines.edge import SPREADER, Edge, poll
from tests.mes.machines.shift_story import told_line


@pytest.fixture
def edge(any_database: Database, clock: SetClock) -> Edge:
    """A house whose gateway has announced the concrete spreader."""
    create_plant(any_database, clock)
    made = Edge(any_database, clock)
    made.announce(SPREADER)
    return made


HUGE = pytest.param(10**400, id="401 digits")


@pytest.mark.parametrize("pallet", [2**32 - 1, 2**64 - 1, 1e300, -1, -(2**40), HUGE, True, "17"])
def test_a_pallet_that_is_none(edge: Edge, pallet: Any) -> None:
    edge.tell(poll(0, state="execute", pallet=pallet))
    edge.tell(poll(1, state="idle", pallet=0))
    assert [state for state, _, _ in edge.intervals()] == ["execute", "idle"]


@pytest.mark.parametrize("value", [1.7e308, -1.7e308, 5e-324, 2**64 - 1, HUGE])
def test_a_measured_value_that_is_none(edge: Edge, value: Any) -> None:
    edge.tell(poll(0, hopper_kg=value), poll(1, hopper_kg=value))
    edge.tell(poll(2, hopper_kg=value))
    edge.tell(poll(3, hopper_kg=5.0))
    assert edge.minutes()[0].last == 5.0


@pytest.mark.parametrize("text", [pytest.param("x" * 10_000, id="long"), "a\0b", "\ud800", "50%", "%(x)s", ""])
def test_a_text_that_is_none(edge: Edge, text: str) -> None:
    edge.tell(poll(0, state=text, batch=text))
    edge.tell(poll(1, state="idle"))
    assert edge.intervals()[-1] == ("idle", 1, None)
    assert len(edge.rows(MachinePoint)) == 2


def test_a_number_that_is_no_pallet_is_bad(edge: Edge) -> None:
    edge.tell(poll(0, pallet=17, slot_01_pallet=2**40))
    edge.tell(poll(1, pallet=2**32 - 1))
    shown = {point.point: (point.value, point.quality) for point in edge.rows(MachinePoint)}
    assert shown == {"pallet": (17, "bad"), "slot_01_pallet": (None, "bad")}


ADDRESSES = [
    "/machines/losses?day=9999-12-31",
    "/machines/losses?period=week&day=0001-01-01",
    "/machines/stops?day=0001-01-01",
    "/machines/device/SL/casting?end=0001-01-01T00:00",
    "/machines/charts/SL/casting?end=9999-12-31T23:59-12:00",
    "/machines/board/pallets/99999999999999999999",
    "/machines/board/state?line=nope",
    "/api/v1/machines/intervals?device=SL/casting&since=0001-01-01T00:00:00%2B08:00",
    "/api/v1/machines/intervals?device=SL/casting&until=9999-12-31T23:59:59-08:00",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_time_outside_the_calendar_is_refused(
    app: object, database: Database, clock: SetClock, client_as: Callable[..., FlaskClient], address: str
) -> None:
    told_line(database, clock, loads=1)
    assert client_as("admin").get(address).status_code in (404, 422)
