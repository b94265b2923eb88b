"""What holds for every problem: the reference keeps the rules, the solver keeps them, documents come back."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling import (
    Plan,
    Problem,
    Status,
    Unscheduled,
    check,
    objective_of,
    plan_json,
    problem_json,
    read_plan,
    read_problem,
    solve,
)
from tests.scheduling.reference import reference_times
from tests.scheduling.strategies import decisions, fresh_problems, problems

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(data=st.data(), of=fresh_problems(6, 2))
def test_the_reference_keeps_every_rule(data: st.DataObject, of: Problem) -> None:
    named = tuple(entry.id for entry in of.overtime)
    jobs = tuple(reference_times(of, data.draw(decisions(of)), named).values())
    left_out = tuple(Unscheduled(job.id, "no times") for job in of.jobs if job.id not in {entry.id for entry in jobs})
    plan = Plan(of.sha256, Status.FEASIBLE, objective_of(of, jobs, named), jobs, left_out, named)
    assert check(of, plan).violations == ()


@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
@given(of=problems())
def test_documents_come_back_as_they_were(of: Problem) -> None:
    again = read_problem(problem_json(of).encode())
    assert again == of
    assert again.sha256 == of.sha256


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(of=problems())
def test_every_plan_keeps_every_rule_and_states_its_objective(of: Problem) -> None:
    plan = solve(of, seconds=0.1)
    assert check(of, plan).violations == ()
    assert plan.objective == objective_of(of, plan.jobs, plan.overtime)
    again = read_plan(plan_json(plan).encode())
    assert replace(again, seconds=plan.seconds) == replace(plan, bound=again.bound)
    assert again.bound == plan.bound


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(of=problems())
def test_a_number_of_trials_gives_the_same_plan_every_time(of: Problem) -> None:
    one, other = (solve(of, seconds=60, workers=2, seed=3, iterations=300) for _ in range(2))
    assert replace(one, seconds=0) == replace(other, seconds=0)
