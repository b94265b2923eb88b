"""What was cut off after the last checkpoint is missed by others who remember it; a ledger in motion is not accused."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text

import mes.witnesses  # noqa: F401
from mes.core.clock import SetClock
from mes.core.commands import Work, perform
from mes.core.database import Database
from mes.core.ids import new_id
from mes.ledger.checkpoints import MakeCheckpoint, make_all
from mes.ledger.kept import KeptCheckpoints
from mes.ledger.keys import LedgerKeys
from mes.ledger.verification import Verification, verify
from mes.ledger.witnesses import all_witnesses
from mes.orders.elements import load_elements, note
from mes.orders.models import Project
from mes.orders.service import HoldElement, ReleaseElement, hold_element, release_element
from mes.traceability.models import ArchivePackage, Connector, Receipt
from tests.conftest import actor, create_plant
from tests.factories import SLAB, advance, create_order, elements_of
from tests.mes.ledger.attacks import switch_triggers_off


@pytest.fixture
def keys(tmp_path: Path) -> LedgerKeys:
    return LedgerKeys(tmp_path)


@pytest.fixture
def elements(any_database: Database, clock: SetClock) -> list[UUID]:
    create_plant(any_database, clock)
    made = [one.id for one in elements_of(any_database, create_order(any_database, clock, [(SLAB, 8)]))]
    advance(any_database, clock, made[:2], "demoulded")
    return made


def checked(database: Database, keys: LedgerKeys) -> Verification:
    kept, unreadable = KeptCheckpoints(keys).read()
    with database.reading() as session:
        return verify(session, keys=keys.public(), against=kept, unreadable=unreadable, witnesses=all_witnesses())


def sign(database: Database, clock: SetClock, keys: LedgerKeys) -> None:
    make_all(database, actor("admin"), clock, keys, MakeCheckpoint())


def cut_off(database: Database, events: int = 1) -> int:
    """The last events are gone, and with them whatever would hinder it; the number of the first of them."""
    with database.writing() as session:
        switch_triggers_off(session)
        last = "SELECT sequence FROM ledger_event ORDER BY sequence DESC LIMIT 1 OFFSET :skipped"
        at = int(session.execute(text(last), {"skipped": events - 1}).scalar_one())
        session.execute(text("DELETE FROM ledger_subject WHERE event_sequence >= :at"), {"at": at})
        session.execute(text("DELETE FROM ledger_event WHERE sequence >= :at"), {"at": at})
        if database.is_sqlite:
            session.execute(text("PRAGMA defer_foreign_keys = OFF"))
    return at


def test_an_elements_row_remembers_its_last_step(
    any_database: Database, clock: SetClock, keys: LedgerKeys, elements: list[UUID]
) -> None:
    sign(any_database, clock, keys)
    advance(any_database, clock, elements[:1], "finished")
    assert checked(any_database, keys).intact
    cut_off(any_database)
    found = checked(any_database, keys)
    assert "element 1 is «Finished», of which its story does not tell" in str(found.fault)


def test_an_elements_row_remembers_what_did_not_change_its_state(
    any_database: Database, clock: SetClock, keys: LedgerKeys, elements: list[UUID]
) -> None:
    with any_database.writing() as session:
        certified = load_elements(session, elements[:1])
        note(Work(session, actor("planner"), clock), "element.certified", certified, event_time=clock.now())
    assert checked(any_database, keys).intact
    cut_off(any_database)
    words = "element 1 remembers the event element.certified, which is not in its story"
    assert words in str(checked(any_database, keys).fault)


def test_connectors_and_packages_remember_how_far_the_ledger_went(
    any_database: Database, clock: SetClock, keys: LedgerKeys, elements: list[UUID]
) -> None:
    advance(any_database, clock, elements[:1], "finished")
    with any_database.writing() as session:
        last = int(session.execute(text("SELECT max(sequence) FROM ledger_event")).scalar_one())
        connector = Connector(id=new_id(), name="city", kind="epcis", url="https://city.example", settings={})
        connector.cursor, connector.created_at = last, clock.now()
        session.add(connector)
        session.flush()
        receipt = Receipt(connector_id=connector.id, event_sequence=last, state="delivered", updated_at=clock.now())
        receipt.identifiers, receipt.event_ids = [], []
        session.add(receipt)
        project = session.scalars(select(Project)).one()
        package = ArchivePackage(number="CJDA-1", scope="project", scope_key="XM-01", project_id=project.id)
        package.state, package.asked_by, package.ledger_sequence = "asked", "planner", last
        package.asked_at = package.state_at = clock.now()
        session.add(package)
    assert checked(any_database, keys).intact
    with any_database.writing() as session:
        session.execute(text("UPDATE element SET state = 'demoulded' WHERE state = 'finished'"))
    assert cut_off(any_database) == last
    for table, words in (
        ("receipt", "«city» has receipts of 1 events that are gone"),
        ("connector", f"«city» has read the ledger up to No. {last}"),
        ("archive_package", f"package CJDA-1 was asked for at No. {last}"),
    ):
        found = checked(any_database, keys)
        assert (found.fault_sequence, words in str(found.fault)) == (last, True), (table, str(found.fault))
        with any_database.writing() as session:
            session.execute(text(f"DELETE FROM {table}"))
    assert checked(any_database, keys).intact, "whoever changes every witness leaves no trace"


def test_a_checkpoint_that_was_taken_away_is_missed(
    any_database: Database, clock: SetClock, keys: LedgerKeys, elements: list[UUID]
) -> None:
    sign(any_database, clock, keys)
    (file,) = (keys.data / "checkpoints").iterdir()
    assert file.name == f"2026-11-23-{checked(any_database, keys).events:012d}.json"
    advance(any_database, clock, elements[:1], "finished")
    sign(any_database, clock, keys)
    (newer,) = (keys.data / "checkpoints").iterdir()
    assert newer.name > file.name
    with any_database.writing() as session:
        session.execute(
            text("DELETE FROM ledger_checkpoint WHERE events = (SELECT max(events) FROM ledger_checkpoint)")
        )
    found = checked(any_database, keys)
    assert "is no longer in the database: its row was removed" in str(found.fault)
    newer.write_text(newer.read_text(encoding="utf-8").replace("last ", "last 1"), encoding="utf-8")
    assert "the signature of the checkpoint" in str(checked(any_database, keys).fault)


def test_what_was_cut_off_after_a_restore_stays_known(
    any_database: Database, clock: SetClock, keys: LedgerKeys, elements: list[UUID]
) -> None:
    """The file of a checkpoint that the database has no longer is not replaced by the next one of the day."""
    sign(any_database, clock, keys)
    with any_database.writing() as session:
        session.execute(text("DELETE FROM ledger_checkpoint"))
    at = cut_off(any_database, 2)
    advance(any_database, clock, elements[2:], "finished")
    sign(any_database, clock, keys)
    assert len(list((keys.data / "checkpoints").iterdir())) == 2
    found = checked(any_database, keys)
    assert found.fault_sequence is not None
    assert found.fault_sequence <= at


def test_eight_writers_checkpoints_and_checks_at_once_and_no_false_alarm(
    any_database: Database, clock: SetClock, keys: LedgerKeys, elements: list[UUID]
) -> None:
    sign(any_database, clock, keys)
    over = threading.Event()

    def hold_and_release(element: UUID) -> None:
        for _ in range(2):
            perform(
                any_database, actor("planner"), clock, hold_element, HoldElement(element_id=element, reason="crack")
            )
            perform(any_database, actor("planner"), clock, release_element, ReleaseElement(element_id=element))

    def check_again_and_again() -> list[str]:
        said = []
        while not over.is_set():
            sign(any_database, clock, keys)
            found = checked(any_database, keys)
            said.append(str(found.fault) if found.fault else "")
            over.wait(0.1)
        return said

    with ThreadPoolExecutor(10) as pool:
        checks = [pool.submit(check_again_and_again) for _ in range(2)]
        try:
            for done in [pool.submit(hold_and_release, element) for element in elements]:
                done.result(30)
        finally:
            over.set()
        said = [words for check in checks for words in check.result()]
    assert len(said) >= 2
    assert set(said) == {""}
    sign(any_database, clock, keys)
    assert checked(any_database, keys).intact
