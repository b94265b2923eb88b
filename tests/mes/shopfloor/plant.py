"""A small line for tests: the packaged slab line's stations, three pallets, and a published plan of a few loads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from lines import packaged_line
from mes.accounts.service import the_plant
from mes.core.actor import Actor
from mes.core.clock import SetClock
from mes.core.commands import Answer, Command, UseCase, Work, perform
from mes.core.database import Database
from mes.core.ids import new_id
from mes.orders.elements import change_state, load_elements
from mes.orders.models import Element
from mes.planning.models import Line, Operation, Pallet, PalletLoad, PalletLoadItem, PlanVersion, Station
from mes.shopfloor import service
from tests.conftest import actor, create_plant
from tests.factories import SLAB, create_order, elements_of

LINE = "SL"
KINDS = tuple(station.id for station in packaged_line(LINE).stations)
GATEWAY = Actor(
    "token:gateway", "gateway", "gateway", "precast-mes", frozenset({"signal:write", "line:read"}), kind="program"
)
PALLETS = (1, 2, 3)


@dataclass(frozen=True)
class Floor:
    """The shop floor under test, and short ways to act on it."""

    database: Database
    clock: SetClock
    load_ids: tuple[UUID, ...]
    element_ids: tuple[tuple[UUID, ...], ...]

    def do(self, use: UseCase[Any, Any], command: Command, who: Actor | None = None) -> Any:
        """Run a use case as an operator (or somebody else); the clock goes on by a minute."""
        self.clock.advance(minutes=1)
        answer: Answer = perform(self.database, who or actor("operator"), self.clock, use, command)
        return answer

    def operation(self, kind: str, load: int = 0) -> Operation:
        """A load's operation as it is now."""
        with self.database.reading() as session:
            query = (
                select(Operation).join(Station).where(Operation.load_id == self.load_ids[load], Station.kind == kind)
            )
            return session.scalars(query).one()

    def load(self, load: int = 0) -> PalletLoad:
        """A load as it is now."""
        with self.database.reading() as session:
            found = session.get_one(PalletLoad, self.load_ids[load])
            _ = found.pallet
            return found

    def states(self, load: int = 0) -> set[str]:
        """The states of a load's elements."""
        with self.database.reading() as session:
            query = select(Element.state).where(Element.id.in_(self.element_ids[load]))
            return set(session.scalars(query))

    def start(self, kind: str, load: int = 0, **further: Any) -> Any:
        command = service.StartOperation(operation_id=self.operation(kind, load).id, **further)
        return self.do(service.start_operation, command)

    def finish(self, kind: str, load: int = 0, **further: Any) -> Any:
        command = service.FinishOperation(operation_id=self.operation(kind, load).id, **further)
        return self.do(service.finish_operation, command)

    def run(self, kinds: Sequence[str], load: int = 0) -> None:
        """Start and finish a load at stations, by hand."""
        for kind in kinds:
            self.start(kind, load)
            self.finish(kind, load)

    def run_up_to(self, kind: str, load: int = 0) -> None:
        """By hand through all stations before this one, which must lie before the hidden-works inspection."""
        self.run(KINDS[: KINDS.index(kind)], load)

    def accept_hidden_works(self, load: int = 0, element_ids: Sequence[UUID] | None = None) -> None:
        """What the inspection room does after accepted inspections."""
        with self.database.writing() as session:
            work = Work(session, actor("inspector"), self.clock)
            elements = load_elements(session, element_ids or self.element_ids[load])
            proofs = ["accepted_hidden_works_inspection"]
            change_state(work, elements, "accept_hidden_works", event_time=self.clock.now(), proofs=proofs)
            found = session.get_one(PalletLoad, self.load_ids[load])
            service.hidden_works_changed(work, found, self.clock.now())

    def put_aside(self, element_id: UUID, step: str = "hold") -> None:
        """Put an element aside."""
        with self.database.writing() as session:
            work = Work(session, actor("inspector"), self.clock)
            element = load_elements(session, [element_id])
            change_state(work, element, step, event_time=self.clock.now(), reason="crack")

    def assign_batch(self, number: str = "B-1", load: int = 0, grade: str = "C30", volume_m3: float = 3.0) -> Any:
        """Record a fresh mix ticket and assign it."""
        ticket = service.RecordBatch(
            batch_number=number, concrete_grade=grade, volume_m3=volume_m3, mixed_at=self.clock.now()
        )
        self.do(service.record_batch, ticket)
        return self.do(service.assign_batch, service.AssignBatch(load_id=self.load_ids[load], batch_number=number))

    def release_for_demoulding(self, load: int = 0) -> None:
        """What the inspection room does once the demoulding strength is proven."""
        with self.database.writing() as session:
            found = session.get_one(PalletLoad, self.load_ids[load])
            service.release_for_demoulding(Work(session, actor("inspector"), self.clock), found, self.clock.now())

    def signal(self, kind: str, state: str, pallet: int = 0, **points: Any) -> service.ReadingsTaken:
        """One poll of a machine, as the gateway delivers it."""
        self.clock.advance(seconds=10)
        values = {"state": state, "pallet": pallet, **points}
        return self.take([reading(self.clock, kind, point, value) for point, value in values.items()])

    def take(self, readings: list[service.GatewayReading]) -> service.ReadingsTaken:
        """Deliver readings."""
        use: Any = service.handle_readings
        return perform(self.database, GATEWAY, self.clock, use, service.HandleReadings(readings=readings))  # type: ignore[no-any-return]

    def rows(self, model: type[Any]) -> list[Any]:
        """Every row of a table."""
        with self.database.reading() as session:
            return list(session.scalars(select(model).order_by(model.id)))


def reading(clock: SetClock, kind: str, point: str, value: Any, quality: str = "good") -> service.GatewayReading:
    """A reading made now."""
    return service.GatewayReading(
        id=uuid4(),
        device=f"{LINE}/{kind}",
        point=point,
        value=value,
        quality=quality,  # type: ignore[arg-type]
        time=clock.now(),
    )


def create_floor(database: Database, clock: SetClock, loads: int = 1, elements_each: int = 2) -> Floor:
    """Plant, order, line, pallets and a published plan."""
    create_plant(database, clock)
    return add_floor(database, clock, loads, elements_each)


def add_floor(database: Database, clock: SetClock, loads: int = 1, elements_each: int = 2) -> Floor:
    """Order, line, pallets and a published plan, in a plant that is there."""
    order = create_order(database, clock, [(SLAB, loads * elements_each)])
    ids = [element.id for element in elements_of(database, order)]
    groups = tuple(tuple(ids[i * elements_each : (i + 1) * elements_each]) for i in range(loads))
    with database.writing() as session:
        work = Work(session, actor("planner"), clock)
        line = create_line(work)
        plan = PlanVersion(
            id=new_id(),
            number=1,
            state="published",
            created_at=clock.now(),
            created_by="planner",
            published_at=clock.now(),
            epoch=clock.now(),
        )
        session.add(plan)
        session.flush()
        made = [_load(work, plan, line, number, group) for number, group in enumerate(groups, start=1)]
        elements = load_elements(session, ids)
        change_state(work, elements, "schedule", event_time=clock.now())
        return Floor(database, clock, tuple(load.id for load in made), groups)


def create_line(work: Work) -> Line:
    """The slab line with its stations, their devices and three pallets."""
    line = Line(
        id=new_id(),
        plant_id=the_plant(work.session).id,
        code=LINE,
        name="叠合板线",
        families=["composite_slab"],
        pallet_length_mm=9000,
        pallet_width_mm=3500,
        pallet_max_load_kg=20000,
        max_waits=[],
    )
    work.session.add(line)
    work.session.flush()
    for ordinal, station in enumerate(packaged_line(LINE).stations, start=1):
        work.session.add(
            Station(
                id=new_id(),
                line_id=line.id,
                ordinal=ordinal,
                code=f"{LINE}-{station.id}",
                kind=station.id,
                name=NAMES[station.id],
                work="unattended" if station.id == "curing" else "pausable",
                capacity=station.capacity,
                device=f"{LINE}/{station.id}",
            )
        )
    work.session.add_all(Pallet(id=new_id(), line_id=line.id, number=number) for number in PALLETS)
    work.session.flush()
    return line


NAMES = {
    "cleaning": "清理",
    "plotting": "划线",
    "oiling": "喷脱模剂",
    "shuttering": "布模",
    "rebar": "置筋",
    "embeds": "预埋",
    "hidden-works": "隐蔽验收",
    "casting": "布料",
    "compaction": "振捣",
    "roughening": "拉毛",
    "curing": "养护窑",
    "demoulding": "脱模",
}


def _load(work: Work, plan: PlanVersion, line: Line, number: int, element_ids: Sequence[UUID]) -> PalletLoad:
    begin = work.now() + timedelta(minutes=12 * number)
    load = PalletLoad(
        id=new_id(),
        plan_version_id=plan.id,
        number=number,
        line_id=line.id,
        sequence=number,
        concrete_grade="C30",
        planned_enter=begin,
        planned_leave=begin + timedelta(hours=10),
    )
    work.session.add(load)
    work.session.flush()
    for place, element_id in enumerate(element_ids):
        work.session.add(
            PalletLoadItem(load_id=load.id, element_id=element_id, x_mm=200 + place * 3600, y_mm=300, rotated=False)
        )
    stations = work.session.scalars(select(Station).where(Station.line_id == line.id).order_by(Station.ordinal))
    for station in stations:
        start = begin + timedelta(minutes=12 * (station.ordinal - 1))
        work.session.add(
            Operation(
                id=new_id(),
                load_id=load.id,
                station_id=station.id,
                ordinal=station.ordinal,
                planned_start=start,
                planned_end=start + timedelta(minutes=10),
            )
        )
    work.session.flush()
    return load
