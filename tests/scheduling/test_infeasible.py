"""Which rule keeps a job out of every plan, one job at a time."""

from scheduling import (
    Calendar,
    Conflict,
    ConflictCode,
    FixedJob,
    FixedOperation,
    Hold,
    Job,
    Line,
    MaxWait,
    Option,
    Problem,
    Resource,
    Station,
    Work,
    generate,
    why_infeasible,
)
from scheduling.explain.conflicts import why_unscheduled
from scheduling.explain.texts import CONFLICT_TEXTS
from tests.scheduling.factory import EPOCH, job, problem, station


def only(of: Problem) -> Conflict:
    (found,) = why_infeasible(of)
    return found


def test_casting_longer_than_every_window() -> None:
    # The windows are 240 minutes long.
    of = problem([station("casting", "unsplittable")], [job("J", 241), job("K", 240)])
    found = only(of)
    assert (found.code, found.jobs, found.line, found.station) == (ConflictCode.NO_WINDOW, ("J",), "L", "casting")
    assert str(found) == "no eligible line has a calendar window of 241 minutes for casting"


def test_calendars_that_end_before_the_job_could_be_done() -> None:
    # 720 open minutes in all; no window matters to pausable work.
    of = problem([station("a")], [job("J", 721)])
    assert only(of).code is ConflictCode.CALENDAR_ENDS


def test_two_moulds_at_once_where_there_is_one() -> None:
    holds = (Hold("mould", "L", "a", "b"), Hold("mould", "L", "b", "b"))
    of = problem([station("a"), station("b")], [job("J", 10, 10, holds=holds)], resources=(Resource("mould", 1),))
    found = only(of)
    assert (found.code, found.station) == (ConflictCode.RESOURCE_TOO_FEW, "b")
    assert found.values == {"resource": "mould", "count": 1, "needed": 2}


def test_curing_longer_than_the_wait_that_is_allowed() -> None:
    # 540 minutes of curing between a and c; 500 are allowed.
    stations = [station("a"), station("cure", "unattended"), station("c")]
    of = problem(stations, [job("J", 10, 540, 10)], max_waits=(MaxWait("a", "c", 500),))
    found = only(of)
    assert (found.code, found.station, found.values) == (
        ConflictCode.WAIT_IMPOSSIBLE,
        "c",
        {"from": "a", "minutes": 500},
    )


def test_calendars_that_never_meet_within_the_wait() -> None:
    # a is open until 720, b from 780 on: 60 minutes at least, 59 are allowed.
    calendars = (Calendar("morning", ((480, 720),)), Calendar("noon", ((780, 1020),)))
    stations = [station("a", calendar="morning"), station("b", calendar="noon")]
    of = problem(stations, [job("J", 10, 10)], calendars=calendars, max_waits=(MaxWait("a", "b", 59),))
    assert only(of).code is ConflictCode.WAIT_IMPOSSIBLE
    of = problem(stations, [job("J", 10, 10)], calendars=calendars, max_waits=(MaxWait("a", "b", 60),))
    assert why_infeasible(of) == ()


def test_jobs_that_overload_the_only_station() -> None:
    # 400 + 400 minutes in 720 open ones.
    of = problem([station("a")], [job("J", 400), job("K", 400)])
    found = only(of)
    assert (found.code, found.jobs) == (ConflictCode.STATION_OVERLOADED, ("J", "K"))
    assert found.values == {"open": 720, "needed": 800, "line": "L"}


def test_a_past_that_cannot_go_on() -> None:
    # Casting of 30 minutes began at 700 and must lie in one window, which ends at 720.
    begun = FixedJob("J", "L", (FixedOperation("a", 700, 700),))
    of = problem([station("a", "unsplittable")], [job("J", 30)], now=710, fixed=(begun,))
    found = only(of)
    assert (found.code, found.jobs) == (ConflictCode.PAST, ("J",))
    assert "$.fixed" in str(found)


def two_lines(first: tuple[Station, int], second: tuple[Station, int]) -> Problem:
    lines = (Line("L", (first[0],)), Line("M", (second[0],)))
    options = (Option("L", (first[1],)), Option("M", (second[1],)))
    calendar = Calendar("day", ((480, 720), (780, 1020)))
    return Problem(EPOCH, lines, (Job("J", 5000, options),), (calendar,))


def test_one_line_that_fits_is_enough() -> None:
    cast = Station("cast", Work.UNSPLITTABLE, "day")
    assert why_infeasible(two_lines((cast, 300), (cast, 30))) == ()


def test_each_line_may_be_ruled_out_by_a_rule_of_its_own() -> None:
    # 300 minutes fit no window of L; 500 are more than M has open.
    of = two_lines((Station("cast", Work.UNSPLITTABLE, "day"), 300), (Station("a", Work.PAUSABLE, "day"), 500))
    found = why_infeasible(of)
    assert [(entry.line, entry.code.value) for entry in found] == [("L", "no-window"), ("M", "calendar-ends")]
    entry = why_unscheduled(of, of.jobs[0])
    assert entry.code == "no-line-fits"
    assert "L: no eligible line has a calendar window of 300 minutes for cast; M:" in entry.reason


def test_the_reason_of_an_unscheduled_job() -> None:
    of = problem([station("casting", "unsplittable")], [job("long", 250), job("short", 20)])
    entry = why_unscheduled(of, of.jobs[0])
    assert (entry.code, entry.values) == ("no-window", {"minutes": 250, "station": "casting"})
    assert why_unscheduled(of, of.jobs[1]).code == "no-room"


def test_a_usual_problem_rules_nobody_out_and_every_code_has_words() -> None:
    assert why_infeasible(generate(30, 2, seed=1, every_rule=True)) == ()
    assert set(CONFLICT_TEXTS) == {code.value for code in ConflictCode}
