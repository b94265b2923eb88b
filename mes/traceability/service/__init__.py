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
from mes.traceability.service.passes import (
    NOTED_AFTER,
    GivePass,
    PassGiven,
    WithdrawPass,
    give_pass,
    note_use,
    withdraw_pass,
)
from mes.traceability.service.receipts import RetryReceipt, SkipReceipt, retry_receipt, skip_receipt

__all__ = [
    "NOTED_AFTER",
    "AddConnector",
    "ConnectorCommand",
    "GivePass",
    "PassGiven",
    "PauseConnector",
    "ReplayEvents",
    "ReplayStarted",
    "RetryReceipt",
    "SkipReceipt",
    "WithdrawPass",
    "add_connector",
    "ensure_epcis_connector",
    "give_pass",
    "note_use",
    "pause_connector",
    "replay_events",
    "resume_connector",
    "retry_receipt",
    "skip_receipt",
    "withdraw_pass",
]
