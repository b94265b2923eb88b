"""Differences between the ledger and a platform, settled by people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import select

from mes.core.commands import Command, Done, Work, use_case
from mes.core.errors import Conflict, NotFound
from mes.core.text import N_, Text
from mes.traceability.models import Difference, Receipt
from mes.traceability.service.connectors import note_connector
from mes.traceability.service.receipts import locked_connector
from mes.traceability.service.undelivered import send_again


class SettleDifference(Command):
    """Say what is behind a difference, and what was done about it. With `send_again` the event that the platform has
    not got goes out once more, as it was."""

    difference_id: UUID
    settlement: str = Field(min_length=2, max_length=300)
    send_again: bool = False


@use_case("connector:write")
def settle_difference(work: Work, command: SettleDifference) -> Done:
    """Settle a difference.

    Raises:
        Conflict: it is settled already, or the event is none of ours that has been delivered.
    """
    row = work.session.get(Difference, command.difference_id)
    if row is None:
        raise NotFound(Text(N_("There is no such difference")))
    connector = locked_connector(work, row.connector_id)
    if row.settled_at is not None:
        raise Conflict(Text(N_("This difference is settled already")))
    row.settled_at, row.settled_by, row.settlement = work.now(), work.actor.name, command.settlement
    if command.send_again:
        _send_again(work, row)
    data: dict[str, Any] = {
        "day": row.day.isoformat(),
        "event_id": row.event_id,
        "side": row.side,
        "settlement": row.settlement,
    }
    data |= {"sent_again": row.event_sequence} if command.send_again else {}
    note_connector(work, "connector.difference_settled", connector, work.event_time(command), data)
    return Done(id=row.id)


def _send_again(work: Work, row: Difference) -> None:
    """The same bytes and ids, as a replay sends them."""
    ours = (Receipt.connector_id == row.connector_id) & (Receipt.event_sequence == row.event_sequence)
    receipt = work.session.scalars(select(Receipt).where(ours, Receipt.state == "delivered")).first()
    if receipt is None:
        raise Conflict(Text(N_("Only an event of ours that has been delivered can be sent again from here")))
    send_again(work, [receipt])
