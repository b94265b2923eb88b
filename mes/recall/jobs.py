"""The job that puts the elements of a recall on hold, one use case each, and tells how far it is chunk by chunk."""

from __future__ import annotations

from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mes.core import commands
from mes.core.errors import Conflict
from mes.core.jobs import RunningJob, handles
from mes.core.text import N_
from mes.orders.models import Element
from mes.recall.counts import HOLDABLE, count
from mes.recall.criteria import Criteria, understand
from mes.recall.search import FOUND, Found, find, found_elements
from mes.recall.service import HOLD_JOB, HoldRecalledElement, hold_reason, hold_recalled_element, recall_of

CHUNK = 200


@handles(HOLD_JOB)
def hold_elements(job: RunningJob) -> dict[str, object]:
    """Hold what can be held; what is being cured, or stands on a lorry, is told as left.

    It may be run again at any time: an element that is held is not held twice.
    """
    number = str(job.arguments["number"])
    with job.database.reading() as session:
        wanted = _holdable(_find(session, job, number))
    refused = []
    for done, (element_id, serial) in enumerate(wanted, start=1):
        if not _held(job, number, element_id):
            refused.append(serial)
        if done % CHUNK == 0:
            job.report(min(99, done * 100 // len(wanted)), N_("Putting elements on hold"))
    with job.database.reading() as session:
        return {"number": number, "refused": refused, **_outcome(_find(session, job, number), number)}


def _find(session: Session, job: RunningJob, number: str) -> Found:
    question = understand(session, Criteria.model_validate(recall_of(session, number).criteria))
    return find(session, question, job.actor)


def _holdable(found: Found) -> list[tuple[UUID, int]]:
    query = select(FOUND.c.element_id, FOUND.c.serial).where(FOUND.c.state.in_(HOLDABLE)).order_by(FOUND.c.serial)
    return [(row[0], row[1]) for row in found.session.execute(query)]


def _held(job: RunningJob, number: str, element_id: UUID) -> bool:
    """Whether it could be held: somebody may have taken it further in this moment."""
    command = HoldRecalledElement(command_id=uuid5(job.id, str(element_id)), number=number, element_id=element_id)
    try:
        commands.perform(job.database, job.actor, job.clock, hold_recalled_element, command)
    except Conflict:
        return False
    return True


def _outcome(found: Found, number: str) -> dict[str, object]:
    """How many are held for this recall, and the states of those that are not."""
    reason = hold_reason(recall_of(found.session, number))
    ours = select(func.count()).where(Element.id.in_(found_elements()), Element.state == "on_hold")
    held = found.session.scalar(ours.where(Element.hold_reason == reason)) or 0
    left = {state: n for state, n in count(found).by_state.items() if state != "on_hold"}
    return {"held": held, "left": left}
