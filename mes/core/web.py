"""What every page and API route uses: the request's work, guards, language, errors.

A view does three things in the same order: load, check, call one operation. Each route says which permission it
needs (`@permission`), or that it is open to all (`@public`); the application does not start with one that does not.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, current_app, g, jsonify, render_template, request
from sqlalchemy.orm import Session

from mes.config import Settings
from mes.core import commands
from mes.core.actor import Actor
from mes.core.clock import Clock
from mes.core.commands import Answer, Command, UseCase, Work
from mes.core.database import Database
from mes.core.errors import Fault, InvalidInput, MesError
from mes.core.text import N_, Text
from mes.core.translations import LOCALES, translate

F = TypeVar("F", bound=Callable[..., Any])
C = TypeVar("C", bound=Command)
A = TypeVar("A", bound=Answer)


def permission(name: str) -> Callable[[F], F]:
    """Mark a view with the permission it needs."""

    def mark(view: F) -> F:
        view.__dict__["permission"] = name
        return view

    return mark


def public(view: F) -> F:
    """Mark a view as open to everybody, signed in or not."""
    view.__dict__["permission"] = ""
    return view


def settings() -> Settings:
    """The settings of the running application."""
    return cast(Settings, current_app.config["MES_SETTINGS"])


def database() -> Database:
    """The database of the running application."""
    return cast(Database, current_app.extensions["mes_database"])


def clock() -> Clock:
    """The clock of the running application."""
    return cast(Clock, current_app.extensions["mes_clock"])


def actor() -> Actor:
    """Whoever sent this request (set by the guard in `mes.app`)."""
    return cast(Actor, g.actor)


def reading() -> Session:
    """The request's session for queries; closed when the request ends."""
    if "reading" not in g:
        g.reading = database().session()
    return cast(Session, g.reading)


def reading_work() -> Work:
    """Session, actor and clock for queries of this request."""
    return Work(reading(), actor(), clock())


def perform(use: UseCase[C, A], command: C) -> A:
    """Run a use case for the request's actor in a transaction of its own."""
    close_reading()
    return commands.perform(database(), actor(), clock(), use, command)


def form_command_id() -> UUID:
    """The command id that a form carries.

    Raises:
        InvalidInput: there is none, or it is no UUID.
    """
    try:
        return UUID(request.form.get("command_id", ""))
    except ValueError as error:
        reason = Text(N_("This form is too old or did not come from here; load the page again"))
        raise InvalidInput(reason, [Fault("command_id", reason)]) from error


def close_reading(_error: BaseException | None = None) -> None:
    """Give the request's reading session back."""
    opened: Session | None = g.pop("reading", None)
    if opened is not None:
        opened.close()


LOCALE_COOKIE = "mes_locale"


def locale() -> str:
    """The reader's language: as asked for in the address, as chosen before, as the browser prefers, or as set."""
    for chosen in (request.args.get("lang"), request.cookies.get(LOCALE_COOKIE)):
        if chosen in LOCALES:
            return str(chosen)
    best = request.accept_languages.best_match(["zh-CN", "zh", "en"])
    if best is None:
        return settings().locale
    return "en" if best == "en" else "zh_CN"


def gettext(message: str, **values: object) -> str:
    """`message` in the reader's language, its places filled."""
    translated = translate(message, locale())
    return translated % values if values else translated


def in_words(text: Text | str) -> str:
    """A `Text` in the reader's language."""
    return text.render(gettext) if isinstance(text, Text) else gettext(text)


def local_time(moment: datetime) -> datetime:
    """A moment in the factory's zone."""
    return moment.astimezone(ZoneInfo(settings().zone))


def csp_nonce() -> str:
    """This response's nonce for the Content-Security-Policy."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return cast(str, g.nonce)


def wants_json() -> bool:
    """Whether the caller is a program."""
    return request.path.startswith(("/api/", "/metrics"))


def problem(error: MesError) -> Response:
    """An error as RFC 9457 problem+json."""
    document = {
        "type": f"urn:precast-mes:problem:{error.code}",
        "title": gettext(error.title),
        "status": error.status,
        "detail": in_words(error.reason),
        "instance": request.path,
        "errors": [{"where": fault.where, "reason": in_words(fault.reason)} for fault in error.faults],
    }
    response = jsonify(document)
    response.status_code = error.status
    response.mimetype = "application/problem+json"
    return response


def error_response(error: MesError) -> Response:
    """An error as the caller can read it: problem+json for programs, a page for people."""
    if wants_json():
        return problem(error)
    if request.headers.get("HX-Request"):
        return _toast(error)
    page = render_template(
        "error.html",
        code=error.status,
        message=in_words(error.reason),
        faults=[(fault.where, in_words(fault.reason)) for fault in error.faults],
    )
    return Response(page, status=error.status)


def _toast(error: MesError) -> Response:
    """An error as a short message over the page that sent the request; the page stays as it is."""
    toast = {"toast": {"message": in_words(error.reason), "kind": "bad"}}
    return Response("", status=error.status, headers={"HX-Trigger": json.dumps(toast), "HX-Reswap": "none"})
