"""The Western Electric rules, worked by hand: which points speak, and by which rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.statistics import Rule, Side, western_electric

ONE, TWO, FOUR, EIGHT = Rule.BEYOND_LIMIT, Rule.TWO_OF_THREE, Rule.FOUR_OF_FIVE, Rule.EIGHT_IN_A_ROW


def spoken(scores: list[float]) -> list[tuple[Rule, Side, tuple[int, ...]]]:
    return [(signal.rule, signal.side, signal.points) for signal in western_electric(scores)]


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        # rule 1: beyond three, and not on three
        ([0, 3.01, 0], [(ONE, (1,))]),
        ([0, 3.0, 0], []),
        # rule 2: two of three beyond two; the point between may be anywhere; apart by two more it is not
        ([2.1, -1, 2.1], [(TWO, (0, 2))]),
        ([2.1, 2.1], [(TWO, (0, 1))]),
        ([2.1, 0, 0, 2.1], []),
        ([2.0, 2.1, 2.0], []),
        # the pattern is complete only at a point that lies beyond itself
        ([2.1, 2.1, 0.5], [(TWO, (0, 1))]),
        # rule 3: four of five beyond one
        ([1.1, 1.1, -0.5, 1.1, 1.1], [(FOUR, (0, 1, 3, 4))]),
        ([1.1, 1.1, -0.5, -0.5, 1.1, 1.1], []),
        ([1.1, 1.1, 1.1, 1.1], [(FOUR, (0, 1, 2, 3))]),
        # rule 4: eight on one side; a point on the centre line breaks the run
        ([0.1] * 8, [(EIGHT, tuple(range(8)))]),
        ([0.1] * 7, []),
        ([0.1] * 4 + [0.0] + [0.1] * 4, []),
        ([0.1] * 9, [(EIGHT, tuple(range(8))), (EIGHT, tuple(range(1, 9)))]),
    ],
)
def test_each_rule_on_both_sides(scores: list[float], expected: list[tuple[Rule, tuple[int, ...]]]) -> None:
    assert spoken(scores) == [(rule, Side.ABOVE, points) for rule, points in expected]
    mirrored = [(rule, Side.BELOW, points) for rule, points in expected]
    assert spoken([-score for score in scores]) == mirrored


def test_points_on_different_sides_make_no_pattern() -> None:
    assert spoken([2.1, -2.1, 1.1, -1.1, 1.1]) == []


def test_one_point_may_speak_by_several_rules() -> None:
    assert [rule for rule, _, _ in spoken([2.5, 3.5])] == [ONE, TWO]


def test_rules_can_be_chosen() -> None:
    assert western_electric([0.1] * 8, [ONE, TWO]) == ()


@given(st.lists(st.integers(-40, 40).map(lambda tenths: tenths / 10), max_size=40))
def test_a_longer_history_never_silences_a_signal(scores: list[float]) -> None:
    whole = western_electric(scores)
    for end in range(len(scores)):
        assert western_electric(scores[:end]) == tuple(signal for signal in whole if signal.at < end)
