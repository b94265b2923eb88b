"""Nobody is led into a dead end: what was decided lets work go on, and what was refused stops it wherever it is."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mes.core.commands import perform
from mes.core.ids import new_id
from mes.inspection.models import Inspection, Nonconformity
from mes.inspection.nonconformities.schemas import Dispose
from mes.inspection.sampling import require_measured
from mes.inspection.sampling.queries import lots_page
from mes.inspection.service import dispose, inspect_thing
from mes.inspection.things import InspectThing, subject_of, thing_plan
from mes.library.models import Mould
from mes.machines.models import MachineCommand
from mes.orders.models import Element
from mes.planning.models import Pallet, PalletLoad, Station
from mes.shopfloor.models import MouldUse
from tests.conftest import NOW, actor
from tests.mes.inspection.stage import Stage, needs_fonts
from tests.mes.inspection.test_sampling import (
    TOO_LONG,
    demoulded,
    finish,
    second_load,
    the_lot,
    waits_for_first_article,
)
from tests.mes.inspection.test_witness import decide
from tests.mes.inspection.ways import as_first_article, good, set_policy

Client = Callable[..., FlaskClient]


def concede(stage: Stage, nonconformity_id: UUID | None) -> None:
    command = Dispose.model_validate(
        {
            "nonconformity_id": nonconformity_id,
            "disposition": "concession",
            "reason": "设计同意",
            "designer_consent": "设-2026-7",
            "press": stage.press,
        }
    )
    perform(stage.database, actor("quality_manager"), stage.clock, dispose, command)


@needs_fonts
def test_a_conceded_piece_of_a_refused_lot_was_measured_and_may_leave(stage: Stage) -> None:
    set_policy(stage.database, sampling="lots", first_article="off")
    finish(demoulded(stage))
    refused = stage.record(stage.final(0, measurements=TOO_LONG))
    assert the_lot(stage)[0] == "refused"
    concede(stage, refused.nonconformity_id)
    assert stage.element(0).state == "accepted"
    with stage.database.reading() as session:
        require_measured(session, session.get_one(Element, stage.element_ids[0]))
        (view,), _ = lots_page(session, actor("inspector"), page=1)
        assert [item.element_id for item in view.to_measure] == [stage.element_ids[1]]


@needs_fonts
def test_a_conceded_first_article_leaves_its_place_to_the_next(stage: Stage) -> None:
    set_policy(stage.database, first_article="required")
    load_id, later = second_load(stage)
    Stage(stage.database, stage.clock, stage.press, load_id, later).to("ready_to_cast")
    finish(demoulded(stage))
    refused = stage.record(stage.final(0, measurements=TOO_LONG))
    assert waits_for_first_article(stage, load_id)
    concede(stage, refused.nonconformity_id)
    assert waits_for_first_article(stage, load_id)  # the next of the same pour is the first article now
    refused = stage.record(stage.final(1, measurements=TOO_LONG))
    concede(stage, refused.nonconformity_id)
    assert not waits_for_first_article(stage, load_id)


@needs_fonts
def test_a_first_piece_that_was_accepted_before_first_articles_were_asked_for_opens_its_series(stage: Stage) -> None:
    set_policy(stage.database, sampling="lots", first_article="off")
    load_id, later = second_load(stage)
    Stage(stage.database, stage.clock, stage.press, load_id, later).to("ready_to_cast")
    finish(demoulded(stage))
    for index in (0, 1):
        stage.record(stage.final(index))
    with stage.database.writing() as session:  # as one that its lot did not choose
        for row in session.scalars(select(Inspection)):
            row.evaluation = {**row.evaluation, "items": [], "looked_at": True}
    set_policy(stage.database, first_article="required")
    assert not waits_for_first_article(stage, load_id)


def releases(stage: Stage, load_id: UUID) -> list[object]:
    with stage.database.reading() as session:
        return list(session.scalars(select(MachineCommand.value).where(MachineCommand.load_id == load_id)))


def give_machine(stage: Stage) -> None:
    with stage.database.writing() as session:
        session.scalars(select(Station).where(Station.kind == "casting")).one().device = "spreader-1"


@needs_fonts
def test_the_accepted_first_article_releases_the_loads_that_waited_for_it(stage: Stage) -> None:
    set_policy(stage.database, first_article="required")
    give_machine(stage)
    load_id, later = second_load(stage)
    other = Stage(stage.database, stage.clock, stage.press, load_id, later)
    other.to("ready_to_cast")
    finish(demoulded(stage))
    with stage.database.writing() as session:
        load = session.get_one(PalletLoad, load_id)
        pallet = Pallet(id=new_id(), line_id=load.line_id, number=8)
        session.add(pallet)
        session.flush()
        load.pallet_id = pallet.id
    other.cast("B-2")
    assert releases(stage, load_id) == []
    stage.record(as_first_article(stage))
    assert releases(stage, load_id) == [8]


def test_an_accepted_mould_releases_the_loads_that_waited_for_it(stage: Stage) -> None:
    set_policy(stage.database, mould="required")
    give_machine(stage)
    with stage.database.writing() as session:
        mould = Mould(id=new_id(), code="M-1", family="composite_slab")
        session.add(mould)
        session.flush()
        session.add(MouldUse(id=new_id(), mould_id=mould.id, load_id=stage.load_id, used_at=NOW, used_by="operator"))
        mould_id = mould.id
    stage.cast()
    stage.to("in_setup")
    for index in (0, 1):
        stage.record(stage.hidden_works(index))
    assert releases(stage, stage.load_id) == []
    with stage.database.reading() as session:
        plan = thing_plan(subject_of(session, "mould", mould_id))
    command = {"subject_kind": "mould", "subject_id": mould_id, **good(stage, plan)}
    perform(stage.database, actor("inspector"), stage.clock, inspect_thing, InspectThing.model_validate(command))
    assert releases(stage, stage.load_id) == [7]


@needs_fonts
@pytest.mark.parametrize("state", ["on_hold", "loaded"])
def test_what_the_supervisor_refuses_on_hold_or_on_a_lorry_has_an_open_nonconformity(stage: Stage, state: str) -> None:
    finish(demoulded(stage))
    inspection = stage.record(stage.final(0))
    with stage.database.writing() as session:
        element = session.get_one(Element, stage.element_ids[0])
        element.state, element.aside_from = state, "accepted" if state == "on_hold" else None
    decide(stage, inspection.inspection_id, "refused", "见裂缝")
    assert stage.element(0).state == state
    with stage.database.reading() as session:
        row = session.scalars(select(Nonconformity)).one()
        assert (row.element_id, row.disposition) == (stage.element_ids[0], None)


def test_a_grade_of_another_standard_stops_no_page_and_no_cube_test(stage: Stage, client_as: Client) -> None:
    with stage.database.writing() as session:
        element = session.get_one(Element, stage.element_ids[0])
        element.component_type.concrete_grade = "C30/37"
        session.get_one(PalletLoad, stage.load_id).concrete_grade = "C30/37"
    finish(demoulded(stage))
    client = client_as("inspector")
    assert client.get("/inspection").status_code == 200
    assert client.get(f"/inspection/elements/{stage.element_ids[0]}/final").status_code == 200
