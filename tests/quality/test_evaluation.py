"""Judging measurements after GB 50204-2015 table 9.2.7 and GB/T 51231-2016 tables 9.7.4."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality import (
    Dimensions,
    Face,
    Measurement,
    RefusedInputError,
    Verdict,
    available_rules,
    catalogue,
    evaluate,
    judge_item,
    load_rules,
)

SLAB = Dimensions(3420, 1760, 60)
WALL = Dimensions(3000, 2800, 200)
BEAM = Dimensions(6000, 300, 500)
LONG_BEAM = Dimensions(12000, 300, 500)
LONGEST_BEAM = Dimensions(18000, 400, 800)
GB, GBT = "gb50204-2015", "gbt51231-2016"

# rules, family, size, item, nominal, values, face, deviation, allowed, verdict; each worked by hand from the tables
CASES: list[tuple[str, str, Dimensions, str, Any, tuple[Any, ...], str | None, float, tuple[float, float], str]] = [
    (GB, "composite_slab", SLAB, "length", 3420, (3424, 3425), None, 5, (-5, 5), "pass"),
    (GB, "composite_slab", SLAB, "length", None, (3414, 3420), None, -6, (-5, 5), "fail"),
    (GB, "beam", LONG_BEAM, "length", None, (12010,), None, 10, (-10, 10), "pass"),
    (GB, "beam", Dimensions(11999, 300, 500), "length", None, (12007,), None, 8, (-5, 5), "fail"),
    (GB, "column", LONGEST_BEAM, "length", None, (17980,), None, -20, (-20, 20), "pass"),
    (GB, "truss", LONGEST_BEAM, "length", None, (18021,), None, 21, (-20, 20), "fail"),
    (GB, "exterior_wall", WALL, "length", None, (3005,), None, 5, (-4, 4), "fail"),
    (GB, "interior_wall", WALL, "width", None, (2796, 2803), None, -4, (-4, 4), "pass"),
    (GB, "composite_slab", SLAB, "thickness", 60, (60, 58, 64, 63), None, 4, (-5, 5), "pass"),
    (GB, "composite_slab", SLAB, "flatness", None, (2, 5), None, 5, (0, 5), "pass"),
    (GB, "exterior_wall", WALL, "flatness", None, (3.5,), "outer", 3.5, (0, 3), "fail"),
    (GB, "exterior_wall", WALL, "flatness", None, (3.5,), "inner", 3.5, (0, 5), "pass"),
    (GB, "exterior_wall", WALL, "flatness", None, (3.5,), None, 3.5, (0, 3), "fail"),
    (GB, "interior_wall", WALL, "flatness", None, (5,), None, 5, (0, 5), "pass"),
    (GB, "beam", BEAM, "side_bow", None, (8, 7), None, 8, (0, 8), "pass"),  # 6000/750
    (GB, "beam", LONGEST_BEAM, "side_bow", None, (20.5,), None, 20.5, (0, 20), "fail"),  # 24, but at most 20
    (GB, "truss", BEAM, "side_bow", None, (6.1,), None, 6.1, (0, 6), "fail"),  # 6000/1000
    (GB, "composite_slab", SLAB, "warp", None, (4.56,), None, 4.56, (0, 4.56), "pass"),  # 3420/750
    (GB, "exterior_wall", WALL, "warp", None, (3.1,), None, 3.1, (0, 3), "fail"),  # 3000/1000
    (GB, "composite_slab", SLAB, "diagonal", None, (3846.0, 3851.5), None, 5.5, (0, 10), "pass"),
    (GB, "interior_wall", WALL, "diagonal", None, (4104, 4109.5), None, 5.5, (0, 5), "fail"),
    (GB, "composite_slab", SLAB, "hole_position", (100, 100), ((103, 95),), None, 5, (0, 5), "pass"),
    (GB, "composite_slab", SLAB, "hole_size", 110, (104,), None, -6, (-5, 5), "fail"),
    (GB, "composite_slab", SLAB, "opening_position", (500, 800), ((504, 803),), None, 4, (0, 10), "pass"),
    (GB, "composite_slab", SLAB, "opening_size", 600, (611, 600), None, 11, (-10, 10), "fail"),
    (GB, "exterior_wall", WALL, "plate_position", (0, 0), ((3, -4),), None, 4, (0, 5), "pass"),
    (GB, "exterior_wall", WALL, "plate_level", None, (-5,), None, -5, (-5, 0), "pass"),
    (GB, "exterior_wall", WALL, "plate_level", None, (-3, 1), None, 1, (-5, 0), "fail"),
    (GB, "column", BEAM, "bolt_position", (50, 50), ((52.5, 50),), None, 2.5, (0, 2), "fail"),
    (GB, "column", BEAM, "bolt_projection", 40, (50, 36), None, 50 - 40, (-5, 10), "pass"),
    (GB, "column", BEAM, "bolt_projection", 40, (34,), None, -6, (-5, 10), "fail"),
    (GB, "exterior_wall", WALL, "sleeve_position", (200, 0), ((200, 2),), None, 2, (0, 2), "pass"),
    (GB, "exterior_wall", WALL, "sleeve_level", None, (5,), None, 5, (-5, 5), "pass"),
    (GB, "interior_wall", WALL, "starter_bar_position", (10, 10), ((15.5, 10),), None, 5.5, (0, 5), "fail"),
    (GB, "interior_wall", WALL, "starter_bar_projection", 300, (310,), None, 10, (-5, 10), "pass"),
    (GB, "beam", BEAM, "key_position", (0, 250), ((0, 255),), None, 5, (0, 5), "pass"),
    (GB, "beam", BEAM, "key_size", 200, (194,), None, -6, (-5, 5), "fail"),
    (GB, "beam", BEAM, "key_depth", 30, (40,), None, 10, (-10, 10), "pass"),
    (GB, "stair", Dimensions(2800, 1200, 200), "diagonal", None, (3000, 3011), None, 11, (0, 10), "fail"),
    (GB, "bay_window", Dimensions(2800, 2400, 900), "thickness", None, (904,), None, 4, (-4, 4), "pass"),
    (GBT, "composite_slab", SLAB, "diagonal", None, (3846, 3852.5), None, 6.5, (0, 6), "fail"),
    (GBT, "interior_wall", WALL, "thickness", None, (204,), None, 4, (-3, 3), "fail"),
    (GBT, "composite_slab", SLAB, "flatness", None, (4,), "inner", 4, (0, 4), "pass"),
    (GBT, "composite_slab", SLAB, "flatness", None, (4,), None, 4, (0, 3), "fail"),
    (GBT, "beam", BEAM, "flatness", None, (4,), None, 4, (0, 4), "pass"),
    (GBT, "exterior_wall", WALL, "sleeve_level", None, (1,), None, 1, (-5, 0), "fail"),
    (GBT, "exterior_wall", WALL, "starter_bar_position", (0, 0), ((3, 3),), None, 3, (0, 3), "pass"),
    (GBT, "composite_slab", SLAB, "lattice_girder_height", 80, (79,), None, -1, (0, 5), "fail"),
    (GBT, "column", BEAM, "connecting_bar_projection", 180, (190,), None, 10, (0, 10), "pass"),
    (
        GBT,
        "balcony",
        Dimensions(2400, 1200, 130),
        "lifting_eye_level",
        None,
        (-10,),
        None,
        -10,
        (-10, 0),
        "pass",
    ),
    (GBT, "exterior_wall", WALL, "facing_joint_width", 8, (10.5,), None, 2.5, (-2, 2), "fail"),
]


@pytest.mark.parametrize(
    ("rules", "family", "size", "item", "nominal", "values", "face", "deviation", "allowed", "verdict"), CASES
)
def test_an_item_is_judged_as_the_table_says(
    rules: str,
    family: str,
    size: Dimensions,
    item: str,
    nominal: Any,
    values: tuple[Any, ...],
    face: str | None,
    deviation: float,
    allowed: tuple[float, float],
    verdict: str,
) -> None:
    measurement = Measurement(item, nominal, values, Face(face) if face else None)
    result = judge_item(load_rules(rules), family, size, measurement)
    assert (result.deviation, result.allowed, result.result.value) == (deviation, allowed, verdict)


def test_there_are_enough_worked_cases() -> None:
    judged = {case[3] for case in CASES if case[0] == GB}
    assert judged == set(load_rules(GB).items), "every item of table 9.2.7 has a worked case"


def test_margin_is_the_way_left_to_the_nearer_limit() -> None:
    result = judge_item(load_rules(GB), "column", BEAM, Measurement("bolt_projection", 40, (43,)))
    assert result.margin == 7  # +10 is 7 away, -5 is 8 away
    result = judge_item(load_rules(GB), "column", BEAM, Measurement("flatness", None, (0,)))
    assert result.margin == 5  # no gap at all is not "at the limit"


def test_the_least_margin_decides_and_not_the_largest_deviation() -> None:
    # +10/-5: 9 too long leaves 1, 4.5 too short leaves 0.5
    result = judge_item(load_rules(GB), "column", BEAM, Measurement("bolt_projection", 40, (49, 35.5)))
    assert (result.deviation, result.margin) == (-4.5, 0.5)


def test_a_limit_is_not_missed_by_a_rounding_of_binary_fractions() -> None:
    assert 10.3 - 5.3 > 5
    result = judge_item(load_rules(GB), "beam", BEAM, Measurement("key_size", 5.3, (10.3,)))
    assert (result.deviation, result.result) == (5, Verdict.PASS)


def test_the_clause_is_named() -> None:
    clauses = {
        (GB, "length"): "GB 50204-2015 table 9.2.7",
        (GBT, "diagonal"): "GB/T 51231-2016 tables 9.7.4-1, 9.7.4-2",
    }
    for (rules, item), clause in clauses.items():
        assert load_rules(rules).items[item].clause == clause


def test_a_temporary_embed_may_be_twice_as_far_off() -> None:
    rules = load_rules(GB)
    off = Measurement("plate_position", (0, 0), ((9, 0),))
    assert judge_item(rules, "beam", BEAM, off).result is Verdict.FAIL
    temporary = Measurement("plate_position", (0, 0), ((9, 0),), temporary=True)
    assert judge_item(rules, "beam", BEAM, temporary).allowed == (0, 10)
    with pytest.raises(RefusedInputError, match="temporary length"):
        judge_item(rules, "beam", BEAM, Measurement("length", None, (6000,), temporary=True))


def test_one_failing_item_fails_the_element_and_missing_items_are_named() -> None:
    good, bad = Measurement("length", 3420, (3420,)), Measurement("thickness", 60, (66,))
    evaluation = evaluate(load_rules(GB), "composite_slab", SLAB, [good, bad])
    assert evaluation.result is Verdict.FAIL
    assert [item.result.value for item in evaluation.items] == ["pass", "fail"]
    assert evaluation.missing == ("width", "flatness", "diagonal")


def test_what_was_not_measured_keeps_an_element_from_being_acceptable() -> None:
    evaluation = evaluate(load_rules(GB), "composite_slab", SLAB, [Measurement("length", 3420, (3420,))])
    assert evaluation.result is Verdict.PASS
    assert not evaluation.complete
    assert not evaluation.acceptable


def test_a_fully_measured_good_element_is_acceptable() -> None:
    measurements = [
        Measurement("length", 3420, (3421,)),
        Measurement("width", 1760, (1759,)),
        Measurement("thickness", 60, (61,)),
        Measurement("flatness", None, (2,)),
        Measurement("diagonal", None, (3846, 3847)),
    ]
    assert evaluate(load_rules(GB), "composite_slab", SLAB, measurements).acceptable


NONSENSE: list[tuple[str, Dimensions, Measurement, str]] = [
    ("composite_slab", Dimensions(3420, 1760, -60), Measurement("length", None, (3420,)), "$.thickness_mm"),
    ("composite_slab", Dimensions(34240, 1760, 60), Measurement("length", None, (34240,)), "$.length_mm"),
    (
        "composite_slab",
        Dimensions(float("nan"), 1760, 60),
        Measurement("width", None, (1760,)),
        "$.length_mm",
    ),
    ("composite_slab", Dimensions("3420", 1760, 60), Measurement("width", None, (1760,)), "$.length_mm"),  # type: ignore[arg-type]
    ("slab", SLAB, Measurement("length", None, (3420,)), "$.family"),
    ("composite_slab", SLAB, Measurement("length", None, (34240,)), "$.measurements[0].values[0]"),
    ("composite_slab", SLAB, Measurement("length", 34240, (3424,)), "$.measurements[0].nominal"),
    ("composite_slab", SLAB, Measurement("thickness", 60, (60, -60)), "$.measurements[0].values[1]"),
    ("composite_slab", SLAB, Measurement("thickness", 60, (60, 6)), "$.measurements[0].values[1]"),
    ("composite_slab", SLAB, Measurement("length", None, (float("nan"),)), "$.measurements[0].values[0]"),
    ("composite_slab", SLAB, Measurement("length", None, (float("inf"),)), "$.measurements[0].values[0]"),
    ("composite_slab", SLAB, Measurement("length", None, (10**400,)), "$.measurements[0].values[0]"),
    ("composite_slab", SLAB, Measurement("length", None, ("3420",)), "$.measurements[0].values[0]"),  # type: ignore[arg-type]
    ("composite_slab", SLAB, Measurement("length", None, (True,)), "$.measurements[0].values[0]"),
    ("composite_slab", SLAB, Measurement("length", None, ()), "$.measurements[0].values"),
    ("composite_slab", SLAB, Measurement("flatness", None, (-1,)), "$.measurements[0].values[0]"),
    ("composite_slab", SLAB, Measurement("diagonal", None, (3846,)), "$.measurements[0].values"),
    ("composite_slab", SLAB, Measurement("diagonal", None, (3846, 38510)), "$.measurements[0].values"),
    ("composite_slab", SLAB, Measurement("opening_size", None, (600,)), "$.measurements[0].nominal"),
    ("composite_slab", SLAB, Measurement("opening_position", None, ((5, 5),)), "$.measurements[0].nominal"),
    ("composite_slab", SLAB, Measurement("opening_position", (5, 5), (5, 5)), "$.measurements[0].values[0]"),
    (
        "composite_slab",
        SLAB,
        Measurement("opening_position", (5, 5), ((5, float("nan")),)),
        "$.measurements[0].values[0][1]",
    ),
    ("composite_slab", SLAB, Measurement("colour", None, (5,)), "$.measurements[0].item"),
    ("beam", BEAM, Measurement("diagonal", None, (5, 5)), "$.measurements[0].item"),
]


@pytest.mark.parametrize(("family", "size", "measurement", "path"), NONSENSE)
def test_nonsense_is_refused_with_its_path(family: str, size: Dimensions, measurement: Measurement, path: str) -> None:
    with pytest.raises(RefusedInputError) as refusal:
        evaluate(load_rules(GB), family, size, [measurement])
    assert path in [fault.path for fault in refusal.value.faults]


def test_every_fault_is_told_at_once() -> None:
    measurements = [Measurement("length", None, (-1, 3420, 99999)), Measurement("colour", None, (1,))]
    with pytest.raises(RefusedInputError) as refusal:
        evaluate(load_rules(GB), "composite_slab", SLAB, measurements)
    paths = {fault.path for fault in refusal.value.faults}
    assert paths == {"$.measurements[0].values[0]", "$.measurements[1].item"}


def test_an_element_without_measurements_is_refused() -> None:
    with pytest.raises(RefusedInputError, match=r"\$\.measurements: at least one"):
        evaluate(load_rules(GB), "composite_slab", SLAB, [])


READINGS = st.lists(st.integers(-300, 300).map(lambda tenths: 60 + tenths / 10), min_size=1, max_size=6)


@given(values=READINGS.flatmap(lambda v: st.tuples(st.just(v), st.permutations(v))))
def test_the_order_of_readings_never_changes_the_result(values: tuple[list[float], list[float]]) -> None:
    rules = load_rules(GB)
    first, second = (
        judge_item(rules, "composite_slab", SLAB, Measurement("thickness", 60, tuple(order))) for order in values
    )
    assert first == second


@given(
    pairs=st.lists(st.tuples(st.floats(-200, 200), st.floats(-200, 200)), min_size=1, max_size=4).flatmap(
        lambda p: st.tuples(st.just(p), st.permutations(p))
    )
)
def test_the_order_of_positions_and_of_their_directions_never_changes_the_result(
    pairs: tuple[list[tuple[float, float]], list[tuple[float, float]]],
) -> None:
    rules = load_rules(GB)
    orders = [*pairs, [(y, x) for x, y in pairs[0]]]
    results = {judge_item(rules, "beam", BEAM, Measurement("hole_position", (0, 0), tuple(order))) for order in orders}
    assert len(results) == 1


@given(order=st.permutations(range(4)))
def test_the_order_of_measurements_never_changes_the_verdict(order: list[int]) -> None:
    measurements = [
        Measurement("length", 3420, (3421,)),
        Measurement("width", 1760, (1766,)),
        Measurement("flatness", None, (2,)),
        Measurement("diagonal", None, (3846, 3847)),
    ]
    evaluation = evaluate(load_rules(GB), "composite_slab", SLAB, [measurements[i] for i in order])
    assert (evaluation.result, evaluation.missing) == (Verdict.FAIL, ("thickness",))


@given(deviation=st.integers(-25000, 25000).map(lambda thousandths: thousandths / 1000))
def test_a_size_passes_exactly_within_its_limits(deviation: float) -> None:
    result = judge_item(load_rules(GB), "beam", BEAM, Measurement("key_size", 200, (200 + deviation,)))
    assert (result.result is Verdict.PASS) == (-5 <= deviation <= 5)
    assert result.margin == pytest.approx(5 - abs(deviation), abs=1e-6)


@given(extra=st.floats(0.001, 30), values=READINGS)
def test_a_further_reading_never_makes_a_result_better(extra: float, values: list[float]) -> None:
    rules = load_rules(GB)
    before = judge_item(rules, "composite_slab", SLAB, Measurement("thickness", 60, tuple(values)))
    after = judge_item(rules, "composite_slab", SLAB, Measurement("thickness", 60, (*values, 60 + extra)))
    assert after.margin <= before.margin


def test_every_family_has_a_tolerance_for_its_own_size_in_every_rule_set() -> None:
    for rules_id, family in itertools.product(available_rules(), catalogue().families):
        required = load_rules(rules_id).required_items(family)
        assert {"length", "width", "thickness"} <= set(required), (rules_id, family)
