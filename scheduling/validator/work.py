"""R2 work in open minutes, R5 changeovers, R6 waits, R8 now, release and history."""

from __future__ import annotations

from scheduling.plan import Violation
from scheduling.problem import Station, Work
from scheduling.validator.evidence import Evidence, OpenMinutes, Visit


def work_violations(evidence: Evidence) -> list[Violation]:
    """Violations of the rules that look at one job, or at neighbours at one station."""
    found: list[Violation] = _worked_overtime_violations(evidence)
    for visit in evidence.jobs:
        for index, station in enumerate(visit.line.stations):
            found += _work_violations(evidence, visit, index, station)
        found += _wait_violations(visit)
        found += _begin_violations(evidence, visit)
        found += _history_violations(evidence, visit)
    for line in evidence.problem.lines:
        for index in range(len(line.stations)):
            found += _changeover_violations(evidence, evidence.by_line[line.id], index)
    return found


def _place(visit: Visit, index: int) -> str:
    return f"job {visit.job.id!r} at {visit.line.stations[index].id!r}"


def _worked_overtime_violations(evidence: Evidence) -> list[Violation]:
    """R2-overtime: a window in which given attended work began or ended has been worked, and is named."""
    found: list[Violation] = []
    for fixed in evidence.problem.fixed:
        line = evidence.problem.line_by_id[fixed.line]
        option = evidence.problem.job_by_id[fixed.job].option(fixed.line)
        for index, operation in enumerate(fixed.operations):
            station = line.stations[index]
            if not station.attended or option is None or option.minutes[index] == 0:
                continue
            minutes = {operation.start, None if operation.end is None else operation.end - 1} - {None}
            found += [
                Violation("R2-overtime", f"overtime {entry.id!r} was worked by {fixed.job!r}, and not named")
                for entry in evidence.problem.overtime
                if entry.calendar == station.calendar
                and entry.id not in evidence.plan.overtime
                and any(entry.window[0] <= minute < entry.window[1] for minute in minutes if minute is not None)
            ]
    return found


def _work_violations(evidence: Evidence, visit: Visit, index: int, station: Station) -> list[Violation]:
    """R2-work of one operation; waived where start and end are history."""
    if visit.given(index, "start", "end"):
        return []
    operation = visit.at(index)
    minutes = visit.option.minutes[index]
    history = visit.history(index)
    begun = evidence.now if history is not None and history.remaining is not None else operation.start
    if history is not None and history.remaining is not None:
        minutes = history.remaining
    if station.work is Work.UNATTENDED:
        faults = _unattended_faults(visit, index, begun, minutes)
    elif minutes == 0:
        faults = [] if operation.end == begun else ["work of 0 minutes ends when it starts"]
    else:
        calendar = evidence.calendars[station.calendar or ""]
        started = visit.given(index, "start")
        faults = _attended_faults(station.work, calendar, begun, operation.end, minutes, started)
    return [Violation("R2-work", f"{_place(visit, index)}: {fault}") for fault in faults]


def _unattended_faults(visit: Visit, index: int, begun: int, minutes: int) -> list[str]:
    operation = visit.at(index)
    faults = []
    if operation.start != operation.enter and not visit.given(index, "enter", "start"):
        faults.append("unattended work starts when the pallet enters")
    if operation.end - begun != minutes:
        faults.append(f"lasts {operation.end - begun} minutes, not {minutes}")
    return faults


def _attended_faults(work: Work, calendar: OpenMinutes, begun: int, end: int, minutes: int, started: bool) -> list[str]:
    faults = []
    if work is Work.UNSPLITTABLE:
        if end - begun != minutes:
            faults.append(f"lasts {end - begun} minutes, not {minutes}")
        if not calendar.in_one_window(begun, end):
            faults.append(f"[{begun}, {end}) does not lie in one window")
        return faults
    worked = calendar.count(begun, end)
    if worked != minutes:
        faults.append(f"has {worked} open minutes in [{begun}, {end}), not {minutes}")
    if not started and not calendar.is_open(begun):
        faults.append(f"starts at {begun}, which is closed")
    if not calendar.is_open(end - 1):
        faults.append(f"ends at {end}, after a closed minute")
    return faults


def _wait_violations(visit: Visit) -> list[Violation]:
    """R6-wait; waived where both ends are history."""
    found: list[Violation] = []
    for wait in visit.line.max_waits:
        first = visit.line.station_index[wait.from_station]
        last = visit.line.station_index[wait.to_station]
        waited = visit.at(last).start - visit.at(first).end
        history = visit.given(first, "end") and visit.given(last, "start")
        if waited > wait.minutes and not history:
            found.append(Violation("R6-wait", f"{_place(visit, last)} waited {waited} minutes, at most {wait.minutes}"))
    return found


def _begin_violations(evidence: Evidence, visit: Visit) -> list[Violation]:
    """R8-now and R8-release of a job that has not begun."""
    if visit.job.id in evidence.problem.fixed_by_job:
        return []
    found: list[Violation] = []
    if visit.planned.enter < evidence.now:
        found.append(Violation("R8-now", f"job {visit.job.id!r} enters before now"))
    if visit.planned.enter < visit.job.release:
        found.append(Violation("R8-release", f"job {visit.job.id!r} enters before its release"))
    return found


def _history_violations(evidence: Evidence, visit: Visit) -> list[Violation]:
    """R8-fixed: what is given is kept; what is absent of a job that has begun is now or later."""
    fixed = evidence.problem.fixed_by_job.get(visit.job.id)
    if fixed is None:
        return []
    if fixed.line != visit.line.id:
        return [Violation("R8-fixed", f"job {visit.job.id!r} has begun on line {fixed.line!r}")]
    found: list[Violation] = []
    for index in range(len(visit.line.stations)):
        history = visit.history(index)
        for name in ("enter", "start", "end", "leave"):
            planned = getattr(visit.at(index), name)
            given = None if history is None else getattr(history, name)
            if given is not None and planned != given:
                found.append(Violation("R8-fixed", f"{_place(visit, index)}: {name} is {planned}, not {given}"))
            elif given is None and planned < evidence.now:
                found.append(Violation("R8-fixed", f"{_place(visit, index)}: {name} is before now"))
    return found


def _changeover_violations(evidence: Evidence, visits: list[Visit], index: int) -> list[Violation]:
    """R5-changeover at one station: enough open minutes between neighbours, and before the first."""
    found: list[Violation] = []
    station = visits[0].line.stations[index] if visits else None
    if station is None or station.changeover is None:
        return found
    calendar = evidence.calendars[station.calendar or ""]
    worked = [visit for visit in visits if visit.option.minutes[index] > 0]
    worked.sort(key=lambda visit: (visit.at(index).enter, visit.at(index).leave, visit.at(index).start))
    family, free, left = station.changeover.initial, evidence.now, True
    for position, visit in enumerate(worked):
        needed = station.changeover.between(family, visit.job.family)
        start = visit.at(index).start
        waived = visit.given(index, "start") and (position == 0 or left)
        if not waived and calendar.count(free, start) < needed:
            found.append(
                Violation("R5-changeover", f"{_place(visit, index)}: less than {needed} open minutes before it")
            )
        family, free, left = visit.job.family, visit.at(index).leave, visit.given(index, "leave")
    return found
