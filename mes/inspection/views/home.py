"""The inspectors' home: a big scan field, and everything that waits."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.errors import MesError, NotFound
from mes.core.scanning import read_code
from mes.core.text import N_, Text
from mes.inspection import queries
from mes.inspection.first_articles import first_articles_among
from mes.inspection.queries import Found
from mes.inspection.sampling import looked_at_among
from mes.inspection.sampling.queries import refused_lots_with_work
from mes.inspection.service import is_measured_again
from mes.inspection.things import find_subject
from mes.inspection.things.queries import due_things
from mes.inspection.things.subjects import SUBJECT_NAMES
from mes.inspection.views.blueprint import pages
from mes.orders.models import Element
from mes.planning.models import PalletLoad

FORM_OF_STATE = {"in_setup": "inspection.hidden_works", "finished": "inspection.final"}
HANDOVER_OF_STATE = {"stored": "before_loading", "shipped": "at_site"}


@pages.get("")
@web.permission("inspection:read")
def home() -> str:
    """What waits for an inspector."""
    return _home()


@pages.get("/lists")
@web.permission("inspection:read")
def lists() -> str:
    """The lists alone, which the page asks for again and again."""
    return render_template("inspection/_lists.html", **_due())


@pages.get("/scan")
@web.permission("inspection:read")
def scan() -> str | Response | WerkzeugResponse:
    """From a scanned code to the right form for the element's state, to a load, or to a batch."""
    code = request.args.get("code", "")
    try:
        return redirect(_scanned(code))
    except MesError as error:
        return Response(_home(code, [web.in_words(error.reason)]), status=error.status)


@pages.get("/scan-thing")
@web.permission("thing:inspect")
def scan_thing() -> str | Response | WerkzeugResponse:
    """From a scanned code to the form of a lot, a mould, a pallet or a batch."""
    code = request.args.get("code", "")
    try:
        return redirect(_thing_scanned(code))
    except MesError as error:
        due = due_things(web.reading(), web.clock().now())
        errors = [web.in_words(error.reason)]
        page = render_template(
            "inspection/things.html", due=due, subject_names=SUBJECT_NAMES, code=code, scan_errors=errors
        )
        return Response(page, status=error.status)


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
    if endpoint is None and is_measured_again(web.reading(), element):
        endpoint = "inspection.final"
    if endpoint is None and element.state == "stored" and web.actor().may("thing:inspect"):
        return url_for("inspection.handover", element_id=element.id, kind="before_loading")
    if endpoint is None or not web.actor().may("inspection:write"):
        return url_for("inspection.element", element_id=element.id)
    return url_for(endpoint, element_id=element.id)


def _scanned(code: str) -> str:
    """Where a code leads: an element, a load or a batch first, then a mould, a pallet or a material lot."""
    try:
        return _target(queries.find_scanned(web.reading(), web.actor(), code))
    except NotFound:
        if not web.actor().may("thing:inspect"):
            raise
        return _thing_scanned(code)


def _thing_scanned(code: str) -> str:
    scan = read_code(code)
    subject = find_subject(web.reading(), code, scan.key, scan.text) if scan.text else None
    if subject is None:
        raise NotFound(Text(N_("Nothing here has the code %(code)s"), {"code": scan.text[:60] or "–"}))
    return url_for("inspection.thing", subject_kind=subject.kind, subject_id=subject.id)


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
    return render_template("inspection/home.html", **_due(), code=code, scan_errors=errors or [])


def _due() -> dict[str, Any]:
    """What is due now, by kind, the oldest first."""
    session = web.reading()
    lists = queries.work_lists(session, web.actor())
    waiting = [element for load in lists.loads for element in load.elements]
    elements = waiting + [final.element for final in lists.finals]
    return {
        "lists": lists,
        "due": due_things(session, web.clock().now()),
        "subject_names": SUBJECT_NAMES,
        "first_articles": first_articles_among(session, elements),
        "looked_at": looked_at_among(session, [final.element for final in lists.finals]),
        "lots": refused_lots_with_work(session, web.actor()),
    }
