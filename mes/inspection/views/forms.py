"""The inspection forms: hidden works and final. What was typed and photographed is kept when a form is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.errors import Fault, InvalidInput, MesError
from mes.core.form_faults import faults_of
from mes.core.text import N_, Text
from mes.inspection import queries, service
from mes.inspection.documents.press import press_of
from mes.inspection.first_articles import first_article_plan
from mes.inspection.judgement import dimensions_of, plan_of, rules_of
from mes.inspection.nonconformities.drawing import FACES, face_picture
from mes.inspection.schemas import RecordInspection, TakenPhoto
from mes.inspection.strength import delivery_strength_mpa, load_of, proofs_of_element
from mes.inspection.views.blueprint import pages
from mes.inspection.views.checked import place_of_form, text_of
from mes.inspection.views.elements import element_page
from mes.inspection.views.photos import photos_of_form
from mes.inspection.views.readings import MOST_ROWS, ReadForm, measured_fields, read_form
from mes.orders.models import Element
from quality import InspectionPlan

Answered = str | Response | WerkzeugResponse
Errors = dict[str, list[str]]

ANSWERS = {"yes": "yes", "no": "no", "na": "not_applicable"}
"""What the form's three buttons say in the words of the plan."""

VERDICT_FLASH = {
    "accepted": (N_("Accepted"), "good"),
    "refused": (N_("Refused"), "warn"),
}


@pages.route("/elements/<uuid:element_id>/hidden-works", methods=["GET", "POST"])
@web.permission("inspection:write")
def hidden_works(element_id: UUID) -> Answered:
    """The hidden-works checklist with its photos."""
    element = queries.element_for(web.reading(), element_id, web.actor())
    plan = plan_of(element, "hidden_works")
    if request.method == "GET":
        return _form_page("inspection/hidden_works.html", element, plan, {}, [], {})
    photos, faults = photos_of_form([item.id for item in plan.items] + [""])
    content = {
        "kind": "hidden_works",
        "answers": _answers(plan),
    }
    return _record("inspection/hidden_works.html", element_id, content, photos, faults, ReadForm())


def _answers(plan: InspectionPlan) -> dict[str, str]:
    """The checks of a plan that were answered."""
    typed = {item.id: request.form.get(f"answer_{item.id}") for item in plan.items}
    return {item: ANSWERS[answer] for item, answer in typed.items() if answer in ANSWERS}


@pages.route("/elements/<uuid:element_id>/final", methods=["GET", "POST"])
@web.permission("inspection:write")
def final(element_id: UUID) -> Answered:
    """The final form: measurements against their tolerances, visible defects, photos."""
    element = queries.element_for(web.reading(), element_id, web.actor())
    plan = first_article_plan(web.reading(), element, "final")
    if request.method == "GET":
        return _form_page("inspection/final.html", element, plan, {}, [], {})
    read = read_form(plan, request.form)
    checked = [item.id for item in plan.items if item.photo_required]
    photos, faults = photos_of_form(["", *(defect.id for defect in plan.defects), *checked])
    content = {
        "kind": "final",
        "answers": _answers(plan),
        "measurements": [reading.model_dump() for reading in read.readings],
        "defects": [seen for defect in plan.defects if (seen := _seen_defect(defect.id, photos))],
    }
    return _record("inspection/final.html", element_id, content, photos, read.faults + faults, read)


def _seen_defect(defect: str, photos: list[TakenPhoto]) -> dict[str, Any] | None:
    """A visible defect with its place and photos; None where there is none."""
    severity = request.form.get(f"defect_{defect}", "")
    if severity not in ("general", "severe"):
        return None
    return {
        "defect": defect,
        "severity": severity,
        "remark": request.form.get(f"defect_{defect}_remark", "").strip(),
        "place": place_of_form(f"defect_{defect}_", request.form),
        "photos": [photo.sha256 for photo in photos if photo.item == defect],
    }


def _record(
    template: str,
    element_id: UUID,
    content: dict[str, Any],
    photos: list[TakenPhoto],
    faults: list[Fault],
    read: ReadForm,
) -> Answered:
    """Perform the inspection, or show the form again with all that was typed and what is wrong with it."""
    press = press_of(web.settings())
    press.warm()
    try:
        if faults:
            raise InvalidInput(Text(N_("Some fields are not right")), faults)
        command = _command(element_id, {**content, "photos": photos, "press": press})
        recorded = web.perform(service.record_inspection, command)
    except MesError as error:
        return _again(template, element_id, error, photos, read)
    message, tone = VERDICT_FLASH[recorded.verdict]
    flash(web.gettext(message), tone)
    return redirect(url_for("inspection.inspection", inspection_id=recorded.inspection_id), code=303)


def _command(element_id: UUID, content: dict[str, Any]) -> RecordInspection:
    form = request.form
    try:
        return RecordInspection.model_validate(
            {
                **content,
                "element_id": element_id,
                "command_id": form.get("command_id"),
                "expected_version": form.get("expected_version") or None,
                "remark": text_of(form, "remark"),
            }
        )
    except ValidationError as error:
        raise InvalidInput(Text(N_("Some fields are not right")), faults_of(error)) from error


def _again(template: str, element_id: UUID, error: MesError, photos: list[TakenPhoto], read: ReadForm) -> Response:
    element = queries.element_for(web.reading(), element_id, web.actor())
    reason = web.in_words(error.reason)
    kind = "final" if template.endswith("final.html") else "hidden_works"
    if not _is_due(element, kind):
        return Response(element_page(element, [reason]), status=error.status)
    errors: Errors = {}
    for fault in error.faults:
        errors.setdefault(read.field_of(fault.where), []).append(web.in_words(fault.reason))
    plan = first_article_plan(web.reading(), element, kind)
    page = _form_page(template, element, plan, errors, photos, request.form, reason)
    return Response(page, status=error.status)


def _is_due(element: Element, kind: str) -> bool:
    """Whether the element's state fits, or its lot was refused and it is to be measured after all."""
    again = kind == "final" and service.is_measured_again(web.reading(), element)
    return again or element.state == service.INSPECTED_STATES.get(kind)


def _form_page(
    template: str,
    element: Element,
    plan: InspectionPlan,
    errors: Errors,
    photos: list[TakenPhoto],
    values: Mapping[str, str],
    reason: str = "",
) -> str:
    if not _is_due(element, plan.kind.value):
        return element_page(element, [web.gettext(N_("No such inspection is due in the present state"))])
    session = web.reading()
    return render_template(
        template,
        element=element,
        plan=plan,
        errors=errors,
        reason=reason,
        photos=photos,
        values=values,
        fields=list(measured_fields(plan, element, values)) if plan.rules else [],
        required=rules_of(element).required_items(plan.family, dimensions_of(element)) if plan.rules else (),
        pictures=[face_picture(element.component_type, face) for face in FACES],
        attempt=len(queries.inspections_of(session, element.id)),
        proofs=proofs_of_element(session, element),
        required_mpa=delivery_strength_mpa(element),
        load=load_of(session, element.id),
        most=MOST_ROWS,
    )
