"""Lower bounds: never above what an exhaustive search finds, and as good as hand-worked answers where they are easy."""

from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scheduling import Changeover, Job, Line, Option, Plan, Problem, Status, Weights, check, generate, objective_of
from scheduling.exact.bounds import lower_bound, narrow
from scheduling.exact.changeover_bound import least_changeover_minutes
from scheduling.exact.model import PlanModel
from scheduling.exact.relaxation import Relaxation
from scheduling.exact.solving import solve_model
from tests.scheduling.factory import DAY, EPOCH, job, problem, station
from tests.scheduling.reference import reference_times
from tests.scheduling.strategies import decisions, problems

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example, HealthCheck.filter_too_much]


def optimum(of: Problem) -> int | None:
    """The least total with every job, by the constraint model alone; None where no plan has every job."""
    relaxation = Relaxation(of)
    options = {entry.id: relaxation.options(entry) for entry in of.jobs}
    if not all(options.values()):
        return None
    result = solve_model(PlanModel(of, options), 20, 1, 1)
    assert result.proven or result.infeasible
    return result.bound if result.proven else None


def test_jobs_that_queue_for_one_due_time_pay_for_the_queue() -> None:
    # Three jobs of 30 minutes, all due at 600, early or late for 1 a minute: done at 570, 600, 630 at best.
    # That is 60; prices alone, which may cut jobs in two, come near it.
    of = problem(
        [station("a")],
        [job(name, 30, due=600, tardiness_cost=1, earliness_cost=1) for name in "JKM"],
    )
    assert lower_bound(of, 2.0, known_total=60) >= 45
    assert optimum(of) == 60


def test_the_makespan_is_paid_beside_the_jobs() -> None:
    # Two jobs of 60 minutes from 480: done 540 and 600, due at 540: 600 of makespan and 60 late.
    of = problem(
        [station("a")],
        [job(name, 60, due=540, tardiness_cost=1) for name in "JK"],
        objective=Weights(makespan_minute=1),
    )
    assert 640 <= lower_bound(of, 2.0, known_total=660) <= 660


def test_every_family_is_set_up_for_at_least_once() -> None:
    # From A: B and then C cost 5 + 6, C and then B 20 + 3.
    changeover = Changeover({"A": {"B": 5, "C": 20}, "B": {"C": 6}, "C": {"B": 3}}, "A")
    of = problem(
        [station("a", changeover=changeover)],
        [job("J", 30, family="C"), job("K", 30, family="B"), job("M", 30, family="A")],
    )
    options = {entry.id: entry.options for entry in of.jobs}
    assert least_changeover_minutes(of, options) == 11


def test_a_family_with_two_lines_counts_once_and_a_job_without_family_cuts_the_way() -> None:
    # B may run on either line: 4 minutes on L2 are the least. The job without a family resets L for nothing.
    changeover = Changeover({"A": {"B": 9}}, "A")
    cheaper = Changeover({"A": {"B": 4}}, "A")
    lines = (
        Line("L", (station("a", changeover=changeover),)),
        Line("L2", (station("a", changeover=cheaper),)),
    )
    both = Job("J", 600, (Option("L", (30,)), Option("L2", (30,))), family="B")
    of = Problem(EPOCH, lines, (both,), (DAY,))
    assert least_changeover_minutes(of, {"J": both.options}) == 4
    with_plain = replace(of, jobs=(both, job("K", 30)))
    assert least_changeover_minutes(with_plain, {entry.id: entry.options for entry in with_plain.jobs}) == 0


def test_what_is_narrowed_still_holds_the_best_plan() -> None:
    of = generate(jobs=3, lines=1, seed=3)
    best = optimum(of)
    assert best is not None
    narrowed = narrow(of, 0.5, known_total=best)
    assert best * 0.9 <= narrowed.bound <= best
    relaxation = Relaxation(of)
    options = {entry.id: relaxation.options(entry) for entry in of.jobs}
    result = solve_model(PlanModel(of, options, True, best, narrowed), 20, 1, 1)
    assert (result.proven, result.bound) == (True, best)


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(data=st.data(), of=problems(4, 2))
def test_no_bound_is_above_the_total_of_any_plan(data: st.DataObject, of: Problem) -> None:
    named = tuple(entry.id for entry in of.overtime)
    lines = {entry.job: entry.line for entry in of.fixed}
    chosen = [replace(entry, line=lines.get(entry.job, entry.line)) for entry in data.draw(decisions(of))]
    jobs = tuple(reference_times(of, chosen, named).values())
    objective = objective_of(of, [entry for entry in jobs if entry.id in of.job_by_id], named)
    plan = Plan(of.sha256, Status.FEASIBLE, objective, jobs, (), named)
    assume(len(jobs) == len(of.jobs) and check(of, plan).valid)
    assert lower_bound(of, 0.1) <= objective.total
    assert narrow(of, 0.1, known_total=objective.total + 1000).bound <= objective.total


@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(of=problems(3, 2), slack=st.integers(0, 300))
def test_nothing_that_is_narrowed_away_belongs_to_the_best_plan(of: Problem, slack: int) -> None:
    relaxation = Relaxation(of)
    options = {entry.id: relaxation.options(entry) for entry in of.jobs}
    if not all(options.values()):
        return
    whole = solve_model(PlanModel(of, options), 1, 1, 1)
    if not whole.proven or whole.bound is None:
        return
    best = whole.bound
    assert lower_bound(of, 0.1) <= best
    narrowed = narrow(of, 0.1, known_total=best + slack)
    assert narrowed.bound <= best
    again = solve_model(PlanModel(of, options, True, best + slack, narrowed), 10, 1, 1)
    assert (again.proven, again.bound) == (True, best)
