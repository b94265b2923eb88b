"""How far an element's records are sealed by a signed checkpoint of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mes.traceability.story.records import Records
from mes.traceability.story.telling import tells


@dataclass(frozen=True)
class ProofStatus:
    """How many records there are, and how many the newest checkpoint covers; no root: there is no checkpoint yet."""

    events: int
    sealed: int
    checkpoint_at: datetime | None
    checkpoint_events: int
    root: str


@tells("proof")
def proof_status(records: Records) -> ProofStatus:
    """What the newest checkpoint covers of the element's story."""
    newest, events = records.checkpoint, records.events
    if newest is None:
        return ProofStatus(len(events), 0, None, 0, "")
    sealed = sum(event.sequence <= newest.last_sequence for event in events)
    return ProofStatus(len(events), sealed, newest.made_at, newest.events, newest.root)


@tells("proof.file")
def _proof_file(records: Records) -> bool | None:
    """Whether there is a proof to be downloaded."""
    return proof_status(records).sealed > 0 or None
