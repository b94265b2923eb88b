"""A plan overtaken by events: a past that can be continued, slower loads, rush loads, memory of the plan."""

import pytest

from bench.baselines import earliest_due_date
from bench.disturbance import Disturbed, disturbed
from scheduling import check, generate, solve

NOW = 1440 + 570


@pytest.fixture(scope="module")
def moment() -> Disturbed:
    problem = generate(120, 2, seed=3)
    return disturbed(problem, earliest_due_date(problem), NOW, seed=1)


def test_what_has_begun_is_fixed_and_what_has_left_is_gone(moment: Disturbed) -> None:
    left = {job.id for job in moment.plan.jobs if job.done < NOW}
    on_the_line = {job.id for job in moment.plan.jobs if job.enter < NOW <= job.done}
    assert left
    assert on_the_line
    assert not left & set(moment.problem.job_by_id)
    assert {fixed.job for fixed in moment.problem.fixed} == on_the_line


def test_ten_rush_loads_are_released_now(moment: Disturbed) -> None:
    rush = [job for job in moment.problem.jobs if job.id.startswith("RUSH")]
    assert len(rush) == 10
    assert {job.release for job in rush} == {NOW}


def test_a_twentieth_of_the_open_loads_needs_two_and_a_half_times_the_rebar_minutes(moment: Disturbed) -> None:
    before = generate(120, 2, seed=3).job_by_id
    rebar = 2
    slower = [
        job
        for job in moment.problem.jobs
        if job.id in before and job.options[0].minutes != before[job.id].options[0].minutes
    ]
    assert len(slower) == round(0.05 * len(moment.open_jobs))
    for job in slower:
        assert job.options[0].minutes[rebar] == round(2.5 * before[job.id].options[0].minutes[rebar])


def test_open_loads_remember_where_they_were_planned(moment: Disturbed) -> None:
    assert {entry.job for entry in moment.problem.previous} == set(moment.open_jobs)


def test_the_past_can_be_continued(moment: Disturbed) -> None:
    plan = solve(moment.problem, seconds=0.5)
    assert check(moment.problem, plan).violations == ()
    assert not plan.unscheduled
