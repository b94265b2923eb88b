"""Each job alone in an empty factory with all overtime and no changeovers: what no plan can beat."""

from __future__ import annotations

from dataclasses import replace

from scheduling.calendars import OpenTime, open_times
from scheduling.history import required_overtime
from scheduling.layout import Placed
from scheduling.placement import Board, CannotPlaceError
from scheduling.plan import Unscheduled
from scheduling.problem import Job, Option, Problem, Work


class Relaxation:
    """Earliest completions without any other job, and the lower bound and the refusals that follow."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        lines = tuple(
            replace(line, stations=tuple(replace(station, changeover=None) for station in line.stations))
            for line in problem.lines
        )
        everything = frozenset(entry.id for entry in problem.overtime)
        self.calendars = open_times(problem, everything)
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
        """Why a job is left out: no window, calendars that end, or no room beside the others."""
        if self.options(job):
            reason = "no room was found for it beside the other jobs before the calendars end"
            return Unscheduled(job.id, reason, "no-room")
        lacks = [self._lacking_window(job, option) for option in job.options]
        known = [lack for lack in lacks if lack is not None]
        if len(known) == len(lacks):
            minutes, station = min(known)
            reason = f"no eligible line has a calendar window of {minutes} minutes for {station}"
            return Unscheduled(job.id, reason, "no-window", {"minutes": minutes, "station": station})
        reason = "no eligible line can finish it before its calendars end, even with no other job"
        return Unscheduled(job.id, reason, "calendar-ends")

    def _lacking_window(self, job: Job, option: Option) -> tuple[int, str] | None:
        """The first station of a line whose calendar has no window for this job's unsplittable work."""
        begin = max(self.problem.now, job.release)
        stations = self.problem.line_by_id[option.line].stations
        for station, minutes in zip(stations, option.minutes, strict=True):
            calendar: OpenTime | None = self.calendars.get(station.calendar or "")
            if station.work is Work.UNSPLITTABLE and calendar and calendar.longest_window(begin) < minutes:
                return minutes, station.id
        return None
