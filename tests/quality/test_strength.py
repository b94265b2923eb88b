"""Concrete strength after GB/T 50107-2010 and GB/T 50081-2019, worked by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality import (
    CubeSet,
    CubeSetRule,
    RefusedInputError,
    UnknownStageError,
    Verdict,
    counted_sets,
    cube_set_value,
    evaluate_strength,
    known_standard_deviation,
    release_strength,
)


def required(*arguments: Any, **named: Any) -> dict[str, tuple[float, float, str]]:
    evaluation = evaluate_strength(*arguments, **named)
    return {c.name: (c.actual, c.required, c.result.value) for c in evaluation.criteria}


def test_below_ten_sets_the_mean_must_be_1_15_and_the_least_0_95_of_the_grade() -> None:
    # C30: mean ≥ 34.5, least ≥ 28.5; mean (36 + 35 + 32.5) / 3 = 34.5
    assert required("C30", [36, 35, 32.5]) == {"mean": (34.5, 34.5, "pass"), "min": (32.5, 28.5, "pass")}
    # mean 34.4
    assert evaluate_strength("C30", [36, 35, 32.2]).result is Verdict.FAIL
    # mean 37.5, but 28.4 < 28.5
    assert evaluate_strength("C30", [42.1, 42, 28.4]).result is Verdict.FAIL


def test_from_c60_on_the_mean_must_be_1_10_of_the_grade() -> None:
    assert required("C60", [66, 66])["mean"] == (66, 66, "pass")
    assert required("C55", [63.2])["mean"] == (63.2, 63.25, "fail")


def test_ten_sets_are_evaluated_with_their_own_deviation() -> None:
    # five of 34 and five of 36: mean 35, s = sqrt(10/9) = 1.05, taken as 2.5; 30 + 1.15 × 2.5 = 32.875
    values = [34, 36] * 5
    evaluation = evaluate_strength("C30", values)
    assert (evaluation.method, evaluation.n, evaluation.deviation) == ("unknown_sigma", 10, 2.5)
    assert required("C30", values) == {"mean": (35, 32.875, "pass"), "min": (34, 27, "pass")}


def test_a_scattered_lot_needs_a_higher_mean() -> None:
    # five of 30 and five of 40: mean 35, s = sqrt(250/9) = 5.27; 30 + 1.15 × 5.27 = 36.0605
    evaluation = evaluate_strength("C30", [30, 40] * 5)
    assert evaluation.deviation == 5.27
    assert [(c.name, c.required, c.result) for c in evaluation.criteria] == [
        ("mean", 36.0605, "fail"),
        ("min", 27, "pass"),
    ]


@pytest.mark.parametrize(
    ("sets", "mean", "least"),
    [(14, 32.875, 27.0), (15, 32.625, 25.5), (19, 32.625, 25.5), (20, 32.375, 25.5), (60, 32.375, 25.5)],
)
def test_the_factors_change_at_15_and_20_sets(sets: int, mean: float, least: float) -> None:
    # s is taken as 2.5: 30 + 1.15, 1.05 or 0.95 × 2.5, and 0.90 or 0.85 × 30
    criteria = required("C30", [35.0] * sets)
    assert (criteria["mean"][1], criteria["min"][1]) == (mean, least)


def test_with_a_known_deviation_three_sets_are_evaluated() -> None:
    # σ0 = 3: mean ≥ 30 + 2.1, least ≥ 30 - 2.1 and ≥ 0.90 × 30
    evaluation = evaluate_strength("C30", [33, 32, 31.3], known_sigma_mpa=3)
    assert evaluation.method == "known_sigma"
    assert required("C30", [33, 32, 31.3], known_sigma_mpa=3) == {
        "mean": (32.1, 32.1, "pass"),
        "min": (31.3, 27.9, "pass"),
        "min_of_grade": (31.3, 27, "pass"),
    }


def test_a_known_deviation_counts_as_2_5_at_least_and_c20_asks_for_0_85() -> None:
    criteria = required("C20", [22, 22, 22], known_sigma_mpa=1)
    assert criteria["mean"][1] == 21.75
    assert criteria["min_of_grade"][1] == 17


def test_the_known_deviation_comes_from_45_earlier_sets() -> None:
    # 23 of 30 and 22 of 40: s = sqrt(23 × 22 / 45 × 100 / 44) = 5.055…
    assert known_standard_deviation([30.0] * 23 + [40.0] * 22) == 5.06
    assert known_standard_deviation([30.0] * 45) == 2.5
    with pytest.raises(RefusedInputError, match="at least 45 sets"):
        known_standard_deviation([30.0] * 44)


@pytest.mark.parametrize(
    ("grade", "values", "method", "sigma", "path"),
    [
        ("M30", [35], "auto", None, "$.grade"),
        ("C31", [35], "auto", None, "$.grade"),
        ("C30", [], "auto", None, "$.values"),
        ("C30", [35, -1], "auto", None, "$.values[1]"),
        ("C30", [float("nan")], "auto", None, "$.values[0]"),
        ("C30", [3500], "auto", None, "$.values[0]"),
        ("C30", [10**400], "auto", None, "$.values[0]"),
        ("C30", ["35"], "auto", None, "$.values[0]"),
        ("C30", [35] * 3, "guess", None, "$.method"),
        ("C30", [35] * 9, "unknown_sigma", None, "$.values"),
        ("C30", [35] * 10, "non_statistical", None, "$.values"),
        ("C30", [35] * 3, "known_sigma", None, "$.sigma"),
        ("C30", [35] * 4, "known_sigma", 3, "$.values"),
    ],
)
def test_nonsense_is_refused_with_its_path(
    grade: str, values: list[Any], method: str, sigma: float | None, path: str
) -> None:
    with pytest.raises(RefusedInputError) as refusal:
        evaluate_strength(grade, values, method, sigma)
    assert path in [fault.path for fault in refusal.value.faults]


@given(
    values=st.lists(st.floats(20, 60), min_size=1, max_size=25).flatmap(
        lambda v: st.tuples(st.just(v), st.permutations(v))
    )
)
def test_the_order_of_sets_never_changes_the_result(values: tuple[list[float], list[float]]) -> None:
    assert evaluate_strength("C30", values[0]) == evaluate_strength("C30", values[1])


@given(values=st.lists(st.floats(20, 60), min_size=1, max_size=9), raised=st.floats(0, 20))
def test_a_stronger_set_never_fails_a_lot_that_passed(values: list[float], raised: float) -> None:
    stronger = [values[0] + raised, *values[1:]]
    if evaluate_strength("C30", values).result is Verdict.PASS:
        assert evaluate_strength("C30", stronger).result is Verdict.PASS


@pytest.mark.parametrize(
    ("cubes", "value", "rule"),
    [
        ((30, 32, 34), 32, CubeSetRule.MEAN),
        ((30, 32, 36.8), 32.9, CubeSetRule.MEAN),  # 36.8 is 4.8 = 15 % above 32: not beyond; mean 32.93
        ((30, 32, 36.9), 32, CubeSetRule.MIDDLE),
        ((27.1, 32, 33), 32, CubeSetRule.MIDDLE),  # 4.9 below
        ((27, 32, 37), None, CubeSetRule.INVALID),
    ],
)
def test_a_set_of_cubes_takes_the_mean_the_middle_or_nothing(
    cubes: tuple[float, float, float], value: float | None, rule: CubeSetRule
) -> None:
    result = cube_set_value(cubes)
    assert (result.value_mpa, result.rule) == (value, rule)


@given(cubes=st.tuples(st.floats(5, 90), st.floats(5, 90), st.floats(5, 90)), data=st.data())
def test_the_order_of_cubes_never_changes_the_value(cubes: tuple[float, float, float], data: st.DataObject) -> None:
    assert cube_set_value(cubes) == cube_set_value(data.draw(st.permutations(cubes)))


@pytest.mark.parametrize("cubes", [(30, 31), (30, 31, 32, 33), (30, 31, 0), (30, 31, float("inf"))])
def test_anything_but_three_strengths_is_refused(cubes: tuple[float, ...]) -> None:
    with pytest.raises(RefusedInputError):
        cube_set_value(cubes)


@pytest.mark.parametrize(
    ("stage", "grade", "design", "needed"),
    [
        ("demoulding", "C30", None, 15),
        ("demoulding", "C30", 22.5, 22.5),
        ("demoulding", "C30", 12, 15),
        ("delivery", "C30", None, 22.5),
        ("delivery", "C30", 30, 30),
        ("prestress_release", "C30", None, 30),
        ("prestress_release", "C50", None, 37.5),
        ("delivery", "C32", None, 24),  # no grade of GB/T 50107, but drawings name it
        ("delivery", "LC40", None, 30),  # lightweight
        ("delivery", "C30/37", None, 27.75),  # EN 206: 75 % of the cubes' 37
    ],
)
def test_strength_for_release(stage: str, grade: str, design: float | None, needed: float) -> None:
    assert release_strength(stage, grade, design) == needed


def test_unknown_stages_and_grades_are_refused() -> None:
    with pytest.raises(UnknownStageError, match="known are demoulding, prestress_release, delivery"):
        release_strength("painting", "C30")
    with pytest.raises(RefusedInputError, match=r"\$\.grade"):
        release_strength("delivery", "30")


# which sets count


def test_only_standard_sets_of_28_days_count_for_standard_curing() -> None:
    sets = [
        CubeSet(35.0, "standard", 672),
        CubeSet(36.0, "standard", 651),  # 28 d less 21 h
        CubeSet(36.0, "standard", 693),  # 28 d and 21 h
        CubeSet(22.0, "same_condition", 672),
        CubeSet(None, "standard", 672),
    ]
    counted = counted_sets(sets, "standard")
    assert [one.value_mpa for one in counted] == [35.0, None, None, None, None]
    assert [one.left_out for one in counted[1:]] == ["too_young", "too_old", "other_condition", "invalid"]


def test_same_condition_sets_are_divided_by_0_88() -> None:
    # 26.4 / 0.88 = 30; 27 / 0.88 = 30.68; a demoulding set of 20 hours does not speak for the structure
    sets = [
        CubeSet(26.4, "same_condition", 400),
        CubeSet(27.0, "same_condition", 400, 600),
        CubeSet(27.0, "same_condition", 20),
    ]
    assert [one.value_mpa for one in counted_sets(sets, "same_condition")] == [30.0, 30.7, None]
    cool = counted_sets([CubeSet(27.0, "same_condition", 400, 599)], "same_condition")
    assert cool[0].left_out == "too_cool"
    assert counted_sets([CubeSet(27.0, "same_condition", 1441)], "same_condition")[0].left_out == "too_old"


def test_same_condition_sets_that_fail_by_themselves_pass_after_the_factor() -> None:
    # nine sets of 31 MPa for C30: 31 < 34.5; 31 / 0.88 = 35.2 ≥ 34.5 and ≥ 28.5
    values = [one.value_mpa for one in counted_sets([CubeSet(31.0, "same_condition", 400)] * 9, "same_condition")]
    assert evaluate_strength("C30", [31.0] * 9).result is Verdict.FAIL
    assert evaluate_strength("C30", values).result is Verdict.PASS  # type: ignore[arg-type]


@given(ages=st.lists(st.floats(0, 2000), max_size=8), data=st.data())
def test_the_order_of_sets_changes_nothing_about_what_counts(ages: list[float], data: st.DataObject) -> None:
    sets = [CubeSet(30.0, "standard", age) for age in ages]
    other = data.draw(st.permutations(sets))
    assert {one.cubes: one for one in counted_sets(sets, "standard")} == {
        one.cubes: one for one in counted_sets(other, "standard")
    }


def test_nonsense_sets_are_refused_with_their_path() -> None:
    with pytest.raises(RefusedInputError) as refusal:
        counted_sets([CubeSet(-1.0, "standard", 672), CubeSet(30.0, "standard", -1)], "wet")
    assert [fault.path for fault in refusal.value.faults] == [
        "$.condition",
        "$.sets[0].value_mpa",
        "$.sets[1].age_hours",
    ]


# further lots, worked by hand


def test_fifteen_scattered_sets_of_c40() -> None:
    # 8 of 41 and 7 of 47: mean (328 + 329) / 15 = 43.8; s² = (8 × 2.8² + 7 × 3.2²) / 14 = (62.72 + 71.68) / 14 = 9.6,
    # s = 3.10; mean ≥ 40 + 1.05 × 3.10 = 43.255; min ≥ 0.85 × 40 = 34
    values = [41.0] * 8 + [47.0] * 7
    assert evaluate_strength("C40", values).deviation == 3.1
    assert required("C40", values) == {"mean": (43.8, 43.255, "pass"), "min": (41, 34, "pass")}


def test_twenty_sets_of_c60_and_the_weakest_one() -> None:
    # nineteen of 66 and one of 50.9: mean 65.245 → 65.2; s = 15.1 × sqrt(19 / 20 / 19) = 3.376 → 3.38;
    # mean ≥ 60 + 0.95 × 3.38 = 63.211; min ≥ 0.85 × 60 = 51
    values = [66.0] * 19 + [50.9]
    assert required("C60", values) == {"mean": (65.2, 63.211, "pass"), "min": (50.9, 51, "fail")}


@pytest.mark.parametrize(
    ("grade", "values", "sigma", "mean", "least", "of_grade"),
    [
        # C25 is above C20: 0.90 × 25 = 22.5; σ0 4: 25 ± 2.8
        ("C25", [28, 28, 27.4], 4, (27.8, 27.8, "pass"), (27.4, 22.2, "pass"), (27.4, 22.5, "pass")),
        # C60, σ0 5: 60 ± 3.5; 0.90 × 60 = 54
        ("C60", [70, 70, 56], 5, (65.3, 63.5, "pass"), (56, 56.5, "fail"), (56, 54, "pass")),
        # C15, σ0 2.5: 15 ± 1.75; 0.85 × 15 = 12.75
        ("C15", [19, 19, 12.7], 2.5, (16.9, 16.75, "pass"), (12.7, 13.25, "fail"), (12.7, 12.75, "fail")),
    ],
)
def test_known_deviation_by_grade(
    grade: str, values: list[float], sigma: float, mean: object, least: object, of_grade: object
) -> None:
    found = required(grade, values, known_sigma_mpa=sigma)
    assert found == {"mean": mean, "min": least, "min_of_grade": of_grade}


@pytest.mark.parametrize(
    ("grade", "mean", "least"),
    [("C15", 17.25, 14.25), ("C30", 34.5, 28.5), ("C55", 63.25, 52.25), ("C60", 66.0, 57.0), ("C80", 88.0, 76.0)],
)
def test_below_ten_sets_by_grade(grade: str, mean: float, least: float) -> None:
    criteria = required(grade, [100.0] * 9)
    assert (criteria["mean"][1], criteria["min"][1]) == (mean, least)


def test_nine_sets_are_not_statistical_even_with_a_known_deviation() -> None:
    assert evaluate_strength("C30", [36.0] * 9, known_sigma_mpa=3).method == "non_statistical"
    assert evaluate_strength("C30", [36.0] * 10, known_sigma_mpa=3).method == "unknown_sigma"
