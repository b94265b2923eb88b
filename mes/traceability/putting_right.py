"""Where a wrong state of affairs is put right: a declaration changes no state, an ordinary step does."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.text import N_
from mes.ledger.models import LedgerEvent
from mes.logistics.models import Delivery
from mes.orders.models import Element


@dataclass(frozen=True)
class Place:
    """A page where the step is taken: its address, and what is done there as a message id."""

    href: str
    title: str


INSPECTED = (
    "element.hidden_works_accepted",
    "element.hidden_works_refused",
    "element.rebar_inspected",
    "element.final_accepted",
    "element.final_refused",
    "element.measured_again",
    "element.checked_before_loading",
    "element.checked_at_site",
    "element.certified",
    "element.certificate_withdrawn",
)
ON_THE_LORRY = (
    "delivery.",
    "element.received",
    "element.rejected_at_site",
    "element.rejection_taken_back",
    "element.sent_back",
    "element.returned",
)


def where_it_is_put_right(session: Session, event: LedgerEvent) -> Place | None:
    """The page for the step that would put right what an event brought about; None: there is none of its own."""
    if event.kind.startswith(ON_THE_LORRY):
        place = _delivery(session, event)
        if place is not None:
            return place
    if event.kind in ("element.stored", "element.moved"):
        return Place("/yard", N_("Move it in the yard"))
    if event.kind in ("element.strength_tested", "batch.mixed"):
        return Place("/inspection/batches", N_("Record the strength test that holds"))
    element = _element(session, event)
    if element is None:
        return None
    if event.kind in INSPECTED:
        return Place(f"/inspection/elements/{element.id}", N_("Inspect it again"))
    return Place(f"/elements/{element.serial}", N_("Put the element on hold, or take its next step"))


def _element(session: Session, event: LedgerEvent) -> Element | None:
    serials = [one.get("serial") for one in event.content["elements"]]
    return session.scalars(select(Element).where(Element.serial.in_(serials[:1]))).first()


def _delivery(session: Session, event: LedgerEvent) -> Place | None:
    number = str(event.content["data"].get("delivery") or "")
    row = session.scalars(select(Delivery).where(Delivery.number == number)).first()
    if row is None:
        return None
    return Place(
        f"/deliveries/{row.number}", N_("Look at the delivery: unload, undo its departure, receive or send back")
    )
