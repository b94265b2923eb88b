"""An element as inspection sees it: where it stands, its inspections, nonconformities and certificates."""

from __future__ import annotations

from uuid import UUID

from flask import render_template

from mes.core import web
from mes.inspection import queries
from mes.inspection.strength import delivery_strength_mpa, load_of, proofs_of_element
from mes.inspection.views.blueprint import pages
from mes.inspection.views.home import FORM_OF_STATE
from mes.orders.models import Element


@pages.get("/elements/<uuid:element_id>")
@web.permission("inspection:read")
def element(element_id: UUID) -> str:
    """What was inspected on an element, and what can be done now."""
    return element_page(queries.element_for(web.reading(), element_id, web.actor()))


@pages.get("/inspections/<uuid:inspection_id>")
@web.permission("inspection:read")
def inspection(inspection_id: UUID) -> str:
    """An inspection: its verdict, what led to it, its photos, and who witnessed it."""
    found = queries.inspection_for(web.reading(), inspection_id, web.actor())
    return render_template(
        "inspection/result.html",
        inspection=found,
        element=found.element,
        nonconformity=queries.nonconformity_of_inspection(web.reading(), found.id),
        certificate=queries.valid_certificate(web.reading(), found.element_id) if found.kind == "final" else None,
    )


def element_page(found: Element, faults: list[str] | None = None) -> str:
    """The element's page, with faults above where a form led here."""
    session = web.reading()
    return render_template(
        "inspection/element.html",
        element=found,
        faults=faults or [],
        form_endpoint=FORM_OF_STATE.get(found.state),
        load=load_of(session, found.id),
        inspections=queries.inspections_of(session, found.id),
        nonconformities=queries.nonconformities_of(session, found.id),
        certificates=queries.certificates_of(session, found.id),
        proofs=proofs_of_element(session, found),
        required_mpa=delivery_strength_mpa(found),
    )
