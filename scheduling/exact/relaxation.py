"""Each job alone in an empty factory with all overtime and no changeovers: what no plan can beat."""

from __future__ import annotations

from dataclasses import replace

from scheduling.explain.conflicts import why_unscheduled
from scheduling.history import required_overtime
from scheduling.layout import Placed
from scheduling.placement import Board, CannotPlaceError
from scheduling.plan import Unscheduled
from scheduling.problem import Job, Option, Problem


class Relaxation:
    """Earliest completions without any other job, and the lower bound and the refusals that follow."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        lines = tuple(
            replace(line, stations=tuple(replace(station, changeover=None) for station in line.stations))
            for line in problem.lines
        )
        everything = frozenset(entry.id for entry in problem.overtime)
        self.board = Board(replace(problem, lines=lines), everything)
        self._alone: dict[tuple[str, str], Placed | None] = {}

    def alone(self, job: Job, option: Option) -> Placed | None:
        """The earliest times of a job that is alone on a line, or None where it fits at no time."""
        key = (job.id, option.line)
        if key not in self._alone:
            try:
                self._alone[key] = self.board.times(job, option)
            except CannotPlaceError:
                self._alone[key] = None
        return self._alone[key]

    def options(self, job: Job) -> tuple[Option, ...]:
        """The options on which the job fits at some time; of a job that has begun, its line's."""
        fixed = self.problem.fixed_by_job.get(job.id)
        if fixed is not None:
            return tuple(option for option in job.options if option.line == fixed.line)
        return tuple(option for option in job.options if self.alone(job, option) is not None)

    def lower_bound(self) -> int:
        """A total below which no plan with every job can be."""
        problem = self.problem
        total = sum(entry.cost for entry in problem.overtime if entry.id in required_overtime(problem))
        last = 0
        for job in problem.jobs:
            done = [placed.leave[-1] for option in self.options(job) if (placed := self.alone(job, option))]
            if done:
                last = max(last, min(done))
                total += job.tardiness_cost * max(0, min(done) - job.due)
        return total + problem.objective.makespan_minute * last

    def why_unscheduled(self, job: Job) -> Unscheduled:
        """Why a job is left out: a rule that no line can keep, or no room beside the others."""
        return why_unscheduled(self.problem, job)
