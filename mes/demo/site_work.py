"""Yard, lorries and sites: accepted elements are stored, delivered when the site wants them, received, installed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import func, select

from mes.demo.diary import Diary
from mes.demo.facts import facts
from mes.inspection.queries import valid_certificate
from mes.logistics.models import YardPlace, YardSlot
from mes.logistics.service import (
    Arrive,
    CancelDelivery,
    Depart,
    InstallElement,
    LoadElement,
    OpenDelivery,
    ReceiveElement,
    RejectElement,
    ReturnElement,
    StoreElement,
    arrive,
    cancel_delivery,
    depart,
    install_element,
    load_element_on,
    open_delivery,
    receive_element,
    reject_element,
    return_element,
    store_element,
)
from mes.orders.models import Element, Project

STANDING = frozenset({"exterior_wall", "interior_wall", "parapet"})
PAYLOAD_KG = 24_000.0
LORRY_MINUTES = 75


@dataclass(frozen=True)
class Rejection:
    """Why a site refuses an element."""

    code: str
    words: str


REJECTIONS = (
    Rejection("broken_edge", "运输中缺棱掉角，外露钢筋，不能安装"),
    Rejection("crack", "板底贯通裂缝，现场拒收"),
)


@dataclass
class SiteWork:
    """What happens to an element after its acceptance."""

    diary: Diary
    photo: Callable[[str], str]
    stays: dict[UUID, str]
    receivers: dict[str, str]  # project code → sign-in name
    keep_back: set[UUID] = field(default_factory=set)  # elements that the last scene wants
    lorries: int = 0

    def accepted(self, element_id: UUID) -> None:
        """Store an accepted element after a while."""
        if self.stays.get(element_id) != "accepted":
            self.diary.after(self.diary.chance.randint(45, 240), lambda: self.store(element_id))

    def store(self, element_id: UUID) -> None:
        """Into a slot with room."""
        element = self._element(element_id)
        if element.state != "accepted":
            return
        slot = self._slot("rack" if element.component_type.family in STANDING else "flat")
        self.diary.do("operator", store_element, StoreElement(element_id=element_id, slot_code=slot))

    def _slot(self, kind: str) -> str:
        """The fullest slot that has room, so that the yard fills area by area."""
        taken = select(YardPlace.slot_id, func.count().label("elements")).group_by(YardPlace.slot_id).subquery()
        query = (
            select(YardSlot.code)
            .outerjoin(taken, taken.c.slot_id == YardSlot.id)
            .where(YardSlot.kind == kind, func.coalesce(taken.c.elements, 0) < YardSlot.capacity)
            .order_by(YardSlot.code)
        )
        return self.diary.session.scalars(query).first() or ""

    def deliver_on(self, day: date, project: str, due_until: date) -> None:
        """On the morning of a day, drive to a project what it wants until another day and the yard has."""
        morning = datetime.combine(day, time(5, 40), self.diary.clock.zone)
        self.diary.at(morning, lambda: self._deliver(project, due_until, day))

    def _deliver(self, project: str, due_until: date, day: date) -> None:
        for number, load in enumerate(lorry_loads(self.stored(project, due_until))):
            self.diary.after(25 * number, lambda load=load: self.drive(project, load, day))  # type: ignore[misc]

    def stored(self, project: str, due_until: date) -> list[Element]:
        """The project's elements in the yard that are wanted until a day, the most urgent first."""
        query = (
            select(Element)
            .join(Project, Project.id == Element.project_id)
            .where(Project.code == project, Element.state == "stored", Element.required_on <= due_until)
            .order_by(Element.required_on, Element.erection_sequence)
        )
        return [one for one in self.diary.session.scalars(query) if one.id not in self.keep_back]

    def drive(self, project: str, elements: Sequence[Element], day: date) -> None:
        """Load, leave, arrive, be received, be installed the day after."""
        delivery_id = self.load(project, elements, day)
        self.diary.after(50, lambda: self.leave(delivery_id))
        self.diary.after(50 + LORRY_MINUTES, lambda: self.arrive(delivery_id, project))
        for place, element in enumerate(elements):
            reject = self.diary.chance.random() < 0.025
            self.diary.after(
                140 + 4 * place,
                lambda one=element.id, no=reject: self.answer(delivery_id, one, project, reject=no),  # type: ignore[misc]
            )

    def open(self, project: str, day: date) -> UUID:
        """A delivery with the next lorry."""
        lorry = facts().lorries[self.lorries % len(facts().lorries)]
        self.lorries += 1
        project_id = self.diary.session.scalars(select(Project.id).where(Project.code == project)).one()
        command = OpenDelivery(
            project_id=project_id,
            planned_on=day,
            vehicle_plate=lorry.plate,
            driver_name=lorry.driver,
            driver_phone=lorry.phone,
        )
        return self.diary.do("planner", open_delivery, command).id

    def load(self, project: str, elements: Sequence[Element], day: date) -> UUID:
        """A delivery with these elements on it."""
        delivery_id = self.open(project, day)
        for element in elements:
            if valid_certificate(self.diary.session, element.id) is not None:
                command = LoadElement(delivery_id=delivery_id, element_id=element.id)
                self.diary.do("operator", load_element_on, command)
        return delivery_id

    def leave(self, delivery_id: UUID) -> None:
        """The lorry leaves the plant."""
        self.diary.do("operator", depart, Depart(delivery_id=delivery_id))

    def arrive(self, delivery_id: UUID, project: str) -> None:
        """The lorry is on site."""
        self.diary.do(self.receivers[project], arrive, Arrive(delivery_id=delivery_id))

    def cancel(self, delivery_id: UUID) -> None:
        """The delivery is not needed."""
        self.diary.do("planner", cancel_delivery, CancelDelivery(delivery_id=delivery_id))

    def answer(self, delivery_id: UUID, element_id: UUID, project: str, *, reject: bool) -> None:
        """The receiver accepts an element, or rejects it with reason and photo."""
        receiver = self.receivers[project]
        if not reject:
            self.diary.do(receiver, receive_element, ReceiveElement(delivery_id=delivery_id, element_id=element_id))
            if self.stays.get(element_id) != "received":
                self.diary.after(60 * 20 + self.diary.chance.randint(0, 300), lambda: self.install(element_id, project))
            return
        why = self.diary.chance.choice(REJECTIONS)
        command = RejectElement(
            delivery_id=delivery_id,
            element_id=element_id,
            reason_code=why.code,
            words=why.words,
            photos=[self.photo("damage")],
        )
        self.diary.do(receiver, reject_element, command)
        if self.stays.get(element_id) != "rejected_at_site":
            self.diary.after(300, lambda: self.bring_back(element_id))

    def bring_back(self, element_id: UUID) -> None:
        """A rejected element is back at the plant."""
        self.diary.do("operator", return_element, ReturnElement(element_id=element_id))

    def install(self, element_id: UUID, project: str) -> None:
        """A received element is in its place."""
        element = self._element(element_id)
        if element.state == "received":
            command = InstallElement(element_id=element_id, position=element.position)
            self.diary.do(self.receivers[project], install_element, command)

    def _element(self, element_id: UUID) -> Element:
        return self.diary.session.get_one(Element, element_id)


def lorry_loads(elements: Sequence[Element]) -> list[list[Element]]:
    """Elements in their order, as many on a lorry as it may carry."""
    loads: list[list[Element]] = []
    weight_kg = PAYLOAD_KG
    for element in elements:
        weight_kg += element.component_type.weight_kg
        if weight_kg > PAYLOAD_KG:
            loads.append([])
            weight_kg = element.component_type.weight_kg
        loads[-1].append(element)
    return loads
