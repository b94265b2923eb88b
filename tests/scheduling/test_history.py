"""History is as it was: a rule is waived where every value that it binds is given, and only there."""

from dataclasses import replace

import pytest

from scheduling import (
    Changeover,
    FixedJob,
    FixedOperation,
    Hold,
    MaxWait,
    PlannedJob,
    Problem,
    Resource,
    check,
)
from tests.scheduling.factory import job, plan, planned, problem, station

A_B = (station("a"), station("b"))


def happened(name: str, *operations: FixedOperation) -> FixedJob:
    return FixedJob(name, "L", operations)


def at(name: str, *given: int) -> FixedOperation:
    return FixedOperation(name, *given)


ONE = problem([station("a")], [job("J", 30)])
PAIR = problem([station("a")], [job("J", 30), job("K", 30)])
TWO_STATIONS = problem(A_B, [job("J", 30, 30)])
ROOMY = problem([station("a", capacity=2)], [job("J", 30), job("K", 30)])
CHANGING = problem(
    [station("a", changeover=Changeover({"A": {"B": 12}}, "A"))], [job("J", 30, family="A"), job("K", 30, family="B")]
)
CHANGING_FIRST = problem([station("a", changeover=Changeover({"A": {"B": 12}}, "A"))], [job("J", 30, family="B")])
WAITING = problem(A_B, [job("J", 30, 30)], max_waits=(MaxWait("a", "b", 5),))

WAIVERS = [
    # (name, problem, now, plan, what is given so that the rule is waived, what is given so that it is not, code)
    (
        "the length of work",
        ONE,
        500,
        [planned("J", ("a", 480, 480, 500, 500))],
        [happened("J", at("a", 480, 480, 500))],
        [happened("J", at("a", 480, 480))],
        "R2-work",
    ),
    (
        "a gap without a buffer",
        TWO_STATIONS,
        515,
        [planned("J", ("a", 480, 480, 510, 510), ("b", 515, 515, 545, 545))],
        [happened("J", at("a", 480, 480, 510, 510), at("b", 515))],
        [happened("J", at("a", 480, 480, 510, 510))],
        "R3-move",
    ),
    (
        "overtaking",
        ROOMY,
        520,
        [planned("J", ("a", 480, 480, 510, 520)), planned("K", ("a", 481, 481, 511, 511))],
        [happened("J", at("a", 480, 480, 510, 520)), happened("K", at("a", 481, 481, 511, 511))],
        [happened("J", at("a", 480, 480, 510)), happened("K", at("a", 481, 481, 511, 511))],
        "R4-order",
    ),
    (
        "a changeover between two",
        CHANGING,
        515,
        [planned("J", ("a", 480, 480, 510, 510)), planned("K", ("a", 515, 515, 545, 545))],
        [happened("J", at("a", 480, 480, 510, 510)), happened("K", at("a", 515, 515))],
        [happened("J", at("a", 480, 480, 510, 510)), happened("K", at("a", 515))],
        "R5-changeover",
    ),
    (
        "the first changeover",
        CHANGING_FIRST,
        500,
        [planned("J", ("a", 480, 500, 530, 530))],
        [happened("J", at("a", 480, 500))],
        [happened("J", at("a", 480))],
        "R5-changeover",
    ),
    (
        "a wait",
        WAITING,
        520,
        [planned("J", ("a", 480, 480, 510, 520), ("b", 520, 520, 550, 550))],
        [happened("J", at("a", 480, 480, 510, 520), at("b", 520, 520))],
        [happened("J", at("a", 480, 480, 510, 520), at("b", 520))],
        "R6-wait",
    ),
]


@pytest.mark.parametrize(
    ("of", "now", "jobs", "waived", "binding", "code"), [row[1:] for row in WAIVERS], ids=[row[0] for row in WAIVERS]
)
def test_a_rule_is_waived_where_all_that_it_binds_is_given(
    of: Problem, now: int, jobs: list[PlannedJob], waived: list[FixedJob], binding: list[FixedJob], code: str
) -> None:
    past = replace(of, now=now, fixed=tuple(waived))
    assert check(past, plan(past, *jobs)).codes == set()
    past = replace(of, now=now, fixed=tuple(binding))
    assert check(past, plan(past, *jobs)).codes == {code}


@pytest.mark.parametrize(("now", "codes"), [(510, set()), (509, {"R4-capacity"})])
def test_minutes_before_now_are_not_counted_for_capacity(now: int, codes: set[str]) -> None:
    # J leaves at 510 and K has been there since 480: two at a station for one, until 510.
    of = replace(
        PAIR,
        now=now,
        fixed=(happened("J", at("a", 480, 480)), happened("K", at("a", 480))),
    )
    assert (
        check(of, plan(of, planned("J", ("a", 480, 480, 510, 510)), planned("K", ("a", 480, 510, 540, 540)))).codes
        == codes
    )


@pytest.mark.parametrize(("now", "codes"), [(560, set()), (559, {"R3-buffer"})])
def test_minutes_before_now_are_not_counted_for_a_buffer(now: int, codes: set[str]) -> None:
    # One place; J waits 510-560 and K 540-590.
    of = problem(
        [station("a", buffer_after=1), station("b", buffer_after=0)],
        [job("J", 30, 30), job("K", 30, 30)],
        now=now,
        fixed=(happened("J", at("a", 480, 480, 510, 510)), happened("K", at("a", 510, 510, 540, 540))),
    )
    first = planned("J", ("a", 480, 480, 510, 510), ("b", 560, 560, 590, 590))
    second = planned("K", ("a", 510, 510, 540, 540), ("b", 590, 590, 620, 620))
    assert check(of, plan(of, first, second)).codes == codes


@pytest.mark.parametrize(("now", "codes"), [(520, set()), (519, {"R7-resource"})])
def test_minutes_before_now_are_not_counted_for_a_resource(now: int, codes: set[str]) -> None:
    # One mould; J holds it 480-520 and K from 500.
    holds = (Hold("mould", "L", "a", "a"),)
    of = problem(
        [station("a", capacity=2)],
        [job("J", 30, holds=holds), job("K", 30, holds=holds)],
        resources=(Resource("mould", 1),),
        now=now,
        fixed=(happened("J", at("a", 480, 480, 510)), happened("K", at("a", 500, 500))),
    )
    jobs = planned("J", ("a", 480, 480, 510, 520)), planned("K", ("a", 500, 500, 530, 530))
    assert check(of, plan(of, *jobs)).codes == codes


def test_what_is_absent_of_the_past_is_not_before_now() -> None:
    # J waits to start at 490, and now is 500.
    of = replace(ONE, now=500, fixed=(happened("J", at("a", 480)),))
    assert check(of, plan(of, planned("J", ("a", 480, 490, 520, 520)))).codes == {"R8-fixed"}
