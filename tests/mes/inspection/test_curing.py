"""Cures: the curve from machines, judged and predicted, kept by the worker, final once demoulded, answered once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Forbidden, InvalidInput, NotFound
from mes.core.ids import new_id
from mes.inspection.concrete.curves import curve_of_load
from mes.inspection.concrete.findings import FindingNotOpen, answer_finding
from mes.inspection.concrete.keeping import keep_up
from mes.inspection.concrete.schemas import AnswerFinding, FindingAnswered
from mes.inspection.models import CubeTest, CuringRecord, Nonconformity
from mes.ledger.queries import events_of
from mes.machines.models import MachineMinute, StateInterval
from mes.planning.models import PalletLoad
from mes.shopfloor.models import CastingBatch, MaterialLot, MaterialUse
from tests.conftest import NOW, actor, create_plant
from tests.mes.inspection.curing_stage import CAST, CHAMBER, GOOD, Corners, batch, chamber, kept, mix, stay
from tests.mes.inspection.stage import Stage, set_stage

TOO_FAST: Corners = [(180, 20), (240, 56), (690, 56), (870, 20)]  # 36 K in an hour
LEFT = CAST + timedelta(minutes=870)


@pytest.fixture
def stage(database: Database, clock: SetClock, plant: None, tmp_path: Path) -> Stage:
    return set_stage(database, clock, tmp_path)


@pytest.fixture
def any_stage(any_database: Database, clock: SetClock, tmp_path: Path) -> Stage:
    create_plant(any_database, clock)
    return set_stage(any_database, clock, tmp_path)


def curing(stage: Stage, corners: Corners = GOOD, hall_c: float | None = None, left: datetime | None = None) -> None:
    """The load cures since its chamber was entered; the mix is calibrated."""
    stage.to("curing")
    batch(stage)
    mix(stage)
    chamber(stage, corners, hall_c)
    stay(stage, left=left)


def at(stage: Stage, moment: datetime) -> CuringRecord:
    """The record as the worker keeps it at a moment."""
    stage.clock.at = moment
    keep_up(stage.database, stage.clock)
    found = kept(stage)
    assert found is not None
    return found


def demould(stage: Stage) -> None:
    stage.clock.at = NOW
    stage.to("demoulded")


def answer(stage: Stage, role: str = "inspector", **content: Any) -> FindingAnswered:
    found = kept(stage)
    command = AnswerFinding.model_validate({"record_id": found.id if found else new_id(), "finding": 0} | content)
    return perform(stage.database, actor(role), stage.clock, answer_finding, command)


# the curve


def test_the_curve_begins_with_the_concrete_and_goes_on_with_the_chamber(any_stage: Stage) -> None:
    curing(any_stage)
    with any_stage.database.reading() as session:
        curve = curve_of_load(session, session.get_one(PalletLoad, any_stage.load_id), CAST + timedelta(minutes=500))
    assert curve is not None
    assert (curve.before, curve.before_c, curve.chamber) == ("batch", 20, CHAMBER)
    assert (curve.points[0].minutes, curve.points[0].temperature_c) == (0, 20)
    by_minute = {round(point.minutes, 1): point.temperature_c for point in curve.points}
    assert by_minute[180] == 20
    assert by_minute[255.5] == pytest.approx(38)  # half of the way from 20 to 56
    assert (curve.points[-1].minutes, curve.points[-1].temperature_c) == (500, 56)


def test_without_the_concretes_temperature_the_halls_counts_and_else_a_cool_one(stage: Stage) -> None:
    stage.to("curing")
    batch(stage, celsius=None)
    chamber(stage, hall_c=14.0)
    stay(stage)
    with stage.database.reading() as session:
        load = session.get_one(PalletLoad, stage.load_id)
        curve = curve_of_load(session, load, NOW)
        assert curve is not None
        assert (curve.before, curve.before_c, curve.hall_c) == ("hall", 14, 14)
    chamber(stage)
    with stage.database.writing() as session:
        for row in session.scalars(select(MachineMinute).where(MachineMinute.point == "hall_temperature_c")):
            session.delete(row)
    with stage.database.reading() as session:
        curve = curve_of_load(session, session.get_one(PalletLoad, stage.load_id), NOW)
        assert curve is not None
        assert (curve.before, curve.before_c, curve.hall_c) == ("assumed", 10, None)


def test_a_load_that_is_not_cast_or_cures_in_no_machine_has_no_record(stage: Stage) -> None:
    stage.to("curing")
    assert keep_up(stage.database, stage.clock) == 1
    batch(stage)
    keep_up(stage.database, stage.clock)
    assert kept(stage) is None


# the judgement


def test_a_good_cure_has_no_finding(any_stage: Stage) -> None:
    curing(any_stage, hall_c=15.0, left=LEFT)
    record = at(any_stage, NOW)
    assert (record.findings, record.basis["not_judged"], record.final) == ([], [], False)
    assert record.left_at == LEFT
    assert len(record.curve) < 20  # thinned


def test_heating_too_fast_is_a_finding_with_its_clause(stage: Stage) -> None:
    curing(stage, TOO_FAST, hall_c=15.0, left=LEFT)
    (finding,) = at(stage, NOW).findings
    assert (finding["rule"], finding["most"]) == ("heating_k_per_hour", 20)
    assert finding["actual"] == pytest.approx(36, abs=0.5)
    assert "JGJ 1-2014" in finding["clause"]
    assert 180 <= finding["from_minutes"] < finding["to_minutes"] <= 260


def test_sixty_five_degrees_are_too_warm_for_a_load_with_insulation(stage: Stage) -> None:
    curing(stage, [(180, 20), (345, 65), (690, 65), (870, 20)], hall_c=15.0, left=LEFT)
    assert at(stage, NOW).findings == []
    with stage.database.writing() as session:
        lot = MaterialLot(id=new_id(), kind="insulation", lot_number="EPS-1", received_at=CAST, unit="MTK")
        session.add(lot)
        session.flush()
        session.add(MaterialUse(id=new_id(), lot_id=lot.id, load_id=stage.load_id, used_at=CAST, used_by="operator"))
    (finding,) = at(stage, NOW).findings
    assert (finding["rule"], finding["actual"], finding["most"]) == ("highest_celsius", 65, 60)


# the prediction


def test_the_earliest_safe_time_stays_while_the_chamber_keeps_its_temperature(stage: Stage) -> None:
    curing(stage)
    early, late = at(stage, CAST + timedelta(minutes=500)), at(stage, CAST + timedelta(minutes=680))
    assert early.safe_at is not None
    assert late.safe_at is not None
    assert abs(early.safe_at - late.safe_at) <= timedelta(minutes=2)
    assert late.equivalent_age_hours > early.equivalent_age_hours  # type: ignore[operator]
    assert early.predicted_lower_mpa < early.predicted_mpa  # type: ignore[operator]
    assert (early.basis["trial_sets"], early.basis["own_sets"], early.basis["required_mpa"]) == (5, 0, 15)
    assert early.basis["confidence"] == 0.95


def test_the_equivalent_age_of_the_curve_by_hand(stage: Stage) -> None:
    # Nurse-Saul, datum -10, reference 20: (T + 10) / 30. 3 h at 20 °C: 3. From 20 to 56 °C in 2.5 h: 2.5 × 1.6 = 4.
    # 56 °C from 330 to 500 min: 2.8333 × 2.2 = 6.2333. In all 13.23 h.
    curing(stage)
    assert at(stage, CAST + timedelta(minutes=500)).equivalent_age_hours == pytest.approx(13.23, abs=0.05)


def test_a_prediction_releases_nothing(stage: Stage) -> None:
    curing(stage)
    record = at(stage, CAST + timedelta(minutes=690))
    stage.clock.at = CAST + timedelta(days=1)
    assert record.safe_at is not None
    with stage.database.reading() as session:
        assert session.get_one(PalletLoad, stage.load_id).demould_released_at is None


@pytest.mark.parametrize(("calibration", "why"), [([], "few_points"), (None, "no_mix")])
def test_without_calibration_nothing_is_promised_and_the_reason_kept(
    stage: Stage, calibration: list[Any] | None, why: str
) -> None:
    stage.to("curing")
    batch(stage)
    if calibration is not None:
        mix(stage, calibration=calibration)
    chamber(stage)
    stay(stage)
    record = at(stage, CAST + timedelta(minutes=500))
    assert (record.safe_at, record.predicted_mpa, record.basis["why_not"]) == (None, None, why)


def test_a_chamber_that_was_silent_for_long_promises_no_time(stage: Stage) -> None:
    curing(stage)
    with stage.database.writing() as session:
        started, ended = CAST + timedelta(minutes=300), CAST + timedelta(minutes=340)
        session.add(StateInterval(id=new_id(), device=CHAMBER, state="unknown", started_at=started, ended_at=ended))
    record = at(stage, CAST + timedelta(minutes=500))
    assert (record.safe_at, record.basis["why_not"], record.basis["silent_minutes"]) == (None, "silent", 40)


def test_the_weakest_of_two_mixes_decides(stage: Stage) -> None:
    curing(stage)
    batch(stage, "B-2", "SLOW")
    mix(
        stage,
        "SLOW",
        calibration=[
            {"equivalent_age_hours": a, "strength_mpa": m / 1.6}
            for a, m in ((4, 9), (8, 15), (16, 21), (32, 26), (64, 31))
        ],
    )
    assert at(stage, CAST + timedelta(minutes=500)).mix_code == "SLOW"


# cubes and their age


def test_a_cube_test_gets_the_equivalent_age_of_its_curve_and_joins_the_calibration(any_stage: Stage) -> None:
    curing(any_stage)
    any_stage.clock.at = CAST + timedelta(minutes=500)
    with any_stage.database.reading() as session:
        batch_id = session.scalars(select(CastingBatch.id)).one()
    any_stage.cubes(batch_id, 20.0, 20.0, 20.0)
    with any_stage.database.reading() as session:
        test = session.scalars(select(CubeTest)).one()
        assert test.equivalent_age_hours == pytest.approx(13.23, abs=0.05)
    assert at(any_stage, CAST + timedelta(minutes=505)).basis["own_sets"] == 1
    # another version with another datum: (T + 5) / 25: 3 + 2.5 × (25 + 61) / 50 + 2.8333 × 61 / 25 = 14.21
    assert mix(any_stage, datum_temperature_c=-5).own_sets == 1
    with any_stage.database.reading() as session:
        assert session.scalars(select(CubeTest)).one().equivalent_age_hours == pytest.approx(14.21, abs=0.05)


def test_a_cube_of_standard_curing_or_long_after_the_chamber_has_no_equivalent_age(stage: Stage) -> None:
    curing(stage, left=LEFT)
    with stage.database.reading() as session:
        batch_id = session.scalars(select(CastingBatch.id)).one()
    stage.clock.at = LEFT + timedelta(minutes=121)
    stage.cubes(batch_id, 20.0, 20.0, 20.0)
    with stage.database.reading() as session:
        assert session.scalars(select(CubeTest.equivalent_age_hours)).all() == [None]


# final, and answered


def test_demoulding_makes_the_record_final_with_an_event(any_stage: Stage) -> None:
    curing(any_stage, hall_c=15.0, left=LEFT)
    at(any_stage, NOW)
    demould(any_stage)
    keep_up(any_stage.database, any_stage.clock)
    record = kept(any_stage)
    assert record is not None
    assert record.final
    with any_stage.database.reading() as session:
        event = events_of(session, f"element:{any_stage.element().serial}")[-1]
    assert event.kind == "element.curing_recorded"
    told = event.content["data"]["curing"]
    assert told["highest_c"] == 56
    stay = told["in_chamber"]
    assert (stay["lowest_c"], stay["highest_c"]) == (pytest.approx(20, abs=0.5), 56)
    # 150 min at 38 °C on average, 360 min at 56 °C, 180 min at 38 °C: 32 700 °C min in 690 min
    assert stay["mean_c"] == pytest.approx(47.4, abs=0.3)
    assert datetime.fromisoformat(stay["ended_at"]) == LEFT
    assert told["curve_sha256"] == sha256(json.dumps(record.curve, separators=(",", ":")).encode()).hexdigest()
    assert keep_up(any_stage.database, any_stage.clock) == 0


def test_a_finding_waits_until_the_cure_is_over(stage: Stage) -> None:
    curing(stage, TOO_FAST)
    at(stage, CAST + timedelta(minutes=500))
    with pytest.raises(FindingNotOpen, match="still cures"):
        answer(stage, decision="accept", reason="trial piece")


def test_a_finding_is_accepted_with_a_reason_once(any_stage: Stage) -> None:
    curing(any_stage, TOO_FAST, hall_c=15.0, left=LEFT)
    at(any_stage, NOW)
    demould(any_stage)
    keep_up(any_stage.database, any_stage.clock)
    with pytest.raises(InvalidInput) as refused:
        answer(any_stage, decision="accept")
    assert [fault.where for fault in refused.value.faults] == ["reason"]
    assert answer(any_stage, decision="accept", reason="no cracks seen").nonconformities == []
    record = kept(any_stage)
    assert record is not None
    assert record.findings[0]["answer"]["reason"] == "no cracks seen"
    with pytest.raises(FindingNotOpen, match="already"):
        answer(any_stage, decision="report")
    with any_stage.database.reading() as session:
        assert session.scalars(select(Nonconformity)).all() == []
        assert events_of(session, f"element:{any_stage.element().serial}")[-1].kind == "element.curing_answered"


def test_a_finding_becomes_a_nonconformity_of_each_element_in_one_tap(any_stage: Stage) -> None:
    curing(any_stage, TOO_FAST, hall_c=15.0, left=LEFT)
    at(any_stage, NOW)
    demould(any_stage)
    keep_up(any_stage.database, any_stage.clock)
    done = answer(any_stage, decision="report")
    assert len(done.nonconformities) == 2
    assert {any_stage.element(0).state, any_stage.element(1).state} == {"nonconforming"}
    with any_stage.database.reading() as session:
        assert "升温速率" in session.scalars(select(Nonconformity.description)).first()  # type: ignore[operator]


def test_answers_are_refused_to_operators_and_for_findings_that_are_not_there(stage: Stage) -> None:
    curing(stage, hall_c=15.0, left=LEFT)
    at(stage, NOW)
    with pytest.raises(NotFound):
        answer(stage, decision="report")
    with pytest.raises(Forbidden):
        answer(stage, "operator", decision="report")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"datum_temperature_c": None}, "datum_temperature_c"),
        ({"method": "arrhenius"}, "activation_energy_j_per_mol"),
        ({"calibration": [{"equivalent_age_hours": a, "strength_mpa": 40 - a} for a in (1, 2, 3, 4)]}, "calibration"),
    ],
)
def test_a_mix_that_cannot_be_true_is_refused(stage: Stage, changes: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        mix(stage, **changes)
    assert [fault.where for fault in refused.value.faults] == [where]


def test_a_change_of_a_mix_is_a_further_version(any_stage: Stage) -> None:
    assert [mix(any_stage).version, mix(any_stage, name="again").version, mix(any_stage, "OTHER").version] == [1, 2, 1]
