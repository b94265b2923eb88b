"""Drift: warned of before the limit is met, with the day; silent where nothing wanders."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.statistics import DriftKind, Limits, Side, StatisticsInputError, drift, trend

LIMITS = Limits(-5, 5)
WOBBLE = [0.4, -0.4, 0.2, -0.2]


def series(count: int, per_day: float, start: float = 0.0) -> tuple[list[float], list[float]]:
    days = [float(day) for day in range(count)]
    return days, [start + per_day * day + WOBBLE[int(day) % 4] for day in days]


def test_the_line_by_hand() -> None:
    """NIST 4.1.4.1's formulas on (0, 1), (1, 3), (2, 2), (3, 4): slope 4/5 = 0.8, level at 3 = 3.7, s² = 1.8/2.

    t for 2 degrees at 97.5 % = 4.3027; standard error of the slope = √0.9/√5 = 0.42426.
    """
    line = trend([0, 1, 2, 3], [1, 3, 2, 4], confidence=0.95)
    assert line.per_day == pytest.approx(0.8)
    assert line.level == pytest.approx(3.7)
    assert line.residual == pytest.approx(0.9**0.5)
    assert line.per_day_high - line.per_day == pytest.approx(4.3027 * 0.42426, abs=1e-4)


def test_a_trend_is_told_with_the_day_on_which_the_limit_is_met() -> None:
    found = drift(*series(24, 0.1), LIMITS)
    assert found is not None
    assert (found.kind, found.side, found.limit) == (DriftKind.TREND, Side.ABOVE, 5)
    assert found.level == pytest.approx(2.3, abs=0.15)  # 23 days at 0.1 mm
    assert found.level_out_days == pytest.approx((5 - found.level) / found.trend.per_day)
    assert found.level_out_days == pytest.approx(27, abs=2)
    assert found.first_out_days is not None
    assert 0 < found.first_out_days < found.level_out_days
    assert all(LIMITS.holds(value) for value in series(24, 0.1)[1])  # warned before any value was out


def test_downwards_it_heads_for_the_lower_limit() -> None:
    found = drift(*series(24, -0.1), LIMITS)
    assert found is not None
    assert (found.side, found.limit) == (Side.BELOW, -5)


def test_gaps_that_shrink_are_no_trouble() -> None:
    days, values = series(24, -0.1, start=4)
    assert drift(days, values, Limits(None, 5)) is None


def test_a_trend_that_arrives_beyond_the_horizon_is_not_told() -> None:
    assert drift(*series(60, 0.01), LIMITS) is None
    assert drift(*series(60, 0.01), LIMITS, horizon_days=1000) is not None


def test_too_few_values_and_values_of_one_moment_tell_nothing() -> None:
    assert drift(*series(11, 0.3), LIMITS) is None
    assert drift([3.0] * 40, [4.9] * 40, LIMITS) is None


def test_a_level_that_is_out_already_is_told_as_now() -> None:
    found = drift(*series(24, 0.1, start=4), LIMITS)
    assert found is not None
    assert (found.first_out_days, found.level_out_days) == (0, 0)


def test_a_level_that_comes_back_is_not_told() -> None:
    assert drift(*series(24, 0.1, start=-8), LIMITS) is None


def test_a_shift_near_the_limit_is_told_and_one_in_the_middle_is_not() -> None:
    days = [float(day) for day in range(80)]
    jumped = [WOBBLE[day % 4] * 2 + (3.8 if day >= 72 else 0.0) for day in range(80)]
    found = drift(days, jumped, LIMITS, confidence=0.9999999)
    assert found is not None
    assert (found.kind, found.side) == (DriftKind.SHIFT, Side.ABOVE)
    assert found.level_out_days is None
    assert drift(days, jumped, Limits(-20, 20), confidence=0.9999999) is None


def test_quiet_series_seldom_warn() -> None:
    random.seed(7)
    told = 0
    for _ in range(400):
        values = [random.gauss(0, 1.2) for _ in range(60)]  # Cpk = 5 / 3.6 = 1.39
        told += drift([day / 2 for day in range(60)], values, LIMITS) is not None
    assert told <= 4


def test_times_that_do_not_ascend_are_refused() -> None:
    with pytest.raises(StatisticsInputError, match="ascend"):
        trend([0, 2, 1], [1, 2, 3])
    with pytest.raises(StatisticsInputError, match="at least three"):
        trend([0, 1], [1, 2])


@given(
    values=st.lists(st.integers(-40, 40).map(lambda tenths: tenths / 10), min_size=12, max_size=40),
    factor=st.sampled_from([0.1, 25.0]),
)
def test_another_unit_changes_no_warning_and_no_day(values: list[float], factor: float) -> None:
    days = [float(day) for day in range(len(values))]
    plain = drift(days, values, LIMITS)
    scaled = drift(days, [value * factor for value in values], Limits(-5 * factor, 5 * factor))
    assert (plain is None) == (scaled is None)
    if plain and scaled and plain.level_out_days is not None:
        assert scaled.level_out_days == pytest.approx(plain.level_out_days, rel=1e-6, abs=1e-6)
