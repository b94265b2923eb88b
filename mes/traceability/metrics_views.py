"""The address that a monitoring system reads connectors' numbers from."""

from __future__ import annotations

from flask import Blueprint, Response

from mes.core import web
from mes.traceability import queries

pages = Blueprint("metrics", __name__)


@pages.get("/metrics")
@web.permission("connector:read")
def show_metrics() -> Response:
    """Every connector's numbers; read with an API token whose role may see connectors."""
    from mes.traceability.metrics import metrics_text  # what only monitoring needs is loaded when it asks

    session, clock = web.reading(), web.clock()
    text, media_type = metrics_text([queries.status_of(session, row, clock, 1) for row in queries.connectors(session)])
    return Response(text, content_type=media_type)
