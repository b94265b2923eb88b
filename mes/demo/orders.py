"""The demo's orders, as the workbooks that planners would send: real .xlsx bytes, written and read again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from mes.demo.facts import OrderFacts, facts
from mes.orders.order_template import write_order_workbook
from mes.orders.workbook import (
    BuildingEntry,
    FloorEntry,
    OrderLine,
    OrderWorkbook,
    OwnTypeEntry,
    PartyEntry,
    PartyRole,
    ProjectEntry,
)


def order_file(order: OrderFacts, today: date) -> bytes:
    """The order as an Excel workbook with Chinese titles; `today` is the day the demo is loaded on."""
    return write_order_workbook(order_workbook(order, today))


def order_workbook(order: OrderFacts, today: date) -> OrderWorkbook:
    """The order with its project, parties, floors and elements."""
    project = facts().projects[order.project]
    return OrderWorkbook(
        project=ProjectEntry(
            order.project, project.name, project.address, project.permit_number, project.contract_number
        ),
        parties=tuple(_party(PartyRole(role), name) for role, name in project.parties.items()),
        buildings=(BuildingEntry(order.building, order.name),),
        floors=tuple(FloorEntry(order.building, floor, int(floor.removesuffix("F"))) for floor in order.floors),
        lines=tuple(_lines(order, today)),
        own_types=tuple(OwnTypeEntry(**dict(entry)) for entry in facts().own_types),
    )


def _party(role: PartyRole, name: str) -> PartyEntry:
    company = facts().parties[name]
    return PartyEntry(role, company.name, company.credit_code, None)


def _lines(order: OrderFacts, today: date) -> Iterator[OrderLine]:
    top = list(order.floors)[-1]
    sequence = 0
    for floor, days in order.floors.items():
        wanted = {**facts().floor, **(facts().roof if floor == top else {})}
        for type_code, count in wanted.items():
            for number in range(1, count + 1):
                sequence += 1
                yield OrderLine(
                    building_code=order.building,
                    floor_name=floor,
                    position=position(type_code, number),
                    type_code=type_code,
                    required_on=today + timedelta(days=days),
                    erection_sequence=sequence,
                    mark=f"{type_code.split('-')[0]}-{floor.removesuffix('F')}{number:02d}",
                )


AXES = ("1-2", "2-3", "3-4", "4-5", "5-6", "6-7")
ROWS = {"D": "A-B", "W": "A", "N": "B", "S": "B-C", "Y": "C-D", "K": "C", "P": "B", "J": "D"}


def position(type_code: str, number: int) -> str:
    """A grid position for the number-th element of a type, unique on its floor."""
    row = ROWS.get(type_code[0], "D")
    return f"{AXES[(number - 1) % len(AXES)]}/{row} {type_code.split('-')[0]}{number}"
