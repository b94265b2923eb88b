"""The use case of the list: it is issued under a number of its own, and verified like every other paper."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

import mes.recall.paper.pdf  # noqa: F401 - says how the list is drawn
from mes.core.commands import Answer, Work, use_case
from mes.inspection.documents.ahead import IssuePaper
from mes.inspection.documents.issuing import Draft, issue_document, valid_document
from mes.inspection.models import QualityDocument
from mes.recall.models import Recall
from mes.recall.paper.content import recall_draft
from mes.recall.service import recall_of, subject


class IssueRecallList(IssuePaper):
    """Issue the list of a recorded recall as its answer is now."""

    number: str


class RecallListIssued(Answer):
    """The paper: new, or the one that says the same already."""

    document_id: UUID
    number: str


@use_case("recall:export")
def issue_recall_list(work: Work, command: IssueRecallList) -> RecallListIssued:
    """Issue the list of a recall; the one before is replaced.

    What was gathered before this transaction stays what was found then: the list says when it was searched.

    Raises:
        UnknownRecall: no recall has this number.
        Forbidden: this actor sees some projects only.
        FontsMissing: the paper cannot be made.
    """
    draft = command.ahead.draft if command.ahead is not None else recall_list(work, command)
    document = issue_document(work, command.press, draft, work.event_time(command), command.ahead)
    return RecallListIssued(document_id=document.id, number=document.number)


def recall_list(work: Work, command: IssueRecallList) -> Draft:
    """The list of a recall as it would be now."""
    recall = recall_of(work.session, command.number)
    return recall_draft(work, recall, subject(recall))


def latest_list(session: Session, recall: Recall) -> QualityDocument | None:
    """The list of a recall that none has replaced."""
    return valid_document(session, "recall", "recall", recall.id)
