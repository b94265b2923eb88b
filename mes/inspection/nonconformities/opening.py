"""The row of a nonconformity, and the element put aside for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from mes.accounts.models import Plant
from mes.accounts.service import next_number
from mes.core.commands import Work
from mes.core.ids import new_id
from mes.inspection.documents.certificates import withdraw_certificate
from mes.inspection.models import Nonconformity
from mes.inspection.places import how_of_load, where_of_load
from mes.inspection.schemas import DrawingPlace
from mes.inspection.strength import load_of
from mes.orders.elements import change_state
from mes.orders.models import Element
from mes.shopfloor.service import hidden_works_changed

EVENT = "element.nonconformity_reported"
BEFORE_CASTING = ("in_setup", "ready_to_cast")


def open_nonconformity(
    work: Work,
    element: Element,
    kind: str,
    severity: str,
    description: str,
    photos: Sequence[str],
    at: datetime,
    inspection_id: UUID | None = None,
    place: DrawingPlace | None = None,
) -> Nonconformity:
    """The row of a nonconformity with its number, in the caller's transaction; withdraws a valid certificate.

    Changes no state: the caller does (a refused inspection, a return from the site).
    """
    plant = work.session.get_one(Plant, element.project.plant_id)
    row = Nonconformity(
        id=new_id(),
        number=f"NC-{work.today():%y%m%d}-{next_number(work, plant, 'nonconformity'):04d}",
        element_id=element.id,
        inspection_id=inspection_id,
        kind=kind,
        severity=severity,
        description=description,
        photos=list(dict.fromkeys(photos)),
        place=place.model_dump() if place else None,
        reported_at=at,
        reported_by=work.actor.name,
        reporter_role=work.actor.role[:20],
        organisation=work.actor.organisation[:120],
        device=work.actor.device[:80],
    )
    work.session.add(row)
    work.session.flush()
    withdraw_certificate(work, element, row.number, at)
    return row


def facts_of(row: Nonconformity) -> dict[str, Any]:
    """What the ledger keeps of a nonconformity."""
    return {
        "number": row.number,
        "kind": row.kind,
        "severity": row.severity,
        "description": row.description,
        "place": row.place,
    }


def put_aside(
    work: Work, element: Element, number: str, at: datetime, data: Mapping[str, Any], photos: Sequence[str] = ()
) -> None:
    """Take an element of the plant out of its normal life; tells the shop floor where it was the last one waited for.

    Raises:
        TransitionRefused: the element is not in the plant, or not begun yet.
    """
    load, before = load_of(work.session, element.id), element.state
    change_state(
        work,
        [element],
        "report_nonconformity",
        event_time=at,
        where=where_of_load(load) if before in BEFORE_CASTING else {},
        how={**how_of_load(load), "photos": list(photos)},
        data=data,
        reason=number,
    )
    if load is not None and before in BEFORE_CASTING:
        hidden_works_changed(work, load, at)
