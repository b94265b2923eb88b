"""Signing in: right or wrong, never which; too often, and it stops; sessions end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from mes.accounts.models import ApiToken, Person
from mes.accounts.service import (
    ATTEMPTS_PER_NAME,
    AddPerson,
    RemovePerson,
    add_person,
    make_token,
    remove_person,
    sign_in,
    sign_in_by_badge,
)
from mes.core.clock import SetClock
from mes.core.commands import Work, perform
from mes.core.database import Database
from mes.core.errors import Conflict, InvalidInput, NotSignedIn, TooManyAttempts
from mes.core.ids import new_id
from tests.conftest import actor

PASSWORD = "correct horse battery"


@pytest.fixture
def person(any_database: Database, clock: SetClock) -> AddPerson:
    """An operator with a password, a PIN and a badge."""
    command = AddPerson(
        sign_in_name="Lin.Hai",
        name="林海",
        role="operator",
        password=SecretStr(PASSWORD),
        pin=SecretStr("4711"),
        badge=SecretStr("U:000123"),
    )
    perform(any_database, actor("admin"), clock, add_person, command)
    return command


def test_a_password_is_kept_as_argon2id_only(any_database: Database, person: AddPerson) -> None:
    with any_database.reading() as session:
        row = session.query(Person).one()
    assert row.password_hash.startswith("$argon2id$")
    assert PASSWORD not in row.password_hash


@pytest.mark.parametrize("secret", [PASSWORD, "4711"])
def test_a_password_or_a_pin_opens_the_door(
    any_database: Database, clock: SetClock, person: AddPerson, secret: str
) -> None:
    assert sign_in(any_database, clock, " lin.hai ", secret, "10.0.0.1").session_id


def test_a_badge_needs_its_pin(any_database: Database, clock: SetClock, person: AddPerson) -> None:
    assert sign_in_by_badge(any_database, clock, "U:000123", "4711", "10.0.0.1").session_id
    with pytest.raises(NotSignedIn):
        sign_in_by_badge(any_database, clock, "U:000123", "4712", "10.0.0.1")


@pytest.mark.parametrize(("name", "secret"), [("lin.hai", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_name_and_a_wrong_password_look_alike(
    any_database: Database, clock: SetClock, person: AddPerson, name: str, secret: str
) -> None:
    with pytest.raises(NotSignedIn, match="Name or password is not right"):
        sign_in(any_database, clock, name, secret, "10.0.0.1")


def test_too_many_failures_and_even_the_right_password_must_wait(
    any_database: Database, clock: SetClock, person: AddPerson
) -> None:
    for _ in range(ATTEMPTS_PER_NAME):
        with pytest.raises(NotSignedIn):
            sign_in(any_database, clock, "lin.hai", "wrong", "10.0.0.1")
    with pytest.raises(TooManyAttempts):
        sign_in(any_database, clock, "lin.hai", PASSWORD, "10.0.0.1")
    clock.advance(minutes=11)
    assert sign_in(any_database, clock, "lin.hai", PASSWORD, "10.0.0.1")


def test_a_person_who_left_is_out_at_once(any_database: Database, clock: SetClock, person: AddPerson) -> None:
    signed_in = sign_in(any_database, clock, "lin.hai", PASSWORD, "10.0.0.1")
    perform(any_database, actor("admin"), clock, remove_person, RemovePerson(person_id=signed_in.person_id))
    with pytest.raises(NotSignedIn):
        sign_in(any_database, clock, "lin.hai", PASSWORD, "10.0.0.1")


def test_a_short_password_and_a_taken_name_are_refused(
    any_database: Database, clock: SetClock, person: AddPerson
) -> None:
    short = {"sign_in_name": "b", "password": SecretStr("short"), "command_id": person.child_id("b")}
    with pytest.raises(InvalidInput, match="at least 10"):
        perform(any_database, actor("admin"), clock, add_person, person.model_copy(update=short))
    again = person.model_copy(update={"command_id": person.child_id("c")})
    with pytest.raises(Conflict, match="taken"):
        perform(any_database, actor("admin"), clock, add_person, again)


def test_a_token_is_kept_hashed_and_can_be_replaced(database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        first = make_token(Work(session, actor("admin"), clock), "gateway", "gateway")
    with database.writing() as session:
        second = make_token(Work(session, actor("admin"), clock), "gateway", "gateway")
    with database.reading() as session:
        rows = session.query(ApiToken).all()
    assert first != second
    assert len(rows) == 1
    assert second not in rows[0].token_sha256


def test_only_addresses_of_this_server_are_followed_after_signing_in(
    app: Flask, database: Database, clock: SetClock
) -> None:
    command = AddPerson(sign_in_name="p", name="P", role="admin", password=SecretStr(PASSWORD))
    perform(database, actor("admin"), clock, add_person, command)
    for target in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        answer = app.test_client().post("/sign-in", data={"username": "p", "password": PASSWORD, "next": target})
        assert "evil" not in answer.headers["Location"]


def test_who_was_signed_out_meanwhile_is_led_back_to_the_form_and_a_live_part_takes_its_page_along(app: Flask) -> None:
    client = app.test_client()
    form = client.post("/inspection/signature", headers={"Referer": "http://localhost/inspection/signature?x=1"})
    assert form.headers["Location"] == "/sign-in?next=/inspection/signature?x%3D1"
    assert "未提交" in client.get(form.headers["Location"]).get_data(as_text=True)
    part = client.get(
        "/inspection/lists", headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/inspection"}
    )
    assert (part.status_code, part.headers["HX-Redirect"]) == (204, "/sign-in?next=/inspection")
    elsewhere = client.post("/inspection/signature", headers={"Referer": "http://evil.example/x"})
    assert elsewhere.headers["Location"] == "/sign-in"


def test_whose_badge_is_refused_reads_of_the_badge(app: Flask, database: Database, clock: SetClock) -> None:
    answer = app.test_client().post("/sign-in/badge", data={"badge": "U:AAAAA-BBBBB", "pin": "123456"})
    assert (answer.status_code, "工卡或 PIN 码不正确" in answer.get_data(as_text=True)) == (401, True)


def test_a_copied_cookie_is_worth_nothing_after_signing_out(app: Flask, database: Database, clock: SetClock) -> None:
    command = AddPerson(sign_in_name="q", name="Q", role="admin", password=SecretStr(PASSWORD))
    perform(database, actor("admin"), clock, add_person, command)
    client, thief = app.test_client(), app.test_client()
    client.post("/sign-in", data={"username": "q", "password": PASSWORD})
    cookie = client.get_cookie("mes_session")
    assert cookie is not None
    thief.set_cookie("mes_session", cookie.value)
    assert thief.get("/api/v1/me").status_code == 200
    client.post("/sign-out")
    assert thief.get("/api/v1/me").status_code == 401


def test_a_session_ends_after_its_hours_however_busy(app: Flask, database: Database, clock: SetClock) -> None:
    command = AddPerson(sign_in_name="r", name="R", role="admin", password=SecretStr(PASSWORD))
    perform(database, actor("admin"), clock, add_person, command)
    client = app.test_client()
    client.post("/sign-in", data={"username": "r", "password": PASSWORD})
    clock.advance(hours=11)
    assert client.get("/api/v1/me").status_code == 200
    clock.advance(hours=2)
    assert client.get("/api/v1/me").status_code == 401


def test_an_administrator_adds_and_ends_people_on_the_page(
    client_as: Callable[..., FlaskClient], database: Database
) -> None:
    client = client_as("admin")
    page = {"command_id": str(new_id()), "sign_in_name": "Wu", "name": "吴", "role": "operator", "pin": "4711"}
    short = client.post("/accounts", data={**page, "password": "short"})
    assert short.status_code == 422
    assert "at least 10" in short.text
    assert 'value="Wu"' in short.text
    added = client.post("/accounts", data={**page, "password": PASSWORD})
    assert added.status_code == 303
    with database.reading() as session:
        person = session.query(Person).filter_by(sign_in_name="wu").one()
    client.post(f"/accounts/{person.id}/remove", data={"command_id": str(new_id())})
    with database.reading() as session:
        assert not session.get_one(Person, person.id).active
