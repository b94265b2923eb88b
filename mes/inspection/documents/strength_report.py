"""The report on concrete strength (混凝土抗压强度报告): of an evaluated period, or of a single batch's cube sets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.accounts.models import Plant
from mes.accounts.service import the_plant
from mes.core.commands import Work
from mes.core.text import N_, Text
from mes.inspection.documents.hidden_works import NothingToRecord
from mes.inspection.documents.issuing import Draft, day, minute, producer_facts
from mes.inspection.models import CubeTest, StrengthEvaluation
from mes.shopfloor.models import CastingBatch


def evaluation_draft(work: Work, evaluation: StrengthEvaluation) -> Draft:
    """The report of an evaluation after GB/T 50107, ready to be issued."""
    judged = evaluation.content
    report = {
        "evaluation": evaluation.number,
        "grade": evaluation.concrete_grade,
        "mix_code": evaluation.mix_code,
        "condition": evaluation.condition,
        "from": minute(work, evaluation.begins_at),
        "to": minute(work, evaluation.ends_at),
        "method": evaluation.method,
        "result": evaluation.result,
        "clause": judged.get("clause", ""),
        "n": judged["n"],
        "mean_mpa": judged["mean"],
        "min_mpa": judged["min"],
        "deviation_mpa": judged.get("deviation"),
        "criteria": judged["criteria"],
        "evaluated_at": minute(work, evaluation.evaluated_at),
        "evaluated_by": evaluation.evaluated_by,
        "volume_m3": judged.get("volume_m3"),
        "batches": judged.get("batches", []),
        "sets": [_judged_set(work, one) for one in judged["sets"]],
    }
    return _draft(the_plant(work.session), "strength_evaluation", evaluation, report, f"strength:{evaluation.number}")


def batch_draft(work: Work, batch: CastingBatch) -> Draft:
    """The report of one batch's cube sets, ready to be issued; it judges no lot.

    Raises:
        NothingToRecord: no cubes of it were tested.
    """
    query = select(CubeTest).where(CubeTest.batch_id == batch.id).order_by(CubeTest.tested_at, CubeTest.id)
    tests = work.session.scalars(query).all()
    if not tests:
        raise NothingToRecord(Text(N_("No cubes of batch %(number)s were tested yet"), {"number": batch.batch_number}))
    report = {
        "evaluation": None,
        "grade": batch.concrete_grade,
        "mix_code": batch.mix_code or "",
        "from": minute(work, batch.mixed_at),
        "to": minute(work, batch.mixed_at),
        "volume_m3": batch.volume_m3,
        "batches": [batch.batch_number],
        "sets": [_tested_set(work, batch, test) for test in tests],
    }
    return _draft(the_plant(work.session), "casting_batch", batch, report, f"batch:{batch.batch_number}")


def covering_evaluation(session: Session, batch: CastingBatch) -> StrengthEvaluation | None:
    """The latest evaluation whose sets or lots name a batch."""
    query = (
        select(StrengthEvaluation)
        .where(
            StrengthEvaluation.concrete_grade == batch.concrete_grade,
            StrengthEvaluation.begins_at <= batch.mixed_at,
            StrengthEvaluation.ends_at > batch.mixed_at,
        )
        .order_by(StrengthEvaluation.evaluated_at.desc(), StrengthEvaluation.id.desc())
    )
    found: Sequence[StrengthEvaluation] = session.scalars(query).all()
    return next((one for one in found if batch.batch_number in one.content.get("batches", ())), None)


def _draft(
    plant: Plant, subject_kind: str, subject: StrengthEvaluation | CastingBatch, report: dict[str, Any], name: str
) -> Draft:
    return Draft(
        kind="strength",
        subject_kind=subject_kind,
        subject_id=subject.id,
        plant=plant,
        project_code="",
        content={"report": report, "maker": producer_facts(plant)["name"]},
        ledger_subjects=[name],
    )


def _judged_set(work: Work, one: dict[str, Any]) -> dict[str, Any]:
    return {
        "batch": one["batch"],
        "mixed_on": day(work, datetime.fromisoformat(one["mixed_at"])),
        "tested_on": day(work, datetime.fromisoformat(one["tested_at"])),
        "age_hours": one["age_hours"],
        "strengths_mpa": one["strengths_mpa"],
        "set_value_mpa": one["set_value_mpa"],
        "counts": one["counts_mpa"] is not None,
        "condition": None,
    }


def _tested_set(work: Work, batch: CastingBatch, test: CubeTest) -> dict[str, Any]:
    return {
        "batch": batch.batch_number,
        "mixed_on": day(work, batch.mixed_at),
        "tested_on": day(work, test.tested_at),
        "age_hours": test.age_hours,
        "strengths_mpa": list(test.strengths_mpa),
        "set_value_mpa": test.set_value_mpa,
        "counts": test.set_value_mpa is not None,
        "condition": test.condition,
    }
