"""What the rules look at: the soundly built jobs of a plan, what was given of them, and the open minutes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scheduling.plan import Operation, Plan, PlannedJob
from scheduling.problem import FixedJob, FixedOperation, Job, Line, Option, Problem, Window


@dataclass(frozen=True)
class Visit:
    """One planned job with everything known of it."""

    job: Job
    line: Line
    option: Option
    planned: PlannedJob
    fixed: FixedJob | None

    def at(self, index: int) -> Operation:
        """The planned operation at a station."""
        return self.planned.operations[index]

    def given(self, index: int, *names: str) -> bool:
        """Whether all these values of the operation are history."""
        if self.fixed is None or index >= len(self.fixed.operations):
            return False
        return all(getattr(self.fixed.operations[index], name) is not None for name in names)

    def history(self, index: int) -> FixedOperation | None:
        """What was given of the operation at a station."""
        if self.fixed is None or index >= len(self.fixed.operations):
            return None
        return self.fixed.operations[index]


class OpenMinutes:
    """Which minutes a calendar has open, by counting."""

    def __init__(self, windows: Iterable[Window]) -> None:
        self.windows: list[Window] = []
        self.opened: list[int] = []
        total = 0
        for start, end in sorted(windows):
            if self.windows and self.windows[-1][1] == start:
                self.windows[-1] = (self.windows[-1][0], end)
            else:
                self.windows.append((start, end))
                self.opened.append(total)
            total += end - start
        self.starts = [start for start, _ in self.windows]

    def _until(self, minute: int) -> int:
        index = bisect_right(self.starts, minute) - 1
        if index < 0:
            return 0
        start, end = self.windows[index]
        return self.opened[index] + min(minute, end) - start

    def count(self, start: int, end: int) -> int:
        """Open minutes in [start, end); 0 where it is empty."""
        return max(0, self._until(end) - self._until(start))

    def is_open(self, minute: int) -> bool:
        """Whether this minute is open."""
        return self.count(minute, minute + 1) == 1

    def in_one_window(self, start: int, end: int) -> bool:
        """Whether every minute of [start, end) is open."""
        return self.count(start, end) == end - start


class Evidence:
    """A plan's sound jobs, and the calendars with the overtime that it names."""

    def __init__(self, problem: Problem, plan: Plan, sound: Sequence[PlannedJob]) -> None:
        self.problem = problem
        self.plan = plan
        self.now = problem.now
        self.jobs = [self._visit(planned) for planned in sound]
        self.by_line: dict[str, list[Visit]] = {line.id: [] for line in problem.lines}
        for visit in self.jobs:
            self.by_line[visit.line.id].append(visit)
        named = set(plan.overtime)
        self.calendars = {
            calendar.id: OpenMinutes(
                [
                    *calendar.windows,
                    *(
                        entry.window
                        for entry in problem.overtime
                        if entry.calendar == calendar.id and entry.id in named
                    ),
                ]
            )
            for calendar in problem.calendars
        }

    def _visit(self, planned: PlannedJob) -> Visit:
        job = self.problem.job_by_id[planned.id]
        option = job.option(planned.line)
        assert option is not None, "only sound jobs come here"  # noqa: S101
        fixed = self.problem.fixed_by_job.get(planned.id)
        if fixed is not None and fixed.line != planned.line:
            fixed = None
        return Visit(job, self.problem.line_by_id[planned.line], option, planned, fixed)
