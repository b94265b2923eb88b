"""Strength evaluated over a period, its page and API, and the pages of mixes and cures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Forbidden, InvalidInput
from mes.core.ids import new_id
from mes.inspection.concrete import evaluations
from mes.inspection.concrete.degree_days import DegreeDays
from mes.inspection.concrete.evaluations import NothingToEvaluate, evaluate_concrete
from mes.inspection.concrete.keeping import keep_up
from mes.inspection.concrete.queries import content_for, cures_in_scope
from mes.inspection.concrete.schemas import ConcreteEvaluated, EvaluateConcrete
from mes.inspection.models import CubeTest, StrengthEvaluation
from mes.ledger.queries import events_of
from mes.machines.service.measuring import Measured, keep_measured
from mes.shopfloor.models import CastingBatch
from tests.conftest import NOW, actor, create_plant
from tests.mes.inspection.curing_stage import CAST, MIX, batch, chamber, kept, mix, stay
from tests.mes.inspection.stage import Stage, set_stage

Client = Callable[..., FlaskClient]
BEGINS, ENDS = NOW - timedelta(days=60), NOW - timedelta(days=30)


@pytest.fixture
def any_stage(any_database: Database, clock: SetClock, tmp_path: Path) -> Stage:
    create_plant(any_database, clock)
    return set_stage(any_database, clock, tmp_path)


def sets(
    stage: Stage, values: list[float | None], begins: datetime = BEGINS, condition: str = "standard", **changes: Any
) -> None:
    """A batch an hour from `begins` on, each with a set of 28 days (same-condition ones of 20 days)."""
    days = 28 if condition == "standard" else 20
    with stage.database.writing() as session:
        for number, value in enumerate(values):
            mixed_at = begins + timedelta(hours=number)
            made = CastingBatch(
                id=new_id(),
                batch_number=f"E-{begins:%m%d}-{condition[:2]}-{number}",
                volume_m3=2.0,
                mixed_at=mixed_at,
                **{"concrete_grade": "C30", "mix_code": MIX} | changes,
            )
            session.add(made)
            session.flush()
            test = CubeTest(
                id=new_id(),
                batch_id=made.id,
                condition=condition,
                strengths_mpa=[value or 1.0] * 3,
                set_value_mpa=value,
                rule="mean" if value else "invalid",
                age_hours=days * 24,
                tested_at=mixed_at + timedelta(days=days),
                tested_by="lab",
            )
            session.add(test)


def evaluate(stage: Stage, role: str = "inspector", **changes: Any) -> ConcreteEvaluated:
    content = {"mix_code": MIX, "concrete_grade": "C30", "begins_at": BEGINS, "ends_at": ENDS}
    command = EvaluateConcrete.model_validate(content | changes)
    return perform(stage.database, actor(role), stage.clock, evaluate_concrete, command)


def kept_evaluation(stage: Stage) -> StrengthEvaluation:
    with stage.database.reading() as session:
        return session.scalars(select(StrengthEvaluation)).one()


def test_nine_sets_are_judged_without_statistics_and_kept_under_a_number(any_stage: Stage) -> None:
    # mean 34.5 ≥ 1.15 × 30; least 30.5 ≥ 0.95 × 30
    sets(any_stage, [34.5] * 7 + [38.5, 30.5])
    done = evaluate(any_stage)
    assert (done.result, done.method, done.sets, done.number) == ("pass", "non_statistical", 9, "SE-261123-0001")
    row = kept_evaluation(any_stage)
    assert (row.content["mean"], row.content["min"], len(row.content["batches"])) == (34.5, 30.5, 9)
    with any_stage.database.reading() as session:
        (event,) = events_of(session, "strength:SE-261123-0001")
    assert event.kind == "strength.evaluated"
    assert event.content["data"]["evaluation"]["result"] == "pass"
    assert evaluate(any_stage).number == "SE-261123-0002"


def test_ten_sets_are_judged_by_their_own_deviation(stage: Stage) -> None:
    # mean 35, s 5.27: 30 + 1.15 × 5.27 = 36.06
    sets(stage, [30.0, 40.0] * 5)
    done = evaluate(stage)
    assert (done.result, done.method) == ("fail", "unknown_sigma")


def test_three_sets_with_forty_five_before_are_judged_by_the_known_deviation(any_stage: Stage) -> None:
    # the 45 before: 23 of 30 and 22 of 40, σ0 = 5.06; 30 + 0.7 × 5.06 = 33.542
    sets(any_stage, [30.0] * 23 + [40.0] * 22, BEGINS - timedelta(days=50))
    sets(any_stage, [33.5, 33.5, 33.5])
    done = evaluate(any_stage)
    assert (done.result, done.method, done.sets) == ("fail", "known_sigma", 3)
    assert kept_evaluation(any_stage).content["known_sigma"] == 5.06


@pytest.mark.parametrize(("hall_c", "degree_days", "left_out"), [(28.0, 568.3, "too_cool"), (30.0, 607.1, None)])
def test_sets_cured_with_the_element_need_600_degree_days_where_they_were_recorded(
    stage: Stage, hall_c: float, degree_days: float, left_out: str | None
) -> None:
    # 3 h at 20 °C and the chamber's 11.5 h: (20 × 180 + 38 × 150 + 56 × 360 + 38 × 180) / 1440 = 25.21 °C·d,
    # then 20 d − 14.5 h = 19.396 d in the hall
    batch_id = batch(stage)
    chamber(stage)
    stay(stage, left=CAST + timedelta(minutes=870))
    with stage.database.writing() as session:
        hours = range(-24, 24 * 21, 12)
        told = [Measured("GW/hall", "hall_temperature_c", CAST + timedelta(hours=h), hall_c) for h in hours]
        keep_measured(session, told)
        tested_at = CAST + timedelta(days=20)
        values: dict[str, Any] = {"strengths_mpa": [40.0] * 3, "set_value_mpa": 40.0, "rule": "mean"}
        age = {"age_hours": 480, "tested_at": tested_at, "tested_by": "lab"}
        session.add(CubeTest(id=new_id(), batch_id=batch_id, condition="same_condition", **values, **age))
    period = {"begins_at": NOW - timedelta(days=3), "ends_at": NOW - timedelta(days=1), "mix_code": MIX}
    asked = EvaluateConcrete.model_validate({**period, "concrete_grade": "C30", "condition": "same_condition"})
    with stage.database.reading() as session:
        (one,) = evaluations.tested_sets(session, asked, asked.begins_at, asked.ends_at)
        assert one.counted.cubes.degree_days == degree_days
        assert one.counted.left_out == left_out
        late = tested_at + timedelta(days=9)  # of the last days nothing is recorded
        assert DegreeDays(session).of_cubes(batch_id, late) is None


def test_same_condition_sets_count_after_the_factor(stage: Stage) -> None:
    # 31 / 0.88 = 35.2
    sets(stage, [31.0] * 4, condition="same_condition")
    sets(stage, [20.0] * 4)
    assert evaluate(stage, condition="same_condition").result == "pass"
    assert {one["counts_mpa"] for one in kept_evaluation(stage).content["sets"]} == {35.2}


def test_sets_that_do_not_count_are_kept_with_the_reason(stage: Stage) -> None:
    sets(stage, [36.0, None, 36.0])
    with stage.database.writing() as session:
        last = session.scalars(select(CubeTest).order_by(CubeTest.tested_at.desc())).first()
        assert last is not None
        last.tested_at -= timedelta(days=21)  # of seven days
    assert evaluate(stage).sets == 1
    found = kept_evaluation(stage).content["sets"]
    assert [one["left_out"] for one in found] == [None, "invalid", "too_young"]


def test_other_mixes_grades_and_periods_are_not_among_them(stage: Stage) -> None:
    sets(stage, [36.0] * 2)
    sets(stage, [20.0] * 2, BEGINS + timedelta(days=1), mix_code="OTHER")
    sets(stage, [20.0] * 2, BEGINS - timedelta(days=5))
    sets(stage, [20.0] * 2, BEGINS + timedelta(days=2), concrete_grade="C40")
    assert (evaluate(stage).result, evaluate(stage).sets) == ("pass", 2)


def test_the_elements_of_covered_batches_are_named(any_stage: Stage) -> None:
    any_stage.to("curing")
    batch(any_stage)
    sets(any_stage, [36.0] * 2)
    done = evaluate(any_stage, ends_at=NOW)
    assert done.sets == 2
    content = kept_evaluation(any_stage).content
    assert content["elements"] == sorted(any_stage.element(n).serial for n in (0, 1))
    assert "B-1" in content["batches"]


@pytest.mark.parametrize(
    "changes", [{"ends_at": BEGINS}, {"begins_at": NOW + timedelta(days=1), "ends_at": NOW + timedelta(days=2)}]
)
def test_periods_that_cannot_be_are_refused(stage: Stage, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        evaluate(stage, **changes)


def test_nothing_to_evaluate_is_said_and_nothing_kept(stage: Stage) -> None:
    with pytest.raises(NothingToEvaluate, match="No set"):
        evaluate(stage)
    sets(stage, [36.0] * 4)
    with pytest.raises(NothingToEvaluate, match="45 sets"):
        evaluate(stage, method="known_sigma")
    with pytest.raises(NothingToEvaluate, match="does not fit 4 sets"):
        evaluate(stage, method="unknown_sigma")
    with pytest.raises(Forbidden):
        evaluate(stage, "operator")
    with stage.database.reading() as session:
        assert session.scalars(select(StrengthEvaluation)).all() == []


# pages and API


def form(**content: str) -> dict[str, str]:
    return {"command_id": str(uuid4()), **content}


def test_an_evaluation_is_made_and_shown_on_its_page(stage: Stage, client_as: Client) -> None:
    sets(stage, [36.0] * 5 + [None])
    client = client_as("inspector")
    assert "No evaluation yet" in client.get("/inspection/concrete/strength").get_data(as_text=True)
    days = {"begins_on": f"{BEGINS:%Y-%m-%d}", "ends_on": f"{ENDS:%Y-%m-%d}"}
    answer = client.post("/inspection/concrete/strength", data=form(concrete_grade="C30", mix_code=MIX, **days))
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    for words in ("SE-261123-0001", "Passed", "34.5", "invalid set", "<circle", "GB/T 50107-2010"):
        assert words in page, words
    assert "SE-261123-0001" in client.get("/inspection/concrete/strength").get_data(as_text=True)
    refused = client.post("/inspection/concrete/strength", data=form(concrete_grade="C40", **days))
    assert refused.status_code == 409
    assert "No set" in refused.get_data(as_text=True)
    wrong = client.post("/inspection/concrete/strength", data=form(concrete_grade="C30", begins_on="", ends_on=""))
    assert wrong.status_code == 422


def test_a_mix_is_defined_on_its_form_and_shown_with_its_calibration(stage: Stage, client_as: Client) -> None:
    client = client_as("inspector")
    points = {f"age_{n}": str(4 * 2**n) for n in range(5)} | {f"mpa_{n}": str(9 + 6 * n) for n in range(5)}
    content = form(code=MIX, concrete_grade="C30", method="nurse_saul", reference_temperature_c="20", **points)
    refused = client.post("/inspection/concrete/mixes", data=content)
    assert refused.status_code == 422
    assert "datum temperature" in refused.get_data(as_text=True)
    assert 'value="33"' in refused.get_data(as_text=True)  # what was typed stays
    answer = client.post("/inspection/concrete/mixes", data={**content, **form(datum_temperature_c="-10")})
    assert answer.headers["Location"] == f"/inspection/concrete/mixes/{MIX}"
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert page.count("dot-trial") >= 5
    assert "curve-bound" in page
    assert MIX in client.get("/inspection/concrete/mixes").get_data(as_text=True)
    assert 'value="33.0"' in client.get(f"/inspection/concrete/mixes/define?code={MIX}").get_data(as_text=True)
    assert client.get("/inspection/concrete/mixes/nothing").status_code == 404
    assert client_as("operator").post("/inspection/concrete/mixes", data=content).status_code == 403


def cure(stage: Stage) -> None:
    stage.to("curing")
    batch(stage)
    mix(stage)
    chamber(stage, [(180, 20), (240, 56), (690, 56), (870, 20)], hall_c=15.0)
    stay(stage)
    stage.clock.at = CAST + timedelta(minutes=400)
    keep_up(stage.database, stage.clock)


def test_the_page_of_cures_shows_curve_time_and_finding_and_says_what_releases(stage: Stage, client_as: Client) -> None:
    cure(stage)
    client = client_as("planner")
    page = client.get("/inspection/concrete").get_data(as_text=True)
    for words in (
        "Load 1",
        "Earliest safe demoulding",
        "95 %",
        "a cube test does",
        "curve-temperature",
        "Heating rate",
    ):
        assert words in page, words
    record = kept(stage)
    assert record is not None
    detail = client.get(f"/inspection/concrete/curing/{record.load_id}").get_data(as_text=True)
    for words in ("the concrete as mixed", "5 sets of cubes", "JGJ 1-2014", "answered once the load is demoulded"):
        assert words in detail, words


def test_the_operators_page_tells_the_earliest_safe_time(stage: Stage, client_as: Client) -> None:
    cure(stage)
    page = client_as("operator").get("/shopfloor/stations/SL-curing").get_data(as_text=True)
    for words in ("Earliest safe demoulding", "at 95 %", "rests on 5 sets of cubes", "the cube test releases the load"):
        assert words in page, words
    assert "Earliest safe" not in client_as("operator").get("/shopfloor/stations/SL-casting").get_data(as_text=True)


def test_a_finding_is_answered_on_the_page_of_the_cure(stage: Stage, client_as: Client) -> None:
    cure(stage)
    stay(stage, left=CAST + timedelta(minutes=870))
    stage.clock.at = NOW
    keep_up(stage.database, stage.clock)
    stage.to("demoulded")
    keep_up(stage.database, stage.clock)
    client, record = client_as("inspector"), kept(stage)
    assert record is not None
    address = f"/inspection/concrete/curing/{record.load_id}"
    assert "Waits for an inspector" in client.get("/inspection/concrete").get_data(as_text=True)
    refused = client.post(f"{address}/findings/0", data=form(decision="accept"))
    assert refused.status_code == 422
    answer = client.post(f"{address}/findings/0", data=form(decision="accept", reason="no cracks"))
    assert answer.status_code == 303
    assert "no cracks" in client.get(address).get_data(as_text=True)
    assert "Waits for an inspector" not in client.get("/inspection/concrete").get_data(as_text=True)


def test_the_api_lists_and_makes_mixes_cures_cubes_and_evaluations(stage: Stage, client_as: Client) -> None:
    cure(stage)
    sets(stage, [36.0] * 3)
    client, load_id = client_as("inspector"), stage.load_id
    assert client.get("/api/v1/mixes").get_json()["items"][0]["code"] == MIX
    record = client.get(f"/api/v1/curing/{load_id}").get_json()
    assert record["findings"][0]["rule"] == "heating_k_per_hour"
    assert client.get("/api/v1/curing?final=true").get_json()["items"] == []
    assert len(client.get("/api/v1/cube-tests").get_json()["items"]) == 3
    body = {"concrete_grade": "C30", "begins_at": BEGINS.isoformat(), "ends_at": ENDS.isoformat()}
    made = client.post("/api/v1/strength-evaluations", json=body)
    assert made.status_code == 201
    found = client.get(f"/api/v1/strength-evaluations/{made.get_json()['evaluation_id']}").get_json()
    assert (found["result"], found["content"]["n"]) == ("pass", 3)
    asked = {"record_id": record["id"], "finding": 0, "decision": "accept", "reason": "trial"}
    assert client.post("/api/v1/curing-answers", json=asked).status_code == 409
    again = {"code": MIX, "concrete_grade": "C30", "datum_temperature_c": -10}
    assert client.post("/api/v1/mixes", json=again).get_json()["version"] == 2


def test_somebody_of_another_project_sees_no_cure_and_no_elements(stage: Stage) -> None:
    cure(stage)
    sets(stage, [36.0] * 3)
    done = evaluate(stage, ends_at=NOW)
    stranger = actor("supervisor", project_ids=frozenset({UUID(int=7)}))
    with stage.database.reading() as session:
        assert session.scalars(cures_in_scope(stranger)).all() == []
        row = session.get_one(StrengthEvaluation, done.evaluation_id)
        assert len(row.content["elements"]) == 2
        assert content_for(session, stranger, row)["elements"] == []
