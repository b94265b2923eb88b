"""The crew somebody works in: told on the people page and the command line, and carried by what they do."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import select

from mes.accounts.models import Person
from mes.accounts.service import AddPerson, RemovePerson, SetCrew, actor_of, add_person, remove_person, set_crew
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Forbidden, NotFound
from mes.core.ids import new_id
from tests.conftest import actor

Client = Callable[..., FlaskClient]


def add(database: Database, clock: SetClock, crew: str = "") -> Person:
    command = AddPerson(
        sign_in_name="lin", name="林海", role="operator", password=SecretStr("a long password"), crew=crew
    )
    added = perform(database, actor("admin"), clock, add_person, command)
    return read(database, added.id)


def read(database: Database, person_id: object) -> Person:
    with database.reading() as session:
        return session.scalars(select(Person).where(Person.id == person_id)).one()


def test_somebody_acts_as_of_their_crew_and_changes_it(any_database: Database, clock: SetClock) -> None:
    person = add(any_database, clock, " 甲班 ")
    assert actor_of(person).crew == "甲班"
    perform(any_database, actor("admin"), clock, set_crew, SetCrew(person_id=person.id, crew="乙班"))
    assert actor_of(read(any_database, person.id)).crew == "乙班"
    perform(any_database, actor("admin"), clock, set_crew, SetCrew(person_id=person.id))
    assert actor_of(read(any_database, person.id)).crew == ""


def test_only_who_may_change_accounts_puts_people_into_crews(database: Database, clock: SetClock) -> None:
    person = add(database, clock, "甲班")
    with pytest.raises(Forbidden):
        perform(database, actor("planner"), clock, set_crew, SetCrew(person_id=person.id, crew="乙班"))
    assert read(database, person.id).crew == "甲班"


def test_who_has_left_joins_no_crew(database: Database, clock: SetClock) -> None:
    person = add(database, clock)
    perform(database, actor("admin"), clock, remove_person, RemovePerson(person_id=person.id))
    for person_id in (person.id, new_id()):
        with pytest.raises(NotFound):
            perform(database, actor("admin"), clock, set_crew, SetCrew(person_id=person_id, crew="乙班"))


def test_the_people_page_shows_and_sets_the_crew(client_as: Client, database: Database, clock: SetClock) -> None:
    person = add(database, clock, "甲班")
    client = client_as("admin")
    assert 'value="甲班"' in client.get("/accounts").get_data(as_text=True)
    form = {"command_id": str(uuid4()), "crew": " 乙班 "}
    assert client.post(f"/accounts/{person.id}/crew", data=form).status_code == 303
    assert read(database, person.id).crew == "乙班"
    form = {"command_id": str(uuid4()), "crew": "乙班", "name": "王", "sign_in_name": "wang", "role": "operator"}
    assert client.post("/accounts", data={**form, "password": "a long password"}).status_code == 303
    with database.reading() as session:
        assert session.scalar(select(Person.crew).where(Person.sign_in_name == "wang")) == "乙班"
