"""A new element for the place of a scrapped one, ordered after the decision."""

from __future__ import annotations

from sqlalchemy import select

from mes.core.commands import Work, use_case
from mes.core.errors import Conflict, NotFound
from mes.core.text import N_, Text
from mes.inspection.models import Nonconformity
from mes.inspection.nonconformities.schemas import ReplacementOrder, ReplacementOrdered
from mes.orders.elements import load_element
from mes.orders.models import Element
from mes.orders.service import order_replacement


class NoReplacementDue(Conflict):
    """The element was not scrapped, or is replaced already."""


@use_case("nonconformity:replace")
def order_replacement_for(work: Work, command: ReplacementOrder) -> ReplacementOrdered:
    """Order the replacement of a scrapped element, once.

    Raises:
        NotFound: no such nonconformity.
        NoReplacementDue: the element was not scrapped, or has its replacement.
    """
    found = work.session.get(Nonconformity, command.nonconformity_id)
    if found is None:
        raise NotFound(Text(N_("There is no such nonconformity")))
    element = load_element(work.session, found.element_id)
    work.actor.require_project(element.project_id)
    if element.state != "scrapped":
        raise NoReplacementDue(
            Text(N_("Element %(serial)s was not scrapped; nothing is to be replaced"), {"serial": element.serial})
        )
    there = work.session.scalars(select(Element).where(Element.replaces_id == element.id)).first()
    if there is not None:
        raise NoReplacementDue(
            Text(
                N_("Element %(serial)s is replaced by element %(other)s already"),
                {"serial": element.serial, "other": there.serial},
            )
        )
    made = order_replacement(work, command, element)
    query = select(Nonconformity).where(Nonconformity.element_id == element.id, Nonconformity.disposition == "scrap")
    for row in work.session.scalars(query):
        row.replacement_id = made.id
    work.session.flush()
    return ReplacementOrdered(replacement_id=made.id, serial=made.serial)
