"""What a lot means for an element: whether it is measured, and what its acceptance waits for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.errors import Conflict
from mes.core.text import N_, Text
from mes.inspection.models import Inspection, Nonconformity, SamplingLot, SamplingLotItem
from mes.inspection.policy import Sampling, policy_in_force
from mes.inspection.sampling.lots import lot_item_of
from mes.orders.models import Element

MOST_IDS = 500
LEFT_OUT = ("scrapped",)
"""A chosen piece that is scrapped has been measured or proves nothing; its lot does not wait for it. Nor for one that
was conceded: nobody measures it again."""


class LotNotInspected(Conflict):
    """The lot's sample is not measured yet, or the lot was refused and this piece was not measured."""


@dataclass(frozen=True)
class Measuring:
    """Whether an element is to be measured, and the lot that says so."""

    is_due: bool
    lot: SamplingLot | None
    chosen: bool


def measuring_of(session: Session, element: Element) -> Measuring:
    """Whether the final inspection of an element has to measure it.

    Every element is measured that is in no lot, is chosen, is in a refused lot, or was refused before; and all are
    where the policy does not sample.
    """
    item = lot_item_of(session, element)
    if item is None:
        return Measuring(True, None, chosen=False)
    due = (
        item.chosen
        or item.lot.state == "refused"
        or policy_in_force(session).sampling is not Sampling.LOTS
        or _was_refused(session, element.id)
    )
    return Measuring(due, item.lot, item.chosen)


def looked_at_among(session: Session, elements: Sequence[Element]) -> set[UUID]:
    """Which of many elements their final inspection only looks at; a statement for all that are in no lot."""
    if policy_in_force(session).sampling is not Sampling.LOTS:
        return set()
    query = select(SamplingLotItem.element_id).where(
        SamplingLotItem.element_id.in_([element.id for element in elements]), SamplingLotItem.chosen.is_(False)
    )
    left = set(session.scalars(query))
    return {one.id for one in elements if one.id in left and not measuring_of(session, one).is_due}


def require_sample(session: Session, element: Element, lot: SamplingLot) -> None:
    """Refuse an unmeasured piece until the chosen pieces that came before it in its lot are measured and accepted.

    Raises:
        LotNotInspected: names the lot and the pieces that are to be measured first.
    """
    own = next(item for item in lot.items if item.element_id == element.id)
    before = [item for item in lot.items if item.chosen and item.ordinal < own.ordinal]
    ids = [item.element_id for item in before]
    done = measured_and_accepted(session, ids) | conceded(session, ids)
    open_items = [item for item in before if item.element_id not in done and item.element.state not in LEFT_OUT]
    if open_items:
        serials = ", ".join(str(item.element.serial) for item in open_items)
        text = N_("Lot %(lot)s: element %(serial)s waits until %(serials)s of its sample are measured and accepted")
        raise LotNotInspected(Text(text, {"lot": lot.number, "serial": element.serial, "serials": serials}))


def require_measured(session: Session, element: Element) -> None:
    """Refuse an element that was only looked at while its lot, since refused, must be measured whole.

    Raises:
        LotNotInspected: names the lot.
    """
    if element.id in unmeasured_in_refused_lots(session, [element.id]):
        item = lot_item_of(session, element)
        text = N_("Lot %(lot)s was refused: element %(serial)s must be measured first")
        raise LotNotInspected(Text(text, {"lot": item.lot.number if item else "?", "serial": element.serial}))


def unmeasured_in_refused_lots(session: Session, element_ids: Iterable[UUID]) -> set[UUID]:
    """Which of these elements are in a refused lot and were never measured and accepted, nor conceded as measured."""
    wanted = list(element_ids)
    found: set[UUID] = set()
    for start in range(0, len(wanted), MOST_IDS):
        query = (
            select(SamplingLotItem.element_id)
            .join(SamplingLot, SamplingLot.id == SamplingLotItem.lot_id)
            .where(SamplingLotItem.element_id.in_(wanted[start : start + MOST_IDS]), SamplingLot.state == "refused")
        )
        found |= set(session.scalars(query))
    return found - measured_or_conceded(session, list(found))


def measured_and_accepted(session: Session, element_ids: Sequence[UUID]) -> set[UUID]:
    """Elements with an accepted final inspection in which something was measured."""
    return _measured(session, element_ids, ("accepted",))


def measured_or_conceded(session: Session, element_ids: Sequence[UUID]) -> set[UUID]:
    """Elements that were measured and accepted, or measured, refused and then conceded as they are."""
    accepted = measured_and_accepted(session, element_ids)
    left = [element_id for element_id in element_ids if element_id not in accepted]
    return accepted | (_measured(session, left, ("refused",)) & conceded(session, left))


def conceded(session: Session, element_ids: Sequence[UUID]) -> set[UUID]:
    """Elements that were ever accepted as they are, with the designer's consent."""
    found: set[UUID] = set()
    for start in range(0, len(element_ids), MOST_IDS):
        query = select(Nonconformity.element_id).where(
            Nonconformity.element_id.in_(element_ids[start : start + MOST_IDS]),
            Nonconformity.disposition == "concession",
        )
        found |= set(session.scalars(query))
    return found


def _measured(session: Session, element_ids: Sequence[UUID], verdicts: Sequence[str]) -> set[UUID]:
    found: set[UUID] = set()
    for start in range(0, len(element_ids), MOST_IDS):
        query = select(Inspection.element_id, Inspection.evaluation).where(
            Inspection.element_id.in_(element_ids[start : start + MOST_IDS]),
            Inspection.kind == "final",
            Inspection.verdict.in_(verdicts),
        )
        found |= {element_id for element_id, evaluation in session.execute(query) if evaluation.get("items")}
    return found


def _was_refused(session: Session, element_id: UUID) -> bool:
    query = select(Inspection.id).where(
        Inspection.element_id == element_id, Inspection.kind == "final", Inspection.verdict == "refused"
    )
    return session.scalars(query.limit(1)).first() is not None
