"""The compiled simulator: the times of the slow reference, and the same times whichever way one comes to decisions."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling import Hold, Plan, Problem, Resource, Status, Unscheduled, check, objective_of
from scheduling.generator import generate
from scheduling.history import required_overtime
from scheduling.search.walk import Walk
from scheduling.simulator.board import (
    BEGUN,
    COST,
    LATEST,
    LINE,
    LINE_COUNT,
    LOST,
    NOWHERE,
    POSITION,
    SEGMENTS,
    VERSION,
)
from scheduling.simulator.schedule import BegunJobError, Decision, Schedule
from scheduling.simulator.timing import NO_MATTER, retime
from scheduling.simulator.trial import begin_trial, deal_keys, hold_back, keep_trial, let_linger, relocate, undo_trial
from tests.scheduling import reference
from tests.scheduling.factory import job, problem, station
from tests.scheduling.strategies import decisions, problems

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


class Change(NamedTuple):
    """One decision of a trial; numbers are taken modulo what there is to choose from."""

    kind: str
    job: int
    choice: int
    value: int


Trial = tuple[bool, list[Change]]
"""Whether to keep it, if it finds times; and its changes."""

MINUTES = st.one_of(st.sampled_from([0, 0, 150, 400, 700]), st.integers(0, 1500))
CHANGES = st.builds(Change, st.sampled_from(["move", "move", "hold", "linger"]), st.integers(0, 9), MINUTES, MINUTES)
TRIALS = st.lists(
    st.tuples(st.sampled_from([True, True, False]), st.lists(CHANGES, min_size=1, max_size=4)), max_size=8
)


def begun_and_decided(schedule: Schedule, decided: Iterable[reference.Decision]) -> list[reference.Decision]:
    """Decisions in the order in which the schedule takes them: what has begun first."""
    jobs, fixed = schedule.problem.jobs, schedule.problem.fixed_by_job
    names = [jobs[number].id for number in schedule.begun]
    begun = [reference.Decision(name, fixed[name].line) for name in names]
    return begun + [decision for decision in decided if decision.job not in names]


def decide(schedule: Schedule, decided: Iterable[reference.Decision]) -> None:
    schedule.decide([Decision(entry.job, entry.line, entry.not_before, entry.linger) for entry in decided])


def make(schedule: Schedule, change: Change) -> None:
    """Change a decision of the running trial, where it can be changed."""
    board, number = schedule.board, change.job % len(schedule.board.jobs)
    row = board.jobs[number]
    line, begun = int(row[LINE]), int(row[BEGUN])
    if change.kind == "move" and not begun:
        target = int(board.eligible[number, change.choice % row[LINE_COUNT]])
        first = sum(int(board.jobs[other, LINE]) == target for other in schedule.begun)
        free = int(board.lengths[target, 0]) - first - (line == target)
        relocate(board, number, target, first + change.value % (free + 1))
    elif change.kind == "hold" and line != NOWHERE:
        segment = change.choice % int(board.lines[line, SEGMENTS])
        if board.segment_firsts[line, segment] >= begun:
            hold_back(board, number, segment, change.value)
    elif change.kind == "linger" and line != NOWHERE:
        let_linger(board, number, change.value)


def everything(schedule: Schedule) -> object:
    """All that a schedule says, so that two can be compared: decisions, order, times, costs."""
    board = schedule.board
    numbers, version = np.arange(len(board.jobs)), board.jobs[:, VERSION]
    jobs = board.jobs.copy()
    current = jobs[numbers, COST + version].tolist(), jobs[numbers, LATEST + version].tolist()
    jobs[:, COST : LATEST + 2] = 0
    jobs[jobs[:, LINE] == NOWHERE, POSITION] = 0
    orders = [board.orders[line, 0, :length].tolist() for line, length in enumerate(board.lengths[:, 0])]
    return jobs.tolist(), current, board.keys[:-1].tolist(), orders, schedule.job_costs, schedule.jobs()


def from_scratch(schedule: Schedule) -> Schedule:
    """Another schedule that takes the same decisions."""
    fresh = Schedule(schedule.problem, schedule.overtime)
    fresh.take(schedule.decisions())
    return fresh


def try_each(schedule: Schedule, trials: Iterable[Trial]) -> None:
    """Make trials; each kept one leaves what timing from scratch finds, each undone one leaves nothing."""
    for keep, changes in trials:
        before = everything(schedule)
        begin_trial(schedule.board)
        for change in changes:
            make(schedule, change)
        difference = int(retime(schedule.board, NO_MATTER))
        if keep and schedule.board.scalars[LOST] < 0:
            if keep_trial(schedule.board):
                deal_keys(schedule.board)
            schedule.job_costs += difference
            is_consistent(schedule)
        else:
            undo_trial(schedule.board)
            assert everything(schedule) == before


def is_consistent(schedule: Schedule) -> None:
    """Times and cost are those of the decisions, and the cost is what the contract says."""
    fresh = from_scratch(schedule)
    assert schedule.jobs() == fresh.jobs()
    assert schedule.cost == fresh.cost
    assert schedule.cost.total == objective_of(schedule.problem, schedule.jobs(), schedule.overtime).total


def violations(schedule: Schedule) -> object:
    of, jobs = schedule.problem, schedule.jobs()
    left_out = tuple(Unscheduled(of.jobs[number].id, "for a test") for number in schedule.missing)
    objective = objective_of(of, jobs, schedule.overtime)
    plan = Plan(of.sha256, Status.FEASIBLE, objective, jobs, left_out, tuple(sorted(schedule.overtime)))
    return check(of, plan).violations


def on_lines(of: Problem) -> Schedule:
    """A schedule in the order of due dates, each job on the line of its options that is the shortest so far."""
    schedule = Schedule(of)
    length: dict[str, int] = {}
    for entry in sorted(of.jobs, key=lambda job: job.due):
        line = min((option.line for option in entry.options), key=lambda name: length.get(name, 0))
        length[line] = length.get(line, 0) + 1
        schedule.decide([Decision(entry.id, line)])
    return schedule


def random_trials(seed: int, count: int, last_minute: int) -> list[Trial]:
    """Trials for larger problems: pauses of days, several changes at once."""
    draw = random.Random(seed)
    kinds = ["move", "move", "hold", "linger"]
    trials = []
    for _ in range(count):
        size = draw.choice([1, 1, 2, 5])
        values = [0 if draw.random() < 0.2 else draw.randrange(last_minute) for _ in range(size)]
        changes = [Change(draw.choice(kinds), draw.randrange(10**6), draw.randrange(9), value) for value in values]
        trials.append((draw.random() < 0.6, changes))
    return trials


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(data=st.data(), of=problems(least_minutes=1))
def test_times_are_those_of_the_reference(data: st.DataObject, of: Problem) -> None:
    overtime = required_overtime(of) | {entry.id for entry in of.overtime if data.draw(st.booleans())}
    try:
        schedule = Schedule(of, overtime)
    except BegunJobError:
        return
    decided = begun_and_decided(schedule, data.draw(decisions(of)))
    decide(schedule, decided[len(schedule.begun) :])
    assert {job.id: job for job in schedule.jobs()} == reference.reference_times(of, decided, sorted(overtime))


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(data=st.data(), of=problems(), trials=TRIALS)
def test_a_kept_trial_is_timed_as_from_scratch_and_an_undone_one_leaves_nothing(
    data: st.DataObject, of: Problem, trials: list[Trial]
) -> None:
    try:
        schedule = Schedule(of)
    except BegunJobError:
        return
    decide(schedule, data.draw(decisions(of)))
    is_consistent(schedule)
    try_each(schedule, trials)
    assert violations(schedule) == ()


@pytest.mark.parametrize("every_rule", [False, True])
def test_trials_on_a_plan_of_days_are_timed_as_from_scratch(every_rule: bool) -> None:
    schedule = on_lines(generate(40, 2, 3, every_rule=every_rule))
    try_each(schedule, random_trials(5, 60, 8000))
    assert violations(schedule) == ()


def test_equal_keys_on_two_lines_still_stand_one_behind_the_other() -> None:
    # Both jobs are first on their lines, and so have the same key; the earlier line has the mould first.
    of = two_lines_with_one_mould()
    schedule = Schedule(of)
    schedule.decide([Decision("J", "L"), Decision("K", "M")])
    schedule.board.keys[:-1] = 0.0
    schedule.retime_all()
    assert [(job.id, job.enter, job.done) for job in schedule.jobs()] == [("J", 480, 540), ("K", 540, 600)]


def test_a_mould_that_is_free_earlier_is_taken_before_the_break_again() -> None:
    # K waits for the mould until 700, when 60 minutes do not fit any more before 720; once J comes later, K is first.
    of = two_lines_with_one_mould(unsplittable_minutes=220)
    schedule = Schedule(of)
    schedule.decide([Decision("J", "L"), Decision("K", "M")])
    assert [job.enter for job in schedule.jobs()] == [480, 780]
    try_each(schedule, [(True, [Change("hold", 0, 0, 1900)]), (True, [Change("hold", 0, 0, 0)])])


def two_lines_with_one_mould(unsplittable_minutes: int = 60) -> Problem:
    """J on line L and K on line M, with one mould for both."""
    work = "unsplittable"
    first = problem([station("a", work)], [])
    second = problem([station("a", work)], [])
    lines = first.lines[0], second.lines[0].__class__("M", second.lines[0].stations)
    jobs = (
        job("J", unsplittable_minutes, holds=(Hold("mould", "L", "a", "a"),)),
        job("K", 60, line="M", holds=(Hold("mould", "M", "a", "a"),)),
    )
    return Problem(first.epoch, lines, jobs, first.calendars, resources=(Resource("mould", 1),))


def test_decisions_taken_again_have_the_same_cost() -> None:
    # A job that costs nothing leaves last: the makespan still counts it.
    of = problem([station("a")], [job("J", 10)], objective=generate(1).objective)
    schedule = Schedule(of)
    schedule.decide([Decision("J", "L")])
    cost = schedule.cost
    schedule.take(schedule.decisions())
    assert schedule.cost == cost


@pytest.mark.parametrize("every_rule", [False, True])
def test_a_walk_is_repeatable_and_tells_the_truth(every_rule: bool) -> None:
    of = generate(30, 2, 4, every_rule=every_rule)
    walks = [Walk(on_lines(of), seed=7) for _ in range(2)]
    for walk in walks:
        before = walk.best
        walk.run(3000, 500.0, 5.0)
        is_consistent(walk.schedule)
        assert walk.best < before
    first, second = (walk.best_decisions() for walk in walks)
    assert (first.places == second.places).all()
    assert (first.holds == second.holds).all()
    assert walks[0].schedule.cost == walks[1].schedule.cost
    for walk in walks:
        best = walk.best
        walk.go_to(walk.best_decisions())
        assert walk.schedule.cost == best
        assert violations(walk.schedule) == ()
