"""Commands of before the machines had a room keep their value and get an outcome; and the way back."""

from __future__ import annotations

from sqlalchemy import text

from mes import migrating
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.ids import new_id
from mes.machines.models import MachineCommand
from tests.conftest import NOW

BEFORE, AFTER = "0010", "0011"
WRITTEN = NOW.replace(tzinfo=None).isoformat(" ", "microseconds")
INSERT = """
INSERT INTO machine_command (id, device, point, value, load_id, asked_at, asked_by, done_at, error)
VALUES (:id, 'SL/casting', 'release', :value, :load_id, :now, 'system', :done_at, :error)
"""


def test_commands_keep_their_value_and_get_an_outcome(any_database: Database, clock: SetClock) -> None:
    migrating.downgrade(any_database, BEFORE)
    ends = {17: {"done_at": WRITTEN}, 18: {"error": "illegal value"}, 19: {}}
    with any_database.engine.begin() as connection:
        for value, end in ends.items():
            row = {"value": value, "load_id": None, "now": WRITTEN, "done_at": None, "error": None} | end
            connection.execute(text(INSERT), row | {"id": id_for(any_database)})
    migrating.upgrade(any_database, AFTER)
    with any_database.reading() as session:
        found = session.query(MachineCommand).order_by(MachineCommand.asked_at).all()
    assert {command.value: (command.outcome, command.once, command.note) for command in found} == {
        17: ("done", False, ""),
        18: ("refused", False, ""),
        19: ("asked", False, ""),
    }


def test_on_the_way_back_what_persons_asked_for_is_left_behind(any_database: Database) -> None:
    migrating.downgrade(any_database, AFTER)
    with any_database.writing() as session:
        asked = {"device": "SL/casting", "asked_at": NOW, "asked_by": "planner", "outcome": "done"}
        session.add(MachineCommand(id=new_id(), point="program", value="WALL", once=True, **asked))
    migrating.downgrade(any_database, BEFORE)
    with any_database.engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM machine_command")).scalar_one() == 0
        row = {"id": id_for(any_database), "value": 17, "load_id": None, "now": WRITTEN, "done_at": None, "error": None}
        connection.execute(text(INSERT), row)
    migrating.upgrade(any_database)
    assert migrating.differences(any_database) == []


def id_for(database: Database) -> object:
    """A new id as the database's driver takes it."""
    made = new_id()
    return made.hex if database.is_sqlite else made
