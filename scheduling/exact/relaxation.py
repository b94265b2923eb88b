"""Each job alone in an empty factory with all overtime and no changeovers: what no plan can beat."""

from __future__ import annotations

from dataclasses import replace

from scheduling.explain.conflicts import why_unscheduled
from scheduling.history import required_overtime
from scheduling.plan import PlannedJob, Unscheduled
from scheduling.problem import Job, Option, Problem
from scheduling.simulator.schedule import Schedule


class Relaxation:
    """Earliest completions without any other job, and the lower bound and the refusals that follow."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._empty: Schedule | None = None
        self._alone: dict[tuple[str, str], PlannedJob | None] = {}

    def alone(self, job: Job, option: Option) -> PlannedJob | None:
        """The earliest times of a job that is alone on a line, or None where it fits at no time."""
        key = (job.id, option.line)
        if key not in self._alone:
            schedule = self._empty_schedule()
            number = schedule.number[job.id]
            self._alone[key] = None
            if schedule.append(number, schedule.line_number[option.line]):
                self._alone[key] = schedule.jobs()[0]
                schedule.drop(number)
        return self._alone[key]

    def _empty_schedule(self) -> Schedule:
        """Nothing has happened yet, all overtime is worked, and no station needs setting up."""
        if self._empty is None:
            lines = tuple(
                replace(line, stations=tuple(replace(station, changeover=None) for station in line.stations))
                for line in self.problem.lines
            )
            fixed = self.problem.fixed_by_job
            jobs = tuple(replace(job, release=0) if job.id in fixed else job for job in self.problem.jobs)
            self._empty = Schedule(
                replace(self.problem, lines=lines, jobs=jobs, fixed=(), previous=()),
                frozenset(entry.id for entry in self.problem.overtime),
            )
        return self._empty

    def options(self, job: Job) -> tuple[Option, ...]:
        """The options on which the job fits at some time; of a job that has begun, its line's."""
        fixed = self.problem.fixed_by_job.get(job.id)
        if fixed is not None:
            return tuple(option for option in job.options if option.line == fixed.line)
        return tuple(option for option in job.options if self.alone(job, option) is not None)

    def earliest_done(self, job: Job) -> int:
        """A minute before which a job cannot leave its line; of one that has begun, when it left, or now."""
        fixed = self.problem.fixed_by_job.get(job.id)
        if fixed is not None and fixed.operations:
            line = self.problem.line_by_id[fixed.line]
            left = fixed.operations[-1].leave if len(fixed.operations) == len(line.stations) else None
            return self.problem.now if left is None else left
        done = [planned.done for option in self.options(job) if (planned := self.alone(job, option))]
        return min(done, default=self.problem.now)

    def lower_bound(self) -> int:
        """A total below which no plan with every job can be."""
        problem = self.problem
        total = sum(entry.cost for entry in problem.overtime if entry.id in required_overtime(problem))
        last = 0
        for job in problem.jobs:
            done = self.earliest_done(job)
            last = max(last, done)
            total += job.tardiness_cost * max(0, done - job.due)
        return total + problem.objective.makespan_minute * last

    def why_unscheduled(self, job: Job) -> Unscheduled:
        """Why a job is left out: a rule that no line can keep, or no room beside the others."""
        return why_unscheduled(self.problem, job)
