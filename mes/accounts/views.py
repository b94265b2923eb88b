"""Pages of the room: sign-in and sign-out, people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, Response, flash, g, redirect, render_template, request, session, url_for
from pydantic import SecretStr, ValidationError
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.accounts import queries, service
from mes.accounts.models import Person
from mes.accounts.permissions import ROLE_NAMES, roles
from mes.accounts.scope import project_choices
from mes.accounts.service import AddPerson, RemovePerson, SetCrew, SignedIn
from mes.core import navigation, web
from mes.core.errors import MesError, NotSignedIn
from mes.core.text import N_

pages = Blueprint("accounts", __name__)
navigation.add_page(N_("People"), "accounts.people", "users", "account:read", 900)

LOCAL_ADDRESS = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


@pages.route("/sign-in", methods=["GET", "POST"])
@web.public
def sign_in() -> str | Response | WerkzeugResponse:
    """Sign in with a name and a password or PIN."""
    if request.method != "POST":
        return _sign_in_page([])
    name, secret = request.form.get("username", ""), request.form.get("password", "")
    try:
        signed_in = service.sign_in(web.database(), web.clock(), name, secret, request.remote_addr or "")
    except MesError as error:
        return Response(_sign_in_page([web.in_words(error.reason)]), status=error.status)
    return _open_session(signed_in)


@pages.post("/sign-in/badge")
@web.public
def sign_in_by_badge() -> Response | WerkzeugResponse:
    """Sign in on a shared tablet with a scanned badge and its PIN."""
    badge, pin = request.form.get("badge", ""), request.form.get("pin", "")
    try:
        signed_in = service.sign_in_by_badge(web.database(), web.clock(), badge, pin, request.remote_addr or "")
    except NotSignedIn as error:
        return Response(_sign_in_page([web.gettext(N_("Badge or PIN is not right"))]), status=error.status)
    except MesError as error:
        return Response(_sign_in_page([web.in_words(error.reason)]), status=error.status)
    return _open_session(signed_in)


@pages.post("/sign-out")
@web.public
def sign_out() -> WerkzeugResponse:
    """End the session, for every copy of its cookie."""
    if "session_id" in session:
        service.end_session(web.database(), web.clock(), UUID(session["session_id"]))
    session.clear()
    return redirect(url_for("accounts.sign_in"))


@pages.get("/accounts")
@web.permission("account:read")
def people() -> str:
    """Everybody who may sign in."""
    return _people_page({})


@pages.post("/accounts")
@web.permission("account:write")
def add_person() -> Response | WerkzeugResponse:
    """Let somebody sign in; what was typed stays where something is refused (secrets excepted)."""
    form = request.form
    try:
        command = AddPerson.model_validate(
            {
                "command_id": form.get("command_id"),
                "sign_in_name": form.get("sign_in_name", "").strip(),
                "name": form.get("name", "").strip(),
                "role": form.get("role", ""),
                "organisation": form.get("organisation", "").strip(),
                "crew": form.get("crew", "").strip(),
                "password": SecretStr(form.get("password", "")),
                "pin": SecretStr(form["pin"]) if form.get("pin") else None,
                "badge": SecretStr(form["badge"]) if form.get("badge") else None,
                "project_ids": form.getlist("project_id"),
            }
        )
        web.perform(service.add_person, command)
    except ValidationError:
        words = web.gettext(N_("Fill in name, sign-in name, role and password"))
        return Response(_people_page(form.to_dict(), [words]), status=422)
    except MesError as error:
        return Response(_people_page(form.to_dict(), [web.in_words(error.reason)]), status=error.status)
    flash(web.gettext(N_("%(name)s may sign in now"), name=command.name), "good")
    return redirect(url_for("accounts.people"), 303)


def _people_page(values: dict[str, str], errors: Sequence[str] = ()) -> str:
    session = web.reading()
    return render_template(
        "accounts/people.html",
        people=queries.people(session),
        crews=queries.crews(session),
        roles=_role_choices(),
        role_names=ROLE_NAMES,
        projects=project_choices(session),
        values=values,
        errors=errors,
    )


@pages.post("/accounts/<uuid:person_id>/crew")
@web.permission("account:write")
def set_crew(person_id: UUID) -> WerkzeugResponse:
    """Somebody works in another crew from now on."""
    crew = request.form.get("crew", "").strip()[:40]
    command = SetCrew(command_id=web.form_command_id(), person_id=person_id, crew=crew)
    web.perform(service.set_crew, command)
    return redirect(url_for("accounts.people"), 303)


@pages.post("/accounts/<uuid:person_id>/remove")
@web.permission("account:write")
def remove_person(person_id: str) -> WerkzeugResponse:
    """Somebody no longer signs in."""
    command = RemovePerson.model_validate({"command_id": request.form["command_id"], "person_id": person_id})
    web.perform(service.remove_person, command)
    return redirect(url_for("accounts.people"))


def _role_choices() -> list[tuple[str, str]]:
    return [(role, web.gettext(ROLE_NAMES[role])) for role in roles() if role in ROLE_NAMES]


def _sign_in_page(errors: list[str]) -> str:
    return render_template(
        "sign_in.html",
        errors=errors,
        username=request.form.get("username", ""),
        next_url=_local(request.values.get("next", "")),
        sign_in_url=url_for("accounts.sign_in"),
        badge_url=url_for("accounts.sign_in_by_badge"),
    )


def _open_session(signed_in: SignedIn) -> WerkzeugResponse:
    web.close_reading()
    session.clear()
    session.permanent = True
    session["session_id"] = str(signed_in.session_id)
    g.actor = service.actor_of(web.reading().get_one(Person, signed_in.person_id))
    return redirect(_local(request.form.get("next", "")) or url_for(navigation.home_endpoint()))


def _local(target: str) -> str:
    """Only addresses of this server; anything else could lead people astray."""
    return target if LOCAL_ADDRESS.fullmatch(target) else ""
