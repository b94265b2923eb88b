"""Equivalent age and strength predicted from it."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality import (
    CalibrationPoint,
    MaturityMethod,
    Mix,
    RefusedInputError,
    TemperatureReading,
    Verdict,
    cumulative_ages,
    evaluate_maturity,
    held_on,
    strength_over_time,
)
from quality.__main__ import main
from quality.maturity_line import student_quantile

# on the line 10 ln(age), alternately 0.5 above and below it
POINTS = tuple(
    CalibrationPoint(age, 10 * math.log(age) + error)
    for age, error in ((4.0, 0.5), (8.0, -0.5), (16.0, -0.5), (32.0, 0.5))
)
SAUL = Mix("C40", MaturityMethod.NURSE_SAUL, POINTS, 20, datum_temperature_c=-10)
ARRHENIUS = Mix("C40", MaturityMethod.ARRHENIUS, POINTS, 20, activation_energy_j_per_mol=33500)


def constant(temperature_c: float, hours: float) -> list[TemperatureReading]:
    return [TemperatureReading(0, temperature_c), TemperatureReading(hours * 60, temperature_c)]


def test_at_the_reference_temperature_the_equivalent_age_is_the_age() -> None:
    for mix in (SAUL, ARRHENIUS):
        assert cumulative_ages(mix, constant(20, 10)) == [0, pytest.approx(10)]


def test_nurse_saul_weighs_the_degrees_above_the_datum() -> None:
    # (50 + 10) / (20 + 10) = 2
    assert cumulative_ages(SAUL, constant(50, 10))[-1] == pytest.approx(20)
    assert cumulative_ages(SAUL, constant(-15, 10))[-1] == 0
    # from 20 to 50 °C in 2 h: rates 1 and 2, mean 1.5
    ramp = [TemperatureReading(0, 20), TemperatureReading(120, 50)]
    assert cumulative_ages(SAUL, ramp)[-1] == pytest.approx(3)


def test_arrhenius_weighs_by_activation_energy() -> None:
    # exp(33500 / 8.314462618 × (1/293.15 - 1/323.15)) = exp(4029.12 × 3.16682e-4) = exp(1.275954) = 3.5821
    assert cumulative_ages(ARRHENIUS, constant(50, 1))[-1] == pytest.approx(3.5821, abs=2e-4)


@pytest.mark.parametrize(
    ("probability", "degrees", "quantile"),
    [(0.975, 1, 12.706), (0.95, 2, 2.920), (0.975, 3, 3.182), (0.95, 4, 2.132), (0.975, 7, 2.365), (0.95, 10, 1.812)],
)
def test_students_t_agrees_with_the_printed_table(probability: float, degrees: int, quantile: float) -> None:
    assert student_quantile(probability, degrees) == pytest.approx(quantile, abs=5e-4)


def test_strength_and_its_interval_at_the_end_of_the_curve() -> None:
    # The errors +½, -½, -½, +½ neither shift nor tilt the line. s = sqrt(4 × 0.25 / 2) = 0.70711, t(0.975; 2) = 4.3027.
    # At the centre of the logarithms, sqrt(4 × 32) h, the half-width is t s sqrt(1 + 1/4) = 3.4015.
    age = math.sqrt(4 * 32)
    prediction = evaluate_maturity(SAUL, constant(20, age)).prediction
    assert prediction.strength_mpa == pytest.approx(10 * math.log(age))
    assert prediction.upper_mpa - prediction.strength_mpa == pytest.approx(3.4015, abs=1e-3)
    assert prediction.strength_mpa - prediction.lower_mpa == pytest.approx(3.4015, abs=1e-3)
    assert not prediction.extrapolated
    assert evaluate_maturity(SAUL, constant(20, 40)).prediction.extrapolated


def test_a_strength_is_reached_when_its_lower_bound_is() -> None:
    # At the centre 10 ln(sqrt 128) = 24.260, less t(0.95; 2) s sqrt(1.25) = 2.9200 × 0.79057 = 2.3085: 21.952
    centre_minutes = math.sqrt(128) * 60
    evaluation = evaluate_maturity(SAUL, constant(20, 30), 21.952, 0.95)
    assert evaluation.reached_at_minutes == pytest.approx(centre_minutes, abs=2)
    assert evaluation.result is Verdict.PASS
    # at 50 °C everything comes twice as fast
    warm = evaluate_maturity(SAUL, constant(50, 30), 21.952, 0.95)
    assert warm.reached_at_minutes == pytest.approx(centre_minutes / 2, abs=2)


def test_a_strength_beyond_the_curve_or_the_calibration_is_not_promised() -> None:
    assert evaluate_maturity(SAUL, constant(20, 5), 21.952).result is Verdict.FAIL
    assert evaluate_maturity(SAUL, constant(20, 1000), 60).reached_at_minutes is None


def test_nothing_is_promised_before_the_youngest_calibration() -> None:
    evaluation = evaluate_maturity(SAUL, constant(20, 10), 1)
    assert evaluation.reached_at_minutes == 240


@given(required=st.floats(5, 30), more=st.floats(0, 5), confidence=st.floats(0.6, 0.97))
def test_more_strength_or_more_confidence_is_never_reached_sooner(
    required: float, more: float, confidence: float
) -> None:
    curve = constant(20, 40)

    def time(mpa: float, sure: float) -> float:
        return evaluate_maturity(SAUL, curve, mpa, sure).reached_at_minutes or math.inf

    assert time(required + more, confidence) >= time(required, confidence)
    assert time(required, confidence + 0.02) >= time(required, confidence)


@given(temperatures=st.lists(st.floats(-5, 70), min_size=2, max_size=8), warmer=st.floats(0, 10))
def test_warmer_concrete_is_never_younger(temperatures: list[float], warmer: float) -> None:
    for mix in (SAUL, ARRHENIUS):
        cool = [TemperatureReading(30 * i, t) for i, t in enumerate(temperatures)]
        warm = [TemperatureReading(30 * i, t + warmer) for i, t in enumerate(temperatures)]
        assert cumulative_ages(mix, warm)[-1] >= cumulative_ages(mix, cool)[-1] - 1e-9


def test_strength_over_time_ends_where_the_evaluation_does() -> None:
    curve = [TemperatureReading(60.0 * hour, 20) for hour in range(12)]
    told = strength_over_time(SAUL, curve, 0.95)
    evaluation = evaluate_maturity(SAUL, curve, 10, 0.95)
    assert told[-1].strength_mpa == pytest.approx(evaluation.prediction.strength_mpa)
    assert [one.extrapolated for one in told] == [one.equivalent_age_hours < 4 for one in told]
    reached = next(one for one in told if one.lower_mpa >= 10 and not one.extrapolated)
    assert reached.minutes - 60 < evaluation.reached_at_minutes <= reached.minutes  # type: ignore[operator]


def test_a_curve_is_held_on_at_its_last_temperature() -> None:
    held = held_on(constant(50, 1), 150)
    assert [(one.minutes, one.temperature_c) for one in held] == [(0, 50), (60, 50), (90, 50), (120, 50), (150, 50)]
    assert held_on(constant(50, 1), 30) == constant(50, 1)


@given(minutes=st.floats(0.1, 9000))
def test_a_curve_that_is_held_on_never_tells_one_time_twice(minutes: float) -> None:
    held = held_on([TemperatureReading(0, 20), TemperatureReading(minutes, 40)], minutes + 2880)
    assert all(one.minutes < other.minutes for one, other in pairwise(held))


@given(temperatures=st.lists(st.integers(-20, 70), min_size=2, max_size=8), shares=st.lists(st.floats(0.01, 0.99)))
def test_a_finer_curve_has_the_same_age_and_the_same_time(temperatures: list[int], shares: list[float]) -> None:
    coarse = [TemperatureReading(120 * i, t) for i, t in enumerate(temperatures)]
    finer = {one.minutes: one for one in coarse}
    for before, after in pairwise(coarse):
        for share in shares[:4]:
            minutes = before.minutes + share * 120
            celsius = before.temperature_c + share * (after.temperature_c - before.temperature_c)
            finer[minutes] = TemperatureReading(minutes, celsius)
    readings = [finer[minutes] for minutes in sorted(finer)]
    for mix in (SAUL, ARRHENIUS):
        ages = cumulative_ages(mix, readings)
        assert ages[-1] == pytest.approx(cumulative_ages(mix, coarse)[-1], rel=1e-5)
        assert ages == sorted(ages)
        one, other = (evaluate_maturity(mix, curve, 12).reached_at_minutes for curve in (coarse, readings))
        if one is not None and other is not None:
            assert abs(one - other) <= 1  # rounded up to whole minutes


def test_arrhenius_over_a_ramp_is_the_integral_of_the_rate() -> None:
    # from 20 to 60 °C in 4 h: the integral by Simpson's rule over 400 parts
    parts = 400

    def rate(celsius: float) -> float:
        return math.exp(33500 / 8.314462618 * (1 / 293.15 - 1 / (celsius + 273.15)))

    at = [rate(20 + 40 * n / parts) for n in range(parts + 1)]
    simpson = 4 / parts / 3 * (at[0] + 4 * sum(at[1::2]) + 2 * sum(at[2:-1:2]) + at[-1])
    ramp = [TemperatureReading(0, 20), TemperatureReading(240, 60)]
    assert cumulative_ages(ARRHENIUS, ramp)[-1] == pytest.approx(simpson, rel=1e-7)


def test_below_the_datum_temperature_nothing_ages() -> None:
    # from -20 to 20 °C in 4 h, datum -10: the first hour counts nothing, then the rate goes from 0 to 1 over 3 h: 1.5
    ramp = [TemperatureReading(0, -20), TemperatureReading(240, 20)]
    assert cumulative_ages(SAUL, ramp)[-1] == pytest.approx(1.5)


@given(order=st.permutations(POINTS))
def test_the_order_of_calibration_points_changes_nothing(order: list[CalibrationPoint]) -> None:
    other = Mix("C40", MaturityMethod.NURSE_SAUL, tuple(order), 20, datum_temperature_c=-10)
    assert evaluate_maturity(other, constant(20, 20), 20) == evaluate_maturity(SAUL, constant(20, 20), 20)


@pytest.mark.parametrize(
    ("mix", "curve", "strength", "confidence", "path"),
    [
        (Mix("", MaturityMethod.NURSE_SAUL, POINTS), constant(20, 5), None, 0.95, "$.mix.datum_temperature_c"),
        (
            Mix("", MaturityMethod.ARRHENIUS, POINTS),
            constant(20, 5),
            None,
            0.95,
            "$.mix.activation_energy_j_per_mol",
        ),
        (Mix("", MaturityMethod.NURSE_SAUL, POINTS[:3], 20, -10), constant(20, 5), None, 0.95, "$.mix.calibration"),
        (
            Mix("", MaturityMethod.NURSE_SAUL, (CalibrationPoint(5, 10),) * 4, 20, -10),
            constant(20, 5),
            None,
            0.95,
            "$.mix.calibration",
        ),
        (
            Mix("", MaturityMethod.NURSE_SAUL, (*POINTS, CalibrationPoint(-1, 10)), 20, -10),
            constant(20, 5),
            None,
            0.95,
            "$.mix.calibration[4].equivalent_age_hours",
        ),
        (SAUL, constant(20, 5)[:1], None, 0.95, "$.curve"),
        (SAUL, constant(20, 5)[::-1], None, 0.95, "$.curve[1].minutes"),
        (SAUL, constant(float("nan"), 5), None, 0.95, "$.curve[0].temperature_c"),
        (SAUL, constant(200, 5), None, 0.95, "$.curve[0].temperature_c"),
        (SAUL, constant(20, 5), -1, 0.95, "$.required_mpa"),
        (SAUL, constant(20, 5), 20, 95, "$.confidence"),
    ],
)
def test_nonsense_is_refused_with_its_path(
    mix: Mix, curve: list[TemperatureReading], strength: float | None, confidence: float, path: str
) -> None:
    with pytest.raises(RefusedInputError) as refusal:
        evaluate_maturity(mix, curve, strength, confidence)
    assert path in [fault.path for fault in refusal.value.faults]


def files(folder: Path, curve: str, **changes: Any) -> list[str]:
    mix = {
        "name": "C40",
        "method": "nurse_saul",
        "datum_temperature_c": -10,
        "calibration": [
            {"equivalent_age_hours": p.equivalent_age_hours, "strength_mpa": p.strength_mpa} for p in POINTS
        ],
    }
    (folder / "mix.json").write_text(json.dumps({**mix, **changes}), encoding="utf-8")
    (folder / "curve.csv").write_text(curve, encoding="utf-8")
    return ["maturity", "--mix", str(folder / "mix.json"), "--curve", str(folder / "curve.csv")]


CURVE = "minutes,temperature_c\n0,50\n900,50\n"


def test_the_command_prints_age_strength_interval_and_first_time(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = main([*files(tmp_path, CURVE), "--strength", "21.952", "--confidence", "0.95"])
    answer = json.loads(capsys.readouterr().out)
    assert (code, answer["result"], answer["equivalent_age_hours"]) == (0, "pass", 30)
    assert answer["strength_mpa"] == 34.01  # 10 ln 30
    assert answer["interval_mpa"][0] < 34.01 < answer["interval_mpa"][1]
    assert answer["reached_at_minutes"] in (339, 340)  # sqrt(128) × 60 / 2 = 339.4


def test_the_mix_may_name_the_strength_and_exit_1_says_not_reached(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(files(tmp_path, CURVE, required_mpa=60)) == 1
    assert json.loads(capsys.readouterr().out)["reached_at_minutes"] is None


@pytest.mark.parametrize(
    ("curve", "changes", "path"),
    [
        ("time,temperature\n0,20\n", {}, "$.curve"),
        ("minutes,temperature_c\n0,20\nx,20\n", {}, "$.curve line 3"),
        (CURVE, {"method": "guess"}, "$.method"),
        (CURVE, {"calibration": 5}, "$.calibration"),
        (CURVE, {"calibration": [{"strength_mpa": 5}]}, "$.calibration[0].equivalent_age_hours"),
        (CURVE, {"colour": "red"}, "$.colour"),
    ],
)
def test_the_command_refuses_wrong_files_with_the_place(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, curve: str, changes: dict[str, Any], path: str
) -> None:
    assert main(files(tmp_path, curve, **changes)) == 2
    assert path in [fault["path"] for fault in json.loads(capsys.readouterr().out)["faults"]]
