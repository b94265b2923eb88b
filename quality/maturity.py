"""Maturity of concrete: equivalent age from a temperature curve, strength predicted from it, time of release.

Equivalent age after ASTM C1074: Nurse-Saul (Saul 1951) or Arrhenius (Freiesleben Hansen and Pedersen 1977). Strength
grows with the logarithm of the equivalent age (Plowman 1956); the line through the calibration points is found by
least squares, and its prediction interval for one further result by Student's t.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from quality.maturity_aging import mean_rate, share_at_growth
from quality.maturity_line import CalibrationPoint, StrengthLine, StrengthPrediction
from quality.verdict import Fault, RefusedInputError, Verdict

_GAS_CONSTANT = 8.314462618
"""J/(mol·K)"""
_ZERO_CELSIUS_K = 273.15
_LEAST_POINTS = 4


class MaturityMethod(StrEnum):
    """Ways to weigh temperature."""

    NURSE_SAUL = "nurse_saul"
    ARRHENIUS = "arrhenius"


@dataclass(frozen=True)
class Mix:
    """A concrete mix with its maturity constants and at least four calibration points.

    Nurse-Saul needs the datum temperature, Arrhenius the activation energy.
    """

    name: str
    method: MaturityMethod
    calibration: tuple[CalibrationPoint, ...]
    reference_temperature_c: float = 20.0
    datum_temperature_c: float | None = None
    activation_energy_j_per_mol: float | None = None


@dataclass(frozen=True)
class TemperatureReading:
    """Temperature in the concrete, minutes after casting."""

    minutes: float
    temperature_c: float


@dataclass(frozen=True)
class MaturityEvaluation:
    """Equivalent age at the end of the curve, strength there, and the first time of the required strength."""

    equivalent_age_hours: float
    prediction: StrengthPrediction
    confidence: float
    required_mpa: float | None
    reached_at_minutes: float | None

    @property
    def result(self) -> Verdict | None:
        """Whether the required strength is reached within the curve; None where none was asked for."""
        if self.required_mpa is None:
            return None
        return Verdict.FAIL if self.reached_at_minutes is None else Verdict.PASS


def evaluate_maturity(
    mix: Mix,
    curve: Sequence[TemperatureReading],
    required_mpa: float | None = None,
    confidence: float = 0.95,
) -> MaturityEvaluation:
    """Judge a temperature curve; raises RefusedInputError with paths mix, curve, required_mpa, confidence.

    The strength counts as reached when the one-sided lower bound of a further result at `confidence` is not below
    it, within the calibrated ages only: beyond the youngest and oldest calibration nothing is promised.
    """
    faults = [*_mix_faults(mix), *_curve_faults(curve), *_confidence_faults(confidence)]
    if required_mpa is not None and not (_is_number(required_mpa) and 0 < required_mpa <= 250):
        faults.append(Fault("$.required_mpa", f"a strength above 0 to 250 MPa is expected, not {required_mpa!r}"))
    if faults:
        raise RefusedInputError(faults)
    ages = cumulative_ages(mix, curve)
    line = StrengthLine(mix.calibration)
    reached = None if required_mpa is None else _first_time(mix, curve, ages, line, required_mpa, confidence)
    return MaturityEvaluation(ages[-1], line.prediction(ages[-1], confidence), confidence, required_mpa, reached)


@dataclass(frozen=True)
class StrengthAt:
    """Predicted strength at a moment; a further result is at least `lower_mpa` with the confidence asked for."""

    minutes: float
    equivalent_age_hours: float
    strength_mpa: float
    lower_mpa: float
    extrapolated: bool


def strength_over_time(mix: Mix, curve: Sequence[TemperatureReading], confidence: float = 0.95) -> list[StrengthAt]:
    """The predicted strength at each reading, with the one-sided bound that decides when a strength counts as reached.

    Raises RefusedInputError as `evaluate_maturity` does.
    """
    faults = [*_mix_faults(mix), *_curve_faults(curve), *_confidence_faults(confidence)]
    if faults:
        raise RefusedInputError(faults)
    line = StrengthLine(mix.calibration)
    return [
        StrengthAt(
            reading.minutes,
            age,
            max(0.0, line.strength(age)),
            max(0.0, line.lower(age, confidence)),
            not line.youngest <= age <= line.oldest,
        )
        for reading, age in zip(curve, cumulative_ages(mix, curve), strict=True)
    ]


def held_on(
    curve: Sequence[TemperatureReading], until_minutes: float, step_minutes: float = 30
) -> list[TemperatureReading]:
    """The curve, and its last temperature held until `until_minutes`: what will be if nothing changes."""
    last = curve[-1]
    steps = math.ceil(max(0.0, until_minutes - last.minutes) / step_minutes - 1e-9)  # no second point at the end
    further = [min(until_minutes, last.minutes + step_minutes * number) for number in range(1, steps + 1)]
    return [*curve, *(TemperatureReading(minutes, last.temperature_c) for minutes in further)]


def cumulative_ages(mix: Mix, curve: Sequence[TemperatureReading]) -> list[float]:
    """Equivalent age in hours at each reading, 0 at the first; between two the temperature is a straight line.

    Raises RefusedInputError where the mix lacks the constant of its method.
    """
    ages = [0.0]
    rate, bends = partial(_rate, mix), _bends(mix)
    for earlier, later in itertools.pairwise(curve):
        mean = mean_rate(rate, bends, earlier.temperature_c, later.temperature_c)
        ages.append(ages[-1] + mean * (later.minutes - earlier.minutes) / 60)
    return ages


def _bends(mix: Mix) -> tuple[float, ...]:
    """Temperatures at which the rate is not smooth."""
    return () if mix.datum_temperature_c is None else (mix.datum_temperature_c,)


def _rate(mix: Mix, temperature_c: float) -> float:
    """How much faster than at the reference temperature the concrete matures."""
    if mix.method is MaturityMethod.NURSE_SAUL:
        datum = _needed(mix.datum_temperature_c, "datum_temperature_c")
        return max(0.0, temperature_c - datum) / (mix.reference_temperature_c - datum)
    energy = _needed(mix.activation_energy_j_per_mol, "activation_energy_j_per_mol")
    reference = 1 / (mix.reference_temperature_c + _ZERO_CELSIUS_K)
    actual = 1 / (temperature_c + _ZERO_CELSIUS_K)
    return math.exp(energy / _GAS_CONSTANT * (reference - actual))


def _needed(value: float | None, name: str) -> float:
    if value is None:
        raise RefusedInputError([Fault(f"$.mix.{name}", "is needed by the method")])
    return value


def _first_time(
    mix: Mix,
    curve: Sequence[TemperatureReading],
    ages: Sequence[float],
    line: StrengthLine,
    required_mpa: float,
    confidence: float,
) -> float | None:
    """Minutes after casting, rounded up, at which the bound first holds; None within the curve."""
    age = _first_age(line, required_mpa, confidence)
    if age is None or age > ages[-1]:
        return None
    for index in range(1, len(ages)):
        if age <= ages[index]:
            before, after = curve[index - 1], curve[index]
            hours, growth = (after.minutes - before.minutes) / 60, age - ages[index - 1]
            ends = (before.temperature_c, after.temperature_c)
            share = share_at_growth(partial(_rate, mix), _bends(mix), *ends, hours, growth)
            return float(math.ceil(round(before.minutes + share * hours * 60, 4)))
    return None


def _first_age(line: StrengthLine, required_mpa: float, confidence: float) -> float | None:
    """Youngest calibrated age whose bound reaches the strength, by bisection: the bound rises, then may fall.

    The bound is strength minus a half-width that is convex in ln(age), so it is concave: it has one highest point,
    and left of that it only rises.
    """
    low, high = math.log(line.youngest), _highest(line, confidence)
    if line.lower(math.exp(high), confidence) < required_mpa:
        return None
    if line.lower(math.exp(low), confidence) >= required_mpa:
        return line.youngest
    for _ in range(80):
        middle = (low + high) / 2
        if line.lower(math.exp(middle), confidence) >= required_mpa:
            high = middle
        else:
            low = middle
    return math.exp(high)


def _highest(line: StrengthLine, confidence: float) -> float:
    """Logarithm of the calibrated age with the highest bound, by ternary search on a concave function."""
    low, high = math.log(line.youngest), math.log(line.oldest)
    for _ in range(90):
        third = (high - low) / 3
        if line.lower(math.exp(low + third), confidence) < line.lower(math.exp(high - third), confidence):
            low += third
        else:
            high -= third
    ends = (math.log(line.oldest), high)
    return max(ends, key=lambda x: line.lower(math.exp(x), confidence))


def _is_number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and -1e12 < value < 1e12


def _confidence_faults(confidence: float) -> list[Fault]:
    if _is_number(confidence) and 0.5 < confidence < 1:
        return []
    return [Fault("$.confidence", f"a confidence above 0.5 and below 1 is expected, not {confidence!r}")]


def mix_faults(mix: Mix) -> list[Fault]:
    """What is wrong with a mix; nothing where it can be used."""
    return _mix_faults(mix)


def _mix_faults(mix: Mix) -> list[Fault]:
    faults = []
    limits = {"reference_temperature_c": (0, 40)}
    if mix.method is MaturityMethod.NURSE_SAUL:
        limits["datum_temperature_c"] = (-30, 10)
    else:
        limits["activation_energy_j_per_mol"] = (10_000, 100_000)
    for name, (low, high) in limits.items():
        value = getattr(mix, name)
        if not (_is_number(value) and low <= value <= high):
            faults.append(Fault(f"$.mix.{name}", f"a number from {low} to {high} is expected, not {value!r}"))
    datum = mix.datum_temperature_c
    if not faults and datum is not None and datum >= mix.reference_temperature_c:
        faults.append(Fault("$.mix.datum_temperature_c", "must be below the reference temperature"))
    point_faults = _calibration_faults(mix.calibration)
    if not point_faults:
        if len({point.equivalent_age_hours for point in mix.calibration}) < 3:
            point_faults.append(Fault("$.mix.calibration", "at least three different ages are needed"))
        elif StrengthLine(mix.calibration).slope <= 0:
            point_faults.append(Fault("$.mix.calibration", "strength does not grow with age in these points"))
    return faults + point_faults


def _calibration_faults(points: Sequence[CalibrationPoint]) -> list[Fault]:
    faults = []
    if len(points) < _LEAST_POINTS:
        faults.append(Fault("$.mix.calibration", f"at least {_LEAST_POINTS} points are needed, not {len(points)}"))
    for index, point in enumerate(points):
        for name, highest in (("equivalent_age_hours", 100_000), ("strength_mpa", 250)):
            value = getattr(point, name)
            if not (_is_number(value) and 0 < value <= highest):
                path = f"$.mix.calibration[{index}].{name}"
                faults.append(Fault(path, f"a number above 0 to {highest} is expected, not {value!r}"))
    return faults


def _curve_faults(curve: Sequence[TemperatureReading]) -> list[Fault]:
    faults = []
    if len(curve) < 2:
        faults.append(Fault("$.curve", f"at least two readings are needed, not {len(curve)}"))
    before = -math.inf
    for index, reading in enumerate(curve):
        minutes, temperature = reading.minutes, reading.temperature_c
        if not (_is_number(minutes) and minutes >= 0):
            faults.append(Fault(f"$.curve[{index}].minutes", f"minutes of at least 0 are expected, not {minutes!r}"))
            continue
        if minutes <= before:
            faults.append(Fault(f"$.curve[{index}].minutes", f"{minutes:g} does not come after {before:g}"))
        before = minutes
        if not (_is_number(temperature) and -30 <= temperature <= 110):
            message = f"a temperature from -30 to 110 °C is expected, not {temperature!r}"
            faults.append(Fault(f"$.curve[{index}].temperature_c", message))
    return faults
