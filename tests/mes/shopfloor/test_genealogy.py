"""What a batch was mixed of, which mould shaped a load, whose crew was at work: noted where it happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from mes.accounts.service import the_plant
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.errors import Conflict
from mes.core.ids import new_id
from mes.identity.naming import naming_of
from mes.ledger.queries import events_of
from mes.library.models import Mould
from mes.library.mould_codes import UnknownMould
from mes.planning.models import Operation
from mes.shopfloor import service
from mes.shopfloor.models import BatchMaterial, Casting, CastingBatch, Discrepancy, MaterialLot, MouldUse
from mes.shopfloor.service.materials import LotBlocked, UnknownLot
from tests.conftest import actor
from tests.mes.shopfloor.plant import Floor, add_floor, create_floor
from tests.mes.shopfloor.test_mixing import mixed, with_batching_plant

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def floor(any_database: Database, clock: SetClock) -> Floor:
    """One load of two slabs that runs at the first station."""
    made = create_floor(any_database, clock)
    made.start("cleaning")
    return made


def register(floor: Floor, kind: str, number: str) -> None:
    floor.do(service.register_lot, service.RegisterLot(kind=kind, lot_number=number, supplier="华新"))


def ticket(floor: Floor, number: str, *lots: str) -> service.RecordBatch:
    return service.RecordBatch(
        batch_number=number,
        concrete_grade="C30",
        volume_m3=2,
        mixed_at=floor.clock.now(),
        materials=tuple(service.BatchLot(code=lot) for lot in lots),
    )


def add_mould(floor: Floor, code: str = "DBS-M1", family: str = "composite_slab") -> Mould:
    with floor.database.writing() as session:
        mould = Mould(id=new_id(), code=code, family=family)
        session.add(mould)
    return mould


def lots_by_batch(floor: Floor) -> set[tuple[str, str]]:
    batches = {batch.id: batch.batch_number for batch in floor.rows(CastingBatch)}
    lots = {lot.id: lot.lot_number for lot in floor.rows(MaterialLot)}
    return {(batches[row.batch_id], lots[row.lot_id]) for row in floor.rows(BatchMaterial)}


def test_a_mix_ticket_names_the_lots_it_was_mixed_of(floor: Floor) -> None:
    register(floor, "cement", "SN-1")
    register(floor, "admixture", "WJJ-7")
    told = ticket(floor, "B-1", "SN-1", "(10)WJJ-7")
    floor.do(service.record_batch, told)
    floor.do(service.record_batch, told.model_copy(update={"command_id": new_id()}))  # the same ticket again
    assert lots_by_batch(floor) == {("B-1", "SN-1"), ("B-1", "WJJ-7")}
    with floor.database.reading() as session:
        events = events_of(session, "batch:B-1")
    assert [event.kind for event in events] == ["batch.mixed", "batch.material_noted"]
    told_lots = [(lot["kind"], lot["lot_number"]) for lot in events[1].content["how"]["materials"]]
    assert told_lots == [("cement", "SN-1"), ("admixture", "WJJ-7")]


def test_a_ticket_with_a_lot_that_nobody_knows_changes_nothing(floor: Floor) -> None:
    with pytest.raises(UnknownLot, match="SN-9"):
        floor.do(service.record_batch, ticket(floor, "B-1", "SN-9"))
    assert floor.rows(CastingBatch) == []


def test_lots_go_where_they_belong(floor: Floor) -> None:
    register(floor, "cement", "SN-1")
    register(floor, "mesh", "WP-1")
    floor.do(service.record_batch, ticket(floor, "B-1"))
    with pytest.raises(Conflict, match="does not go into concrete"):
        floor.do(service.note_batch_materials, noting("B-1", "WP-1"))
    with pytest.raises(Conflict, match="mix ticket"):
        floor.do(service.scan_material, service.ScanMaterial(load_id=floor.load_ids[0], code="SN-1"))
    lot = next(lot for lot in floor.rows(MaterialLot) if lot.kind == "cement")
    floor.do(service.judge_lot, service.JudgeLot(lot_id=lot.id, released=False), actor("inspector"))
    with pytest.raises(LotBlocked):
        floor.do(service.note_batch_materials, noting("B-1", "SN-1"))
    assert floor.rows(BatchMaterial) == []


def noting(batch: str, lot: str) -> service.NoteBatchMaterials:
    return service.NoteBatchMaterials(batch_number=batch, materials=(service.BatchLot(code=lot),))


def test_lots_are_noted_later_and_only_once(floor: Floor) -> None:
    register(floor, "cement", "SN-1")
    floor.do(service.record_batch, ticket(floor, "B-1"))
    assert floor.do(service.note_batch_materials, noting("B-1", "sn-1")).lot_numbers == ["SN-1"]
    assert floor.do(service.note_batch_materials, noting("B-1", "SN-1")).lot_numbers == []
    assert lots_by_batch(floor) == {("B-1", "SN-1")}


def test_the_mixer_tells_the_lots_it_drew_from(any_database: Database, clock: SetClock) -> None:
    floor = with_batching_plant(create_floor(any_database, clock))
    mixed(floor, batch="SL-000011")
    mixed(floor, batch="SL-000012", cement_lot="SN-5", admixture_lot="WJJ-7")
    assert lots_by_batch(floor) == {("SL-000012", "SN-5"), ("SL-000012", "WJJ-7")}
    lot = next(lot for lot in floor.rows(MaterialLot) if lot.kind == "cement")
    floor.do(service.judge_lot, service.JudgeLot(lot_id=lot.id, released=False), actor("inspector"))
    mixed(floor, batch="SL-000013", cement_lot="SN-5")
    assert ("SL-000013", "SN-5") in lots_by_batch(floor)  # it is in there, whether it should be or not
    (found,) = floor.rows(Discrepancy)
    assert found.machine_story["lot"] == "SN-5"


def test_a_mould_is_noted_by_its_own_code_and_by_its_label(floor: Floor) -> None:
    mould = add_mould(floor)
    load_id = floor.load_ids[0]
    with floor.database.reading() as session:
        key = naming_of(the_plant(session)).mould(mould.code)
    assert not floor.do(service.note_mould, service.NoteMould(load_id=load_id, code="dbs-m1")).repeated
    by_label = "".join(f"({ai}){value}" for ai, value in key.items())
    assert floor.do(service.note_mould, service.NoteMould(load_id=load_id, code=by_label)).repeated
    (used,) = floor.rows(MouldUse)
    assert (used.mould_id, used.load_id) == (mould.id, load_id)


def test_demoulding_says_which_moulds_the_elements_leave(database: Database, clock: SetClock) -> None:
    floor = create_floor(database, clock)
    add_mould(floor)
    floor.run_up_to("hidden-works")
    floor.do(service.note_mould, service.NoteMould(load_id=floor.load_ids[0], code="DBS-M1"))
    floor.start("hidden-works")
    floor.accept_hidden_works()
    floor.assign_batch()
    floor.run(["casting", "compaction", "roughening", "curing"])
    floor.release_for_demoulding()
    floor.run(["demoulding"])
    with floor.database.reading() as session:
        told = {event.kind: event.content["how"] for event in events_of(session, "element:1")}
    assert told["element.mould_used"]["mould"] == {"code": "DBS-M1", "family": "composite_slab"}
    assert told["element.demoulded"]["moulds"] == [{"code": "DBS-M1", "family": "composite_slab"}]


def test_a_mould_of_another_family_or_nobodys_is_refused(floor: Floor) -> None:
    add_mould(floor, "LT-1", "stair")
    with pytest.raises(Conflict, match="LT-1"):
        floor.do(service.note_mould, service.NoteMould(load_id=floor.load_ids[0], code="LT-1"))
    with pytest.raises(UnknownMould):
        floor.do(service.note_mould, service.NoteMould(load_id=floor.load_ids[0], code="M-404"))
    assert floor.rows(MouldUse) == []


def test_work_and_concrete_keep_the_crew(floor: Floor) -> None:
    crew = actor("operator", crew="A班")
    floor.do(service.finish_operation, service.FinishOperation(operation_id=floor.operation("cleaning").id), crew)
    assert floor.operation("cleaning").crew == "A班"
    floor.do(service.record_batch, ticket(floor, "B-1"), crew)
    floor.do(service.assign_batch, service.AssignBatch(load_id=floor.load_ids[0], batch_number="B-1"), crew)
    assert [casting.crew for casting in floor.rows(Casting)] == ["A班"]
    assert {operation.crew for operation in floor.rows(Operation)} == {"A班", ""}


def post(client: FlaskClient, address: str, **form: Any) -> tuple[int, str]:
    answer = client.post(address, data={"command_id": str(new_id()), **form}, follow_redirects=True)
    return answer.status_code, answer.text


def test_one_scan_box_takes_lots_and_moulds(
    app: object, database: Database, clock: SetClock, client_as: SignIn
) -> None:
    floor = add_floor(database, clock)
    floor.start("cleaning")
    add_mould(floor)
    register(floor, "mesh", "WP-1")
    client, load_id = client_as("operator"), str(floor.load_ids[0])
    for code in ("DBS-M1", "WP-1"):
        status, page = post(client, "/shopfloor/stations/SL-cleaning/scan", load_id=load_id, code=code)
        assert (status, f"{code} is noted" in page) == (200, True)
    assert len(floor.rows(MouldUse)) == 1


def test_the_mix_ticket_is_filled_with_the_lots_of_the_batch_before(
    app: object, database: Database, clock: SetClock, client_as: SignIn
) -> None:
    floor = add_floor(database, clock)
    floor.run_up_to("hidden-works")
    floor.start("hidden-works")
    floor.accept_hidden_works()
    register(floor, "cement", "SN-1")
    floor.do(service.record_batch, ticket(floor, "B-0", "SN-1"))
    client, load_id = client_as("operator"), str(floor.load_ids[0])
    status, page = post(client, "/shopfloor/stations/SL-casting/batch", load_id=load_id, code="B-1")
    assert (status, 'value="SN-1"' in page) == (404, True)
    facts = {"concrete_grade": "C30", "volume_m3": "2", "mixed_at": "2026-11-23T09:00", "lot_cement": "SN-1"}
    status, page = post(
        client, "/shopfloor/stations/SL-casting/batch", load_id=load_id, code="B-1", register="1", **facts
    )
    assert status == 200
    assert ("B-1", "SN-1") in lots_by_batch(floor)
    address = "/shopfloor/stations/SL-casting/batch-lot"
    status, page = post(client, address, batch_number="B-1", code="WJJ-1")
    assert (status, "Register the lot" in page) == (404, True)
    status, page = post(client, address, batch_number="B-1", code="WJJ-1", kind="admixture", register="1")
    assert (status, "WJJ-1 noted" in page) == (200, True)


def test_materials_and_moulds_by_the_api(app: object, database: Database, clock: SetClock, client_as: SignIn) -> None:
    floor = add_floor(database, clock)
    floor.start("cleaning")
    add_mould(floor)
    register(floor, "cement", "SN-1")
    client = client_as("operator")
    mixed_at = floor.clock.now().isoformat()
    batch = {"batch_number": "B-1", "concrete_grade": "C30", "volume_m3": 2, "mixed_at": mixed_at}
    assert client.post("/api/v1/batches", json={**batch, "materials": [{"code": "SN-1"}]}).status_code == 201
    body = {"batch_number": "B-1", "materials": [{"code": "SN-404"}]}
    assert client.post("/api/v1/batches/materials", json=body).status_code == 404
    mould = {"load_id": str(floor.load_ids[0]), "code": "DBS-M1"}
    assert client.post("/api/v1/moulds/note", json=mould).json["mould_code"] == "DBS-M1"
    assert client_as("inspector").post("/api/v1/moulds/note", json=mould).status_code == 403
