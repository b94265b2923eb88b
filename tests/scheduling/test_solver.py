"""What `solve` finds: hand-worked optima, refusals, histories, and always a plan that `check` accepts."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    PreviousStart,
    Problem,
    Progress,
    Resource,
    Station,
    Status,
    Weights,
    Work,
    check,
    generate,
    objective_of,
    solve,
)
from scheduling.exact.model import PlanModel
from scheduling.exact.solving import solve_model
from scheduling.search.starts import STARTS, construct
from scheduling.search.walk import Walk
from scheduling.simulator.schedule import Schedule
from tests.scheduling.factory import job, problem, station


def test_one_job_starts_with_the_shift_and_is_optimal() -> None:
    # 30 minutes from 08:00: done 510, makespan 2 × 510.
    plan = solve(problem([station("a")], [job("J", 30)], objective=Weights(makespan_minute=2)), 2)
    assert (plan.status, plan.objective.total, plan.bound) == (Status.OPTIMAL, 1020, 1020)


def test_casting_that_does_not_fit_before_the_break_waits_for_its_end() -> None:
    # a ends at 710; 20 minutes do not fit before 720, so casting is 780-800.
    of = problem(
        [station("a"), station("casting", "unsplittable")],
        [job("J", 230, 20)],
        objective=Weights(makespan_minute=1),
    )
    assert solve(of, 2).objective.total == 800


def test_a_finished_pallet_blocks_its_station() -> None:
    # J: a 480-490, b 490-550. K: a 490-500, but b is free only at 550: K leaves a at 550, done 610.
    # M enters a at 550 and b at 610, done 670.
    of = problem(
        [station("a"), station("b")],
        [job("J", 10, 60), job("K", 10, 60), job("M", 10, 60)],
        objective=Weights(makespan_minute=1),
    )
    plan = solve(of, 1.5)
    assert plan.objective.total == 670
    assert sorted(entry.operations[0].leave for entry in plan.jobs) == [490, 550, 610]


def test_the_cheaper_order_of_families_is_found() -> None:
    # B first (8 after A), then A back (12): 20; A, A, B costs 8.
    changeover = Changeover({"A": {"B": 8}, "B": {"A": 12}}, "A")
    of = problem(
        [station("a", changeover=changeover)],
        [job("J", 30, family="B", due=600), job("K", 30, family="A", due=700)],
        objective=Weights(changeover_minute=5),
    )
    plan = solve(of, 2)
    assert (plan.status, plan.objective.total) == (Status.OPTIMAL, 40)


def test_overtime_is_bought_where_it_costs_less_than_being_late() -> None:
    # 540 minutes of work in a day of 480: the last hour in overtime for 300, or next morning for 900+ minutes.
    of = problem(
        [station("a")],
        [job("J", 540, due=1080, tardiness_cost=1)],
        overtime=(Overtime("ot", "day", (1020, 1080), 300),),
    )
    plan = solve(of, 1.5)
    assert (plan.status, plan.overtime, plan.objective.total) == (Status.OPTIMAL, ("ot",), 300)


def test_a_job_waits_at_home_rather_than_too_long_on_the_line() -> None:
    # Trowelling opens at 780; pre-curing may end at most 20 minutes before: enter at 700.
    finish = Calendar("finish", ((780, 1020),))
    of = problem(
        [station("pre-cure", "unattended"), station("trowel", "unsplittable", calendar="finish")],
        [job("J", 60, 10)],
        calendars=(finish,),
        max_waits=(MaxWait("pre-cure", "trowel", 20),),
        objective=Weights(makespan_minute=1),
    )
    plan = solve(of, 2)
    assert plan.objective.total == 790
    assert plan.jobs[0].enter >= 700


def test_random_access_lets_the_short_cure_go_first() -> None:
    # J cures 300, K 60. With random access K is demoulded first: 490 + 10 + 60 → 570; J 480 + 10 + 300 → 800.
    of = problem(
        [station("a"), station("cure", "unattended", capacity=2, order=Order.ANY), station("out")],
        [
            job("J", 10, 300, 10, due=800, tardiness_cost=1),
            job("K", 10, 60, 10, due=570, tardiness_cost=1),
        ],
    )
    assert solve(of, 1.5).objective.total == 0


def test_one_mould_for_two_jobs_puts_them_one_after_the_other() -> None:
    # The mould is held from a to cure: J 480-590, K 590-700.
    holds = (Hold("mould", "L", "a", "cure"),)
    of = problem(
        [station("a"), station("cure", "unattended", capacity=5, order=Order.ANY)],
        [job("J", 10, 100, holds=holds), job("K", 10, 100, holds=holds)],
        resources=(Resource("mould", 1),),
        objective=Weights(makespan_minute=1),
    )
    assert solve(of, 1.5).objective.total == 700


def test_a_job_that_no_window_holds_is_unscheduled_with_the_reason() -> None:
    of = problem([station("casting", "unsplittable")], [job("long", 250), job("short", 20)])
    plan = solve(of, 1)
    assert plan.status is Status.INFEASIBLE
    assert [entry.id for entry in plan.jobs] == ["short"]
    assert plan.unscheduled[0].reason == "no eligible line has a calendar window of 250 minutes for casting"
    assert plan.unscheduled[0].code == "no-window"
    assert check(of, plan).valid


def test_jobs_that_do_not_fit_beside_one_another_are_proven_not_to() -> None:
    # 400 + 400 minutes in 720 open ones.
    of = problem([station("a")], [job("J", 400), job("K", 400)])
    plan = solve(of, 1.5)
    assert (plan.status, len(plan.unscheduled)) == (Status.INFEASIBLE, 1)
    assert check(of, plan).valid


def test_no_jobs_is_an_optimal_plan() -> None:
    plan = solve(problem([station("a")], []), 1)
    assert (plan.status, plan.objective.total) == (Status.OPTIMAL, 0)


def test_work_under_way_is_continued_and_others_queue_behind_it() -> None:
    # J has 40 minutes left at 500: done 540; K follows at 540.
    of = problem(
        [station("a")],
        [job("J", 30), job("K", 30)],
        now=500,
        fixed=(FixedJob("J", "L", (FixedOperation("a", 480, 480, remaining=40),)),),
        objective=Weights(makespan_minute=1),
    )
    plan = solve(of, 2)
    assert plan.objective.total == 570
    assert plan.job_by_id["J"].operations[0].end == 540


def test_work_begun_in_overtime_names_it() -> None:
    begun = FixedJob("J", "L", (FixedOperation("a", 1020, 1020),))
    of = problem(
        [station("a")], [job("J", 30)], now=1030, fixed=(begun,), overtime=(Overtime("ot", "day", (1020, 1080), 300),)
    )
    plan = solve(of, 2)
    assert (plan.overtime, plan.objective.overtime) == (("ot",), 300)


def test_a_past_that_no_plan_can_continue_is_refused() -> None:
    # Casting of 30 minutes began at 700 and must lie in one window, which ends at 720.
    begun = FixedJob("J", "L", (FixedOperation("a", 700, 700),))
    of = problem([station("a", "unsplittable")], [job("J", 30)], now=710, fixed=(begun,))
    with pytest.raises(PastError, match=r"\$\.fixed"):
        solve(of, 1)


def test_two_pallets_at_work_on_one_place_are_refused() -> None:
    begun = tuple(FixedJob(name, "L", (FixedOperation("a", 480, 480, remaining=10),)) for name in ("J", "K"))
    of = problem([station("a")], [job("J", 30), job("K", 30)], now=500, fixed=begun)
    with pytest.raises(PastError):
        solve(of, 1)


def test_a_stable_plan_keeps_its_line() -> None:
    stations = (Station("a", Work.PAUSABLE, "day"),)
    base = problem([station("a")], [])
    of = Problem(
        base.epoch,
        (Line("L", stations), Line("M", stations)),
        (Job("J", 5000, (Option("L", (30,)), Option("M", (30,)))),),
        base.calendars,
        objective=Weights(line_change=200, shift_hour=2),
        previous=(PreviousStart("J", "M", 480),),
    )
    plan = solve(of, 2)
    assert (plan.jobs[0].line, plan.objective.stability) == ("M", 0)


def test_a_cancelled_solve_returns_the_best_plan_so_far() -> None:
    of = generate(30, 2, seed=3)
    plan = solve(of, 30, should_cancel=lambda: True)
    assert plan.status is Status.CANCELLED
    assert check(of, plan).valid


def test_progress_reports_ever_better_totals() -> None:
    seen: list[Progress] = []
    solve(generate(50, 2, seed=2), 1.0, progress=seen.append)
    totals = [entry.total for entry in seen if entry.unscheduled == 0]
    assert totals == sorted(totals, reverse=True)
    assert seen[0].limit == 1.0


def test_a_start_plan_is_never_lost() -> None:
    of = generate(45, 2, seed=4)
    first = solve(of, 1.0)
    again = solve(of, 0.05, start=first)
    assert again.rank <= first.rank


def test_three_hundred_loads_on_two_long_lines_are_placed() -> None:
    base = generate(300, 2, seed=5)
    extra = tuple(Station(f"extra-{n}", Work.PAUSABLE, "day") for n in range(3))
    lines = tuple(replace(line, stations=line.stations + extra) for line in base.lines)
    jobs = tuple(replace(j, options=tuple(Option(o.line, (*o.minutes, 5, 5, 5)) for o in j.options)) for j in base.jobs)
    of = replace(base, lines=lines, jobs=jobs, source_sha256=None)
    schedule = Schedule(of)
    construct(schedule, STARTS[0])
    assert schedule.missing == []


@settings(max_examples=6, deadline=None, derandomize=True)
@given(jobs=st.integers(0, 14), lines=st.integers(1, 3), seed=st.integers(0, 10_000), tight=st.booleans())
def test_a_solved_instance_always_passes_the_check(jobs: int, lines: int, seed: int, tight: bool) -> None:
    of = generate(jobs, lines, seed, tight)
    plan = solve(of, 0.3)
    assert check(of, plan).violations == ()


WORK = st.sampled_from(["pausable", "unsplittable", "unattended"])


@st.composite
def odd_problems(draw: st.DrawFn) -> Problem:
    """Small problems with every feature: buffers, capacities, random access, waits, moulds, overtime, zeros."""
    stations = []
    for index in range(draw(st.integers(1, 4))):
        work = draw(WORK)
        capacity = draw(st.integers(1, 2))
        changeover = None
        if work != "unattended" and capacity == 1 and draw(st.booleans()):
            changeover = Changeover({"A": {"B": 20}, "B": {"A": 5}}, draw(st.sampled_from(["A", None])))
        order = draw(st.sampled_from([Order.FIFO, Order.ANY]))
        buffer = draw(st.integers(0, 2))
        stations.append(
            station(f"s{index}", work, capacity=capacity, buffer_after=buffer, order=order, changeover=changeover)
        )
    last = len(stations) - 1
    holds = (Hold("mould", "L", "s0", f"s{draw(st.integers(0, last))}"),)
    minutes = st.integers(0, 120)
    jobs = [
        job(
            f"J{n}",
            *(draw(minutes) for _ in stations),
            due=draw(st.integers(400, 2000)),
            family=draw(st.sampled_from(["A", "B", None])),
            release=draw(st.integers(0, 700)),
            tardiness_cost=draw(st.integers(0, 3)),
            earliness_cost=draw(st.integers(0, 1)),
            holds=holds if draw(st.booleans()) else (),
        )
        for n in range(draw(st.integers(1, 4)))
    ]
    waits = (MaxWait("s0", f"s{last}", draw(st.integers(0, 300))),) if draw(st.booleans()) else ()
    return problem(
        stations,
        jobs,
        max_waits=waits,
        now=draw(st.integers(0, 600)),
        overtime=(Overtime("ot", "day", (1020, 1080), draw(st.integers(0, 400))),),
        resources=(Resource("mould", 1),),
        objective=Weights(draw(st.integers(0, 3)), draw(st.integers(0, 2))),
    )


@settings(max_examples=16, deadline=None, derandomize=True)
@given(of=odd_problems())
def test_every_odd_problem_gets_a_valid_plan(of: Problem) -> None:
    plan = solve(of, 0.2)
    assert check(of, plan).violations == ()


@settings(max_examples=10, deadline=None, derandomize=True)
@given(of=odd_problems(), share=st.floats(0.1, 0.9))
def test_a_plan_cut_at_any_minute_can_be_continued(of: Problem, share: float) -> None:
    plan = solve(of, 0.2)
    last = max((entry.done for entry in plan.jobs), default=of.now)
    now = of.now + int((last - of.now) * share)
    fixed = []
    for entry in plan.jobs:
        operations = [
            FixedOperation(o.station, o.enter, *(t if t <= now else None for t in (o.start, o.end, o.leave)))
            for o in entry.operations
            if o.enter <= now
        ]
        if operations:
            fixed.append(FixedJob(entry.id, entry.line, tuple(operations)))
    later = replace(of, now=now, fixed=tuple(fixed))
    assert check(later, solve(later, 0.3)).violations == ()


@settings(max_examples=6, deadline=None, derandomize=True)
@given(of=odd_problems())
def test_a_proven_optimum_is_no_worse_than_any_plan_found_by_search(of: Problem) -> None:
    schedule = Schedule(of, frozenset(entry.id for entry in of.overtime))
    construct(schedule, STARTS[0])
    if schedule.missing:
        return
    walk = Walk(schedule, seed=1)
    walk.run(300, 100.0, 1.0)
    total = walk.best.total
    proof = solve_model(PlanModel(of, {entry.id: entry.options for entry in of.jobs}), 2, 1, 1)
    if proof.proven:
        best = objective_of(of, proof.jobs, proof.overtime).total
        assert proof.bound == best <= total
