"""Raw readings of every shape: units, grids, sizes of openings, bands, questions, places of defects."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quality import (
    Band,
    DefectPlace,
    Dimensions,
    Fault,
    ItemKind,
    ItemResult,
    Measurement,
    RefusedInputError,
    RuleSet,
    band_of,
    catalogue,
    evaluate,
    judge_item,
    load_rules,
    place_fault,
)

GB = "gb50204-2015"
SLAB = Dimensions(3420, 1760, 60)
WALL = Dimensions(3000, 2800, 200)
UNITS = {"mm": 1, "cm": 10, "m": 1000}
TENTHS = st.integers(-60, 60).map(lambda tenths: tenths / 10)


def of_kind(kind: ItemKind, off: list[float]) -> Measurement:
    """A measurement of each kind whose readings are off by these mm."""
    match kind:
        case ItemKind.SIZE:
            return Measurement("hole_size", 300.0, tuple(300 + one for one in off))
        case ItemKind.LEVEL:
            return Measurement("plate_level", 0.0, tuple(off))
        case ItemKind.GAP:
            return Measurement("flatness", None, tuple(abs(one) for one in off))
        case ItemKind.DIFFERENCE:
            return Measurement("diagonal", None, tuple((3800.0, 3800.0 + one) for one in off))
        case ItemKind.POSITION:
            return Measurement("hole_position", (500.0, 800.0), tuple((500 + one, 800 - one / 2) for one in off))
        case _:
            raise ValueError(kind)


KINDS = [kind for kind in ItemKind if kind is not ItemKind.OFFSET]  # offsets are of rebar; see cases.yaml


def in_unit(measurement: Measurement, unit: str) -> Measurement:
    def scaled(value: Any) -> Any:
        if value is None:
            return None
        return tuple(map(scaled, value)) if isinstance(value, tuple) else value / UNITS[unit]

    return Measurement(measurement.item, scaled(measurement.nominal), scaled(measurement.values), unit=unit)


@given(kind=st.sampled_from(KINDS), off=st.lists(TENTHS, min_size=1, max_size=5), data=st.data())
def test_neither_units_nor_order_ever_change_the_verdict(kind: ItemKind, off: list[float], data: st.DataObject) -> None:
    rules = load_rules(GB)
    expected = judge_item(rules, "composite_slab", SLAB, of_kind(kind, off))
    unit, order = data.draw(st.sampled_from(list(UNITS))), data.draw(st.permutations(off))
    told = judge_item(rules, "composite_slab", SLAB, in_unit(of_kind(kind, order), unit))
    assert told == expected


@given(
    off=st.lists(TENTHS, min_size=2, max_size=4), units=st.lists(st.sampled_from(list(UNITS)), min_size=4, max_size=4)
)
def test_an_element_measured_in_mixed_units_and_any_order_has_one_verdict(off: list[float], units: list[str]) -> None:
    rules = load_rules(GB)
    plain = [of_kind(kind, [one]) for kind, one in zip(KINDS, off, strict=False)]
    mixed = [in_unit(one, unit) for one, unit in zip(plain, units, strict=False)]
    first = evaluate(rules, "composite_slab", SLAB, plain)
    for order in itertools.permutations(mixed):
        again = evaluate(rules, "composite_slab", SLAB, order)
        assert (again.result, set(again.items), again.missing) == (first.result, set(first.items), first.missing)


def test_a_unit_is_that_of_the_nominal_too() -> None:
    result = judge_item(load_rules(GB), "composite_slab", SLAB, Measurement("hole_size", 30, (30.4,), unit="cm"))
    assert result.deviation == 4


def test_a_grid_of_gaps_is_as_flat_as_its_worst_reading() -> None:
    grid = ((1.0, 2.0, 1.5), (0.5, 5.5, 2.0), (1.0, 1.0, 0.0))
    result = judge_item(load_rules(GB), "composite_slab", SLAB, Measurement("flatness", None, grid))
    assert (result.deviation, result.result) == (5.5, "fail")


def test_an_opening_is_judged_in_both_directions() -> None:
    opening = Measurement("opening_size", (600, 900), ((598, 911),))
    result = judge_item(load_rules(GB), "composite_slab", SLAB, opening)
    assert (result.deviation, result.result) == (11, "fail")


@pytest.mark.parametrize(
    ("deviation", "allowed", "band"),
    [
        (0, (-5, 5), Band.INSIDE),
        (4, (-5, 5), Band.INSIDE),  # 80 % of the way
        (4.1, (-5, 5), Band.NEAR),
        (5, (-5, 5), Band.NEAR),
        (5.1, (-5, 5), Band.OUTSIDE),
        (-4.1, (-5, 10), Band.NEAR),  # the way to -5 counts, not that to +10
        (4.1, (-5, 10), Band.INSIDE),
        (0, (-5, 0), Band.INSIDE),  # exactly as drawn is no warning though zero is a limit
        (0.1, (-5, 0), Band.OUTSIDE),
        (20, (5, 35), Band.INSIDE),  # a temperature: the middle of the range is best
        (33, (5, 35), Band.NEAR),  # 13 of 15
        (32, (5, 35), Band.INSIDE),  # 12 of 15, 80 %
    ],
)
def test_the_last_fifth_before_a_limit_is_near_it(deviation: float, allowed: tuple[float, float], band: Band) -> None:
    assert band_of(deviation, allowed) is band


@pytest.mark.parametrize(
    ("measurement", "path", "asked", "meant"),
    [
        (Measurement("length", None, (34240,)), "$.values[0]", "was 3424 mm meant?", 3424),
        (Measurement("thickness", None, (60, -61)), "$.values[1]", "was 61 mm meant?", 61),
        (Measurement("thickness", None, (6,)), "$.values[0]", "was 60 mm meant?", 60),
        (Measurement("length", None, (3.424,)), "$.values[0]", "was 3424 mm meant?", 3424),
        (Measurement("flatness", None, ((1, 2), (3, -4))), "$.values[1][1]", "was 4 mm meant?", 4),
        (Measurement("length", None, (7000,)), "$.values[0]", "please read again", None),
        (Measurement("length", 4320, (4321,)), "$.nominal", "which is right?", 3420),
        (Measurement("hole_size", None, (100,)), "$.nominal", "what does the drawing say?", None),
        (Measurement("opening_size", (600, -900), ((600, 900),)), "$.nominal", "what does the drawing say?", None),
        (Measurement("diagonal", None, ((3800, 3801), (3800,))), "$.values[1]", "two diagonals are expected", None),
        (Measurement("length", None, (3424,), unit="km"), "$.unit", "mm, cm, m is expected", None),
        (Measurement("length", None, ((3424, 3425),)), "$.values[0]", "a number in mm is expected", None),
    ],
)
def test_nonsense_is_refused_with_a_question(
    measurement: Measurement, path: str, asked: str, meant: float | None
) -> None:
    with pytest.raises(RefusedInputError) as refusal:
        judge_item(load_rules(GB), "composite_slab", SLAB, measurement)
    fault = refusal.value.faults[0]
    assert asked in fault.message
    assert (fault.path, fault.meant) == (path, meant)


def test_a_slab_of_34240_mm_is_asked_about_and_not_judged() -> None:
    with pytest.raises(RefusedInputError) as refusal:
        evaluate(load_rules(GB), "composite_slab", Dimensions(34240, 1760, -60), [Measurement("width", None, (1760,))])
    told = {fault.path: (fault.message, fault.meant) for fault in refusal.value.faults}
    assert set(told) == {"$.length_mm", "$.thickness_mm"}
    assert told["$.length_mm"][1] == 3424
    assert told["$.thickness_mm"][0].endswith("was 60 mm meant?")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)


@given(
    item=st.sampled_from(list(catalogue().items)),
    nominal=ANYTHING,
    values=st.lists(ANYTHING, max_size=3),
    unit=st.sampled_from(["mm", "cm", "m", "", "inch"]),
)
@example(item="facing_flatness", nominal=None, values=[()], unit="mm")  # a grid whose only row is empty
def test_nothing_that_is_typed_crashes_the_judge(item: str, nominal: Any, values: list[Any], unit: str) -> None:
    rules = load_rules("gbt51231-2016")
    faults, result = judged(rules, Measurement(item, nominal, tuple(values), unit=unit))
    assert all(fault.path.startswith("$") and fault.message for fault in faults)
    assert faults if result is None else (result.margin >= 0) == (result.result == "pass")


def judged(rules: RuleSet, measurement: Measurement) -> tuple[tuple[Fault, ...], ItemResult | None]:
    try:
        return (), judge_item(rules, "exterior_wall", WALL, measurement)
    except RefusedInputError as refusal:
        return refusal.faults, None


def test_a_defect_lies_on_its_face() -> None:
    size = Dimensions(3420, 1760, 60)
    assert place_fault(DefectPlace("top", 3420, 0), size) is None
    assert place_fault(DefectPlace("left", 1760, 60), size) is None  # an end: width by thickness
    beside = place_fault(DefectPlace("front", 100, 61), size, "$.defects[0].place")
    assert beside is not None
    assert (beside.path, beside.message[-13:]) == ("$.defects[0].place.y_mm", "where was it?")
    assert place_fault(DefectPlace("inside", 0, 0), size) is not None
    assert place_fault(DefectPlace("top", float("nan"), 0), size) is not None
