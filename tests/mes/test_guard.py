"""Every route, every role: denied unless granted. The list is made from the route table itself."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import func, select
from werkzeug.routing import AnyConverter

from mes.accounts.permissions import permissions_of, roles
from mes.accounts.service import PROGRAM_ROLES, AddPerson, add_person, make_token
from mes.core.clock import SetClock
from mes.core.commands import CommandRecord, Work, perform
from mes.core.database import Database
from mes.guard import needed_permission
from mes.ledger.models import LedgerEvent
from tests.conftest import actor

SAMPLES = {"uuid": str(UUID(int=7)), "int": "7", "default": "7", "string": "7", "path": "7"}


def sample(converter: object) -> str:
    """A value that fits a part of an address."""
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)[0]
    return SAMPLES.get(type(converter).__name__.removesuffix("Converter").lower(), "7")


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """(method, address, permission) of every guarded route."""
    for rule in app.url_map.iter_rules():
        permission = needed_permission(app, rule.endpoint)
        if not permission:
            continue
        values = {name: sample(converter) for name, converter in rule._converters.items()}
        with app.test_request_context():
            address = app.url_map.bind("localhost").build(rule.endpoint, values, method=None)
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            yield method, address, permission


FOR_PROGRAMS = ("/api/", "/metrics")


def effects(database: Database) -> tuple[int, int]:
    """How many commands were carried out and events recorded."""
    with database.reading() as session:
        commands = session.scalar(select(func.count()).select_from(CommandRecord)) or 0
        return commands, session.scalar(select(func.count()).select_from(LedgerEvent)) or 0


def test_there_are_routes_to_try(app: Flask) -> None:
    assert len(list(routes(app))) > 40


def test_nobody_gets_in_without_signing_in(app: Flask, database: Database) -> None:
    client, before = app.test_client(), effects(database)
    for method, address, _ in routes(app):
        answer = client.open(address, method=method)
        assert answer.status_code in ((401,) if address.startswith(FOR_PROGRAMS) else (302,)), (method, address)
    assert effects(database) == before


@pytest.mark.parametrize("role", sorted(roles()))
def test_a_role_gets_only_what_it_was_granted(role: str, app: Flask, database: Database, clock: SetClock) -> None:
    client, headers = client_of_role(app, database, clock, role)
    before = effects(database)
    for method, address, permission in routes(app):
        if permission in permissions_of(role):
            continue
        answer = client.open(address, method=method, headers=headers)
        assert answer.status_code == 403, (role, method, address, answer.status_code)
    assert effects(database) == before


def client_of_role(app: Flask, database: Database, clock: SetClock, role: str) -> tuple[FlaskClient, dict[str, str]]:
    """A caller of that role: programs bring a token, people a session."""
    client = app.test_client()
    if role in PROGRAM_ROLES:
        with database.writing() as session:
            token = make_token(Work(session, actor("admin"), clock), f"as-{role}", role)
        return client, {"Authorization": f"Bearer {token}"}
    command = AddPerson(sign_in_name=f"a-{role}", name=role, role=role, password=SecretStr("a long password"))
    perform(database, actor("admin"), clock, add_person, command)
    client.post("/sign-in", data={"username": f"a-{role}", "password": "a long password"})
    return client, {}


def test_a_form_from_elsewhere_is_refused(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post("/sign-in", data={"username": "x", "password": "y"})
    assert answer.status_code == 422


def test_pages_carry_a_strict_policy(app: Flask) -> None:
    policy = app.test_client().get("/sign-in").headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
