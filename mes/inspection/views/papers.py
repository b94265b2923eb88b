"""The papers of an element: what was issued, for download; issuing records of hidden works and strength reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.documents import file_store
from mes.core.errors import InvalidInput, MesError
from mes.core.text import N_, Text
from mes.inspection import queries
from mes.inspection.documents import queries as paper_queries
from mes.inspection.documents.ahead import IssuePaper, issue_ahead
from mes.inspection.documents.certificates import inspected_items
from mes.inspection.documents.press import press_of
from mes.inspection.documents.record_pdf import record_pdf
from mes.inspection.documents.service import (
    IssueHiddenWorks,
    IssueStrengthReport,
    hidden_works,
    issue_hidden_works,
    issue_strength_report,
    strength_report,
)
from mes.inspection.documents.strength_report import covering_evaluation
from mes.inspection.judgement import plan_of
from mes.inspection.models import Certificate, Inspection, QualityDocument
from mes.inspection.strength import batches_of_load, load_of
from mes.inspection.views.blueprint import pages
from mes.inspection.views.verification import KIND_WORDS
from mes.orders.elements import element_facts


@pages.get("/certificates/<uuid:certificate_id>/pdf")
@web.permission("certificate:read")
def certificate(certificate_id: UUID) -> Response:
    """A certificate as it was issued."""
    found = queries.certificate_for(web.reading(), certificate_id, web.actor())
    return _pdf(file_store().read(found.pdf_sha256), found.number)


@dataclass(frozen=True)
class IssuedPaper:
    """A paper as the list shows it."""

    number: str
    kind: str
    issued_at: datetime
    is_valid: bool
    is_suspended: bool
    replaced_by: str | None
    url: str


@pages.get("/elements/<uuid:element_id>/papers")
@web.permission("document:read")
def papers(element_id: UUID) -> str:
    """Every paper about an element: certificates, records of hidden works, strength reports of its batches."""
    return _papers_page(element_id)


def _papers_page(element_id: UUID, error: MesError | None = None) -> str:
    session = web.reading()
    element = queries.element_for(session, element_id, web.actor())
    load = load_of(session, element.id)
    return render_template(
        "inspection/papers.html",
        element=element,
        papers=[_shown(one) for one in paper_queries.every_paper_of_element(session, element)],
        batches=batches_of_load(session, load.id) if load else (),
        error=error,
    )


def _shown(paper: Certificate | QualityDocument) -> IssuedPaper:
    kind, endpoint, replaced_by = "certificate", "inspection.paper_certificate", None
    if isinstance(paper, QualityDocument):
        kind, endpoint, replaced_by = paper.kind, "inspection.paper", paper.replaced_by
    words, url = web.gettext(KIND_WORDS[kind]), url_for(endpoint, paper_id=paper.id)
    is_suspended = paper.withdrawn_at is None and not paper.is_valid
    return IssuedPaper(paper.number, words, paper.issued_at, paper.is_valid, is_suspended, replaced_by, url)


@pages.get("/papers/<uuid:paper_id>/pdf")
@web.permission("document:read")
def paper(paper_id: UUID) -> Response:
    """A paper as it was issued."""
    found = paper_queries.document_for(web.reading(), paper_id, web.actor())
    return _pdf(file_store().read(found.pdf_sha256), found.number)


@pages.get("/papers/certificates/<uuid:paper_id>/pdf")
@web.permission("document:read")
def paper_certificate(paper_id: UUID) -> Response:
    """A certificate as it was issued, for those who read papers, such as a site's receiver."""
    found = queries.certificate_for(web.reading(), paper_id, web.actor())
    return _pdf(file_store().read(found.pdf_sha256), found.number)


@pages.post("/elements/<uuid:element_id>/papers/record")
@web.permission("document:issue")
def issue_record(element_id: UUID) -> Response | WerkzeugResponse:
    """Issue the record of the element's hidden works."""
    facts = {"command_id": web.form_command_id(), "element_id": element_id, "press": press_of(web.settings())}
    return _issue(element_id, issue_hidden_works, hidden_works, IssueHiddenWorks.model_validate(facts))


@pages.post("/elements/<uuid:element_id>/papers/strength")
@web.permission("document:issue")
def issue_report(element_id: UUID) -> Response | WerkzeugResponse:
    """Issue the report on a batch's strength: of the evaluation that covers it, else of its own cubes."""
    try:
        batch = queries.batch_for(web.reading(), UUID(request.form.get("batch_id", "")))
    except ValueError as error:
        raise InvalidInput(Text(N_("There is no such batch"))) from error
    evaluation = covering_evaluation(web.reading(), batch)
    subject = {"evaluation_id": evaluation.id} if evaluation is not None else {"batch_id": batch.id}
    facts = {"command_id": web.form_command_id(), "press": press_of(web.settings()), **subject}
    return _issue(element_id, issue_strength_report, strength_report, IssueStrengthReport.model_validate(facts))


def _issue(element_id: UUID, use: Any, drafting: Any, command: IssuePaper) -> Response | WerkzeugResponse:
    command.press.warm()
    web.close_reading()
    try:
        issued = issue_ahead(web.database(), web.actor(), web.clock(), use, drafting, command)
    except MesError as error:
        return Response(_papers_page(element_id, error), status=error.status)
    flash(web.gettext(N_("Paper %(number)s is issued"), number=issued.number), "good")
    return redirect(url_for("inspection.papers", element_id=element_id), 303)


@pages.get("/elements/<uuid:element_id>/record")
@web.permission("inspection:read")
def record(element_id: UUID) -> Response:
    """The inspection record of an element: all its inspections so far, the first one first."""
    element = queries.element_for(web.reading(), element_id, web.actor())
    inspections = reversed(queries.inspections_of(web.reading(), element.id))
    content = [_inspection(inspection) for inspection in inspections]
    fonts = press_of(web.settings()).fonts()
    return _pdf(record_pdf(element_facts(element), content, fonts), f"inspection-record-{element.serial}")


def _inspection(inspection: Inspection) -> dict[str, Any]:
    common = {
        "kind": inspection.kind,
        "verdict": inspection.verdict,
        "rule_set": inspection.rule_set,
        "inspector": inspection.inspector_name,
        "inspected_on": web.local_time(inspection.inspected_at).date().isoformat(),
        "witnessed_by": inspection.witnessed_by,
        "remark": inspection.remark,
    }
    plan = plan_of(inspection.element, inspection.kind)
    if inspection.kind == "final":
        names = {defect.id: defect.title.zh for defect in plan.defects}
        defects = [
            {"title": names[seen["defect"]], "severity": seen["severity"]} for seen in inspection.evaluation["defects"]
        ]
        return {**common, "rows": inspected_items(inspection.element, inspection), "defects": defects}
    titles = {item.id: {"zh": item.title.zh, "en": item.title.en} for item in plan.items}
    answers = inspection.answers["answers"]
    return {**common, "rows": [{"title": titles[item], "answer": answers[item]} for item in titles if item in answers]}


def _pdf(content: bytes, name: str) -> Response:
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
