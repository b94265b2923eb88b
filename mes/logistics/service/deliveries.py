"""Deliveries at the plant: opened, amended, cancelled, sent on their way."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from labels.keys.naming import load_code
from mes.accounts.models import Plant
from mes.accounts.service import next_number, site_mark
from mes.core.commands import Answer, Command, Done, Work, use_case
from mes.core.errors import Conflict, NotFound
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.identity.naming import naming_of
from mes.inspection.nonconformities import require_none_open
from mes.inspection.queries import valid_certificate
from mes.ledger.service import record
from mes.logistics.gate.departure import gate_words
from mes.logistics.models import Delivery
from mes.logistics.rules import looks_like_a_plate, rules, tidy_plate
from mes.logistics.service.consignment import (
    delivery_facts,
    delivery_subject,
    lock_delivery,
    plant_of,
    require_state,
)
from mes.logistics.service.undone import last_undone
from mes.orders.elements import change_state, load_elements
from mes.orders.lifecycle import TransitionRefused
from mes.orders.models import Project


class DeliveryIncomplete(Conflict):
    """Something is missing before the lorry may leave: elements, plate or driver."""


class OpenDelivery(Command):
    """Plan a lorry to one project."""

    project_id: UUID
    planned_on: date
    vehicle_plate: str = Field("", max_length=20)
    driver_name: str = Field("", max_length=60)
    driver_phone: str = Field("", max_length=30)
    weight_limit_kg: int = Field(default_factory=lambda: rules().default_limit_kg, ge=500)


class DeliveryOpened(Answer):
    """The new delivery; `plate_is_unusual` asks for a second look at the plate, which was taken as it is."""

    id: UUID
    number: str
    sscc: str
    plate_is_unusual: bool


class AmendDelivery(Command):
    """Change what is known of a lorry before it leaves."""

    delivery_id: UUID
    planned_on: date
    vehicle_plate: str = Field("", max_length=20)
    driver_name: str = Field("", max_length=60)
    driver_phone: str = Field("", max_length=30)
    weight_limit_kg: int = Field(ge=500)
    expected_version: int | None = None


class CancelDelivery(Command):
    """Call a delivery off; only while nothing is loaded."""

    delivery_id: UUID
    expected_version: int | None = None


class Depart(Command):
    """The lorry leaves the plant. `gate_reason`: why, where it was not checked at the gate or something did not fit."""

    delivery_id: UUID
    expected_version: int | None = None
    gate_reason: str = Field(default="", max_length=200)


class Departed(Answer):
    """What left."""

    number: str
    element_count: int


@use_case("delivery:write")
def open_delivery(work: Work, command: OpenDelivery) -> DeliveryOpened:
    """Open a delivery: note number DN-YYMMDD-nnn, SSCC with the plant's prefix (or a local number led by L).

    Raises:
        NotFound: no such project.
    """
    project = work.session.get(Project, command.project_id)
    if project is None:
        raise NotFound(Text(N_("There is no such project")))
    work.actor.require_project(project.id)
    plant = work.session.get_one(Plant, project.plant_id)
    day = f"{work.today():%y%m%d}"
    delivery = Delivery(
        id=new_id(),
        number=f"DN-{day}-{site_mark(plant)}{next_number(work, plant, f'delivery-{day}'):03d}",
        sscc=load_code(naming_of(plant).load(next_number(work, plant, "sscc"))),
        project_id=project.id,
        state="loading",
        created_at=work.event_time(command),
    )
    _describe(delivery, command)
    work.session.add(delivery)
    work.session.flush()
    _record(work, "delivery.opened", delivery, command)
    return DeliveryOpened(
        id=delivery.id, number=delivery.number, sscc=delivery.sscc, plate_is_unusual=_is_unusual(delivery)
    )


@use_case("delivery:write")
def amend_delivery(work: Work, command: AmendDelivery) -> DeliveryOpened:
    """Change day, vehicle, driver or payload of a delivery that has not left yet.

    Raises:
        WrongDeliveryState: it has left, or was cancelled.
        DeliveryIncomplete: the payload is less than what is loaded already.
    """
    delivery = lock_delivery(work, command.delivery_id, command.expected_version)
    require_state(delivery, "loading")
    loaded_kg = sum(item.element.component_type.weight_kg for item in delivery.items)
    if loaded_kg > command.weight_limit_kg:
        raise DeliveryIncomplete(
            Text(N_("%(loaded)s kg are loaded already; the payload cannot be less"), {"loaded": round(loaded_kg)})
        )
    _describe(delivery, command)
    work.session.flush()
    _record(work, "delivery.amended", delivery, command)
    return DeliveryOpened(
        id=delivery.id, number=delivery.number, sscc=delivery.sscc, plate_is_unusual=_is_unusual(delivery)
    )


@use_case("delivery:write")
def cancel_delivery(work: Work, command: CancelDelivery) -> Done:
    """Call a delivery off.

    Raises:
        WrongDeliveryState: it has left already.
        Conflict: something is loaded; take it off first.
    """
    delivery = lock_delivery(work, command.delivery_id, command.expected_version)
    require_state(delivery, "loading")
    if delivery.items:
        raise Conflict(Text(N_("%(count)s elements are loaded; take them off first"), {"count": len(delivery.items)}))
    delivery.state = "cancelled"
    work.session.flush()
    _record(work, "delivery.cancelled", delivery, command)
    return Done(id=delivery.id)


@use_case("delivery:load")
def depart(work: Work, command: Depart) -> Departed:
    """The lorry leaves: everything on it is shipped, as one event.

    Raises:
        DeliveryIncomplete: nothing is loaded, or plate or driver is missing.
        OpenNonconformity: something on it was reported since loading, and nobody has decided yet.
        TransitionRefused: a certificate was withdrawn since loading.
        GateReasonNeeded: a gate is used, the lorry was not found in order there, and no reason is given.
    """
    delivery = lock_delivery(work, command.delivery_id, command.expected_version)
    require_state(delivery, "loading")
    _require_ready(delivery)
    at = _leaving_time(work, command, delivery)
    at_the_gate = gate_words(work, delivery, command.gate_reason)
    elements = load_elements(work.session, [item.element_id for item in delivery.items])
    require_none_open(work.session, elements)
    for element in elements:
        if valid_certificate(work.session, element.id) is None:
            raise TransitionRefused(
                Text(N_("The certificate of element %(serial)s was withdrawn; take it off"), {"serial": element.serial})
            )
    delivery.state, delivery.departed_at = "departed", at
    orders = {item.element_id: item.stack_order for item in delivery.items}
    change_state(
        work,
        elements,
        "ship",
        event_time=at,
        proofs=["certificate"],
        where=plant_of(work, delivery.project),
        data={
            **delivery_facts(delivery),
            "weight_kg": round(sum(element.component_type.weight_kg for element in elements), 1),
            "stack_order": {str(element.serial): orders[element.id] for element in elements},
            "certificates": {str(item.element.serial): item.certificate_number for item in delivery.items},
            **at_the_gate,
        },
        further_subjects=[delivery_subject(delivery)],
    )
    return Departed(number=delivery.number, element_count=len(elements))


def _leaving_time(work: Work, command: Depart, delivery: Delivery) -> datetime:
    """When the lorry leaves: never before its last departure was undone, whatever a tablet's clock says."""
    at, undone = work.event_time(command), last_undone(work.session, delivery)
    return max(at, undone.at) if undone else at


def _require_ready(delivery: Delivery) -> None:
    missing = [
        name
        for name, there in (
            (N_("a loaded element"), bool(delivery.items)),
            (N_("the vehicle's plate"), bool(delivery.vehicle_plate)),
            (N_("the driver's name"), bool(delivery.driver_name)),
        )
        if not there
    ]
    if missing:
        raise DeliveryIncomplete(
            Text(
                N_("Delivery %(number)s cannot leave without %(missing)s"),
                {"number": delivery.number, "missing": Text(missing[0])},
            )
        )


def _describe(delivery: Delivery, command: OpenDelivery | AmendDelivery) -> None:
    delivery.planned_on = command.planned_on
    delivery.vehicle_plate = tidy_plate(command.vehicle_plate)
    delivery.driver_name = command.driver_name.strip()
    delivery.driver_phone = command.driver_phone.strip()
    delivery.weight_limit_kg = min(command.weight_limit_kg, rules().highest_limit_kg)


def _is_unusual(delivery: Delivery) -> bool:
    return bool(delivery.vehicle_plate) and not looks_like_a_plate(delivery.vehicle_plate)


def _record(work: Work, kind: str, delivery: Delivery, command: Command) -> None:
    record(
        work,
        kind,
        [delivery_subject(delivery)],
        event_time=work.event_time(command),
        where=plant_of(work, delivery.project),
        data=delivery_facts(delivery),
    )
