"""What a machine says it used: the spreader's volume and batch correct what was planned when the batch was assigned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lines.signals import Intent, rise
from lines.signals.evaluation import Values
from mes.core.commands import Work
from mes.core.text import N_, Text
from mes.planning.models import Operation
from mes.shopfloor.loads import castings_of, remaining_m3
from mes.shopfloor.models import Casting, SignalMark
from mes.shopfloor.service.signal_rules import rules_in_force

LEAST_M3 = 0.001


def remember_counters(work: Work, operation: Operation, now: Values, at: datetime) -> None:
    """Keep what the counters showed when the machine began this load, to know later how far they rose."""
    counters = {name: now[name] for name in rules_in_force(work.session).counters if now.get(name) is not None}
    key = (operation.station.device, operation.load_id)
    if counters and work.session.get(SignalMark, key) is None:
        work.session.add(SignalMark(device=key[0], load_id=key[1], values=counters, at=at))
        work.session.flush()


def take_consumption(work: Work, operation: Operation, intent: Intent, now: Values) -> tuple[str, Text] | None:
    """Put the volume that the machine poured in the place of the planned one.

    Returns why it does not fit (the kind of the discrepancy and the reason), having changed nothing, or None.
    """
    castings = castings_of(work.session, operation.load)
    batch = intent.values.get("batch")
    if batch is not None and str(batch) not in {casting.batch.batch_number for casting in castings}:
        assigned = ", ".join(casting.batch.batch_number for casting in castings) or "-"
        return "other_batch", Text(N_("Assigned is %(batches)s"), {"batches": assigned})
    volume_m3 = _risen(work, operation, intent.rises.get("volume_m3"), now)
    if volume_m3 is None or volume_m3 < LEAST_M3 or not castings:
        return None
    poured = _casting(castings, batch)
    others = sum(casting.poured_m3 for casting in castings if casting is not poured and batch is None)
    measured = round(volume_m3 - others, 3)
    left = round(remaining_m3(work.session, poured.batch) + poured.poured_m3, 3)
    if measured < LEAST_M3 or measured > left:
        words = {"poured": f"{volume_m3:.3f}", "left": left, "batch": poured.batch.batch_number}
        return "other_volume", Text(N_("%(poured)s m³ poured; %(left)s m³ were left of batch %(batch)s"), words)
    poured.poured_m3, poured.measured = measured, True
    work.session.flush()
    return None


def _risen(work: Work, operation: Operation, counter: str | None, now: Values) -> float | None:
    mark = work.session.get(SignalMark, (operation.station.device, operation.load_id))
    if counter is None or mark is None:
        return None
    return rise(mark.values.get(counter), now.get(counter))


def _casting(castings: Sequence[Casting], batch: object) -> Casting:
    """The casting of the batch, else the one that was assigned last."""
    return next((casting for casting in castings if casting.batch.batch_number == batch), castings[-1])
