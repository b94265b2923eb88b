"""Hypothesis strategies for small scheduling problems with every feature of the contract.

A problem is drawn feature by feature, with short calendars that end in one long window, so that nearly every job finds
a place. A past is made by timing the problem's jobs with the reference, choosing a `now`, and cutting there.
"""

from __future__ import annotations

from dataclasses import replace

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
    PlannedJob,
    PreviousStart,
    Problem,
    Resource,
    Station,
    Weights,
    Work,
)
from tests.scheduling.factory import EPOCH
from tests.scheduling.reference import Decision, reference_times

FAMILIES = ("A", "B", "C")
LONG_WINDOW = (2400, 3600)
RESOURCES = ("pallets", "mould")


@st.composite
def windows(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    """A few short windows, some of which touch, and the long one."""
    minute, found = draw(st.integers(0, 60)), []
    for _ in range(draw(st.integers(1, 4))):
        end = minute + draw(st.integers(20, 240))
        found.append((minute, end))
        minute = end + draw(st.sampled_from([0, 1, 10, 60, 300]))
    return (*found, LONG_WINDOW)


@st.composite
def overtime_of(draw: st.DrawFn, calendar: Calendar) -> tuple[Overtime, ...]:
    """Overtime in the gaps of a calendar: the whole gap, or the start of it."""
    found = []
    for (_, end), (start, _) in zip(calendar.windows, calendar.windows[1:], strict=False):
        if start > end and draw(st.booleans()):
            last = min(start, end + draw(st.integers(1, 120)))
            cost = draw(st.integers(0, 200))
            found.append(Overtime(f"ot-{calendar.id}-{end}", calendar.id, (end, last), cost))
    return tuple(found)


@st.composite
def stations(draw: st.DrawFn, name: str) -> Station:
    work = draw(st.sampled_from(list(Work)))
    capacity = draw(st.sampled_from([1, 1, 2, 3]))
    attended = work is not Work.UNATTENDED
    changeover = None
    if attended and capacity == 1 and draw(st.booleans()):
        minutes = {before: {after: draw(st.integers(0, 20)) for after in FAMILIES} for before in FAMILIES[:2]}
        changeover = Changeover(minutes, draw(st.sampled_from([None, *FAMILIES])))
    return Station(
        name,
        work,
        draw(st.sampled_from(["day", "late"])) if attended else None,
        capacity,
        draw(st.sampled_from([0, 0, 1, 2])),
        draw(st.sampled_from(list(Order))),
        changeover,
    )


@st.composite
def lines(draw: st.DrawFn, name: str) -> Line:
    names = [f"s{index}" for index in range(draw(st.integers(1, 5)))]
    pairs = st.tuples(st.sampled_from(names), st.sampled_from(names)).filter(lambda pair: pair[0] < pair[1])
    waits = []
    if len(names) > 1 and draw(st.booleans()):
        minutes = draw(st.sampled_from([0, 15, 90, 400]))
        waits.append(MaxWait(*draw(pairs), minutes))
    return Line(name, tuple(draw(stations(station)) for station in names), tuple(waits))


@st.composite
def holds(draw: st.DrawFn, line: Line) -> Hold:
    count = len(line.stations)
    first = draw(st.integers(0, count - 1))
    last = draw(st.integers(first, count - 1))
    return Hold(draw(st.sampled_from(RESOURCES)), line.id, line.stations[first].id, line.stations[last].id)


@st.composite
def jobs(draw: st.DrawFn, name: str, on: tuple[Line, ...], least_minutes: int = 0) -> Job:
    eligible = draw(st.lists(st.sampled_from(on), min_size=1, unique_by=lambda line: line.id))
    minutes = st.one_of(st.just(least_minutes), st.integers(1, 60))
    held = tuple(draw(holds(line)) for line in eligible if draw(st.booleans()))
    return Job(
        id=name,
        due=draw(st.integers(0, 1500)),
        options=tuple(Option(line.id, tuple(draw(minutes) for _ in line.stations)) for line in eligible),
        family=draw(st.sampled_from([None, *FAMILIES])),
        release=draw(st.sampled_from([0, 0, 100, 333])),
        tardiness_cost=draw(st.integers(0, 5)),
        earliness_cost=draw(st.integers(0, 2)),
        holds=held,
    )


@st.composite
def fresh_problems(draw: st.DrawFn, most_jobs: int = 8, most_lines: int = 3, least_minutes: int = 0) -> Problem:
    """Problems in which nothing has happened yet."""
    drawn_lines = tuple(draw(lines(f"L{index}")) for index in range(draw(st.integers(1, most_lines))))
    names = [f"J{index}" for index in range(draw(st.integers(1, most_jobs)))]
    drawn_jobs = tuple(draw(jobs(name, drawn_lines, least_minutes)) for name in names)
    calendars = tuple(Calendar(name, draw(windows())) for name in ("day", "late"))
    previous = tuple(
        PreviousStart(job.id, draw(st.sampled_from(drawn_lines)).id, draw(st.integers(0, 900)))
        for job in drawn_jobs
        if draw(st.booleans())
    )
    return Problem(
        EPOCH,
        drawn_lines,
        drawn_jobs,
        calendars,
        tuple(entry for calendar in calendars for entry in draw(overtime_of(calendar))),
        tuple(Resource(name, draw(st.integers(1, 3))) for name in RESOURCES),
        Weights(*(draw(st.integers(0, 3)) for _ in range(4))),
        draw(st.sampled_from([0, 0, 70, 200])),
        (),
        previous,
    )


@st.composite
def decisions(draw: st.DrawFn, problem: Problem) -> list[Decision]:
    """An order of the jobs, a line for each, and now and then a minute before which it is held back."""
    minute = st.sampled_from([0, 0, 0, 150, 400])
    found = []
    for job in draw(st.permutations(problem.jobs)):
        line = draw(st.sampled_from(job.options)).line
        found.append(Decision(job.id, line, tuple(draw(minute) for _ in range(3)), draw(minute)))
    return found


def happened(planned: PlannedJob, now: int) -> FixedJob | None:
    """What has happened of a planned job by a minute."""
    operations = []
    for operation in planned.operations:
        if operation.enter <= now:
            later = (moment if moment <= now else None for moment in (operation.start, operation.end, operation.leave))
            operations.append(FixedOperation(operation.station, operation.enter, *later))
    return FixedJob(planned.id, planned.line, tuple(operations)) if operations else None


@st.composite
def with_remaining(draw: st.DrawFn, problem: Problem, fixed: FixedJob, planned: PlannedJob) -> FixedJob:
    """Now and then, work under way takes another while than planned; where no wait may thereby become too long."""
    last = fixed.operations[-1]
    line = problem.line_by_id[fixed.line]
    station = line.stations[len(fixed.operations) - 1]
    left = planned.operations[len(fixed.operations) - 1].end - problem.now
    if line.max_waits or last.start is None or last.end is not None or left < 1 or not draw(st.booleans()):
        return fixed
    most = left if station.work is Work.UNSPLITTABLE else left + 30
    changed = replace(last, remaining=draw(st.integers(1, most)))
    return replace(fixed, operations=(*fixed.operations[:-1], changed))


def without_initial(line: Line) -> Line:
    """The same line with no first family: changing over from it counts from now, which a plan that is cut did not."""
    stations = tuple(
        replace(station, changeover=station.changeover and replace(station.changeover, initial=None))
        for station in line.stations
    )
    return replace(line, stations=stations)


@st.composite
def begun_problems(draw: st.DrawFn, most_jobs: int = 8, most_lines: int = 3, least_minutes: int = 0) -> Problem:
    """Problems with a past that can be continued: the plan that was cut is one way to do so."""
    problem = draw(fresh_problems(most_jobs, most_lines, least_minutes))
    named = tuple(entry.id for entry in problem.overtime if draw(st.booleans()))
    plan = reference_times(problem, draw(decisions(problem)), named)
    moments = {moment for job in plan.values() for at in job.operations for moment in (at.enter, at.start, at.end)}
    moment = draw(st.sampled_from(sorted(moments | {problem.now})))
    now = max(problem.now, moment + draw(st.integers(0, 10)))
    cut = replace(problem, now=now, lines=tuple(map(without_initial, problem.lines)), source_sha256=None)
    fixed = {job.id: happened(job, now) for job in plan.values()}
    past = tuple(draw(with_remaining(cut, entry, plan[name])) for name, entry in fixed.items() if entry is not None)
    return replace(cut, fixed=past, source_sha256=None)


def problems(most_jobs: int = 8, most_lines: int = 3, least_minutes: int = 0) -> st.SearchStrategy[Problem]:
    """Problems with every feature, with and without a past."""
    sizes = most_jobs, most_lines, least_minutes
    return st.one_of(fresh_problems(*sizes), begun_problems(*sizes))
