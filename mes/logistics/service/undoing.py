"""A departure undone: the lorry was told to have left, but is at the plant (CBV: void_shipping)."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from mes.core.commands import Answer, Command, Work, use_case
from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.inspection.documents.issuing import valid_document
from mes.logistics.models import Delivery
from mes.logistics.rules import UNDO_REASONS
from mes.logistics.service.consignment import (
    WrongDeliveryState,
    delivery_facts,
    delivery_subject,
    lock_delivery,
    plant_of,
    require_left,
    require_version,
)
from mes.logistics.service.undone import last_departure
from mes.orders.elements import change_state, load_elements


class UndoDeparture(Command):
    """A lorry that was told to have left is at the plant after all; why, by the list and in words."""

    delivery_id: UUID
    reason_code: str = Field(max_length=20)
    words: str = Field(max_length=200)
    expected_version: int | None = None


class DepartureUndone(Answer):
    """What is on the lorry still, and the edition that its delivery note has from now on."""

    number: str
    element_count: int
    note_edition: int


@use_case("delivery:load")
def undo_departure(work: Work, command: UndoDeparture) -> DepartureUndone:
    """Take a departure back while nothing of the lorry has arrived: what is on it is loaded again, as one event.

    The delivery keeps its number and its load; its note has a further edition, and a quality file that says when the
    lorry left is withdrawn. What the site has heard of stands: then the site answers.

    Raises:
        InvalidInput: the reason is not of the list, or no words were given.
        WrongDeliveryState: it has not left, or is on site already.
        StaleVersion: it is not at the version the caller saw.
    """
    words = command.words.strip()
    _require_grounds(command.reason_code, words)
    delivery = lock_delivery(work, command.delivery_id)
    _require_on_the_road(delivery)
    require_version(delivery, command.expected_version)
    departure = last_departure(work.session, delivery)
    at = max(work.event_time(command), departure.event_time)
    elements = load_elements(work.session, [item.element_id for item in delivery.items])
    facts = delivery_facts(delivery)
    withdrawn = _withdraw_quality_file(work, delivery)
    delivery.state, delivery.departed_at = "loading", None
    delivery.note_edition += 1
    change_state(
        work,
        elements,
        "undo_departure",
        event_time=at,
        where=plant_of(work, delivery.project),
        data={
            **facts,
            "departure": {"event": str(departure.id), "left_at": departure.event_time.isoformat()},
            "undo_code": command.reason_code,
            **({"quality_file_withdrawn": withdrawn} if withdrawn else {}),
        },
        further_subjects=[delivery_subject(delivery)],
        reason=words,
    )
    return DepartureUndone(number=delivery.number, element_count=len(elements), note_edition=delivery.note_edition)


def _require_grounds(reason_code: str, words: str) -> None:
    faults = []
    if reason_code not in UNDO_REASONS:
        faults.append(Fault("reason_code", Text(N_("Choose a reason"))))
    if len(words) < 2:
        faults.append(Fault("words", Text(N_("Say in a few words what happened"))))
    if faults:
        raise InvalidInput(faults[0].reason, faults)


def _require_on_the_road(delivery: Delivery) -> None:
    if delivery.state in ("arrived", "completed"):
        raise WrongDeliveryState(
            Text(
                N_("Delivery %(number)s has arrived at the site; its departure cannot be undone any more"),
                {"number": delivery.number},
            )
        )
    require_left(delivery, "departed")


def _withdraw_quality_file(work: Work, delivery: Delivery) -> str | None:
    """The number of the quality file that says when the lorry left; it is not valid any more."""
    file = valid_document(work.session, "delivery", "delivery", delivery.id)
    if file is None or not file.content["delivery"]["departed_at"]:
        return None
    file.withdrawn_at = work.now()
    return file.number
