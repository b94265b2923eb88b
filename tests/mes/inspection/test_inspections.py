"""Inspections: the verdict is computed, and decides how the element goes on."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Forbidden, InvalidInput, MesError, NotFound, StaleVersion
from mes.core.ids import new_id
from mes.inspection.judgement import InspectionIncomplete
from mes.inspection.models import Inspection, Nonconformity
from mes.inspection.queries import latest_inspection, valid_certificate
from mes.inspection.schemas import InspectionRecorded, Reading, SeenDefect, TakenPhoto, WitnessInspection
from mes.inspection.service import AlreadyWitnessed, NotDueForInspection, record_inspection, witness_inspection
from mes.inspection.strength import StrengthNotProven
from mes.ledger.queries import events_of
from mes.ledger.verification import verify
from tests.conftest import actor, create_plant
from tests.mes.inspection.stage import Stage, good_readings, needs_fonts, operation_state, set_stage


@pytest.fixture
def stage(database: Database, clock: SetClock, plant: None, tmp_path: Path) -> Stage:
    return set_stage(database, clock, tmp_path)


@pytest.fixture
def any_stage(any_database: Database, clock: SetClock, tmp_path: Path) -> Stage:
    create_plant(any_database, clock)
    return set_stage(any_database, clock, tmp_path)


def kinds_of(stage: Stage, index: int = 0) -> list[str]:
    with stage.database.reading() as session:
        return [event.kind for event in events_of(session, f"element:{stage.element(index).serial}")]


# hidden works


def test_accepted_hidden_works_make_the_element_ready_to_cast(any_stage: Stage) -> None:
    any_stage.to("in_setup")
    recorded = any_stage.record(any_stage.hidden_works())
    assert (recorded.verdict, recorded.element_state) == ("accepted", "ready_to_cast")
    with any_stage.database.reading() as session:
        event = events_of(session, f"element:{any_stage.element().serial}")[-1]
        assert event.kind == "element.hidden_works_accepted"
        assert event.content["where"]["station"] == "SL-hidden-works"
        assert event.content["how"]["pallet"] == 7
        assert len(event.content["how"]["photos"]) == 1
        assert verify(session).intact


def test_the_station_is_done_once_the_last_element_of_the_load_is_accepted(any_stage: Stage) -> None:
    any_stage.to("in_setup")
    any_stage.record(any_stage.hidden_works(0))
    assert operation_state(any_stage.database, any_stage.load_id, "hidden-works") == "running"
    any_stage.record(any_stage.hidden_works(1))
    assert operation_state(any_stage.database, any_stage.load_id, "hidden-works") == "done"


def test_one_no_refuses_hidden_works_and_the_element_stays_in_set_up(stage: Stage) -> None:
    stage.to("in_setup")
    recorded = stage.record(stage.hidden_works(answers={"cover": "no"}, photos=[], remark="垫块缺失"))
    assert (recorded.verdict, recorded.element_state) == ("refused", "in_setup")
    assert kinds_of(stage)[-1] == "element.hidden_works_refused"
    assert stage.record(stage.hidden_works()).verdict == "accepted"


@pytest.mark.parametrize("state", ["planned", "scheduled", "ready_to_cast", "curing", "finished", "stored"])
def test_hidden_works_are_inspected_in_set_up_only(stage: Stage, state: str) -> None:
    stage.to(state)
    with pytest.raises(NotDueForInspection):
        stage.record(stage.hidden_works())
    assert stage.element().state == state


def test_acceptance_needs_every_answer_and_every_photo(stage: Stage) -> None:
    stage.to("in_setup")
    whole = stage.hidden_works()
    answers = {item: answer for item, answer in whole.answers.items() if item != "mould"}
    with pytest.raises(InspectionIncomplete) as refused:
        stage.record(stage.hidden_works(answers=answers, photos=whole.photos[1:]))
    assert [fault.where for fault in refused.value.faults] == ["answers.mould", f"photos.{whole.photos[0].item}"]
    assert stage.element().state == "in_setup"


def test_what_always_applies_cannot_be_waved_through(stage: Stage) -> None:
    stage.to("in_setup")
    answers = stage.hidden_works().answers | {"rebar_count": "not_applicable"}
    with pytest.raises(InspectionIncomplete) as refused:
        stage.record(stage.hidden_works(answers=answers))
    assert [fault.where for fault in refused.value.faults] == ["answers.rebar_count"]


def test_an_item_of_another_plan_is_refused(stage: Stage) -> None:
    stage.to("in_setup")
    answers = dict(stage.hidden_works().answers) | {"insulation": "no"}
    with pytest.raises(InspectionIncomplete):
        stage.record(stage.hidden_works(answers=answers))


def test_a_photo_that_was_never_uploaded_is_refused(stage: Stage) -> None:
    stage.to("in_setup")
    with pytest.raises(InvalidInput, match="not kept"):
        stage.record(stage.hidden_works(photos=[TakenPhoto(sha256="0" * 64, item="cover")]))


def test_an_unknown_element_is_not_found(stage: Stage) -> None:
    with pytest.raises(NotFound):
        stage.record(stage.hidden_works(element_id=new_id()))


def test_an_operator_may_not_inspect(stage: Stage) -> None:
    stage.to("in_setup")
    with pytest.raises(Forbidden):
        perform(stage.database, actor("operator"), stage.clock, record_inspection, stage.hidden_works())


def test_the_same_command_again_changes_nothing(any_stage: Stage) -> None:
    any_stage.to("in_setup")
    command = any_stage.hidden_works()
    first, second = any_stage.record(command), any_stage.record(command)
    assert first == second
    assert kinds_of(any_stage).count("element.hidden_works_accepted") == 1


def test_of_two_inspectors_at_once_one_wins_and_the_other_is_told(any_stage: Stage) -> None:
    any_stage.to("in_setup")
    seen, barrier = any_stage.element().version, threading.Barrier(2)
    commands = [any_stage.hidden_works(expected_version=seen), any_stage.hidden_works(expected_version=seen)]
    outcomes: list[InspectionRecorded | MesError] = []

    def inspect(number: int) -> None:
        barrier.wait()
        try:
            outcomes.append(any_stage.record(commands[number], f"inspector {number}"))
        except MesError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=inspect, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["InspectionRecorded", "StaleVersion"]
    told = next(outcome for outcome in outcomes if isinstance(outcome, StaleVersion))
    assert "changed by somebody else" in str(told.reason)
    assert kinds_of(any_stage).count("element.hidden_works_accepted") == 1


# final inspection


@needs_fonts
def test_an_accepted_final_inspection_accepts_and_certifies(any_stage: Stage) -> None:
    any_stage.to("curing")
    any_stage.cubes(any_stage.cast(), 31.0, 32.0, 33.0)
    any_stage.to("finished")
    recorded = any_stage.record(any_stage.final())
    assert (recorded.verdict, recorded.element_state) == ("accepted", "accepted")
    assert kinds_of(any_stage)[-2:] == ["element.final_accepted", "element.certified"]
    with any_stage.database.reading() as session:
        certificate = valid_certificate(session, any_stage.element_ids[0])
        assert certificate is not None
        assert certificate.id == recorded.certificate_id
        assert certificate.number == "HGZ-P1-2026-000001"
        assert certificate.content["strength"]["reached_mpa"] == 32.0
        assert any_stage.press.store.read(certificate.pdf_sha256).startswith(b"%PDF")


def test_final_acceptance_is_refused_without_a_known_batch(stage: Stage) -> None:
    stage.to("finished")
    with pytest.raises(StrengthNotProven, match="No concrete batch is known"):
        stage.record(stage.final())
    assert stage.element().state == "finished"


def test_final_acceptance_is_refused_without_a_cube_test(stage: Stage) -> None:
    stage.to("finished")
    stage.cast("B-9")
    with pytest.raises(StrengthNotProven, match=r"Batch B-9 has no valid cube test yet; 22\.5 MPa"):
        stage.record(stage.final())


def test_final_acceptance_is_refused_where_the_cubes_are_too_weak(stage: Stage) -> None:
    # 75 % of C30 is 22.5 MPa; (22 + 22.4 + 22.8) / 3 = 22.4
    stage.to("finished")
    stage.cubes(stage.cast("B-9"), 22.0, 22.4, 22.8)
    with pytest.raises(StrengthNotProven, match=r"reached 22\.4 MPa; 22\.5 MPa are needed"):
        stage.record(stage.final())


def test_every_batch_of_the_load_must_be_strong_enough(stage: Stage) -> None:
    stage.to("finished")
    stage.cubes(stage.cast("B-1"), 30.0, 30.0, 30.0)
    stage.cast("B-2")
    with pytest.raises(StrengthNotProven, match="Batch B-2"):
        stage.record(stage.final())


def test_an_invalid_set_of_cubes_proves_nothing(stage: Stage) -> None:
    # 20 and 40 are both more than 15 % away from the middle 30
    stage.to("finished")
    stage.cubes(stage.cast(), 20.0, 30.0, 40.0)
    with pytest.raises(StrengthNotProven):
        stage.record(stage.final())


def test_a_missing_measurement_is_asked_for(stage: Stage) -> None:
    stage.to("finished")
    stage.cubes(stage.cast(), 31.0, 32.0, 33.0)
    readings = [reading for reading in good_readings() if reading.item != "diagonal"]
    with pytest.raises(InspectionIncomplete) as refused:
        stage.record(stage.final(measurements=readings))
    assert [fault.where for fault in refused.value.faults] == ["measurements.diagonal"]
    assert stage.element().state == "finished"


def test_no_measurement_at_all_is_asked_for(stage: Stage) -> None:
    stage.to("finished")
    with pytest.raises(InspectionIncomplete) as refused:
        stage.record(stage.final(measurements=[]))
    assert "measurements.length" in [fault.where for fault in refused.value.faults]


def test_a_value_that_cannot_be_true_is_a_question(stage: Stage) -> None:
    stage.to("finished")
    readings = [Reading(item="length", values=[34240.0, 3421.0])]
    with pytest.raises(InvalidInput) as refused:
        stage.record(stage.final(measurements=readings))
    assert [(fault.where, str(fault.reason)) for fault in refused.value.faults] == [
        ("measurements[0].values[0]", "34240 mm cannot be true here; was 3424 mm meant?")
    ]
    with stage.database.reading() as session:
        assert latest_inspection(session, stage.element_ids[0], "final") is None


def test_a_length_out_of_tolerance_refuses_the_element(any_stage: Stage) -> None:
    # GB 50204-2015 table 9.2.7: slabs below 12 m ±5 mm; 3426 is 6 over 3420
    any_stage.to("finished")
    readings = [Reading(item="length", values=[3426.0, 3421.0]), *good_readings()[1:]]
    recorded = any_stage.record(any_stage.final(measurements=readings))
    assert (recorded.verdict, recorded.element_state) == ("refused", "nonconforming")
    assert kinds_of(any_stage)[-1] == "element.final_refused"
    with any_stage.database.reading() as session:
        found = session.get_one(Nonconformity, recorded.nonconformity_id)
        assert (found.number, found.kind, found.severity) == ("NC-261123-0001", "dimension", "general")
        inspection = session.get_one(Inspection, recorded.inspection_id)
        assert inspection.evaluation["items"][0]["deviation"] == 6
        assert inspection.evaluation["items"][0]["result"] == "fail"


@pytest.mark.parametrize("severity", ["general", "severe"])
def test_a_visible_defect_refuses_the_element_though_it_measures_well(stage: Stage, severity: str) -> None:
    stage.to("finished")
    defect = SeenDefect.model_validate({"defect": "crack", "severity": severity})
    recorded = stage.record(stage.final(defects=[defect]))
    with stage.database.reading() as session:
        found = session.get_one(Nonconformity, recorded.nonconformity_id)
        assert (found.kind, found.severity) == ("crack", severity)


def test_an_unknown_defect_is_refused(stage: Stage) -> None:
    stage.to("finished")
    with pytest.raises(InvalidInput):
        stage.record(stage.final(defects=[SeenDefect(defect="ugly", severity="general")]))


def test_a_final_inspection_is_for_finished_elements_only(stage: Stage) -> None:
    stage.to("demoulded")
    with pytest.raises(NotDueForInspection):
        stage.record(stage.final())


# the supervisor


def test_the_supervisor_witnesses_an_inspection_once(stage: Stage) -> None:
    stage.to("in_setup")
    recorded = stage.record(stage.hidden_works())
    supervisor = actor("supervisor", "李监理")
    perform(
        stage.database,
        supervisor,
        stage.clock,
        witness_inspection,
        WitnessInspection(inspection_id=recorded.inspection_id),
    )
    assert kinds_of(stage)[-1] == "element.inspection_witnessed"
    with stage.database.reading() as session:
        assert session.get_one(Inspection, recorded.inspection_id).witnessed_by == "李监理"
    with pytest.raises(AlreadyWitnessed):
        perform(
            stage.database,
            supervisor,
            stage.clock,
            witness_inspection,
            WitnessInspection(inspection_id=recorded.inspection_id),
        )


def test_an_inspector_cannot_witness(stage: Stage) -> None:
    with pytest.raises(Forbidden):
        perform(
            stage.database,
            actor("inspector"),
            stage.clock,
            witness_inspection,
            WitnessInspection(inspection_id=new_id()),
        )
