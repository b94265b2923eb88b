"""Control charts against published worked examples, and what must hold for all numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.statistics import (
    Rule,
    Sample,
    Side,
    StatisticsInputError,
    factors,
    fraction_chart,
    individuals,
    mean_and_range,
)

FLOW_RATES = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
"""NIST/SEMATECH e-Handbook of Statistical Methods 6.3.2.2: ten batches, individuals and moving range."""

WAFERS = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]
"""NIST/SEMATECH 6.3.3.2: defective chips on thirty wafers, fifty inspected on each."""

PISTON_RINGS = [  # in thousandths of a millimetre above 74 mm
    [30, 2, 19, -8, 8],
    [-5, -8, 1, 11, 4],
    [-12, 24, 21, 5, 2],
    [2, -4, -7, 15, 9],
    [-8, 7, 15, -11, 14],
    [9, -6, -3, -15, -7],
    [-5, 6, -6, 0, 5],
    [-15, 3, -7, 15, -12],
    [8, -5, 9, 5, 4],
    [-2, 0, -10, 7, -5],
    [-6, -2, -6, -5, -10],
    [4, 0, 7, 0, -4],
    [-17, 2, -2, -3, 12],
    [6, -33, -6, 0, -16],
    [12, 14, -2, -1, 7],
    [0, -16, 5, -2, -4],
    [-6, 12, -14, 5, 7],
    [6, 10, 18, 3, 0],
    [-16, 2, 3, 5, -3],
    [0, 10, 13, 20, 3],
    [-18, 1, 15, 5, -4],
    [4, -1, -10, 6, 9],
    [10, -11, -10, 9, 14],
    [15, 8, -7, 0, 10],
    [-18, -16, -5, 17, 13],
]
"""Montgomery, Introduction to Statistical Quality Control: inside diameters of piston rings, 25 samples of five:
Σx̄ = 1850.028, ΣR = 0.581, lines of the mean 73.988, 74.001 and 74.014, of the range 0 and 0.049."""


def test_mean_and_range_of_the_piston_rings_as_published() -> None:
    charts = mean_and_range([[74 + value / 1000 for value in group] for group in PISTON_RINGS])
    level, spread = charts.level.points[0], charts.spread.points[0]
    assert sum(point.value for point in charts.level.points) == pytest.approx(1850.028, abs=2e-3)
    assert sum(point.value for point in charts.spread.points) == pytest.approx(0.581, abs=1e-6)
    assert level.centre == pytest.approx(74.001, abs=5e-4)
    assert (level.lower, level.upper) == (pytest.approx(73.988, abs=5e-4), pytest.approx(74.014, abs=6e-4))
    assert (spread.lower, spread.upper) == (0, pytest.approx(0.049, abs=5e-4))
    assert charts.sigma == pytest.approx(0.0099, abs=1e-4)
    assert charts.level.stable
    assert charts.spread.stable


def test_individuals_of_the_flow_rates_as_published() -> None:
    charts = individuals(FLOW_RATES)
    assert charts.level.points[0].centre == pytest.approx(50.81)
    assert charts.spread.points[0].centre == pytest.approx(1.8778, abs=1e-4)
    assert charts.level.points[0].upper == pytest.approx(55.8041, abs=1e-3)
    assert charts.level.points[0].lower == pytest.approx(45.8159, abs=1e-3)
    assert not [signal for signal in charts.level.signals if signal.rule is Rule.BEYOND_LIMIT]
    assert len(charts.spread.points) == len(FLOW_RATES) - 1


def test_fractions_of_the_wafers_as_published() -> None:
    chart = fraction_chart([Sample(count, 50) for count in WAFERS])
    assert chart.points[0].centre == pytest.approx(0.2313, abs=1e-4)
    assert chart.points[0].upper == pytest.approx(0.4102, abs=1e-4)
    assert chart.points[0].lower == pytest.approx(0.0524, abs=1e-4)
    beyond = [signal for signal in chart.signals if signal.rule is Rule.BEYOND_LIMIT]
    assert [(signal.at, signal.side) for signal in beyond] == [(14, Side.ABOVE), (22, Side.ABOVE)]


def test_limits_of_a_fraction_follow_the_size_of_each_sample() -> None:
    chart = fraction_chart([Sample(1, 10), Sample(19, 190)])  # p̄ = 0.1: σ = √(0.09/n) = 0.0949 and 0.02176
    assert chart.points[0].upper == pytest.approx(0.1 + 3 * 0.0948683, abs=1e-6)
    assert chart.points[0].lower == 0
    assert chart.points[1].lower == pytest.approx(0.1 - 3 * 0.0217643, abs=1e-6)


def test_a_range_beyond_its_limit_speaks_and_a_long_run_of_ranges_does_not() -> None:
    groups = [[0.0, 1.0]] * 20 + [[0.0, 10.0]]
    charts = mean_and_range(groups)  # R̄ = 30/21 = 1.43, UCL = 3.267 × 1.43 = 4.67
    assert [(signal.rule, signal.points) for signal in charts.spread.signals] == [(Rule.BEYOND_LIMIT, (20,))]


def test_a_process_that_does_not_vary_has_no_signal() -> None:
    assert individuals([3.0] * 20).level.stable
    assert mean_and_range([[3.0, 3.0]] * 20).level.stable
    assert fraction_chart([Sample(0, 5)] * 20).stable


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: mean_and_range([[1.0, 2.0]]), "at least two subgroups"),
        (lambda: mean_and_range([[1.0], [2.0]]), "2 to 10 values, not 1"),
        (lambda: mean_and_range([[1.0] * 11] * 2), "not 11"),
        (lambda: mean_and_range([[1.0, 2.0], [1.0]]), r"subgroups\[1\] has 1 values"),
        (lambda: mean_and_range([[1.0, 2.0], [1.0, math.nan]]), r"subgroups\[1\]\[1\]"),
        (lambda: individuals([1.0]), "at least two values"),
        (lambda: individuals([1.0, math.inf]), r"values\[1\]"),
        (lambda: fraction_chart([]), "at least one sample"),
        (lambda: fraction_chart([Sample(0, 0)]), r"samples\[0\]"),
        (lambda: fraction_chart([Sample(1, 2), Sample(3, 2)]), r"samples\[1\]: 3 of 2"),
        (lambda: factors(1), "not 1"),
    ],
)
def test_what_is_no_chart_is_refused_with_its_place(make, words) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(StatisticsInputError, match=words):
        make()


@pytest.mark.parametrize("size", range(2, 11))
def test_the_factors_are_those_of_the_range_of_normal_values(size: int) -> None:
    d2, d3 = range_moments(size)
    known = factors(size)
    assert known.d2 == pytest.approx(d2, abs=6e-4)
    assert known.a2 == pytest.approx(3 / (d2 * math.sqrt(size)), abs=6e-4)
    assert known.d3 == pytest.approx(max(0.0, 1 - 3 * d3 / d2), abs=6e-4)
    assert known.d4 == pytest.approx(1 + 3 * d3 / d2, abs=6e-4)


def range_moments(size: int) -> tuple[float, float]:
    """Mean and standard deviation of the range of `size` standard normal values.

    P(range ≤ w) = n ∫ φ(x) (Φ(x + w) - Φ(x))^(n-1) dx; E(W) = ∫ (1 - P) dw and E(W²) = 2 ∫ w (1 - P) dw.
    """
    step = 0.05
    xs = [-8 + step * number for number in range(321)]
    density = [math.exp(-x * x / 2) / math.sqrt(2 * math.pi) for x in xs]
    whole = [(1 + math.erf((-8 + step * number) / math.sqrt(2))) / 2 for number in range(321 + 200)]
    above = []
    for shift in range(201):
        inner = sum(d * (whole[i + shift] - whole[i]) ** (size - 1) for i, d in enumerate(density))
        above.append(1 - min(1.0, size * inner * step))
    weights = [step / 3 * (1 if shift in (0, 200) else 4 if shift % 2 else 2) for shift in range(201)]  # Simpson
    mean = math.fsum(weight * value for weight, value in zip(weights, above, strict=True))
    square = 2 * math.fsum(weights[shift] * step * shift * value for shift, value in enumerate(above))
    return mean, math.sqrt(square - mean**2)


reading = st.integers(-500, 500).map(lambda tenths: tenths / 10)


@given(data=st.data(), size=st.integers(2, 10))
def test_the_order_inside_a_subgroup_changes_nothing(data: st.DataObject, size: int) -> None:
    groups = data.draw(st.lists(st.lists(reading, min_size=size, max_size=size), min_size=2, max_size=15))
    turned = [data.draw(st.permutations(group)) for group in groups]
    assert mean_and_range(turned) == mean_and_range(groups)


@given(
    groups=st.lists(st.lists(reading, min_size=3, max_size=3), min_size=2, max_size=20),
    factor=st.sampled_from([0.001, 1 / 25.4, 10.0, 1000.0]),
)
def test_another_unit_scales_the_lines_and_leaves_every_signal(groups: list[list[float]], factor: float) -> None:
    plain = mean_and_range(groups)
    scaled = mean_and_range([[value * factor for value in group] for group in groups])
    assert scaled.level.signals == plain.level.signals
    assert scaled.spread.signals == plain.spread.signals
    for one, other in zip(plain.level.points, scaled.level.points, strict=True):
        assert other.upper == pytest.approx(one.upper * factor, rel=1e-9, abs=1e-9)
        assert other.lower == pytest.approx(one.lower * factor, rel=1e-9, abs=1e-9)
