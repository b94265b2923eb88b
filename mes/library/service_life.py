"""What moulds and pallets have in common: they are registered once, leave service for a time or for good, come back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from mes.accounts.service import the_plant
from mes.core.commands import Answer, Command, Work
from mes.core.errors import Conflict
from mes.core.text import N_, Text
from mes.identity.facts import thing_facts
from mes.identity.things import Thing
from mes.ledger.service import record
from mes.library.models import ServiceLife

STATE_NAMES: dict[str, str] = {
    "in_service": N_("In service"),
    "withdrawn": N_("Out of service"),
    "retired": N_("Retired for good"),
}

Tidy = StringConstraints(strip_whitespace=True)


class LeaveService(Command):
    """A piece leaves service: for a time (repair, storage) or `for_good` (scrapped, sold)."""

    reason: Annotated[str, Tidy, StringConstraints(min_length=2, max_length=200)]
    for_good: bool = False


class ComeBack(Command):
    """A piece that left service for a time is in service again."""

    remark: Annotated[str, Tidy] = Field("", max_length=200)


class Stands(Answer):
    """A piece after what was done; `state` is in_service | withdrawn | retired."""

    id: UUID
    state: str
    changed: bool = True


def require_in_service(piece: ServiceLife, name: Text) -> None:
    """Raise `Conflict` where the piece is out of service, for a time or for good."""
    if piece.retired_at is not None:
        raise Conflict(Text(N_("%(thing)s was retired for good and cannot be used any more"), {"thing": name}))
    if not piece.in_service:
        raise Conflict(Text(N_("%(thing)s is out of service; it must be put back into service first"), {"thing": name}))


def leave_service(piece: ServiceLife, name: Text, at: datetime, *, for_good: bool) -> str:
    """The piece leaves service; a piece that left for a time may leave for good. Returns what happened to it.

    Raises:
        Conflict: it has left already.
    """
    if piece.retired_at is not None or not (piece.in_service or for_good):
        state = Text(STATE_NAMES[piece.service_state])
        raise Conflict(Text(N_("%(thing)s has left service already: %(state)s"), {"thing": name, "state": state}))
    piece.in_service, piece.retired_at = False, at if for_good else None
    return "retired" if for_good else "withdrawn"


def come_back(piece: ServiceLife, name: Text) -> None:
    """The piece is in service again.

    Raises:
        Conflict: it is in service, or was retired for good: an identity that ended is never given again (CBV 7.1).
    """
    if piece.retired_at is not None:
        text = N_("%(thing)s was retired for good: its identity has ended; register it under another one")
        raise Conflict(Text(text, {"thing": name}))
    if piece.in_service:
        raise Conflict(Text(N_("%(thing)s is in service"), {"thing": name}))
    piece.in_service = True


def record_life(work: Work, kind: str, thing: Thing, at: datetime, facts: Mapping[str, Any]) -> None:
    """Tell the ledger what happened to a piece, at the plant."""
    plant = the_plant(work.session)
    record(
        work,
        kind,
        [thing.subject],
        event_time=at,
        where={"plant": plant.code, "plant_name": plant.name},
        data={"thing": thing_facts(thing), **facts},
    )
