"""Every job on each of its lines as a row of numbers, and the lines as arrays: what the compiled pricing reads.

Minutes are counted from `now`. A job that has begun starts from where it is; what it has paid by then is a constant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from scheduling.calendars import NEVER, OpenTime, open_times
from scheduling.exact import chains
from scheduling.problem import FixedJob, Job, Option, Problem, Station, Work

_KINDS = {
    Work.UNATTENDED: chains.UNATTENDED,
    Work.PAUSABLE: chains.PAUSABLE,
    Work.UNSPLITTABLE: chains.UNSPLITTABLE,
}


class LineArrays:
    """The places of all lines, and the open minutes of all calendars with every overtime, for `span` minutes."""

    def __init__(self, problem: Problem, span: int) -> None:
        self.first_place: dict[str, int] = {}
        stations: list[Station] = []
        for line in problem.lines:
            self.first_place[line.id] = len(stations)
            stations += list(line.stations)
        self.capacity = np.array([station.capacity for station in stations], np.int64)
        names = [calendar.id for calendar in problem.calendars]
        kinds = np.array([_KINDS[station.work] for station in stations], np.int64)
        calendars = np.array([names.index(s.calendar) if s.calendar else 0 for s in stations], np.int64)
        self.layout = (kinds, calendars, np.array([station.buffer_after > 0 for station in stations]))
        self.open_times = open_times(problem, [entry.id for entry in problem.overtime])
        tables = [_calendar_arrays(self.open_times[name], problem.now, span) for name in names]
        tables = tables or [_calendar_arrays(OpenTime(()), problem.now, span)]
        self.calendars = tuple(np.stack([table[part] for table in tables]) for part in range(3))


def _calendar_arrays(calendar: OpenTime, now: int, span: int) -> tuple[Any, Any, Any]:
    """Open minutes before each minute, the minute of each open one, the end of the window of each minute."""
    is_open = np.zeros(span, bool)
    window_end = np.zeros(span, np.int64)
    for start, end in zip(calendar.starts, calendar.ends, strict=True):
        first, last = max(0, start - now), min(span, end - now)
        if first < last:
            is_open[first:last] = True
            window_end[first:last] = end - now
    opened = np.zeros(span + 1, np.int64)
    np.cumsum(is_open, out=opened[1:])
    minute_of = np.zeros(span, np.int64)
    minute_of[: opened[-1]] = np.flatnonzero(is_open)
    return opened, minute_of, window_end


class Candidates:
    """The table of candidates: `table` and `minutes` by candidate, `of_job` the candidates of each job.

    `paid` is what jobs that have left their line cost (in `SCALE`), `last_left` when the last of them left.
    """

    def __init__(self, problem: Problem, options: Mapping[str, Sequence[Option]], lines: LineArrays) -> None:
        self._problem, self._lines = problem, lines
        self._rows: list[list[int]] = []
        self._minutes: list[Sequence[int]] = []
        self.job_of: list[int] = []
        self.names: list[tuple[str, str]] = []
        """Job and line of each candidate."""
        self.paid = 0
        self.last_left = 0
        self.jobs: list[Job] = []
        for job in problem.jobs:
            self._add_job(job, options[job.id])
        width = max((len(entry) for entry in self._minutes), default=1)
        self.minutes = np.zeros((len(self._rows), width), np.int64)
        for index, entry in enumerate(self._minutes):
            self.minutes[index, : len(entry)] = entry
        self.table = np.array(self._rows, np.int64).reshape(-1, chains.COLUMNS)

    def _add_job(self, job: Job, options: Sequence[Option]) -> None:
        fixed = self._problem.fixed_by_job.get(job.id)
        before = len(self._rows)
        for option in options:
            if fixed is None:
                self._add_new(job, option)
            else:
                self._add_begun(job, option, fixed)
        if len(self._rows) > before:
            self.job_of += [len(self.jobs)] * (len(self._rows) - before)
            self.jobs.append(job)

    def _add_row(self, job: Job, option: Option, skipped: int = 0, **values: int) -> None:
        row = [0] * chains.COLUMNS
        row[chains.FIRST] = self._lines.first_place[option.line] + skipped
        row[chains.COUNT] = len(option.minutes) - skipped
        row[chains.READY] = values.get("ready", -1)
        row[chains.EARLIEST] = values.get("earliest", 0)
        row[chains.AT_ONCE] = values.get("at_once", 0)
        row[chains.PREVIOUS] = values.get("previous", 0)
        row[chains.SHIFT_HOUR] = values.get("shift_hour", 0)
        row[chains.DUE] = job.due - self._problem.now
        row[chains.TARDINESS], row[chains.EARLINESS] = job.tardiness_cost, job.earliness_cost
        row[chains.CONSTANT] = chains.SCALE * values.get("constant", 0)
        self._rows.append(row)
        self.names.append((job.id, option.line))
        self._minutes.append(option.minutes[skipped:])

    def _line_change(self, job: Job, option: Option) -> int:
        previous = self._problem.previous_by_job.get(job.id)
        return self._problem.objective.line_change if previous is not None and previous.line != option.line else 0

    def _add_new(self, job: Job, option: Option) -> None:
        previous = self._problem.previous_by_job.get(job.id)
        self._add_row(
            job,
            option,
            earliest=max(0, job.release - self._problem.now),
            previous=0 if previous is None else previous.enter - self._problem.now,
            shift_hour=0 if previous is None else self._problem.objective.shift_hour,
            constant=self._line_change(job, option),
        )

    def _add_begun(self, job: Job, option: Option, fixed: FixedJob) -> None:
        """From where the job is: at a station that it has entered, at work there, or about to enter the next."""
        now, constant = self._problem.now, self._line_change(job, option)
        previous = self._problem.previous_by_job.get(job.id)
        if not fixed.operations:
            shift = 0 if previous is None else self._problem.objective.shift_hour
            before = 0 if previous is None else previous.enter - now
            self._add_row(job, option, previous=before, shift_hour=shift, constant=constant)
            return
        if previous is not None:
            constant += self._problem.objective.shift_hour * abs(fixed.operations[0].enter - previous.enter) // 60
        last, index = fixed.operations[-1], len(fixed.operations) - 1
        if last.leave is None:
            ready = self._ready(option, fixed)
            at_once = int(ready < 0)
            self._add_row(job, option, index, ready=ready, at_once=at_once, constant=constant)
        elif index + 1 < len(option.minutes):
            self._add_row(job, option, index + 1, constant=constant)
        else:
            late = last.leave - job.due
            cost = job.tardiness_cost * late if late > 0 else -job.earliness_cost * late
            self.paid += chains.SCALE * (cost + constant)
            self.last_left = max(self.last_left, last.leave)

    def _ready(self, option: Option, fixed: FixedJob) -> int:
        """The first minute at which work under way can have ended, with all overtime; -1 where it has not begun."""
        last, now = fixed.operations[-1], self._problem.now
        if last.end is not None:
            return 0
        if last.start is None:
            return -1
        index = len(fixed.operations) - 1
        base, minutes = (last.start, option.minutes[index]) if last.remaining is None else (now, last.remaining)
        station = self._problem.line_by_id[fixed.line].stations[index]
        if minutes == 0 or station.work is not Work.PAUSABLE:
            return max(0, base + minutes - now)
        end = self._lines.open_times[station.calendar or ""].finish(base, minutes)
        return NEVER if end == NEVER else max(0, end - now)
