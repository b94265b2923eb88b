"""After the site's answer: a rejected element comes back to the plant, a received one is installed."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from mes.core.commands import Answer, Command, Done, Work, use_case
from mes.core.errors import Conflict, NotFound
from mes.core.text import N_, Text
from mes.inspection.models import Nonconformity
from mes.inspection.nonconformities import open_nonconformity
from mes.logistics.models import DeliveryItem
from mes.logistics.rules import REJECT_REASONS
from mes.logistics.service.consignment import (
    delivery_facts,
    delivery_subject,
    place_of,
    plant_of,
    site_of,
)
from mes.orders.elements import change_state, load_element
from mes.orders.lifecycle import STEPS, next_state
from mes.orders.models import Element


class PositionDiffers(Conflict):
    """The position that was confirmed is not the one the element is made for."""


class ReturnElement(Command):
    """A rejected element is back at the plant."""

    element_id: UUID
    expected_version: int | None = None


class Returned(Answer):
    """The nonconformity that the inspectors decide about."""

    serial: int
    nonconformity: str


class InstallElement(Command):
    """A received element is in its place; `position` is the one that was confirmed."""

    element_id: UUID
    position: str = Field(max_length=60)
    expected_version: int | None = None


@use_case("yard:write")
def return_element(work: Work, command: ReturnElement) -> Returned:
    """Take a rejected element back: it is nonconforming, its certificate withdrawn, a nonconformity opened.

    Raises:
        TransitionRefused: the element was not rejected on site.
    """
    element = _element(work, command.element_id, command.expected_version)
    next_state(element.serial, element.state, element.aside_from, "return_to_plant", STEPS["return_to_plant"].needs)
    item, at = rejecting_item(work.session, element.id), work.event_time(command)
    number = _open_number(work, element)
    if number is None:
        description = item.reject_reason or "" if item else ""
        kind = REJECT_REASONS[item.reject_code].nonconformity_kind if item and item.reject_code else "other"
        photos = item.photos if item else []
        number = open_nonconformity(work, element, kind, "general", description, photos, at).number
    change_state(
        work,
        [element],
        "return_to_plant",
        event_time=at,
        where=plant_of(work, element.project),
        data={**(delivery_facts(item.delivery) if item else {}), "nonconformity": number},
        further_subjects=[delivery_subject(item.delivery)] if item else [],
        reason=number,
    )
    return Returned(serial=element.serial, nonconformity=number)


@use_case("element:install")
def install_element(work: Work, command: InstallElement) -> Done:
    """A received element is installed in its position.

    Raises:
        PositionDiffers: another position was confirmed than the element is made for.
        TransitionRefused: the element was not received on site.
    """
    element = _element(work, command.element_id, command.expected_version)
    if command.position.strip() != element.position:
        raise PositionDiffers(
            Text(
                N_("Element %(serial)s belongs to position %(right)s, not %(given)s"),
                {"serial": element.serial, "right": element.position, "given": command.position.strip() or "–"},
            )
        )
    change_state(
        work,
        [element],
        "install",
        event_time=work.event_time(command),
        where={**site_of(element.project), **place_of(element)},
        data={"project_code": element.project.code, "position_confirmed": True, **place_of(element)},
    )
    return Done(id=element.id)


def _element(work: Work, element_id: UUID, expected_version: int | None) -> Element:
    element = load_element(work.session, element_id)
    if not work.actor.may_see_project(element.project_id):
        raise NotFound(Text(N_("There is no such element")))
    return load_element(work.session, element_id, expected_version)


def rejecting_item(session: Session, element_id: UUID) -> DeliveryItem | None:
    """With which delivery a site rejected an element last; None where none did."""
    query = (
        select(DeliveryItem)
        .where(DeliveryItem.element_id == element_id, DeliveryItem.outcome == "rejected")
        .options(joinedload(DeliveryItem.delivery))
        .order_by(DeliveryItem.outcome_at.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def _open_number(work: Work, element: Element) -> str | None:
    """The number of a nonconformity that waits for a decision already."""
    query = (
        select(Nonconformity.number)
        .where(Nonconformity.element_id == element.id, Nonconformity.disposition.is_(None))
        .order_by(Nonconformity.number.desc())
        .limit(1)
    )
    return work.session.scalars(query).first()
