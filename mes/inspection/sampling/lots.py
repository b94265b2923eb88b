"""Building the lots: an element that is finished gets its place in the open lot of its type and project.

Which places of a full lot are measured follows from the lot's number alone (`quality.chosen_ordinals`): nobody picks
them, and everybody can check the choice. A further piece is chosen wherever the lot, as large as it is then, has not
enough of them yet by the rule set: so the sample suffices at every moment, also of a lot that never fills, and a lot
need not be full before its first pieces can be accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.accounts.models import Plant
from mes.accounts.service import lock_numbers, next_number
from mes.core.commands import Work
from mes.core.ids import new_id
from mes.inspection.models import SamplingLot, SamplingLotItem
from mes.inspection.policy import Sampling, policy_in_force, rules_for
from mes.ledger.service import record
from mes.orders.elements import element_facts, element_subject
from mes.orders.models import Element
from mes.shopfloor.conditions import after_finishing
from quality import RuleSet, chosen_ordinals
from quality import Sampling as SamplingRule

COUNTER = "sampling-lot"


@after_finishing
def enrol_finished(work: Work, elements: Sequence[Element], at: datetime) -> None:
    """Give each finished element its place in a lot, where the policy samples; once in a life."""
    if policy_in_force(work.session).sampling is not Sampling.LOTS:
        return
    for element in elements:
        if lot_item_of(work.session, element) is None:
            enrol(work, element, rules_for(work.session, element), at)


def lot_item_of(session: Session, element: Element) -> SamplingLotItem | None:
    """The element's place in its lot."""
    return session.scalars(select(SamplingLotItem).where(SamplingLotItem.element_id == element.id)).first()


def lot_of(session: Session, element: Element) -> SamplingLot | None:
    """The lot the element is in."""
    item = lot_item_of(session, element)
    return item.lot if item is not None else None


def refuse_lot(work: Work, lot: SamplingLot, because_of: Element, at: datetime) -> None:
    """A measured piece is out of tolerance: every piece of the lot is to be measured from now on."""
    if lot.state == "refused":
        return
    lot.state, lot.closed_at = "refused", at
    _record(work, "sampling_lot.refused", lot, [because_of], at)


def enrol(work: Work, element: Element, rules: RuleSet, at: datetime) -> None:
    """Give an element its place in the open lot of its type, project and rules, or in a new one."""
    rule = rules.sampling
    if rule is None:
        return
    plant = work.session.get_one(Plant, element.project.plant_id)
    lock_numbers(work, plant, COUNTER)  # one at a time, so that a type has one open lot only
    lot = _open_lot(work.session, element, rules.id)
    if lot is not None and len(lot.items) >= rule.lot_pieces:  # the plant's own rules have become stricter since
        _close(work, lot, element, at)
        lot = None
    lot = lot or _new_lot(work, plant, element, rules.id, rule, at)
    ordinal = len(lot.items) + 1
    lot.items.append(SamplingLotItem(element=element, ordinal=ordinal, chosen=is_chosen(lot, rule, ordinal)))
    work.session.flush()
    if ordinal >= min(lot.most_pieces, rule.lot_pieces):
        _close(work, lot, element, at)


def is_chosen(lot: SamplingLot, rule: SamplingRule, ordinal: int) -> bool:
    """Whether the piece at a place is measured: the full lot's choice names it, or the lot lacks measured pieces."""
    if ordinal in chosen_ordinals(lot.number, rule.lot_pieces, rule.sample_size(rule.lot_pieces)):
        return True
    sample = [item for item in lot.items if item.chosen and item.element.state != "scrapped"]
    return len(sample) < rule.sample_size(ordinal)


def _close(work: Work, lot: SamplingLot, element: Element, at: datetime) -> None:
    lot.state, lot.closed_at = "closed", at
    _record(work, "sampling_lot.closed", lot, [element], at)


def _open_lot(session: Session, element: Element, rule_set: str) -> SamplingLot | None:
    query = select(SamplingLot).where(
        SamplingLot.component_type_id == element.component_type_id,
        SamplingLot.project_id == element.project_id,
        SamplingLot.rule_set == rule_set,
        SamplingLot.state == "open",
    )
    return session.scalars(query.order_by(SamplingLot.number).execution_options(populate_existing=True)).first()


def _new_lot(
    work: Work, plant: Plant, element: Element, rule_set: str, rule: SamplingRule, at: datetime
) -> SamplingLot:
    lot = SamplingLot(
        id=new_id(),
        number=f"JYP-{plant.code}-{at.astimezone(work.clock.zone):%y%m%d}-{next_number(work, plant, COUNTER):04d}",
        component_type_id=element.component_type_id,
        project_id=element.project_id,
        rule_set=rule_set,
        most_pieces=rule.lot_pieces,
        state="open",
        opened_at=at,
        items=[],
    )
    work.session.add(lot)
    work.session.flush()
    _record(work, "sampling_lot.opened", lot, [element], at)
    return lot


def _record(work: Work, kind: str, lot: SamplingLot, elements: Sequence[Element], at: datetime) -> None:
    record(
        work,
        kind,
        [f"sampling_lot:{lot.number}", *map(element_subject, elements)],
        event_time=at,
        elements=[element_facts(element) for element in elements],
        data={"lot": lot.number, "rule_set": lot.rule_set, "pieces": len(lot.items), "most_pieces": lot.most_pieces},
    )
