"""Use cases of traceability: connectors, and what becomes of each event at each of them."""

from mes.traceability.service.connectors import (
    AddConnector,
    ConnectorCommand,
    PauseConnector,
    ReplayEvents,
    ReplayStarted,
    add_connector,
    ensure_epcis_connector,
    pause_connector,
    replay_events,
    resume_connector,
)
from mes.traceability.service.receipts import RetryReceipt, SkipReceipt, retry_receipt, skip_receipt

__all__ = [
    "AddConnector",
    "ConnectorCommand",
    "PauseConnector",
    "ReplayEvents",
    "ReplayStarted",
    "RetryReceipt",
    "SkipReceipt",
    "add_connector",
    "ensure_epcis_connector",
    "pause_connector",
    "replay_events",
    "resume_connector",
    "retry_receipt",
    "skip_receipt",
]
