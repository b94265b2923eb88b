"""Read models of the dashboard and the wall screen: plain selects over the lower rooms' tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from mes.core.actor import Actor
from mes.core.clock import Clock
from mes.dashboard.daily import day_bounds
from mes.inspection.models import Nonconformity
from mes.logistics.models import Delivery
from mes.orders.lifecycle import ASIDE_STATES, NORMAL_STATES
from mes.orders.models import Element, Floor
from mes.planning.models import Line, Operation, PalletLoad, PalletLoadItem, Station

ON_SITE = ("received", "installed")
LATE_HORIZON = timedelta(days=28)
READY_AFTER_DAYS: Mapping[str, int] = {
    "planned": 3,
    "scheduled": 1,
    "in_setup": 1,
    "ready_to_cast": 1,
    "curing": 1,
    "demoulded": 1,
    "finished": 1,
    "accepted": 0,
    "stored": 0,
    "loaded": 0,
    "shipped": 0,
    "on_hold": 2,
    "nonconforming": 2,
    "rejected_at_site": 3,
}
"""Days from today, or from the day its load leaves the line, after which an element of a state can leave the plant:
a rule of thumb of this screen, not of any standard. Set up to demoulded: finishing and inspection the day after."""


@dataclass(frozen=True)
class FunnelStep:
    """A state of the normal life: how many elements stand in it, and how many have come that far or further."""

    state: str
    here: int
    reached: int


@dataclass(frozen=True)
class Funnel:
    """All elements along the thirteen states, and those put aside."""

    steps: tuple[FunnelStep, ...]
    aside: tuple[tuple[str, int], ...]
    total: int


def funnel(session: Session, actor: Actor) -> Funnel:
    """Elements by state. One put aside has come as far as the state it was in; a scrapped one counts aside only."""
    query = select(Element.state, Element.aside_from, func.count()).where(visible(actor))
    here: dict[str, int] = {}
    reached = dict.fromkeys(NORMAL_STATES, 0)
    for state, aside_from, count in session.execute(query.group_by(Element.state, Element.aside_from)):
        here[state] = here.get(state, 0) + count
        furthest = _furthest(state, aside_from)
        for passed in NORMAL_STATES[: NORMAL_STATES.index(furthest) + 1] if furthest else ():
            reached[passed] += count
    return Funnel(
        steps=tuple(FunnelStep(state, here.get(state, 0), reached[state]) for state in NORMAL_STATES),
        aside=tuple((state, here.get(state, 0)) for state in ASIDE_STATES),
        total=sum(here.values()),
    )


def _furthest(state: str, aside_from: str | None) -> str | None:
    if state in NORMAL_STATES:
        return state
    if state == "rejected_at_site":
        return "shipped"
    return aside_from if state != "scrapped" and aside_from in NORMAL_STATES else None


@dataclass(frozen=True)
class LateElement:
    """An element that the site needs before it can be there."""

    element: Element
    expected_on: date
    days_late: int
    overdue: bool  # the required date has passed already


def late_elements(session: Session, actor: Actor, clock: Clock) -> list[LateElement]:
    """Elements whose required date is at risk, the latest first."""
    today = clock.now().astimezone(clock.zone).date()
    query = (
        select(Element)
        .where(visible(actor))
        .where(Element.state.not_in((*ON_SITE, "scrapped")), Element.required_on <= today + LATE_HORIZON)
        .options(
            joinedload(Element.project),
            joinedload(Element.component_type),
            joinedload(Element.floor).joinedload(Floor.building),
        )
    )
    leaves = _planned_leaves(session)
    found = []
    for element in session.scalars(query):
        leave = leaves.get(element.id)
        expected_on = _expected_on(element, leave.astimezone(clock.zone).date() if leave else None, today)
        if expected_on > element.required_on:
            days = (expected_on - element.required_on).days
            found.append(LateElement(element, expected_on, days, element.required_on < today))
    return sorted(found, key=lambda late: (-late.days_late, late.element.serial))


def _expected_on(element: Element, leaves_line_on: date | None, today: date) -> date:
    before_demoulding = element.state in ("scheduled", "in_setup", "ready_to_cast", "curing")
    start = max(today, leaves_line_on) if before_demoulding and leaves_line_on else today
    return start + timedelta(days=READY_AFTER_DAYS[element.state])


def _planned_leaves(session: Session) -> dict[UUID, datetime]:
    query = (
        select(PalletLoadItem.element_id, PalletLoad.planned_leave)
        .join(PalletLoad, PalletLoad.id == PalletLoadItem.load_id)
        .where(PalletLoad.state.in_(("waiting", "running")))
    )
    return dict(session.execute(query).all())


@dataclass(frozen=True)
class WaitingForInspection:
    """Elements that wait for an inspector."""

    hidden_works: int  # in set-up, and everything before the hidden-works inspection is done
    final: int  # finished

    @property
    def total(self) -> int:
        """Both kinds."""
        return self.hidden_works + self.final


def waiting_for_inspection(session: Session, actor: Actor) -> WaitingForInspection:
    """How many elements wait for a hidden-works or a final inspection."""
    earlier = aliased(Operation)
    open_before = exists().where(
        earlier.load_id == Operation.load_id, earlier.ordinal < Operation.ordinal, earlier.state != "done"
    )
    at_station = (
        select(PalletLoadItem.element_id)
        .join(PalletLoad, PalletLoad.id == PalletLoadItem.load_id)
        .join(Operation, Operation.load_id == PalletLoad.id)
        .join(Station, Station.id == Operation.station_id)
        .where(PalletLoad.state == "running", Station.kind == "hidden-works", Operation.state != "done", ~open_before)
    )
    counted = select(func.count(Element.id)).where(visible(actor))
    in_setup = counted.where(Element.state == "in_setup", Element.id.in_(at_station))
    finished = counted.where(Element.state == "finished")
    return WaitingForInspection(session.scalar(in_setup) or 0, session.scalar(finished) or 0)


def open_nonconformities(session: Session, actor: Actor) -> dict[str, int]:
    """Nonconformities without a decision, by severity (general, severe)."""
    query = (
        select(Nonconformity.severity, func.count())
        .join(Element, Element.id == Nonconformity.element_id)
        .where(Nonconformity.disposition.is_(None), visible(actor))
        .group_by(Nonconformity.severity)
    )
    return dict(session.execute(query).all())


@dataclass(frozen=True)
class CuringChamber:
    """How many places of a line's curing chamber hold a pallet."""

    line: str
    line_name: str
    occupied: int
    capacity: int


def curing_chambers(session: Session) -> list[CuringChamber]:
    """The curing chamber of each line. A load keeps its place until it starts at the next station."""
    later = aliased(Operation)
    has_left = exists().where(
        later.load_id == Operation.load_id, later.ordinal > Operation.ordinal, later.state != "waiting"
    )
    inside = (
        select(Operation.station_id, func.count().label("loads"))
        .join(PalletLoad, PalletLoad.id == Operation.load_id)
        .where(PalletLoad.state == "running", Operation.state != "waiting", ~has_left)
        .group_by(Operation.station_id)
        .subquery()
    )
    query = (
        select(Line.code, Line.name, func.coalesce(inside.c.loads, 0), Station.capacity)
        .join(Station, Station.line_id == Line.id)
        .outerjoin(inside, inside.c.station_id == Station.id)
        .where(Station.kind == "curing")
        .order_by(Line.code)
    )
    return [CuringChamber(*row) for row in session.execute(query)]


def deliveries_of_day(session: Session, actor: Actor, day: date, clock: Clock) -> Sequence[Delivery]:
    """Deliveries planned for a day, or that left or arrived on it, and those still on the way."""
    start, end = day_bounds(day, day, clock.zone)
    query = (
        select(Delivery)
        .where(
            Delivery.state != "cancelled",
            or_(
                Delivery.planned_on == day,
                Delivery.departed_at.between(start, end),
                Delivery.completed_at.between(start, end),
                Delivery.state.in_(("departed", "arrived")),
            ),
        )
        .options(joinedload(Delivery.project), selectinload(Delivery.items))
        .order_by(Delivery.planned_on, Delivery.number)
    )
    if actor.project_ids is not None:
        query = query.where(Delivery.project_id.in_(actor.project_ids))
    return session.scalars(query).all()


def lines(session: Session) -> dict[str, str]:
    """The name of each line by its code."""
    return dict(session.execute(select(Line.code, Line.name).order_by(Line.code)).all())


def visible(actor: Actor) -> ColumnElement[bool]:
    """The elements this actor's scope covers."""
    return true() if actor.project_ids is None else Element.project_id.in_(actor.project_ids)
