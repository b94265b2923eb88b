"""The blueprint of the room's pages, and their place in the navigation."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from flask import Blueprint, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from mes.core import navigation, web
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.traceability import queries
from mes.traceability.models import Connector, Receipt
from mes.traceability.queries import Alarm, Thresholds

pages = Blueprint("traceability", __name__)


def present_alarms() -> list[Alarm]:
    """The alarms of all connectors, the bad ones first; read once for a page."""
    if "connector_alarms" not in g:
        thresholds = Thresholds.of(web.settings())
        g.connector_alarms = queries.all_alarms(web.reading(), web.clock().now(), thresholds)
    return cast("list[Alarm]", g.connector_alarms)


def badge() -> int:
    """How many alarms connectors have."""
    return len(present_alarms())


navigation.add_page(
    N_("City connectors"), "traceability.connectors", "plug-connected", "connector:read", 650, badge=badge
)


def connector_of(connector_id: UUID) -> Connector:
    """The connector of an address.

    Raises:
        NotFound: there is none.
    """
    row = web.reading().get(Connector, connector_id)
    if row is None:
        raise NotFound(Text(N_("There is no such connector")))
    return row


def receipt_of(receipt_id: UUID) -> Receipt:
    """The event at a connector that an address names.

    Raises:
        NotFound: there is none.
    """
    row = web.reading().get(Receipt, receipt_id)
    if row is None:
        raise NotFound(Text(N_("There is no such event at this connector")))
    return row


def reason() -> str:
    """The reason that a form gives."""
    return request.form.get("reason", "").strip()


def done(connector_id: UUID, message: str, **values: object) -> Response:
    """Back to the connector, with a message."""
    flash(web.gettext(message, **values), "good")
    return redirect(url_for("traceability.connector", connector_id=connector_id), 303)
