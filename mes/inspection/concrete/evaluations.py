"""Strength of a grade over a period, evaluated after GB/T 50107: which sets, which criteria, which lots it covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.accounts.service import next_number, the_plant
from mes.core.commands import Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.inspection.concrete.degree_days import DegreeDays
from mes.inspection.concrete.schemas import ConcreteEvaluated, EvaluateConcrete
from mes.inspection.models import CubeTest, SamplingLot, SamplingLotItem, StrengthEvaluation
from mes.ledger.service import record
from mes.orders.models import Element
from mes.planning.models import PalletLoadItem
from mes.shopfloor.models import Casting, CastingBatch
from quality import (
    CountedSet,
    CubeSet,
    RefusedInputError,
    counted_sets,
    evaluate_strength,
    known_standard_deviation,
)
from quality import StrengthEvaluation as Judgement

EARLIER = timedelta(days=90)
"""The period before, whose sets give a known standard deviation (GB/T 50107-2010 clause 5.1.2: 60 to 90 days)."""
LONGEST = timedelta(days=400)
SAME_CONDITION = "same_condition"
"""Sets of these also need a sum of temperatures, where the plant's machines told it (GB 50204-2015 appendix C)."""


class NothingToEvaluate(Conflict):
    """No set of the period counts, or the method does not fit how many there are."""


@dataclass(frozen=True)
class Tested:
    """A cube test with its batch and what of it counts."""

    test: CubeTest
    batch: CastingBatch
    counted: CountedSet


@use_case("strength:write")
def evaluate_concrete(work: Work, command: EvaluateConcrete) -> ConcreteEvaluated:
    """Judge the sets of a grade whose concrete was mixed in a period, and keep the evaluation under a number.

    Raises:
        InvalidInput: the period ends before it begins, lies in the future or is longer than 400 days; an unknown grade.
        NothingToEvaluate: no set counts, or the method does not fit; says why.
    """
    _require_period(work, command)
    tested = tested_sets(work.session, command, command.begins_at, command.ends_at)
    values = [one.counted.value_mpa for one in tested if one.counted.value_mpa is not None]
    sigma = _known_sigma(work.session, command)
    judged = _judge(command, values, sigma)
    number = next_number(work, the_plant(work.session), "strength_evaluation")
    row = StrengthEvaluation(
        id=new_id(),
        number=f"SE-{work.today():%y%m%d}-{number:04d}",
        mix_code=command.mix_code,
        concrete_grade=command.concrete_grade,
        condition=command.condition,
        begins_at=command.begins_at,
        ends_at=command.ends_at,
        method=judged.method.value,
        result=judged.result.value,
        content=_content(tested, judged, sigma) | _covered(work.session, command),
        evaluated_at=work.now(),
        evaluated_by=work.actor.name,
    )
    work.session.add(row)
    work.session.flush()
    _note(work, row, judged)
    return ConcreteEvaluated.model_validate(
        {
            "evaluation_id": row.id,
            "number": row.number,
            "result": row.result,
            "method": row.method,
            "sets": len(values),
        }
    )


def tested_sets(session: Session, command: EvaluateConcrete, begins: datetime, ends: datetime) -> list[Tested]:
    """The sets of the condition whose batches were mixed from `begins` up to but without `ends`, in that order."""
    query = (
        select(CubeTest, CastingBatch)
        .join(CastingBatch, CastingBatch.id == CubeTest.batch_id)
        .where(*_of_period(command, begins, ends), CubeTest.condition == command.condition)
        .order_by(CastingBatch.mixed_at, CubeTest.tested_at, CubeTest.id)
    )
    found = session.execute(query).all()
    sums = DegreeDays(session) if command.condition == SAME_CONDITION else None
    sets = [
        CubeSet(
            test.set_value_mpa,
            test.condition,
            _age_hours(test, batch),
            sums.of_cubes(batch.id, test.tested_at) if sums else None,
        )
        for test, batch in found
    ]
    counted = counted_sets(sets, command.condition)
    return [Tested(test, batch, one) for (test, batch), one in zip(found, counted, strict=True)]


def _of_period(command: EvaluateConcrete, begins: datetime, ends: datetime) -> tuple[Any, ...]:
    of_mix = (CastingBatch.mix_code == command.mix_code,) if command.mix_code else ()
    of_grade = CastingBatch.concrete_grade == command.concrete_grade
    return (*of_mix, of_grade, CastingBatch.mixed_at >= begins, CastingBatch.mixed_at < ends)


def _age_hours(test: CubeTest, batch: CastingBatch) -> float:
    return max(0.0, (test.tested_at - batch.mixed_at) / timedelta(hours=1))


def _known_sigma(session: Session, command: EvaluateConcrete) -> float | None:
    """The standard deviation of the period before, where it had enough sets."""
    if command.method not in ("auto", "known_sigma"):
        return None
    before = tested_sets(session, command, command.begins_at - EARLIER, command.begins_at)
    try:
        return known_standard_deviation([one.counted.value_mpa for one in before if one.counted.value_mpa is not None])
    except RefusedInputError:
        return None


def _judge(command: EvaluateConcrete, values: Sequence[float], sigma: float | None) -> Judgement:
    if not values:
        raise NothingToEvaluate(Text(N_("No set of this grade and period counts: the page of batches shows why")))
    try:
        return evaluate_strength(command.concrete_grade, values, command.method, sigma)
    except RefusedInputError as error:
        reason = Text(_REFUSED.get(error.faults[0].path, N_("These sets cannot be evaluated so")), {"n": len(values)})
        if error.faults[0].path == "$.grade":
            raise InvalidInput(reason, [Fault("concrete_grade", reason)]) from error
        raise NothingToEvaluate(reason) from error


_REFUSED = {
    "$.grade": N_("This is no concrete grade such as C30"),
    "$.values": N_("This method does not fit %(n)s sets: known deviation takes 3, unknown 10 or more, the other fewer"),
    "$.sigma": N_("The known deviation needs 45 sets of the 90 days before"),
}


def _require_period(work: Work, command: EvaluateConcrete) -> None:
    reason = None
    if command.ends_at <= command.begins_at:
        reason = Text(N_("The period must end after it begins"))
    elif command.begins_at > work.now():
        reason = Text(N_("The period lies in the future"))
    elif command.ends_at - command.begins_at > LONGEST:
        reason = Text(N_("A period of at most 400 days is expected"))
    if reason is not None:
        raise InvalidInput(reason, [Fault("ends_at", reason)])


def _content(tested: Sequence[Tested], judged: Judgement, sigma: float | None) -> dict[str, Any]:
    return {
        "n": judged.n,
        "mean": judged.mean,
        "min": judged.min,
        "deviation": judged.deviation,
        "known_sigma": sigma,
        "clause": judged.clause,
        "criteria": [asdict(one) | {"result": one.result.value} for one in judged.criteria],
        "sets": [_set(one) for one in tested],
    }


def _set(one: Tested) -> dict[str, Any]:
    return {
        "id": str(one.test.id),
        "batch": one.batch.batch_number,
        "mixed_at": one.batch.mixed_at.isoformat(),
        "tested_at": one.test.tested_at.isoformat(),
        "strengths_mpa": list(one.test.strengths_mpa),
        "set_value_mpa": one.test.set_value_mpa,
        "counts_mpa": one.counted.value_mpa,
        "left_out": one.counted.left_out.value if one.counted.left_out else None,
        "age_hours": round(_age_hours(one.test, one.batch), 1),
        "degree_days": one.counted.cubes.degree_days,
    }


def _covered(session: Session, command: EvaluateConcrete) -> dict[str, Any]:
    """Every batch of the period, also those without a set of their own, its loads' elements, and their lots."""
    batches = (
        select(CastingBatch)
        .where(*_of_period(command, command.begins_at, command.ends_at))
        .order_by(CastingBatch.mixed_at, CastingBatch.batch_number)
    )
    found = session.scalars(batches).all()
    of_batches = (
        select(PalletLoadItem.element_id)
        .join(Casting, Casting.load_id == PalletLoadItem.load_id)
        .join(CastingBatch, CastingBatch.id == Casting.batch_id)
        .where(*_of_period(command, command.begins_at, command.ends_at))
    )
    elements = select(Element.serial, Element.facts).where(Element.id.in_(of_batches)).order_by(Element.serial)
    lots = (
        select(SamplingLot.number)
        .join(SamplingLotItem, SamplingLotItem.lot_id == SamplingLot.id)
        .where(SamplingLotItem.element_id.in_(of_batches))
        .distinct()
        .order_by(SamplingLot.number)
    )
    return {
        "batches": [batch.batch_number for batch in found],
        "volume_m3": round(sum(batch.volume_m3 for batch in found), 3),
        "elements": [serial for serial, facts in session.execute(elements) if "curing" in facts],
        "lots": list(session.scalars(lots)),
    }


def _note(work: Work, row: StrengthEvaluation, judged: Judgement) -> None:
    record(
        work,
        "strength.evaluated",
        [f"strength:{row.number}", *([f"mix:{row.mix_code}"] if row.mix_code else [])],
        event_time=row.evaluated_at,
        data={
            "evaluation": {
                "id": str(row.id),
                "number": row.number,
                "mix_code": row.mix_code,
                "concrete_grade": row.concrete_grade,
                "condition": row.condition,
                "period": [row.begins_at.isoformat(), row.ends_at.isoformat()],
                "method": row.method,
                "result": row.result,
                "n": judged.n,
                "mean": judged.mean,
                "min": judged.min,
                "criteria": row.content["criteria"],
                "batches": row.content["batches"],
            }
        },
    )
