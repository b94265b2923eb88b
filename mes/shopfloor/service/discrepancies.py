"""Where machine and house tell different stories: kept for a person, nothing changed by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import select

from mes.core.commands import Command, Done, Work, use_case
from mes.core.errors import Conflict, NotFound
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.shopfloor.models import Discrepancy


class DoesNotFit(Exception):
    """A machine's story cannot be taken over; `kind` names the discrepancy, `reason` is the house's side of it."""

    def __init__(self, kind: str, reason: Text) -> None:
        self.kind, self.reason = kind, reason
        super().__init__(str(reason))


class ResolveDiscrepancy(Command):
    """What a person found out about a discrepancy."""

    discrepancy_id: UUID
    resolution: str = Field(min_length=2, max_length=300)


def notice(
    work: Work,
    *,
    device: str,
    kind: str,
    pallet: int | None,
    machine: Mapping[str, Any],
    house: Mapping[str, Any],
    at: datetime,
) -> None:
    """Keep both stories; while the same one is open, it is not kept again."""
    known = select(Discrepancy).where(
        Discrepancy.device == device,
        Discrepancy.kind == kind,
        Discrepancy.pallet == pallet,
        Discrepancy.resolved_at.is_(None),
    )
    if work.session.scalars(known).first() is not None:
        return
    work.session.add(
        Discrepancy(
            id=new_id(),
            device=device,
            kind=kind,
            pallet=pallet,
            machine_story=dict(machine),
            house_story=dict(house),
            noticed_at=at,
        )
    )
    work.session.flush()


@use_case("operation:run")
def resolve_discrepancy(work: Work, command: ResolveDiscrepancy) -> Done:
    """Close a discrepancy with what was found out; whatever has to be changed is changed by its own step.

    Raises:
        Conflict: somebody closed it before.
    """
    found = work.session.get(Discrepancy, command.discrepancy_id, with_for_update=True)
    if found is None:
        raise NotFound(Text(N_("There is no such discrepancy")))
    if found.resolved_at is not None:
        raise Conflict(Text(N_("%(name)s closed this discrepancy before"), {"name": found.resolved_by or ""}))
    found.resolved_at, found.resolved_by = work.event_time(command), work.actor.name
    found.resolution = command.resolution
    return Done(id=found.id)
