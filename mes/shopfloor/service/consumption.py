"""What a machine says it used: the spreader's volume and batch correct what was planned when the batch was assigned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from lines.signals import Intent, rise
from lines.signals.evaluation import Values
from mes.core.commands import Work
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.planning.models import Operation
from mes.shopfloor.loads import castings_of, grade_reaches, remaining_m3
from mes.shopfloor.models import Casting, CastingBatch, SignalMark
from mes.shopfloor.service.discrepancies import DoesNotFit
from mes.shopfloor.service.signal_rules import rules_in_force

LEAST_M3 = 0.001


def remember_counters(work: Work, operation: Operation, now: Values, at: datetime) -> None:
    """Keep what the counters showed when the machine began this load, to know later how far they rose."""
    counters = {name: now[name] for name in rules_in_force(work.session).counters if now.get(name) is not None}
    key = (operation.station.device, operation.load_id)
    if counters and work.session.get(SignalMark, key) is None:
        work.session.add(SignalMark(device=key[0], load_id=key[1], values=counters, at=at))
        work.session.flush()


def take_consumption(work: Work, operation: Operation, intent: Intent, now: Values) -> None:
    """Put the volume that the machine poured in the place of the planned one.

    Raises:
        DoesNotFit: it poured from another batch than the assigned one, or more than there was.
    """
    castings = castings_of(work.session, operation.load)
    batch = intent.values.get("batch")
    if batch is not None and str(batch) not in {casting.batch.batch_number for casting in castings}:
        assigned = ", ".join(casting.batch.batch_number for casting in castings) or "-"
        raise DoesNotFit("other_batch", Text(N_("Assigned is %(batches)s"), {"batches": assigned}))
    volume_m3 = _risen(work, operation, intent.rises.get("volume_m3"), now)
    if volume_m3 is None or volume_m3 < LEAST_M3 or not castings:
        return
    poured = _casting(castings, batch)
    others = sum(casting.poured_m3 for casting in castings if casting is not poured)
    _book(work, operation, poured, round(volume_m3 - others, 3))


def _book(work: Work, operation: Operation, poured: Casting, measured_m3: float) -> None:
    """Book a measured volume on its batch; what exceeds it was the rest of the batch before, left in the hopper."""
    left_m3 = round(remaining_m3(work.session, poured.batch) + poured.poured_m3, 3)
    over_m3 = round(measured_m3 - left_m3, 3)
    rest = _batch_before(work, operation) if over_m3 > 0 else None
    rest_m3 = remaining_m3(work.session, rest) if rest is not None else 0.0
    if measured_m3 < LEAST_M3 or over_m3 > max(rest_m3, 0.0):
        words = {"poured": f"{measured_m3:.3f}", "left": left_m3, "batch": poured.batch.batch_number}
        text = N_("%(poured)s m³ poured; %(left)s m³ were left of batch %(batch)s")
        raise DoesNotFit("other_volume", Text(text, words))
    poured.poured_m3, poured.measured = min(measured_m3, left_m3), True
    if rest is not None:
        work.session.add(
            Casting(
                id=new_id(),
                batch=rest,
                load_id=operation.load_id,
                crew=poured.crew,
                poured_m3=over_m3,
                measured=True,
                at=poured.at,
                by=work.actor.name,
            )
        )
    work.session.flush()


def _batch_before(work: Work, operation: Operation) -> CastingBatch | None:
    """The batch that was poured at this station just before, if it is strong enough for this load as well."""
    query = (
        select(Casting)
        .join(Operation, Operation.load_id == Casting.load_id)
        .where(
            Operation.station_id == operation.station_id,
            Operation.finished_at.is_not(None),
            Casting.batch_id.not_in([casting.batch_id for casting in castings_of(work.session, operation.load)]),
        )
        .order_by(Operation.finished_at.desc(), Casting.at.desc())
        .limit(1)
    )
    before = work.session.scalars(query).first()
    if before is None or not grade_reaches(before.batch.concrete_grade, operation.load.concrete_grade):
        return None
    return before.batch


def _risen(work: Work, operation: Operation, counter: str | None, now: Values) -> float | None:
    mark = work.session.get(SignalMark, (operation.station.device, operation.load_id))
    if counter is None or mark is None:
        return None
    return rise(mark.values.get(counter), now.get(counter))


def _casting(castings: Sequence[Casting], batch: object) -> Casting:
    """The casting of the batch, else the one that was assigned last."""
    return next((casting for casting in castings if casting.batch.batch_number == batch), castings[-1])
