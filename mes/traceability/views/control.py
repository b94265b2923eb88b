"""A connector paused, resumed, put out of use."""

from __future__ import annotations

from uuid import UUID

from werkzeug.wrappers import Response

from mes.core import web
from mes.core.text import N_
from mes.traceability import service
from mes.traceability.service import ConnectorCommand, DisableConnector, PauseConnector
from mes.traceability.views.blueprint import done, pages, reason


@pages.post("/connectors/<uuid:connector_id>/pause")
@web.permission("connector:write")
def pause(connector_id: UUID) -> Response:
    """Stop delivering."""
    command = PauseConnector(command_id=web.form_command_id(), connector_id=connector_id, reason=reason())
    web.perform(service.pause_connector, command)
    return done(connector_id, N_("Delivery is paused; events wait"))


@pages.post("/connectors/<uuid:connector_id>/resume")
@web.permission("connector:write")
def resume(connector_id: UUID) -> Response:
    """Deliver again."""
    command = ConnectorCommand(command_id=web.form_command_id(), connector_id=connector_id)
    web.perform(service.resume_connector, command)
    return done(connector_id, N_("Delivery goes on"))


@pages.post("/connectors/<uuid:connector_id>/disable")
@web.permission("connector:write")
def disable(connector_id: UUID) -> Response:
    """Put a connector out of use."""
    command = DisableConnector(command_id=web.form_command_id(), connector_id=connector_id, reason=reason())
    web.perform(service.disable_connector, command)
    return done(connector_id, N_("The connector is out of use"))
