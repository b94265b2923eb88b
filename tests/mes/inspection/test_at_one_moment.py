"""Two people at one moment, on a database that lets both in: the second sees what the first did."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from uuid import UUID

import pytest
from sqlalchemy import select, text

from mes.core.clock import SetClock
from mes.core.commands import Work
from mes.core.database import Database
from mes.core.errors import MesError
from mes.planning.models import Operation, Pallet, PalletLoad, Station
from mes.shopfloor.service.steps import begin
from tests.conftest import actor, create_plant
from tests.mes.inspection.stage import Stage, set_stage
from tests.mes.inspection.test_sampling import second_load
from tests.mes.inspection.ways import set_policy

on_a_server = pytest.mark.parametrize(
    "any_database", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def meanwhile(database: Database, second: Callable[[], object]) -> tuple[Thread, list[str]]:
    """Begin something that somebody's open transaction may hold up; goes on once it waits there or has ended."""
    outcome: list[str] = []
    ended = Event()

    def go() -> None:
        try:
            second()
            outcome.append("done")
        except MesError as error:
            outcome.append(str(error.reason))
        finally:
            ended.set()

    thread = Thread(target=go)
    thread.start()
    while not ended.wait(0.02):
        with database.reading() as session:
            if session.scalar(WAITING):
                break
    return thread, outcome


def casting_of(database: Database, load_id: UUID) -> UUID:
    with database.reading() as session:
        query = select(Operation).join(Station).where(Operation.load_id == load_id, Station.kind == "casting")
        return session.scalars(query).one().id


@on_a_server
def test_of_two_loads_that_begin_at_one_moment_the_second_waits_for_the_first_article(
    any_database: Database, clock: SetClock, tmp_path: Path
) -> None:
    create_plant(any_database, clock)
    stage = set_stage(any_database, clock, tmp_path)
    set_policy(any_database, first_article="required")
    load_id, later = second_load(stage)
    for number, one in enumerate((stage, Stage(any_database, clock, stage.press, load_id, later))):
        one.to("ready_to_cast")
        one.cast(f"B-{number}")
    with any_database.writing() as session:
        for operation in session.scalars(select(Operation).join(Station).where(Station.kind == "hidden-works")):
            operation.state = "done"
        session.scalars(select(Station).where(Station.kind == "casting")).one().capacity = 2
        load = session.get_one(PalletLoad, load_id)
        load.pallet = Pallet(line_id=load.line_id, number=8)
    first, second = (casting_of(any_database, one) for one in (stage.load_id, load_id))

    def start_second() -> None:
        with any_database.writing() as own:
            begin(Work(own, actor("operator"), clock), own.get_one(Operation, second), clock.now())

    with any_database.writing() as session:
        begin(Work(session, actor("operator"), clock), session.get_one(Operation, first), clock.now())
        thread, outcome = meanwhile(any_database, start_second)
    thread.join()
    assert "first article" in outcome[0]
