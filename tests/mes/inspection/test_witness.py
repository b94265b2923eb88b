"""The resident supervisor: accepts or refuses on their own sign-in, and casting waits where the policy says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import InvalidInput, NotFound
from mes.core.ids import new_id
from mes.inspection.models import Inspection, Nonconformity, Witnessing
from mes.inspection.schemas import InspectionRecorded, WitnessInspection
from mes.inspection.service import AlreadyWitnessed, witness_inspection
from mes.inspection.witness import SupersededInspection
from mes.ledger.queries import events_of
from mes.ledger.verification import verify
from mes.machines.models import MachineCommand
from mes.orders.models import Project
from mes.planning.models import Operation, Station
from mes.shopfloor.gates import OperationRefused
from mes.shopfloor.service import StartOperation, start_operation
from tests.conftest import actor, create_plant
from tests.mes.inspection.stage import Stage, operation_state, set_stage
from tests.mes.inspection.ways import set_policy

Client = Callable[..., FlaskClient]


@pytest.fixture
def any_stage(any_database: Database, clock: SetClock, tmp_path: Path) -> Stage:
    create_plant(any_database, clock)
    return set_stage(any_database, clock, tmp_path)


def inspect_all(stage: Stage) -> list[InspectionRecorded]:
    stage.to("in_setup")
    return [stage.record(stage.hidden_works(index)) for index in range(len(stage.element_ids))]


def decide(stage: Stage, inspection_id: UUID, verdict: str = "accepted", remark: str = "", **who: object) -> None:
    command = WitnessInspection.model_validate(
        {"inspection_id": inspection_id, "verdict": verdict, "remark": remark, "photos": []}
    )
    perform(stage.database, actor("supervisor", "李监理", **who), stage.clock, witness_inspection, command)


def cast(stage: Stage) -> None:
    with stage.database.reading() as session:
        query = select(Operation).join(Station).where(Operation.load_id == stage.load_id, Station.kind == "casting")
        operation_id = session.scalars(query).one().id
    command = StartOperation(operation_id=operation_id)
    perform(stage.database, actor("operator"), stage.clock, start_operation, command)


def test_casting_waits_for_the_supervisor_where_the_policy_says_so(any_stage: Stage) -> None:
    set_policy(any_stage.database, witness="required")
    first, second = inspect_all(any_stage)
    any_stage.cast()
    with pytest.raises(OperationRefused, match="wait for the supervisor"):
        cast(any_stage)
    decide(any_stage, first.inspection_id)
    with pytest.raises(OperationRefused, match=str(any_stage.element(1).serial)):
        cast(any_stage)
    decide(any_stage, second.inspection_id)
    cast(any_stage)
    assert operation_state(any_stage.database, any_stage.load_id, "casting") == "running"


def test_a_tablet_whose_clock_is_slow_does_not_hide_its_inspection_behind_an_earlier_one(stage: Stage) -> None:
    set_policy(stage.database, witness="required")
    stage.to("in_setup")
    stage.record(stage.hidden_works(0, answers={"rebar_spacing": "no"}))
    slow = stage.clock.now() - timedelta(minutes=5)
    put_right = [stage.record(stage.hidden_works(index, occurred_at=slow)) for index in (0, 1)]
    stage.cast()
    for recorded in put_right:
        decide(stage, recorded.inspection_id)
    cast(stage)
    assert operation_state(stage.database, stage.load_id, "casting") == "running"


def test_without_such_a_policy_nothing_waits(stage: Stage) -> None:
    inspect_all(stage)
    stage.cast()
    cast(stage)
    assert operation_state(stage.database, stage.load_id, "casting") == "running"


def test_the_last_acceptance_queues_the_release_of_the_spreader(stage: Stage) -> None:
    set_policy(stage.database, witness="required")
    with stage.database.writing() as session:
        session.scalars(select(Station).where(Station.kind == "casting")).one().device = "spreader-1"
    first, second = inspect_all(stage)
    stage.cast()
    decide(stage, first.inspection_id)
    assert releases(stage) == []
    decide(stage, second.inspection_id)
    assert releases(stage) == [7]


def releases(stage: Stage) -> list[object]:
    with stage.database.reading() as session:
        return list(session.scalars(select(MachineCommand.value).where(MachineCommand.device == "spreader-1")))


def test_a_refusal_puts_the_element_back_into_set_up_and_a_new_inspection_can_be_accepted(any_stage: Stage) -> None:
    set_policy(any_stage.database, witness="required")
    first, second = inspect_all(any_stage)
    any_stage.cast()
    decide(any_stage, second.inspection_id)
    decide(any_stage, first.inspection_id, "refused", "垫块不足", device="平板 3")
    assert any_stage.element().state == "in_setup"
    with any_stage.database.reading() as session:
        row = session.scalars(select(Witnessing).where(Witnessing.verdict == "refused")).one()
        assert (row.name, row.role, row.organisation, row.device) == ("李监理", "supervisor", "Demo Precast", "平板 3")
        event = events_of(session, f"element:{any_stage.element().serial}")[-1]
        assert event.kind == "element.witness_refused"
        assert event.content["who"]["device"] == "平板 3"
        assert event.content["where"]["station"] == "SL-hidden-works"
        assert event.content["data"]["remark"] == "垫块不足"
        assert verify(session).intact
    with pytest.raises(OperationRefused):
        cast(any_stage)
    again = any_stage.record(any_stage.hidden_works())
    decide(any_stage, again.inspection_id)
    cast(any_stage)


def test_a_refusal_needs_a_remark(stage: Stage) -> None:
    first, _ = inspect_all(stage)
    with pytest.raises(InvalidInput, match="Say what is wrong"):
        decide(stage, first.inspection_id, "refused", "  ")
    assert stage.element().state == "ready_to_cast"


def test_a_verdict_is_given_once(stage: Stage) -> None:
    first, second = inspect_all(stage)
    decide(stage, first.inspection_id)
    decide(stage, second.inspection_id, "refused", "钢筋间距")
    for inspection_id in (first.inspection_id, second.inspection_id):
        with pytest.raises(AlreadyWitnessed, match="李监理"):
            decide(stage, inspection_id, "refused", "还是不行")


def test_an_older_inspection_cannot_be_refused_any_more(stage: Stage) -> None:
    stage.to("in_setup")
    older = stage.record(stage.hidden_works(answers={"cover": "no"}, photos=[]))
    stage.record(stage.hidden_works())
    with pytest.raises(SupersededInspection):
        decide(stage, older.inspection_id, "refused", "不合格")


def test_what_is_cast_already_becomes_nonconforming_when_its_hidden_works_are_refused(stage: Stage) -> None:
    first, _ = inspect_all(stage)
    stage.to("curing")
    decide(stage, first.inspection_id, "refused", "照片看不清保护层")
    assert stage.element().state == "nonconforming"
    with stage.database.reading() as session:
        row = session.scalars(select(Nonconformity)).one()
        assert (row.kind, row.inspection_id) == ("reinforcement", first.inspection_id)


def test_a_supervisor_sees_only_their_projects(stage: Stage, client_as: Client) -> None:
    first, _ = inspect_all(stage)
    with pytest.raises(NotFound):
        decide(stage, first.inspection_id, project_ids=frozenset({new_id()}))
    with stage.database.writing() as session:
        plant_id = session.scalars(select(Project.plant_id)).one()
        elsewhere = Project(id=new_id(), plant_id=plant_id, code="XM-9", name="别的项目", created_at=stage.clock.now())
        session.add(elsewhere)
    stranger = client_as("supervisor", (elsewhere.id,))
    assert stranger.get(f"/inspection/supervision/{first.inspection_id}").status_code == 404
    assert "Nothing waits for you" in stranger.get("/inspection/supervision").get_data(as_text=True)


# pages


def test_the_page_shows_hidden_works_first_and_the_oldest_first(stage: Stage, client_as: Client) -> None:
    first, second = inspect_all(stage)
    with stage.database.writing() as session:
        session.get_one(Inspection, second.inspection_id).inspected_at = stage.clock.now().replace(hour=0)
    page = client_as("supervisor").get("/inspection/supervision").get_data(as_text=True)
    assert page.index(str(second.inspection_id)) < page.index(str(first.inspection_id))


def test_a_supervisor_refuses_on_a_page_and_comes_to_the_next(stage: Stage, client_as: Client) -> None:
    first, second = inspect_all(stage)
    client = client_as("supervisor")
    looked_at = client.get(f"/inspection/supervision/{first.inspection_id}").get_data(as_text=True)
    assert "SL-hidden-works" in looked_at
    form = {"command_id": str(uuid4()), "verdict": "refused", "then": "next", "remark": ""}
    answer = client.post(f"/inspection/inspections/{first.inspection_id}/witness", data=form)
    assert answer.status_code == 422
    assert "Say what is wrong" in answer.get_data(as_text=True)
    answer = client.post(f"/inspection/inspections/{first.inspection_id}/witness", data={**form, "remark": "垫块缺失"})
    assert answer.headers["Location"] == f"/inspection/supervision/{second.inspection_id}"
    assert stage.element().state == "in_setup"


def test_the_api_gives_the_verdict_too(stage: Stage, client_as: Client) -> None:
    first, _ = inspect_all(stage)
    body = {"inspection_id": str(first.inspection_id), "verdict": "refused", "remark": "漏项"}
    answer = client_as("supervisor").post("/api/v1/witnessings", json=body)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    assert stage.element().state == "in_setup"
    assert client_as("inspector").post("/api/v1/witnessings", json=body).status_code == 403
