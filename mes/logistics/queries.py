"""Reading the yard, deliveries and what the site said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, String, case, cast, func, select
from sqlalchemy.orm import Session, joinedload

from labels.errors import LabelError
from labels.keys.naming import load_code
from mes.core.actor import Actor
from mes.core.files import knows_projects
from mes.core.text import N_, Text
from mes.inspection.models import Certificate
from mes.library.models import ComponentType
from mes.logistics.models import Delivery, DeliveryItem, YardPlace, YardSlot
from mes.logistics.rules import ON_THE_WAY
from mes.logistics.service import NoSuchDelivery
from mes.logistics.service.yard import IN_YARD
from mes.orders.models import Element, Floor, Project

LIST_LIMIT = 60
ELEMENT_PARTS = (
    joinedload(Element.component_type),
    joinedload(Element.project),
    joinedload(Element.floor).joinedload(Floor.building),
)


@dataclass(frozen=True)
class SlotView:
    """A slot with what lies in it, the longest there first."""

    slot: YardSlot
    places: tuple[YardPlace, ...]
    oldest_days: int

    @property
    def occupied(self) -> int:
        """How many elements are in it."""
        return len(self.places)

    @property
    def share(self) -> float:
        """How full it is, 0 to 1."""
        return min(1.0, len(self.places) / self.slot.capacity)


@dataclass(frozen=True)
class Area:
    """Slots whose codes begin alike: A-01, A-02 … are area A."""

    code: str
    slots: tuple[SlotView, ...]

    @property
    def occupied(self) -> int:
        """How many elements are in the area."""
        return sum(view.occupied for view in self.slots)

    @property
    def capacity(self) -> int:
        """How many elements it holds."""
        return sum(view.slot.capacity for view in self.slots)


def yard(session: Session, now: datetime) -> list[Area]:
    """The whole yard, area by area."""
    places: dict[UUID, list[YardPlace]] = {}
    query = (
        select(YardPlace)
        .join(Element, Element.id == YardPlace.element_id)
        .where(Element.state.in_(IN_YARD))
        .options(joinedload(YardPlace.element).options(*ELEMENT_PARTS))
        .order_by(YardPlace.stored_at, Element.serial)
    )
    for place in session.scalars(query):
        places.setdefault(place.slot_id, []).append(place)
    areas: dict[str, list[SlotView]] = {}
    for slot in session.scalars(select(YardSlot).order_by(YardSlot.code)):
        inside = tuple(places.get(slot.id, ()))
        oldest = (now - inside[0].stored_at).days if inside else 0
        areas.setdefault(slot.code.rpartition("-")[0] or slot.code, []).append(SlotView(slot, inside, oldest))
    return [Area(code, tuple(views)) for code, views in areas.items()]


def waiting_to_be_stored(session: Session, limit: int = 15) -> tuple[Sequence[Element], int]:
    """Accepted elements that are not in the yard yet, the longest waiting first, and how many there are."""
    condition = Element.state == "accepted"
    query = select(Element).where(condition).options(*ELEMENT_PARTS).order_by(Element.state_since, Element.serial)
    total = session.scalar(select(func.count()).select_from(Element).where(condition)) or 0
    return session.scalars(query.limit(limit)).all(), total


@dataclass(frozen=True)
class Returning:
    """An element that a site rejected; when it left the site and on which lorry, where somebody said so."""

    element: Element
    sent_back_at: datetime | None
    plate: str


def to_be_returned(session: Session, limit: int = LIST_LIMIT) -> list[Returning]:
    """Elements that a site rejected and that are not back yet; those on their way first, in the order they left."""
    of_last = func.max(DeliveryItem.outcome_at).label("at")
    last = select(DeliveryItem.element_id, of_last).where(DeliveryItem.outcome == "rejected")
    rejected = last.group_by(DeliveryItem.element_id).subquery()
    query = (
        select(Element, DeliveryItem.sent_back_at, DeliveryItem.return_plate)
        .outerjoin(rejected, rejected.c.element_id == Element.id)
        .outerjoin(DeliveryItem, (DeliveryItem.element_id == Element.id) & (DeliveryItem.outcome_at == rejected.c.at))
        .where(Element.state == "rejected_at_site")
        .options(*ELEMENT_PARTS)
        .order_by(DeliveryItem.sent_back_at.is_(None), DeliveryItem.sent_back_at, Element.state_since, Element.serial)
        .limit(limit)
    )
    return [Returning(element, at, plate or "") for element, at, plate in session.execute(query)]


@dataclass(frozen=True)
class DeliveryLine:
    """A delivery in a list."""

    delivery: Delivery
    element_count: int
    accepted: int
    rejected: int
    weight_kg: float

    @property
    def answered(self) -> int:
        """How many elements the site has answered."""
        return self.accepted + self.rejected


def delivery_query(actor: Actor, states: Sequence[str] = (), project: str = "") -> Select[Delivery]:
    """Deliveries this actor may see."""
    query = select(Delivery).options(joinedload(Delivery.project))
    if actor.project_ids is not None:
        query = query.where(Delivery.project_id.in_(actor.project_ids))
    if states:
        query = query.where(Delivery.state.in_(states))
    if project:
        query = query.join(Project, Project.id == Delivery.project_id).where(Project.code == project)
    return query


def delivery_counts(session: Session, actor: Actor) -> dict[str, int]:
    """How many deliveries of each state this actor may see."""
    visible = delivery_query(actor).subquery()
    rows = session.execute(select(visible.c.state, func.count()).group_by(visible.c.state))
    return {state: count for state, count in rows}  # noqa: C416 - rows are not pairs for mypy


def delivery_lines(session: Session, deliveries: Sequence[Delivery]) -> list[DeliveryLine]:
    """Deliveries with counts of what is on them."""
    query = (
        select(
            DeliveryItem.delivery_id,
            func.count(),
            func.sum(case((DeliveryItem.outcome == "accepted", 1), else_=0)),
            func.sum(case((DeliveryItem.outcome == "rejected", 1), else_=0)),
            func.sum(ComponentType.weight_kg),
        )
        .join(Element, Element.id == DeliveryItem.element_id)
        .join(ComponentType, ComponentType.id == Element.component_type_id)
        .where(DeliveryItem.delivery_id.in_([delivery.id for delivery in deliveries]))
        .group_by(DeliveryItem.delivery_id)
    )
    sums = {row[0]: row[1:] for row in session.execute(query)}
    lines = []
    for delivery in deliveries:
        count, accepted, rejected, weight = sums.get(delivery.id, (0, 0, 0, 0))
        lines.append(DeliveryLine(delivery, int(count), int(accepted), int(rejected), float(weight)))
    return lines


def delivery_page(
    session: Session, actor: Actor, states: Sequence[str], page: int, page_size: int = 30
) -> tuple[list[DeliveryLine], int]:
    """A page of deliveries, the next ones first, and how many there are."""
    query = delivery_query(actor, states)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    newest_first = (Delivery.planned_on.desc(), Delivery.number.desc())
    rows = session.scalars(query.order_by(*newest_first).offset((page - 1) * page_size).limit(page_size)).all()
    return delivery_lines(session, rows), total


def delivery_by_number(session: Session, actor: Actor, number: str) -> Delivery:
    """A delivery.

    Raises:
        NoSuchDelivery: there is none, or it goes to a project outside the actor's scope.
    """
    delivery = session.scalars(select(Delivery).where(Delivery.number == number.strip().upper())).first()
    if delivery is None or not actor.may_see_project(delivery.project_id):
        raise NoSuchDelivery(Text(N_("There is no delivery %(number)s"), {"number": number[:40]}))
    return delivery


def delivery_of_key(session: Session, actor: Actor, key: Mapping[str, str]) -> Delivery | None:
    """The delivery that a scanned key names: an SSCC or a load's local name; None for anything else."""
    try:
        code = load_code(key)
    except LabelError:
        return None
    return session.scalars(delivery_query(actor).where(Delivery.sscc == code)).first()


def items_of(session: Session, delivery_id: UUID) -> Sequence[DeliveryItem]:
    """What is on a delivery, from the lowest of the stack."""
    query = (
        select(DeliveryItem)
        .where(DeliveryItem.delivery_id == delivery_id)
        .options(joinedload(DeliveryItem.element).options(*ELEMENT_PARTS))
        .order_by(DeliveryItem.stack_order)
    )
    return session.scalars(query).all()


def current_delivery(session: Session, element_id: UUID) -> Delivery | None:
    """The lorry that an element is on now, not answered yet."""
    query = (
        select(Delivery)
        .join(DeliveryItem, DeliveryItem.delivery_id == Delivery.id)
        .where(
            DeliveryItem.element_id == element_id,
            DeliveryItem.outcome.is_(None),
            Delivery.state.in_(("loading", *ON_THE_WAY)),
        )
    )
    return session.scalars(query).first()


@dataclass(frozen=True)
class ReadyElement:
    """An element in the yard that could be loaded; `fits` says that it is of the next ones the payload allows."""

    element: Element
    slot_code: str
    certificate_number: str | None
    fits: bool


def ready_for(session: Session, delivery: Delivery, free_kg: float, limit: int = LIST_LIMIT) -> list[ReadyElement]:
    """What of the delivery's project is ready in the yard: the next to be erected, in reverse order of erection.

    What is erected first must lie on top, so it is loaded last. `fits` marks the elements that are needed first
    and that the remaining payload takes, in that order.
    """
    query = (
        select(Element, YardSlot.code, Certificate.number)
        .outerjoin(YardPlace, YardPlace.element_id == Element.id)
        .outerjoin(YardSlot, YardSlot.id == YardPlace.slot_id)
        .outerjoin(Certificate, (Certificate.element_id == Element.id) & Certificate.is_in_force())
        .join(Floor, Floor.id == Element.floor_id)
        .where(Element.project_id == delivery.project_id, Element.state == "stored")
        .options(*ELEMENT_PARTS)
        .order_by(Element.required_on, Floor.level, Element.erection_sequence, Element.serial)
        .limit(limit)
    )
    ready, used = [], 0.0
    for element, slot, certificate in session.execute(query):
        weight = element.component_type.weight_kg
        fits = certificate is not None and used + weight <= free_kg
        used += weight if fits else 0.0
        ready.append(ReadyElement(element, slot or "", certificate, fits))
    ready.reverse()
    return [one for one in ready if one.fits] + [one for one in ready if not one.fits]


@dataclass(frozen=True)
class ReadyProject:
    """A project and how many of its elements are in the yard."""

    project: Project
    stored: int


def projects_with_stock(session: Session, actor: Actor) -> list[ReadyProject]:
    """The actor's projects, those with the most in the yard first."""
    stored = func.sum(case((Element.state == "stored", 1), else_=0))
    query = select(Project, stored).outerjoin(Element, Element.project_id == Project.id).group_by(Project.id)
    if actor.project_ids is not None:
        query = query.where(Project.id.in_(actor.project_ids))
    return [
        ReadyProject(project, int(count or 0))
        for project, count in session.execute(query.order_by(stored.desc(), Project.code))
    ]


def to_be_installed(session: Session, actor: Actor, limit: int = 200) -> Sequence[Element]:
    """Received elements of the actor's projects, in order of erection."""
    query = (
        select(Element)
        .join(Floor, Floor.id == Element.floor_id)
        .where(Element.state == "received")
        .options(*ELEMENT_PARTS)
        .order_by(Element.project_id, Floor.level, Element.erection_sequence, Element.serial)
        .limit(limit)
    )
    if actor.project_ids is not None:
        query = query.where(Element.project_id.in_(actor.project_ids))
    return session.scalars(query).all()


@knows_projects
def projects_of_file(session: Session, sha256: str) -> set[UUID]:
    """The projects whose deliveries were photographed with this photo."""
    query = (
        select(Delivery.project_id)
        .join(DeliveryItem, DeliveryItem.delivery_id == Delivery.id)
        .where(cast(DeliveryItem.photos, String).contains(sha256))
    )
    return set(session.scalars(query))
