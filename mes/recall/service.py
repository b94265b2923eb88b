"""The verbs: a recall is recorded, and what of it is still in the plant is put on hold."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.accounts.service import next_number, the_plant
from mes.core.commands import Answer, Command, Work, use_case
from mes.core.errors import Conflict, NotFound
from mes.core.ids import new_id
from mes.core.jobs import FINAL_STATES, enqueue
from mes.core.text import N_, Text
from mes.ledger.service import record
from mes.orders.elements import change_state, load_element
from mes.recall.counts import HOLDABLE, Counts, count, digest
from mes.recall.criteria import Criteria, understand
from mes.recall.gaps import searched
from mes.recall.models import Recall
from mes.recall.search import find

HOLD_JOB = "recall.hold"
LONGEST_REASON = 160  # with the number before it, what an element's hold keeps


class UnknownRecall(NotFound):
    """No recall has this number."""


class MakeRecall(Command):
    """Record what is asked and what the answer is now."""

    criteria: Criteria
    reason: str = Field(min_length=2, max_length=LONGEST_REASON)


class RecallMade(Answer):
    """The recall's number and its answer in short; the digest is that of the serials."""

    number: str
    element_count: int
    load_count: int
    digest: str


class HoldRecall(Command):
    """Put everything of a recall on hold that is still in the plant."""

    number: str = Field(min_length=1, max_length=40)


class HoldAsked(Answer):
    """The job that does it."""

    job_id: UUID


class HoldRecalledElement(Command):
    """Put one element of a recall on hold."""

    number: str = Field(min_length=1, max_length=40)
    element_id: UUID


class ElementHeld(Answer):
    """Whether the element was put on hold now; if not, its state does not allow it or it is held already."""

    held: bool
    state: str


@use_case("recall:export")
def make_recall(work: Work, command: MakeRecall) -> RecallMade:
    """Record a recall: number, question, who asked, counts, gaps, and the digest of the elements.

    Raises:
        InvalidInput: nothing is asked, or a code is nobody's.
    """
    question = understand(work.session, command.criteria)
    found = find(work.session, question, work.actor)
    counts = count(found)
    at = work.event_time(command)
    recall = _row(work, command, counts, at)
    recall.digest = digest(found)
    recall.gaps = [gap.as_json() for gap in searched(found, work.actor, work.now()).gaps]
    work.session.add(recall)
    work.session.flush()
    record(work, "recall.made", [subject(recall)], event_time=at, data={"recall": _facts(recall)})
    return RecallMade(
        number=recall.number,
        element_count=recall.element_count,
        load_count=recall.load_count,
        digest=recall.digest,
    )


@use_case("element:hold")
def hold_recall(work: Work, command: HoldRecall) -> HoldAsked:
    """Ask for the job that holds every element of a recall that can be held.

    Raises:
        UnknownRecall: no recall has this number.
        Conflict: the job of an earlier wish is not done yet.
    """
    work.actor.require("recall:read")
    recall = recall_of(work.session, command.number)
    if recall.hold_job is not None and recall.hold_job.state not in FINAL_STATES:
        raise Conflict(Text(N_("The elements of recall %(number)s are being put on hold"), {"number": recall.number}))
    title = f"{recall.number} · {recall.reason}"
    recall.hold_job_id = enqueue(work, HOLD_JOB, title[:200], {"number": recall.number})
    work.session.flush()
    at = work.event_time(command)
    record(work, "recall.hold_asked", [subject(recall)], event_time=at, data={"recall": {"number": recall.number}})
    return HoldAsked(job_id=recall.hold_job_id)


@use_case("element:hold")
def hold_recalled_element(work: Work, command: HoldRecalledElement) -> ElementHeld:
    """Put one element on hold for a recall; one that cannot be held or is held already stays as it is.

    Raises:
        UnknownRecall: no recall has this number.
        NotFound: no such element, or not this actor's.
    """
    recall = recall_of(work.session, command.number)
    element = load_element(work.session, command.element_id)
    work.actor.require_project(element.project_id)
    if element.state not in HOLDABLE:
        return ElementHeld(held=False, state=element.state)
    change_state(
        work,
        [element],
        "hold",
        event_time=work.event_time(command),
        reason=hold_reason(recall),
        data={"recall": {"number": recall.number}},
    )
    return ElementHeld(held=True, state=element.state)


def recall_of(session: Session, number: str) -> Recall:
    """A recorded recall.

    Raises:
        UnknownRecall: no recall has this number.
    """
    found = session.scalars(select(Recall).where(Recall.number == number)).first()
    if found is None:
        raise UnknownRecall(Text(N_("There is no recall %(number)s"), {"number": number}))
    return found


def hold_reason(recall: Recall) -> str:
    """What stands at an element that is held for a recall."""
    return f"{recall.number}: {recall.reason}"[:200]


def subject(recall: Recall) -> str:
    """The recall's name in the ledger."""
    return f"recall:{recall.number}"


def _row(work: Work, command: MakeRecall, counts: Counts, at: datetime) -> Recall:
    plant = the_plant(work.session)
    year = at.astimezone(work.clock.zone).year
    number = f"ZH-{plant.code}-{year}-{next_number(work, plant, f'recall-{year}'):04d}"
    return Recall(
        id=new_id(),
        number=number,
        reason=command.reason.strip(),
        criteria=command.criteria.kept(),
        asked_at=at,
        asked_by=work.actor.name,
        asked_role=work.actor.role,
        organisation=work.actor.organisation,
        element_count=counts.total,
        load_count=counts.load_count,
        counts=counts.by_state,
    )


def _facts(recall: Recall) -> dict[str, object]:
    return {
        "number": recall.number,
        "reason": recall.reason,
        "criteria": recall.criteria,
        "element_count": recall.element_count,
        "load_count": recall.load_count,
        "counts": recall.counts,
        "gaps": len(recall.gaps),
        "serials_sha256": recall.digest,
    }
