"""The variables of the CP-SAT model: every job's times on every line it may take, and its work in open minutes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ortools.sat.python import cp_model

from scheduling.calendars import open_times
from scheduling.exact.bounds import Narrowed
from scheduling.exact.spans import Span, spans_of
from scheduling.exact.work_cases import CaseTable, WorkCase, segments_of_calendar
from scheduling.history import fixed_operation, required_overtime
from scheduling.problem import Job, Line, Option, Problem, Window, Work

Expression = Any
Value = Callable[[Expression], int]
Derived = tuple[Expression, Callable[[Value], int]]
"""A variable, and its value given those of the variables that were made before it."""


@dataclass
class Visit:
    """The variables of one job on one line. A value that is history is a plain integer."""

    job: Job
    line: Line
    option: Option
    present: Expression
    enter: list[Expression] = field(default_factory=list)
    start: list[Expression] = field(default_factory=list)
    end: list[Expression] = field(default_factory=list)
    leave: list[Expression] = field(default_factory=list)


class VisitModel:
    """Jobs, their lines and their times; what binds jobs to one another is added by `PlanModel`."""

    def __init__(
        self,
        problem: Problem,
        options: Mapping[str, Sequence[Option]],
        must_schedule: bool = True,
        worst_total: int | None = None,
        narrowed: Narrowed | None = None,
    ) -> None:
        self.problem = problem
        self.must_schedule = must_schedule
        self.worst_total = worst_total if must_schedule else None
        self.narrowed = narrowed if must_schedule else None
        self.derived: list[Derived] = []
        self.open_times = open_times(problem, [entry.id for entry in problem.overtime])
        self.model = cp_model.CpModel()
        self.now = problem.now
        self.horizon = self._horizon()
        self.worked = required_overtime(problem)
        self.chosen = {
            entry.id: self.model.new_bool_var(f"overtime {entry.id}")
            for entry in problem.overtime
            if entry.id not in self.worked
        }
        self.tables = {
            calendar.id: CaseTable(segments_of_calendar(problem, calendar.id, self.worked))
            for calendar in problem.calendars
        }
        self.work_cases: list[tuple[Expression, Expression, Expression, Any, WorkCase]] = []
        """For each case of each work: its literal, whether the job is there, the start, its domain, the case."""
        self.visits: list[Visit] = []
        self.scheduled: dict[str, Expression] = {}
        for job in problem.jobs:
            self._add_job(job, options.get(job.id, ()))
        self.by_line = {line.id: [visit for visit in self.visits if visit.line.id == line.id] for line in problem.lines}

    def _horizon(self) -> int:
        """A minute after which nothing needs to happen in some best plan: the calendars have ended, everything
        is due, and all unattended work has been done one after the other."""
        problem = self.problem
        minutes = [problem.now, 0]
        minutes += [end for calendar in problem.calendars for _, end in calendar.windows]
        minutes += [entry.window[1] for entry in problem.overtime]
        minutes += [max(job.release, job.due) for job in problem.jobs]
        minutes += [entry.enter for entry in problem.previous]
        unattended = 0
        for job in problem.jobs:
            unattended += max(sum(option.minutes) for option in job.options)
        remaining = [op.remaining or 0 for fixed in problem.fixed for op in fixed.operations]
        return max(minutes) + unattended + sum(remaining) + 1

    def _latest(self, job: Job) -> int:
        """A minute by which the job is done in every plan that is better than the worst one allowed."""
        latest = self.horizon
        if self.worst_total is not None:
            if job.tardiness_cost:
                latest = min(latest, job.due + self.worst_total // job.tardiness_cost)
            if self.problem.objective.makespan_minute:
                latest = min(latest, self.worst_total // self.problem.objective.makespan_minute)
        return max(latest, self.now)

    def _add_job(self, job: Job, options: Sequence[Option]) -> None:
        """R1: one line of the options, or left out where that is allowed."""
        options = [option for option in options if self._done_window(job, option) is not None]
        if not options:
            return
        model = self.model
        free = not self.must_schedule and job.id not in self.problem.fixed_by_job
        presents: list[Expression] = []
        for option in options:
            certain = len(options) == 1 and not free
            presents.append(True if certain else model.new_bool_var(f"{job.id} on {option.line}"))
            self._add_visit(job, option, presents[-1])
        if free:
            self.scheduled[job.id] = model.new_bool_var(f"{job.id} scheduled")
            model.add(sum(presents) == self.scheduled[job.id])
        elif len(presents) > 1:
            model.add_exactly_one(presents)

    def _done_window(self, job: Job, option: Option) -> Window | None:
        """When the job can be done on this line in a plan that is good enough; None: it cannot run there."""
        anytime = (0, self.horizon)
        return anytime if self.narrowed is None else self.narrowed.done.get((job.id, option.line), anytime)

    def _given(self, visit: Visit, index: int, name: str) -> int | None:
        operation = fixed_operation(self.problem, visit.job.id, index)
        return None if operation is None else getattr(operation, name)

    def derive(self, variable: Expression, value: Callable[[Value], int]) -> None:
        """Remember how to complete a hint: the value of a variable that follows from jobs' times."""
        self.derived.append((variable, value))

    def _when(self, constraint: Any, *literals: Expression) -> None:
        """Enforce a constraint only where these literals hold."""
        conditions = [literal for literal in literals if literal is not True]
        if conditions and not isinstance(constraint, bool):
            constraint.only_enforce_if(conditions)

    def _require(self, relation: Any, *literals: Expression) -> None:
        """Add a linear relation, which may be a plain truth value, where these literals hold."""
        conditions = [literal for literal in literals if literal is not True]
        if isinstance(relation, bool):
            if not relation:
                self.model.add_bool_or([literal.negated() for literal in conditions])
            return
        self._when(self.model.add(relation), *conditions)

    def _add_visit(self, job: Job, option: Option, present: Expression) -> None:
        """R3-move, R8: the chain of entries and departures; history as it was, the rest now or later."""
        line = self.problem.line_by_id[option.line]
        visit = Visit(job, line, option, present)
        spans = self._spans(job, option)
        for index, station in enumerate(line.stations):
            span = spans[index]
            name = f"{job.id} {line.id} {station.id}"
            given = self._given(visit, index, "enter")
            if given is not None:
                enter: Expression = given
            elif index and line.stations[index - 1].buffer_after == 0:
                enter = visit.leave[index - 1]
            else:
                enter = self.model.new_int_var(span.enter_from, span.start_to, f"{name} enter")
            visit.enter.append(enter)
            leave = self._given(visit, index, "leave")
            if leave is None:
                visit.leave.append(self.model.new_int_var(span.leave_from, span.leave_to, f"{name} leave"))
            else:
                visit.leave.append(leave)
            self._add_work(visit, index, span)
            if index and (given is None or self._given(visit, index - 1, "leave") is None):
                self._require(visit.enter[index] >= visit.leave[index - 1], present)
                if line.stations[index - 1].buffer_after == 0:
                    self._require(visit.enter[index] == visit.leave[index - 1], present)
        self.visits.append(visit)

    def _spans(self, job: Job, option: Option) -> list[Span]:
        """The bounds on the times at every station; of a job that has begun, only that nothing new is before now."""
        line = self.problem.line_by_id[option.line]
        begun = job.id in self.problem.fixed_by_job
        low = self.now if begun else max(self.now, job.release)
        first_done, last_done = self._done_window(job, option) or (0, self.horizon)
        high = max(low, min(self._latest(job), last_done))
        spans = None if begun else spans_of(line, option, self.open_times, low, high)
        if spans is None:
            return [Span(low, high, low, high)] * len(line.stations)
        leave_from = min(max(spans[-1].leave_from, first_done), high)
        return [*spans[:-1], replace(spans[-1], leave_from=leave_from)]

    def _add_work(self, visit: Visit, index: int, span: Span) -> None:
        """R2-work: the open minutes between start and end are the minutes of work, in one window if unsplittable."""
        station, minutes = visit.line.stations[index], visit.option.minutes[index]
        start, end = self._given(visit, index, "start"), self._given(visit, index, "end")
        if start is not None:
            visit.start.append(start)
            visit.end.append(self._rest_of_work(visit, index, start) if end is None else end)
        elif station.work is Work.UNATTENDED:
            visit.start.append(visit.enter[index])
            visit.end.append(visit.enter[index] + minutes)
        else:
            variable = self.model.new_int_var(span.enter_from, span.start_to, f"{visit.job.id} {station.id} start")
            visit.start.append(variable)
            self._require(variable >= visit.enter[index], visit.present)
            visit.end.append(variable if minutes == 0 else self._attended_end(visit, index, span))
        if self._given(visit, index, "leave") is None:
            self._require(visit.end[index] <= visit.leave[index], visit.present)

    def _attended_end(self, visit: Visit, index: int, span: Span) -> Expression:
        station, minutes, start = visit.line.stations[index], visit.option.minutes[index], visit.start[index]
        splittable = station.work is Work.PAUSABLE
        table = self.tables[station.calendar or ""].cases(minutes, span.enter_from, span.start_to, splittable)
        literals: list[tuple[WorkCase, Expression]] = []
        for case, intervals in table.items():
            literal = self.model.new_bool_var(f"{visit.job.id} {station.id} spans {case.closed}")
            domain = cp_model.Domain.from_intervals(intervals)
            self.model.add_linear_expression_in_domain(start, domain).only_enforce_if(literal)
            self._bind_overtime(case, literal)
            self.work_cases.append((literal, visit.present, start, domain, case))
            literals.append((case, literal))
        self.model.add(sum(literal for _, literal in literals) == (1 if visit.present is True else visit.present))
        return start + minutes + sum(case.closed * literal for case, literal in literals)

    def _bind_overtime(self, case: WorkCase, literal: Expression) -> None:
        for name in case.opened:
            self.model.add_implication(literal, self.chosen[name])
        for name in case.shut:
            self.model.add_implication(literal, self.chosen[name].negated())

    def _rest_of_work(self, visit: Visit, index: int, start: int) -> Expression:
        """The end of work under way; it depends on the overtime chosen, and is now or later."""
        operation = fixed_operation(self.problem, visit.job.id, index)
        remaining = None if operation is None else operation.remaining
        base, minutes = (start, visit.option.minutes[index]) if remaining is None else (self.now, remaining)
        station = visit.line.stations[index]
        if station.work is Work.UNATTENDED or minutes == 0:
            self._require(base + minutes >= self.now, visit.present)
            return base + minutes
        ends = self.tables[station.calendar or ""].ends(base, minutes, station.work is Work.PAUSABLE)
        literals = []
        for end, case in ends:
            if end >= self.now:
                literal = self.model.new_bool_var(f"{visit.job.id} {station.id} ends {end}")
                self._bind_overtime(case, literal)
                self.work_cases.append((literal, visit.present, start, cp_model.Domain(start, start), case))
                literals.append((end, literal))
        self.model.add_exactly_one([literal for _, literal in literals])
        return sum(end * literal for end, literal in literals)
