"""Differences between the ledger and a platform, and what people say about them."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mes.core import web
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.traceability import queries, service
from mes.traceability.models import Difference
from mes.traceability.service import SettleDifference
from mes.traceability.views.blueprint import connector_of, pages
from mes.traceability.views.words import words


@pages.get("/connectors/<uuid:connector_id>/differences")
@web.permission("connector:read")
def differences(connector_id: UUID) -> str:
    """What one side has and the other has not."""
    row = connector_of(connector_id)
    found = queries.differences_of(web.reading(), row.id)
    return render_template("traceability/connector_differences.html", row=row, differences=found, **words())


@pages.post("/connectors/differences/<uuid:difference_id>/settle")
@web.permission("connector:write")
def settle(difference_id: UUID) -> Response:
    """Say what is behind a difference."""
    found = web.reading().get(Difference, difference_id)
    if found is None:
        raise NotFound(Text(N_("There is no such difference")))
    connector_id = found.connector_id
    settlement = request.form.get("settlement", "").strip()
    command = SettleDifference(
        command_id=web.form_command_id(),
        difference_id=difference_id,
        settlement=settlement,
        send_again="send_again" in request.form,
    )
    web.perform(service.settle_difference, command)
    flash(web.gettext(N_("The difference is settled")), "good")
    return redirect(url_for("traceability.differences", connector_id=connector_id), 303)
