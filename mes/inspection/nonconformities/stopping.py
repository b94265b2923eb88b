"""Nothing leaves the plant with an open nonconformity, and a repair counts once an inspection has accepted it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from mes.core.commands import Work
from mes.core.text import N_, Text
from mes.inspection.models import Inspection, Nonconformity
from mes.inspection.nonconformities.opening import facts_of, put_aside
from mes.orders.lifecycle import TransitionRefused
from mes.orders.models import Element

MADE_GOOD = ("rework", "repair")
"""Dispositions that a later inspection has to prove."""
MOST_IDS = 500


class OpenNonconformity(TransitionRefused):
    """The element has a nonconformity that nobody has decided about yet."""


def open_numbers(session: Session, element_ids: Iterable[UUID]) -> Mapping[UUID, Sequence[str]]:
    """The numbers of undecided nonconformities of these elements, oldest first; elements without one are left out."""
    wanted, found = list(element_ids), dict[UUID, list[str]]()
    for start in range(0, len(wanted), MOST_IDS):
        query = (
            select(Nonconformity.element_id, Nonconformity.number)
            .where(Nonconformity.element_id.in_(wanted[start : start + MOST_IDS]), Nonconformity.disposition.is_(None))
            .order_by(Nonconformity.number)
        )
        for element_id, number in session.execute(query):
            found.setdefault(element_id, []).append(number)
    return found


def require_none_open(session: Session, elements: Sequence[Element]) -> None:
    """Refuse a step for elements that somebody has reported and nobody has decided about.

    Raises:
        OpenNonconformity: names the first of them and its nonconformities.
    """
    found = open_numbers(session, [element.id for element in elements])
    for element in elements:
        if element.id in found:
            raise OpenNonconformity(
                Text(
                    N_("Element %(serial)s has an open nonconformity (%(numbers)s); decide about it first"),
                    {"serial": element.serial, "numbers": ", ".join(found[element.id])},
                )
            )


def put_aside_after_unloading(work: Work, element: Element, at: datetime) -> None:
    """An element that was reported on its lorry is nonconforming once it is taken off."""
    query = (
        select(Nonconformity)
        .where(Nonconformity.element_id == element.id, Nonconformity.disposition.is_(None))
        .order_by(Nonconformity.number.desc())
        .limit(1)
    )
    row = work.session.scalars(query).first()
    if row is not None:
        put_aside(work, element, row.number, at, {"nonconformity": facts_of(row)}, row.photos)


def awaits_reinspection(session: Session, element: Element) -> bool:
    """Whether something was reworked or repaired that no inspection has proved yet: a look alone does not."""
    return session.scalars(_made_good(element).limit(1)).first() is not None


def settle_by_inspection(work: Work, element: Element, inspection: Inspection) -> Sequence[str]:
    """An accepted final inspection proves what was reworked or repaired before it; returns their numbers."""
    settled = list(work.session.scalars(_made_good(element).order_by(Nonconformity.number)))
    for row in settled:
        row.reinspection_id = inspection.id
    work.session.flush()
    return [row.number for row in settled]


def _made_good(element: Element) -> Select[Nonconformity]:
    return select(Nonconformity).where(
        Nonconformity.element_id == element.id,
        Nonconformity.disposition.in_(MADE_GOOD),
        Nonconformity.reinspection_id.is_(None),
    )
