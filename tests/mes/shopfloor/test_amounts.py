"""How much of each lot: planned by the bills, put right by the operator, told when the load is cast."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from mes.core.ids import new_id
from mes.identity.service import GiveAlias, give_alias
from mes.ledger.queries import events_of
from mes.library.bills import BillLine, SetBill, set_bill
from mes.library.materials import BATCH_KINDS, MATERIAL_KINDS, unit_named, units, units_of
from mes.orders.models import Element
from mes.planning.heads import NameHead, name_head
from mes.planning.models import PalletLoad
from mes.shopfloor import service
from mes.shopfloor.amounts import left_of
from mes.shopfloor.models import MaterialLot, MaterialUse
from mes.shopfloor.placed import placed_lots
from tests.conftest import actor
from tests.mes.shopfloor.plant import KINDS, Floor, create_floor

MAKERS_LABEL = "(01)06901234000016(10)GJ-77"  # a mill's own GTIN and its heat


@pytest.fixture
def floor(database: Database, clock: SetClock) -> Floor:
    """One load of two slabs that runs at the first station."""
    made = create_floor(database, clock)
    made.start("cleaning")
    return made


def bill(floor: Floor, *lines: tuple[str, float], who: str = "planner") -> None:
    """What a slab takes."""
    command = SetBill(type_id=type_of(floor), lines=tuple(BillLine(kind=kind, quantity=n) for kind, n in lines))
    floor.do(set_bill, command, actor(who))


def type_of(floor: Floor) -> UUID:
    with floor.database.reading() as session:
        return session.get_one(Element, floor.element_ids[0][0]).component_type_id


def register(floor: Floor, number: str, kind: str, **facts: Any) -> UUID:
    lot: UUID = floor.do(service.register_lot, service.RegisterLot(kind=kind, lot_number=number, **facts)).id
    return lot


def scan(floor: Floor, number: str, **facts: Any) -> service.MaterialScanned:
    command = service.ScanMaterial(load_id=floor.load_ids[0], code=number, **facts)
    return floor.do(service.scan_material, command)  # type: ignore[no-any-return]


def note(floor: Floor, lot_id: UUID, quantity: float | None) -> service.QuantityNoted:
    command = service.NoteQuantity(load_id=floor.load_ids[0], lot_id=lot_id, quantity=quantity)
    return floor.do(service.note_quantity, command)  # type: ignore[no-any-return]


def told(floor: Floor, kind: str) -> list[dict[str, Any]]:
    """The contents of an element's events of a kind."""
    with floor.database.reading() as session:
        return [event.content for event in events_of(session, "element:1") if event.kind == kind]


def cast(floor: Floor) -> dict[str, Any]:
    """The load is cast; what the event says of it."""
    floor.finish("cleaning")
    floor.run(KINDS[1 : KINDS.index("hidden-works")])
    floor.start("hidden-works")
    floor.accept_hidden_works()
    floor.assign_batch()
    floor.run(["casting"])
    (content,) = told(floor, "element.cast")
    return content


def test_every_material_has_a_unit_and_a_bill_takes_what_goes_into_elements(floor: Floor) -> None:
    assert {kind: units_of(kind)[0].code for kind in MATERIAL_KINDS}.keys() == MATERIAL_KINDS.keys()
    assert (unit_named("sleeve", ""), unit_named("sleeve", "KGM")) == (units()["H87"], None)
    with pytest.raises(InvalidInput, match="cement is no material of an element"):
        bill(floor, (BATCH_KINDS[0], 5))
    with pytest.raises(InvalidInput, match="pieces are whole"):
        bill(floor, ("embed", 1.5))
    with pytest.raises(InvalidInput, match="stands twice"):
        bill(floor, ("mesh", 1), ("mesh", 2))
    with pytest.raises(Forbidden):
        bill(floor, ("mesh", 1), who="operator")


def test_a_scanned_lot_takes_what_the_bills_of_the_load_say(floor: Floor) -> None:
    bill(floor, ("mesh", 14.26), ("embed", 3))
    mesh = register(floor, "W-1", "mesh", quantity=500)
    register(floor, "YM-1", "embed")
    assert (scan(floor, "W-1").quantity, scan(floor, "YM-1").quantity) == (28.5, 6)  # two slabs; kg in steps of 0.1
    use = told(floor, "element.material_used")[0]["how"]["materials"][0]
    assert (use["quantity"], use["unit"], use["as_planned"]) == (28.5, "KGM", True)
    with floor.database.reading() as session:
        assert left_of(session, [session.get_one(MaterialLot, mesh)]) == {mesh: 471.5}


def test_a_second_lot_takes_the_rest_and_a_lot_without_a_bill_nothing_known(floor: Floor) -> None:
    bill(floor, ("rebar", 50))
    first = register(floor, "GJ-1", "rebar")
    register(floor, "GJ-2", "rebar")
    register(floor, "TT-1", "sleeve")
    assert scan(floor, "GJ-1").quantity == 100
    note(floor, first, 64)
    assert scan(floor, "GJ-2").quantity == 36
    assert scan(floor, "TT-1").quantity is None
    with floor.database.reading() as session:
        placed = {
            one.lot.lot_number: one for one in placed_lots(session, session.get_one(PalletLoad, floor.load_ids[0]))
        }
    assert placed["GJ-2"].left is None
    assert (placed["GJ-1"].less, placed["GJ-1"].more) == (60.8, 67.2)  # a twentieth of 64 kg


def test_the_operator_puts_an_amount_right_and_the_ledger_keeps_both(floor: Floor) -> None:
    bill(floor, ("embed", 3))
    lot = register(floor, "YM-1", "embed")
    scan(floor, "YM-1")
    assert note(floor, lot, 5).quantity == 5
    assert note(floor, lot, 5).quantity == 5  # nothing new
    (measured,) = told(floor, "element.material_measured")
    assert measured["how"]["materials"][0]["quantity"] == 5
    assert measured["how"]["materials"][0]["as_planned"] is False
    with pytest.raises(InvalidInput, match="pieces are whole"):
        note(floor, lot, 2.5)
    assert note(floor, lot, None).quantity is None
    with pytest.raises(NotFound, match="was not noted for load 1"):
        note(floor, new_id(), 1)


def test_casting_tells_lot_amount_and_gtin_and_then_they_stay(floor: Floor) -> None:
    bill(floor, ("rebar", 50), ("embed", 2))
    rebar = register(floor, MAKERS_LABEL, "rebar", quantity=2000)
    register(floor, "YM-1", "embed")
    register(floor, "BW-1", "insulation")
    scan(floor, MAKERS_LABEL)
    scan(floor, "YM-1", quantity=5)
    scan(floor, "BW-1")
    materials = cast(floor)["how"]["materials"]
    amounts = [(one["lot_number"], one["gtin"], one.get("quantity"), one.get("unit")) for one in materials]
    assert amounts == [
        ("GJ-77", "06901234000016", 100, "KGM"),
        ("YM-1", "00614141000500", 5, "H87"),
        # 9 0614141 00070: 27+18+1+12+1+12+1+7 = 79, check digit 1
        ("BW-1", "90614141000701", None, None),
    ]
    with pytest.raises(Conflict, match="Load 1 is cast"):
        note(floor, rebar, 90)
    assert [use.quantity for use in floor.rows(MaterialUse)] == [100, 5, None]


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"kind": "sleeve", "unit": "KGM"}, "is not kept in KGM"),
        ({"kind": "sleeve", "quantity": 1.5}, "pieces are whole"),
        ({"kind": "rebar", "gtin": "06901234000017"}, "cannot be right"),
        ({"kind": "rebar", "lot_number": "x" * 61}, "at most 60 characters"),
    ],
)
def test_a_lot_that_cannot_be_is_not_registered(floor: Floor, facts: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        floor.do(service.register_lot, service.RegisterLot(**{"lot_number": "A-1", **facts}))
    assert floor.rows(MaterialLot) == []


def test_the_event_of_casting_names_the_head_of_production(floor: Floor) -> None:
    floor.do(name_head, NameHead(name="陈工", line="SL"), actor("planner"))
    head = cast(floor)["data"]["production_head"]
    assert head == {"name": "陈工", "organisation": "示范构件有限公司"}


def test_an_element_is_set_up_with_the_names_that_others_know_it_by(database: Database, clock: SetClock) -> None:
    floor = create_floor(database, clock)
    alias = GiveAlias(subject="element:1", scheme="handle", value="88.118.8/JXDY2106023")
    floor.do(give_alias, alias, actor("planner"))
    floor.start("cleaning")
    named, unnamed = told(floor, "element.set_up")[0]["elements"]
    assert named["other_names"] == [{"scheme": "handle", "value": "88.118.8/JXDY2106023"}]
    assert "other_names" not in unnamed
