"""Four loads of two slabs: cement, mesh, moulds and crews noted for the first three, nothing for the fourth.

Load 1 has batch B-1 of cement SN-1, load 2 batch B-2 of SN-1, load 3 batch B-3 of SN-2; mesh WP-1 lies in loads 1 and
3, mould M-1 shaped 1 and 2; crew A班 did the set-up of load 1, B班 that of the others. Load 4 was cast of batch B-4,
which names no lot.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from mes.accounts.service import the_plant
from mes.core.actor import Actor
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.ids import new_id
from mes.library.models import Mould
from mes.logistics.models import YardPlace, YardSlot
from mes.orders.models import Element
from mes.planning.models import Operation, Pallet, PalletLoad, Station
from mes.recall import counts, gaps, whereabouts
from mes.recall.criteria import Criteria, understand
from mes.recall.search import find
from mes.shopfloor.models import BatchMaterial, Casting, CastingBatch, MaterialLot, MaterialUse, MouldUse
from tests.conftest import NOW, actor
from tests.factories import advance
from tests.mes.shopfloor.plant import Floor, add_floor, create_floor

CREWS = ("A班", "B班", "B班", "B班")
CEMENT = ("SN-1", "SN-1", "SN-2", None)


@dataclass
class Stage:
    """The plant under test, and short ways to ask."""

    floor: Floor
    lots: dict[str, MaterialLot]

    @property
    def database(self) -> Database:
        return self.floor.database

    @property
    def clock(self) -> SetClock:
        return self.floor.clock

    def serials(self, *loads: int) -> list[int]:
        """The serials of the elements of loads, counted from 1."""
        wanted = [element_id for load in loads for element_id in self.floor.element_ids[load - 1]]
        with self.database.reading() as session:
            return list(session.scalars(select(Element.serial).where(Element.id.in_(wanted)).order_by(Element.serial)))

    def asked(self, who: Actor | None = None, **criteria: Any) -> list[int]:
        """The serials that a question leads to, as a planner or somebody else."""
        with self.database.reading() as session:
            question = understand(session, Criteria(**criteria))
            found = find(session, question, who or actor("planner"))
            rows, following = whereabouts.page(found)
            counted = counts.count(found)
        assert following is None
        assert counted.total == len(rows)
        return [row.element.serial for row in rows]

    def gaps(self, **criteria: Any) -> dict[str, int]:
        """The gaps that are named, in words, with how many elements they could hide."""
        with self.database.reading() as session:
            found = gaps.searched(
                find(session, understand(session, Criteria(**criteria)), actor("planner")), actor("planner"), NOW
            )
        return {str(gap.words): gap.elements for gap in found.gaps}

    def to(self, state: str, load: int) -> None:
        """Take a load's elements along their life."""
        advance(self.database, self.clock, self.floor.element_ids[load - 1], state)


def began(load: int) -> datetime:
    """When work on a load began, counted from 1: a day after the one before."""
    return NOW - timedelta(days=10 - load)


def build_stage(database: Database, clock: SetClock, *, with_plant: bool = True) -> Stage:
    """Everything as the module says, all elements in set-up."""
    floor = (create_floor if with_plant else add_floor)(database, clock, loads=4)
    with database.writing() as session:
        kinds = {"SN-1": "cement", "SN-2": "cement", "WP-1": "mesh"}
        lots = {
            number: MaterialLot(
                id=new_id(), kind=kind, lot_number=number, supplier="华新", received_at=began(1), unit="KGM"
            )
            for number, kind in kinds.items()
        }
        mould = Mould(id=new_id(), code="M-1", family="composite_slab")
        session.add_all([*lots.values(), mould])
        session.flush()
        pallets = session.scalars(select(Pallet).order_by(Pallet.number)).all()
        for number, load_id in enumerate(floor.load_ids, start=1):
            load = session.get_one(PalletLoad, load_id)
            load.state, load.pallet_id = "done", pallets[(number - 1) % 3].id
            _work(session, number, load_id)
            _pour(session, number, load_id, lots)
            if number in (1, 3):
                at = began(number)
                session.add(MaterialUse(lot_id=lots["WP-1"].id, load_id=load_id, used_at=at, used_by="operator"))
            if number in (1, 2):
                session.add(MouldUse(mould_id=mould.id, load_id=load_id, used_at=began(number), used_by="operator"))
    for load in (1, 2, 3, 4):
        advance(database, clock, floor.element_ids[load - 1], "curing")
    return Stage(floor, lots)


def _work(session: Any, number: int, load_id: Any) -> None:
    """Every operation done: an hour at each station from the load's beginning."""
    query = select(Operation).join(Station).where(Operation.load_id == load_id).order_by(Operation.ordinal)
    for operation in session.scalars(query):
        start = began(number) + timedelta(hours=operation.ordinal)
        operation.state, operation.started_at, operation.finished_at = "done", start, start + timedelta(minutes=50)
        operation.started_by = operation.finished_by = "operator"
        operation.crew = CREWS[number - 1]


def _pour(session: Any, number: int, load_id: Any, lots: dict[str, MaterialLot]) -> None:
    mixed = began(number) + timedelta(hours=8)
    batch = CastingBatch(id=new_id(), batch_number=f"B-{number}", concrete_grade="C30", volume_m3=2, mixed_at=mixed)
    session.add(batch)
    session.flush()
    crew = CREWS[number - 1]
    session.add(Casting(batch_id=batch.id, load_id=load_id, crew=crew, poured_m3=0.7, at=mixed, by="operator"))
    cement = CEMENT[number - 1]
    if cement:
        session.add(BatchMaterial(lot_id=lots[cement].id, batch_id=batch.id, noted_at=mixed, noted_by="operator"))


def add_slot(database: Database, elements: Any, code: str = "A-01") -> None:
    """Elements lie in a slot."""
    with database.writing() as session:
        slot = YardSlot(id=new_id(), plant_id=the_plant(session).id, code=code, kind="flat", capacity=20)
        session.add(slot)
        session.flush()
        session.add_all(YardPlace(element_id=one, slot_id=slot.id, stored_at=NOW) for one in elements)
