"""Each rule by a plan of one or two jobs that breaks it, and nothing else."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from scheduling import (
    Changeover,
    FixedJob,
    FixedOperation,
    Hold,
    MaxWait,
    Objective,
    Order,
    Overtime,
    Plan,
    Problem,
    Resource,
    Status,
    check,
)
from tests.scheduling.factory import job, plan, planned, problem, station

OVERTIME = (Overtime("ot", "day", (1020, 1080), 300),)
CASE = tuple[Problem, Plan]


def one_station(work: str = "pausable", minutes: int = 30, **values: object) -> Problem:
    return problem([station("a", work)], [job("J", minutes)], **values)


def one(of: Problem, *times: int, **values: object) -> CASE:
    enter, start, end, leave = times
    return of, plan(of, planned("J", ("a", enter, start, end, leave)), **values)


def two_on(stations: list, first: tuple, second: tuple, **values: object) -> CASE:
    minutes = values.pop("minutes", (30,) * len(stations))
    of = problem(stations, [job("J", *minutes), job("K", *minutes)], **values)
    return of, plan(of, planned("J", *first), planned("K", *second))


def wrong_hash() -> CASE:
    of = one_station()
    return one(of, 480, 480, 510, 510, problem_sha256="0" * 64)


def missing_job() -> CASE:
    of = one_station()
    return of, plan(of)


def job_twice() -> CASE:
    of = one_station()
    once = planned("J", ("a", 480, 480, 510, 510))
    return of, plan(of, once, unscheduled=("J",))


def unknown_job() -> CASE:
    of = one_station()
    return of, plan(of, planned("J", ("a", 480, 480, 510, 510)), unscheduled=("nobody",))


def begun_job_unscheduled() -> CASE:
    of = one_station(now=490, fixed=(FixedJob("J", "L", (FixedOperation("a", 480, 480),)),))
    return of, plan(of, unscheduled=("J",))


def unknown_line() -> CASE:
    of = one_station()
    return of, plan(of, planned("J", ("a", 480, 480, 510, 510), line="M"))


def station_left_out() -> CASE:
    of = problem([station("a"), station("b")], [job("J", 30, 30)])
    return of, plan(of, planned("J", ("a", 480, 480, 510, 510)), objective=Objective())


def end_after_leave() -> CASE:
    return one(one_station(), 480, 480, 510, 500)


def too_short() -> CASE:
    return one(one_station(), 480, 480, 509, 509)


def starts_in_break() -> CASE:
    # [750, 810) has 30 open minutes, but 750 is closed.
    return one(one_station(), 750, 750, 810, 810)


def ends_in_break() -> CASE:
    # [690, 740) has 30 open minutes, but 739 is closed.
    return one(one_station(), 690, 690, 740, 740)


def casting_over_break() -> CASE:
    # 15 minutes before and 15 after the break are two windows.
    return one(one_station("unsplittable"), 705, 705, 795, 795)


def casting_too_long() -> CASE:
    return one(one_station("unsplittable"), 480, 480, 511, 511)


def curing_starts_late() -> CASE:
    return one(one_station("unattended"), 480, 481, 511, 511)


def curing_too_short() -> CASE:
    return one(one_station("unattended"), 480, 480, 500, 500)


def nothing_takes_time() -> CASE:
    return one(one_station(minutes=0), 480, 480, 481, 481)


def unknown_overtime() -> CASE:
    return one(one_station(), 480, 480, 510, 510, overtime=("never",))


def overtime_not_named() -> CASE:
    # 1020-1050 is open only with the overtime, which the plan does not name.
    return one(one_station(overtime=OVERTIME), 1020, 1020, 1050, 1050)


def worked_overtime_not_named() -> CASE:
    begun = FixedJob("J", "L", (FixedOperation("a", 1020, 1020, 1050, 1050),))
    return one(one_station(overtime=OVERTIME, now=1060, fixed=(begun,)), 1020, 1020, 1050, 1050)


def gap_without_buffer() -> CASE:
    of = problem([station("a"), station("b")], [job("J", 30, 30)])
    return of, plan(of, planned("J", ("a", 480, 480, 510, 510), ("b", 511, 511, 541, 541)))


def enters_before_leaving() -> CASE:
    of = problem([station("a", buffer_after=1), station("b")], [job("J", 30, 30)])
    return of, plan(of, planned("J", ("a", 480, 480, 510, 512), ("b", 511, 511, 541, 541)))


def buffer_overfull() -> CASE:
    # One place; J waits 510-600 and K 540-630 between a and b.
    return two_on(
        [station("a", buffer_after=1), station("b")],
        (("a", 480, 480, 510, 510), ("b", 600, 600, 630, 630)),
        (("a", 510, 510, 540, 540), ("b", 630, 630, 660, 660)),
    )


def station_overfull() -> CASE:
    return two_on([station("a")], (("a", 480, 480, 510, 510),), (("a", 509, 509, 539, 539),))


def overtaking() -> CASE:
    # Two places; K enters second and leaves first.
    return two_on([station("a", capacity=2)], (("a", 480, 480, 510, 560),), (("a", 490, 490, 520, 520),))


def overtaking_in_buffer() -> CASE:
    # Both wait behind a; K left it second and enters b first.
    return two_on(
        [station("a", buffer_after=2), station("b")],
        (("a", 480, 480, 510, 510), ("b", 570, 570, 600, 600)),
        (("a", 510, 510, 540, 540), ("b", 540, 540, 570, 570)),
    )


def no_time_for_changeover() -> CASE:
    # From A to B takes 12 open minutes; only 5 lie between.
    changeover = Changeover({"A": {"B": 12}}, "A")
    of = problem([station("a", changeover=changeover)], [job("J", 30, family="A"), job("K", 30, family="B")])
    return of, plan(of, planned("J", ("a", 480, 480, 510, 510)), planned("K", ("a", 515, 515, 545, 545)))


def no_time_for_first_changeover() -> CASE:
    # Now is 490: the station is ready for B at 502.
    of = problem([station("a", changeover=Changeover({"A": {"B": 12}}, "A"))], [job("J", 30, family="B")], now=490)
    return one(of, 495, 495, 525, 525)


def waits_too_long() -> CASE:
    of = problem([station("a"), station("b")], [job("J", 30, 30)], max_waits=(MaxWait("a", "b", 20),))
    return of, plan(of, planned("J", ("a", 480, 480, 510, 531), ("b", 531, 531, 561, 561)))


def too_few_moulds() -> CASE:
    # One mould, two places: the second job may not enter before the first has left.
    holds = (Hold("mould", "L", "a", "a"),)
    of = problem(
        [station("a", capacity=2)],
        [job("J", 30, holds=holds), job("K", 30, holds=holds)],
        resources=(Resource("mould", 1),),
    )
    return of, plan(of, planned("J", ("a", 480, 480, 510, 510)), planned("K", ("a", 500, 500, 530, 530)))


def before_now() -> CASE:
    return one(one_station(now=500), 499, 500, 530, 530)


def before_release() -> CASE:
    return one(problem([station("a")], [job("J", 30, release=500)]), 499, 500, 530, 530)


def history_changed() -> CASE:
    of = one_station(now=500, fixed=(FixedJob("J", "L", (FixedOperation("a", 480, 480),)),))
    return one(of, 480, 481, 511, 511)


def past_decided_anew() -> CASE:
    of = one_station(now=500, fixed=(FixedJob("J", "L", (FixedOperation("a", 480),)),))
    return one(of, 480, 490, 520, 520)


def false_term() -> CASE:
    return one(one_station(), 480, 480, 510, 510, objective=Objective(tardiness=1))


def false_total() -> CASE:
    return one(one_station(), 480, 480, 510, 510, stated_total=7)


def false_bound() -> CASE:
    return one(one_station(), 480, 480, 510, 510, bound=1)


def false_optimum() -> CASE:
    return one(one_station(), 480, 480, 510, 510, status=Status.OPTIMAL)


def false_infeasibility() -> CASE:
    return one(one_station(), 480, 480, 510, 510, status=Status.INFEASIBLE)


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (wrong_hash, "R0-problem"),
        (missing_job, "R1-job"),
        (job_twice, "R1-job"),
        (unknown_job, "R1-job"),
        (begun_job_unscheduled, "R1-job"),
        (unknown_line, "R1-line"),
        (station_left_out, "R1-route"),
        (end_after_leave, "R1-route"),
        (too_short, "R2-work"),
        (starts_in_break, "R2-work"),
        (ends_in_break, "R2-work"),
        (casting_over_break, "R2-work"),
        (casting_too_long, "R2-work"),
        (curing_starts_late, "R2-work"),
        (curing_too_short, "R2-work"),
        (nothing_takes_time, "R2-work"),
        (overtime_not_named, "R2-work"),
        (unknown_overtime, "R2-overtime"),
        (worked_overtime_not_named, "R2-overtime"),
        (gap_without_buffer, "R3-move"),
        (enters_before_leaving, "R3-move"),
        (buffer_overfull, "R3-buffer"),
        (station_overfull, "R4-capacity"),
        (overtaking, "R4-order"),
        (overtaking_in_buffer, "R4-order"),
        (no_time_for_changeover, "R5-changeover"),
        (no_time_for_first_changeover, "R5-changeover"),
        (waits_too_long, "R6-wait"),
        (too_few_moulds, "R7-resource"),
        (before_now, "R8-now"),
        (before_release, "R8-release"),
        (history_changed, "R8-fixed"),
        (past_decided_anew, "R8-fixed"),
        (false_term, "R9-objective"),
        (false_total, "R9-objective"),
        (false_bound, "R9-objective"),
        (false_optimum, "R9-objective"),
        (false_infeasibility, "R9-objective"),
    ],
)
def test_a_broken_rule_is_named_by_its_code_alone(broken: Callable[[], CASE], code: str) -> None:
    of, candidate = broken()
    assert check(of, candidate).codes == {code}


def test_pausable_work_pauses_over_the_break() -> None:
    # 20 minutes before 12:00, 10 after 13:00.
    assert check(*one(one_station(), 700, 700, 790, 790)).valid


def test_named_overtime_joins_the_window_it_touches() -> None:
    # 17:00 is the end of the day; with overtime [1005, 1035) is one window.
    of = one_station("unsplittable", overtime=OVERTIME)
    assert check(*one(of, 1005, 1005, 1035, 1035, overtime=("ot",))).valid


def test_random_access_may_overtake() -> None:
    case = two_on(
        [station("a", capacity=2, order=Order.ANY)],
        (("a", 480, 480, 510, 560),),
        (("a", 490, 490, 520, 520),),
    )
    assert check(*case).valid


def test_history_that_broke_a_rule_is_as_it_was() -> None:
    # 31 minutes for 30 minutes of work, partly in the break, too many at once: all of it has happened.
    begun = tuple(FixedJob(name, "L", (FixedOperation("a", 700, 700, 731, 731),)) for name in ("J", "K"))
    of = problem([station("a")], [job("J", 30), job("K", 30)], now=740, fixed=begun)
    past = ("a", 700, 700, 731, 731)
    assert check(of, plan(of, planned("J", past), planned("K", past))).valid


def test_remaining_minutes_replace_the_rest_of_the_nominal_duration() -> None:
    # Begun at 480 for 30 minutes; at 500 there are still 40 to do.
    begun = FixedJob("J", "L", (FixedOperation("a", 480, 480, remaining=40),))
    of = one_station(now=500, fixed=(begun,))
    assert check(*one(of, 480, 480, 540, 540)).valid
    assert check(*one(of, 480, 480, 510, 510)).codes == {"R2-work"}


def test_the_objective_adds_every_term() -> None:
    from scheduling import PreviousStart, Weights

    # done 545: K is 45 late at 10, J (done 510) 90 early at 1; B after A 5 minutes at 20; 545 at 2; overtime 300;
    # K's line is the same, and its entry 515 moved by 90 minutes at 2 per hour: 3.
    weights = Weights(changeover_minute=20, makespan_minute=2, line_change=200, shift_hour=2)
    of = problem(
        [station("a", changeover=Changeover({"A": {"B": 5}}))],
        [
            job("J", 30, due=600, earliness_cost=1, family="A"),
            job("K", 30, due=500, tardiness_cost=10, family="B"),
        ],
        objective=weights,
        overtime=OVERTIME,
        previous=(PreviousStart("K", "L", 425),),
    )
    result = check(
        of,
        plan(
            of,
            planned("J", ("a", 480, 480, 510, 510)),
            planned("K", ("a", 515, 515, 545, 545)),
            overtime=("ot",),
        ),
    )
    assert result.valid
    assert result.objective == Objective(450, 90, 100, 1090, 300, 3)
    assert result.objective.total == 2033


def test_a_given_first_start_pays_no_first_changeover() -> None:
    begun = FixedJob("J", "L", (FixedOperation("a", 480, 480, 510),))
    of = problem(
        [station("a", changeover=Changeover({"A": {"B": 12}}, "A"))],
        [job("J", 30, family="B")],
        now=520,
        fixed=(begun,),
    )
    of = replace(of, objective=replace(of.objective, changeover_minute=20))
    result = check(*one(of, 480, 480, 510, 520))
    assert result.valid
    assert result.objective.changeover == 0
