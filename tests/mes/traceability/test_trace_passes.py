"""Passes to the trace page: given, used, withdrawn, and their secret told to nobody else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import ValidationError
from sqlalchemy import select

from mes.core.clock import SetClock
from mes.core.commands import CommandRecord, perform
from mes.core.database import Database
from mes.core.errors import InvalidInput, NotFound
from mes.ledger.models import LedgerEvent
from mes.orders.models import Element
from mes.traceability.models import TracePass
from mes.traceability.reader import PASS_COOKIE
from mes.traceability.service.passes import GivePass, give_pass
from tests.conftest import actor
from tests.factories import create_order, elements_of
from tests.mes.traceability.plant_life import live

ClientAs = Callable[..., FlaskClient]
PLATE = "闽D·12345"


@pytest.fixture
def element(database: Database, clock: SetClock, plant: None) -> Element:
    """An element that was delivered."""
    made = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 1)]))[0]
    live(database, clock, [made.id])
    return made


def form(element: Element | None, **further: str) -> dict[str, str]:
    """A pass for the contractor of an element's project, or of all."""
    given = {
        "command_id": str(uuid4()),
        "holder": "示范第一建筑工程有限公司",
        "audience": "contractor",
        "valid_until": "2026-12-31",
        "project_id": str(element.project_id) if element else "",
    }
    return given | further


def given_secret(client: FlaskClient, values: dict[str, str]) -> str:
    """Give a pass, and read its secret off the page that shows it."""
    answer = client.post("/trace/passes", data=values)
    assert answer.status_code == 200, answer.text
    found = re.search(r"/trace/pass#([\w-]{43})<", answer.text)
    assert found is not None
    return found[1]


def page(client: FlaskClient, element: Element) -> str:
    """The element's page as this client reads it."""
    return client.get(f"/01/{element.gtin}/21/{element.serial}?lang=en").text


def test_a_pass_opens_its_project_on_one_device_until_it_is_withdrawn(
    element: Element, client_as: ClientAs, app: Flask, database: Database, clock: SetClock
) -> None:
    other = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 1)], project="XM-02"))[0]
    live(database, clock, [other.id], sscc="106141410000000026")
    manager, stranger = client_as("quality_manager"), app.test_client()
    secret = given_secret(manager, form(element))
    assert PLATE not in page(stranger, element)

    used = stranger.post("/trace/pass", data={"pass": f"http://plant/trace/pass#{secret}"})
    assert (used.status_code, used.headers["Location"]) == (303, "/trace/pass")
    cookie = used.headers["Set-Cookie"]
    assert cookie.startswith(f"{PASS_COOKIE}={secret};")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert PLATE in page(stranger, element)
    assert "By the pass of 示范第一建筑工程有限公司" in page(stranger, element)
    assert PLATE not in page(stranger, other)
    assert PLATE not in page(app.test_client(), element)
    found = stranger.get(f"/trace/find?number={element.serial}")
    assert found.headers["Location"] == f"/01/{element.gtin}/21/{element.serial}"

    with database.reading() as session:
        row = session.scalars(select(TracePass)).one()
    assert row.last_used_at is not None
    withdrawn = manager.post(f"/trace/passes/{row.id}/withdraw", data={"command_id": str(uuid4())})
    assert withdrawn.status_code == 303
    assert PLATE not in page(stranger, element)
    assert "has ended or was withdrawn" in page(stranger, element)
    assert "has ended or was withdrawn" in stranger.get("/trace/pass?lang=en").text
    assert "has ended or was withdrawn" not in page(app.test_client(), element)
    assert stranger.post("/trace/pass", data={"pass": secret}).status_code == 404
    with database.reading() as session:
        kinds = [
            event.kind for event in session.scalars(select(LedgerEvent).order_by(LedgerEvent.sequence.desc()).limit(2))
        ]
    assert kinds == ["trace_pass.withdrawn", "trace_pass.given"]


def test_a_pass_ends_with_its_day_and_is_noted_at_most_once_an_hour(
    element: Element, client_as: ClientAs, app: Flask, database: Database, clock: SetClock
) -> None:
    secret = given_secret(client_as("admin"), form(None, audience="authority", valid_until="2026-11-24"))
    holder = app.test_client()
    holder.set_cookie(PASS_COOKIE, secret)

    def last_use() -> object:
        assert "Moved in the yard" in page(holder, element)
        with database.reading() as session:
            return session.scalars(select(TracePass)).one().last_used_at

    first = last_use()
    clock.advance(minutes=59)
    assert last_use() == first
    clock.advance(minutes=2)
    assert last_use() != first
    clock.advance(hours=48)
    assert "Moved in the yard" not in page(holder, element)


def test_the_secret_is_kept_nowhere(element: Element, client_as: ClientAs, database: Database) -> None:
    secret = given_secret(client_as("admin"), form(element))
    with database.reading() as session:
        kept = [
            json.dumps([event.content for event in session.scalars(select(LedgerEvent))]),
            json.dumps([row.answer for row in session.scalars(select(CommandRecord))]),
            str([vars(row) for row in session.scalars(select(TracePass))]),
        ]
    assert not any(secret in text for text in kept)


def test_the_same_form_sent_twice_gives_one_pass_with_one_link(
    element: Element, client_as: ClientAs, database: Database
) -> None:
    manager, values = client_as("quality_manager"), form(element)
    assert given_secret(manager, values) == given_secret(manager, values)
    assert given_secret(manager, form(element)) != given_secret(manager, values)
    with database.reading() as session:
        assert len(session.scalars(select(TracePass)).all()) == 2


def test_a_pass_needs_a_holder_an_audience_and_an_end(element: Element, client_as: ClientAs) -> None:
    manager = client_as("quality_manager")
    for wrong in (
        {"holder": " "},
        {"audience": "public"},
        {"audience": "everybody"},
        {"valid_until": ""},
        {"valid_until": "2026-11-01"},
        {"valid_until": "2100-01-01"},
        {"valid_until": "9999-12-31"},
    ):
        answer = manager.post("/trace/passes", data=form(element, **wrong))
        assert (answer.status_code, "/trace/pass#" in answer.text) == (422, False), wrong


def test_who_sees_some_projects_gives_passes_to_those_only(
    element: Element, database: Database, clock: SetClock
) -> None:
    limited = actor("quality_manager", project_ids=frozenset({uuid4()}))
    command = GivePass(audience="contractor", holder="x", valid_until="2026-12-31T00:00:00Z", secret_hash="0" * 64)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        perform(database, limited, clock, give_pass, command)
    theirs = command.model_copy(update={"project_id": element.project_id, "command_id": uuid4()})
    with pytest.raises(NotFound):
        perform(database, limited, clock, give_pass, theirs)
    with pytest.raises(ValidationError):
        GivePass(audience="public", holder="x", valid_until="2026-12-31T00:00:00Z", secret_hash="0" * 64)  # type: ignore[arg-type]


def test_a_scan_that_finds_nothing_offers_the_number_and_leaves_no_cookie(element: Element, app: Flask) -> None:
    client = app.test_client()
    own = f"/01/{element.gtin}/21/{element.serial}"
    for path in (f"/01/{element.gtin}/21/999999", f"/01/{element.gtin[:-1]}{(int(element.gtin[-1]) + 1) % 10}/21/1"):
        answer = client.get(f"{path}?lang=en")
        assert answer.status_code in (400, 404)
        assert '<form class="find" action="/trace/find"' in answer.text
        assert "Set-Cookie" not in answer.headers
    for typed in (str(element.serial), f"(01){element.gtin}(21){element.serial}", f" 000{element.serial} "):
        assert client.get("/trace/find", query_string={"number": typed}).headers["Location"] == own
    program = client.get(f"{own}9999", headers={"Accept": "application/ld+json"})
    assert (program.status_code, program.mimetype) == (404, "application/problem+json")


def test_wrong_codes_are_answered_in_plain_words(element: Element, app: Flask) -> None:
    client = app.test_client()
    for number in ("999", "x", "", "9" * 40):
        answer = client.get("/trace/find", query_string={"number": number, "lang": "en"})
        assert (answer.status_code, "No element with this code was made here" in answer.text) == (404, True)
    assert client.post("/trace/pass?lang=en", data={"pass": "x" * 500}).status_code == 404
