"""Nonconformities: reported by anybody, disposed of once, and nothing slips past the gates."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from mes.accounts.permissions import permissions_of
from mes.core.actor import Actor
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Forbidden, InvalidInput, NotFound
from mes.core.ids import new_id
from mes.inspection.models import Certificate, Nonconformity
from mes.inspection.nonconformities import AlreadyDisposed, DispositionRefused, NoReplacementDue
from mes.inspection.nonconformities.drawing import face_picture
from mes.inspection.nonconformities.queries import stage_of
from mes.inspection.nonconformities.schemas import Dispose, NonconformityAnalysis, ReplacementOrder
from mes.inspection.queries import valid_certificate
from mes.inspection.schemas import Reading
from mes.inspection.service import analyse_nonconformity, dispose, order_replacement_for
from mes.inspection.strength import StrengthNotProven
from mes.ledger.queries import events_of
from mes.orders.lifecycle import TransitionRefused
from mes.orders.models import Element
from tests.conftest import actor, create_plant
from tests.factories import advance
from tests.mes.inspection.reports import decide, report
from tests.mes.inspection.stage import Stage, good_readings, needs_fonts, operation_state, set_stage


@pytest.fixture
def stage(database: Database, clock: SetClock, plant: None, tmp_path: Path) -> Stage:
    return set_stage(database, clock, tmp_path)


@pytest.fixture
def any_stage(any_database: Database, clock: SetClock, tmp_path: Path) -> Stage:
    create_plant(any_database, clock)
    return set_stage(any_database, clock, tmp_path)


def refused_final(stage: Stage) -> object:
    """A finished element that is 6 mm too long; its batch is strong enough."""
    stage.to("finished")
    stage.cubes(stage.cast(), 31.0, 32.0, 33.0)
    readings = [Reading(item="length", values=[3426.0, 3421.0]), *good_readings()[1:]]
    return stage.record(stage.final(measurements=readings)).nonconformity_id


@pytest.mark.parametrize(
    "state", ["in_setup", "ready_to_cast", "curing", "demoulded", "finished", "accepted", "stored"]
)
def test_an_operator_reports_a_defect_and_the_element_is_put_aside(stage: Stage, state: str) -> None:
    stage.to(state)
    photo = stage.photo()
    made = report(stage, photos=[photo])
    assert (made.number, made.element_state) == ("NC-261123-0001", "nonconforming")
    assert stage.element().hold_reason == "NC-261123-0001"
    with stage.database.reading() as session:
        event = events_of(session, "element:1")[-1]
        assert event.kind == "element.nonconformity_reported"
        assert event.content["how"]["photos"] == [photo]


@pytest.mark.parametrize("state", ["planned", "scheduled", "shipped", "received", "installed"])
def test_what_is_not_in_the_plant_cannot_be_put_aside_here(stage: Stage, state: str) -> None:
    stage.to(state)
    with pytest.raises(TransitionRefused):
        report(stage)
    with stage.database.reading() as session:
        assert session.query(Nonconformity).count() == 0


def test_an_unknown_kind_or_photo_is_refused(stage: Stage) -> None:
    stage.to("stored")
    with pytest.raises(InvalidInput):
        report(stage, kind="bad luck")
    with pytest.raises(InvalidInput):
        report(stage, photos=["f" * 64])


def test_a_second_report_keeps_the_element_aside_and_both_are_decided_together(any_stage: Stage) -> None:
    any_stage.to("curing")
    first, second = report(any_stage), report(any_stage, kind="crack", severity="severe")
    decide(any_stage, second.nonconformity_id, "repair")
    with any_stage.database.reading() as session:
        rows = [session.get_one(Nonconformity, made.nonconformity_id) for made in (first, second)]
        assert [row.disposition for row in rows] == ["repair", "repair"]
    assert any_stage.element().state == "demoulded"


def test_an_element_put_aside_before_casting_no_longer_holds_its_load_up(stage: Stage) -> None:
    stage.to("in_setup")
    stage.record(stage.hidden_works(0))
    report(stage, 1, kind="reinforcement")
    assert operation_state(stage.database, stage.load_id, "hidden-works") == "done"


def test_rework_is_for_elements_that_are_not_cast(stage: Stage) -> None:
    stage.to("in_setup", 0)
    stage.to("curing", 1)
    uncast, cast = report(stage, 0), report(stage, 1)
    assert decide(stage, uncast.nonconformity_id, "rework").element_state == "in_setup"
    with pytest.raises(TransitionRefused):
        decide(stage, cast.nonconformity_id, "rework")
    assert decide(stage, cast.nonconformity_id, "repair").element_state == "demoulded"


def test_repair_is_for_elements_that_are_cast(stage: Stage) -> None:
    stage.to("in_setup")
    made = report(stage)
    with pytest.raises(TransitionRefused):
        decide(stage, made.nonconformity_id, "repair")


def test_scrap_orders_a_replacement_that_names_the_old(any_stage: Stage) -> None:
    any_stage.to("stored")
    done = decide(any_stage, report(any_stage).nonconformity_id, "scrap", order_replacement=True)
    assert done.element_state == "scrapped"
    with any_stage.database.reading() as session:
        made = session.get_one(Element, done.replacement_id)
        assert (made.replaces_id, made.state, made.serial) == (any_stage.element_ids[0], "planned", 3)


def test_scrap_without_a_replacement_orders_none(stage: Stage) -> None:
    stage.to("stored")
    assert decide(stage, report(stage).nonconformity_id, "scrap").replacement_id is None


@needs_fonts
def test_a_concession_needs_the_designers_consent_and_certifies_as_such(any_stage: Stage) -> None:
    nonconformity_id = refused_final(any_stage)
    with pytest.raises(InvalidInput, match="designer"):
        decide(any_stage, nonconformity_id, "concession", designer_consent="  ")
    assert any_stage.element().state == "nonconforming"
    done = decide(any_stage, nonconformity_id, "concession", designer_consent="SJ-2026-118")
    assert done.element_state == "accepted"
    with any_stage.database.reading() as session:
        certificate = session.get_one(Certificate, done.certificate_id)
        assert certificate.content["quality"]["status"] == "concession"
        assert certificate.content["quality"]["concession"]["designer_consent"] == "SJ-2026-118"


def test_a_concession_without_a_final_inspection_is_refused(stage: Stage) -> None:
    stage.to("finished")
    made = report(stage)
    with pytest.raises(DispositionRefused, match="never had a final inspection"):
        decide(stage, made.nonconformity_id, "concession", designer_consent="SJ-1")


def test_a_concession_does_not_get_around_the_strength(stage: Stage) -> None:
    stage.to("finished")
    stage.cubes(stage.cast(), 20.0, 20.0, 20.0)
    readings = [Reading(item="length", values=[3426.0, 3421.0]), *good_readings()[1:]]
    nonconformity_id = stage.record(stage.final(measurements=readings)).nonconformity_id
    with pytest.raises(StrengthNotProven):
        decide(stage, nonconformity_id, "concession", designer_consent="SJ-1")
    assert stage.element().state == "nonconforming"


def test_a_nonconformity_is_decided_once(stage: Stage) -> None:
    stage.to("stored")
    made = report(stage)
    decide(stage, made.nonconformity_id, "scrap")
    with pytest.raises(AlreadyDisposed, match="张质检"):
        decide(stage, made.nonconformity_id, "repair")


def test_an_unknown_nonconformity_is_not_found(stage: Stage) -> None:
    with pytest.raises(NotFound):
        decide(stage, new_id(), "scrap")


def test_an_operator_may_report_but_not_decide(stage: Stage) -> None:
    stage.to("stored")
    made = report(stage)
    command = Dispose(nonconformity_id=made.nonconformity_id, disposition="scrap", reason="坏了", press=stage.press)
    with pytest.raises(Forbidden):
        perform(stage.database, actor("operator"), stage.clock, dispose, command)
    assert stage.element().state == "nonconforming"


def test_somebody_of_another_project_finds_nothing(stage: Stage) -> None:
    stage.to("stored")
    stranger = Actor("x", "x", "inspector", "", permissions_of("inspector"), project_ids=frozenset({new_id()}))
    with pytest.raises(NotFound):
        report(stage, by=stranger)


@needs_fonts
def test_a_defect_found_later_withdraws_the_certificate_and_repair_earns_a_new_one(any_stage: Stage) -> None:
    any_stage.to("finished")
    any_stage.cubes(any_stage.cast(), 31.0, 32.0, 33.0)
    any_stage.record(any_stage.final())
    made = report(any_stage)
    with any_stage.database.reading() as session:
        assert valid_certificate(session, any_stage.element_ids[0]) is None
        kinds = [event.kind for event in events_of(session, "element:1")]
        assert kinds[-2:] == ["element.certificate_withdrawn", "element.nonconformity_reported"]
    decide(any_stage, made.nonconformity_id, "repair")
    any_stage.to("finished", 0)
    any_stage.record(any_stage.final())
    with any_stage.database.reading() as session:
        found = valid_certificate(session, any_stage.element_ids[0])
        assert found is not None
        assert found.number == "HGZ-P1-2026-000002"


# roles, causes, replacement


def test_an_inspector_repairs_and_quality_staff_concede_and_scrap(stage: Stage) -> None:
    stage.to("demoulded")
    made = report(stage)
    for disposition in ("scrap", "concession"):
        command = Dispose(
            nonconformity_id=made.nonconformity_id, disposition=disposition, reason="坏了", press=stage.press
        )
        for role in ("inspector", "planner", "supervisor", "admin"):
            with pytest.raises(Forbidden):
                perform(stage.database, actor(role), stage.clock, dispose, command)
    assert stage.element().state == "nonconforming"
    repair = Dispose(nonconformity_id=made.nonconformity_id, disposition="repair", reason="修补", press=stage.press)
    assert perform(stage.database, actor("inspector"), stage.clock, dispose, repair).element_state == "demoulded"


def test_the_next_accepted_final_inspection_proves_a_repair(any_stage: Stage) -> None:
    number = refused_final(any_stage)
    decide(any_stage, number, "repair")
    advance(any_stage.database, any_stage.clock, [any_stage.element_ids[0]], "finished")
    with any_stage.database.reading() as session:
        row = session.get_one(Nonconformity, number)
        assert (stage_of(row), row.reinspection_id) == ("awaiting", None)
    again = any_stage.record(any_stage.final())
    with any_stage.database.reading() as session:
        row = session.get_one(Nonconformity, number)
        assert (stage_of(row), row.reinspection_id) == ("settled", again.inspection_id)
        accepted = next(one for one in events_of(session, "element:1") if one.kind == "element.final_accepted")
        assert accepted.content["data"]["nonconformities_settled"] == [row.number]


def test_what_was_repaired_and_scrapped_later_waits_for_nothing(stage: Stage) -> None:
    number = refused_final(stage)
    decide(stage, number, "repair")
    decide(stage, report(stage).nonconformity_id, "scrap")
    with stage.database.reading() as session:
        assert stage_of(session.get_one(Nonconformity, number)) == "settled"


def test_a_replacement_is_ordered_later_and_only_once(any_stage: Stage) -> None:
    any_stage.to("stored")
    number = report(any_stage).nonconformity_id
    order = ReplacementOrder(nonconformity_id=number)
    with pytest.raises(NoReplacementDue):
        perform(any_stage.database, actor("planner"), any_stage.clock, order_replacement_for, order)
    decide(any_stage, number, "scrap")
    done = perform(any_stage.database, actor("planner"), any_stage.clock, order_replacement_for, order)
    assert perform(any_stage.database, actor("planner"), any_stage.clock, order_replacement_for, order) == done
    again = ReplacementOrder(nonconformity_id=number)
    with pytest.raises(NoReplacementDue):
        perform(any_stage.database, actor("planner"), any_stage.clock, order_replacement_for, again)
    with any_stage.database.reading() as session:
        assert session.get_one(Nonconformity, number).replacement_id == done.replacement_id
        assert session.get_one(Element, done.replacement_id).replaces_id == any_stage.element_ids[0]


def test_a_cause_is_of_the_table_and_may_be_corrected(stage: Stage) -> None:
    stage.to("demoulded")
    number = report(stage).nonconformity_id

    def analyse(**content: Any) -> None:
        command = NonconformityAnalysis(nonconformity_id=number, **content)
        perform(stage.database, actor("inspector"), stage.clock, analyse_nonconformity, command)

    with pytest.raises(InvalidInput):
        analyse(cause="bad luck")
    analyse(cause="man", whys=["未交底"], cost_cny=300)
    analyse(cause="mould", whys=["边模松动", "螺栓磨损"], measure="每周紧固", cost_cny=1200.5)
    with stage.database.reading() as session:
        row = session.get_one(Nonconformity, number)
        assert (row.cause, row.whys, row.measure, row.cost_cny) == (
            "mould",
            ["边模松动", "螺栓磨损"],
            "每周紧固",
            1200.5,
        )
    with pytest.raises(ValidationError):
        analyse(whys=["?"] * 6)


@pytest.mark.parametrize(
    ("x_mm", "y_mm", "right"), [(0, 0, True), (3420, 1760, True), (3421, 0, False), (0, 1761, False)]
)
def test_a_place_lies_on_the_element(stage: Stage, x_mm: float, y_mm: float, right: bool) -> None:
    stage.to("demoulded")
    place = {"face": "bottom", "x_mm": x_mm, "y_mm": y_mm}
    if not right:
        with pytest.raises(InvalidInput):
            report(stage, place=place)
        assert stage.element().state == "demoulded"
        return
    made = report(stage, place=place)
    with stage.database.reading() as session:
        assert session.get_one(Nonconformity, made.nonconformity_id).place == place


def test_the_bottom_is_the_top_turned_over() -> None:
    kind = SimpleNamespace(
        length_mm=1000, width_mm=500, openings=[{"x_mm": 100, "y_mm": 50, "width_mm": 200, "height_mm": 80}]
    )
    top, bottom = face_picture(kind, "top"), face_picture(kind, "bottom", [{"face": "bottom", "x_mm": 0, "y_mm": 0}])
    assert top.openings == ((30 + 100, 30 + 500 - 130, 200, 80),)
    assert bottom.openings == ((30 + 700, 30 + 500 - 130, 200, 80),)
    assert bottom.marks == ((30, 530),)
