"""What a site does with what it rejected: it sends it back to the plant, or takes the rejection back."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from mes.core.commands import Answer, Command, Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput
from mes.core.text import N_, Text
from mes.inspection.documents.certificates import reinstate_certificate
from mes.inspection.handovers import require_handover
from mes.inspection.nonconformities import require_none_open
from mes.logistics.models import Delivery, DeliveryItem
from mes.logistics.rules import TAKE_BACK_REASONS, tidy_plate
from mes.logistics.service.consignment import delivery_facts, delivery_subject, lock_delivery, site_of, touch
from mes.logistics.service.site import NotOnThisDelivery
from mes.orders.elements import change_state, load_element, load_elements, note
from mes.orders.lifecycle import STATE_NAMES, STEPS, TransitionRefused, next_state
from mes.orders.models import Element


class SentBackAlready(Conflict):
    """Somebody has said before that the element is on its way back."""


class SendBack(Command):
    """Rejected elements of a delivery leave the site together; with the plate of their lorry, if it is known."""

    delivery_id: UUID
    element_ids: list[UUID] = Field(min_length=1, max_length=200)
    vehicle_plate: str = Field("", max_length=20)


class SentBack(Answer):
    """What is on its way back."""

    number: str
    serials: list[int]


class TakeRejectionBack(Command):
    """The site accepts what it had rejected; why, by the list and in words."""

    delivery_id: UUID
    element_id: UUID
    reason_code: str = Field(max_length=20)
    words: str = Field(max_length=200)
    expected_version: int | None = None  # of the element


class RejectionTakenBack(Answer):
    """The element, and its certificate that is valid again."""

    serial: int
    certificate: str


@use_case("delivery:receive")
def send_back(work: Work, command: SendBack) -> SentBack:
    """Say that rejected elements have left the site for the plant, as one event; their state stays as it is.

    Nobody has to: an element comes back to the plant (`return_element`) without it as well.

    Raises:
        NotOnThisDelivery: one of them is not on this delivery.
        TransitionRefused: one of them does not lie rejected on the site.
        SentBackAlready: one of them is on its way already.
    """
    delivery = lock_delivery(work, command.delivery_id)
    items = [_item(work, delivery, element_id) for element_id in dict.fromkeys(command.element_ids)]
    elements = load_elements(work.session, [item.element_id for item in items])
    by_id = {element.id: element for element in elements}
    for item in items:
        _require_there(item, by_id[item.element_id])
    at = max(work.event_time(command), *(element.state_since for element in elements))
    plate = tidy_plate(command.vehicle_plate)
    for item in items:
        item.sent_back_at, item.return_plate = at, plate or None
    touch(delivery)
    note(
        work,
        "element.sent_back",
        elements,
        event_time=at,
        where=site_of(delivery.project),
        data={**delivery_facts(delivery), "vehicle_plate": plate, "driver_name": ""},
        further_subjects=[delivery_subject(delivery)],
    )
    return SentBack(number=delivery.number, serials=[element.serial for element in elements])


@use_case("delivery:receive")
def take_rejection_back(work: Work, command: TakeRejectionBack) -> RejectionTakenBack:
    """The site accepts an element after all, wherever it had got to: its certificate is valid again.

    Raises:
        InvalidInput: the reason is not of the list, or no words were given.
        NotOnThisDelivery: it is not on this delivery.
        OpenNonconformity: the plant has opened a nonconformity about it; that is decided there.
        TransitionRefused: it does not lie rejected on the site, or its certificate was withdrawn.
        HandoverNotInspected: an accepted inspection at the site is asked for, and there is none since the rejection.
    """
    words = command.words.strip()
    _require_grounds(command.reason_code, words)
    delivery = lock_delivery(work, command.delivery_id)
    item = _item(work, delivery, command.element_id)
    element = load_element(work.session, command.element_id, command.expected_version)
    next_state(element.serial, element.state, element.aside_from, STEP, STEPS[STEP].needs)
    require_none_open(work.session, [element])
    require_handover(work.session, element, "at_site", always=TAKE_BACK_REASONS[command.reason_code].inspected)
    at = max(work.event_time(command), element.state_since)
    certificate = reinstate_certificate(work, element, words, at)
    change_state(
        work,
        [element],
        STEP,
        event_time=at,
        proofs=["certificate"] if certificate else [],
        where=site_of(delivery.project),
        data={
            **delivery_facts(delivery),
            "outcome": "accepted",
            "certificate": item.certificate_number,
            "take_back_code": command.reason_code,
        },
        further_subjects=[delivery_subject(delivery)],
        reason=words,
    )
    item.outcome, item.outcome_at, item.outcome_by = "accepted", at, work.actor.name
    item.sent_back_at, item.return_plate = None, None
    touch(delivery)
    work.session.flush()
    return RejectionTakenBack(serial=element.serial, certificate=certificate.number if certificate else "")


STEP = "take_rejection_back"


def _item(work: Work, delivery: Delivery, element_id: UUID) -> DeliveryItem:
    item = work.session.get(DeliveryItem, (delivery.id, element_id), populate_existing=True)
    if item is None:
        raise NotOnThisDelivery(Text(N_("This element is not on delivery %(number)s"), {"number": delivery.number}))
    return item


def _require_there(item: DeliveryItem, element: Element) -> None:
    if item.outcome != "rejected" or element.state != "rejected_at_site":
        raise TransitionRefused(
            Text(
                N_("Element %(serial)s is %(state)s; only one that lies rejected on the site is sent back"),
                {"serial": element.serial, "state": Text(STATE_NAMES[element.state])},
            )
        )
    if item.sent_back_at is not None:
        raise SentBackAlready(Text(N_("Element %(serial)s is on its way back already"), {"serial": element.serial}))


def _require_grounds(reason_code: str, words: str) -> None:
    faults = []
    if reason_code not in TAKE_BACK_REASONS:
        faults.append(Fault("reason_code", Text(N_("Choose a reason"))))
    if len(words) < 2:
        faults.append(Fault("words", Text(N_("Say in a few words what happened"))))
    if faults:
        raise InvalidInput(faults[0].reason, faults)
