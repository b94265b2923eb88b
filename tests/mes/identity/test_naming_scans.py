"""Keys that a plant gave, scanned at the station, in the yard: GS1 keys and local ones lead to the same things."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from labels.keys.naming import Naming, identity
from labels.tags.epc import decode_tag
from mes.accounts.models import Plant
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.errors import NotFound
from mes.identity.naming import naming_of
from mes.inspection.queries import find_scanned
from mes.logistics.scans import scanned_slot
from tests.conftest import actor
from tests.mes.inspection.stage import Stage, set_stage

LOCAL = {"company_prefix": "", "credit_code": "91350200MAAY4CL12K"}
SECOND_SITE = {"site_number": 1}


@pytest.fixture
def stage(app: Flask, database: Database, clock: SetClock, tmp_path: Path) -> Stage:
    """Elements on the running pallet 7."""
    return set_stage(database, clock, tmp_path)


def naming(database: Database, **facts: object) -> Naming:
    """The plant's naming, changed as it never is once something is named."""
    with database.writing() as session:
        plant = session.query(Plant).one()
        for name, value in facts.items():
            setattr(plant, name, value)
        return naming_of(plant)


@pytest.mark.parametrize("facts", [{}, SECOND_SITE, LOCAL, LOCAL | SECOND_SITE])
def test_a_pallets_key_leads_to_what_it_carries(stage: Stage, database: Database, facts: dict[str, object]) -> None:
    key = naming(database, **facts).pallet(7)
    with database.reading() as session:
        load = find_scanned(session, actor("inspector"), identity(key)).load
        assert load is not None
        assert load.id == stage.load_id


@pytest.mark.parametrize("facts", [{}, SECOND_SITE, LOCAL, LOCAL | SECOND_SITE])
def test_a_batchs_key_leads_to_the_batch(stage: Stage, database: Database, facts: dict[str, object]) -> None:
    batch_id: UUID = stage.cast("C40-117")
    key = naming(database, **facts).batch("C40-117")
    with database.reading() as session:
        batch = find_scanned(session, actor("inspector"), identity(key)).batch
        assert batch is not None
        assert batch.id == batch_id


def test_the_pallet_of_another_site_is_not_ours(stage: Stage, database: Database) -> None:
    ours = naming(database)
    other = Naming(ours.company_prefix, ours.owner, 5)
    with database.reading() as session, pytest.raises(NotFound):
        find_scanned(session, actor("inspector"), identity(other.pallet(7)))


def test_a_mould_of_the_same_number_is_not_the_pallet(stage: Stage, database: Database) -> None:
    with database.reading() as session, pytest.raises(NotFound):
        find_scanned(session, actor("inspector"), identity(naming(database).mould("7")))


def test_an_elements_tag_leads_to_the_element(stage: Stage, database: Database) -> None:
    element = stage.element()
    assert decode_tag(element.epc_hex).key["21"] == str(element.serial)
    with database.reading() as session:
        found = find_scanned(session, actor("inspector"), element.epc_hex).element
        assert found is not None
        assert found.id == element.id


@pytest.mark.parametrize("facts", [{}, SECOND_SITE, LOCAL, LOCAL | SECOND_SITE])
def test_a_yard_slots_key_is_the_slot(stage: Stage, database: Database, facts: dict[str, object]) -> None:
    key = naming(database, **facts).place("A-03")
    with database.reading() as session:
        assert scanned_slot(session, identity(key)) == "A-03"
        assert scanned_slot(session, "S:a-03") == "A-03"
        assert scanned_slot(session, " a-03 ") == "A-03"
