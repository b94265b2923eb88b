"""Issuing the list of a recall, and the list as it was issued."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.documents import file_store
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.inspection.documents.ahead import issue_ahead
from mes.inspection.documents.press import press_of
from mes.recall.paper.service import IssueRecallList, issue_recall_list, latest_list, recall_list
from mes.recall.service import recall_of

pages = Blueprint("recall_paper", __name__)


@pages.post("/recalls/<number>/list")
@web.permission("recall:export")
def issue(number: str) -> WerkzeugResponse:
    """Issue the list of a recall as it is now."""
    press = press_of(web.settings())
    press.warm()
    command = IssueRecallList(command_id=web.form_command_id(), number=number, press=press)
    issued = issue_ahead(web.database(), web.actor(), web.clock(), issue_recall_list, recall_list, command)
    flash(web.gettext(N_("Recall list %(number)s is issued"), number=issued.number), "good")
    return redirect(url_for("recall.recorded", number=number), 303)


@pages.get("/recalls/<number>/list.pdf")
@web.permission("recall:read")
def pdf(number: str) -> Response:
    """The latest list of a recall as it was issued; it names elements of every project."""
    recall = recall_of(web.reading(), number)
    paper = latest_list(web.reading(), recall) if web.actor().project_ids is None else None
    if paper is None:
        raise NotFound(Text(N_("This recall has no list yet")))
    headers = {"Content-Disposition": f"inline; filename={paper.number}.pdf"}
    return Response(file_store().read(paper.pdf_sha256), mimetype="application/pdf", headers=headers)
