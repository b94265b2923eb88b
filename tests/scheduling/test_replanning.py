"""Re-planning: the plan pushed back, the better one, and what the change list says of them.

Most problems here have one station `a` for one pallet at a time, open 08:00–12:00 and 13:00–17:00 (480–720, 780–1020).
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import scheduling.replanning.improving as improving
from scheduling import (
    Calendar,
    Change,
    ChangeKind,
    FixedJob,
    FixedOperation,
    Job,
    Line,
    MaxWait,
    Objective,
    Option,
    Overtime,
    Plan,
    PreviousStart,
    Problem,
    Status,
    Unscheduled,
    Weights,
    WhyCode,
    change_text,
    changes,
    check,
    generate,
    objective_of,
    plan_json,
    problem_json,
    read_plan,
    read_problem,
    replan,
    right_shift,
    solve,
)
from scheduling.__main__ import main
from tests.scheduling.factory import DAY, EPOCH, job, plan, planned, problem, station
from tests.scheduling.reference import reference_times
from tests.scheduling.strategies import decisions, fresh_problems, happened, with_remaining

A = job("A", 30)
B = job("B", 30, due=540, tardiness_cost=1)


def one_station(*jobs: Job, **values: Any) -> Problem:
    return problem([station("a", "unsplittable")], jobs, now=values.pop("now", 480), **values)


def one_after_the_other() -> Plan:
    """A 08:00–08:30, B 08:30–09:00."""
    return plan(one_station(A, B), planned("A", ("a", 480, 480, 510, 510)), planned("B", ("a", 510, 510, 540, 540)))


def times(of: Plan) -> dict[str, tuple[int, int]]:
    return {entry.id: (entry.enter, entry.done) for entry in of.jobs}


def told(found: tuple[Change, ...]) -> list[tuple[str, str, str, str | None]]:
    return [(c.job or c.overtime or "", c.kind.value, c.why.code.value, c.why.other) for c in found]


def test_longer_work_pushes_what_stands_behind_it() -> None:
    before, now = one_after_the_other(), one_station(replace(A, options=(Option("L", (60,)),)), B)
    shifted = right_shift(now, before)
    assert times(shifted) == {"A": (480, 540), "B": (540, 570)}
    first, second = changes(now, before, shifted)
    assert told((first, second)) == [("A", "later", "longer-work", None), ("B", "later", "pushed-by", "A")]
    assert (first.why.station, dict(first.why.values)) == ("a", {"minutes": 60, "planned": 30})
    assert (first.entry_shift, first.done_shift) == (0, 30)
    assert (second.entry_shift, second.done_shift) == (30, 30)
    assert (second.why.root, second.why.root_code) == ("A", WhyCode.LONGER_WORK)


def test_nothing_is_earlier_until_the_search_makes_it_so() -> None:
    """B waits until 10:00 for no reason. Pushed back, it stays there; improved, it is done at 09:00, its due time."""
    now = one_station(replace(A, due=510, tardiness_cost=1), B)
    before = plan(now, planned("A", ("a", 480, 480, 510, 510)), planned("B", ("a", 600, 600, 630, 630)))
    result = replan(now, before, seconds=0.5)
    assert times(result.right_shifted) == times(before)
    assert result.right_shift_changes == ()
    assert result.improved.objective == Objective()
    assert times(result.improved)["B"][1] <= 540
    assert [entry[:2] for entry in told(result.improved_changes)] == [("B", "earlier")]


def test_a_new_job_takes_the_place_that_costs_least() -> None:
    """R is due at 08:20 for 10 a minute: first it costs 100, behind the others 700. They lose nothing by waiting."""
    a, b = replace(A, tardiness_cost=1), replace(B, due=5000)
    before, now = one_after_the_other(), one_station(a, b, job("R", 30, due=500, tardiness_cost=10))
    shifted = right_shift(now, before)
    assert times(shifted) == {"A": (510, 540), "B": (540, 570), "R": (480, 510)}
    found = changes(now, before, shifted)
    assert told(found) == [
        ("R", "new", "new-job", None),
        ("A", "later", "new-job-in-front", "R"),
        ("B", "later", "pushed-by", "A"),
    ]
    assert (found[2].why.root, found[2].why.root_code) == ("R", WhyCode.NEW_JOB)


def test_new_jobs_last_disturb_nobody() -> None:
    before, now = one_after_the_other(), one_station(A, B, job("R", 30, due=500, tardiness_cost=10))
    assert times(right_shift(now, before, new_jobs_last=True)) == {"A": (480, 510), "B": (510, 540), "R": (540, 570)}


def test_a_job_that_began_late_is_done_late() -> None:
    """A entered in time but was begun at 08:20: done at 08:50, and B behind it."""
    begun = FixedJob("A", "L", (FixedOperation("a", 480, 500),))
    before, now = one_after_the_other(), one_station(A, B, now=505, fixed=(begun,))
    shifted = right_shift(now, before)
    assert times(shifted) == {"A": (480, 530), "B": (530, 560)}
    first, second = changes(now, before, shifted)
    assert (first.why.code, first.why.station, first.why.values["minutes"]) == (WhyCode.BEGUN_LATE, "a", 20)
    assert (second.why.code, second.why.root_code) == (WhyCode.PUSHED_BY, WhyCode.BEGUN_LATE)


def test_work_under_way_that_takes_longer() -> None:
    """A began at 08:00 and at 08:20 has 40 minutes to go: 60 in all instead of 30."""
    begun = FixedJob("A", "L", (FixedOperation("a", 480, 480, remaining=40),))
    before, now = one_after_the_other(), one_station(A, B, now=500, fixed=(begun,))
    shifted = right_shift(now, before)
    assert times(shifted) == {"A": (480, 540), "B": (540, 570)}
    why = changes(now, before, shifted)[0].why
    assert (why.code, dict(why.values)) == (WhyCode.LONGER_WORK, {"minutes": 60, "planned": 30})


def test_a_closed_station_moves_its_work_behind_the_closure() -> None:
    """The morning is closed: A at 13:00, B behind it."""
    afternoon = Calendar("day", ((780, 1020),))
    before, now = one_after_the_other(), one_station(A, B, calendars=(afternoon,))
    shifted = right_shift(now, before)
    assert times(shifted) == {"A": (780, 810), "B": (810, 840)}
    assert told(changes(now, before, shifted)) == [
        ("A", "later", "station-closed", None),
        ("B", "later", "station-closed", None),
    ]


def test_a_job_that_has_not_begun_in_time() -> None:
    """It is 08:20, and A has not entered; it does now. B, planned for 08:30, is pushed to 08:50."""
    before, now = one_after_the_other(), one_station(A, B, now=500)
    shifted = right_shift(now, before)
    assert times(shifted) == {"A": (500, 530), "B": (530, 560)}
    first, _ = changes(now, before, shifted)
    assert (first.why.code, first.why.values["minutes"]) == (WhyCode.NOT_YET_BEGUN, 20)


def test_a_later_release() -> None:
    before, now = one_after_the_other(), one_station(A, replace(B, release=600))
    shifted = right_shift(now, before)
    assert times(shifted)["B"] == (600, 630)
    (change,) = changes(now, before, shifted)
    assert (change.job, change.why.code, change.why.values["minutes"]) == ("B", WhyCode.RELEASE_LATER, 90)


def test_a_job_counts_as_new_where_its_line_has_other_stations_now() -> None:
    now = problem([station("b"), station("c")], [job("A", 10, 5)], now=480)
    before = one_after_the_other()
    shifted = right_shift(now, before)
    assert times(shifted) == {"A": (480, 495)}
    assert told(changes(now, before, shifted)) == [("A", "new", "new-job", None)]


def two_lines(*jobs: Job, **values: Any) -> Problem:
    values.setdefault("calendars", (DAY,))
    lines = (Line("L", (station("a", "unsplittable"),)), Line("M", (station("a", "unsplittable"),)))
    return Problem(EPOCH, lines, jobs, now=480, **values)


def test_a_job_that_cannot_run_on_its_line_any_more_moves() -> None:
    before, now = one_after_the_other(), two_lines(A, job("B", 30, line="M"))
    shifted = right_shift(now, before)
    (change,) = changes(now, before, shifted)
    assert (change.kind, change.before and change.before.line, change.after and change.after.line) == ("line", "L", "M")
    assert (change.why.code, change.why.values["line"]) == (WhyCode.LINE_RULED_OUT, "L")


def test_changing_lines_costs_what_the_problem_says() -> None:
    """On M, B would be done 20 minutes earlier for 1 a minute: worth it for 5, not for 50."""
    b = replace(B, due=500, options=(Option("L", (30,)), Option("M", (40,))))
    before = plan(two_lines(A, b), *one_after_the_other().jobs)
    for price, line in ((5, "M"), (50, "L")):
        now = two_lines(
            replace(A, due=510, tardiness_cost=100),
            b,
            previous=(PreviousStart("B", "L", 510),),
            objective=Weights(line_change=price),
        )
        assert replan(now, before, seconds=0.5).improved.job_by_id["B"].line == line


def test_the_room_of_a_job_that_is_gone() -> None:
    """A was taken out. Pushed back, B stays; improved, it is done at 08:30, which saves 20 minutes of lateness."""
    before, now = one_after_the_other(), one_station(replace(B, due=520))
    result = replan(now, before, seconds=0.5)
    assert result.right_shift_changes == ()
    assert told(result.improved_changes) == [("B", "earlier", "pulled-forward", "A")]
    assert times(result.improved)["B"][1] <= 520


def test_another_order_counts_even_where_times_hardly_change() -> None:
    """10 minutes each, A and B change places: below the threshold, but B now goes before A."""
    now = one_station(job("A", 10), job("B", 10))
    before = plan(now, planned("A", ("a", 480, 480, 490, 490)), planned("B", ("a", 490, 490, 500, 500)))
    after = plan(now, planned("A", ("a", 490, 490, 500, 500)), planned("B", ("a", 480, 480, 490, 490)))
    assert told(changes(now, before, after)) == [("B", "order", "before-other", "A")]
    assert told(changes(now, before, after, threshold=10)) == [
        ("B", "earlier", "before-other", "A"),
        ("A", "later", "behind-other", "B"),
    ]


def test_a_job_that_no_longer_fits_is_left_out_with_its_reason() -> None:
    short = Calendar("day", ((480, 505), (900, 1020)))
    now = one_station(replace(A, options=(Option("L", (130,)),)), B, calendars=(short,))
    shifted = right_shift(now, one_after_the_other())
    assert shifted.status is Status.INFEASIBLE
    assert times(shifted) == {"B": (900, 930)}
    left_out, _ = changes(now, one_after_the_other(), shifted)
    assert (left_out.kind, left_out.job) == (ChangeKind.LEFT_OUT, "A")
    assert "130 minutes" in str(left_out.why.values["reason"])
    again = changes(now, shifted, shifted)
    assert again == ()


def test_overtime_is_bought_only_for_a_job_that_would_be_left_out() -> None:
    """The day ends at 08:30 for B; only overtime has room."""
    morning, evening = Calendar("day", ((480, 510),)), Overtime("ot", "day", (1020, 1080), 7)
    before, now = one_after_the_other(), one_station(A, B, calendars=(morning,), overtime=(evening,))
    shifted = right_shift(now, before)
    assert times(shifted) == {"A": (480, 510), "B": (1020, 1050)}
    assert told(changes(now, before, shifted))[0] == ("ot", "overtime-added", "better-total", None)
    assert told(changes(one_station(A, B), shifted, before))[0] == ("ot", "overtime-removed", "overtime-gone", None)


def test_a_pallet_that_was_to_stay_in_the_chamber_stays() -> None:
    """A has begun to cure; it was to be taken out at 14:00, to be done at its due time, and still is."""
    stations = [station("cure", "unattended", order="any", capacity=2), station("out")]
    now = problem(
        stations,
        [job("A", 100, 10, due=850, earliness_cost=1)],
        now=500,
        fixed=(FixedJob("A", "L", (FixedOperation("cure", 480),)),),
    )
    before = plan(now, planned("A", ("cure", 480, 480, 580, 840), ("out", 840, 840, 850, 850)))
    assert times(right_shift(now, before)) == {"A": (480, 850)}


def test_holding_gives_way_to_the_longest_wait() -> None:
    """A was to wait for its station until 14:00, but what has begun may wait 60 minutes only: 09:40 + 60."""
    stations = [station("cure", "unattended", order="any", capacity=2), station("out")]
    now = problem(
        stations,
        [job("A", 100, 10)],
        now=500,
        fixed=(FixedJob("A", "L", (FixedOperation("cure", 480),)),),
        max_waits=(MaxWait("cure", "out", 60),),
    )
    before = plan(now, planned("A", ("cure", 480, 480, 580, 840), ("out", 840, 840, 850, 850)))
    shifted = right_shift(now, before)
    assert check(now, shifted).valid
    assert shifted.job_by_id["A"].operations[1].start <= 640


def test_the_right_shifted_plan_is_told_first() -> None:
    heard: list[Plan] = []
    now = one_station(A, B, now=500)
    result = replan(now, one_after_the_other(), seconds=0.3, on_right_shift=heard.append)
    assert heard == [result.right_shifted]
    assert result.improved.rank <= result.right_shifted.rank


def test_a_large_plan_is_improved_near_itself() -> None:
    """60 loads under every rule, a day later, three of them slower: valid, better, and cancelled when asked."""
    of = generate(60, 2, 1, every_rule=True)
    before = solve(of, seconds=20, iterations=2000)
    now = 420 + 24 * 60
    begun = {entry.id: happened(entry, now) for entry in before.jobs}
    slower = {entry.id for entry in before.jobs if begun[entry.id] is None and entry.id.endswith("3")}
    jobs = tuple(_slower(entry) if entry.id in slower else entry for entry in of.jobs)
    later = replace(
        of, now=now, jobs=jobs, fixed=tuple(entry for entry in begun.values() if entry is not None), source_sha256=None
    )
    result = replan(later, before, seconds=1.0, should_cancel=iter([False] * 3 + [True] * 10_000).__next__)
    assert check(later, result.right_shifted).violations == ()
    assert check(later, result.improved).violations == ()
    assert result.improved.status is Status.CANCELLED
    assert result.improved.rank <= result.right_shifted.rank
    assert {entry.id: entry.line for entry in result.right_shifted.jobs} == {e.id: e.line for e in before.jobs}


def _slower(entry: Job) -> Job:
    return replace(entry, options=tuple(replace(o, minutes=(o.minutes[0] + 40, *o.minutes[1:])) for o in entry.options))


@st.composite
def overtaken_plans(draw: st.DrawFn) -> tuple[Problem, Plan]:
    """A plan of a problem with every feature, and the problem some time later: other minutes, a job more or less."""
    of = draw(fresh_problems(6, 2))
    named = tuple(entry.id for entry in of.overtime if draw(st.booleans()))
    jobs = tuple(reference_times(of, draw(decisions(of)), named).values())
    there = {entry.id for entry in jobs}
    left_out = tuple(Unscheduled(entry.id, "no times") for entry in of.jobs if entry.id not in there)
    before = Plan(of.sha256, Status.FEASIBLE, objective_of(of, jobs, named), jobs, left_out, named)
    moments = {moment for entry in jobs for at in entry.operations for moment in (at.enter, at.end)}
    now = max(of.now, draw(st.sampled_from(sorted(moments | {of.now}))) + draw(st.integers(0, 10)))
    cut = replace(of, now=now, source_sha256=None)
    pairs = ((entry, happened(entry, now)) for entry in jobs)
    fixed = tuple(draw(with_remaining(cut, past, entry)) for entry, past in pairs if past is not None)
    begun = {entry.job for entry in fixed}
    kept = [_other_minutes(entry, draw(st.integers(0, 20))) if entry.id not in begun else entry for entry in of.jobs]
    gone = draw(st.sampled_from([None, *(entry.id for entry in kept if entry.id not in begun)]))
    kept = [entry for entry in kept if entry.id != gone]
    new = [replace(draw(st.sampled_from(of.jobs)), id="new")] if draw(st.booleans()) else []
    previous = tuple(entry for entry in of.previous if entry.job != gone)
    return replace(cut, jobs=(*kept, *new), fixed=fixed, previous=previous, source_sha256=None), before


def _other_minutes(entry: Job, more: int) -> Job:
    first = entry.options[0]
    return replace(entry, options=(replace(first, minutes=(first.minutes[0] + more, *first.minutes[1:])),))


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(overtaken=overtaken_plans(), small=st.sampled_from([0, 40]))
def test_every_overtaken_plan_goes_on(overtaken: tuple[Problem, Plan], small: int) -> None:
    """Both ways of improving, that for small problems and that for large ones, on small ones."""
    now, before = overtaken
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(improving, "SMALL_JOBS", small)
        result = replan(now, before, seconds=0.1)
    for found, listed in (
        (result.right_shifted, result.right_shift_changes),
        (result.improved, result.improved_changes),
    ):
        assert check(now, found).violations == ()
        for change in listed:
            assert change_text(change)
    assert result.improved.rank <= result.right_shifted.rank
    for entry in result.right_shifted.jobs:
        old = before.job_by_id.get(entry.id)
        if old is not None and old.line == entry.line and entry.id not in now.fixed_by_job:
            assert entry.enter >= old.enter


def test_the_command_writes_both_plans_and_tells_the_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A is 30 minutes longer, and nothing can be better than to let B wait."""
    paths = [tmp_path / name for name in ("now.json", "before.json", "new.json", "shifted.json")]
    now = one_station(replace(A, due=480, tardiness_cost=9, options=(Option("L", (60,)),)), B)
    paths[0].write_text(problem_json(now), encoding="utf-8")
    paths[1].write_text(plan_json(one_after_the_other()), encoding="utf-8")
    of, before, new, shifted = map(str, paths)
    assert main(["replan", of, before, "-o", new, "--right-shift", shifted, "--seconds", "0.5"]) == 0
    for path in paths[2:]:
        assert check(read_problem(paths[0].read_bytes()), read_plan(path.read_bytes())).valid
    out = capsys.readouterr().out
    assert "right-shifted: total 570, 0 unscheduled" in out
    assert (
        "  A later: L Mon 23 Nov 08:00 – Mon 23 Nov 08:30 → L Mon 23 Nov 08:00 – Mon 23 Nov 09:00: "
        "its work at a takes 60 minutes, and it had 30\n" in out
    )
    assert "B later" in out
    assert json.loads(paths[2].read_text(encoding="utf-8"))["problem_sha256"]


def test_the_command_refuses_what_is_not_a_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "now.json"
    path.write_text(problem_json(one_station(A)), encoding="utf-8")
    assert main(["replan", str(path), str(path), "-o", str(tmp_path / "new.json")]) == 2
    assert "$" in capsys.readouterr().err
