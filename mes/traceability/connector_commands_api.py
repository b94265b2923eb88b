"""What programs do about connectors and their events. Every body carries `command_id`: sent twice, done once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_openapi3 import APIBlueprint, Tag

from mes.core import web
from mes.core.commands import Done
from mes.traceability import service
from mes.traceability.connector_api import connector_at
from mes.traceability.connector_schemas import (
    ChangeBody,
    CommandBody,
    ConnectorPath,
    DifferencePath,
    GroupBody,
    PauseBody,
    PreviewShape,
    ReasonBody,
    ReceiptPath,
    ReplayBody,
    SettleBody,
    SkipGroupBody,
)
from mes.traceability.service import (
    AddConnector,
    ChangeConnector,
    Changed,
    ConnectorCommand,
    DisableConnector,
    MarkDelivered,
    PauseConnector,
    Repaired,
    RepairMany,
    RepairReceipt,
    ReplayEvents,
    ReplayStarted,
    RetryMany,
    RetryReceipt,
    SettleDifference,
    SkipMany,
    SkipReceipt,
    preview_replay,
)

api = APIBlueprint(
    "connector_commands_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="connectors")],
    abp_security=[{"token": []}, {"session": []}],
)


@api.post("/connectors", responses={200: Done})
@web.permission("connector:write")
def add_connector(body: AddConnector) -> dict[str, Any]:
    """Deliver the ledger to a platform from its first event on."""
    return web.perform(service.add_connector, body).model_dump(mode="json")


@api.post("/connectors/<name>/settings", responses={200: Done})
@web.permission("connector:write")
def change_connector(path: ConnectorPath, body: ChangeBody) -> dict[str, Any]:
    """Another address or other settings, in force with the next request."""
    command = ChangeConnector(connector_id=_id(path), **body.model_dump())
    return web.perform(service.change_connector, command).model_dump(mode="json")


@api.post("/connectors/<name>/pause", responses={200: Done})
@web.permission("connector:write")
def pause_connector(path: ConnectorPath, body: PauseBody) -> dict[str, Any]:
    """Stop delivering; events wait."""
    command = PauseConnector(connector_id=_id(path), **body.model_dump())
    return web.perform(service.pause_connector, command).model_dump(mode="json")


@api.post("/connectors/<name>/resume", responses={200: Done})
@web.permission("connector:write")
def resume_connector(path: ConnectorPath, body: CommandBody) -> dict[str, Any]:
    """Deliver again, at once."""
    command = ConnectorCommand(connector_id=_id(path), **body.model_dump())
    return web.perform(service.resume_connector, command).model_dump(mode="json")


@api.post("/connectors/<name>/disable", responses={200: Done})
@web.permission("connector:write")
def disable_connector(path: ConnectorPath, body: ReasonBody) -> dict[str, Any]:
    """Put a connector out of use."""
    command = DisableConnector(connector_id=_id(path), **body.model_dump())
    return web.perform(service.disable_connector, command).model_dump(mode="json")


@api.post("/connectors/<name>/retry", responses={200: Changed})
@web.permission("connector:write")
def retry_many(path: ConnectorPath, body: GroupBody) -> dict[str, Any]:
    """Send all of a group of refused events again."""
    command = RetryMany(connector_id=_id(path), **body.model_dump())
    return web.perform(service.retry_many, command).model_dump(mode="json")


@api.post("/connectors/<name>/repair", responses={200: Repaired})
@web.permission("connector:write")
def repair_many(path: ConnectorPath, body: SkipGroupBody) -> dict[str, Any]:
    """Write a group of refused events anew, with the settings of now, and send those that this changes."""
    command = RepairMany(connector_id=_id(path), **body.model_dump())
    return web.perform(service.repair_many, command).model_dump(mode="json")


@api.post("/connectors/<name>/skip", responses={200: Changed})
@web.permission("connector:write")
def skip_many(path: ConnectorPath, body: SkipGroupBody) -> dict[str, Any]:
    """Never send any of a group of refused events."""
    command = SkipMany(connector_id=_id(path), **body.model_dump())
    return web.perform(service.skip_many, command).model_dump(mode="json")


@api.post("/connectors/<name>/replay", responses={200: ReplayStarted})
@web.permission("connector:write")
def replay_events(path: ConnectorPath, body: ReplayBody) -> dict[str, Any]:
    """Send events again, with the same ids."""
    command = ReplayEvents(connector_id=_id(path), **body.model_dump())
    return web.perform(service.replay_events, command).model_dump(mode="json")


@api.post("/connectors/<name>/replay/preview", responses={200: PreviewShape})
@web.permission("connector:write")
def preview(path: ConnectorPath, body: ReplayBody) -> dict[str, Any]:
    """What a replay would do; nothing is changed."""
    command = ReplayEvents(connector_id=_id(path), **body.model_dump())
    return PreviewShape.of(preview_replay(web.reading(), command)).model_dump(mode="json")


@api.post("/connector-receipts/<uuid:receipt_id>/retry", responses={200: Done})
@web.permission("connector:write")
def retry_receipt(path: ReceiptPath, body: CommandBody) -> dict[str, Any]:
    """Send an event again."""
    command = RetryReceipt(receipt_id=path.receipt_id, **body.model_dump())
    return web.perform(service.retry_receipt, command).model_dump(mode="json")


@api.post("/connector-receipts/<uuid:receipt_id>/skip", responses={200: Done})
@web.permission("connector:write")
def skip_receipt(path: ReceiptPath, body: ReasonBody) -> dict[str, Any]:
    """Never send an event; what waits for it goes on."""
    command = SkipReceipt(receipt_id=path.receipt_id, **body.model_dump())
    return web.perform(service.skip_receipt, command).model_dump(mode="json")


@api.post("/connector-receipts/<uuid:receipt_id>/repair", responses={200: Done})
@web.permission("connector:write")
def repair_receipt(path: ReceiptPath, body: ReasonBody) -> dict[str, Any]:
    """Write a refused event anew, with the settings of now."""
    command = RepairReceipt(receipt_id=path.receipt_id, **body.model_dump())
    return web.perform(service.repair_receipt, command).model_dump(mode="json")


@api.post("/connector-receipts/<uuid:receipt_id>/told", responses={200: Done})
@web.permission("connector:write")
def mark_told(path: ReceiptPath, body: ReasonBody) -> dict[str, Any]:
    """The platform knows of an event by other means."""
    command = MarkDelivered(receipt_id=path.receipt_id, **body.model_dump())
    return web.perform(service.mark_delivered_otherwise, command).model_dump(mode="json")


@api.post("/connector-differences/<uuid:difference_id>/settle", responses={200: Done})
@web.permission("connector:write")
def settle_difference(path: DifferencePath, body: SettleBody) -> dict[str, Any]:
    """Say what is behind a difference."""
    command = SettleDifference(difference_id=path.difference_id, **body.model_dump())
    return web.perform(service.settle_difference, command).model_dump(mode="json")


def _id(path: ConnectorPath) -> UUID:
    """Raises NotFound where there is no such connector."""
    return connector_at(web.reading(), path.name).id
