"""Checks at the gate as the ledger keeps them: the last one of a delivery, and whether it still holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from mes.identity.queries import readers
from mes.ledger.queries import events_of
from mes.logistics.models import Delivery
from mes.logistics.service.consignment import delivery_subject

ENDED_BY = {"delivery.loaded": "load", "delivery.unloaded": "load", "delivery.departure_undone": "departure"}
"""What ends a check: the load was changed, or the departure that it was made for was undone."""


@dataclass(frozen=True)
class GateCheck:
    """A finished check. `ended_by`: what has happened since that it does not hold for, a word of `ENDED_BY`."""

    at: datetime
    by: str
    data: Mapping[str, Any]
    ended_by: str = ""

    @property
    def still_holds(self) -> bool:
        """Nothing was loaded or taken off since, and no departure was undone."""
        return not self.ended_by

    @property
    def differences(self) -> int:
        """How much did not fit."""
        return int(self.data["differences"])

    @property
    def is_complete(self) -> bool:
        """Everything on the note was read, nothing else, and nothing has changed since."""
        return self.still_holds and not self.differences

    def words(self) -> dict[str, Any]:
        """What the departure keeps of it."""
        kept = ("on_note", "read", "differences", "missing", "extra", "other_project", "reader")
        return {"at": self.at.isoformat(), "by": self.by, **{name: self.data[name] for name in kept}}


def last_check(session: Session, delivery: Delivery) -> GateCheck | None:
    """The last check of a delivery; None where none was made."""
    ended_by = ""
    for event in reversed(events_of(session, delivery_subject(delivery))):
        if event.kind == "delivery.gate_checked":
            return GateCheck(event.event_time, event.content["who"]["name"], event.content["data"], ended_by)
        ended_by = ended_by or ENDED_BY.get(event.kind, "")
    return None


def gate_is_used(session: Session) -> bool:
    """Whether lorries of this plant are looked at by a gate's reader."""
    return bool(readers(session, "gate", active=True))
