"""The ledger only grows, and any change to it is found and named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.ledger.canonical import canonical_json
from mes.ledger.verification import verify
from tests.conftest import create_plant
from tests.factories import advance, create_order, elements_of


@pytest.fixture
def story(any_database: Database, clock: SetClock) -> Database:
    """A database in which two elements were made and stored."""
    create_plant(any_database, clock)
    made = elements_of(any_database, create_order(any_database, clock, [("DBS1-67-3620-31", 2)]))
    advance(any_database, clock, [element.id for element in made], "stored")
    return any_database


STATEMENTS = [
    "UPDATE ledger_event SET kind = 'element.scrapped' WHERE sequence = 1",
    "DELETE FROM ledger_event WHERE sequence = 1",
    "UPDATE ledger_subject SET ordinal = 99 WHERE event_sequence = 1",
    "DELETE FROM ledger_subject WHERE event_sequence = 1",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_refuses_to_change_the_ledger(story: Database, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), story.writing() as session:
        session.execute(text(statement))
    with story.reading() as session:
        assert verify(session).intact


def tamper(database: Database, *statements: str) -> None:
    """Do what only somebody with the database's own keys can: switch the triggers off, and change rows."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
            for name in names:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()


def in_content(database: Database, old: str, new: str, sequence: int) -> str:
    cast = "content" if database.is_sqlite else "content::text"
    back = "" if database.is_sqlite else "::jsonb"
    return f"UPDATE ledger_event SET content = replace({cast}, '{old}', '{new}'){back} WHERE sequence = {sequence}"


def test_an_altered_event_is_named(story: Database) -> None:
    tamper(story, in_content(story, "composite_slab", "composite_slob", 4))
    with story.reading() as session:
        found = verify(session)
    assert found.fault_sequence == 4
    assert str(found.fault) == "the content does not fit its hash"


def test_an_altered_column_is_named(story: Database) -> None:
    tamper(story, "UPDATE ledger_event SET kind = 'element.scrapped' WHERE sequence = 3")
    with story.reading() as session:
        assert verify(session).fault_sequence == 3


def test_a_removed_event_is_missed_by_the_one_after_it(story: Database) -> None:
    tamper(
        story,
        "DELETE FROM ledger_subject WHERE event_sequence = 4",
        "DELETE FROM ledger_event WHERE sequence = 4",
    )
    with story.reading() as session:
        found = verify(session)
    assert found.fault_sequence == 5
    assert "missing or altered" in str(found.fault)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_whole_number_has_one_form_whether_float_or_integer(number: float) -> None:
    assert canonical_json({"x": number}) == canonical_json({"x": int(number) if number.is_integer() else number})
