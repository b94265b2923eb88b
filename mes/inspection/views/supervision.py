"""The supervisor's (监理) pages: what waits for them, and one inspection to accept or to refuse."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.errors import InvalidInput, MesError
from mes.core.text import N_, Text
from mes.inspection import queries, service
from mes.inspection.nonconformities.drawing import FACES, face_picture
from mes.inspection.schemas import TakenPhoto, WitnessInspection
from mes.inspection.strength import load_of
from mes.inspection.views.blueprint import pages
from mes.inspection.views.photos import photos_of_form
from mes.inspection.witness.queries import next_waiting, waiting_for_witness

MOST_PHOTOS = 20
MESSAGES = {"accepted": (N_("Witnessed"), "good"), "refused": (N_("Refused; the plant has been told"), "warn")}


@pages.get("/supervision")
@web.permission("inspection:witness")
def supervision() -> str:
    """Inspections that wait for the supervisor, hidden works first; or all the recent ones."""
    unwitnessed = request.args.get("show") != "all"
    session, actor = web.reading(), web.actor()
    return render_template(
        "inspection/supervision.html",
        waiting=waiting_for_witness(session, actor),
        inspections=[] if unwitnessed else queries.recent_inspections(session, actor, unwitnessed=False),
        unwitnessed=unwitnessed,
        nonconformities=queries.open_nonconformities(session, actor),
    )


@pages.get("/supervision/<uuid:inspection_id>")
@web.permission("inspection:witness")
def supervised(inspection_id: UUID) -> str:
    """One inspection as the supervisor looks at it: answers, photos, the element's place, and the two buttons."""
    return _page(inspection_id)


@pages.post("/inspections/<uuid:inspection_id>/witness")
@web.permission("inspection:witness")
def witness(inspection_id: UUID) -> Response | WerkzeugResponse:
    """Accept an inspection with one's name, or refuse it with a remark and photos."""
    photos, faults = photos_of_form([""])
    try:
        if faults:
            raise InvalidInput(Text(N_("Some fields are not right")), faults)
        verdict = "refused" if request.form.get("verdict") == "refused" else "accepted"
        command = WitnessInspection.model_validate(
            {
                "command_id": web.form_command_id(),
                "inspection_id": inspection_id,
                "verdict": verdict,
                "remark": request.form.get("remark", "").strip()[:400],
                "photos": [photo.sha256 for photo in photos][:MOST_PHOTOS],
            }
        )
        web.perform(service.witness_inspection, command)
    except MesError as error:
        return Response(_page(inspection_id, error, photos), status=error.status)
    message, tone = MESSAGES[verdict]
    flash(web.gettext(message), tone)
    following = next_waiting(web.reading(), web.actor())
    if following is None or request.form.get("then") != "next":
        return redirect(url_for("inspection.supervision"), code=303)
    return redirect(url_for("inspection.supervised", inspection_id=following.id), code=303)


def _page(inspection_id: UUID, error: MesError | None = None, photos: list[TakenPhoto] | None = None) -> str:
    session = web.reading()
    found = queries.inspection_for(session, inspection_id, web.actor())
    errors: dict[str, list[str]] = {}
    for fault in error.faults if error else ():
        errors.setdefault(fault.where, []).append(web.in_words(fault.reason))
    seen = [defect.get("place") for defect in found.evaluation.get("defects", ())]
    return render_template(
        "inspection/witness.html",
        inspection=found,
        element=found.element,
        load=load_of(session, found.element_id),
        pictures=[face_picture(found.element.component_type, face, seen) for face in FACES],
        reason=web.in_words(error.reason) if error else "",
        errors=errors,
        photos=photos or [],
        values=request.form,
    )
