"""On site: a lorry arrives, and each element is accepted or rejected. The last answer completes the delivery."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import select

from mes.core.commands import Answer, Command, Done, Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput, NotFound
from mes.core.files import StoredFile
from mes.core.text import N_, Text
from mes.inspection.documents.certificates import suspend_certificate
from mes.inspection.handovers import require_handover
from mes.ledger.service import record
from mes.logistics.models import Delivery, DeliveryItem
from mes.logistics.rules import REJECT_REASONS
from mes.logistics.service.consignment import (
    delivery_facts,
    delivery_subject,
    lock_delivery,
    require_left,
    site_of,
    touch,
)
from mes.orders.elements import change_state, load_element
from mes.orders.models import Element


class NotOnThisDelivery(NotFound):
    """The element is not on this lorry."""


class AlreadyAnswered(Conflict):
    """Somebody has accepted or rejected the element before."""


class Arrive(Command):
    """The lorry is on site."""

    delivery_id: UUID


class ReceiveElement(Command):
    """The site accepts an element of a lorry."""

    delivery_id: UUID
    element_id: UUID
    expected_version: int | None = None  # of the element


class RejectElement(Command):
    """The site rejects an element of a lorry; `photos` are digests of photos that are kept already."""

    delivery_id: UUID
    element_id: UUID
    reason_code: str = Field(max_length=20)
    words: str = Field(max_length=300)
    photos: list[str] = Field(max_length=20)
    expected_version: int | None = None  # of the element


class Answered(Answer):
    """How far the receipt of the lorry is."""

    serial: int
    outcome: str
    answered: int
    total: int
    completed: bool


@use_case("delivery:receive")
def arrive(work: Work, command: Arrive) -> Done:
    """The lorry has arrived at the site.

    Raises:
        WrongDeliveryState: it has not left, or arrived before.
    """
    delivery = lock_delivery(work, command.delivery_id)
    require_left(delivery, "departed")
    _arrived(work, delivery, _site_time(work, command, delivery), inferred=False)
    return Done(id=delivery.id)


@use_case("delivery:receive")
def receive_element(work: Work, command: ReceiveElement) -> Answered:
    """Accept an element; a forgotten arrival is recorded before it.

    Raises:
        NotOnThisDelivery: it is not on this lorry.
        AlreadyAnswered: it was accepted or rejected before.
        HandoverNotInspected: the policy asks for an accepted inspection at the site.
    """
    return _answer(work, command, "accepted", "receive", {})


@use_case("delivery:receive")
def reject_element(work: Work, command: RejectElement) -> Answered:
    """Reject an element with a reason, words and at least one photo; a forgotten arrival is recorded before it.

    Its certificate is suspended until somebody has decided.

    Raises:
        InvalidInput: reason, words or photo is missing, or a photo was never uploaded.
        NotOnThisDelivery: it is not on this lorry.
        AlreadyAnswered: it was accepted or rejected before.
    """
    words, photos = command.words.strip(), list(dict.fromkeys(command.photos))
    _require_grounds(work, command.reason_code, words, photos)
    grounds = {"reject_code": command.reason_code, "reject_reason": words, "photos": photos}
    return _answer(work, command, "rejected", "reject_at_site", grounds)


def _answer(
    work: Work, command: ReceiveElement | RejectElement, outcome: str, step: str, grounds: dict[str, Any]
) -> Answered:
    delivery = lock_delivery(work, command.delivery_id)
    item = _open_item(work, delivery, command.element_id)
    at = _site_time(work, command, delivery)
    if delivery.state == "departed":
        _arrived(work, delivery, at, inferred=True)
    element = load_element(work.session, command.element_id, command.expected_version)
    if step == "receive":
        require_handover(work.session, element, "at_site")
    else:
        suspend_certificate(work, element, _short_reason(grounds), at)
    change_state(
        work,
        [element],
        step,
        event_time=at,
        where=site_of(delivery.project),
        how={"photos": grounds["photos"]} if grounds else {},
        data={
            **delivery_facts(delivery),
            "outcome": outcome,
            "certificate": item.certificate_number,
            **{name: value for name, value in grounds.items() if name != "photos"},
        },
        further_subjects=[delivery_subject(delivery)],
        reason=_short_reason(grounds) if grounds else None,
    )
    item.outcome, item.outcome_at, item.outcome_by = outcome, at, work.actor.name
    for name, value in grounds.items():
        setattr(item, name, value)
    touch(delivery)
    work.session.flush()
    return _progress(work, delivery, element, outcome, at)


def _progress(work: Work, delivery: Delivery, element: Element, outcome: str, at: datetime) -> Answered:
    """How far the receipt is; completes the delivery with its last answer."""
    items = _items(work, delivery)
    answered = sum(item.outcome is not None for item in items)
    if answered == len(items):
        _complete(work, delivery, items, at)
    return Answered(
        serial=element.serial,
        outcome=outcome,
        answered=answered,
        total=len(items),
        completed=delivery.state == "completed",
    )


def _complete(work: Work, delivery: Delivery, items: list[DeliveryItem], at: datetime) -> None:
    delivery.state, delivery.completed_at = "completed", at
    work.session.flush()
    by_outcome = {
        outcome: sorted(item.element.serial for item in items if item.outcome == outcome)
        for outcome in ("accepted", "rejected")
    }
    record(
        work,
        "delivery.completed",
        [delivery_subject(delivery)],
        event_time=at,
        where=site_of(delivery.project),
        data={**delivery_facts(delivery), **{f"{name}_serials": serials for name, serials in by_outcome.items()}},
    )


def _arrived(work: Work, delivery: Delivery, at: datetime, *, inferred: bool) -> None:
    delivery.state, delivery.arrived_at = "arrived", at
    work.session.flush()
    serials = [item.element.serial for item in _items(work, delivery)]
    record(
        work,
        "delivery.arrived",
        [delivery_subject(delivery)],
        event_time=at,
        where=site_of(delivery.project),
        data={**delivery_facts(delivery), "serials": serials, "concluded_from_receipt": inferred},
    )


def _site_time(work: Work, command: Command, delivery: Delivery) -> datetime:
    """When it happened on site: never before the lorry left, whatever a phone's clock says."""
    at = work.event_time(command)
    return max(at, delivery.departed_at) if delivery.departed_at else at


def _items(work: Work, delivery: Delivery) -> list[DeliveryItem]:
    query = select(DeliveryItem).where(DeliveryItem.delivery_id == delivery.id).order_by(DeliveryItem.stack_order)
    return list(work.session.scalars(query))


def _open_item(work: Work, delivery: Delivery, element_id: UUID) -> DeliveryItem:
    item = work.session.get(DeliveryItem, (delivery.id, element_id), populate_existing=True)
    if item is None:
        raise NotOnThisDelivery(Text(N_("This element is not on delivery %(number)s"), {"number": delivery.number}))
    if item.outcome is not None:
        message = N_("%(name)s has accepted element %(serial)s already")
        if item.outcome == "rejected":
            message = N_("%(name)s has rejected element %(serial)s already")
        raise AlreadyAnswered(Text(message, {"name": item.outcome_by, "serial": item.element.serial}))
    require_left(delivery, "departed", "arrived")
    return item


def _require_grounds(work: Work, reason_code: str, words: str, photos: list[str]) -> None:
    faults = []
    if reason_code not in REJECT_REASONS:
        faults.append(Fault("reason_code", Text(N_("Choose a reason"))))
    if len(words) < 2:
        faults.append(Fault("words", Text(N_("Say in a few words what is wrong"))))
    if not photos:
        faults.append(Fault("photos", Text(N_("Take at least one photo"))))
    elif not all(_is_kept_photo(work, digest) for digest in photos):
        faults.append(Fault("photos", Text(N_("A photo was not uploaded; take it again"))))
    if faults:
        raise InvalidInput(faults[0].reason, faults)


def _is_kept_photo(work: Work, digest: str) -> bool:
    row = work.session.get(StoredFile, digest)
    return row is not None and row.media_type.startswith("image/")


def _short_reason(grounds: dict[str, Any]) -> str:
    text: str = grounds["reject_reason"]
    return text[:200]
