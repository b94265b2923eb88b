"""The constraint model: trying every minute agrees, a hint is the first solution, and it can be stopped."""

from collections.abc import Iterator
from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling import (
    Calendar,
    Changeover,
    FixedJob,
    FixedOperation,
    Overtime,
    Plan,
    Problem,
    Weights,
    check,
    generate,
    solve,
)
from scheduling.exact.hints import hint
from scheduling.exact.model import PlanModel, TooLargeError
from scheduling.exact.relaxation import Relaxation
from scheduling.exact.solution import MOST_PAIRS, model_pairs, solve_exactly
from scheduling.exact.solving import solve_model
from tests.scheduling.factory import job, problem, station

SHORT = Calendar("day", ((0, 6), (8, 14)))
OVERTIME = Overtime("ot", "day", (6, 8), 3)


def grid_occupations(minutes: int, opened: set[int], last: int) -> Iterator[tuple[int, int, int]]:
    """Every (enter = start, end, leave) of pausable work, minute by minute."""
    for start in sorted(opened):
        worked = [minute for minute in range(start, last) if minute in opened][:minutes]
        if len(worked) == minutes:
            for leave in range(worked[-1] + 1, last + 1):
                yield start, worked[-1] + 1, leave


def grid_optimum(of: Problem, last: int) -> int:
    """The least total of jobs at one pausable station with one changeover table, by trying every minute."""
    best = 1 << 40
    table = of.lines[0].stations[0].changeover or Changeover()
    for overtime in (False, True):
        opened = {minute for window in of.calendars[0].windows for minute in range(*window)}
        opened |= set(range(*OVERTIME.window)) if overtime else set()
        ways = [list(grid_occupations(entry.options[0].minutes[0], opened, last)) for entry in of.jobs]
        for order in permutations(range(len(of.jobs))):
            for times in product(*(ways[index] for index in order)):
                total, free, family = OVERTIME.cost if overtime else 0, 0, table.initial
                for index, (start, _, leave) in zip(order, times, strict=True):
                    entry = of.jobs[index]
                    setup = table.between(family, entry.family)
                    if start < free or sum(minute in opened for minute in range(free, start)) < setup:
                        break
                    total += of.objective.changeover_minute * setup
                    total += entry.tardiness_cost * max(0, leave - entry.due)
                    total += entry.earliness_cost * max(0, entry.due - leave)
                    free, family = leave, entry.family
                else:
                    best = min(best, total + of.objective.makespan_minute * free)
    return best


@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    jobs=st.lists(
        st.tuples(st.integers(2, 5), st.integers(2, 14), st.integers(0, 4), st.integers(0, 4), st.sampled_from("AB")),
        min_size=2,
        max_size=2,
    ),
    setup=st.integers(0, 2),
)
def test_the_proven_optimum_is_that_of_trying_every_minute(
    jobs: list[tuple[int, int, int, int, str]], setup: int
) -> None:
    table = Changeover({"A": {"B": setup}, "B": {"A": 1}}, "A")
    of = problem(
        [station("a", changeover=table)],
        [
            job(f"J{index}", minutes, due=due, tardiness_cost=late, earliness_cost=early, family=family)
            for index, (minutes, due, late, early, family) in enumerate(jobs)
        ],
        calendars=(SHORT,),
        overtime=(OVERTIME,),
        objective=Weights(changeover_minute=2, makespan_minute=1),
    )
    result = solve_exactly(of, seconds=10)
    expected = grid_optimum(of, 15)
    if expected == 1 << 40:
        assert result.infeasible
    else:
        assert result.proven
        assert result.plan is not None
        assert (result.plan.objective.total, check(of, result.plan).violations) == (expected, ())


def test_a_hint_is_the_first_solution() -> None:
    # The hint fixes every variable of the model, so that the solver has nothing to complete.
    of = generate(jobs=12, lines=2, seed=1, every_rule=True)
    start = solve(of, 0.5)
    relaxation = Relaxation(of)
    model = PlanModel(of, {entry.id: relaxation.options(entry) for entry in of.jobs})
    hint(model, start.jobs, frozenset(start.overtime))
    assert len(model.model.proto.solution_hint.vars) == len(model.model.proto.variables)
    assert model.model.validate() == ""
    totals: list[int] = []
    solve_model(model, 20, 1, 1, lambda total, _: totals.append(total), lambda: bool(totals))
    assert totals[0] == start.objective.total


def test_an_answer_is_never_worse_than_the_hint_nor_than_a_plan_offered_on_the_way() -> None:
    of = generate(jobs=5, lines=2, seed=2)
    poor, good = solve(of, 0.01), solve(of, 1.0)
    offered: list[Plan | None] = [None, good]
    result = solve_exactly(of, hint=poor, seconds=1.0, better_plan=lambda: offered.pop(0) if offered else None)
    assert result.plan is not None
    assert result.plan.objective.total <= poor.objective.total
    assert check(of, result.plan).violations == ()
    assert (result.bound or 0) <= good.objective.total


def test_cancelling_keeps_the_hint() -> None:
    of = generate(jobs=20, lines=2, seed=1)
    start = solve(of, 0.1)
    result = solve_exactly(of, hint=start, seconds=60, should_cancel=lambda: True)
    assert result.plan is not None
    assert (result.plan.jobs, result.proven) == (start.jobs, False)


def test_overtime_is_bought_only_where_it_pays() -> None:
    # 300 minutes of work in 240 + 60 of overtime, due at its end: the overtime for 50, or the next window, 60 late.
    def of(cost: int) -> Problem:
        return problem(
            [station("a")],
            [job("J", 300, due=780, tardiness_cost=1)],
            overtime=(Overtime("ot", "day", (720, 780), cost),),
        )

    cheap, dear = solve_exactly(of(50), seconds=5), solve_exactly(of(70), seconds=5)
    assert cheap.plan is not None
    assert dear.plan is not None
    assert (cheap.plan.overtime, cheap.plan.objective.total, cheap.proven) == (("ot",), 50, True)
    assert (dear.plan.overtime, dear.plan.objective.total, dear.proven) == ((), 60, True)


def test_what_remains_of_work_under_way_is_what_counts() -> None:
    # J has 100 minutes left at 600 whatever it was to take, and K follows with 20: 700 and 720, just before the break.
    of = problem(
        [station("a")],
        [job("J", 30), job("K", 20)],
        now=600,
        fixed=(FixedJob("J", "L", (FixedOperation("a", 500, 500, remaining=100),)),),
        objective=Weights(makespan_minute=1),
    )
    result = solve_exactly(of, seconds=5)
    assert result.plan is not None
    assert (result.plan.objective.total, result.proven) == (720, True)
    assert check(of, result.plan).violations == ()


def test_that_not_every_job_fits_is_proven() -> None:
    # Two jobs of 400 minutes, each fits into the 720 minutes of the calendar, both do not.
    result = solve_exactly(problem([station("a")], [job("J", 400), job("K", 400)]), seconds=5)
    assert (result.plan, result.infeasible) == (None, True)


def test_a_model_that_would_be_of_no_use_is_refused() -> None:
    of = generate(jobs=200, lines=2, seed=1)
    assert model_pairs(of) > MOST_PAIRS
    with pytest.raises(TooLargeError):
        solve_exactly(of, seconds=1)
