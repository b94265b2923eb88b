"""Papers for download: certificates of conformity, and the inspection record of an element."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from mes.core import web
from mes.core.documents import file_store
from mes.inspection import queries
from mes.inspection.documents.certificates import inspected_items
from mes.inspection.documents.press import press_of
from mes.inspection.documents.record_pdf import record_pdf
from mes.inspection.judgement import plan_of
from mes.inspection.models import Inspection
from mes.inspection.views.blueprint import pages
from mes.orders.elements import element_facts


@pages.get("/certificates/<uuid:certificate_id>/pdf")
@web.permission("certificate:read")
def certificate(certificate_id: UUID) -> Response:
    """A certificate as it was issued."""
    found = queries.certificate_for(web.reading(), certificate_id, web.actor())
    return _pdf(file_store().read(found.pdf_sha256), found.number)


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
