"""Capability, scales, histogram, yield and Pareto, worked by hand or against the handbook."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.statistics import (
    PER_CENT_OF_TOLERANCE,
    Judged,
    Limits,
    StatisticsInputError,
    Yield,
    at_least,
    capability,
    histogram,
    indices,
    on_one_scale,
    pareto,
)


def test_the_handbooks_example() -> None:
    """NIST/SEMATECH 6.1.6: limits 8 and 20, mean 16, standard deviation 2: Cp = 1.0, Cpk = 0.6667."""
    found = indices(16, 2, Limits(8, 20))
    assert found is not None
    assert found.potential == pytest.approx(1.0)
    assert found.actual == pytest.approx(0.6667, abs=5e-5)


def test_a_one_sided_tolerance_has_no_cp() -> None:
    found = indices(2, 0.5, Limits(None, 5))
    assert found is not None
    assert found.potential is None
    assert found.actual == pytest.approx(2.0)  # (5 - 2) / 1.5


def test_short_and_long_term_by_hand() -> None:
    values = [-2.0, 0.0, 2.0, 0.0]  # mean 0, s² = 8/3, s = 1.63299
    found = capability(values, sigma_within=1.0, limits=Limits(-6, 3))
    assert found.short_term is not None
    assert found.long_term is not None
    assert (found.short_term.potential, found.short_term.actual) == (pytest.approx(1.5), pytest.approx(1.0))
    assert found.long_term.potential == pytest.approx(9 / (6 * 1.632993))
    assert found.long_term.actual == pytest.approx(3 / (3 * 1.632993))
    assert (found.count, found.outside) == (4, 0)


def test_values_on_a_limit_are_inside() -> None:
    assert capability([-5.0, 5.0, 5.1], 1.0, Limits(-5, 5)).outside == 1


def test_the_bound_of_cpk() -> None:
    """1.33 from 30 values: half width 1.6449 √(1/270 + 1.7689/58) = 0.30424."""
    assert at_least(1.33, 30) == pytest.approx(1.33 - 0.30424, abs=1e-4)


def test_where_nothing_varies_there_is_no_index() -> None:
    found = capability([1.0, 1.0], 0.0, Limits(-5, 5))
    assert (found.short_term, found.long_term, found.actual_at_least) == (None, None, None)


def test_one_tolerance_stays_in_millimetres_and_several_become_per_cent() -> None:
    short, long = Limits(-5, 5), Limits(-10, 10)
    assert on_one_scale([Judged(4, short), Judged(-5, short)]).values == (4, -5)
    mixed = on_one_scale([Judged(4, short), Judged(4, long), Judged(5, short), Judged(-10, long)])
    assert mixed.values == (80, 40, 100, -100)
    assert (mixed.limits, mixed.unit) == (Limits(-100, 100), PER_CENT_OF_TOLERANCE)


def test_a_tolerance_that_is_not_even_is_scaled_from_its_middle() -> None:
    mixed = on_one_scale([Judged(0, Limits(-5, 0)), Judged(0, Limits(-4, 4))])
    assert mixed.values == (100, 0)


def test_gaps_of_several_tolerances_are_scaled_from_nothing() -> None:
    mixed = on_one_scale([Judged(3, Limits(None, 5)), Judged(3, Limits(None, 3))])
    assert mixed.values == (60, 100)
    assert mixed.limits == Limits(None, 100)


def test_what_has_no_scale_in_common_is_refused() -> None:
    with pytest.raises(StatisticsInputError, match="no scale in common"):
        on_one_scale([Judged(3, Limits(None, 5)), Judged(3, Limits(-5, 5))])
    with pytest.raises(StatisticsInputError, match="at least one reading"):
        on_one_scale([])
    for lower, upper in ((5.0, 5.0), (None, 0.0), (None, math.nan)):
        with pytest.raises(StatisticsInputError):
            Limits(lower, upper)


deviations = st.integers(-60, 60).map(lambda tenths: tenths / 10)


@given(values=st.lists(deviations, min_size=2, max_size=40), factor=st.sampled_from([0.1, 1 / 25.4, 1000.0]))
def test_another_unit_leaves_every_index(values: list[float], factor: float) -> None:
    plain = capability(values, 1.5, Limits(-5, 4))
    scaled = capability([value * factor for value in values], 1.5 * factor, Limits(-5 * factor, 4 * factor))
    assert (plain.long_term is None) == (scaled.long_term is None)
    if plain.long_term and scaled.long_term:
        assert scaled.long_term.actual == pytest.approx(plain.long_term.actual, rel=1e-6)


@given(st.lists(deviations, min_size=1, max_size=60))
def test_every_value_is_in_one_bin_and_no_bin_holds_both_good_and_bad(values: list[float]) -> None:
    limits = Limits(-5, 3)
    bins = histogram(values, limits)
    assert sum(one.count for one in bins) == len(values)
    for one in bins:
        assert one.end <= limits.lower + 1e-9 or one.start >= limits.lower - 1e-9  # type: ignore[operator]
        assert one.end <= limits.upper + 1e-9 or one.start >= limits.upper - 1e-9


def test_bins_grow_where_a_value_lies_far_outside() -> None:
    assert len(histogram([1000.0, 0.0], Limits(None, 5))) <= 41


def test_pareto_by_hand() -> None:
    bars = pareto({"crack": 3, "honeycomb": 6, "damage": 3, "nothing": 0})
    assert [(bar.name, bar.weight, bar.share, bar.cumulative) for bar in bars] == [
        ("honeycomb", 6, 0.5, 0.5),
        ("crack", 3, 0.25, 0.75),
        ("damage", 3, 0.25, 1.0),
    ]
    assert pareto({}) == ()
    with pytest.raises(StatisticsInputError):
        pareto({"crack": -1})


def test_yield() -> None:
    assert Yield(9, 12).share == 0.75
    assert Yield(0, 0).share is None
    with pytest.raises(StatisticsInputError):
        Yield(2, 1)
