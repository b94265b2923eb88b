"""How a load was cured: its curve judged and its strength predicted, kept anew while it cures, final once demoulded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.commands import Work
from mes.core.ids import new_id
from mes.inspection.concrete.cube_ages import readings_of
from mes.inspection.concrete.curves import LoadCurve, curve_of_load
from mes.inspection.concrete.mixes import CalibratedMix, calibrated, mix_in_force
from mes.inspection.concrete.settings import curing_settings
from mes.inspection.concrete.stays import STEP_MINUTES, curve_digest, stay_in_chamber
from mes.inspection.models import CuringRecord
from mes.inspection.policy import policy_in_force
from mes.inspection.strength import batches_of_load, demoulding_strength_mpa
from mes.orders.elements import note
from mes.planning.models import PalletLoad
from mes.shopfloor.loads import how_of, operation_at, uses_of, where_of
from quality import evaluate_maturity, held_on, strength_over_time
from quality.curing import CuringFinding, CuringJudgement, curing_rules, judge_curing, thinned


@dataclass(frozen=True)
class Prediction:
    """Strength now and when it suffices; `why_not` says why there is none."""

    mix_code: str
    age_hours: float | None = None
    strength_mpa: float | None = None
    lower_mpa: float | None = None
    safe_at: datetime | None = None
    basis: Mapping[str, Any] | None = None
    why_not: str = ""


def record_of(session: Session, load: PalletLoad) -> CuringRecord | None:
    """The record of a load's cure."""
    return session.scalars(select(CuringRecord).where(CuringRecord.load_id == load.id)).first()


def keep_record(work: Work, load: PalletLoad) -> CuringRecord | None:
    """Bring a load's record up to date; a final one stays as it is. None where there is no curve to keep."""
    known = record_of(work.session, load)
    if known is not None and known.final:
        return known
    demoulded_at = _demoulded_at(load)
    curve = curve_of_load(work.session, load, demoulded_at or work.now())
    if curve is None:
        return known
    record = known or CuringRecord(id=new_id(), load_id=load.id, findings=[])
    judgement = _judge(work.session, load, curve)
    prediction = predict(work.session, load, curve)
    _write(record, curve, judgement, prediction)
    record.evaluated_at, record.final = work.now(), demoulded_at is not None
    work.session.add(record)
    work.session.flush()
    if record.final:
        _note(work, load, record)
    return record


def predict(session: Session, load: PalletLoad, curve: LoadCurve) -> Prediction:
    """The prediction of the load's weakest concrete: the mix that suffices last, or that tells nothing."""
    codes = sorted({batch.mix_code for batch in batches_of_load(session, load.id)})
    found = [_predict(session, load, curve, code) for code in codes]
    untold = next((one for one in found if one.why_not), None)
    if untold is not None or not found:
        return untold or Prediction("", why_not="no_mix")
    return max(found, key=lambda one: (one.safe_at is None, one.safe_at or curve.cast_at))


def _predict(session: Session, load: PalletLoad, curve: LoadCurve, code: str) -> Prediction:
    row = mix_in_force(session, code)
    if row is None:
        return Prediction(code, why_not="no_mix")
    mix = calibrated(session, row)
    if not mix.is_usable:
        return Prediction(code, why_not="few_points")
    settings, confidence = curing_settings(), policy_in_force(session).maturity_confidence
    readings = readings_of(curve)
    if len(readings) < 2:
        return Prediction(code, why_not="no_curve")
    required = demoulding_strength_mpa(load)
    ahead = held_on(readings, readings[-1].minutes + settings.ahead / timedelta(minutes=1))
    reached = evaluate_maturity(mix.mix, ahead, required, confidence).reached_at_minutes
    now = strength_over_time(mix.mix, readings, confidence)[-1]
    is_silent = curve.silent > settings.most_silent
    safe_at = None if reached is None or is_silent else curve.cast_at + timedelta(minutes=reached)
    basis = _basis_of(mix, confidence, required) | {"extrapolated": now.extrapolated}
    why_not = "silent" if is_silent else ""
    return Prediction(code, now.equivalent_age_hours, now.strength_mpa, now.lower_mpa, safe_at, basis, why_not)


def _basis_of(mix: CalibratedMix, confidence: float, required_mpa: float) -> dict[str, Any]:
    return {
        "method": mix.row.method,
        "mix_version": mix.row.version,
        "trial_sets": mix.trial_sets,
        "own_sets": mix.own_sets,
        "confidence": confidence,
        "required_mpa": required_mpa,
    }


def _judge(session: Session, load: PalletLoad, curve: LoadCurve) -> CuringJudgement:
    entered = curve.minutes(curve.entered_at) + STEP_MINUTES if curve.entered_at else None
    last = curve.points[-1].minutes
    left = curve.minutes(curve.left_at) if curve.left_at else None
    if entered is None or entered >= last or (left is not None and left < entered):
        return CuringJudgement((), ())
    return judge_curing(
        curve.points,
        curing_rules(curing_settings().rules),
        entered_minutes=entered,
        left_minutes=left,
        is_insulated=is_insulated(session, load),
        stripping_ambient_c=curve.hall_c,
    )


def is_insulated(session: Session, load: PalletLoad) -> bool:
    """Whether sandwich walls with insulation are on the load."""
    families = {item.element.component_type.family for item in load.items}
    if families & curing_settings().insulated_families:
        return True
    return any(use.lot.kind == "insulation" for use in uses_of(session, load))


def _write(record: CuringRecord, curve: LoadCurve, judgement: CuringJudgement, prediction: Prediction) -> None:
    record.chamber, record.cast_at = curve.chamber, curve.cast_at
    record.entered_at, record.left_at = curve.entered_at, curve.left_at
    record.curve = [[round(one.minutes, 1), round(one.temperature_c, 1)] for one in thinned(curve.points)]
    record.rule_set = curing_settings().rules
    record.findings = [_as_json(finding) for finding in judgement.findings]
    record.mix_code = prediction.mix_code
    record.equivalent_age_hours = _rounded(prediction.age_hours, 2)
    record.predicted_mpa = _rounded(prediction.strength_mpa, 1)
    record.predicted_lower_mpa = _rounded(prediction.lower_mpa, 1)
    record.safe_at = prediction.safe_at
    record.basis = {
        "before": curve.before,
        "before_c": curve.before_c,
        "hall_c": curve.hall_c,
        "silent_minutes": round(curve.silent / timedelta(minutes=1)),
        "held_c": curve.points[-1].temperature_c,
        "not_judged": [asdict(one) for one in judgement.not_judged],
        "why_not": prediction.why_not,
        **(prediction.basis or {}),
    }


def _as_json(finding: CuringFinding) -> dict[str, Any]:
    return {**asdict(finding), "answer": None}


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _demoulded_at(load: PalletLoad) -> datetime | None:
    """When nothing of the load cured any longer; None while something does."""
    elements = [item.element for item in load.items if "curing" in item.element.facts]
    if not elements or any(element.state == "curing" for element in elements):
        return None
    moments = [element.facts.get("demoulded") for element in elements]
    told = [datetime.fromisoformat(moment) for moment in moments if moment]
    return max(told) if told else max(element.state_since for element in elements)


def _note(work: Work, load: PalletLoad, record: CuringRecord) -> None:
    elements = sorted((item.element for item in load.items if "curing" in item.element.facts), key=lambda e: e.serial)
    operation = operation_at(load, "curing")
    if operation is None or not elements:
        return
    note(
        work,
        "element.curing_recorded",
        elements,
        event_time=record.evaluated_at,
        where=where_of(operation.station),
        how=how_of(operation),
        data={"curing": curing_facts(record)},
    )


def curing_facts(record: CuringRecord) -> dict[str, Any]:
    """A cure as an event and a paper keep it."""
    temperatures: Sequence[float] = [point[1] for point in record.curve]
    stay = stay_in_chamber(record)
    return {
        "id": str(record.id),
        "chamber": record.chamber,
        "cast_at": record.cast_at.isoformat(),
        "entered_at": record.entered_at.isoformat() if record.entered_at else None,
        "left_at": record.left_at.isoformat() if record.left_at else None,
        "highest_c": max(temperatures),
        **({"in_chamber": stay} if stay else {}),
        "curve_sha256": curve_digest(record),
        "equivalent_age_hours": record.equivalent_age_hours,
        "rule_set": record.rule_set,
        "findings": [{key: value for key, value in one.items() if key != "answer"} for one in record.findings],
    }
