"""Where the policy says so, casting waits for the supervisor's acceptance of the hidden works."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.text import N_, Text
from mes.inspection.models import Inspection
from mes.inspection.policy import Demand, policy_in_force
from mes.planning.models import Operation
from mes.shopfloor.conditions import OPERATION, Missing
from mes.shopfloor.loads import CASTING, elements_of

READY = frozenset({"ready_to_cast"})


@OPERATION.add
def witness_missing(session: Session, operation: Operation) -> Iterator[Missing]:
    """Elements of a load that is to be cast whose accepted hidden works no supervisor has accepted."""
    if operation.station.kind != CASTING:
        return
    elements = elements_of(operation.load, READY)
    if not elements or policy_in_force(session).witness is not Demand.REQUIRED:
        return
    witnessed = _witnessed(session, [element.id for element in elements])
    waiting = [str(element.serial) for element in elements if element.id not in witnessed]
    if waiting:
        text = N_("Load %(load)s: the hidden works of elements %(serials)s wait for the supervisor")
        yield Missing("supervisor", Text(text, {"load": operation.load.number, "serials": ", ".join(waiting)}))


def _witnessed(session: Session, element_ids: Sequence[UUID]) -> set[UUID]:
    """Elements whose latest hidden-works inspection is accepted and witnessed; the latest is the one recorded last."""
    query = (
        select(Inspection)
        .where(Inspection.element_id.in_(element_ids), Inspection.kind == "hidden_works")
        .order_by(Inspection.id)
    )
    latest = {inspection.element_id: inspection for inspection in session.scalars(query)}
    return {
        element_id
        for element_id, inspection in latest.items()
        if inspection.verdict == "accepted" and inspection.witnessed_at is not None
    }
