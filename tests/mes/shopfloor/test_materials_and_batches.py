"""Material lots and concrete batches: what fits goes in, what does not is refused with the reason."""

from __future__ import annotations

from uuid import UUID

import pytest

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.errors import Conflict, InvalidInput
from mes.ledger.queries import events_of
from mes.shopfloor import service
from mes.shopfloor.models import Casting, MaterialUse
from mes.shopfloor.service.batch_lots import UnknownBatch
from mes.shopfloor.service.batches import BatchRefused
from mes.shopfloor.service.materials import LotBlocked, UnknownLot, lot_number_in
from tests.conftest import actor
from tests.mes.shopfloor.plant import Floor, create_floor


@pytest.fixture
def floor(database: Database, clock: SetClock) -> Floor:
    """One load of two slabs that runs at the first station."""
    made = create_floor(database, clock)
    made.start("cleaning")
    return made


def scan(floor: Floor, code: str, kind: str | None = None) -> service.MaterialScanned:
    command = service.ScanMaterial(load_id=floor.load_ids[0], code=code, kind=kind)
    return floor.do(service.scan_material, command)  # type: ignore[no-any-return]


def register(floor: Floor, number: str, kind: str = "rebar") -> UUID:
    lot: UUID = floor.do(service.register_lot, service.RegisterLot(kind=kind, lot_number=number)).id
    return lot


def test_a_registered_lot_is_scanned_onto_a_load_once(floor: Floor) -> None:
    register(floor, "HRB400-2611")
    assert not scan(floor, "hrb400-2611").repeated
    assert scan(floor, "HRB400-2611").repeated
    assert len(floor.rows(MaterialUse)) == 1
    with floor.database.reading() as session:
        (used,) = (e.content for e in events_of(session, "element:1") if e.kind == "element.material_used")
    assert used["how"]["materials"][0]["lot_number"] == "HRB400-2611"


def test_an_unknown_lot_is_offered_for_registration(floor: Floor) -> None:
    with pytest.raises(UnknownLot, match="register it with kind and supplier"):
        scan(floor, "NOBODY-1")
    assert floor.rows(MaterialUse) == []


def test_a_blocked_lot_is_refused(floor: Floor) -> None:
    lot = register(floor, "M-1", "mesh")
    floor.do(service.judge_lot, service.JudgeLot(lot_id=lot, released=False), actor("inspector"))
    with pytest.raises(LotBlocked):
        scan(floor, "M-1")


def test_a_number_of_two_materials_needs_the_kind(floor: Floor) -> None:
    register(floor, "0042", "mesh")
    register(floor, "0042", "embed")
    with pytest.raises(Conflict, match="several materials"):
        scan(floor, "0042")
    assert scan(floor, "0042", "mesh").kind == "mesh"


@pytest.mark.parametrize(
    ("code", "lot"), [("A-17", "A-17"), (" A-17 ", "A-17"), ("(01)06141410000011(10)A-17(11)261120", "A-17")]
)
def test_a_lot_is_read_from_what_was_scanned(code: str, lot: str) -> None:
    assert lot_number_in(code) == lot


def test_a_batch_of_a_lower_grade_is_refused(floor: Floor) -> None:
    with pytest.raises(BatchRefused, match="B-1 is C25; load 1 needs C30"):
        floor.assign_batch("B-1", grade="C25")
    assert floor.rows(Casting) == []


def test_a_batch_that_is_too_old_is_refused_with_the_reason(floor: Floor) -> None:
    ticket = service.RecordBatch(batch_number="B-1", concrete_grade="C30", volume_m3=2, mixed_at=floor.clock.now())
    floor.do(service.record_batch, ticket)
    floor.clock.advance(minutes=100)
    with pytest.raises(BatchRefused, match="was mixed 102 minutes ago; the limit is 90 minutes"):
        floor.do(service.assign_batch, service.AssignBatch(load_id=floor.load_ids[0], batch_number="B-1"))


def test_an_unknown_batch_needs_its_ticket_first(floor: Floor) -> None:
    with pytest.raises(UnknownBatch):
        floor.do(service.assign_batch, service.AssignBatch(load_id=floor.load_ids[0], batch_number="B-9"))


def test_a_ticket_comes_back_with_the_same_facts_or_is_refused(floor: Floor) -> None:
    facts = {"batch_number": "B-1", "concrete_grade": "C30", "mixed_at": floor.clock.now()}
    first = floor.do(service.record_batch, service.RecordBatch(volume_m3=2, **facts))
    assert floor.do(service.record_batch, service.RecordBatch(volume_m3=2, **facts)) == first
    with pytest.raises(Conflict, match="recorded before"):
        floor.do(service.record_batch, service.RecordBatch(volume_m3=1, **facts))


def test_concrete_of_tomorrow_is_refused(floor: Floor) -> None:
    from datetime import timedelta

    ticket = service.RecordBatch(
        batch_number="B-1", concrete_grade="C30", volume_m3=2, mixed_at=floor.clock.now() + timedelta(hours=5)
    )
    with pytest.raises(InvalidInput, match="in the future"):
        floor.do(service.record_batch, ticket)


def test_a_batch_is_used_up(database: Database, clock: SetClock) -> None:
    floor = create_floor(database, clock, loads=2)
    floor.assign_batch("B-1", volume_m3=0.2)
    command = service.AssignBatch(load_id=floor.load_ids[1], batch_number="B-1")
    with pytest.raises(BatchRefused, match="B-1 is used up"):
        floor.do(service.assign_batch, command)
