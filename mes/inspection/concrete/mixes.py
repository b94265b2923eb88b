"""Mixes (配合比): versions with the constants of their maturity, calibrated by trial mixes and own cubes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mes.accounts.service import lock_numbers, the_plant
from mes.core.commands import Work, use_case
from mes.core.errors import Fault, InvalidInput
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.inspection.concrete.cube_ages import age_of_cubes
from mes.inspection.concrete.schemas import DefineMix, MixDefined
from mes.inspection.concrete.settings import curing_settings
from mes.inspection.models import ConcreteMix, CubeTest
from mes.ledger.service import record
from mes.shopfloor.models import CastingBatch
from quality import CalibrationPoint, MaturityMethod, Mix, cumulative_ages, mix_faults
from quality.maturity import TemperatureReading

MOST_RECKONED = 500


@dataclass(frozen=True)
class CalibratedMix:
    """A mix as the engine takes it, with how many of its points come from trial mixes and from own cubes."""

    row: ConcreteMix
    mix: Mix
    trial_sets: int
    own_sets: int

    @property
    def is_usable(self) -> bool:
        """Whether there are enough points, at enough ages, for a prediction."""
        return not mix_faults(self.mix)


@use_case("mix:write")
def define_mix(work: Work, command: DefineMix) -> MixDefined:
    """Define a mix, or a further version of it; own cubes get their equivalent ages after the new constants.

    Raises:
        InvalidInput: the constant of the method is missing or cannot be true, or the trial points fit no line.
    """
    row = _row(command)
    _require_sound(command, row)
    lock_numbers(work, the_plant(work.session), "concrete_mix")
    latest = select(func.max(ConcreteMix.version)).where(ConcreteMix.code == command.code)
    row.version = (work.session.scalar(latest) or 0) + 1
    row.set_at, row.set_by = work.now(), work.actor.name
    work.session.add(row)
    work.session.flush()
    own_sets = _reckon_ages(work.session, row)
    record(
        work,
        "mix.defined",
        [f"mix:{row.code}"],
        event_time=row.set_at,
        data={"mix": command.model_dump(mode="json", exclude={"command_id", "occurred_at"}) | {"version": row.version}},
    )
    return MixDefined(mix_id=row.id, code=row.code, version=row.version, own_sets=own_sets)


def mix_in_force(session: Session, code: str) -> ConcreteMix | None:
    """The latest version of a mix; None for a code that nobody defined."""
    if not code:
        return None
    query = select(ConcreteMix).where(ConcreteMix.code == code).order_by(ConcreteMix.version.desc()).limit(1)
    return session.scalars(query).first()


def calibrated(session: Session, row: ConcreteMix) -> CalibratedMix:
    """A mix with its trial points and the newest of the plant's own cubes whose curve is known."""
    trial = [CalibrationPoint(float(age), float(mpa)) for age, mpa in row.calibration]
    own = [
        CalibrationPoint(one.equivalent_age_hours or 0.0, one.set_value_mpa or 0.0) for one in own_sets(session, row)
    ]
    return CalibratedMix(row, _engine_mix(row, [*trial, *own]), len(trial), len(own))


def own_sets(session: Session, row: ConcreteMix) -> Sequence[CubeTest]:
    """The plant's own valid same-condition sets of a mix whose equivalent age is known, newest first."""
    query = (
        select(CubeTest)
        .join(CastingBatch, CastingBatch.id == CubeTest.batch_id)
        .where(
            CastingBatch.mix_code == row.code,
            CubeTest.condition == "same_condition",
            CubeTest.equivalent_age_hours > 0,
            CubeTest.set_value_mpa > 0,
        )
        .order_by(CubeTest.tested_at.desc(), CubeTest.id)
    )
    return session.scalars(query.limit(curing_settings().own_sets)).all()


def equivalent_age_hours(row: ConcreteMix, readings: Sequence[TemperatureReading]) -> float:
    """Equivalent age at the end of a curve, in hours, after a mix's method."""
    return round(cumulative_ages(_engine_mix(row, []), readings)[-1], 2)


def age_after_mix(session: Session, batch: CastingBatch, condition: str, tested_at: datetime) -> float | None:
    """The equivalent age of a batch's cubes; None where their curve or the batch's mix is not known."""
    row = mix_in_force(session, batch.mix_code)
    if row is None or condition != "same_condition":
        return None
    readings = age_of_cubes(session, batch.id, tested_at)
    ages = [equivalent_age_hours(row, curve) for curve in readings]
    return max(ages) if ages else None


def _reckon_ages(session: Session, row: ConcreteMix) -> int:
    """Give the newest sets of the mix their equivalent age after its constants; returns how many have one."""
    query = (
        select(CubeTest, CastingBatch)
        .join(CastingBatch, CastingBatch.id == CubeTest.batch_id)
        .where(CastingBatch.mix_code == row.code, CubeTest.condition == "same_condition")
        .order_by(CubeTest.tested_at.desc())
    )
    known = 0
    for number, (test, batch) in enumerate(session.execute(query)):
        age = age_after_mix(session, batch, test.condition, test.tested_at) if number < MOST_RECKONED else None
        test.equivalent_age_hours = age or None
        known += age is not None
    session.flush()
    return known


def _row(command: DefineMix) -> ConcreteMix:
    is_saul = command.method == "nurse_saul"
    return ConcreteMix(
        id=new_id(),
        code=command.code,
        name=command.name,
        concrete_grade=command.concrete_grade,
        method=command.method,
        reference_temperature_c=command.reference_temperature_c,
        datum_temperature_c=command.datum_temperature_c if is_saul else None,
        activation_energy_j_per_mol=None if is_saul else command.activation_energy_j_per_mol,
        calibration=[[point.equivalent_age_hours, point.strength_mpa] for point in command.calibration],
    )


def _engine_mix(row: ConcreteMix, points: Sequence[CalibrationPoint]) -> Mix:
    return Mix(
        name=row.code,
        method=MaturityMethod(row.method),
        calibration=tuple(points),
        reference_temperature_c=row.reference_temperature_c,
        datum_temperature_c=row.datum_temperature_c,
        activation_energy_j_per_mol=row.activation_energy_j_per_mol,
    )


_WORDS = {
    "datum_temperature_c": N_("The method Nurse–Saul needs a datum temperature below the reference temperature"),
    "activation_energy_j_per_mol": N_("The method of Arrhenius needs an activation energy"),
    "reference_temperature_c": N_("A reference temperature from 0 to 40 °C is expected"),
    "calibration": N_("Strength must grow with age in the trial points, at three different ages or more"),
}


def _require_sound(command: DefineMix, row: ConcreteMix) -> None:
    """The constants can be true; trial points, where there are enough for a line, fit one that rises."""
    points = [CalibrationPoint(point.equivalent_age_hours, point.strength_mpa) for point in command.calibration]
    faults = []
    for fault in mix_faults(_engine_mix(row, points)):
        name = fault.path.removeprefix("$.mix.").partition("[")[0]
        if name != "calibration" or len(points) >= 4:
            faults.append(Fault(name, Text(_WORDS[name])))
    if faults:
        raise InvalidInput(faults[0].reason, faults)
