"""An order comes in: wholly or not at all, and only once."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from labels import decode_tag
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import InvalidInput
from mes.ledger.models import LedgerEvent
from mes.ledger.queries import events_of
from mes.ledger.verification import verify
from mes.orders.models import Element, Order
from mes.orders.service import ImportOrder, import_order
from tests.conftest import actor, create_plant
from tests.factories import SLAB, advance, create_order, elements_of, order_book


def test_an_order_makes_elements_with_an_identity(any_database: Database, clock: SetClock) -> None:
    create_plant(any_database, clock)
    imported = create_order(any_database, clock, [(SLAB, 3)])
    assert imported.element_count == 3
    elements = elements_of(any_database, imported)
    assert [element.serial for element in elements] == [1, 2, 3]
    assert decode_tag(elements[1].epc_hex).key == {"01": elements[1].gtin, "21": "2"}
    assert elements[0].digital_link == f"https://id.gs1.org/01/{elements[0].gtin}/21/1"


def test_the_same_order_again_changes_nothing(any_database: Database, clock: SetClock) -> None:
    create_plant(any_database, clock)
    first = create_order(any_database, clock)
    second = create_order(any_database, clock)
    assert second.already_known
    assert second.order_id == first.order_id
    with any_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 1
        assert session.scalar(select(func.count()).select_from(Element)) == 4


def test_a_position_that_is_taken_keeps_the_whole_order_out(database: Database, clock: SetClock, plant: None) -> None:
    create_order(database, clock, [(SLAB, 2)])
    changed = order_book([(SLAB, 2), ("NQ-2128", 1)])
    command = ImportOrder(source="workbook", source_name="b.xlsx", content_sha256="b" * 64, order=changed)
    with pytest.raises(InvalidInput) as refused:
        perform(database, actor("planner"), clock, import_order, command)
    assert [fault.where for fault in refused.value.faults] == ["row 2", "row 2"]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Element)) == 2


def test_an_elements_story_is_in_the_ledger_and_holds(any_database: Database, clock: SetClock) -> None:
    create_plant(any_database, clock)
    imported = create_order(any_database, clock, [(SLAB, 2)])
    ids = [element.id for element in elements_of(any_database, imported)]
    advance(any_database, clock, ids, "received")
    with any_database.reading() as session:
        kinds = [event.kind for event in events_of(session, "element:1")]
        found = verify(session)
        total = session.scalar(select(func.count()).select_from(LedgerEvent))
    assert kinds[:3] == ["element.created", "element.scheduled", "element.set_up"]
    assert kinds[-1] == "element.received"
    assert found.intact
    assert found.events == total
