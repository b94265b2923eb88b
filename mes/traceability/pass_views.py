"""Passes to the trace page: given and withdrawn by those who may, and turned into a cookie by those who got one.

The secret stands behind the `#` of a link: browsers never send that part, so it is in no log and no Referer. A small
script (or the reader's own hand) puts it into a form; its first use makes it a cookie that scripts cannot read.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from sqlalchemy import select
from werkzeug.wrappers import Response as WerkzeugResponse

from labels.keys.naming import address, parse_identity
from labels.symbols.qr import qr_svg
from mes.accounts.secrets import sha256_of
from mes.core import navigation, web
from mes.core.errors import InvalidInput, MesError, NotFound
from mes.core.text import N_, Text
from mes.identity import things
from mes.identity.resolver import not_found_page
from mes.orders import queries as order_queries
from mes.orders.models import Project
from mes.traceability import trace_page
from mes.traceability.models import TracePass
from mes.traceability.reader import PASS_COOKIE, valid_pass
from mes.traceability.service.passes import GivePass, WithdrawPass, give_pass, withdraw_pass
from mes.traceability.story import AUDIENCE_NAMES

pages = Blueprint("trace_pass", __name__, url_prefix="/trace")
navigation.add_page(N_("Passes to the trace page"), "trace_pass.passes", "lock", "trace_pass:write", 655)


@pages.get("/passes")
@web.permission("trace_pass:write")
def passes() -> str:
    """Every pass, the newest first, and giving a new one."""
    return _passes_page({})


@pages.post("/passes")
@web.permission("trace_pass:write")
def give() -> Response:
    """Give a pass; its link is shown this once."""
    form = request.form
    try:
        command = GivePass.model_validate(
            {
                "command_id": web.form_command_id(),
                "audience": form.get("audience", ""),
                "project_id": form.get("project_id") or None,
                "holder": form.get("holder", ""),
                "valid_until": _end_of(form.get("valid_until", "")),
                "secret_hash": sha256_of(_secret(web.form_command_id())),
            }
        )
        web.perform(give_pass, command)
    except ValidationError:
        error = InvalidInput(Text(N_("Say for whom the pass is, what it is for, and until when")))
        return Response(_passes_page(form, error), status=error.status)
    except MesError as error:
        return Response(_passes_page(form, error), status=error.status)
    base = web.settings().effective_public_url.rstrip("/")
    link = f"{base}{url_for('trace_pass.enter')}#{_secret(command.command_id)}"
    return Response(
        render_template("traceability/pass_given.html", link=link, qr=qr_svg(link, size_mm=45), given=command)
    )


@pages.post("/passes/<uuid:pass_id>/withdraw")
@web.permission("trace_pass:write")
def withdraw(pass_id: UUID) -> WerkzeugResponse:
    """Withdraw a pass: from now on its link opens nothing."""
    web.perform(withdraw_pass, WithdrawPass(command_id=web.form_command_id(), pass_id=pass_id))
    flash(web.gettext(N_("The pass is withdrawn")), "good")
    return redirect(url_for("trace_pass.passes"), 303)


@pages.get("/pass")
@web.public
def enter() -> str:
    """Where the link of a pass leads: what it opens, or a field for it."""
    return _enter_page()


@pages.post("/pass")
@web.public
def use() -> Response | WerkzeugResponse:
    """Turn a pass into a cookie."""
    secret = request.form.get("pass", "").strip().rpartition("#")[2]
    found = valid_pass(web.reading(), secret, web.clock().now())
    if found is None:
        error = NotFound(Text(N_("This pass is not valid: it has ended, was withdrawn, or was not copied whole")))
        return Response(_enter_page(error), status=error.status)
    answer = redirect(url_for("trace_pass.enter"), 303)
    answer.set_cookie(
        PASS_COOKIE,
        secret,
        expires=found.valid_until,
        httponly=True,
        samesite="Lax",
        secure=web.settings().secure_cookies,
    )
    return answer


@pages.post("/pass/forget")
@web.public
def forget() -> WerkzeugResponse:
    """Read as the public again on this device."""
    answer = redirect(url_for("trace_pass.enter"), 303)
    answer.delete_cookie(PASS_COOKIE, httponly=True, samesite="Lax", secure=web.settings().secure_cookies)
    return answer


@pages.get("/find")
@web.public
def find() -> Response | WerkzeugResponse:
    """The page of the element with a number, as it stands on its label."""
    typed = request.args.get("number", "").strip()[:60]
    asked = typed.rpartition("(21)")[2]  # the whole line below a GS1 code may be typed
    known = asked.isascii() and asked.isdecimal() and len(asked) <= 12
    thing = things.of_subject(web.reading(), f"element:{int(asked)}") if known else None
    if thing is None:
        words = Text(N_("No element with this code was made here. Check the code on the label."))
        return not_found_page(NotFound(words), typed)
    return redirect(address(parse_identity(thing.identity), ""), 303)


def _secret(command_id: UUID) -> str:
    """The secret of the pass that a form makes: 256 bits, the same each time the same form is sent."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    digest = hmac.new(key, b"trace pass " + command_id.bytes, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _end_of(day: str) -> datetime | None:
    """The last moment of a day in the factory's zone."""
    try:
        named = datetime.strptime(day, "%Y-%m-%d").date()  # noqa: DTZ007 - a day, made a moment of the zone below
        return datetime.combine(named, time(23, 59, 59), ZoneInfo(web.settings().zone))
    except ValueError:
        return None


def _passes_page(values: Any, error: MesError | None = None) -> str:
    session, actor = web.reading(), web.actor()
    query = select(TracePass, Project).outerjoin(Project, Project.id == TracePass.project_id)
    if actor.project_ids is not None:
        query = query.where(TracePass.project_id.in_(actor.project_ids))
    projects = order_queries.projects(session, actor)
    return render_template(
        "traceability/passes.html",
        rows=session.execute(query.order_by(TracePass.created_at.desc())).all(),
        audiences=[(name, web.gettext(title)) for name, title in AUDIENCE_NAMES.items() if name != "public"],
        audience_names=AUDIENCE_NAMES,
        projects=[(str(project.id), f"{project.code} {project.name}") for project in projects],
        may_all=actor.project_ids is None,
        now=web.clock().now(),
        values=values,
        error=error,
    )


def _enter_page(error: MesError | None = None) -> str:
    session = web.reading()
    held = trace_page.held_pass(session)
    project = session.get(Project, held.project_id) if held is not None and held.project_id else None
    return render_template(
        "traceability/pass.html",
        held=held,
        lapsed=held is None and PASS_COOKIE in request.cookies,
        project=project,
        audience_names=AUDIENCE_NAMES,
        error=error,
    )
