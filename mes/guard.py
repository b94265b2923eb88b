"""The door: who sends a request, and whether the route is theirs. Denied unless granted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from flask import Flask, Response, current_app, g, request, session
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.datastructures import MultiDict

from mes.accounts.queries import person_of_session, token_of
from mes.accounts.service import actor_of, actor_of_token
from mes.core import web
from mes.core.actor import NOBODY, Actor
from mes.core.device import DEVICE_COOKIE, device_of
from mes.core.errors import Forbidden, InvalidInput, NotSignedIn
from mes.core.text import N_, Text

csrf = CSRFProtect()
FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
SESSION_ID = "session_id"  # its key in the signed cookie
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_ENDPOINTS = ("static", "openapi.", "swagger.")


class UnguardedRoute(RuntimeError):
    """A route says neither which permission it needs nor that it is public."""


def protect(app: Flask) -> None:
    """Put the guard before every route of the application."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    csrf.init_app(app)
    app.before_request(check_request)
    app.after_request(harden)
    app.teardown_request(web.close_reading)


def require_every_route_guarded(app: Flask) -> None:
    """Raise `UnguardedRoute` for a route that forgot to say who may use it."""
    for rule in app.url_map.iter_rules():
        if needed_permission(app, rule.endpoint) is None:
            raise UnguardedRoute(f"{rule.rule} ({rule.endpoint}) says neither @permission nor @public")


def needed_permission(app: Flask, endpoint: str) -> str | None:
    """The permission a route needs; empty for a public one, None for one that forgot to say."""
    if endpoint.startswith(OPEN_ENDPOINTS):
        return ""
    found = getattr(app.view_functions[endpoint], "permission", None)
    return found if isinstance(found, str) else None


def check_request() -> None:
    """Find out who asks, and refuse what is not theirs."""
    g.actor = NOBODY
    _refuse_null_characters()
    if request.endpoint is None:
        return
    needed = needed_permission(current_app, request.endpoint)
    if request.endpoint == "static":
        return
    g.actor, by_token = _who_asks()
    if needed != "" and g.actor is NOBODY:
        raise NotSignedIn(Text(N_("Please sign in first")))
    if request.method not in SAFE_METHODS and not by_token and current_app.config["WTF_CSRF_ENABLED"]:
        _check_csrf()
    if needed == "":
        return
    if needed is None or not g.actor.may(needed):
        raise Forbidden(Text(N_("Your role does not include this (%(permission)s)"), {"permission": needed or "?"}))


def _refuse_null_characters() -> None:
    """PostgreSQL keeps no text with a null character, and no person types one."""
    values = [request.path, *_values(request.args)]
    if request.mimetype in FORM_TYPES:
        values += [*_values(request.form), *(file.filename or "" for _, file in request.files.items(multi=True))]
    if any("\0" in value for value in values):
        raise InvalidInput(Text(N_("A null character is not allowed here")))


def _values(fields: MultiDict[str, str]) -> list[str]:
    return [value for _, value in fields.items(multi=True)]


def _who_asks() -> tuple[Actor, bool]:
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        token = token_of(web.reading(), header.removeprefix("Bearer ").strip())
        if token is None:
            raise NotSignedIn(Text(N_("This token is not valid")))
        return replace(actor_of_token(token), device=token.name), True
    if SESSION_ID in session:
        oldest = web.clock().now() - timedelta(hours=web.settings().session_hours)
        person = person_of_session(web.reading(), UUID(session[SESSION_ID]), oldest)
        if person is not None:
            return replace(actor_of(person), device=_device()), False
        session.clear()
    return NOBODY, False


def _device() -> str:
    return device_of(request.cookies.get(DEVICE_COOKIE), request.headers.get("User-Agent", ""))


def _check_csrf() -> None:
    try:
        csrf.protect()
    except CSRFError as error:
        raise InvalidInput(Text(N_("This form is too old or did not come from here; load the page again"))) from error


def harden(response: Response) -> Response:
    """Security headers on every answer."""
    nonce = web.csp_nonce()
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'self'; "
        f"script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self' blob:; connect-src 'self'; "
        "font-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")  # who scans a code reads; who searches does not
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
