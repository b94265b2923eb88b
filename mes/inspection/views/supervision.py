"""The supervisor's page: inspections to look at and to witness."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.text import N_
from mes.inspection import queries, service
from mes.inspection.schemas import WitnessInspection
from mes.inspection.views.blueprint import pages


@pages.get("/supervision")
@web.permission("inspection:witness")
def supervision() -> str:
    """Inspections that no supervisor has witnessed yet, and all the others."""
    unwitnessed = request.args.get("show") != "all"
    session, actor = web.reading(), web.actor()
    return render_template(
        "inspection/supervision.html",
        inspections=queries.recent_inspections(session, actor, unwitnessed=unwitnessed),
        unwitnessed=unwitnessed,
        nonconformities=queries.open_nonconformities(session, actor),
    )


@pages.post("/inspections/<uuid:inspection_id>/witness")
@web.permission("inspection:witness")
def witness(inspection_id: UUID) -> WerkzeugResponse:
    """Confirm an inspection with one's name."""
    command = WitnessInspection.model_validate(
        {
            "command_id": request.form["command_id"],
            "inspection_id": inspection_id,
            "remark": request.form.get("remark", "").strip()[:200],
        }
    )
    web.perform(service.witness_inspection, command)
    flash(web.gettext(N_("Witnessed")), "good")
    return redirect(url_for("inspection.inspection", inspection_id=inspection_id), code=303)
