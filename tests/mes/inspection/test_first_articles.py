"""What only a first article is asked, on every form that its plan names; and loads whose mould nobody noted."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mes.core.commands import perform
from mes.core.ids import new_id
from mes.inspection.judgement import InspectionIncomplete
from mes.inspection.models import Inspection, Nonconformity
from mes.inspection.schemas import TakenPhoto
from mes.inspection.service import inspect_thing
from mes.inspection.things import InspectThing, subject_of, thing_plan
from mes.library.models import Mould
from mes.machines.models import MachineCommand
from mes.orders.models import Element
from mes.planning.models import Operation, Station
from mes.shopfloor.gates import missing_to_start
from mes.shopfloor.models import CastingBatch
from mes.shopfloor.service import NoteMould, note_mould
from tests.conftest import actor
from tests.mes.inspection.stage import Stage, needs_fonts
from tests.mes.inspection.test_sampling import demoulded, finish, second_load
from tests.mes.inspection.ways import good, set_policy

Client = Callable[..., FlaskClient]
ASKED = {"first_article_parties": "yes", "first_article_drawing": "yes"}


def asked(stage: Stage, kind: str, subject_id: UUID) -> dict[str, bool]:
    """Which items only a first article is asked, and whether they must be answered."""
    with stage.database.reading() as session:
        plan = thing_plan(subject_of(session, kind, subject_id))
        return {item.id: item.required for item in plan.items if item.first_article}


@needs_fonts
def test_a_required_first_article_is_accepted_by_all_parties_with_the_drawing(stage: Stage) -> None:
    set_policy(stage.database, first_article="required")
    finish(demoulded(stage))
    with pytest.raises(InspectionIncomplete) as refused:
        stage.record(stage.final(0, answers=ASKED))
    assert [fault.where for fault in refused.value.faults] == ["photos.first_article_drawing"]
    photo = TakenPhoto(sha256=stage.photo(), item="first_article_drawing")
    with pytest.raises(InspectionIncomplete) as refused:
        stage.record(stage.final(0, photos=[photo]))
    assert [fault.where for fault in refused.value.faults] == [f"answers.{name}" for name in ASKED]
    recorded = stage.record(stage.final(0, answers=ASKED, photos=[photo]))
    assert recorded.verdict == "accepted"
    with stage.database.reading() as session:
        assert session.get_one(Inspection, recorded.inspection_id).answers["answers"] == ASKED
    assert stage.record(stage.final(1)).verdict == "accepted"  # the next one is not asked


def test_a_first_article_that_differs_from_the_drawing_is_refused(stage: Stage) -> None:
    finish(demoulded(stage))
    refused = stage.record(stage.final(0, answers={"first_article_drawing": "no"}))
    assert refused.verdict == "refused"
    with stage.database.reading() as session:
        assert session.scalars(select(Nonconformity.kind)).one() == "other"


@needs_fonts
def test_the_form_asks_and_reads_the_answers(stage: Stage, client_as: Client) -> None:
    set_policy(stage.database, first_article="required")
    finish(demoulded(stage))
    client = client_as("inspector")
    first, second = (f"/inspection/elements/{one}/final" for one in stage.element_ids)
    assert "answer_first_article_parties" in client.get(first).get_data(as_text=True)
    assert "answer_first_article_parties" not in client.get(second).get_data(as_text=True)
    refused = client.post(first, data={"answer_first_article_parties": "no", "command_id": str(new_id())})
    assert refused.status_code == 303
    page = client.get(refused.location).get_data(as_text=True)
    assert "owner, designer, contractor" in page
    assert stage.element(0).state == "nonconforming"


def test_rebar_is_shown_whole_until_a_load_of_the_type_is_cast(stage: Stage) -> None:
    load_id, later = second_load(stage)
    Stage(stage.database, stage.clock, stage.press, load_id, later).to("in_setup")
    stage.to("in_setup")
    assert asked(stage, "pallet_load", stage.load_id) == {"rebar_first_photo": False}  # recorded: it may be left open
    set_policy(stage.database, first_article="required")
    assert asked(stage, "pallet_load", load_id) == {"rebar_first_photo": True}
    stage.to("curing")
    assert asked(stage, "pallet_load", load_id) == {}
    set_policy(stage.database, first_article="off")
    assert asked(stage, "pallet_load", stage.load_id) == {}


def test_the_first_batch_of_a_mix_has_its_appraisal_on_opening(stage: Stage) -> None:
    set_policy(stage.database, first_article="required")
    first, second, other = (stage.cast(f"B-{number}") for number in range(3))
    with stage.database.writing() as session:
        session.get_one(CastingBatch, other).mix_code = "C30-2"
    assert asked(stage, "casting_batch", second) == {"opening_appraisal": True}
    with stage.database.reading() as session:
        plan = thing_plan(subject_of(session, "casting_batch", first))
    command = {"subject_kind": "casting_batch", "subject_id": first, **good(stage, plan)}
    perform(stage.database, actor("inspector"), stage.clock, inspect_thing, InspectThing.model_validate(command))
    assert asked(stage, "casting_batch", second) == {}
    assert asked(stage, "casting_batch", other) == {"opening_appraisal": True}


# moulds


def missing(stage: Stage) -> list[str]:
    with stage.database.reading() as session:
        query = select(Operation).join(Station).where(Operation.load_id == stage.load_id, Station.kind == "casting")
        return [one.waits_for for one in missing_to_start(session, session.scalars(query).one())]


def add_mould(stage: Stage, code: str, *, own: bool) -> UUID:
    with stage.database.writing() as session:
        kind = session.get_one(Element, stage.element_ids[0]).component_type_id if own else None
        mould = Mould(id=new_id(), code=code, family="composite_slab", component_type_id=kind)
        session.add(mould)
        session.flush()
        return mould.id


def accept(stage: Stage, mould_id: UUID) -> None:
    with stage.database.reading() as session:
        plan = thing_plan(subject_of(session, "mould", mould_id))
    command = {"subject_kind": "mould", "subject_id": mould_id, **good(stage, plan)}
    perform(stage.database, actor("inspector"), stage.clock, inspect_thing, InspectThing.model_validate(command))


def test_a_load_whose_mould_nobody_noted_is_not_cast_and_noting_it_releases_the_machine(stage: Stage) -> None:
    set_policy(stage.database, mould="required")
    with stage.database.writing() as session:
        session.scalars(select(Station).where(Station.kind == "casting")).one().device = "spreader-1"
    stage.to("in_setup")
    stage.cast()
    assert "mould" not in missing(stage)  # the plant keeps none for such slabs
    accept(stage, add_mould(stage, "M-1", own=True))
    for index in (0, 1):
        stage.record(stage.hidden_works(index))
    assert missing(stage) == ["mould"]
    noted = NoteMould(load_id=stage.load_id, code="M-1")
    perform(stage.database, actor("operator"), stage.clock, note_mould, noted)
    assert missing(stage) == []
    with stage.database.reading() as session:
        assert list(session.scalars(select(MachineCommand.value))) == [7]


def test_robots_that_set_shutters_need_no_mould_of_the_family(stage: Stage) -> None:
    set_policy(stage.database, mould="required")
    stage.to("in_setup")
    add_mould(stage, "M-2", own=False)
    assert "mould" in missing(stage)
    with stage.database.writing() as session:
        session.scalars(select(Station).where(Station.kind == "rebar")).one().kind = "shuttering"
    assert "mould" not in missing(stage)
