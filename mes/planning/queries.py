"""Reading lines, pallets, plans and loads; for this room's pages and for the rooms above."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.strategy_options import _AbstractLoad

from mes.core.errors import NotFound
from mes.core.jobs import FINAL_STATES, Job
from mes.core.text import N_, Text
from mes.library.models import ComponentType
from mes.orders.models import Element, Floor, Project
from mes.planning.models import Line, Operation, Pallet, PalletLoad, PalletLoadItem, PlanVersion, Station

OPEN_STATES = ("planned", "scheduled")


def lines(session: Session) -> Sequence[Line]:
    """Every line with its stations, by code."""
    return session.scalars(select(Line).options(selectinload(Line.stations)).order_by(Line.code)).all()


def line_by_code(session: Session, code: str) -> Line:
    """A line; raises `NotFound`."""
    line = session.scalars(select(Line).where(Line.code == code)).first()
    if line is None:
        raise NotFound(Text(N_("There is no such line")))
    return line


def station_by_device(session: Session, device: str) -> Station | None:
    """The station whose machine has this name at the gateway, such as `SL/casting`."""
    return session.scalars(select(Station).where(Station.device == device)).first()


def next_waiting_load(session: Session, line_id: UUID) -> PalletLoad | None:
    """The load that enters the line next, or None when none waits."""
    query = (
        select(PalletLoad)
        .where(PalletLoad.line_id == line_id, PalletLoad.state == "waiting")
        .order_by(PalletLoad.sequence, PalletLoad.number)
    )
    return session.scalars(query.limit(1)).first()


def free_pallets(session: Session, line_id: UUID) -> Sequence[Pallet]:
    """Pallets of the line that are in service and carry no running load, by number."""
    taken = select(PalletLoad.pallet_id).where(PalletLoad.state == "running", PalletLoad.pallet_id.is_not(None))
    query = select(Pallet).where(Pallet.line_id == line_id, Pallet.in_service, Pallet.id.not_in(taken))
    return session.scalars(query.order_by(Pallet.number)).all()


def running_load_on(session: Session, pallet_number: int) -> PalletLoad | None:
    """The load that the pallet of this number carries now."""
    query = (
        select(PalletLoad)
        .join(Pallet, PalletLoad.pallet_id == Pallet.id)
        .where(Pallet.number == pallet_number, PalletLoad.state == "running")
    )
    return session.scalars(query).first()


def published_plan(session: Session) -> PlanVersion | None:
    """The plan that the shop floor follows."""
    return session.scalars(select(PlanVersion).where(PlanVersion.state == "published")).first()


def load_of_element(session: Session, element_id: UUID) -> PalletLoad | None:
    """The element's newest load that was not withdrawn."""
    query = (
        select(PalletLoad)
        .join(PalletLoadItem)
        .where(PalletLoadItem.element_id == element_id, PalletLoad.state != "withdrawn")
        .order_by(PalletLoad.number.desc())
    )
    return session.scalars(query.limit(1)).first()


def load_by_number(session: Session, number: int) -> PalletLoad:
    """A load with items and operations; raises `NotFound`."""
    load = session.scalars(with_items(select(PalletLoad).where(PalletLoad.number == number))).first()
    if load is None:
        raise NotFound(Text(N_("There is no such pallet load")))
    return load


def loads_with_items(
    session: Session,
    *,
    line_id: UUID | None = None,
    states: Iterable[str] | None = None,
    plan_version_id: UUID | None = None,
    limit: int | None = None,
) -> Sequence[PalletLoad]:
    """Loads with their elements, types and operations loaded, in the order in which they enter."""
    query = with_items(select(PalletLoad)).order_by(PalletLoad.planned_enter, PalletLoad.number)
    if line_id is not None:
        query = query.where(PalletLoad.line_id == line_id)
    if states is not None:
        query = query.where(PalletLoad.state.in_(list(states)))
    if plan_version_id is not None:
        query = query.where(PalletLoad.plan_version_id == plan_version_id)
    return session.scalars(query.limit(limit) if limit is not None else query).all()


def load_items() -> _AbstractLoad:
    """The option that loads a load's items with each element's type and project."""
    element = joinedload(PalletLoadItem.element)
    return selectinload(PalletLoad.items).options(
        element.options(joinedload(Element.component_type), joinedload(Element.project))
    )


def with_items(query: Select[PalletLoad]) -> Select[PalletLoad]:
    """The same loads with elements, line, pallet and operations loaded."""
    return query.options(
        load_items(),
        joinedload(PalletLoad.line),
        joinedload(PalletLoad.pallet),
        selectinload(PalletLoad.operations).joinedload(Operation.station),
    )


def open_elements(session: Session, until: date | None = None) -> Sequence[Element]:
    """Elements that are not on a line yet, by required date and erection sequence."""
    query = (
        select(Element)
        .where(Element.state.in_(OPEN_STATES))
        .options(joinedload(Element.component_type), joinedload(Element.project))
        .order_by(Element.required_on, Element.erection_sequence, Element.serial)
    )
    if until is not None:
        query = query.where(Element.required_on <= until)
    return session.scalars(query).all()


def open_count(session: Session, until: date | None = None) -> int:
    """How many elements are not on a line yet."""
    query = select(func.count()).select_from(Element).where(Element.state.in_(OPEN_STATES))
    if until is not None:
        query = query.where(Element.required_on <= until)
    return session.scalar(query) or 0


@dataclass(frozen=True)
class DemandRow:
    """Open elements of one project, family and day."""

    project_code: str
    project_name: str
    family: str
    required_on: date
    planned: int
    scheduled: int

    @property
    def count(self) -> int:
        """All of them."""
        return self.planned + self.scheduled


def open_demand(session: Session) -> list[DemandRow]:
    """Open elements by required date, project and family."""
    query = (
        select(Project.code, Project.name, ComponentType.family, Element.required_on, Element.state, func.count())
        .select_from(Element)
        .join(Project, Element.project_id == Project.id)
        .join(ComponentType, Element.component_type_id == ComponentType.id)
        .where(Element.state.in_(OPEN_STATES))
        .group_by(Project.code, Project.name, ComponentType.family, Element.required_on, Element.state)
    )
    counts: dict[tuple[date, str, str, str], dict[str, int]] = {}
    for code, name, family, required_on, state, count in session.execute(query):
        counts.setdefault((required_on, code, name, family), {})[state] = count
    return [
        DemandRow(code, name, family, day, states.get("planned", 0), states.get("scheduled", 0))
        for (day, code, name, family), states in sorted(counts.items())
    ]


def plan_versions(session: Session, limit: int = 30) -> Sequence[PlanVersion]:
    """The newest plan versions."""
    return session.scalars(select(PlanVersion).order_by(PlanVersion.number.desc()).limit(limit)).all()


def plan_by_number(session: Session, number: int) -> PlanVersion:
    """A plan version; raises `NotFound`."""
    version = session.scalars(select(PlanVersion).where(PlanVersion.number == number)).first()
    if version is None:
        raise NotFound(Text(N_("There is no such plan")))
    return version


def solving(session: Session) -> tuple[PlanVersion, Job] | None:
    """The plan that is being made and its job, or None."""
    query = (
        select(PlanVersion, Job)
        .join(Job, Job.id == PlanVersion.job_id)
        .where(PlanVersion.state == "solving", Job.state.not_in(FINAL_STATES))
    )
    row = session.execute(query).first()
    return (row[0], row[1]) if row else None


def floors_of(session: Session, elements: Iterable[Element]) -> dict[UUID, Floor]:
    """The floors of some elements, with their buildings, by id."""
    wanted = {element.floor_id for element in elements}
    query = select(Floor).where(Floor.id.in_(wanted)).options(joinedload(Floor.building))
    return {floor.id: floor for floor in session.scalars(query)}


def plan_number(session: Session, version_id: UUID) -> int:
    """The number of a plan version."""
    return session.scalars(select(PlanVersion.number).where(PlanVersion.id == version_id)).one()
