"""Use cases of papers: issuing the record of an element's hidden works, and a report on strength."""

from __future__ import annotations

from uuid import UUID

from pydantic import model_validator

import mes.inspection.documents.hidden_works_pdf
import mes.inspection.documents.strength_report_pdf  # noqa: F401 - both say how their papers are drawn
from mes.core.commands import Answer, Work, use_case
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.inspection.documents.ahead import IssuePaper
from mes.inspection.documents.hidden_works import hidden_works_draft
from mes.inspection.documents.issuing import Draft, issue_document
from mes.inspection.documents.queries import may_see_subject
from mes.inspection.documents.strength_report import batch_draft, evaluation_draft
from mes.inspection.models import StrengthEvaluation
from mes.orders.models import Element
from mes.shopfloor.models import CastingBatch


class IssueHiddenWorks(IssuePaper):
    """Issue the record of an element's hidden works."""

    element_id: UUID


class IssueStrengthReport(IssuePaper):
    """Issue the report of an evaluation, or else of one batch's cube sets."""

    evaluation_id: UUID | None = None
    batch_id: UUID | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> IssueStrengthReport:
        if (self.evaluation_id is None) == (self.batch_id is None):
            raise ValueError("an evaluation or a batch is expected")
        return self


class PaperIssued(Answer):
    """The paper: new, or the one that says the same already."""

    document_id: UUID
    number: str


@use_case("document:issue")
def issue_hidden_works(work: Work, command: IssueHiddenWorks) -> PaperIssued:
    """Issue the record of an element's hidden works; what is unchanged is not issued again.

    Raises:
        NotFound: there is no such element, or it is not this actor's to see.
        NothingToRecord: its hidden works are not accepted.
        FontsMissing, PaperIncomplete: the paper cannot be made.
    """
    return _issue(work, command, hidden_works(work, command))


@use_case("document:issue")
def issue_strength_report(work: Work, command: IssueStrengthReport) -> PaperIssued:
    """Issue a report on strength; what is unchanged is not issued again.

    Raises:
        NotFound: there is no such evaluation or batch.
        NothingToRecord: no cubes of the batch were tested.
        FontsMissing: the paper cannot be made.
    """
    return _issue(work, command, strength_report(work, command))


def _issue(work: Work, command: IssuePaper, draft: Draft) -> PaperIssued:
    document = issue_document(work, command.press, draft, work.event_time(command), command.ahead)
    return PaperIssued(document_id=document.id, number=document.number)


def hidden_works(work: Work, command: IssueHiddenWorks) -> Draft:
    """The record of an element's hidden works as it would be now."""
    element = work.session.get(Element, command.element_id)
    if element is None or not work.actor.may_see_project(element.project_id):
        raise NotFound(Text(N_("There is no such element")))
    return hidden_works_draft(work, command.press, element)


def strength_report(work: Work, command: IssueStrengthReport) -> Draft:
    """The report on strength as it would be now."""
    if command.evaluation_id is not None:
        evaluation = work.session.get(StrengthEvaluation, command.evaluation_id)
        if evaluation is None or not may_see_subject(work.session, work.actor, "strength_evaluation", evaluation.id):
            raise NotFound(Text(N_("There is no such evaluation")))
        return evaluation_draft(work, evaluation)
    batch = work.session.get(CastingBatch, command.batch_id)
    if batch is None or not may_see_subject(work.session, work.actor, "casting_batch", batch.id):
        raise NotFound(Text(N_("There is no such batch")))
    return batch_draft(work, batch)
