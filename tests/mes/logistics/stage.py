"""A yard with certified elements and a lorry, for tests of deliveries."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from PIL import Image
from sqlalchemy import func, select

from mes.core.actor import Actor
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.files import StoredFile
from mes.core.ids import new_id
from mes.inspection.models import Certificate
from mes.ledger.models import LedgerEvent
from mes.ledger.queries import events_of
from mes.logistics import service
from mes.logistics.models import Delivery, DeliveryItem
from mes.orders.models import Element
from tests.conftest import NOW, actor, create_plant
from tests.factories import SLAB, advance, create_order, elements_of

PAPER, PHOTO = "c" * 64, "f" * 64
PLATE = "闽D12345"
A_SLAB_KG = 903.0  # 3.42 m × 1.76 m × 0.06 m × 2500 kg/m³, to the kilogram


def certify(database: Database, elements: Sequence[Element]) -> None:
    """A certificate for each, as the inspectors' room would have issued it."""
    with database.writing() as session:
        if session.get(StoredFile, PAPER) is None:
            session.add(StoredFile(sha256=PAPER, media_type="application/pdf", size_bytes=1, stored_at=NOW))
            session.add(StoredFile(sha256=PHOTO, media_type="image/jpeg", size_bytes=1, stored_at=NOW))
            session.flush()
        for element in elements:
            session.add(
                Certificate(
                    id=new_id(),
                    number=f"HGZ-P1-2026-{element.serial:06d}",
                    element_id=element.id,
                    issued_at=NOW,
                    issued_by="inspector",
                    content={},
                    pdf_sha256=PAPER,
                )
            )


def photo_bytes() -> bytes:
    """A small JPEG."""
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "#884422").save(target, "JPEG")
    return target.getvalue()


@dataclass
class Stage:
    """Elements of one project, a slot, and who acts."""

    database: Database
    clock: SetClock
    elements: list[Element]
    project_id: UUID
    planner: Actor = field(default_factory=lambda: actor("planner"))
    operator: Actor = field(default_factory=lambda: actor("operator"))

    def receiver(self, name: str = "receiver") -> Actor:
        """A receiver of this project."""
        return actor("receiver", name, project_ids=frozenset({self.project_id}))

    def element(self, index: int = 0) -> Element:
        """An element as it is now."""
        with self.database.reading() as session:
            return session.get_one(Element, self.elements[index].id)

    def delivery(self, delivery_id: UUID) -> Delivery:
        """A delivery as it is now."""
        with self.database.reading() as session:
            return session.get_one(Delivery, delivery_id)

    def items(self, delivery_id: UUID) -> list[DeliveryItem]:
        """What is on a delivery, from the lowest."""
        with self.database.reading() as session:
            query = select(DeliveryItem).where(DeliveryItem.delivery_id == delivery_id)
            return list(session.scalars(query.order_by(DeliveryItem.stack_order)))

    def slot(self, code: str = "A-01", capacity: int = 20) -> str:
        """A slot of the yard."""
        command = service.AddYardSlot(code=code, kind="flat", capacity=capacity)
        perform(self.database, self.planner, self.clock, service.add_yard_slot, command)
        return code

    def store(self, *indexes: int, slot: str = "A-01") -> None:
        """Put accepted elements into a slot."""
        for index in indexes:
            command = service.StoreElement(element_id=self.elements[index].id, slot_code=slot)
            perform(self.database, self.operator, self.clock, service.store_element, command)

    def open(self, **further: object) -> UUID:
        """A lorry to the project."""
        facts = {"vehicle_plate": PLATE, "driver_name": "陈师傅", "driver_phone": "13800000000", **further}
        command = service.OpenDelivery(project_id=self.project_id, planned_on=NOW.date(), **facts)  # type: ignore[arg-type]
        return perform(self.database, self.planner, self.clock, service.open_delivery, command).id

    def load(self, delivery_id: UUID, *indexes: int) -> None:
        """Put elements onto the lorry."""
        for index in indexes:
            command = service.LoadElement(delivery_id=delivery_id, element_id=self.elements[index].id)
            perform(self.database, self.operator, self.clock, service.load_element_on, command)

    def depart(self, delivery_id: UUID) -> None:
        """The lorry leaves."""
        command = service.Depart(delivery_id=delivery_id)
        perform(self.database, self.operator, self.clock, service.depart, command)

    def receive(self, delivery_id: UUID, index: int, by: Actor | None = None) -> service.Answered:
        """The site accepts an element."""
        command = service.ReceiveElement(delivery_id=delivery_id, element_id=self.elements[index].id)
        return perform(self.database, by or self.receiver(), self.clock, service.receive_element, command)

    def reject(self, delivery_id: UUID, index: int, by: Actor | None = None, **further: object) -> service.Answered:
        """The site rejects an element."""
        facts = {"reason_code": "crack", "words": "板底贯通裂缝", "photos": [PHOTO], **further}
        command = service.RejectElement(delivery_id=delivery_id, element_id=self.elements[index].id, **facts)  # type: ignore[arg-type]
        return perform(self.database, by or self.receiver(), self.clock, service.reject_element, command)

    def on_the_road(self, count: int = 2) -> UUID:
        """A lorry with the first elements that has left."""
        delivery_id = self.open()
        self.load(delivery_id, *range(count))
        self.depart(delivery_id)
        return delivery_id

    def kinds(self, subject: str) -> list[str]:
        """The kinds of events of a subject, oldest first."""
        with self.database.reading() as session:
            return [event.kind for event in events_of(session, subject)]

    def count_events(self, kind: str) -> int:
        """How many events of a kind the ledger has."""
        with self.database.reading() as session:
            query = select(func.count()).select_from(LedgerEvent).where(LedgerEvent.kind == kind)
            return session.scalar(query) or 0


def build_stage(database: Database, clock: SetClock, count: int = 4, *, stored: bool = True) -> Stage:
    """A plant with one order of slabs: accepted and certified, and in slot A-01 if `stored`."""
    create_plant(database, clock)
    stage = add_project(database, clock, "XM-01", count)
    stage.slot()
    if stored:
        stage.store(*range(count))
    return stage


def add_project(database: Database, clock: SetClock, code: str, count: int = 1) -> Stage:
    """An order of slabs for a project: accepted and certified."""
    elements = elements_of(database, create_order(database, clock, [(SLAB, count)], project=code))
    advance(database, clock, [element.id for element in elements], "accepted")
    certify(database, elements)
    return Stage(database, clock, elements, elements[0].project_id)
