"""Loading a lorry: stored elements of its project, with a certificate, within its payload."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from sqlalchemy import select

from mes.core.commands import Answer, Command, Done, Work, use_case
from mes.core.errors import Conflict, NotFound
from mes.core.text import N_, Text
from mes.inspection.handovers import require_handover
from mes.inspection.nonconformities import put_aside_after_unloading, require_none_open
from mes.inspection.queries import valid_certificate
from mes.inspection.sampling import require_measured
from mes.logistics.models import Delivery, DeliveryItem
from mes.logistics.service.consignment import (
    delivery_facts,
    delivery_subject,
    lock_delivery,
    require_state,
    touch,
)
from mes.logistics.service.yard import lock_slot, put_into, require_room, require_slot_code, slot_place, take_out
from mes.orders.elements import change_state, load_element
from mes.orders.models import Element


class OtherProject(Conflict):
    """The element is for another project than the delivery."""


class TooHeavy(Conflict):
    """With this element the lorry would carry more than it may."""


class LoadElement(Command):
    """Put an element onto a lorry, on top of what is there."""

    delivery_id: UUID
    element_id: UUID
    expected_version: int | None = None  # of the element


class UnloadElement(Command):
    """Take an element off again, back to where it came from or into the named slot."""

    delivery_id: UUID
    element_id: UUID
    slot_code: str = Field("", max_length=40)
    expected_version: int | None = None  # of the element


class Loaded(Answer):
    """The element's place in the stack, and what the lorry carries now."""

    serial: int
    stack_order: int
    weight_kg: float


@use_case("delivery:load")
def load_element_on(work: Work, command: LoadElement) -> Loaded:
    """Load a stored element; the order of loading is the order in the stack.

    Raises:
        OtherProject: it belongs to another project.
        OpenNonconformity: somebody has reported it, and nobody has decided yet.
        TransitionRefused: it is not in the yard, or has no valid certificate.
        TooHeavy: the payload would be exceeded.
        HandoverNotInspected: the policy asks for an accepted inspection before loading.
        LotNotInspected: its sampling lot was refused, and it was not measured since.
    """
    delivery = lock_delivery(work, command.delivery_id)
    require_state(delivery, "loading")
    element = load_element(work.session, command.element_id, command.expected_version)
    _require_same_project(delivery, element)
    require_none_open(work.session, [element])
    if element.state == "stored":
        require_handover(work.session, element, "before_loading")
        require_measured(work.session, element)
    certificate = valid_certificate(work.session, element.id)
    items = _items(work, delivery)
    weight_kg = _require_payload(delivery, items, element)
    order, at = len(items) + 1, work.event_time(command)
    slot = take_out(work, element)
    change_state(
        work,
        [element],
        "load",
        event_time=at,
        proofs=["certificate"] if certificate else [],
        where={"yard_slot": slot} if slot else {},
        data={
            **delivery_facts(delivery),
            "stack_order": order,
            "certificate": certificate.number if certificate else None,
        },
        further_subjects=[delivery_subject(delivery)],
    )
    work.session.add(
        DeliveryItem(
            delivery_id=delivery.id,
            element_id=element.id,
            stack_order=order,
            loaded_at=at,
            loaded_from=slot,
            certificate_number=certificate.number if certificate else "",
            photos=[],
        )
    )
    touch(delivery)
    work.session.flush()
    return Loaded(serial=element.serial, stack_order=order, weight_kg=weight_kg)


@use_case("delivery:load")
def unload(work: Work, command: UnloadElement) -> Done:
    """Take an element off the lorry before it leaves; those above it move down in the stack.

    One that was reported while it lay there is nonconforming from then on.

    Raises:
        NotFound: it is not on this lorry.
        InvalidInput: it came from no slot and none is named.
        SlotFull: the slot has no room any more; name another.
    """
    delivery = lock_delivery(work, command.delivery_id)
    require_state(delivery, "loading")
    items = _items(work, delivery)
    item = next((one for one in items if one.element_id == command.element_id), None)
    if item is None:
        raise NotFound(Text(N_("This element is not on delivery %(number)s"), {"number": delivery.number}))
    element = load_element(work.session, command.element_id, command.expected_version)
    slot = lock_slot(work, require_slot_code(command.slot_code or item.loaded_from or ""))
    require_room(work, slot, element)
    change_state(
        work,
        [element],
        "unload",
        event_time=work.event_time(command),
        where=slot_place(slot),
        data=delivery_facts(delivery),
        further_subjects=[delivery_subject(delivery)],
    )
    put_into(work, element, slot, command)
    put_aside_after_unloading(work, element, work.event_time(command))
    for above in items:
        if above.stack_order > item.stack_order:
            above.stack_order -= 1
    work.session.delete(item)
    touch(delivery)
    work.session.flush()
    return Done(id=element.id)


def _items(work: Work, delivery: Delivery) -> list[DeliveryItem]:
    query = select(DeliveryItem).where(DeliveryItem.delivery_id == delivery.id).order_by(DeliveryItem.stack_order)
    return list(work.session.scalars(query))


def _require_same_project(delivery: Delivery, element: Element) -> None:
    if element.project_id != delivery.project_id:
        raise OtherProject(
            Text(
                N_("Element %(serial)s is for %(other)s, this lorry goes to %(project)s"),
                {"serial": element.serial, "other": element.project.name, "project": delivery.project.name},
            )
        )


def _require_payload(delivery: Delivery, items: list[DeliveryItem], element: Element) -> float:
    total = sum(item.element.component_type.weight_kg for item in items) + element.component_type.weight_kg
    if total > delivery.weight_limit_kg:
        raise TooHeavy(
            Text(
                N_("With element %(serial)s the lorry would carry %(total)s kg; it may carry %(limit)s kg"),
                {"serial": element.serial, "total": round(total), "limit": delivery.weight_limit_kg},
            )
        )
    return round(total, 1)
