"""Concrete batches: a mix ticket is recorded, and assigned to the load it is poured into."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, Field
from sqlalchemy import select

from mes.core.commands import Answer, Command, Done, Work, use_case
from mes.core.errors import Conflict, InvalidInput
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.ledger.service import record
from mes.planning.models import PalletLoad
from mes.shopfloor.conditions import BATCH_USE
from mes.shopfloor.loads import (
    CASTING,
    batch_facts,
    castings_of,
    grade_reaches,
    load_for_change,
    needed_concrete_m3,
    operation_at,
    remaining_m3,
)
from mes.shopfloor.models import Casting, CastingBatch
from mes.shopfloor.rules import rules
from mes.shopfloor.service.batch_lots import BatchLot, batch_of_number, note_lots
from mes.shopfloor.service.following import follow_load
from mes.shopfloor.service.releases import release_casting

POURED_LEAST_M3 = 0.001


class BatchRefused(Conflict):
    """The batch does not fit the load; the message says why."""


class RecordBatch(Command):
    """A mix ticket as it came from the mixing plant."""

    batch_number: str = Field(min_length=1, max_length=40)
    concrete_grade: str = Field(pattern=r"^L?C\d{2,3}(/\d{2,3})?$")
    volume_m3: float = Field(gt=0, le=20)
    mixed_at: AwareDatetime
    mix_code: str = Field(default="", max_length=40)
    slump_mm: int | None = Field(default=None, ge=0, le=300)
    temperature_c: float | None = Field(default=None, ge=-20, le=60)
    materials: tuple[BatchLot, ...] = Field(default=(), max_length=20)


class AssignBatch(Command):
    """Pour a recorded batch into a load; `poured_m3` is what the load still needs unless given."""

    load_id: UUID
    batch_number: str = Field(min_length=1, max_length=40)
    poured_m3: float | None = Field(default=None, gt=0, le=20)


class BatchAssigned(Answer):
    """How much of which batch goes into which load."""

    load_number: int
    batch_number: str
    poured_m3: float


@use_case("batch:write")
def record_batch(work: Work, command: RecordBatch) -> Done:
    """Record a mix ticket.

    Raises:
        Conflict: the number was recorded before with other facts, or a lot cannot go into concrete.
        InvalidInput: it is said to be mixed later than now.
        UnknownLot, LotBlocked: of a lot it is said to be made of.
    """
    number = command.batch_number.strip()
    if command.mixed_at > work.now() + rules().batch_clock_tolerance:
        raise InvalidInput(Text(N_("Batch %(batch)s is said to be mixed in the future"), {"batch": number}))
    known = work.session.scalars(select(CastingBatch).where(CastingBatch.batch_number == number)).first()
    if known is not None:
        done = _same_ticket(known, command)
        note_lots(work, known, command.materials, command.mixed_at)
        return done
    batch = CastingBatch(id=new_id(), **{**command.model_dump(exclude=NOT_COLUMNS), "batch_number": number})
    work.session.add(batch)
    work.session.flush()
    record(work, "batch.mixed", [f"batch:{number}"], event_time=command.mixed_at, how={"batch": batch_facts(batch)})
    note_lots(work, batch, command.materials, command.mixed_at)
    return Done(id=batch.id)


NOT_COLUMNS = {"command_id", "occurred_at", "materials"}


@use_case("batch:write")
def assign_batch(work: Work, command: AssignBatch) -> BatchAssigned:
    """Assign a batch to a load; if this opens the gate of casting, the machine's release is queued.

    Raises:
        UnknownBatch: no ticket of this number is recorded.
        BatchRefused: grade too low, too old, used up, or the load is cast already; says which.
        ConditionNotMet: a room above speaks against the batch, such as its process check.
    """
    load = load_for_change(work.session, command.load_id)
    at = work.event_time(command)
    batch = batch_of_number(work.session, command.batch_number)
    _require_fit(load, batch, at)
    BATCH_USE.require(work.session, batch)
    _require_uncast(load)
    casting = _pour(work, load, batch, command.poured_m3, at)
    release_casting(work, load, at)
    follow_load(work, load, at)
    return BatchAssigned(load_number=load.number, batch_number=batch.batch_number, poured_m3=casting.poured_m3)


def _pour(work: Work, load: PalletLoad, batch: CastingBatch, asked_m3: float | None, at: datetime) -> Casting:
    before = castings_of(work.session, load)
    same = next((casting for casting in before if casting.batch_id == batch.id), None)
    if same is not None:
        return same
    left = remaining_m3(work.session, batch)
    words = {"batch": batch.batch_number, "left": left, "asked": asked_m3 or 0.0}
    if left < POURED_LEAST_M3:
        raise BatchRefused(Text(N_("Batch %(batch)s is used up"), words))
    if asked_m3 is not None and asked_m3 > left:
        raise BatchRefused(Text(N_("Only %(left)s m³ are left of batch %(batch)s, not %(asked)s m³"), words))
    needed = max(needed_concrete_m3(load) - sum(casting.poured_m3 for casting in before), POURED_LEAST_M3)
    made = Casting(
        id=new_id(),
        batch=batch,
        load_id=load.id,
        crew=work.actor.crew,
        poured_m3=asked_m3 or round(min(needed, left), 3),
        at=at,
        by=work.actor.name,
    )
    work.session.add(made)
    work.session.flush()
    return made


def _require_fit(load: PalletLoad, batch: CastingBatch, at: datetime) -> None:
    """The grade reaches the load's, and the concrete is young enough (`rules.yaml`)."""
    words = {"batch": batch.batch_number, "grade": batch.concrete_grade, "load": load.number}
    if not grade_reaches(batch.concrete_grade, load.concrete_grade):
        text = N_("Batch %(batch)s is %(grade)s; load %(load)s needs %(needed)s")
        raise BatchRefused(Text(text, {**words, "needed": load.concrete_grade}))
    minutes, limit = int((at - batch.mixed_at).total_seconds() // 60), rules().batch_age
    if at - batch.mixed_at > limit:
        text = N_("Batch %(batch)s was mixed %(minutes)s minutes ago; the limit is %(limit)s minutes")
        raise BatchRefused(Text(text, {**words, "minutes": minutes, "limit": int(limit.total_seconds() // 60)}))


def _require_uncast(load: PalletLoad) -> None:
    casting = operation_at(load, CASTING)
    if load.state in ("done", "withdrawn") or (casting is not None and casting.state == "done"):
        raise BatchRefused(Text(N_("Load %(load)s is cast already"), {"load": load.number}))


def _same_ticket(known: CastingBatch, command: RecordBatch) -> Done:
    same = (known.concrete_grade, known.volume_m3) == (command.concrete_grade, round(command.volume_m3, 3))
    if not same or known.mixed_at != command.mixed_at:
        text = N_("Batch %(batch)s was recorded before as %(grade)s, %(volume)s m³")
        words = {"batch": known.batch_number, "grade": known.concrete_grade, "volume": known.volume_m3}
        raise Conflict(Text(text, words))
    return Done(id=known.id)
