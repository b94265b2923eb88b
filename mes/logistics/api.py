"""REST routes of the room, under /api/v1."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from flask_openapi3 import APIBlueprint, Tag

from mes.core import web
from mes.core.commands import Command, Done
from mes.core.documents import file_store
from mes.core.errors import InvalidInput, NotFound
from mes.core.files import keep_photo
from mes.core.paging import paged
from mes.core.text import N_, Text
from mes.logistics import queries, service
from mes.logistics.models import Delivery
from mes.logistics.schemas import (
    DeliveryBody,
    DeliveryPage,
    DeliveryPath,
    DeliveryQuery,
    DeliveryShape,
    DeliveryWithItems,
    DepartBody,
    ElementBody,
    InstallBody,
    ItemShape,
    OpenBody,
    PlaceBody,
    RejectForm,
    SendBackBody,
    SerialPath,
    SlotBody,
    TakeBackBody,
    UndoBody,
    UnloadBody,
    YardShape,
)
from mes.logistics.service import (
    Answered,
    DeliveryOpened,
    Departed,
    DepartureUndone,
    Loaded,
    RejectionTakenBack,
    Returned,
    SentBack,
    Stored,
)
from mes.orders.queries import element_by_serial, projects

api = APIBlueprint(
    "logistics_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="logistics")],
    abp_security=[{"token": []}, {"session": []}],
)
C = TypeVar("C", bound=Command)
MOST_PHOTOS = 10


@api.get("/deliveries", responses={200: DeliveryPage})
@web.permission("delivery:read")
def list_deliveries(query: DeliveryQuery) -> dict[str, Any]:
    """Deliveries the caller may see, by number."""
    session = web.reading()
    wanted = queries.delivery_query(web.actor(), (query.state,) if query.state else (), query.project)
    rows, further = paged(session, wanted, Delivery.number, query)
    items = [DeliveryShape.of(line) for line in queries.delivery_lines(session, rows)]
    return DeliveryPage(items=items, next=further).model_dump(mode="json")


@api.post("/deliveries", responses={200: DeliveryOpened})
@web.permission("delivery:write")
def open_delivery(body: OpenBody) -> dict[str, Any]:
    """Open a delivery to a project."""
    found = next((one for one in projects(web.reading(), web.actor()) if one.code == body.project_code), None)
    if found is None:
        raise NotFound(Text(N_("There is no such project")))
    facts = body.model_dump(exclude={"project_code"}, exclude_none=True)
    return web.perform(service.open_delivery, service.OpenDelivery(project_id=found.id, **facts)).model_dump(
        mode="json"
    )


@api.get("/deliveries/<number>", responses={200: DeliveryWithItems})
@web.permission("delivery:read")
def read_delivery(path: DeliveryPath) -> dict[str, Any]:
    """A delivery and everything on it."""
    session = web.reading()
    found = _delivery(path)
    shape = DeliveryShape.of(queries.delivery_lines(session, [found])[0])
    items = [ItemShape.of(item) for item in queries.items_of(session, found.id)]
    return DeliveryWithItems(**shape.model_dump(), items=items).model_dump(mode="json")


@api.post("/deliveries/<number>/load", responses={200: Loaded})
@web.permission("delivery:load")
def load_element(path: DeliveryPath, body: ElementBody) -> dict[str, Any]:
    """Load a stored element of the delivery's project; it needs a valid certificate."""
    command = _element_command(service.LoadElement, body, delivery_id=_delivery(path).id)
    return web.perform(service.load_element_on, command).model_dump(mode="json")


@api.post("/deliveries/<number>/unload", responses={200: Done})
@web.permission("delivery:load")
def unload_element(path: DeliveryPath, body: UnloadBody) -> dict[str, Any]:
    """Take an element off again."""
    command = _element_command(service.UnloadElement, body, delivery_id=_delivery(path).id)
    return web.perform(service.unload, command).model_dump(mode="json")


@api.post("/deliveries/<number>/depart", responses={200: Departed})
@web.permission("delivery:load")
def depart(path: DeliveryPath, body: DepartBody) -> dict[str, Any]:
    """The lorry leaves the plant."""
    command = service.Depart(delivery_id=_delivery(path).id, **body.model_dump())
    return web.perform(service.depart, command).model_dump(mode="json")


@api.post("/deliveries/<number>/cancel", responses={200: Done})
@web.permission("delivery:write")
def cancel(path: DeliveryPath, body: DeliveryBody) -> dict[str, Any]:
    """Call a delivery off; only while nothing is loaded."""
    command = service.CancelDelivery(delivery_id=_delivery(path).id, **body.model_dump())
    return web.perform(service.cancel_delivery, command).model_dump(mode="json")


@api.post("/deliveries/<number>/undo-departure", responses={200: DepartureUndone})
@web.permission("delivery:load")
def undo_departure(path: DeliveryPath, body: UndoBody) -> dict[str, Any]:
    """The lorry was told to have left, but is at the plant; only before anything of it arrived."""
    command = service.UndoDeparture(delivery_id=_delivery(path).id, **body.model_dump())
    return web.perform(service.undo_departure, command).model_dump(mode="json")


@api.post("/deliveries/<number>/arrive", responses={200: Done})
@web.permission("delivery:receive")
def arrive(path: DeliveryPath, body: DeliveryBody) -> dict[str, Any]:
    """The lorry is on site."""
    facts = body.model_dump(exclude={"expected_version"})
    return web.perform(service.arrive, service.Arrive(delivery_id=_delivery(path).id, **facts)).model_dump(mode="json")


@api.post("/deliveries/<number>/receive", responses={200: Answered})
@web.permission("delivery:receive")
def receive_element(path: DeliveryPath, body: ElementBody) -> dict[str, Any]:
    """The site accepts an element."""
    command = _element_command(service.ReceiveElement, body, delivery_id=_delivery(path).id)
    return web.perform(service.receive_element, command).model_dump(mode="json")


@api.post("/deliveries/<number>/reject", responses={200: Answered})
@web.permission("delivery:receive")
def reject_element(path: DeliveryPath, form: RejectForm) -> dict[str, Any]:
    """The site rejects an element, with photos as files or as digests of photos sent before."""
    found = _delivery(path)
    element_id = _element_id(form.serial)
    command = service.RejectElement(
        delivery_id=found.id,
        element_id=element_id,
        photos=[*form.photo_sha256, *_keep(form)],
        **form.model_dump(exclude={"serial", "photos", "photo_sha256"}),
    )
    return web.perform(service.reject_element, command).model_dump(mode="json")


@api.post("/deliveries/<number>/send-back", responses={200: SentBack})
@web.permission("delivery:receive")
def send_back(path: DeliveryPath, body: SendBackBody) -> dict[str, Any]:
    """Rejected elements have left the site for the plant."""
    facts = body.model_dump(exclude={"serials"})
    ids = [_element_id(serial) for serial in body.serials]
    command = service.SendBack(delivery_id=_delivery(path).id, element_ids=ids, **facts)
    return web.perform(service.send_back, command).model_dump(mode="json")


@api.post("/deliveries/<number>/take-rejection-back", responses={200: RejectionTakenBack})
@web.permission("delivery:receive")
def take_rejection_back(path: DeliveryPath, body: TakeBackBody) -> dict[str, Any]:
    """The site accepts an element that it had rejected; its certificate is valid again."""
    command = _element_command(service.TakeRejectionBack, body, delivery_id=_delivery(path).id)
    return web.perform(service.take_rejection_back, command).model_dump(mode="json")


@api.get("/yard", responses={200: YardShape})
@web.permission("yard:read")
def read_yard() -> dict[str, Any]:
    """All slots and what lies in them."""
    return YardShape.of(queries.yard(web.reading(), web.clock().now())).model_dump(mode="json")


@api.post("/yard/slots", responses={200: Done})
@web.permission("yard:write")
def add_yard_slot(body: SlotBody) -> dict[str, Any]:
    """Add a place to the yard."""
    command = service.AddYardSlot.model_validate(body.model_dump())
    return web.perform(service.add_yard_slot, command).model_dump(mode="json")


@api.post("/yard/store", responses={200: Stored})
@web.permission("yard:write")
def store_element(body: PlaceBody) -> dict[str, Any]:
    """Put an accepted element into a slot."""
    return web.perform(service.store_element, _element_command(service.StoreElement, body)).model_dump(mode="json")


@api.post("/yard/move", responses={200: Stored})
@web.permission("yard:write")
def move_element(body: PlaceBody) -> dict[str, Any]:
    """Take an element to another slot."""
    return web.perform(service.move_element, _element_command(service.MoveElement, body)).model_dump(mode="json")


@api.post("/elements/<int:serial>/return", responses={200: Returned})
@web.permission("yard:write")
def return_element(path: SerialPath, body: DeliveryBody) -> dict[str, Any]:
    """An element that a site rejected is back at the plant."""
    command = service.ReturnElement(element_id=_element_id(path.serial), **body.model_dump())
    return web.perform(service.return_element, command).model_dump(mode="json")


@api.post("/elements/<int:serial>/install", responses={200: Done})
@web.permission("element:install")
def install_element(path: SerialPath, body: InstallBody) -> dict[str, Any]:
    """A received element is in its position."""
    command = service.InstallElement(element_id=_element_id(path.serial), **body.model_dump())
    return web.perform(service.install_element, command).model_dump(mode="json")


def _delivery(path: DeliveryPath) -> Delivery:
    return queries.delivery_by_number(web.reading(), web.actor(), path.number)


def _element_id(serial: int) -> UUID:
    return element_by_serial(web.reading(), web.actor(), serial).id


def _element_command(kind: type[C], body: ElementBody, **further: object) -> C:
    facts = body.model_dump(exclude={"serial"})
    return kind.model_validate({**facts, **further, "element_id": _element_id(body.serial)})


def _keep(form: RejectForm) -> list[str]:
    """Keep the photos that came along; returns their digests."""
    if len(form.photos) > MOST_PHOTOS:
        raise InvalidInput(Text(N_("At most %(count)s photos at once"), {"count": MOST_PHOTOS}))
    contents = [photo.read() for photo in form.photos]
    if not contents:
        return []
    web.close_reading()
    with web.database().writing() as session:
        return [keep_photo(session, file_store(), content, web.clock().now()) for content in contents]
