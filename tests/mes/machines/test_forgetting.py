"""Old history is forgotten point by point, in small portions; minutes stay longer, and what still stands stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mes.core import jobs as core_jobs
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.jobs import Job, RunningJob
from mes.machines import jobs
from mes.machines import rules as machine_rules
from mes.machines.models import MachineSignal
from mes.machines.service import forgetting
from tests.conftest import create_plant
from tests.mes.machines.edge import SPREADER, Edge, poll

DAY = 86_400


@pytest.fixture
def edge(any_database: Database, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> Edge:
    """A house with the spreader, that forgets two rows at a time."""
    small = replace(machine_rules.rules(), portion_rows=2, portion_pause_seconds=0.0)
    monkeypatch.setattr(forgetting, "rules", lambda: small)
    monkeypatch.setattr(jobs, "rules", lambda: small)
    create_plant(any_database, clock)
    made = Edge(any_database, clock)
    made.announce(SPREADER)
    return made


def forget(edge: Edge) -> int:
    """Run the job that the worker asks for; how many rows it deleted."""
    jobs.keep_up(edge.database, edge.clock)
    with edge.database.reading() as session:
        job = session.query(Job).order_by(Job.requested_at.desc()).first()
        assert job is not None
    return int(jobs.forget_old_history(RunningJob(edge.database, edge.clock, job))["rows"])


def test_values_are_kept_as_long_as_their_point_says(edge: Edge) -> None:
    polls = [poll(second, hopper_kg=second, poured_m3=second) for second in (0, 1, 2, 3, 4)]
    edge.tell(*polls)
    edge.clock.advance(days=31)
    edge.tell(poll(31 * DAY, hopper_kg=100))
    forget(edge)
    assert edge.values() == [("hopper_kg", 31 * DAY, 100), *(("poured_m3", second, second) for second in range(5))]
    edge.clock.advance(days=60)
    forget(edge)
    assert edge.values() == []


def test_minutes_are_kept_for_three_years(edge: Edge) -> None:
    edge.tell(poll(0, hopper_kg=400))
    edge.clock.advance(days=1099)
    forget(edge)
    assert [minute.last for minute in edge.minutes()] == [400]
    edge.clock.advance(days=2)
    forget(edge)
    assert edge.minutes() == []


def test_states_and_alarms_that_still_stand_are_never_forgotten(edge: Edge) -> None:
    edge.tell(poll(0, state="idle", door_open=True), poll(10, state="held", door_open=False))
    edge.tell(poll(20, door_open=True))
    edge.clock.advance(days=1200)
    forget(edge)
    assert edge.intervals() == [("held", 10, None)]
    assert edge.alarms() == [("SL/casting", "E12", 20, None)]


def test_ids_of_readings_are_remembered_for_three_days(edge: Edge) -> None:
    edge.tell(*(poll(second, state="idle") for second in range(5)))
    edge.clock.advance(days=4)
    assert forget(edge) == 5
    assert edge.rows(MachineSignal) == []


def test_the_worker_asks_for_it_once_a_day(edge: Edge) -> None:
    for _ in range(3):
        jobs.keep_up(edge.database, edge.clock)
        edge.clock.advance(hours=1)
    assert [job.kind for job in edge.rows(Job)] == ["machines.forget"]
    with edge.database.writing() as session:
        session.query(Job).update({"state": "done"})
    edge.clock.advance(hours=24)
    jobs.keep_up(edge.database, edge.clock)
    assert len(edge.rows(Job)) == 2


def test_the_worker_knows_the_job() -> None:
    import mes.handlers

    assert mes.handlers.__doc__
    assert core_jobs._handlers[jobs.KIND] is jobs.forget_old_history
