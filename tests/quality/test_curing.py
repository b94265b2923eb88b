"""Curing curves judged by JGJ 1-2014 section 11.3, worked by hand. Points are (minutes after casting, °C)."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.__main__ import main
from quality.curing import (
    CuringPoint,
    CurveFaultError,
    curing_phases,
    curing_rules,
    judge_curing,
    merged_points,
    thinned,
)
from quality.rules import UnknownRulesError
from quality.verdict import RefusedInputError

RULES, NAN = curing_rules(), float("nan")
GOOD = [(0, 20), (180, 20), (330, 60), (690, 60), (870, 20)]
"""Three hours' rest, 40 K in 2.5 h (16 K/h) up, six hours held, 40 K in 3 h (13.3 K/h) down."""


def curve(*points: tuple[float, float]) -> list[CuringPoint]:
    return [CuringPoint(minutes, celsius) for minutes, celsius in points]


def broken(*points: tuple[float, float], **named: object) -> list[tuple[str, float, float, float]]:
    judgement = judge_curing(curve(*points), RULES, **named)  # type: ignore[arg-type]
    return [(one.rule, one.actual, one.from_minutes, one.to_minutes) for one in judgement.findings]


def test_a_cure_within_the_rules_has_no_finding() -> None:
    judgement = judge_curing(curve(*GOOD), RULES, left_minutes=870, stripping_ambient_c=15)
    assert (judgement.findings, judgement.not_judged) == ((), ())


def test_rest_before_heating_lasts_two_to_six_hours() -> None:
    # 1 K above the first 20 °C is met 1/40 of 150 min = 3.75 min after the ramp began
    assert broken((0, 20), (60, 20), (210, 60), (600, 60)) == [("precure_hours", 1.06, 0, 63.8)]
    assert broken((0, 20), (420, 20), (570, 60), (800, 60)) == [("precure_hours", 7.06, 0, 423.8)]
    assert broken((0, 20), (120, 20), (270, 60), (800, 60)) == []


def test_a_warm_chamber_at_once_is_no_rest() -> None:
    # the step from the hall's air is no heating rate of the chamber
    found = broken((0, 20), (30, 20), (31, 48), (500, 48), entered_minutes=31)
    assert [one[0] for one in found] == ["precure_hours"]


def test_natural_curing_has_no_heating_to_judge() -> None:
    judgement = judge_curing(curve((0, 20), (600, 22)), RULES)
    assert [one.missing for one in judgement.not_judged] == ["heating"]


def test_heating_faster_than_twenty_kelvin_an_hour() -> None:
    # 30 K in 60 min = 30 K/h, windows of 30 min. The rate rises from 0 to 30 while the window slides from 150 to 180:
    # 20 K/h are passed at begin 170; it falls from 30 at begin 210 to 0 at 240: 20 at 220, whose window ends at 250.
    assert broken((0, 20), (180, 20), (240, 50), (600, 50)) == [("heating_k_per_hour", 30, 170, 250)]


def test_exactly_twenty_kelvin_an_hour_is_allowed() -> None:
    assert broken((0, 20), (180, 20), (300, 60), (600, 60), (720, 20)) == []


def test_cooling_faster_than_twenty_kelvin_an_hour() -> None:
    # 24 K/h for 100 min: passed when 5/6 of the window lie on the slope: begin 600 - 30 + 25 = 595; the other end is
    # 5 min after begin 670, whose window ends at 705
    assert broken((0, 20), (180, 20), (330, 60), (600, 60), (700, 20), (800, 20)) == [
        ("cooling_k_per_hour", 24, 595, 705)
    ]


def test_a_short_jump_of_a_sensor_counts_over_half_an_hour() -> None:
    # 5 K within a minute are 10 K/h over 30 min
    assert broken((0, 40), (200, 40), (201, 45), (400, 45), entered_minutes=0) == []


@pytest.mark.parametrize(("is_insulated", "found"), [(False, []), (True, [("highest_celsius", 65, 253.3, 505)])])
def test_walls_with_insulation_may_be_ten_kelvin_less_warm(is_insulated: bool, found: list[object]) -> None:
    # from 20 at 120 to 65 at 270 (0.3 K/min): 60 at 253.3; from 65 at 480 to 20 at 705 (0.2 K/min): 60 at 505
    points = ((0, 20), (120, 20), (270, 65), (480, 65), (705, 20))
    result = [
        (rule, actual, pytest.approx(start, abs=2), end)
        for rule, actual, start, end in broken(*points, is_insulated=is_insulated)
    ]
    assert result == found


def test_seventy_degrees_are_the_limit() -> None:
    # up 0.3 K/min: 70 at 286.7, 72 at 293.3; down 0.2 K/min from 72 at 400: 70 at 410
    found = broken((0, 20), (120, 20), (293.3333333, 72), (400, 72), (660, 20))
    assert found == [("highest_celsius", 72, 286.7, 410)]


@pytest.mark.parametrize(("ambient", "difference"), [(25, None), (24.9, 25.1), (0, 50), (None, None)])
def test_at_stripping_surface_and_surroundings_differ_by_25_kelvin_at_most(
    ambient: float | None, difference: float | None
) -> None:
    judgement = judge_curing(
        curve((0, 20), (150, 20), (300, 50), (500, 50)), RULES, left_minutes=500, stripping_ambient_c=ambient
    )
    assert [one.actual for one in judgement.findings] == ([difference] if difference else [])
    assert [one.missing for one in judgement.not_judged] == (["ambient"] if ambient is None else [])


def test_findings_name_limit_and_clause() -> None:
    (one,) = judge_curing(curve((0, 20), (60, 20), (210, 60), (600, 60)), RULES).findings
    assert (one.least, one.most) == (2, 6)
    assert "JGJ 1-2014" in one.clause
    assert not RULES.verified


@pytest.mark.parametrize(
    "points",
    [[(5, 20), (5, 21)], [(10, 20), (5, 20)], [(-1, 20)], [(0, 200)], [(0, NAN)], [(NAN, 20)]],
)
def test_curves_that_cannot_be_true_are_refused(points: list[tuple[float, float]]) -> None:
    with pytest.raises(CurveFaultError, match=r"\$\.curve"):
        judge_curing(curve(*points), RULES)


def test_leaving_before_entering_and_unknown_rules_are_refused() -> None:
    with pytest.raises(RefusedInputError, match="left_minutes"):
        judge_curing(curve(*GOOD), RULES, entered_minutes=200, left_minutes=100)
    with pytest.raises(UnknownRulesError, match="curing-jgj1-2014"):
        curing_rules("../gbt50107-2010")


def test_a_single_reading_judges_nothing() -> None:
    assert {one.missing for one in judge_curing(curve((0, 20)), RULES).not_judged} == {"curve"}


CORNERS = st.lists(st.tuples(st.integers(1, 120), st.integers(10, 80)), min_size=2, max_size=8)


def of_steps(steps: list[tuple[int, int]]) -> list[CuringPoint]:
    minute, points = 0, []
    for step, celsius in steps:
        points.append(CuringPoint(float(minute), float(celsius)))
        minute += step
    return points


@given(steps=CORNERS, shares=st.lists(st.floats(0.01, 0.99), max_size=4))
def test_a_finer_curve_is_judged_the_same(steps: list[tuple[int, int]], shares: list[float]) -> None:
    coarse = of_steps(steps)
    finer = list(coarse)
    for before, after in pairwise(coarse):
        for share in shares:
            finer.append(
                CuringPoint(
                    before.minutes + share * (after.minutes - before.minutes),
                    before.temperature_c + share * (after.temperature_c - before.temperature_c),
                )
            )
    named = {"left_minutes": coarse[-1].minutes, "stripping_ambient_c": 20.0}
    one, other = (judge_curing(points, RULES, **named) for points in (coarse, merged_points(finer)))  # type: ignore[arg-type]
    assert one.not_judged == other.not_judged
    assert [a.rule for a in one.findings] == [b.rule for b in other.findings]
    for a, b in zip(one.findings, other.findings, strict=True):
        assert (b.actual, b.from_minutes, b.to_minutes) == pytest.approx(
            (a.actual, a.from_minutes, a.to_minutes), abs=0.11
        )


@given(steps=CORNERS)
def test_phases_follow_one_another_over_the_whole_curve(steps: list[tuple[int, int]]) -> None:
    points = of_steps(steps)
    phases = curing_phases(points, RULES)
    if points[-1].minutes >= 10:
        assert (phases[0].from_minutes, phases[-1].to_minutes) == (0, points[-1].minutes)
        for before, after in pairwise(phases):
            assert before.to_minutes == pytest.approx(after.from_minutes)


@given(steps=CORNERS)
def test_thinning_moves_no_temperature_by_more_than_its_tolerance(steps: list[tuple[int, int]]) -> None:
    points = of_steps(steps)
    few = thinned(points, 1.0)
    assert (few[0], few[-1]) == (points[0], points[-1])
    for point in points:
        later = next(one for one in few if one.minutes >= point.minutes)
        before = [one for one in few if one.minutes <= point.minutes][-1]
        width = later.minutes - before.minutes
        share = (point.minutes - before.minutes) / width if width else 0
        assert (
            abs(before.temperature_c + share * (later.temperature_c - before.temperature_c) - point.temperature_c)
            <= 1.001
        )


# the command


def test_the_command_refuses_wrong_numbers_and_unknown_rules(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "curve.csv"
    file.write_text("minutes,temperature_c\n0,20\n180,20\n", encoding="utf-8")
    for options, path in ((["--left", "x"], "$.left_minutes"), (["--rules", "nothing"], "RULES")):
        assert main(["curing", "--curve", str(file), *options]) == 2
        assert path in [fault["path"] for fault in json.loads(capsys.readouterr().out)["faults"]]
    assert main(["curing", "--curve", str(file)]) == 0
