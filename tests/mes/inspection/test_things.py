"""Lots, moulds, pallets, rebar and batches: what is refused is not used, and what is required comes first."""

from __future__ import annotations

from collections.abc import Callable
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
from mes.inspection.handovers import HandoverNotInspected, handover_plan
from mes.inspection.judgement import InspectionIncomplete
from mes.inspection.models import RuleSetFile, ThingInspection
from mes.inspection.schemas import HandoverReport, Reading
from mes.inspection.service import inspect_thing, record_at_site, record_before_loading
from mes.inspection.things import InspectThing, ThingInspected, standing_of, subject_of, thing_plan
from mes.inspection.things.inspecting import InspectionNotOffered
from mes.ledger.queries import events_of
from mes.library.models import Mould
from mes.logistics.service.loading import require_handover
from mes.planning.models import Operation, Pallet, Station
from mes.shopfloor.conditions import PALLET_USE, ConditionNotMet
from mes.shopfloor.gates import missing_to_start
from mes.shopfloor.models import CastingBatch
from mes.shopfloor.service import (
    AssignBatch,
    BatchLot,
    NoteMould,
    RecordBatch,
    RegisterLot,
    ScanMaterial,
    assign_batch,
    note_mould,
    record_batch,
    register_lot,
    scan_material,
)
from tests.conftest import NOW, actor, create_plant
from tests.mes.inspection.stage import Stage, set_stage
from tests.mes.inspection.ways import good, set_policy

Client = Callable[..., FlaskClient]


@pytest.fixture
def any_stage(any_database: Database, clock: SetClock, tmp_path: Path) -> Stage:
    create_plant(any_database, clock)
    return set_stage(any_database, clock, tmp_path)


def inspect(stage: Stage, kind: str, subject_id: UUID, role: str = "inspector", **changes: object) -> ThingInspected:
    with stage.database.reading() as session:
        plan = thing_plan(subject_of(session, kind, subject_id))
    content = {"subject_kind": kind, "subject_id": subject_id, **good(stage, plan), **changes}
    who = actor(role, device="平板 3")
    return perform(stage.database, who, stage.clock, inspect_thing, InspectThing.model_validate(content))


def lot(stage: Stage, kind: str = "rebar", number: str = "R-1") -> UUID:
    command = RegisterLot(kind=kind, lot_number=number, supplier="钢厂")
    found = perform(stage.database, actor("operator"), stage.clock, register_lot, command).id
    assert found is not None
    return found


def scan(stage: Stage, number: str = "R-1") -> None:
    command = ScanMaterial(load_id=stage.load_id, code=number)
    perform(stage.database, actor("operator"), stage.clock, scan_material, command)


def ticket(stage: Stage, number: str = "B-1", **changes: Any) -> UUID:
    content = {"batch_number": number, "concrete_grade": "C30", "volume_m3": 2.0, "mixed_at": NOW, **changes}
    command = RecordBatch.model_validate(content)
    found = perform(stage.database, actor("operator"), stage.clock, record_batch, command).id
    assert found is not None
    return found


def casting_lacks(stage: Stage) -> list[str]:
    with stage.database.reading() as session:
        query = select(Operation).join(Station).where(Operation.load_id == stage.load_id, Station.kind == "casting")
        operation = session.scalars(query).one()
        return [str(missing.reason) for missing in missing_to_start(session, operation)]


# material lots


def test_a_refused_lot_cannot_be_used_until_it_is_accepted(any_stage: Stage) -> None:
    lot_id = lot(any_stage)
    assert (
        inspect(any_stage, "material_lot", lot_id, answers={"appearance": "no"}, measurements=[]).verdict == "refused"
    )
    with pytest.raises(ConditionNotMet, match="refused at its incoming inspection"):
        scan(any_stage)
    any_stage.clock.advance(minutes=5)
    assert inspect(any_stage, "material_lot", lot_id).verdict == "accepted"
    scan(any_stage)


def test_a_required_inspection_comes_before_the_first_use(stage: Stage) -> None:
    set_policy(stage.database, incoming="required")
    lot_id = lot(stage)
    with pytest.raises(ConditionNotMet, match="not accepted yet"):
        scan(stage)
    inspect(stage, "material_lot", lot_id)
    scan(stage)


def test_cement_that_is_not_accepted_does_not_go_into_concrete(stage: Stage) -> None:
    set_policy(stage.database, incoming="required")
    lot_id = lot(stage, "cement", "C-1")
    with pytest.raises(ConditionNotMet, match="C-1"):
        ticket(stage, materials=[BatchLot(code="C-1")])
    with stage.database.reading() as session:
        assert session.scalars(select(CastingBatch)).first() is None
    inspect(stage, "material_lot", lot_id)
    ticket(stage, materials=[BatchLot(code="C-1")])


def test_a_lot_is_used_as_before_where_nothing_is_required(stage: Stage) -> None:
    lot(stage)
    scan(stage)


def test_a_kind_that_is_switched_off_is_neither_asked_for_nor_kept(stage: Stage) -> None:
    set_policy(stage.database, incoming="off")
    lot_id = lot(stage)
    scan(stage)
    with pytest.raises(InspectionNotOffered):
        inspect(stage, "material_lot", lot_id)


def test_the_record_says_who_with_which_device_and_by_which_file(stage: Stage) -> None:
    lot_id = lot(stage)
    inspect(stage, "material_lot", lot_id)
    with stage.database.reading() as session:
        row = session.scalars(select(ThingInspection)).one()
        assert (row.inspector_name, row.inspector_role) == ("inspector", "inspector")
        assert (row.organisation, row.device) == ("Demo Precast", "平板 3")
        assert session.get_one(RuleSetFile, row.rule_set_sha256).text.startswith("kind: incoming")
        event = events_of(session, "lot:rebar:R-1")[-1]
        assert event.kind == "thing.inspected"
        assert event.content["who"]["device"] == "平板 3"


def test_an_open_item_is_asked_for_and_an_impossible_figure_is_a_question(stage: Stage) -> None:
    lot_id = lot(stage)
    with pytest.raises(InspectionIncomplete) as refused:
        inspect(stage, "material_lot", lot_id, measurements=[])
    assert [fault.where for fault in refused.value.faults] == ["measurements.rebar_mass"]
    with pytest.raises(InvalidInput) as asked:
        inspect(stage, "material_lot", lot_id, measurements=[Reading(item="rebar_mass", nominal=5, values=[900])])
    assert str(asked.value.faults[0].reason) == "900 % cannot be true here; please measure again"
    assert asked.value.faults[0].where == "measurements[0].values[0]"


def test_a_receiver_inspects_no_lots(stage: Stage) -> None:
    with pytest.raises(Forbidden):
        inspect(stage, "material_lot", lot(stage), role="receiver")


@pytest.mark.parametrize("kind", ["girder", "addition", "release_agent", "other"])
def test_every_material_has_its_plan(stage: Stage, kind: str) -> None:
    assert inspect(stage, "material_lot", lot(stage, kind, "M-1")).verdict == "accepted"


# moulds and pallets


def mould(stage: Stage, every: int = 200) -> UUID:
    with stage.database.writing() as session:
        made = Mould(
            id=new_id(),
            code="M-01",
            family="composite_slab",
            component_type_id=stage.element().component_type_id,
            casts_between_maintenance=every,
        )
        session.add(made)
        return made.id


def use_mould(stage: Stage) -> None:
    command = NoteMould(load_id=stage.load_id, code="M-01")
    perform(stage.database, actor("operator"), stage.clock, note_mould, command)


def test_a_mould_is_accepted_before_use_and_again_after_its_casts(any_stage: Stage) -> None:
    set_policy(any_stage.database, mould="required")
    any_stage.to("in_setup")
    mould_id = mould(any_stage, every=1)
    with pytest.raises(ConditionNotMet, match="Mould M-01 is not accepted yet"):
        use_mould(any_stage)
    assert inspect(any_stage, "mould", mould_id).verdict == "accepted"
    any_stage.clock.advance(minutes=1)
    use_mould(any_stage)
    with any_stage.database.reading() as session:
        assert standing_of(session, "mould", mould_id).is_worn
    assert [text for text in casting_lacks(any_stage) if "M-01" in text] == []


def test_a_mould_too_long_is_refused_and_stops_its_load_before_casting(stage: Stage) -> None:
    stage.to("in_setup")
    mould_id = mould(stage)
    use_mould(stage)
    readings = [Reading(item="mould_length", values=[3424, 3424])]  # ≤ 6 m: +1 −2 mm
    assert inspect(stage, "mould", mould_id, measurements=readings).verdict == "refused"
    assert any("Mould M-01 was refused" in text for text in casting_lacks(stage))


def test_a_refused_pallet_is_not_taken(stage: Stage) -> None:
    with stage.database.reading() as session:
        pallet = session.scalars(select(Pallet)).one()
    assert inspect(stage, "pallet", pallet.id, measurements=[Reading(item="mould_bed_flatness", values=[9, 9])]).verdict
    with stage.database.reading() as session, pytest.raises(ConditionNotMet, match="Pallet 7 was refused"):
        PALLET_USE.require(session, session.get_one(Pallet, pallet.id))


# rebar of a load, concrete of a batch


def test_casting_waits_for_the_rebar_where_it_is_required(any_stage: Stage) -> None:
    set_policy(any_stage.database, rebar="required")
    any_stage.to("ready_to_cast")
    any_stage.cast()
    assert "Load 1: its rebar is not inspected yet" in casting_lacks(any_stage)
    inspect(any_stage, "pallet_load", any_stage.load_id, answers={"spacers": "no"})
    assert "Load 1: its rebar was refused; put it right and inspect it again" in casting_lacks(any_stage)
    any_stage.clock.advance(minutes=5)
    inspect(any_stage, "pallet_load", any_stage.load_id)
    assert not any("rebar" in text for text in casting_lacks(any_stage))
    with any_stage.database.reading() as session:
        kinds = [event.kind for event in events_of(session, f"element:{any_stage.element().serial}")]
        assert kinds.count("element.rebar_inspected") == 2


def test_concrete_that_is_too_hot_is_not_poured(stage: Stage) -> None:
    stage.to("ready_to_cast")
    batch_id = ticket(stage)
    hot = [Reading(item="concrete_temperature", values=[38.5])]  # GB 50666: 5 to 35 °C
    assert inspect(stage, "casting_batch", batch_id, role="operator", measurements=hot).verdict == "refused"
    command = AssignBatch(load_id=stage.load_id, batch_number="B-1")
    with pytest.raises(ConditionNotMet, match="Batch B-1 was refused"):
        perform(stage.database, actor("operator"), stage.clock, assign_batch, command)


@pytest.mark.parametrize(
    ("slump", "verdict"), [(195, "accepted"), (210, "accepted"), (211, "refused"), (149, "refused")]
)
def test_the_slump_is_judged_against_the_ticket(stage: Stage, slump: int, verdict: str) -> None:
    # GB/T 14902: from 100 mm, ±30 mm; the ticket says 180 mm
    batch_id = ticket(stage, slump_mm=180)
    readings = [Reading(item="concrete_temperature", values=[20]), Reading(item="slump", values=[slump])]
    assert inspect(stage, "casting_batch", batch_id, measurements=readings).verdict == verdict


def test_casting_waits_for_the_process_inspection_where_it_is_required(stage: Stage) -> None:
    set_policy(stage.database, process="required")
    stage.to("ready_to_cast")
    batch_id = stage.cast()
    assert any("B-1: its process inspection" in text for text in casting_lacks(stage))
    inspect(stage, "casting_batch", batch_id)
    assert not any("B-1" in text for text in casting_lacks(stage))


# handovers


def handover(stage: Stage, kind: str, **changes: object) -> HandoverReport:
    with stage.database.reading() as session:
        from mes.orders.models import Element

        plan = handover_plan(session.get_one(Element, stage.element_ids[0]), kind)
    content = {"element_id": stage.element_ids[0], "kind": kind, **good(stage, plan), **changes}
    return HandoverReport.model_validate(content)


def test_loading_waits_for_its_inspection_where_it_is_required(any_stage: Stage) -> None:
    set_policy(any_stage.database, before_loading="required")
    any_stage.to("stored")
    with any_stage.database.reading() as session, pytest.raises(HandoverNotInspected):
        require_handover(session, any_stage.element(), "before_loading")
    report = handover(any_stage, "before_loading")
    perform(any_stage.database, actor("operator"), any_stage.clock, record_before_loading, report)
    with any_stage.database.reading() as session:
        require_handover(session, any_stage.element(), "before_loading")


def test_damage_seen_before_loading_makes_the_element_nonconforming(stage: Stage) -> None:
    stage.to("stored")
    report = handover(stage, "before_loading", answers={"damage": "no"}, remark="缺角")
    done = perform(stage.database, actor("operator"), stage.clock, record_before_loading, report)
    assert (done.verdict, done.element_state) == ("refused", "nonconforming")
    assert done.nonconformity_id is not None


def test_the_site_inspects_before_it_receives(stage: Stage) -> None:
    set_policy(stage.database, at_site="required")
    stage.to("shipped")
    with stage.database.reading() as session, pytest.raises(HandoverNotInspected, match="at the site"):
        require_handover(session, stage.element(), "at_site")
    perform(stage.database, actor("receiver"), stage.clock, record_at_site, handover(stage, "at_site"))
    with stage.database.reading() as session:
        require_handover(session, stage.element(), "at_site")


# pages and API


def test_a_lot_is_inspected_on_its_page_and_nothing_typed_is_lost(stage: Stage, client_as: Client) -> None:
    lot_id, client = lot(stage), client_as("operator")
    address = f"/inspection/things/material_lot/{lot_id}"
    assert "R-1" in client.get("/inspection/things").get_data(as_text=True)
    assert client.get("/inspection/scan-thing?code=R-1").headers["Location"] == address
    half = {"command_id": str(uuid4()), "answer_identity": "yes", "remark": "少一份复验报告", "m.rebar_mass.0": "zwei"}
    answer = client.post(address, data=half)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "少一份复验报告" in page
    assert "zwei is not a number" in page
    refused = {"command_id": str(uuid4()), "answer_appearance": "no"}
    assert client.post(address, data=refused).status_code == 303
    assert "must not be used" in client.get(address).get_data(as_text=True)


def test_the_api_inspects_and_lists(stage: Stage, client_as: Client) -> None:
    lot_id, client = lot(stage), client_as("inspector")
    body = {"subject_kind": "material_lot", "subject_id": str(lot_id), "answers": {"appearance": "no"}}
    answer = client.post("/api/v1/thing-inspections", json=body)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    listed = client.get(f"/api/v1/thing-inspections?subject_id={lot_id}").get_json()
    assert [row["verdict"] for row in listed["items"]] == ["refused"]


def test_unknown_things_are_not_found(stage: Stage, client_as: Client) -> None:
    client = client_as("inspector")
    assert client.get(f"/inspection/things/material_lot/{uuid4()}").status_code == 404
    assert client.get(f"/inspection/things/dragon/{uuid4()}").status_code == 404
