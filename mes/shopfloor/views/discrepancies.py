"""Where machine and house tell different stories, and releases that a machine refused."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.text import N_, Text
from mes.shopfloor import queries, service
from mes.shopfloor.views.room import pages, tabs
from mes.shopfloor.words import DISCREPANCY_NAMES, MACHINE_WORDS, STATE_WORDS


@pages.get("/discrepancies")
@web.permission("operation:read")
def discrepancies() -> str:
    """Where machine and house tell different stories."""
    session = web.reading()
    return render_template(
        "shopfloor/discrepancies.html",
        tab_items=tabs("discrepancies"),
        open=queries.open_discrepancies(session),
        closed=queries.closed_discrepancies(session),
        refused={str(command.id): command for command in queries.refused_commands(session)},
        names=DISCREPANCY_NAMES,
        state_words=STATE_WORDS,
        machine_words=MACHINE_WORDS,
        kept_words=lambda kept: web.in_words(Text.from_json(kept) if isinstance(kept, dict) else kept),
    )


@pages.post("/discrepancies/<uuid:discrepancy_id>/resolve")
@web.permission("operation:run")
def resolve(discrepancy_id: UUID) -> WerkzeugResponse:
    """A person found out what was true."""
    command = service.ResolveDiscrepancy(
        command_id=UUID(request.form["command_id"]),
        discrepancy_id=discrepancy_id,
        resolution=request.form.get("resolution", "").strip(),
    )
    web.perform(service.resolve_discrepancy, command)
    flash(web.gettext(N_("Closed")), "good")
    return redirect(url_for("shopfloor.discrepancies"), 303)


@pages.post("/releases/<uuid:machine_command_id>/again")
@web.permission("operation:run")
def release_again(machine_command_id: UUID) -> WerkzeugResponse:
    """Try a refused release once more."""
    command = service.AskReleaseAgain(
        command_id=UUID(request.form["command_id"]), machine_command_id=machine_command_id
    )
    web.perform(service.ask_release_again, command)
    flash(web.gettext(N_("The release is sent again")), "info")
    return redirect(url_for("shopfloor.discrepancies"), 303)
