"""The batching plant's own word is the mix ticket: each batch that it names is recorded, so that it can be assigned."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import select

from lines.signals import Deed, Intent, evaluate
from lines.signals.evaluation import Values
from mes.core.commands import Work
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.ledger.service import record
from mes.library.materials import BATCH_KINDS
from mes.machines.models import Machine
from mes.machines.shown import shown_values
from mes.shopfloor.conditions import LOT_USE
from mes.shopfloor.loads import batch_facts
from mes.shopfloor.models import CastingBatch, MaterialLot
from mes.shopfloor.service.batch_lots import put_down
from mes.shopfloor.service.discrepancies import notice
from mes.shopfloor.service.materials import registered_lot
from mes.shopfloor.service.signal_rules import rules_in_force

MOST_MM = 1000  # of a slump
GRADE_IN_NAME = re.compile(r"(?<![A-Z])L?C\d{2,3}(/\d{2,3})?(?!\d)")


def machines_beside(work: Work) -> dict[str, str]:
    """The machines that no pallet passes and whose signals mean work, with their class."""
    classes = list(rules_in_force(work.session).by_machine)
    query = select(Machine.device, Machine.machine_class).where(Machine.machine_class.in_(classes))
    return {row.device: row.machine_class for row in work.session.execute(query)}


def follow_machine(work: Work, device: str, machine_class: str, was: Values, at: datetime) -> None:
    """Take over what a machine beside the line shows now, after it showed `was`."""
    rules = rules_in_force(work.session).of_machine(machine_class)
    for intent in evaluate(rules, was, shown_values(work.session, device)):
        if intent.deed is Deed.MIX:
            _record_batch(work, device, intent, at)


def _record_batch(work: Work, device: str, intent: Intent, at: datetime) -> None:
    """Keep the batch as a mix ticket; one that cannot be understood becomes a discrepancy."""
    number = str(intent.values.get("batch", "")).strip()[:40]
    if not number:
        return
    problem = _problem(work, number, intent)
    if problem is not None:
        machine = {"device": device, **intent.values, "time": at.isoformat()}
        notice(
            work, device=device, kind="mix", pallet=None, machine=machine, house={"reason": problem.as_json()}, at=at
        )
        return
    if _known(work, number) is None:
        batch = CastingBatch(
            id=new_id(),
            batch_number=number,
            concrete_grade=_grade(intent),
            mix_code=str(intent.values.get("mix", ""))[:40],
            volume_m3=round(_number(intent.values.get("volume_m3")) or 0.0, 3),
            mixed_at=at,
            slump_mm=_whole(intent.values.get("slump_mm")),
            temperature_c=_number(intent.values.get("temperature_c")),
        )
        work.session.add(batch)
        work.session.flush()
        record(work, "batch.mixed", [f"batch:{number}"], event_time=at, how={"batch": batch_facts(batch)})
        _note_told_lots(work, batch, device, intent, at)


def _note_told_lots(work: Work, batch: CastingBatch, device: str, intent: Intent, at: datetime) -> None:
    """Note the lots that the plant says it drew from, registering those that nobody did.

    One that must not be used is in the batch all the same: it is noted, and a person hears of it.
    """
    for kind in BATCH_KINDS:
        number = str(intent.values.get(f"{kind}_lot") or "").strip()[:60]
        if not number:
            continue
        lot = registered_lot(work, kind, number, at)
        put_down(work, batch, [(lot, None)], at)
        reason = _against(work, lot)
        if reason is None:
            continue
        machine = {"device": device, "batch": batch.batch_number, "lot": number, "time": at.isoformat()}
        notice(work, device=device, kind="mix", pallet=None, machine=machine, house={"reason": reason.as_json()}, at=at)


def _against(work: Work, lot: MaterialLot) -> Text | None:
    if not lot.released:
        return Text(N_("Lot %(lot)s is blocked and must not be used"), {"lot": lot.lot_number})
    return next((missing.reason for missing in LOT_USE.missing(work.session, lot)), None)


def _problem(work: Work, number: str, intent: Intent) -> Text | None:
    volume_m3 = _number(intent.values.get("volume_m3"))
    if not _grade(intent):
        return Text(N_("Batch %(batch)s: the mix %(mix)s names no concrete grade"), _words(number, intent))
    if volume_m3 is None or not 0 < volume_m3 <= 20:
        return Text(N_("Batch %(batch)s: the volume is not known"), _words(number, intent))
    known = _known(work, number)
    if known is not None and known.concrete_grade != _grade(intent):
        words = {**_words(number, intent), "grade": known.concrete_grade}
        return Text(N_("Batch %(batch)s was recorded before as %(grade)s"), words)
    return None


def _words(number: str, intent: Intent) -> dict[str, object]:
    return {"batch": number, "mix": str(intent.values.get("mix", "-"))}


def _known(work: Work, number: str) -> CastingBatch | None:
    return work.session.scalars(select(CastingBatch).where(CastingBatch.batch_number == number)).first()


def _grade(intent: Intent) -> str:
    """The grade that the plant tells, else the one in the name of the mix, such as C30 in PHB-C30-02."""
    told = str(intent.values.get("grade") or intent.values.get("mix") or "").upper()
    found = GRADE_IN_NAME.search(told)
    return found[0] if found else ""


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _whole(value: Any) -> int | None:
    number = _number(value)
    return None if number is None or abs(number) > MOST_MM else round(number)
