"""Reporting something wrong in a few taps, and deciding what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import TypeVar
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.errors import Fault, InvalidInput, MesError
from mes.core.text import N_, Text
from mes.inspection import queries, service
from mes.inspection.documents.press import press_of
from mes.inspection.nonconformities import OTHER_KINDS
from mes.inspection.nonconformities.schemas import Dispose, Disposed, NonconformityReport, NonconformityReported
from mes.inspection.strength import was_cast
from mes.inspection.views.blueprint import kind_name, pages
from mes.inspection.views.photos import photos_of_form
from mes.orders.models import Element
from quality import inspection_plan

Answered = str | Response | WerkzeugResponse
PAGE_SIZE = 40
C = TypeVar("C", Dispose, NonconformityReport)


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
    """Kind, severity, photo, words: done."""
    element = queries.element_for(web.reading(), element_id, web.actor())
    if request.method == "GET":
        return _report_page(element, {}, [], "")
    photos, faults = photos_of_form([""])
    digests = [photo.sha256 for photo in photos]
    try:
        done = web.perform(service.report_nonconformity, _report(element_id, digests, faults))
    except MesError as error:
        errors = {fault.where: [web.in_words(fault.reason)] for fault in error.faults}
        again = queries.element_for(web.reading(), element_id, web.actor())
        return Response(_report_page(again, errors, digests, web.in_words(error.reason)), status=error.status)
    flash(web.gettext(N_("Reported as %(number)s"), number=done.number), "good")
    return redirect(_after_report(done), code=303)


@pages.get("/nonconformities")
@web.permission("nonconformity:read")
def nonconformities() -> str:
    """Open and decided nonconformities."""
    is_open = request.args.get("state") != "decided"
    page = max(1, request.args.get("page", 1, type=int))
    rows, total = queries.nonconformity_page(
        web.reading(), web.actor(), is_open=is_open, page=page, page_size=PAGE_SIZE
    )
    return render_template(
        "inspection/nonconformities.html",
        rows=rows,
        is_open=is_open,
        page=page,
        page_count=ceil(total / PAGE_SIZE),
        total=total,
    )


@pages.get("/nonconformities/<uuid:nonconformity_id>")
@web.permission("nonconformity:read")
def nonconformity(nonconformity_id: UUID) -> str:
    """A nonconformity with its photos and measurements, and the form for the decision."""
    return _nonconformity_page(nonconformity_id, {}, "")


@pages.post("/nonconformities/<uuid:nonconformity_id>/dispose")
@web.permission("nonconformity:repair")
def dispose(nonconformity_id: UUID) -> Answered:
    """Decide: rework, repair, concession or scrap."""
    press = press_of(web.settings())
    press.warm()
    form = request.form
    try:
        command = _valid(
            lambda: Dispose.model_validate(
                {
                    "command_id": form.get("command_id"),
                    "nonconformity_id": nonconformity_id,
                    "disposition": form.get("disposition"),
                    "reason": form.get("reason", "").strip(),
                    "designer_consent": form.get("designer_consent", "").strip(),
                    "order_replacement": form.get("order_replacement") == "1",
                    "expected_version": form.get("expected_version") or None,
                    "press": press,
                }
            )
        )
        done: Disposed = web.perform(service.dispose, command)
    except MesError as error:
        errors = {fault.where: [web.in_words(fault.reason)] for fault in error.faults}
        page = _nonconformity_page(nonconformity_id, errors, web.in_words(error.reason))
        return Response(page, status=error.status)
    flash(web.gettext(N_("Decided")), "good")
    return redirect(url_for("inspection.nonconformity", nonconformity_id=done.nonconformity_id), code=303)


def _valid(make: Callable[[], C]) -> C:
    try:
        return make()
    except ValidationError as error:
        reason = Text(N_("Please choose or fill in"))
        faults = [Fault(str(one["loc"][0]), reason) for one in error.errors()]
        raise InvalidInput(Text(N_("Some fields are not right")), faults) from error


def _report(element_id: UUID, digests: list[str], faults: list[Fault]) -> NonconformityReport:
    if faults:
        raise InvalidInput(Text(N_("Some fields are not right")), faults)
    form = request.form
    return _valid(
        lambda: NonconformityReport.model_validate(
            {
                "command_id": form.get("command_id"),
                "element_id": element_id,
                "kind": form.get("kind") or None,
                "severity": form.get("severity"),
                "description": form.get("description", "").strip(),
                "photos": digests,
            }
        )
    )


def _report_page(element: Element, errors: dict[str, list[str]], digests: list[str], reason: str) -> str:
    defects = [defect.id for defect in inspection_plan("final", element.component_type.family).defects]
    return render_template(
        "inspection/report.html",
        element=element,
        kinds=[(kind, kind_name(kind)) for kind in [*defects, *OTHER_KINDS]],
        values=request.form,
        errors=errors,
        reason=reason,
        digests=digests,
    )


def _after_report(done: NonconformityReported) -> str:
    if web.actor().may("nonconformity:read"):
        return url_for("inspection.nonconformity", nonconformity_id=done.nonconformity_id)
    return url_for("inspection.report")


def _nonconformity_page(nonconformity_id: UUID, errors: dict[str, list[str]], reason: str) -> str:
    found = queries.nonconformity_for(web.reading(), nonconformity_id, web.actor())
    return render_template(
        "inspection/nonconformity.html",
        row=found,
        element=found.element,
        was_cast=was_cast(found.element),
        values=request.form,
        errors=errors,
        reason=reason,
    )
