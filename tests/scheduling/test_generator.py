"""Generated instances: the same again, as the study describes them, with calendars that last."""

import pytest

from bench.baselines import earliest_due_date
from scheduling import Problem, check, generate


def test_the_same_arguments_give_the_same_problem() -> None:
    assert generate(30, 2, seed=3) == generate(30, 2, seed=3)
    assert generate(30, 2, seed=3) != generate(30, 2, seed=4)


def test_a_line_has_nine_stations_and_46_pallets() -> None:
    problem = generate(10, 3)
    assert [len(line.stations) for line in problem.lines] == [9, 9, 9]
    assert [resource.count for resource in problem.resources] == [46, 46, 46]


def test_loads_are_due_at_seven_or_one_on_working_days() -> None:
    for job in generate(400, 2, seed=2).jobs:
        day, minute = divmod(job.due, 1440)
        assert minute in (420, 780)
        assert day % 7 != 6


@pytest.mark.parametrize(("tight", "late_to_early"), [(False, 10), (True, 500)])
def test_late_costs_ten_times_early_and_five_hundred_times_where_storage_is_nearly_free(
    tight: bool, late_to_early: int
) -> None:
    problem = generate(50, 2, tight=tight)
    assert {job.earliness_cost for job in problem.jobs} <= {1, 2, 5}
    assert {job.tardiness_cost / job.earliness_cost for job in problem.jobs} == {late_to_early}


def test_the_usual_instance_has_no_overtime_and_every_rule_has_it() -> None:
    assert not generate(20, 2).overtime
    problem = generate(20, 2, every_rule=True)
    assert problem.overtime
    assert "stair-mould" in {resource.id for resource in problem.resources}
    assert problem.lines[0].stations[2].capacity == 2


@pytest.mark.parametrize(
    ("jobs", "lines", "tight"),
    [(7, 1, False), (200, 3, False), (200, 3, True), (1000, 4, False), (1000, 4, True), (5000, 6, True)],
)
def test_calendars_last_for_every_load_in_the_order_of_due_dates(jobs: int, lines: int, tight: bool) -> None:
    problem = generate(jobs, lines, seed=1, tight=tight)
    plan = earliest_due_date(problem)
    assert not plan.unscheduled
    last = max(job.done for job in plan.jobs)
    assert last < last_open_minute(problem) * 3 / 4


def test_due_dates_press_but_can_mostly_be_kept() -> None:
    # In the order of due dates, a usual instance is late by less than two hours a load, weights counted.
    problem = generate(200, 3, seed=1)
    plan = earliest_due_date(problem)
    assert check(problem, plan).valid
    weights = sum(job.tardiness_cost for job in problem.jobs)
    assert plan.objective.tardiness < 120 * weights


@pytest.mark.parametrize(("jobs", "lines"), [(-1, 2), (5, 0)])
def test_numbers_out_of_range_are_refused(jobs: int, lines: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        generate(jobs, lines)


def last_open_minute(problem: Problem) -> int:
    return max(end for calendar in problem.calendars for _, end in calendar.windows)
