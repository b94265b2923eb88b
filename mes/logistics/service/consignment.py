"""A delivery for changing it, and what the ledger keeps of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm.attributes import flag_modified

from labels.keys.gs1 import Key
from labels.keys.naming import identity
from mes.accounts.models import Plant
from mes.core.commands import Work
from mes.core.errors import Conflict, NotFound, StaleVersion
from mes.core.text import N_, Text
from mes.identity.naming import naming_of
from mes.logistics.models import Delivery
from mes.logistics.rules import DELIVERY_STATES
from mes.orders.models import Element, Project


class NoSuchDelivery(NotFound):
    """There is no such delivery, or it is not this actor's to see."""


class WrongDeliveryState(Conflict):
    """The delivery's state does not allow this."""


def lock_delivery(work: Work, delivery_id: UUID, expected_version: int | None = None) -> Delivery:
    """A delivery for changing it or its items; others wait until this transaction ends.

    Raises:
        NoSuchDelivery: there is none, or it goes to a project outside the actor's scope.
        StaleVersion: it is not at the version the caller saw.
    """
    delivery = work.session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is None or not work.actor.may_see_project(delivery.project_id):
        raise NoSuchDelivery(Text(N_("There is no such delivery")))
    require_version(delivery, expected_version)
    return delivery


def require_version(delivery: Delivery, expected_version: int | None) -> None:
    """Raise `StaleVersion` where the delivery is not at the version the caller saw."""
    if expected_version is not None and delivery.version != expected_version:
        raise StaleVersion(
            Text(
                N_("Delivery %(number)s was changed by somebody else in the meantime; look at it again"),
                {"number": delivery.number},
            )
        )


def touch(delivery: Delivery) -> None:
    """Raise the delivery's version although only its items changed, so that whoever saw the old ones is told."""
    flag_modified(delivery, "state")


def require_state(delivery: Delivery, *states: str) -> None:
    """Raise `WrongDeliveryState` unless the delivery is in one of these states."""
    if delivery.state not in states:
        raise WrongDeliveryState(
            Text(
                N_("Delivery %(number)s is in the state “%(state)s”; that does not allow this"),
                {"number": delivery.number, "state": Text(DELIVERY_STATES[delivery.state])},
            )
        )


def require_left(delivery: Delivery, *states: str) -> None:
    """Raise `WrongDeliveryState` unless the lorry has left and is in one of these states; says so where it has not."""
    if delivery.state == "loading":
        message = N_("Delivery %(number)s has not left the plant yet")
        if delivery.note_edition > 1:
            message = N_("Delivery %(number)s has not left the plant: its departure was undone")
        raise WrongDeliveryState(Text(message, {"number": delivery.number}))
    require_state(delivery, *states)


def delivery_subject(delivery: Delivery) -> str:
    """The delivery's name in the ledger."""
    return f"delivery:{delivery.sscc}"


def delivery_key(delivery: Delivery) -> Key:
    """The key of the load: its SSCC, or its local name."""
    return naming_of(delivery.project.plant).load_of_code(delivery.sscc)


def delivery_facts(delivery: Delivery) -> dict[str, Any]:
    """Everything about a delivery that a later rendering of an event may need. The driver's phone stays out."""
    project = delivery.project
    return {
        "delivery": delivery.number,
        "sscc": delivery.sscc,
        "delivery_digital_link": identity(delivery_key(delivery)),
        "note_edition": delivery.note_edition,
        "planned_on": delivery.planned_on.isoformat(),
        "vehicle_plate": delivery.vehicle_plate,
        "driver_name": delivery.driver_name,
        "project_code": project.code,
        "project_name": project.name,
        "site": project.address,
        "parties": party_facts(project),
    }


def party_facts(project: Project) -> list[dict[str, str]]:
    """The project's responsible parties."""
    return [{"role": one.role, "name": one.name, "credit_code": one.credit_code} for one in project.parties]


def site_of(project: Project) -> dict[str, str]:
    """Where: the building site."""
    return {"site": project.address or project.name, "project_code": project.code, "project_name": project.name}


def plant_of(work: Work, project: Project) -> dict[str, str]:
    """Where: the plant's gate."""
    plant = work.session.get_one(Plant, project.plant_id)
    return {"plant": plant.code, "plant_name": plant.name, "plant_address": plant.address}


def place_of(element: Element) -> dict[str, str]:
    """Where an element belongs in its building."""
    return {
        "building": element.floor.building.name,
        "floor": element.floor.name,
        "position": element.position,
    }
