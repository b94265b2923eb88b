"""What a gate's listener makes of trouble: antennas that cannot be, lost answers of the database, odd readers."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from labels.llrp.sightings import Seen
from mes.core.clock import SetClock
from mes.core.commands import Work, perform
from mes.core.database import Database
from mes.core.errors import InvalidInput
from mes.identity.models import TagSighting
from mes.identity.reading.gates import GateListener
from mes.identity.service import AddReader, ChangeReader, add_reader, change_reader
from mes.identity.service.sightings import Passage, write_passages
from tests.conftest import NOW, actor

EPC = "3034257BF7194E4000001A85"
GATE = {"name": "东门", "use": "gate", "host": "127.0.0.1", "port": 9}


@pytest.fixture
def reader_id(any_database: Database, clock: SetClock) -> UUID:
    added = perform(any_database, actor("planner"), clock, add_reader, AddReader(code="GATE-1", **GATE)).id
    assert added is not None
    return added


@pytest.mark.parametrize("antennas", ["0", "00", "1,00", "1,,2", "1;2", "x"])
def test_antennas_are_numbers_from_one(antennas: str, database: Database, clock: SetClock) -> None:
    with pytest.raises(InvalidInput, match="Antennas are numbers from 1"):
        perform(database, actor("planner"), clock, add_reader, AddReader(code="GATE-1", antennas=antennas, **GATE))


def test_a_passage_whose_commit_was_answered_by_nobody_is_not_written_twice(
    any_database: Database, clock: SetClock, reader_id: UUID
) -> None:
    seen = Passage(EPC, "", NOW, NOW)
    other = Passage(EPC[::-1], "", NOW, NOW)
    for passages in ([seen], [replace(seen, last_seen_at=NOW + timedelta(seconds=3), count=9), other]):
        with any_database.writing() as session:
            write_passages(Work(session, actor("admin"), clock), reader_id, passages)
    with any_database.reading() as session:
        rows = session.scalars(select(TagSighting).order_by(TagSighting.count.desc())).all()
    assert [(row.epc_hex, row.count) for row in rows] == [(EPC, 9), (EPC[::-1], 1)]


def test_more_than_a_tag_can_hold_keeps_no_other_sighting_from_the_database(
    any_database: Database, clock: SetClock, reader_id: UUID
) -> None:
    listener = listener_of(any_database, clock, reader_id)
    listener._see([Seen(epc, "", 1, -50, 1, NOW, NOW) for epc in ("AB" * 4000, EPC)])
    listener._write()
    with any_database.reading() as session:
        assert session.scalars(select(TagSighting.epc_hex)).all() == [EPC]


def test_a_gate_that_is_switched_off_is_let_go_though_the_database_was_away_before(
    any_database: Database, clock: SetClock, reader_id: UUID
) -> None:
    listener = listener_of(any_database, clock, reader_id)
    address = listener._leased()
    assert address is not None
    listener._database_away()
    assert listener._is_still(address)
    off = ChangeReader(reader_id=reader_id, active=False, **GATE)
    perform(any_database, actor("planner"), clock, change_reader, off)
    assert not listener._is_still(address)


def listener_of(database: Database, clock: SetClock, reader_id: UUID) -> GateListener:
    return GateListener(database, clock, reader_id, "worker-1", threading.Event())
