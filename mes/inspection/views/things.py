"""Pages for inspections of things: what is due, the form of a lot, mould, pallet, load or batch, and its history."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.errors import InvalidInput, MesError
from mes.core.form_faults import faults_of
from mes.core.text import N_, Text
from mes.inspection import service
from mes.inspection.schemas import Reading, TakenPhoto
from mes.inspection.things import queries, standing_of, subject_of, thing_plan
from mes.inspection.things.schemas import InspectThing
from mes.inspection.things.subjects import SUBJECT_NAMES
from mes.inspection.views.blueprint import pages
from mes.inspection.views.checked import text_of
from mes.inspection.views.checklists import errors_by_field, read_checklist, typed_items
from mes.inspection.views.forms import VERDICT_FLASH
from mes.inspection.views.photos import photos_of_form

Answered = str | Response | WerkzeugResponse


@pages.get("/things")
@web.permission("thing:inspect")
def things() -> str:
    """Lots, moulds, pallets, loads and batches that wait for their inspection."""
    due = queries.due_things(web.reading(), web.clock().now())
    return render_template("inspection/things.html", due=due, subject_names=SUBJECT_NAMES)


@pages.route("/things/<subject_kind>/<uuid:subject_id>", methods=["GET", "POST"])
@web.permission("thing:inspect")
def thing(subject_kind: str, subject_id: UUID) -> Answered:
    """A thing with its inspections, and the form for the next one."""
    if request.method == "GET":
        return _page(subject_kind, subject_id)
    plan = thing_plan(subject_of(web.reading(), subject_kind, subject_id))
    answers, readings, faults = read_checklist(plan, request.form)
    photos, photo_faults = photos_of_form([item.id for item in plan.items if item.photo_required] + [""])
    try:
        if faults or photo_faults:
            raise InvalidInput(Text(N_("Some fields are not right")), faults + photo_faults)
        done = web.perform(service.inspect_thing, _command(subject_kind, subject_id, answers, readings, photos))
    except MesError as error:
        errors = errors_by_field(plan, readings, list(error.faults))
        page = _page(subject_kind, subject_id, web.in_words(error.reason), errors, photos)
        return Response(page, status=error.status)
    message, tone = VERDICT_FLASH[done.verdict]
    flash(web.gettext(message), tone)
    return redirect(url_for("inspection.thing", subject_kind=subject_kind, subject_id=subject_id), code=303)


def _command(
    subject_kind: str,
    subject_id: UUID,
    answers: dict[str, str],
    readings: list[Reading],
    photos: list[TakenPhoto],
) -> InspectThing:
    try:
        return InspectThing.model_validate(
            {
                "command_id": request.form.get("command_id"),
                "subject_kind": subject_kind,
                "subject_id": subject_id,
                "answers": answers,
                "measurements": [reading.model_dump() for reading in readings],
                "photos": photos,
                "remark": text_of(request.form, "remark"),
            }
        )
    except ValidationError as error:
        raise InvalidInput(Text(N_("Some fields are not right")), faults_of(error)) from error


def _page(
    subject_kind: str,
    subject_id: UUID,
    reason: str = "",
    errors: dict[str, list[Any]] | None = None,
    photos: list[TakenPhoto] | None = None,
) -> str:
    session = web.reading()
    subject = subject_of(session, subject_kind, subject_id)
    plan = thing_plan(subject)
    return render_template(
        "inspection/thing.html",
        subject=subject,
        subject_name=SUBJECT_NAMES[subject.kind],
        plan=plan,
        items=typed_items(plan),
        standing=standing_of(session, subject.kind, subject.id),
        history=queries.thing_inspections(session, subject.kind, subject.id),
        reason=reason,
        errors={name: [web.in_words(one) for one in reasons] for name, reasons in (errors or {}).items()},
        photos=photos or [],
        values=request.form,
    )
