"""Reporting something wrong in a few taps: the element, a photo, what it is, where it is."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.errors import Fault, InvalidInput, MesError
from mes.core.text import N_, Text
from mes.inspection import queries, service
from mes.inspection.nonconformities import OTHER_KINDS
from mes.inspection.nonconformities.drawing import FACES, face_picture
from mes.inspection.nonconformities.schemas import NonconformityReport, NonconformityReported
from mes.inspection.views.blueprint import kind_name, pages, words
from mes.inspection.views.checked import checked, place_of_form, text_of
from mes.inspection.views.photos import photos_of_form
from mes.orders.models import Element
from quality import inspection_plan

Answered = str | Response | WerkzeugResponse


@pages.get("/report")
@web.permission("nonconformity:report")
def report() -> Answered:
    """First the element: scanned, or typed."""
    code = request.args.get("code", "")
    if not code:
        return render_template("inspection/report_scan.html", code="", scan_errors=[])
    try:
        found = queries.find_scanned(web.reading(), web.actor(), code).element
        if found is None:
            raise InvalidInput(Text(N_("Scan the code of an element, please")))
        web.actor().require_project(found.project_id)
    except MesError as error:
        page = render_template("inspection/report_scan.html", code=code, scan_errors=[web.in_words(error.reason)])
        return Response(page, status=error.status)
    return redirect(url_for("inspection.report_element", element_id=found.id))


@pages.route("/elements/<uuid:element_id>/report", methods=["GET", "POST"])
@web.permission("nonconformity:report")
def report_element(element_id: UUID) -> Answered:
    """Photo, kind, severity, place: done."""
    element = queries.element_for(web.reading(), element_id, web.actor())
    if request.method == "GET":
        return _report_page(element, {}, [], "")
    photos, faults = photos_of_form([""])
    digests = [photo.sha256 for photo in photos]
    try:
        done = web.perform(service.report_nonconformity, _command(element_id, digests, faults))
    except MesError as error:
        errors = {fault.where: [web.in_words(fault.reason)] for fault in error.faults}
        again = queries.element_for(web.reading(), element_id, web.actor())
        return Response(_report_page(again, errors, digests, web.in_words(error.reason)), status=error.status)
    flash(web.gettext(N_("Reported as %(number)s"), number=done.number), "good")
    return redirect(_after_report(done), code=303)


def _command(element_id: UUID, digests: list[str], faults: list[Fault]) -> NonconformityReport:
    if faults:
        raise InvalidInput(Text(N_("Some fields are not right")), faults)
    form = request.form
    return checked(
        NonconformityReport,
        {
            "command_id": form.get("command_id"),
            "element_id": element_id,
            "kind": form.get("kind") or None,
            "severity": form.get("severity"),
            "description": text_of(form, "description"),
            "place": place_of_form("place_", form),
            "photos": digests,
        },
    )


def _report_page(element: Element, errors: dict[str, list[str]], digests: list[str], reason: str) -> str:
    defects = inspection_plan("final", element.component_type.family).defects
    return render_template(
        "inspection/report.html",
        element=element,
        kinds=[(one.id, kind_name(one.id), words(one.description)) for one in defects]
        + [(kind, kind_name(kind), "") for kind in OTHER_KINDS],
        pictures=[face_picture(element.component_type, face) for face in FACES],
        values=request.form,
        errors=errors,
        reason=reason,
        digests=digests,
    )


def _after_report(done: NonconformityReported) -> str:
    if web.actor().may("nonconformity:read"):
        return url_for("inspection.nonconformity", nonconformity_id=done.nonconformity_id)
    return url_for("inspection.report")
