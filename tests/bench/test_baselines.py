"""The benchmark's own timing: small cases worked out by hand, and always a plan that the validator accepts."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.baselines import earliest_due_date, timed_anew
from bench.dispatch import CannotDispatchError
from scheduling import (
    Calendar,
    Changeover,
    Hold,
    MaxWait,
    Order,
    Plan,
    Resource,
    check,
    generate,
)
from tests.scheduling.factory import job, problem, station


def times(plan: Plan, name: str) -> list[tuple[int, int, int, int]]:
    return [(entry.enter, entry.start, entry.end, entry.leave) for entry in plan.job_by_id[name].operations]


def test_loads_go_in_the_order_of_due_dates_whatever_their_order_in_the_problem() -> None:
    # Open from 480. K is due first: 480-490; J 490-520.
    plan = earliest_due_date(problem([station("a")], [job("J", 30, due=900), job("K", 10, due=800)]))
    assert times(plan, "K") == [(0, 480, 490, 490)]
    assert times(plan, "J") == [(490, 490, 520, 520)]


def test_a_finished_load_blocks_its_station() -> None:
    # J: a 480-490, b 490-550. K: a 490-500, leaves when b is free at 550, done 610.
    plan = earliest_due_date(problem([station("a"), station("b")], [job("J", 10, 60, due=1), job("K", 10, 60, due=2)]))
    assert times(plan, "K") == [(490, 490, 500, 550), (550, 550, 610, 610)]


def test_an_ample_buffer_frees_the_station() -> None:
    # As before, but K leaves a at 500 and waits between the stations until 550.
    plan = earliest_due_date(
        problem([station("a", buffer_after=2), station("b")], [job("J", 10, 60, due=1), job("K", 10, 60, due=2)])
    )
    assert times(plan, "K") == [(490, 490, 500, 500), (550, 550, 610, 610)]


def test_a_changeover_counts_open_minutes_only() -> None:
    # J of family A until 710. 20 minutes to B: 10 before the break at 720, 10 behind it from 780: K starts at 790.
    plan = earliest_due_date(
        problem(
            [station("a", changeover=Changeover({"A": {"B": 20}}, "A"))],
            [job("J", 230, due=1, family="A"), job("K", 30, due=2, family="B")],
        )
    )
    assert times(plan, "K") == [(710, 790, 820, 820)]


def test_a_load_is_held_back_where_it_would_wait_too_long() -> None:
    # Trowelling opens at 780 and may begin 20 minutes behind the pre-cure of 60: 700-760, then it waits to trowel.
    plan = earliest_due_date(
        problem(
            [station("pre-cure", "unattended"), station("trowel", "unsplittable", calendar="finish")],
            [job("J", 60, 10)],
            calendars=(Calendar("finish", ((780, 1020),)),),
            max_waits=(MaxWait("pre-cure", "trowel", 20),),
        )
    )
    assert times(plan, "J") == [(700, 700, 760, 760), (760, 780, 790, 790)]


def test_behind_random_access_the_first_gap_is_taken() -> None:
    # J cures until 790 (480 + 10 + 300), K from 500 until 560: K is out at 570, before J.
    plan = earliest_due_date(
        problem(
            [station("a"), station("cure", "unattended", capacity=2, order=Order.ANY), station("out")],
            [job("J", 10, 300, 10, due=1), job("K", 10, 60, 10, due=2)],
        )
    )
    assert plan.job_by_id["K"].done == 570
    assert plan.job_by_id["J"].done == 800


def test_nobody_overtakes_at_a_station_for_two() -> None:
    # J cures from 490 until 790, K from 500 until 510; K leaves with J at 790.
    plan = earliest_due_date(
        problem(
            [station("a"), station("cure", "unattended", capacity=2)],
            [job("J", 10, 300, due=1), job("K", 10, 10, due=2)],
        )
    )
    assert times(plan, "K")[-1] == (500, 500, 510, 790)


def test_a_load_waits_for_a_pallet() -> None:
    # One pallet, from a to b: K enters when J has left b at 550.
    holds = (Hold("pallet", "L", "a", "b"),)
    plan = earliest_due_date(
        problem(
            [station("a"), station("b")],
            [job("J", 10, 60, due=1, holds=holds), job("K", 10, 60, due=2, holds=holds)],
            resources=(Resource("pallet", 1),),
        )
    )
    assert plan.job_by_id["K"].enter == 550


def test_a_load_without_open_time_is_left_out() -> None:
    # 250 minutes in one piece fit into no window of 240.
    plan = earliest_due_date(problem([station("casting", "unsplittable")], [job("J", 250)]))
    assert [entry.job for entry in plan.unscheduled] == ["J"]


def test_a_buffer_that_may_fill_up_is_refused() -> None:
    with pytest.raises(CannotDispatchError, match="buffer"):
        earliest_due_date(problem([station("a", buffer_after=1), station("b")], [job("J", 1, 1), job("K", 1, 1)]))


@settings(max_examples=15, deadline=None)
@given(
    jobs=st.integers(0, 40),
    lines=st.integers(1, 3),
    seed=st.integers(0, 1000),
    tight=st.booleans(),
    every_rule=st.booleans(),
    enter_to_work=st.booleans(),
)
def test_baselines_keep_every_rule(
    jobs: int, lines: int, seed: int, tight: bool, every_rule: bool, enter_to_work: bool
) -> None:
    of = generate(jobs, lines, seed, tight, every_rule)
    plan = earliest_due_date(of, enter_to_work)
    assert check(of, plan).violations == ()
    assert not plan.unscheduled
    if enter_to_work:
        assert all(visit.enter == visit.start for planned in plan.jobs for visit in planned.operations)


def test_a_plan_that_keeps_every_rule_is_timed_anew_as_it_was() -> None:
    of = generate(60, 2, seed=5)
    plan = earliest_due_date(of)
    assert timed_anew(of, reversed(plan.jobs)).job_by_id == plan.job_by_id


def test_a_plan_without_changeovers_is_pushed_back_until_it_has_them() -> None:
    free = generate(60, 2, seed=5)
    lines = tuple(
        replace(line, stations=tuple(replace(s, changeover=None) for s in line.stations)) for line in free.lines
    )
    easier = replace(free, lines=lines, source_sha256=None)
    plan = timed_anew(free, earliest_due_date(easier).jobs)
    assert check(free, plan).violations == ()
    assert plan.objective.changeover > 0
