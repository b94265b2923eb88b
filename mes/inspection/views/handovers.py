"""The form of an element that changes hands: before loading in the yard, and at the site."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, abort, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.errors import InvalidInput, MesError
from mes.core.form_faults import faults_of
from mes.core.text import N_, Text
from mes.inspection import queries, service
from mes.inspection.handovers import HANDOVER_STATES, handover_plan
from mes.inspection.schemas import HandoverReport, TakenPhoto
from mes.inspection.views.blueprint import pages
from mes.inspection.views.checked import text_of
from mes.inspection.views.checklists import errors_by_field, read_checklist, typed_items
from mes.inspection.views.forms import VERDICT_FLASH
from mes.inspection.views.photos import photos_of_form

Answered = str | Response | WerkzeugResponse
PERMISSIONS = {"before_loading": "thing:inspect", "at_site": "delivery:receive"}


@pages.route("/elements/<uuid:element_id>/handover/<kind>", methods=["GET", "POST"])
@web.permission("element:read")
def handover(element_id: UUID, kind: str) -> Answered:
    """What is looked at before an element is loaded, or when the site receives it."""
    if kind not in PERMISSIONS:
        abort(404)
    web.actor().require(PERMISSIONS[kind])
    if request.method == "GET":
        return _page(element_id, kind)
    plan = handover_plan(queries.element_for(web.reading(), element_id, web.actor()), kind)
    answers, readings, faults = read_checklist(plan, request.form)
    photos, photo_faults = photos_of_form([item.id for item in plan.items if item.photo_required] + [""])
    use = service.record_before_loading if kind == "before_loading" else service.record_at_site
    try:
        if faults or photo_faults:
            raise InvalidInput(Text(N_("Some fields are not right")), faults + photo_faults)
        done = web.perform(use, _command(element_id, kind, answers, photos))
    except MesError as error:
        errors = errors_by_field(plan, readings, list(error.faults))
        return Response(_page(element_id, kind, web.in_words(error.reason), errors, photos), status=error.status)
    message, tone = VERDICT_FLASH[done.verdict]
    flash(web.gettext(message), tone)
    return redirect(url_for("inspection.handover", element_id=element_id, kind=kind), code=303)


def _command(element_id: UUID, kind: str, answers: dict[str, str], photos: list[TakenPhoto]) -> HandoverReport:
    try:
        return HandoverReport.model_validate(
            {
                "command_id": request.form.get("command_id"),
                "element_id": element_id,
                "kind": kind,
                "expected_version": request.form.get("expected_version") or None,
                "answers": answers,
                "photos": photos,
                "remark": text_of(request.form, "remark"),
            }
        )
    except ValidationError as error:
        raise InvalidInput(Text(N_("Some fields are not right")), faults_of(error)) from error


def _page(
    element_id: UUID,
    kind: str,
    reason: str = "",
    errors: dict[str, list[Any]] | None = None,
    photos: list[TakenPhoto] | None = None,
) -> str:
    session = web.reading()
    element = queries.element_for(session, element_id, web.actor())
    plan = handover_plan(element, kind)
    return render_template(
        "inspection/handover.html",
        element=element,
        kind=kind,
        plan=plan,
        items=typed_items(plan),
        is_due=element.state in HANDOVER_STATES[kind],
        latest=queries.latest_inspection(session, element.id, kind),
        reason=reason,
        errors={name: [web.in_words(one) for one in reasons] for name, reasons in (errors or {}).items()},
        photos=photos or [],
        values=request.form,
    )
