"""The requests to a platform and its answers, masked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import render_template, request

from mes.core import web
from mes.traceability import queries
from mes.traceability.views.blueprint import connector_of, pages
from mes.traceability.views.words import OUTCOMES, words

A_PAGE = 50


@pages.get("/connectors/<uuid:connector_id>/requests")
@web.permission("connector:read")
def exchanges(connector_id: UUID) -> str:
    """Requests, the newest first."""
    session, row = web.reading(), connector_of(connector_id)
    outcome = request.args.get("outcome", "")
    outcome = outcome if outcome in OUTCOMES else ""
    found = queries.exchanges_of(session, row.id, outcome, _moment(request.args.get("before", "")), A_PAGE)
    return render_template(
        "traceability/connector_requests.html",
        row=row,
        exchanges=found,
        about=queries.sequences_about(session, row.id, found),
        outcome=outcome,
        counts=queries.outcome_counts(session, row.id),
        older=found[-1].at.isoformat() if len(found) == A_PAGE else "",
        **words(),
    )


def _moment(text: str) -> datetime | None:
    """A moment of an address; None where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
