"""The register of pallets: with the line's set-up, one by one, and what a person said is not undone by the set-up."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Conflict, Forbidden, InvalidInput, StaleVersion
from mes.ledger.models import LedgerEvent
from mes.ledger.queries import events_of
from mes.planning import pallets
from mes.planning.line_description import LineDescription, read_plant
from mes.planning.models import Pallet
from mes.planning.pallets import AmendPallet, RegisterPallet, RetirePallet, ReturnPallet
from mes.planning.service import SetUpLine, set_up_line
from tests.conftest import actor
from tests.factories import row_counts
from tests.mes.planning.plant import set_up_lines
from tests.mes.shopfloor.plant import create_floor


def do(database: Database, clock: SetClock, case: Any, command: Any, role: str = "planner") -> Any:
    return perform(database, actor(role), clock, case, command)


def kinds_of(database: Database, number: int) -> list[str]:
    with database.reading() as session:
        return [event.kind for event in events_of(session, f"pallet:{number}")]


def set_up_with(database: Database, clock: SetClock, last: int) -> None:
    description = read_plant()
    changed = description.lines[0].model_dump(by_alias=True) | {"pallets": {"first": 1, "last": last}}
    line = LineDescription.model_validate(changed)
    do(database, clock, set_up_line, SetUpLine(line=line, calendars=description.calendars))


def test_the_set_up_of_a_line_registers_its_pallets_once(database: Database, clock: SetClock, plant: None) -> None:
    set_up_lines(database, clock)
    set_up_lines(database, clock)
    with database.reading() as session:
        counted = session.scalar(select(func.count()).where(LedgerEvent.kind == "pallet.registered"))
        event = events_of(session, "pallet:24")[0]
    assert counted == 48
    assert (
        event.content["data"]["pallet"] | {"number": 24, "line": "SL", "length_mm": 9000}
        == (event.content["data"]["pallet"])
    )
    assert event.content["where"]["plant_name"]


def test_a_shorter_line_puts_pallets_aside_and_a_longer_one_takes_them_back(
    database: Database, clock: SetClock, plant: None
) -> None:
    set_up_lines(database, clock)
    set_up_with(database, clock, last=22)
    set_up_with(database, clock, last=24)
    assert kinds_of(database, 24) == ["pallet.registered", "pallet.withdrawn", "pallet.returned"]


def test_what_a_person_said_of_a_pallet_is_not_undone_by_the_set_up(
    database: Database, clock: SetClock, plant: None
) -> None:
    set_up_lines(database, clock)
    do(database, clock, pallets.retire_pallet, RetirePallet(number=5, reason="台面变形"))
    do(database, clock, pallets.retire_pallet, RetirePallet(number=6, reason="报废", for_good=True))
    do(database, clock, pallets.register_pallet, RegisterPallet(number=101, line="SL"))
    set_up_lines(database, clock)
    with database.reading() as session:
        states = {p.number: p.service_state for p in session.scalars(select(Pallet)) if p.number in (5, 6, 101)}
    assert states == {5: "withdrawn", 6: "retired", 101: "in_service"}
    do(database, clock, pallets.return_pallet, ReturnPallet(number=5, remark="已校平"))
    with pytest.raises(Conflict, match="its identity has ended"):
        do(database, clock, pallets.return_pallet, ReturnPallet(number=6))
    assert kinds_of(database, 5) == ["pallet.registered", "pallet.withdrawn", "pallet.returned"]


def test_a_pallet_goes_to_another_line_and_nobody_overwrites_another(
    database: Database, clock: SetClock, plant: None
) -> None:
    set_up_lines(database, clock)
    command = AmendPallet(number=5, line="WL", expected_version=1)
    assert do(database, clock, pallets.amend_pallet, command).changed
    with pytest.raises(StaleVersion):
        do(database, clock, pallets.amend_pallet, AmendPallet(number=5, line="SL", expected_version=1))
    with database.reading() as session:
        changed = events_of(session, "pallet:5")[-1].content["data"]["changed"]
    assert changed["line"] == ["SL", "WL"]


def test_a_wrong_number_or_line_is_refused_at_its_field(database: Database, clock: SetClock, plant: None) -> None:
    set_up_lines(database, clock)
    before = row_counts(database)
    with pytest.raises(InvalidInput) as refused:
        do(database, clock, pallets.register_pallet, RegisterPallet(number=24, line="XL"))
    assert {fault.where for fault in refused.value.faults} == {"number", "line"}
    with pytest.raises(Forbidden):
        do(database, clock, pallets.register_pallet, RegisterPallet(number=99, line="SL"), "inspector")
    assert row_counts(database) == before


def test_a_pallet_that_carries_a_load_stays_and_an_old_one_is_told_of_before_its_elements(
    any_database: Database, clock: SetClock
) -> None:
    floor = create_floor(any_database, clock)  # its pallets were there before the register
    floor.start("cleaning")
    pallet = floor.load().pallet
    assert pallet is not None
    with any_database.reading() as session:
        query = select(LedgerEvent.kind).order_by(LedgerEvent.sequence)
        told = [kind for kind in session.scalars(query) if kind in ("pallet.registered", "element.set_up")]
    assert told == ["pallet.registered", "element.set_up"]
    with pytest.raises(Conflict, match=f"Pallet {pallet.number} carries load 1"):
        do(any_database, clock, pallets.retire_pallet, RetirePallet(number=pallet.number, reason="报废"))
