"""The page on which a plant names its heads of production."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import navigation, web
from mes.core.errors import InvalidInput, MesError
from mes.core.form_faults import faults_of
from mes.core.text import N_, Text
from mes.planning import queries
from mes.planning.heads import EndHead, NameHead, end_head, heads, name_head

pages = Blueprint("production_heads", __name__, url_prefix="/production-heads")
navigation.add_page(N_("Head of production"), "production_heads.index", "user-circle", "line:write", 880)


@pages.get("/")
@web.permission("line:write")
def index() -> str:
    """Who is head of production, who was, and who will be."""
    return _page()


@pages.post("/")
@web.permission("line:write")
def name() -> Response | WerkzeugResponse:
    """Somebody is named; what was typed stays where it is refused."""
    form = request.form
    try:
        command = NameHead(
            command_id=UUID(form["command_id"]),
            line=form.get("line", ""),
            name=form.get("name", "").strip(),
            since=_moment("since"),
            until=_moment("until"),
        )
        web.perform(name_head, command)
    except ValidationError as error:
        return Response(_page([web.in_words(fault.reason) for fault in faults_of(error)]), status=InvalidInput.status)
    except MesError as error:
        return Response(_page([web.in_words(error.reason)]), status=error.status)
    flash(web.gettext(N_("%(name)s is named head of production"), name=command.name), "good")
    return redirect(url_for("production_heads.index"), 303)


@pages.post("/<uuid:head_id>/end")
@web.permission("line:write")
def end(head_id: UUID) -> WerkzeugResponse:
    """It ends for somebody now."""
    web.perform(end_head, EndHead(command_id=web.form_command_id(), head_id=head_id))
    return redirect(url_for("production_heads.index"), 303)


def _moment(field: str) -> datetime | None:
    typed = request.form.get(field, "")
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=web.clock().zone) if typed else None
    except ValueError as error:
        raise InvalidInput(Text(N_("%(text)s is no date and time"), {"text": typed})) from error


def _page(errors: list[str] | None = None) -> str:
    if errors:
        web.close_reading()
    session, now = web.reading(), web.clock().now()
    lines = [(line.code, f"{line.code} {line.name}") for line in queries.lines(session)]
    return render_template(
        "planning/heads.html",
        heads=heads(session),
        now=now,
        line_choices=[("", web.gettext(N_("the whole plant"))), *lines],
        errors=errors or [],
        values=request.form,
    )
