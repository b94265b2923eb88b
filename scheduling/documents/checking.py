"""What a problem must keep before any solver sees it: ranges, references, and a past that is in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from scheduling.documents.issues import Issue

if TYPE_CHECKING:  # a problem checks itself, and so stands above this module
    from scheduling.problem import Calendar, FixedJob, FixedOperation, Job, Line, Problem, Station

MAX_MINUTE = 10_000_000
MAX_COST = 1_000_000
MAX_COUNT = 10_000


class Findings:
    """Collects the faults of a document, each with its JSON path."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []

    def add(self, path: str, message: str) -> None:
        """Note one fault."""
        self.issues.append(Issue(path, message))

    def integer(self, path: str, value: object, low: int, high: int) -> None:
        """Note a value that is no integer of `low` … `high`."""
        if type(value) is not int:
            self.add(path, f"must be an integer, not {value!r}")
        elif not low <= value <= high:
            self.add(path, f"must be {low} … {high}, not {value}")

    def minute(self, path: str, value: object, low: int = 0) -> None:
        """Note a value that is no minute."""
        self.integer(path, value, low, MAX_MINUTE)

    def cost(self, path: str, value: object) -> None:
        """Note a value that is no cost."""
        self.integer(path, value, 0, MAX_COST)

    def unique_ids(self, path: str, ids: Iterable[str], key: str = "id") -> None:
        """Note empty and repeated ids of a list."""
        seen: set[str] = set()
        for index, name in enumerate(ids):
            if not isinstance(name, str) or not name:
                self.add(f"{path}[{index}].{key}", "must be non-empty text")
            elif name in seen:
                self.add(f"{path}[{index}].{key}", f"{name!r} stands twice")
            seen.add(name)

    def known(self, path: str, name: str, names: Iterable[str], what: str) -> bool:
        """Note a reference to nothing."""
        found = name in names
        if not found:
            self.add(path, f"there is no {what} {name!r}")
        return found


def problem_issues(problem: Problem) -> tuple[Issue, ...]:
    """Every fault; a problem without any has only sound numbers and references.

    References are followed only where what they lead to is sound: faults of lines hide those of jobs, and so on.
    """
    findings = Findings()
    _check_head(problem, findings)
    _check_calendars(problem, findings)
    _check_lines(problem, findings)
    if not findings.issues:
        _check_jobs(problem, findings)
    if not findings.issues:
        _check_fixed(problem, findings)
        _check_previous(problem, findings)
    return tuple(findings.issues)


def _check_head(problem: Problem, findings: Findings) -> None:
    try:
        datetime.fromisoformat(problem.epoch)
    except (ValueError, TypeError):
        findings.add("$.epoch", f"must be an ISO 8601 date and time, not {problem.epoch!r}")
    findings.minute("$.now", problem.now)
    for name in ("changeover_minute", "makespan_minute", "line_change", "shift_hour"):
        findings.cost(f"$.objective.{name}", getattr(problem.objective, name))
    findings.unique_ids("$.resources", (resource.id for resource in problem.resources))
    for index, resource in enumerate(problem.resources):
        findings.integer(f"$.resources[{index}].count", resource.count, 1, MAX_COUNT)


def _check_window(path: str, window: Sequence[object], findings: Findings) -> bool:
    if len(window) != 2:
        findings.add(path, "must be [start, end]")
        return False
    before = len(findings.issues)
    start, end = window
    findings.minute(f"{path}[0]", start)
    findings.minute(f"{path}[1]", end)
    if len(findings.issues) == before and window[0] >= window[1]:  # type: ignore[operator]
        findings.add(path, f"must end after it starts: {list(window)}")
    return len(findings.issues) == before


def _check_calendars(problem: Problem, findings: Findings) -> None:
    findings.unique_ids("$.calendars", (calendar.id for calendar in problem.calendars))
    findings.unique_ids("$.overtime", (overtime.id for overtime in problem.overtime))
    calendars = {calendar.id for calendar in problem.calendars}
    sound = True
    for index, calendar in enumerate(problem.calendars):
        for position, window in enumerate(calendar.windows):
            sound &= _check_window(f"$.calendars[{index}].windows[{position}]", window, findings)
    for index, overtime in enumerate(problem.overtime):
        path = f"$.overtime[{index}]"
        sound &= _check_window(f"{path}.window", overtime.window, findings)
        findings.cost(f"{path}.cost", overtime.cost)
        findings.known(f"{path}.calendar", overtime.calendar, calendars, "calendar")
    if sound:
        for index, calendar in enumerate(problem.calendars):
            _check_overlaps(problem, calendar, index, findings)


def _check_overlaps(problem: Problem, calendar: Calendar, index: int, findings: Findings) -> None:
    spans = [
        (start, end, f"$.calendars[{index}].windows[{position}]")
        for position, (start, end) in enumerate(calendar.windows)
    ]
    spans += [
        (*overtime.window, f"$.overtime[{position}].window")
        for position, overtime in enumerate(problem.overtime)
        if overtime.calendar == calendar.id
    ]
    spans.sort()
    for (_, end, first), (start, _, second) in pairwise(spans):
        if start < end:
            findings.add(second, f"overlaps {first}")


def _check_lines(problem: Problem, findings: Findings) -> None:
    if not problem.lines:
        findings.add("$.lines", "needs at least one line")
    findings.unique_ids("$.lines", (line.id for line in problem.lines))
    calendars = {calendar.id for calendar in problem.calendars}
    for index, line in enumerate(problem.lines):
        path = f"$.lines[{index}]"
        if not line.stations:
            findings.add(f"{path}.stations", "needs at least one station")
        findings.unique_ids(f"{path}.stations", (station.id for station in line.stations))
        for position, station in enumerate(line.stations):
            _check_station(f"{path}.stations[{position}]", station, calendars, findings)
        for position, wait in enumerate(line.max_waits):
            wait_path = f"{path}.max_waits[{position}]"
            findings.minute(f"{wait_path}.minutes", wait.minutes)
            findings.known(f"{wait_path}.from", wait.from_station, line.station_index, "station")
            findings.known(f"{wait_path}.to", wait.to_station, line.station_index, "station")


def _check_station(path: str, station: Station, calendars: set[str], findings: Findings) -> None:
    findings.integer(f"{path}.capacity", station.capacity, 1, MAX_COUNT)
    findings.integer(f"{path}.buffer_after", station.buffer_after, 0, MAX_COUNT)
    if station.calendar is not None:
        findings.known(f"{path}.calendar", station.calendar, calendars, "calendar")
    elif station.attended:
        findings.add(path, "needs a calendar, because its work is not unattended")
    changeover = station.changeover
    if changeover is None:
        return
    if not station.attended:
        findings.add(f"{path}.changeover", "cannot stand at an unattended station")
    if station.capacity != 1:
        findings.add(f"{path}.changeover", "needs a capacity of 1")
    for before, row in changeover.minutes.items():
        for after, minutes in row.items():
            findings.minute(f"{path}.changeover.minutes.{before}.{after}", minutes)


def _check_jobs(problem: Problem, findings: Findings) -> None:
    findings.unique_ids("$.jobs", (job.id for job in problem.jobs))
    resources = {resource.id for resource in problem.resources}
    for index, job in enumerate(problem.jobs):
        path = f"$.jobs[{index}]"
        findings.minute(f"{path}.release", job.release)
        findings.minute(f"{path}.due", job.due)
        findings.cost(f"{path}.tardiness_cost", job.tardiness_cost)
        findings.cost(f"{path}.earliness_cost", job.earliness_cost)
        _check_options(path, job, problem, findings)
        _check_holds(path, job, problem, resources, findings)


def _check_options(path: str, job: Job, problem: Problem, findings: Findings) -> None:
    if not job.options:
        findings.add(f"{path}.options", "needs at least one option")
    seen: set[str] = set()
    for position, option in enumerate(job.options):
        option_path = f"{path}.options[{position}]"
        if option.line in seen:
            findings.add(f"{option_path}.line", f"line {option.line!r} stands twice")
        seen.add(option.line)
        if findings.known(f"{option_path}.line", option.line, problem.line_by_id, "line"):
            count = len(problem.line_by_id[option.line].stations)
            if len(option.minutes) != count:
                found = len(option.minutes)
                findings.add(f"{option_path}.minutes", f"must have {count} entries, not {found}")
        for entry, minutes in enumerate(option.minutes):
            if type(minutes) is not int or not 0 <= minutes <= MAX_MINUTE:
                findings.minute(f"{option_path}.minutes[{entry}]", minutes)


def _check_holds(path: str, job: Job, problem: Problem, resources: set[str], findings: Findings) -> None:
    for position, hold in enumerate(job.holds):
        hold_path = f"{path}.holds[{position}]"
        findings.known(f"{hold_path}.resource", hold.resource, resources, "resource")
        if not findings.known(f"{hold_path}.line", hold.line, problem.line_by_id, "line"):
            continue
        stations = problem.line_by_id[hold.line].station_index
        first = findings.known(f"{hold_path}.from", hold.from_station, stations, "station")
        last = findings.known(f"{hold_path}.to", hold.to_station, stations, "station")
        if first and last and stations[hold.from_station] > stations[hold.to_station]:
            findings.add(hold_path, "its `from` comes after its `to`")


def _check_fixed(problem: Problem, findings: Findings) -> None:
    findings.unique_ids("$.fixed", (fixed.job for fixed in problem.fixed), key="job")
    for index, fixed in enumerate(problem.fixed):
        path = f"$.fixed[{index}]"
        if not findings.known(f"{path}.job", fixed.job, problem.job_by_id, "job"):
            continue
        if not findings.known(f"{path}.line", fixed.line, problem.line_by_id, "line"):
            continue
        if problem.job_by_id[fixed.job].option(fixed.line) is None:
            findings.add(f"{path}.line", f"job {fixed.job!r} has no option on line {fixed.line!r}")
            continue
        _check_fixed_route(path, fixed, problem.line_by_id[fixed.line], problem.now, findings)


def _check_fixed_route(path: str, fixed: FixedJob, line: Line, now: int, findings: Findings) -> None:
    latest = 0
    for position, operation in enumerate(fixed.operations):
        operation_path = f"{path}.operations[{position}]"
        if not findings.known(f"{operation_path}.station", operation.station, line.station_index, "station"):
            return
        station = line.stations[position] if position < len(line.stations) else None
        if station is None or station.id != operation.station:
            findings.add(f"{operation_path}.station", "the operations must follow the line from its start")
            return
        if position + 1 < len(fixed.operations) and operation.leave is None:
            findings.add(operation_path, "needs its `leave`, because a later operation has begun")
        latest = _check_fixed_operation(operation_path, operation, station, now, latest, findings)


def _check_fixed_operation(
    path: str, operation: FixedOperation, station: Station, now: int, latest: int, findings: Findings
) -> int:
    """Check one operation that follows minute `latest`; return its own latest minute."""
    start = operation.start
    if start is None and not station.attended:
        start = operation.enter
    given = {"enter": operation.enter, "start": start, "end": operation.end, "leave": operation.leave}
    missing: str | None = None
    for key, value in given.items():
        if value is None:
            missing = missing or key
            continue
        before = len(findings.issues)
        findings.minute(f"{path}.{key}", value)
        if len(findings.issues) > before:
            continue
        if missing is not None:
            findings.add(f"{path}.{key}", f"stands without `{missing}`, which happens before it")
        if value < latest:
            findings.add(f"{path}.{key}", f"{value} is before {latest}: the times must be in order")
        if value > now:
            findings.add(f"{path}.{key}", f"{value} is after now ({now})")
        latest = max(latest, value)
    if operation.remaining is not None:
        findings.minute(f"{path}.remaining", operation.remaining, low=1)
        if start is None or operation.end is not None:
            findings.add(f"{path}.remaining", "stands only with `start` and without `end`")
    return latest


def _check_previous(problem: Problem, findings: Findings) -> None:
    findings.unique_ids("$.previous", (previous.job for previous in problem.previous), key="job")
    for index, previous in enumerate(problem.previous):
        path = f"$.previous[{index}]"
        findings.known(f"{path}.job", previous.job, problem.job_by_id, "job")
        findings.known(f"{path}.line", previous.line, problem.line_by_id, "line")
        findings.minute(f"{path}.enter", previous.enter)
