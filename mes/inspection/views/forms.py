"""The inspection forms: hidden works and final. What was typed and photographed is kept when a form is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.errors import Fault, InvalidInput, MesError, NotFound
from mes.core.text import N_, Text
from mes.inspection import queries, service
from mes.inspection.documents.press import press_of
from mes.inspection.judgement import dimensions_of, judge_readings, plan_of, rules
from mes.inspection.schemas import RecordInspection, TakenPhoto
from mes.inspection.strength import delivery_strength_mpa, load_of, proofs_of_element
from mes.inspection.views.blueprint import pages
from mes.inspection.views.elements import element_page
from mes.inspection.views.photos import photos_of_form
from mes.inspection.views.readings import MOST_ROWS, ReadForm, measured_fields, read_form
from mes.orders.models import Element
from quality import InspectionPlan, ItemResult, Verdict

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
        "answers": {
            item.id: ANSWERS[request.form[f"answer_{item.id}"]]
            for item in plan.items
            if request.form.get(f"answer_{item.id}") in ANSWERS
        },
    }
    return _record("inspection/hidden_works.html", element_id, content, photos, faults, ReadForm())


@pages.route("/elements/<uuid:element_id>/final", methods=["GET", "POST"])
@web.permission("inspection:write")
def final(element_id: UUID) -> Answered:
    """The final form: measurements against their tolerances, visible defects, photos."""
    element = queries.element_for(web.reading(), element_id, web.actor())
    plan = plan_of(element, "final")
    if request.method == "GET":
        return _form_page("inspection/final.html", element, plan, {}, [], {})
    read = read_form(plan, request.form)
    photos, faults = photos_of_form([""])
    content = {
        "kind": "final",
        "measurements": [reading.model_dump() for reading in read.readings],
        "defects": [
            {"defect": defect.id, "severity": severity, "remark": ""}
            for defect in plan.defects
            if (severity := request.form.get(f"defect_{defect.id}", "")) in ("general", "severe")
        ],
    }
    return _record("inspection/final.html", element_id, content, photos, read.faults + faults, read)


@pages.get("/elements/<uuid:element_id>/judge")
@web.permission("inspection:write")
def judge(element_id: UUID) -> str:
    """What the readings typed so far say; the same engine that will judge the form."""
    element = queries.element_for(web.reading(), element_id, web.actor())
    plan = plan_of(element, "final")
    read = read_form(plan, request.args)
    results: list[ItemResult] = []
    questions = [(fault.where, web.in_words(fault.reason)) for fault in read.faults]
    for reading in read.readings:
        try:
            results += judge_readings(element, [reading]).items
        except InvalidInput as error:
            questions += [(reading.item, web.in_words(fault.reason)) for fault in error.faults]
    measured = {result.item for result in results}
    missing = [item for item in rules().required_items(plan.family, dimensions_of(element)) if item not in measured]
    failing = [result for result in results if result.result is Verdict.FAIL]
    return render_template(
        "inspection/_judgement.html", results=results, failing=failing, questions=questions, missing=missing
    )


@pages.get("/elements/<uuid:element_id>/rows/<item>/<int:number>")
@web.permission("inspection:write")
def row(element_id: UUID, item: str, number: int) -> str:
    """One more row of a repeatable item, such as a further embed."""
    element = queries.element_for(web.reading(), element_id, web.actor())
    plan = plan_of(element, "final")
    repeatable = {one.item.id: one for one in measured_fields(plan, element, {}) if one.item.repeatable}
    found = repeatable.get(item)
    if found is None or number >= MOST_ROWS:
        raise NotFound(Text(N_("There are no further rows of this item")))
    return render_template(
        "inspection/_row.html", measured=found, row=number, element=element, values={}, errors={}, most=MOST_ROWS
    )


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
                "remark": form.get("remark", "").strip(),
            }
        )
    except ValidationError as error:
        faults = [Fault(".".join(map(str, one["loc"])), Text(N_("This cannot be used"))) for one in error.errors()]
        raise InvalidInput(Text(N_("Some fields are not right")), faults) from error


def _again(template: str, element_id: UUID, error: MesError, photos: list[TakenPhoto], read: ReadForm) -> Response:
    element = queries.element_for(web.reading(), element_id, web.actor())
    reason = web.in_words(error.reason)
    kind = "final" if template.endswith("final.html") else "hidden_works"
    if element.state != service.INSPECTED_STATES[kind]:
        return Response(element_page(element, [reason]), status=error.status)
    errors: Errors = {}
    for fault in error.faults:
        errors.setdefault(read.field_of(fault.where), []).append(web.in_words(fault.reason))
    page = _form_page(template, element, plan_of(element, kind), errors, photos, request.form, reason)
    return Response(page, status=error.status)


def _form_page(
    template: str,
    element: Element,
    plan: InspectionPlan,
    errors: Errors,
    photos: list[TakenPhoto],
    values: Mapping[str, str],
    reason: str = "",
) -> str:
    wanted = next((state for kind, state in service.INSPECTED_STATES.items() if kind == plan.kind.value), None)
    if element.state != wanted:
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
        proofs=proofs_of_element(session, element),
        required_mpa=delivery_strength_mpa(element),
        load=load_of(session, element.id),
        most=MOST_ROWS,
    )
