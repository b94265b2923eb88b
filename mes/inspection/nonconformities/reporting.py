"""Reporting something wrong."""

from __future__ import annotations

from mes.core.commands import Work, use_case
from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.inspection.nonconformities.kinds import known_kinds
from mes.inspection.nonconformities.opening import EVENT, facts_of, open_nonconformity, put_aside
from mes.inspection.nonconformities.schemas import NonconformityReport, NonconformityReported
from mes.inspection.places import how_of_load, require_kept
from mes.inspection.schemas import DrawingPlace
from mes.inspection.strength import load_of
from mes.orders import lifecycle
from mes.orders.elements import load_element, note
from mes.orders.lifecycle import TransitionRefused, next_state
from mes.orders.models import Element

ASIDE_ALREADY = frozenset({"nonconforming", "rejected_at_site"})
STAYS = ASIDE_ALREADY | {"on_hold", "loaded"}
"""States that a report does not change. On a lorry it stops the departure, and taking it off puts the element aside;
on hold the decision does."""
AWAY = frozenset({"shipped", "received", "installed"})


class LeftThePlant(TransitionRefused):
    """The element has left; the site says what is wrong with it when it receives the lorry."""


@use_case("nonconformity:report")
def report_nonconformity(work: Work, command: NonconformityReport) -> NonconformityReported:
    """Report something wrong: the element is put aside, its certificate withdrawn.

    An element that is put aside already, on hold, or was rejected on site, gets a further nonconformity and stays
    there. One on a lorry stays there too; the lorry cannot leave with it.

    Raises:
        LeftThePlant: the element is on its way or on site.
        TransitionRefused: the element is not begun yet, or scrapped.
        InvalidInput: an unknown kind, a place beside the element, or a photo never uploaded.
    """
    element = load_element(work.session, command.element_id, command.expected_version)
    work.actor.require_project(element.project_id)
    _require_sound(element, command)
    require_kept(work.session, command.photos)
    _require_here(element)
    at = work.event_time(command)
    row = open_nonconformity(
        work,
        element,
        command.kind,
        command.severity,
        command.description,
        command.photos,
        at,
        place=command.place,
    )
    data = {"nonconformity": facts_of(row)}
    if element.state in STAYS:
        how = {**how_of_load(load_of(work.session, element.id)), "photos": row.photos}
        note(work, EVENT, [element], event_time=at, how=how, data=data)
    else:
        put_aside(work, element, row.number, at, data, row.photos)
    return NonconformityReported(nonconformity_id=row.id, number=row.number, element_state=element.state)


def _require_sound(element: Element, command: NonconformityReport) -> None:
    if command.kind not in known_kinds(element.component_type.family):
        reason = Text(N_("This defect is not of the list"))
        raise InvalidInput(reason, [Fault("kind", reason)])
    if command.place is not None:
        require_on_element(element, command.place, "place")


def require_on_element(element: Element, place: DrawingPlace, where: str) -> None:
    """Refuse a place beside the element's face.

    Raises:
        InvalidInput: x is beyond the length, or y beyond the width; `where` names the field.
    """
    kind = element.component_type
    if place.x_mm > kind.length_mm or place.y_mm > kind.width_mm:
        reason = Text(
            N_("This place is not on the element: it is %(length)s × %(width)s mm"),
            {"length": kind.length_mm, "width": kind.width_mm},
        )
        raise InvalidInput(reason, [Fault(where, reason)])


def _require_here(element: Element) -> None:
    """Before a number is given: whether this element can have a nonconformity at all."""
    if element.state in AWAY:
        raise LeftThePlant(
            Text(
                N_("Element %(serial)s is %(state)s; the site rejects it when it receives the lorry"),
                {"serial": element.serial, "state": Text(lifecycle.STATE_NAMES[element.state])},
            )
        )
    if element.state not in STAYS:
        next_state(element.serial, element.state, element.aside_from, "report_nonconformity", frozenset())
