"""The room's pages share this blueprint, its tabs and its words."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import navigation, web
from mes.core.errors import MesError
from mes.core.text import N_
from mes.printing import words
from mes.printing.queries import jobs_in

pages = Blueprint("printing", __name__)
navigation.add_page(N_("Label printing"), "printing.queue", "printer", "label:print", 640)

TABS = (
    (N_("Print queue"), "printing.queue", "label:print"),
    (N_("Print"), "printing.choose", "label:print"),
    (N_("Printers"), "printing.printers", "printer:read"),
    (N_("Routes"), "printing.routes", "printer:read"),
    (N_("Tag readers"), "identity.readers", "reader:write"),
)


def page(template: str, tab: str, **context: Any) -> str:
    """A page of the room: its tabs, and the words for states."""
    waiting = len(jobs_in(web.reading(), web.actor(), ("queued", "printing", "unknown")))
    tabs = [
        {
            "title": web.gettext(title),
            "url": url_for(endpoint),
            "active": endpoint == f"printing.{tab}",
            "count": waiting if endpoint == "printing.queue" and waiting else None,
        }
        for title, endpoint, permission in TABS
        if web.actor().may(permission)
    ]
    return render_template(f"printing/{template}", tabs_of_room=tabs, words=words, kept=kept, **context)


def kept(reason: dict[str, Any] | None) -> str:
    """Words that a row keeps, in the reader's language."""
    text = words.kept(reason)
    return web.in_words(text) if text else ""


def language() -> str:
    """The language of labels that the reader asks for without saying which."""
    return "en" if web.locale() == "en" else "zh"


def answered(message: str, kind: str = "good", *, to: str = "", download: str = "") -> Response | WerkzeugResponse:
    """A toast over the page that sent the request, or the next page with it. `download` is fetched by itself."""
    if request.headers.get("HX-Request"):
        headers = {"HX-Trigger": json.dumps({"toast": {"message": message, "kind": kind}, "printed": {}})}
        if download:
            headers["HX-Redirect"] = download
        return Response("", headers=headers)
    flash(message, kind)
    return redirect(download or to or url_for("printing.queue"), 303)


def faults_by_field(error: MesError | None) -> dict[str, list[str]]:
    """What is wrong with each field of a form, in the reader's words."""
    errors: dict[str, list[str]] = {}
    for fault in error.faults if error else ():
        errors.setdefault(fault.where, []).append(web.in_words(fault.reason))
    return errors
