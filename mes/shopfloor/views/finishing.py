"""Demoulded elements that are to be made good and marked."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.text import N_
from mes.shopfloor import queries, service
from mes.shopfloor.views.room import pages, tabs


@pages.get("/finishing")
@web.permission("operation:read")
def finishing() -> str:
    """Demoulded elements that are to be made good and marked."""
    return render_template(
        "shopfloor/finishing.html",
        tab_items=tabs("finishing"),
        loads=queries.loads_to_finish(web.reading()),
    )


@pages.post("/finishing")
@web.permission("operation:run")
def finish() -> WerkzeugResponse:
    """One element, or all of a load, is finished."""
    ids = [UUID(value) for value in request.form.getlist("element_id")]
    command = service.FinishElements(command_id=UUID(request.form["command_id"]), element_ids=ids)
    answer = web.perform(service.finish_elements, command)
    flash(web.gettext(N_("%(count)s elements finished"), count=len(answer.serials)), "good")
    return redirect(url_for("shopfloor.finishing"), 303)
