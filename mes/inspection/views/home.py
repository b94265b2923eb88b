"""The inspectors' home: a big scan field, and everything that waits."""

from __future__ import annotations

from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.errors import MesError, NotFound
from mes.core.text import N_, Text
from mes.inspection import queries
from mes.inspection.queries import Found
from mes.inspection.views.blueprint import pages
from mes.orders.models import Element
from mes.planning.models import PalletLoad

FORM_OF_STATE = {"in_setup": "inspection.hidden_works", "finished": "inspection.final"}


@pages.get("")
@web.permission("inspection:read")
def home() -> str:
    """What waits for an inspector."""
    return _home()


@pages.get("/lists")
@web.permission("inspection:read")
def lists() -> str:
    """The lists alone, which the page asks for again and again."""
    return render_template("inspection/_lists.html", lists=queries.work_lists(web.reading(), web.actor()))


@pages.get("/scan")
@web.permission("inspection:read")
def scan() -> str | Response | WerkzeugResponse:
    """From a scanned code to the right form for the element's state, to a load, or to a batch."""
    code = request.args.get("code", "")
    try:
        return redirect(_target(queries.find_scanned(web.reading(), web.actor(), code)))
    except MesError as error:
        return Response(_home(code, [web.in_words(error.reason)]), status=error.status)


@pages.get("/loads/<uuid:load_id>")
@web.permission("inspection:read")
def load(load_id: UUID) -> str:
    """The elements on a pallet, each with the way to its form."""
    found = web.reading().get(PalletLoad, load_id)
    if found is None:
        raise NotFound(Text(N_("There is no such load")))
    elements = [item.element for item in found.items if web.actor().may_see_project(item.element.project_id)]
    return render_template("inspection/load.html", load=found, elements=elements)


def form_url(element: Element) -> str:
    """The form for the element's state, or its page where no inspection fits or the reader may not inspect."""
    endpoint = FORM_OF_STATE.get(element.state)
    if endpoint is None or not web.actor().may("inspection:write"):
        return url_for("inspection.element", element_id=element.id)
    return url_for(endpoint, element_id=element.id)


def _target(found: Found) -> str:
    if found.element is not None:
        web.actor().require_project(found.element.project_id)
        return form_url(found.element)
    if found.load is not None:
        return url_for("inspection.load", load_id=found.load.id)
    if found.batch is not None:
        return url_for("inspection.batch", batch_id=found.batch.id)
    raise NotFound(Text(N_("Nothing here has this code")))


def _home(code: str = "", errors: list[str] | None = None) -> str:
    found = queries.work_lists(web.reading(), web.actor())
    return render_template("inspection/home.html", lists=found, code=code, scan_errors=errors or [])
