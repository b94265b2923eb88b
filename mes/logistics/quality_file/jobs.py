"""The job that makes a delivery's quality file: it issues the papers that are missing, then the file of them all."""

from __future__ import annotations

from uuid import UUID, uuid5

from mes.core.jobs import RunningJob, handles
from mes.core.text import N_
from mes.inspection.documents.ahead import issue_ahead
from mes.inspection.documents.hidden_works import NothingToRecord
from mes.inspection.documents.press import CertificatePress, the_press
from mes.inspection.documents.service import (
    IssueHiddenWorks,
    IssueStrengthReport,
    hidden_works,
    issue_hidden_works,
    issue_strength_report,
    strength_report,
)
from mes.logistics import queries
from mes.logistics.quality_file.content import strength_subjects
from mes.logistics.quality_file.service import KIND, IssueQualityFile, issue_quality_file, quality_file


@handles(KIND)
def make_quality_file(job: RunningJob) -> dict[str, object]:
    """Issue what is missing, element by element and batch by batch, then the file.

    Each paper is a command of its own, named after the job: a second run repeats nothing.
    """
    press, delivery_id = the_press(), UUID(job.arguments["delivery_id"])
    press.fonts()
    with job.database.reading() as session:
        elements = [item.element for item in queries.items_of(session, delivery_id)]
        subjects = strength_subjects(session, elements)
    steps = len(elements) + len(subjects) + 1
    for done, element in enumerate(elements):
        job.report(100 * done // steps, N_("Records of hidden works"))
        _issue_record(job, press, element.id)
    for done, (name, subject_id) in enumerate(subjects, start=len(elements)):
        job.report(100 * done // steps, N_("Strength reports"))
        _issue_report(job, press, name, subject_id)
    job.report(100 * (steps - 1) // steps, N_("Putting the quality file together"))
    command = IssueQualityFile(command_id=uuid5(job.id, "file"), delivery_id=delivery_id, press=press)
    issued = issue_ahead(job.database, job.actor, job.clock, issue_quality_file, quality_file, command)
    return {"number": issued.number, "papers": issued.papers, "missing": issued.missing}


def _issue_record(job: RunningJob, press: CertificatePress, element_id: UUID) -> None:
    command = IssueHiddenWorks(command_id=uuid5(job.id, f"element {element_id}"), element_id=element_id, press=press)
    try:
        issue_ahead(job.database, job.actor, job.clock, issue_hidden_works, hidden_works, command)
    except NothingToRecord:
        return  # the file names it as missing


def _issue_report(job: RunningJob, press: CertificatePress, name: str, subject_id: UUID) -> None:
    facts = {"command_id": uuid5(job.id, f"{name} {subject_id}"), name: subject_id, "press": press}
    command = IssueStrengthReport.model_validate(facts)
    try:
        issue_ahead(job.database, job.actor, job.clock, issue_strength_report, strength_report, command)
    except NothingToRecord:
        return
