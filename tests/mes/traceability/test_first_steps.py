"""What somebody meets who opens archive packages, open data or a new connector for the first time."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.traceability.views.errors import plainly
from tests.factories import create_order

ClientAs = Callable[..., FlaskClient]


def test_what_may_be_packed_is_offered_and_a_wrong_key_is_told_at_its_field(
    client_as: ClientAs, database: Database, clock: SetClock
) -> None:
    create_order(database, clock, [("DBS1-67-3620-31", 1)])
    client = client_as("quality_manager")
    assert '<option value="XM-01">' in client.get("/archives/").text
    form = {"command_id": str(uuid4()), "scope": "order", "key": "NO-SUCH-ORDER"}
    answer = client.post("/archives/", data=form)
    assert answer.status_code == 422
    assert 'value="NO-SUCH-ORDER"' in answer.text
    assert "There is no such element, order or project with elements" in answer.text
    assert '<option value="order" selected>' in answer.text


def test_a_mistake_in_an_entry_is_not_called_a_fault_of_the_system(client_as: ClientAs, plant: None) -> None:
    page = client_as("admin").get("/open-data/?first=2026-11-22&last=2026-10-01")
    assert page.status_code == 422
    assert "Something in your entry is not right" in page.text
    assert "wrong on our side" not in page.text


def test_the_supervision_station_reads_open_data_and_no_connector(client_as: ClientAs, plant: None) -> None:
    client = client_as("authority")
    assert [client.get(path).status_code for path in ("/open-data/", "/archives/", "/ledger/", "/connectors")] == [
        200,
        200,
        200,
        403,
    ]
    assert client.post("/archives/", data={"command_id": str(uuid4())}).status_code == 403


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("ConnectionError: Plain(…): [Errno 111] Connection refused", "Nobody answers at the platform's address"),
        ("SSLError: SecurePool(…): WRONG_VERSION_NUMBER", "No secure connection"),
        ("503: A scripted fault", "The platform has trouble of its own (503)"),
        ("given up after 10 days: 429: later", "Tried for 10 days in vain; The platform is busy"),
        ("401: no (its clock and ours differ by 12 minutes)", "let us in (401); the clocks differ by 12 minutes"),
        ("the variable CITY_KEY is not set", "the variable CITY_KEY is empty"),
    ],
)
def test_what_went_wrong_is_told_in_words_of_the_factory(client_as: ClientAs, raw: str, told: str) -> None:
    with client_as("planner").application.test_request_context(headers={"Cookie": "mes_locale=en"}):
        assert told in plainly(raw)
