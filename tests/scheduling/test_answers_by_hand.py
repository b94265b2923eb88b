"""One or two jobs and one rule each: the best plan is known by hand, and `solve` finds it.

The calendar `day` is open 480-720 and 780-1020 on the first day and 1920-2160 on the second. Where nothing else is
said the price is one per minute of makespan, so that the total is the minute at which the last job is done.
"""

from dataclasses import replace
from typing import Any

import pytest

from scheduling import (
    Calendar,
    Changeover,
    FixedJob,
    FixedOperation,
    Hold,
    Job,
    Line,
    MaxWait,
    Option,
    Order,
    Overtime,
    PastError,
    Plan,
    PreviousStart,
    Problem,
    Resource,
    Status,
    Weights,
    check,
    solve,
)
from tests.scheduling.factory import DAY, EPOCH, job, problem, station

SECONDS = 2.0
MAKESPAN = Weights(makespan_minute=1)


def best(of: Problem) -> Plan:
    plan = solve(of, seconds=SECONDS)
    assert check(of, plan).violations == ()
    assert plan.status is Status.OPTIMAL
    return plan


def total(stations: list[Any], jobs: list[Job], **values: Any) -> int:
    values.setdefault("objective", MAKESPAN)
    return best(problem(stations, jobs, **values)).objective.total


def test_pausable_work_goes_on_after_the_break() -> None:
    # 240 minutes until 720, the other 60 from 780.
    assert total([station("a")], [job("J", 300)]) == 840


def test_pausable_work_goes_on_the_next_day() -> None:
    # 480 open minutes on the first day, 10 on the second.
    assert total([station("a")], [job("J", 490)]) == 1930


def test_casting_that_does_not_fit_before_the_break_moves_behind_it() -> None:
    # Ready at 690; 60 minutes do not fit before 720: 780-840.
    stations = [station("a"), station("cast", "unsplittable")]
    assert total(stations, [job("J", 30, 60, release=660)]) == 840


def test_casting_that_just_fits_stays() -> None:
    assert total([station("cast", "unsplittable")], [job("J", 60, release=660)]) == 720


def test_curing_runs_overnight() -> None:
    # 990-1020, cured until 1620, demoulded when the next day opens: 1920-1930.
    stations = [station("a"), station("cure", "unattended"), station("out")]
    assert total(stations, [job("J", 30, 600, 10, release=990)]) == 1930


def test_windows_that_touch_are_one() -> None:
    calendar = Calendar("day", ((480, 600), (600, 720)))
    assert total([station("cast", "unsplittable")], [job("J", 240)], calendars=(calendar,)) == 720


def test_windows_that_do_not_touch_are_two() -> None:
    calendar = Calendar("day", ((480, 600), (601, 900)))
    assert total([station("cast", "unsplittable")], [job("J", 240)], calendars=(calendar,)) == 841


@pytest.mark.parametrize(("cost", "named", "price"), [(300, ("ot",), 300), (9001, (), 9000)])
def test_overtime_is_worked_where_it_costs_less_than_the_delay(cost: int, named: tuple[str, ...], price: int) -> None:
    # From 1000 on: with overtime until 1080 it is done at 1060; without, at 1980, which is 900 late at 10.
    of = problem(
        [station("cast", "unsplittable")],
        [job("J", 60, release=1000, due=1080, tardiness_cost=10)],
        overtime=(Overtime("ot", "day", (1020, 1080), cost),),
    )
    plan = best(of)
    assert (plan.overtime, plan.objective.total) == (named, price)


BUFFER_JOBS = [job("J", 30, 100), job("K", 30, 10, release=510), job("M", 30, 10, release=510)]


@pytest.mark.parametrize(("places", "done"), [(0, 650), (1, 630)])
def test_a_buffer_lets_the_station_before_it_go_on(places: int, done: int) -> None:
    # J is at b 510-610. Without a place the second stays on a until 610, the third is at a 610-640 and at b until
    # 650. With one place the second waits there from 540, the third is ready at 570, and b takes them at 610 and 620.
    assert total([station("a", buffer_after=places), station("b")], BUFFER_JOBS) == done


@pytest.mark.parametrize(("order", "price"), [(Order.FIFO, 10), (Order.ANY, 0)])
def test_random_access_lets_the_short_cure_leave_first(order: Order, price: int) -> None:
    # J cures 300, K 60; J first into the chamber and K first out of it: K is done at 570 at the latest, J at 800.
    # In order, K goes first, and J enters 10 minutes later: done at 810, 10 late.
    stations = [station("a"), station("cure", "unattended", capacity=2, order=order), station("out")]
    jobs = [job("J", 10, 300, 10, due=800, tardiness_cost=1), job("K", 10, 60, 10, due=570, tardiness_cost=1)]
    assert total(stations, jobs, objective=Weights()) == price


def test_a_station_for_two_works_on_two() -> None:
    assert total([station("a", capacity=2)], [job("J", 30), job("K", 30)]) == 510


def test_a_changeover_counts_open_minutes() -> None:
    # J 680-710; 20 minutes from A to B: 10 until 720, 10 until 790; K 790-820. The other way round is no shorter:
    # K could begin at 700 and be done at 790, J not before 810.
    changeover = Changeover({"A": {"B": 20}, "B": {"A": 20}}, "A")
    jobs = [job("J", 30, family="A"), job("K", 30, family="B")]
    assert total([station("a", changeover=changeover)], jobs, now=680) == 820


@pytest.mark.parametrize(("now", "done"), [(0, 522), (480, 522), (485, 527)])
def test_the_first_changeover_is_from_the_initial_family_and_from_now(now: int, done: int) -> None:
    # 12 open minutes from now on, then 30 of work.
    changeover = Changeover({"A": {"B": 12}}, "A")
    assert total([station("a", changeover=changeover)], [job("J", 30, family="B")], now=now) == done


def test_jobs_of_no_work_or_no_family_need_no_changeover() -> None:
    # J is of B and has no work at a; K has no family: 480-510.
    changeover = Changeover({"A": {"B": 12}, "B": {"A": 12}}, "A")
    jobs = [job("J", 0, family="B"), job("K", 30)]
    assert total([station("a", changeover=changeover)], jobs) == 510


def test_changeovers_have_their_price() -> None:
    # Both orders keep the due times. A first: 12 minutes at 20 once; B first would be 12 and 8.
    changeover = Changeover({"A": {"B": 12}, "B": {"A": 8}}, "A")
    jobs = [job("J", 30, family="B"), job("K", 30, family="A")]
    price = total([station("a", changeover=changeover)], jobs, objective=Weights(changeover_minute=20))
    assert price == 240


def test_a_wait_is_kept_by_starting_later() -> None:
    # b opens at 780 and may begin at most 20 minutes after a: a ends at 760 at the earliest. a is unattended.
    late = Calendar("late", ((780, 1020),))
    of = problem(
        [station("a", "unattended"), station("b", calendar="late")],
        [job("J", 60, 10)],
        calendars=(late,),
        max_waits=(MaxWait("a", "b", 20),),
        objective=MAKESPAN,
    )
    plan = best(of)
    assert plan.objective.total == 790
    first, second = plan.jobs[0].operations
    assert second.start - first.end <= 20


def two_lines(*jobs: Job, **values: Any) -> Problem:
    lines = (Line("L", (station("a"),)), Line("M", (station("a"),)))
    return Problem(EPOCH, lines, jobs, (DAY,), objective=MAKESPAN, **values)


@pytest.mark.parametrize(("count", "done"), [(1, 540), (2, 510)])
def test_a_resource_is_shared_by_two_lines(count: int, done: int) -> None:
    # With one mould K waits until J has left the other line.
    jobs = [job(name, 30, line=line, holds=(Hold("mould", line, "a", "a"),)) for name, line in (("J", "L"), ("K", "M"))]
    assert best(two_lines(*jobs, resources=(Resource("mould", count),))).objective.total == done


def test_a_hold_counts_only_on_its_line() -> None:
    # K holds the mould on L alone, and runs on M.
    jobs = [
        job("J", 30, holds=(Hold("mould", "L", "a", "a"),)),
        job("K", 30, line="M", holds=(Hold("mould", "L", "a", "a"),)),
    ]
    assert best(two_lines(*jobs, resources=(Resource("mould", 1),))).objective.total == 510


def test_a_resource_is_held_from_the_first_station_to_the_last() -> None:
    # The mould is held at a and b, 480-540; K enters a at 540 and is done at 600.
    holds = (Hold("mould", "L", "a", "b"),)
    jobs = [job(name, 30, 30, holds=holds) for name in ("J", "K")]
    assert total([station("a"), station("b")], jobs, resources=(Resource("mould", 1),)) == 600


def test_the_faster_line_is_chosen() -> None:
    both = Job("J", 5000, (Option("L", (60,)), Option("M", (40,))))
    plan = best(two_lines(both))
    assert (plan.jobs[0].line, plan.objective.total) == ("M", 520)


def begun(of: Problem, now: int, *operations: FixedOperation) -> Problem:
    return replace(of, now=now, fixed=(FixedJob("J", "L", operations),))


def alone(work: str, minutes: int) -> Problem:
    return problem([station("a", work)], [job("J", minutes)], objective=MAKESPAN)


def test_work_under_way_keeps_its_nominal_duration() -> None:
    # Begun at 700 for 60 minutes: 20 until 720, 40 from 780.
    assert best(begun(alone("pausable", 60), 710, FixedOperation("a", 700, 700))).objective.total == 820


@pytest.mark.parametrize(
    ("work", "now", "remaining", "done"),
    [
        # 20 minutes until 720, 20 from 780.
        ("pausable", 700, 40, 800),
        # [705, 720) lies in one window.
        ("unsplittable", 705, 15, 720),
        # At any hour.
        ("unattended", 700, 700, 1400),
    ],
)
def test_what_remains_is_worked_from_now_on(work: str, now: int, remaining: int, done: int) -> None:
    # The nominal 500 minutes do not matter any more.
    of = begun(alone(work, 500), now, FixedOperation("a", 690, 690, remaining=remaining))
    assert best(of).objective.total == done


def test_casting_whose_rest_does_not_fit_is_a_past_without_future() -> None:
    # [705, 721) reaches into the break.
    of = begun(alone("unsplittable", 30), 705, FixedOperation("a", 690, 690, remaining=16))
    with pytest.raises(PastError):
        solve(of, seconds=SECONDS)


def test_a_pallet_that_has_entered_an_unattended_station_has_started() -> None:
    # Entered at 480: cured at 600, whatever now is.
    assert best(begun(alone("unattended", 120), 500, FixedOperation("a", 480))).objective.total == 600


def test_a_pallet_that_waits_to_start_starts_now() -> None:
    assert best(begun(alone("pausable", 30), 500, FixedOperation("a", 480))).objective.total == 530


def test_a_finished_pallet_that_has_not_left_leaves_now() -> None:
    assert best(begun(alone("pausable", 30), 530, FixedOperation("a", 480, 480, 510))).objective.total == 530


def test_a_job_that_has_been_given_a_line_and_nothing_else_keeps_it() -> None:
    # M would be done at 520. What has begun needs no release.
    both = Job("J", 5000, (Option("L", (60,)), Option("M", (40,))), release=700)
    plan = best(replace(two_lines(both), fixed=(FixedJob("J", "L"),)))
    assert (plan.jobs[0].line, plan.objective.total) == ("L", 540)


def test_no_work_passes_at_any_hour() -> None:
    # Nothing to do at a, which is closed at 1100; cured until 1160.
    assert total([station("a"), station("cure", "unattended")], [job("J", 0, 60, release=1100)]) == 1160


def test_no_work_anywhere_is_done_on_entry() -> None:
    assert total([station("a"), station("b", "unsplittable")], [job("J", 0, 0, release=1100)]) == 1100


def test_nothing_enters_before_its_release_or_before_now() -> None:
    assert total([station("a", capacity=2)], [job("J", 30, release=500)], now=490) == 530
    assert total([station("a", capacity=2)], [job("J", 30, release=490)], now=500) == 530


def test_a_job_may_wait_on_its_line_so_as_not_to_be_early() -> None:
    # Due at 900, early at 1, late at 10: done at 900 exactly.
    of = problem([station("a")], [job("J", 30, due=900, tardiness_cost=10, earliness_cost=1)])
    plan = best(of)
    assert (plan.objective.total, plan.jobs[0].done) == (0, 900)


def test_a_shifted_entry_is_paid_by_the_hour_rounded_down() -> None:
    # Before, it entered at 400; it enters at 480 at the earliest: 80 minutes at 7 per hour, 9 and a third.
    of = problem(
        [station("a")],
        [job("J", 30, release=480)],
        objective=Weights(shift_hour=7),
        previous=(PreviousStart("J", "L", 400),),
    )
    assert best(of).objective.total == 9


def test_a_job_changes_its_line_where_that_is_worth_it() -> None:
    # M takes 20 minutes less at 1 per minute; the change of the line costs 19 or 21.
    both = Job("J", 5000, (Option("L", (60,)), Option("M", (40,))))
    for cost, line, price in ((19, "M", 539), (21, "L", 540)):
        of = two_lines(both, previous=(PreviousStart("J", "L", 480),))
        plan = best(replace(of, objective=Weights(makespan_minute=1, line_change=cost)))
        assert (plan.jobs[0].line, plan.objective.total) == (line, price)
