"""Differences between the ledger and a platform, settled by people."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from mes.core.commands import Command, Done, Work, use_case
from mes.core.errors import Conflict, NotFound
from mes.core.text import N_, Text
from mes.traceability.models import Difference
from mes.traceability.service.connectors import note_connector
from mes.traceability.service.receipts import locked_connector


class SettleDifference(Command):
    """Say what is behind a difference, and what was done about it."""

    difference_id: UUID
    settlement: str = Field(min_length=2, max_length=300)


@use_case("connector:write")
def settle_difference(work: Work, command: SettleDifference) -> Done:
    """Settle a difference.

    Raises:
        Conflict: it is settled already.
    """
    row = work.session.get(Difference, command.difference_id)
    if row is None:
        raise NotFound(Text(N_("There is no such difference")))
    connector = locked_connector(work, row.connector_id)
    if row.settled_at is not None:
        raise Conflict(Text(N_("This difference is settled already")))
    row.settled_at, row.settled_by, row.settlement = work.now(), work.actor.name, command.settlement
    data = {"day": row.day.isoformat(), "event_id": row.event_id, "side": row.side, "settlement": row.settlement}
    note_connector(work, "connector.difference_settled", connector, work.event_time(command), data)
    return Done(id=row.id)
