"""Things that tests need, made through the same services as real use.

`create_order` imports a small order; `advance` takes elements to a state step by step, with the proofs each step
asks for handed over as given, for tests of the rooms above that are not about those proofs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, select

from mes.core.clock import Clock
from mes.core.commands import Work, perform
from mes.core.database import Database
from mes.library.atlas import parse_type_code
from mes.orders import lifecycle
from mes.orders.elements import change_state, load_elements
from mes.orders.models import Element
from mes.orders.service import ImportOrder, OrderImported, import_order
from mes.orders.workbook import (
    BuildingEntry,
    FloorEntry,
    OrderLine,
    OrderWorkbook,
    PartyEntry,
    PartyRole,
    ProjectEntry,
    content_sha256,
)
from mes.tables import metadata
from tests.conftest import NOW, actor

SLAB, WALL, STAIR = "DBS1-67-3620-31", "NQ-2128", "ST-28-25"


def order_book(lines: Sequence[tuple[str, int]] = ((SLAB, 4),), project: str = "XM-01") -> OrderWorkbook:
    """An order of one building with one floor: (type code, count) each line, required 14 days from now."""
    types = {code: parse_type_code(code) for code, _ in lines}
    return OrderWorkbook(
        project=ProjectEntry(project, "湖里安置房一期"),
        parties=(PartyEntry(PartyRole.PRODUCER, "示范构件有限公司", "91350200MA2XN0XH64"),),
        buildings=(BuildingEntry("1#", "1号楼"),),
        floors=(FloorEntry("1#", "3F", 3),),
        lines=tuple(
            OrderLine("1#", "3F", f"{place}-A", code, REQUIRED_ON, count, place, row=place + 1)
            for place, (code, count) in enumerate(lines, start=1)
        ),
        atlas_types=tuple(found for found in types.values() if found is not None),
    )


REQUIRED_ON: date = (NOW + timedelta(days=14)).date()


def create_order(
    database: Database, clock: Clock, lines: Sequence[tuple[str, int]] = ((SLAB, 4),), project: str = "XM-01"
) -> OrderImported:
    """Import an order; see `order_book`."""
    order = order_book(lines, project)
    command = ImportOrder(
        source="workbook", source_name="order.xlsx", content_sha256=content_sha256(order), order=order
    )
    return perform(database, actor("planner"), clock, import_order, command)


def row_counts(database: Database) -> dict[str, int]:
    """How many rows each table has: equal before and after what must change nothing."""
    with database.reading() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.tables.values()
        }


def elements_of(database: Database, imported: OrderImported) -> list[Element]:
    """The elements of an order, by serial."""
    with database.reading() as session:
        query = select(Element).where(Element.order_id == imported.order_id).order_by(Element.serial)
        return list(session.scalars(query))


def advance(database: Database, clock: Clock, element_ids: Sequence[UUID], state: str) -> None:
    """Take elements along the normal life up to `state`, every proof given."""
    path = lifecycle.NORMAL_STATES
    with database.writing() as session:
        work = Work(session, actor("admin"), clock)
        elements = load_elements(session, element_ids)
        here = elements[0].state
        for target in path[path.index(here) + 1 : path.index(state) + 1]:
            step = next(s for s in lifecycle.STEPS.values() if s.goes_to == target and here in s.comes_from)
            change_state(work, elements, step.name, event_time=clock.now(), proofs=step.needs)
            here = target
