"""A person names the reason of a stop, or of its later part; whoever names it anew leaves the first word readable."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from lines.losses import RUNNING_STATES
from mes.core.commands import Answer, Command, Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput, NotFound
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.ledger.service import record, utc_text
from mes.machines.models import Machine, StateInterval
from mes.machines.reasons import stop_reasons
from mes.machines.service.keeping import hold_history


class NameStop(Command):
    """Why a machine stood. With `begins_at` only the part of the stop from then on is named so."""

    interval_id: UUID
    reason_code: str = Field(min_length=1, max_length=40)
    note: str = Field(default="", max_length=300)
    begins_at: AwareDatetime | None = None


class StopNamed(Answer):
    """The interval that carries the reason; another one than was asked for where a stop was split."""

    interval_id: UUID
    device: str
    reason_code: str


class NoStop(Conflict):
    """The machine was working at that time: there is nothing to explain."""


@use_case("stop:name")
def name_stop(work: Work, command: NameStop) -> StopNamed:
    """Name the reason of a stop, in the ledger too: each naming is an event with the reason that stood before.

    Raises:
        NotFound: no such interval.
        NoStop: the machine was working.
        InvalidInput: an unknown reason, or a beginning outside the stop.
    """
    hold_history(work)  # readings change intervals too
    found = work.session.get(StateInterval, command.interval_id)
    if found is None:
        raise NotFound(Text(N_("There is no such stop")))
    if found.state in RUNNING_STATES:
        raise NoStop(Text(N_("The machine was working at that time; there is nothing to explain")))
    if command.reason_code not in stop_reasons().reasons:
        reason = Text(N_("This reason is not of the list"))
        raise InvalidInput(reason, [Fault("reason_code", reason)])
    named = found if command.begins_at is None else _later_part(work, found, command.begins_at)
    before = {"reason_code": named.reason_code, "note": named.note, "named_by": named.named_by}
    named.reason_code, named.note = command.reason_code, command.note.strip() or None
    named.named_by, named.named_at = work.actor.name, work.event_time(command)
    work.session.flush()
    _record(work, command, named, before)
    return StopNamed(interval_id=named.id, device=named.device, reason_code=command.reason_code)


def _later_part(work: Work, stop: StateInterval, begins_at: datetime) -> StateInterval:
    """Split a stop in two; the later part is a row of its own, the earlier one keeps its reason."""
    if begins_at == stop.started_at:
        return stop
    if begins_at < stop.started_at or begins_at >= (stop.ended_at or work.now()):
        reason = Text(N_("The stop did not last at that time"))
        raise InvalidInput(reason, [Fault("begins_at", reason)])
    again = [datetime.fromisoformat(time) for time in stop.told_again]
    part = StateInterval(
        id=new_id(),
        device=stop.device,
        state=stop.state,
        started_at=begins_at,
        ended_at=stop.ended_at,
        pallet=stop.pallet,
        told_again=[time.isoformat() for time in again if time > begins_at],
        reason_code=stop.reason_code,
        note=stop.note,
        named_by=stop.named_by,
        named_at=stop.named_at,
    )
    stop.ended_at, stop.told_again = begins_at, [time.isoformat() for time in again if time < begins_at]
    work.session.add(part)
    work.session.flush()
    return part


def _record(work: Work, command: NameStop, stop: StateInterval, before: dict[str, Any]) -> None:
    machine = work.session.get(Machine, stop.device)
    facts = {
        "interval": str(stop.id),
        "state": stop.state,
        "started_at": utc_text(stop.started_at),
        "ended_at": utc_text(stop.ended_at) if stop.ended_at else None,
        "reason_code": stop.reason_code,
        "note": stop.note,
        "before": before,
    }
    record(
        work,
        "machine.stop_named",
        [f"machine:{stop.device}"],
        event_time=work.event_time(command),
        where={"line": machine.line_code} if machine else {},
        how={"device": stop.device},
        data={"stop": facts},
    )
