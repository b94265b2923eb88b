"""The ledger only grows, and any change to it is found and named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from mes import migrating
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.ledger import checking, verification
from mes.ledger.canonical import canonical_json
from mes.ledger.checkpoints import MakeCheckpoint, make_all
from mes.ledger.keys import LedgerKeys
from mes.ledger.proofs import export_checkpoint
from mes.ledger.queries import newest_checkpoint
from mes.ledger.statements import Statement, read_exported
from mes.ledger.verification import verify
from tests.conftest import actor, create_plant
from tests.factories import advance, create_order, elements_of
from tests.mes.ledger.attacks import ATTACKS, make_fit, rewrite, switch_triggers_off


@pytest.fixture
def keys(tmp_path: Path) -> LedgerKeys:
    return LedgerKeys(tmp_path)


@pytest.fixture
def story(any_database: Database, clock: SetClock, keys: LedgerKeys) -> Database:
    tell(any_database, clock, keys)
    return any_database


def tell(database: Database, clock: SetClock, keys: LedgerKeys) -> None:
    """Two elements are made and stored, with a checkpoint on the way and one at the end."""
    create_plant(database, clock)
    made = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 2)]))
    advance(database, clock, [element.id for element in made], "demoulded")
    sign(database, clock, keys)
    clock.advance(hours=1)
    advance(database, clock, [element.id for element in made], "stored")
    sign(database, clock, keys)


def sign(database: Database, clock: SetClock, keys: LedgerKeys) -> None:
    assert make_all(database, actor("admin"), clock, keys, MakeCheckpoint()).is_new


def kept(database: Database, keys: LedgerKeys) -> Statement:
    """The newest checkpoint as somebody else keeps it."""
    with database.reading() as session:
        return read_exported(json.dumps(export_checkpoint(newest_checkpoint(session), keys)), "the city's file")


STATEMENTS = [
    "UPDATE ledger_event SET kind = 'element.scrapped' WHERE sequence = 1",
    "DELETE FROM ledger_event WHERE sequence = 1",
    "UPDATE ledger_subject SET ordinal = 99 WHERE event_sequence = 1",
    "DELETE FROM ledger_subject WHERE event_sequence = 1",
]


def test_the_database_refuses_to_change_the_ledger(story: Database, keys: LedgerKeys) -> None:
    for statement in STATEMENTS:
        with pytest.raises(DatabaseError, match="append-only"), story.writing() as session:
            session.execute(text(statement))
    with story.reading() as session:
        found = verify(session, keys=keys.public(), against=[kept(story, keys)])
    assert (found.intact, found.checkpoints) == (True, 2)


def test_whatever_is_changed_is_found_and_named(
    story: Database, keys: LedgerKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    against = [kept(story, keys)]

    def attacked(attack: object, size: int, data: st.DataObject) -> None:
        monkeypatch.setattr(checking, "STRETCH_EVENTS", size)
        with story.session() as session:
            session.connection(execution_options={"mes_write": True})
            switch_triggers_off(session)
            named = set(attack(session, data))  # type: ignore[operator]
            found = verify(session, keys=keys.public(), against=against)
            session.rollback()
        assert found.fault is not None, attack
        assert found.fault_sequence in named, (attack, str(found.fault), named)

    for attack in ATTACKS:
        tried = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))(
            given(st.just(attack), st.integers(1, 9), st.data())(attacked)
        )
        tried()


def test_a_ledger_rewritten_with_its_checkpoints_does_not_fit_the_one_kept_elsewhere(
    story: Database, clock: SetClock, keys: LedgerKeys
) -> None:
    """Even with the plant's own key: the whole ledger made to fit, and its checkpoints signed anew."""
    outside = kept(story, keys)

    @settings(max_examples=1, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def forge(data: st.DataObject) -> None:
        with story.writing() as session:
            switch_triggers_off(session)
            rewrite(session, data)
            make_fit(session)
            session.execute(text("DELETE FROM ledger_checkpoint"))

    forge()
    sign(story, clock, keys)
    with story.reading() as session:
        assert verify(session, keys=keys.public()).intact
        found = verify(session, keys=keys.public(), against=[outside])
    assert found.fault_sequence == 1
    assert "the checkpoint of 2026-11-23T02:00:00.000Z in the city's file" in str(found.fault)


def test_further_processes_find_the_same(
    database: Database, clock: SetClock, keys: LedgerKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(database, clock, keys)
    monkeypatch.setattr(verification, "WORTH_PROCESSES", 1)
    monkeypatch.setattr(checking, "STRETCH_EVENTS", 3)
    with database.reading() as session:
        assert verify(session, processes=2) == verify(session)
    with database.writing() as session:
        switch_triggers_off(session)
        session.execute(text("UPDATE ledger_event SET kind = 'element.scrapped' WHERE sequence = 7"))
    with database.reading() as session:
        found = verify(session, processes=2)
    assert (found.fault_sequence, str(found.fault)) == (7, "a column says something else than the content")


def test_events_of_before_are_kept_as_they_are_hashed(any_database: Database, clock: SetClock) -> None:
    """Down to where content was JSON of the database's own form, and up again: the same ledger, and as well guarded."""
    create_plant(any_database, clock)
    create_order(any_database, clock, [("DBS1-67-3620-31", 2)])
    kept = text("SELECT content FROM ledger_event ORDER BY sequence")
    with any_database.reading() as session:
        before = session.scalars(kept).all()
    migrating.downgrade(any_database, "0015")
    with any_database.reading() as session:
        assert session.scalars(kept).all() != before
    migrating.upgrade(any_database)
    with any_database.reading() as session:
        assert session.scalars(kept).all() == before
        assert verify(session).intact
    with pytest.raises(DatabaseError, match="append-only"), any_database.writing() as session:
        session.execute(text(STATEMENTS[0]))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_whole_number_has_one_form_whether_float_or_integer(number: float) -> None:
    assert canonical_json({"x": number}) == canonical_json({"x": int(number) if number.is_integer() else number})
