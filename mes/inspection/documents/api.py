"""REST routes of papers, under /api/v1: whose they are, their PDFs, issuing, and verifying them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from mes.core import web
from mes.core.documents import file_store
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.inspection.documents import queries
from mes.inspection.documents.ahead import issue_ahead
from mes.inspection.documents.press import press_of
from mes.inspection.documents.schemas import (
    HiddenWorksBody,
    PaperList,
    PaperPath,
    PaperQuery,
    PaperShape,
    StrengthReportBody,
    VerificationShape,
    VerifyQuery,
)
from mes.inspection.documents.service import (
    IssueHiddenWorks,
    IssueStrengthReport,
    PaperIssued,
    hidden_works,
    issue_hidden_works,
    issue_strength_report,
    strength_report,
)
from mes.inspection.documents.strength_report import covering_evaluation
from mes.inspection.models import Certificate, QualityDocument
from mes.orders.queries import element_by_serial

api = APIBlueprint(
    "paper_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="papers")],
    abp_security=[{"token": []}, {"session": []}],
)

Json = dict[str, Any]
PDF_ANSWER: Any = {
    "description": "the PDF as it was issued",
    "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
}


@api.get("/papers", responses={200: PaperList})
@web.permission("document:read")
def list_papers(query: PaperQuery) -> Json:
    """Every paper about an element (certificates too), or about a casting batch; the newest first."""
    session, actor = web.reading(), web.actor()
    found: Sequence[Certificate | QualityDocument]
    if query.serial is not None:
        found = queries.every_paper_of_element(session, element_by_serial(session, actor, query.serial))
    else:
        found = queries.papers_of_batch(session, queries.batch_numbered(session, query.batch or "", actor))
    return PaperList(items=[PaperShape.of(paper) for paper in found]).model_dump(mode="json")


@api.get("/papers/verify", responses={200: VerificationShape}, security=[])
@web.public
def verify_paper(query: VerifyQuery) -> Json:
    """Whether a paper was issued here and is still valid, by its number or by its file; open to anybody.

    It tells what the page behind the code on the paper tells, and names no person.
    """
    session = web.reading()
    number = query.number.strip().upper() if query.number else queries.number_of_file(session, query.sha256 or "")
    found = queries.verification_of(session, number) if number else None
    if found is None:
        raise NotFound(Text(N_("There is no such paper")))
    return VerificationShape.of(found, query.sha256).model_dump(mode="json")


@api.get("/papers/<number>", responses={200: PaperShape})
@web.permission("document:read")
def read_paper(path: PaperPath) -> Json:
    """One paper."""
    return PaperShape.of(queries.paper_numbered(web.reading(), path.number, web.actor())).model_dump(mode="json")


@api.get("/papers/<number>/pdf", responses={200: PDF_ANSWER})
@web.permission("document:read")
def read_paper_pdf(path: PaperPath) -> Response:
    """The PDF of a paper, as it was issued."""
    found = queries.paper_numbered(web.reading(), path.number, web.actor())
    headers = {"Content-Disposition": f"inline; filename={found.number}.pdf"}
    return Response(file_store().read(found.pdf_sha256), mimetype="application/pdf", headers=headers)


@api.post("/papers/hidden-works", responses={201: PaperIssued})
@web.permission("document:issue")
def post_hidden_works(body: HiddenWorksBody) -> tuple[Json, int]:
    """Issue the record of an element's hidden works; the paper that says the same already is the answer."""
    element = element_by_serial(web.reading(), web.actor(), body.serial)
    facts = {**body.model_dump(exclude={"serial"}), "element_id": element.id}
    return _issued(issue_hidden_works, hidden_works, IssueHiddenWorks, facts)


@api.post("/papers/strength-reports", responses={201: PaperIssued})
@web.permission("document:issue")
def post_strength_report(body: StrengthReportBody) -> tuple[Json, int]:
    """Issue the report on a batch's strength; the paper that says the same already is the answer."""
    batch = queries.batch_numbered(web.reading(), body.batch, web.actor())
    evaluation = covering_evaluation(web.reading(), batch)
    subject = {"evaluation_id": evaluation.id} if evaluation is not None else {"batch_id": batch.id}
    facts = {**body.model_dump(exclude={"batch"}), **subject}
    return _issued(issue_strength_report, strength_report, IssueStrengthReport, facts)


def _issued(use: Any, drafting: Any, command: Any, facts: Json) -> tuple[Json, int]:
    press = press_of(web.settings())
    press.warm()
    wish = command.model_validate({**facts, "press": press})
    web.close_reading()
    return issue_ahead(web.database(), web.actor(), web.clock(), use, drafting, wish).model_dump(mode="json"), 201
