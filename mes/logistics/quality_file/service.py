"""Use cases of the quality file: asking for it, and issuing it once the papers in it are there."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

import mes.logistics.quality_file.pdf  # noqa: F401 - says how the file is drawn
from mes.core.commands import Answer, Command, Work, use_case
from mes.core.errors import Conflict
from mes.core.jobs import FINAL_STATES, Job, enqueue
from mes.core.text import N_, Text
from mes.inspection.documents.ahead import IssuePaper
from mes.inspection.documents.issuing import Draft, issue_document
from mes.inspection.documents.queries import knows_subject
from mes.logistics import queries
from mes.logistics.models import Delivery
from mes.logistics.quality_file.content import delivery_draft
from mes.logistics.service.consignment import NoSuchDelivery, lock_delivery

KIND = "delivery.quality_file"


class NothingLoaded(Conflict):
    """The lorry is empty: there is nothing that papers could be about."""


class MakeQualityFile(Command):
    """Ask for the quality file of a delivery; it is made as a job."""

    delivery_id: UUID


class QualityFileAsked(Answer):
    """The job that makes it."""

    job_id: UUID


class IssueQualityFile(IssuePaper):
    """Issue the file of the papers that are there."""

    delivery_id: UUID


class QualityFileIssued(Answer):
    """The file: new, or the one that says the same already. `missing` counts papers that are not there."""

    document_id: UUID
    number: str
    papers: int
    missing: int


@use_case("document:issue")
def make_quality_file(work: Work, command: MakeQualityFile) -> QualityFileAsked:
    """Begin the job that issues what is missing and puts everything together; one at a time for a delivery.

    Raises:
        NoSuchDelivery: there is none, or it goes to a project this actor may not see.
        NothingLoaded: nothing is on the lorry.
    """
    delivery = lock_delivery(work, command.delivery_id)
    if not queries.items_of(work.session, delivery.id):
        raise NothingLoaded(Text(N_("Nothing is loaded on %(number)s yet"), {"number": delivery.number}))
    running = latest_job(work.session, delivery.id)
    if running is not None and running.state not in FINAL_STATES:
        return QualityFileAsked(job_id=running.id)
    title = f"{delivery.number}"
    return QualityFileAsked(job_id=enqueue(work, KIND, title, {"delivery_id": str(delivery.id)}))


@use_case("document:issue")
def issue_quality_file(work: Work, command: IssueQualityFile) -> QualityFileIssued:
    """Issue the quality file of a delivery: one PDF with a number of its own.

    Raises:
        NoSuchDelivery: there is none, or it goes to a project this actor may not see.
        FontsMissing, PaperIncomplete: the paper cannot be made.
    """
    lock_delivery(work, command.delivery_id)
    draft = quality_file(work, command)
    document = issue_document(work, command.press, draft, work.event_time(command), command.ahead)
    return QualityFileIssued(
        document_id=document.id,
        number=document.number,
        papers=len(document.content["papers"]),
        missing=len(document.content["missing"]),
    )


def quality_file(work: Work, command: IssueQualityFile) -> Draft:
    """The quality file of a delivery as it would be now."""
    delivery = work.session.get(Delivery, command.delivery_id)
    if delivery is None or not work.actor.may_see_project(delivery.project_id):
        raise NoSuchDelivery(Text(N_("There is no such delivery")))
    return delivery_draft(work, command.press, delivery, queries.items_of(work.session, delivery.id))


def latest_job(session: Session, delivery_id: UUID) -> Job | None:
    """The latest job that made, or makes, a delivery's quality file."""
    query = select(Job).where(Job.kind == KIND, Job.arguments["delivery_id"].as_string() == str(delivery_id))
    return session.scalars(query.order_by(Job.requested_at.desc()).limit(1)).first()


@knows_subject("delivery")
def _projects_of_delivery(session: Session, delivery_id: UUID) -> set[UUID]:
    delivery = session.get(Delivery, delivery_id)
    return {delivery.project_id} if delivery else set()
