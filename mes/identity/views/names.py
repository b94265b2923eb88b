"""The tags and names of a thing: what it wears, wore and is called, and changing that."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from labels.aliases.schemes import schemes
from mes.core import web
from mes.core.errors import MesError
from mes.core.text import N_
from mes.identity import queries, things
from mes.identity.rules import END_REASONS, ENDED
from mes.identity.service import EndTag, GiveAlias, TakeAlias, end_tag, give_alias, take_alias
from mes.identity.views.room import asked, asked_thing, command_of, field_errors, pages


@pages.get("/tags/of")
@web.permission("element:read")
def names() -> str:
    """Everything a thing is called, and its tags now and before."""
    return _page()


def _page(error: MesError | None = None) -> str:
    thing = asked_thing()
    language = "en" if web.locale() == "en" else "zh"
    return render_template(
        "identity/names.html",
        thing=thing,
        names=queries.names_of(web.reading(), thing.subject),
        kinds=things.kinds(),
        end_reasons=END_REASONS,
        ended=ENDED,
        schemes=[(scheme.name, scheme.title[language]) for scheme in schemes()],
        error=error,
        errors=field_errors(error),
        typed={name: asked(name) for name in ("scheme", "value")},
    )


@pages.post("/tags/end")
@web.permission("tag:bind")
def end() -> Response | WerkzeugResponse:
    """The thing wears its tag no longer."""
    subject = asked("subject")
    try:
        ended = web.perform(end_tag, command_of(EndTag, subject=subject, reason=asked("reason")))
    except MesError as error:
        return Response(_page(error), status=error.status)
    flash(web.gettext(N_("The tag %(tid)s is off"), tid=ended.tid), "info")
    return redirect(url_for("identity.names", subject=subject), 303)


@pages.post("/tags/names")
@web.permission("alias:write")
def give() -> Response | WerkzeugResponse:
    """Give the thing another name."""
    subject = asked("subject")
    try:
        command = command_of(GiveAlias, subject=subject, scheme=asked("scheme"), value=asked("value"))
        given = web.perform(give_alias, command)
    except MesError as error:
        return Response(_page(error), status=error.status)
    flash(web.gettext(N_("It is called %(value)s as well"), value=given.value), "good")
    return redirect(url_for("identity.names", subject=subject), 303)


@pages.post("/tags/names/take")
@web.permission("alias:write")
def take() -> WerkzeugResponse:
    """Take a name away."""
    taken = web.perform(take_alias, command_of(TakeAlias, alias_id=asked("alias_id")))
    flash(web.gettext(N_("It is not called %(value)s any more"), value=taken.value), "info")
    return redirect(url_for("identity.names", subject=taken.subject), 303)
