"""A recall is recorded with its proof; what is still in the plant is put on hold by a job, each element once."""

from __future__ import annotations

import hashlib
from uuid import UUID

import pytest
from sqlalchemy import select

import mes.handlers  # noqa: F401 - so that the job can be asked for
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Conflict, Forbidden
from mes.core.jobs import Job, prepare_job_tables, run_job
from mes.ledger.queries import events_of
from mes.orders.models import Element
from mes.recall import service
from mes.recall.criteria import Criteria
from mes.recall.models import Recall
from tests.conftest import actor
from tests.mes.recall.stage import Stage, build_stage


@pytest.fixture
def stage(any_database: Database, clock: SetClock) -> Stage:
    return build_stage(any_database, clock)


def recorded(stage: Stage) -> service.RecallMade:
    command = service.MakeRecall(criteria=Criteria(lot=("SN-1",)), reason="安定性不合格")
    return perform(stage.database, actor("inspector", "王工"), stage.clock, service.make_recall, command)


def test_a_recall_keeps_what_was_asked_by_whom_and_the_digest_of_the_answer(stage: Stage) -> None:
    made = recorded(stage)
    assert made.number == "ZH-P1-2026-0001"
    assert (made.element_count, made.load_count) == (4, 2)
    lines = "".join(f"{serial}\n" for serial in stage.serials(1, 2))
    assert made.digest == hashlib.sha256(lines.encode()).hexdigest()
    with stage.database.reading() as session:
        kept = session.scalars(select(Recall)).one()
        (event,) = events_of(session, f"recall:{made.number}")
    assert (kept.asked_by, kept.criteria, kept.counts) == ("王工", {"lot": ["SN-1"]}, {"curing": 4})
    assert [gap["elements"] for gap in kept.gaps] == [2]
    assert event.content["data"]["recall"]["serials_sha256"] == made.digest


def test_only_who_may_export_records_a_recall(stage: Stage) -> None:
    command = service.MakeRecall(criteria=Criteria(lot=("SN-1",)), reason="test")
    for role in ("supervisor", "operator", "receiver"):
        with pytest.raises(Forbidden):
            perform(stage.database, actor(role), stage.clock, service.make_recall, command)
    with stage.database.reading() as session:
        assert session.scalars(select(Recall)).all() == []


def hold(stage: Stage, number: str) -> Job:
    """Ask for the hold and run its job, twice, as after a crash."""
    asked = perform(
        stage.database, actor("planner"), stage.clock, service.hold_recall, service.HoldRecall(number=number)
    )
    run_job(stage.database, stage.clock, asked.job_id)
    return finished(stage, asked.job_id)


def finished(stage: Stage, job_id: UUID) -> Job:
    with stage.database.reading() as session:
        return session.get_one(Job, job_id)


def test_what_is_in_the_plant_is_held_and_the_rest_is_told(stage: Stage) -> None:
    prepare_job_tables(stage.database)
    stage.to("stored", 1)
    made = recorded(stage)
    job = hold(stage, made.number)
    assert (job.state, job.result) == (
        "done",
        {"number": made.number, "held": 2, "left": {"curing": 2}, "refused": []},
    )
    stage.to("demoulded", 2)
    again = hold(stage, made.number)
    assert again.result == {"number": made.number, "held": 4, "left": {}, "refused": []}
    assert hold(stage, made.number).result == again.result  # nothing is held twice
    with stage.database.reading() as session:
        held = session.scalars(select(Element).where(Element.state == "on_hold").order_by(Element.serial)).all()
        assert [element.serial for element in held] == stage.serials(1, 2)
        assert {element.hold_reason for element in held} == {f"{made.number}: 安定性不合格"}
        events = [event for event in events_of(session, f"element:{held[0].serial}") if event.kind == "element.held"]
    assert [event.content["data"]["recall"]["number"] for event in events] == [made.number]


def test_two_holds_do_not_run_side_by_side(stage: Stage) -> None:
    prepare_job_tables(stage.database)
    made = recorded(stage)
    wanted = service.HoldRecall(number=made.number)
    perform(stage.database, actor("planner"), stage.clock, service.hold_recall, wanted)
    with pytest.raises(Conflict, match="being put on hold"):
        perform(
            stage.database, actor("planner"), stage.clock, service.hold_recall, service.HoldRecall(number=made.number)
        )
    with pytest.raises(Forbidden):  # an operator holds elements, but does not see recalls
        perform(
            stage.database, actor("operator"), stage.clock, service.hold_recall, service.HoldRecall(number=made.number)
        )
