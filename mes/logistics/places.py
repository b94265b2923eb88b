"""Where elements are that left the lines: told to inspection, which knows neither yard nor site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.inspection.places import knows_where
from mes.logistics.models import YardPlace, YardSlot
from mes.logistics.service.consignment import site_of
from mes.orders.models import Element

ON_SITE = ("shipped", "received", "installed", "rejected_at_site")


@knows_where
def where_is(session: Session, element: Element) -> Mapping[str, Any]:
    """The element's yard slot, or its site where it is on the way there or there already."""
    if element.state in ON_SITE:
        return site_of(element.project)
    query = select(YardSlot.code).join(YardPlace, YardPlace.slot_id == YardSlot.id)
    slot = session.scalars(query.where(YardPlace.element_id == element.id)).first()
    return {"yard_slot": slot} if slot is not None else {}
