"""Each reason by one or two jobs, worked out by hand; and that reasons divide a job's time on any plan."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling import (
    Changeover,
    ConflictCode,
    FixedJob,
    FixedOperation,
    Hold,
    MaxWait,
    NotPlannedError,
    Operation,
    Order,
    Overtime,
    Plan,
    PlannedJob,
    Problem,
    Reason,
    ReasonCode,
    Resource,
    UnsoundPlanError,
    check,
    explain,
    explain_chain,
    generate,
    reason_text,
)
from scheduling.explain.earlier import Alternatives
from scheduling.explain.surroundings import Surroundings
from scheduling.explain.texts import REASON_TEXTS
from scheduling.history import required_overtime
from tests.scheduling.factory import job, plan, planned, problem, station
from tests.scheduling.reference import NoTimesError, reference_times
from tests.scheduling.strategies import decisions, problems

C = ReasonCode
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
SHORT = tuple[str, int, int, str | None]


def shortly(reason: Reason) -> SHORT:
    return (reason.code.value, reason.from_minute, reason.to_minute, reason.other)


def reasons(of: Problem, made: Plan, name: str = "J") -> list[SHORT]:
    """The reasons in order of time; the plan itself is valid."""
    assert check(of, made).violations == ()
    return [shortly(reason) for reason in reversed(explain(of, made, name).reasons)]


def test_a_night_before_the_first_work_is_closed() -> None:
    # Open from 480; 30 minutes of work.
    of = problem([station("a")], [job("J", 30)])
    assert reasons(of, plan(of, planned("J", ("a", 480, 480, 510, 510)))) == [
        ("closed", 0, 480, None),
        ("work", 480, 510, None),
    ]


def test_pausable_work_pauses_over_the_break() -> None:
    # [700, 720) and [780, 790).
    of = problem([station("a")], [job("J", 30)], now=700)
    assert reasons(of, plan(of, planned("J", ("a", 700, 700, 790, 790)))) == [
        ("work", 700, 720, None),
        ("closed", 720, 780, None),
        ("work", 780, 790, None),
    ]


def test_overtime_that_is_not_bought_is_told_apart_from_closed_time() -> None:
    of = problem([station("a")], [job("J", 30)], now=1020, overtime=(Overtime("ot", "day", (1020, 1080), 300),))
    made = plan(of, planned("J", ("a", 1920, 1920, 1950, 1950)))
    assert reasons(of, made)[:2] == [("overtime-unused", 1020, 1080, None), ("closed", 1080, 1920, None)]
    assert explain(of, made, "J").reasons[-1].values == {"overtime": "ot", "cost": 300}


def test_casting_that_does_not_fit_before_the_break_has_no_window() -> None:
    # 30 minutes from 700 on: from 691 on they no longer fit before 720.
    of = problem([station("a", "unsplittable")], [job("J", 30)], now=700)
    assert reasons(of, plan(of, planned("J", ("a", 780, 780, 810, 810)))) == [
        ("no-window", 700, 720, None),
        ("closed", 720, 780, None),
        ("work", 780, 810, None),
    ]


def test_a_changeover_comes_before_work_of_another_family() -> None:
    of = problem([station("a", changeover=Changeover({"A": {"B": 12}}, "A"))], [job("J", 30, family="B")], now=480)
    made = plan(of, planned("J", ("a", 492, 492, 522, 522)))
    assert reasons(of, made) == [("changeover", 480, 492, None), ("work", 492, 522, None)]
    assert explain(of, made, "J").reasons[-1].values == {"from": "A", "to": "B", "minutes": 12}


def test_another_job_goes_first_and_then_occupies_the_station() -> None:
    # K enters only at 500; J after it at 530. In [480, 500) the plan lets K go first.
    of = problem([station("a")], [job("J", 30), job("K", 30, due=700)], now=480)
    made = plan(of, planned("K", ("a", 500, 500, 530, 530)), planned("J", ("a", 530, 530, 560, 560)))
    assert reasons(of, made) == [
        ("behind-job", 480, 500, "K"),
        ("blocked-by", 500, 530, "K"),
        ("work", 530, 560, None),
    ]
    assert explain(of, made, "J").reasons[-1].values == {"other_due": 700, "count": 1}


def test_a_pallet_is_blocked_on_its_station_by_the_one_ahead() -> None:
    # K is at b until 550; J is done at a at 500.
    of = problem([station("a"), station("b")], [job("J", 10, 60), job("K", 10, 60)], now=480)
    made = plan(
        of,
        planned("K", ("a", 480, 480, 490, 490), ("b", 490, 490, 550, 550)),
        planned("J", ("a", 490, 490, 500, 550), ("b", 550, 550, 610, 610)),
    )
    assert reasons(of, made) == [
        ("blocked-by", 480, 490, "K"),
        ("work", 490, 500, None),
        ("blocked-by", 500, 550, "K"),
        ("work", 550, 610, None),
    ]
    assert explain(of, made, "J").reasons[1].standing_at == "a"


def test_a_full_buffer_keeps_a_pallet_at_its_station() -> None:
    # K waits in the only place after a until 600, when M leaves b; M is worked on at b in [490, 600).
    stations = [station("a", buffer_after=1), station("b")]
    of = problem(stations, [job("J", 10, 10), job("K", 10, 10), job("M", 10, 110)], now=480)
    made = plan(
        of,
        planned("M", ("a", 480, 480, 490, 490), ("b", 490, 490, 600, 600)),
        planned("K", ("a", 490, 490, 500, 500), ("b", 600, 600, 610, 610)),
        planned("J", ("a", 500, 500, 510, 600), ("b", 610, 610, 620, 620)),
    )
    found = reasons(of, made)
    assert ("work", 500, 510, None) in found
    assert ("buffer-full", 510, 600, "K") in found
    assert ("blocked-by", 600, 610, "K") in found


def test_one_mould_is_given_back_by_the_other_job() -> None:
    # Two places at a; K holds the only mould until 580.
    holds = (Hold("mould", "L", "a", "a"),)
    of = problem(
        [station("a", capacity=2)],
        [job("J", 30, holds=holds), job("K", 80, holds=holds)],
        now=480,
        resources=(Resource("mould", 1),),
    )
    made = plan(of, planned("K", ("a", 500, 500, 580, 580)), planned("J", ("a", 580, 580, 610, 610)))
    assert reasons(of, made) == [
        ("behind-job", 480, 500, "K"),
        ("resource-empty", 500, 580, "K"),
        ("work", 580, 610, None),
    ]


def test_a_free_mould_may_be_promised_to_a_job_on_random_access() -> None:
    # As before; at a station of random access nobody need keep the order, and only the mould is in the way.
    holds = (Hold("mould", "L", "a", "a"),)
    of = problem(
        [station("a", capacity=2, order=Order.ANY)],
        [job("J", 30, holds=holds), job("K", 80, holds=holds)],
        now=480,
        resources=(Resource("mould", 1),),
    )
    made = plan(of, planned("K", ("a", 500, 500, 580, 580)), planned("J", ("a", 580, 580, 610, 610)))
    assert reasons(of, made)[:2] == [("resource-promised", 480, 500, "K"), ("resource-empty", 500, 580, "K")]


def wait_case(limit: int, enter: int) -> tuple[Problem, Plan]:
    """Curing of 60 minutes from `enter`, then casting that K keeps busy until 700."""
    of = problem(
        [station("cure", "unattended", capacity=2), station("cast", "unsplittable")],
        [job("J", 60, 10, due=0, tardiness_cost=3), job("K", 0, 220)],
        now=480,
        max_waits=(MaxWait("cure", "cast", limit),),
    )
    own = planned("J", ("cure", enter, enter, enter + 60, 700), ("cast", 700, 700, 710, 710))
    return of, plan(of, planned("K", ("cure", 480, 480, 480, 480), ("cast", 480, 480, 700, 700)), own)


def test_a_wait_limit_keeps_a_job_off_the_line() -> None:
    # Cured at 680, cast at 700: 20 minutes are allowed; before 620 it would wait longer.
    of, made = wait_case(limit=20, enter=620)
    assert reasons(of, made) == [
        ("wait-limit", 480, 620, None),
        ("work", 620, 680, None),
        ("blocked-by", 680, 700, "K"),
        ("work", 700, 710, None),
    ]


def test_entering_earlier_would_only_mean_to_wait_at_a_later_station() -> None:
    # The limit of 500 minutes does not matter; casting is taken until 700 whenever J enters.
    of, made = wait_case(limit=500, enter=620)
    (first, *_) = reversed(explain(of, made, "J").reasons)
    assert shortly(first) == ("would-wait", 480, 620, "K")
    assert (first.station, first.values) == ("cast", {"because": "blocked-by", "until": 700})


def test_a_job_is_held_back_rather_than_early() -> None:
    # It could be done at 510, and is done at its due time: 90 minutes of storage at 2 are saved.
    of = problem([station("a")], [job("J", 30, due=600, earliness_cost=2)], now=480)
    made = plan(of, planned("J", ("a", 570, 570, 600, 600)))
    assert reasons(of, made)[0] == ("held-back", 480, 570, None)
    assert explain(of, made, "J").reasons[-1].values == {"gain": 90, "cost": 180}


def test_a_late_job_that_nothing_hinders_is_unforced() -> None:
    # Done at 600, due 540: it could be 60 minutes less late (at 3 each) and then 30 minutes early.
    of = problem([station("a")], [job("J", 30, due=540, tardiness_cost=3)], now=480)
    made = plan(of, planned("J", ("a", 570, 570, 600, 600)))
    assert reasons(of, made) == [
        ("held-back", 480, 510, None),
        ("unforced", 510, 570, None),
        ("work", 570, 600, None),
    ]
    assert explain(of, made, "J").reasons[1].values == {"gain": 60, "cost": 180}


def test_the_root_is_release_now_or_the_past() -> None:
    of = problem([station("a")], [job("J", 30, release=500)], now=480)
    found = explain(of, plan(of, planned("J", ("a", 500, 500, 530, 530))), "J").root
    assert (found.code, found.from_minute, found.to_minute) == (C.RELEASE, 480, 500)
    of = problem([station("a")], [job("J", 30)], now=480)
    assert explain(of, plan(of, planned("J", ("a", 480, 480, 510, 510))), "J").root.code is C.NOW
    begun = FixedJob("J", "L", (FixedOperation("a", 480, 480),))
    of = problem([station("a")], [job("J", 30)], now=490, fixed=(begun,))
    made = plan(of, planned("J", ("a", 480, 480, 510, 510)))
    assert explain(of, made, "J").root == Reason(C.FIXED, 480, 490, "a")
    assert reasons(of, made) == [("work", 490, 510, None)]


def test_the_chain_follows_the_job_that_hinders() -> None:
    of = problem([station("a")], [job(name, 30) for name in "JKM"], now=480)
    made = plan(of, *(planned(name, ("a", t, t, t + 30, t + 30)) for name, t in (("M", 480), ("K", 510), ("J", 540))))
    assert [entry.job for entry in explain_chain(of, made, "J")] == ["J", "K", "M"]
    assert [entry.job for entry in explain_chain(of, made, "J", depth=2)] == ["J", "K"]


def test_what_cannot_be_explained_is_refused() -> None:
    of = problem([station("a"), station("b")], [job("J", 30, 30), job("K", 30, 30)], now=480)
    whole = planned("J", ("a", 480, 480, 510, 510), ("b", 510, 510, 540, 540))
    with pytest.raises(NotPlannedError):
        explain(of, plan(of, whole, unscheduled=("K",)), "K")
    half = replace(planned("K", ("a", 510, 510, 540, 540)), operations=(Operation("a", 510, 510, 540, 540),))
    with pytest.raises(UnsoundPlanError, match="R1-route"):
        explain(of, replace(plan(of, whole), jobs=(whole, half)), "J")


def test_every_code_has_words() -> None:
    assert set(REASON_TEXTS) == {code.value for code in ReasonCode}
    of, made = wait_case(limit=500, enter=620)
    words = [reason_text(reason) for reason in explain(of, made, "J").reasons]
    assert words[-1] == "earlier, it would only wait at cast (blocked-by K)"


def in_a_row(of: Problem, pause: int) -> Plan:
    """Every job alone on the line, one after the other, each held back by `pause` minutes: no search, no blocking."""
    minute, jobs = of.now, []
    for entry in of.jobs:
        option = entry.options[0]
        operations: list[Operation] = []
        minute = max(minute, entry.release) + pause
        for place, minutes in zip(of.line_by_id[option.line].stations, option.minutes, strict=True):
            start = minute
            operations.append(Operation(place.id, start, start, start + minutes, start + minutes))
            minute = start + minutes
        jobs.append(PlannedJob(entry.id, option.line, tuple(operations)))
    return plan(of, *jobs)


def assert_accounted(of: Problem, made: Plan) -> None:
    """The reasons of every job divide [begin, done) without gap or overlap."""
    for entry in made.jobs:
        found = explain(of, made, entry.id)
        begin = of.now if entry.id in of.fixed_by_job else max(of.now, of.job_by_id[entry.id].release)
        edges = [begin]
        for reason in reversed(found.reasons):
            assert reason.from_minute == edges[-1] < reason.to_minute
            edges.append(reason.to_minute)
            assert reason_text(reason)
        assert edges[-1] == max(begin, entry.done)


def assert_alternatives_hold(of: Problem, made: Plan, share: float) -> None:
    """Where a step is called free, the job can indeed be moved there: `check` accepts the plan with it moved."""
    for entry in made.jobs:
        around = Surroundings(of, made, entry.id)
        for number, step in enumerate(around.steps):
            ready = max(step.ready, around.begin)
            if step.minute > ready:
                moved = Alternatives(around).if_ready_at(number, ready + int(share * (step.minute - ready)))
                jobs = tuple(moved.planned if other.id == entry.id else other for other in made.jobs)
                codes = check(of, replace(made, jobs=jobs)).codes - {"R9-objective"}
                assert codes == (frozenset() if moved.wait is None else {"R6-wait"})
                assert moved.done <= entry.done


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    jobs=st.integers(1, 12),
    lines=st.integers(1, 2),
    seed=st.integers(0, 10_000),
    pause=st.integers(0, 400),
)
def test_reasons_divide_the_time_of_any_job_on_a_hand_made_plan(jobs: int, lines: int, seed: int, pause: int) -> None:
    # Nothing keeps this plan from breaking calendars; an explanation accounts for every minute all the same.
    of = generate(jobs, lines, seed)
    assert_accounted(of, in_a_row(of, pause))


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(data=st.data(), of=problems(5, 2), share=st.floats(0, 0.95))
def test_reasons_are_true_of_any_valid_plan(data: st.DataObject, of: Problem, share: float) -> None:
    named = tuple(entry.id for entry in of.overtime if data.draw(st.booleans()) or entry.id in required_overtime(of))
    try:
        jobs = tuple(reference_times(of, data.draw(decisions(of)), named).values())
    except NoTimesError:
        return
    left_out = tuple(job.id for job in of.jobs if job.id not in {entry.id for entry in jobs})
    made = plan(of, *jobs, overtime=named, unscheduled=left_out)
    if check(of, made).valid:
        assert_accounted(of, made)
        assert_alternatives_hold(of, made, share)


def test_every_code_stands_in_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "explanations.md").read_text(encoding="utf-8")
    for code in (*ReasonCode, *ConflictCode):
        assert f"| `{code.value}` |" in text
