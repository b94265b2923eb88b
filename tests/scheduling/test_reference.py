"""The reference of the timing rule, against answers worked out by hand."""

from scheduling import Changeover, Hold, MaxWait, Order, PreviousStart, Problem, Resource
from tests.scheduling.factory import job, problem, station
from tests.scheduling.reference import Decision, reference_times


def moments(of: Problem, *decisions: Decision, station: int = 0) -> list[tuple[int, int, int, int]]:
    """Enter, start, end and leave of every job at one station, in the order of the decisions."""
    found = reference_times(of, decisions)
    at = [found[decision.job].operations[station] for decision in decisions]
    return [(operation.enter, operation.start, operation.end, operation.leave) for operation in at]


def test_a_finished_pallet_blocks_its_station_until_the_next_is_free() -> None:
    # b is taken by J 490-550; K is ready at 500 and stays on a.
    of = problem([station("a"), station("b")], [job("J", 10, 60), job("K", 10, 60)])
    assert moments(of, Decision("J", "L"), Decision("K", "L")) == [(480, 480, 490, 490), (490, 490, 500, 550)]


def test_a_pallet_enters_an_attended_first_station_when_its_work_starts() -> None:
    # 60 minutes of casting do not fit between 700 and 720.
    of = problem([station("a", "unsplittable")], [job("J", 60, release=700)])
    assert moments(of, Decision("J", "L")) == [(780, 780, 840, 840)]


def test_a_pallet_that_entered_earlier_in_the_plan_before_comes_as_near_to_then_as_it_can() -> None:
    of = problem([station("a", "unsplittable")], [job("J", 60, release=700)], previous=(PreviousStart("J", "L", 750),))
    assert moments(of, Decision("J", "L")) == [(750, 780, 840, 840)]


def test_after_random_access_a_job_takes_the_earliest_gap() -> None:
    # J leaves the chamber at 790, M at 550; K is cured at 560 and b is free for it behind M, in front of J.
    chamber = station("cure", "unattended", capacity=3, order=Order.ANY)
    jobs = [job("J", 300, 10, release=490), job("M", 60, 10, release=490), job("K", 60, 10, release=490)]
    decisions = [Decision(name, "L") for name in ("J", "M", "K")]
    of = problem([chamber, station("b")], jobs)
    assert moments(of, *decisions, station=1) == [(790, 790, 800, 800), (550, 550, 560, 560), (560, 560, 570, 570)]


def test_a_gap_that_is_too_short_for_the_changeover_behind_it_is_left() -> None:
    # J is at b from 550 on and needs 30 minutes after a B; K (B) would be done at 530: it goes behind J.
    changeover = Changeover({"B": {"A": 30}})
    of = problem(
        [station("cure", "unattended", capacity=2, order=Order.ANY), station("b", changeover=changeover)],
        [job("J", 70, 10, family="A", release=480), job("K", 40, 10, family="B", release=480)],
    )
    decisions = Decision("J", "L"), Decision("K", "L")
    assert moments(of, *decisions, station=1) == [(550, 550, 560, 560), (560, 560, 570, 570)]


def test_a_job_is_held_back_and_lingers_where_that_is_decided() -> None:
    of = problem([station("a", order=Order.ANY), station("b")], [job("J", 10, 10)])
    decision = Decision("J", "L", (500, 540), 600)
    assert moments(of, decision, station=0) == [(500, 500, 510, 540)]
    assert moments(of, decision, station=1) == [(540, 540, 550, 600)]


def test_a_tight_wait_moves_the_work_before_it() -> None:
    # b casts 60 minutes, from 780 on at the earliest; a must not end before 775, and so not before the first minute
    # after the break is worked: 9 minutes until 720, the tenth until 781.
    of = problem(
        [station("a"), station("b", "unsplittable")],
        [job("J", 10, 60, release=700)],
        max_waits=(MaxWait("a", "b", 5),),
    )
    assert moments(of, Decision("J", "L")) == [(711, 711, 781, 781)]


def test_a_job_without_times_is_left_out() -> None:
    # The mould is asked for twice at once, and there is one.
    holds = (Hold("mould", "L", "a", "a"), Hold("mould", "L", "a", "a"))
    of = problem([station("a")], [job("J", 10, holds=holds)], resources=(Resource("mould", 1),))
    assert reference_times(of, [Decision("J", "L")]) == {}
