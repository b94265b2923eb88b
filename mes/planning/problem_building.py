"""From the plant's situation and formed loads to a problem of the scheduling contract; no database here.

Minute 0 is the factory's midnight of today, or of the day on which the oldest load that is still on a line entered it.
What has happened comes from the loads that run: their starts and ends are `fixed`, a pallet leaves a station when
work at the next one starts (a finished pallet holds its station), and of work under way so many minutes remain as its
nominal duration has left, at least one.

Some pasts no plan can continue by the contract's rules: a machine that ran while the calendar was closed, two pallets
reported at a station for one, a station that was skipped. The engine is asked line by line; a load that cannot be
continued is left out, and its pallet, and its place where it stands in a chamber, are taken from what the plan may use
(at least one of each stays, for they come free again).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from mes.planning.pallet_forming import FormedLoad, Forming, due_minute, form_loads
from mes.planning.rules import PlanningRules
from mes.planning.situation import DemandElement, LineFacts, OperationFacts, RunningLoad, Situation, StationFacts
from mes.planning.working_time import Window, expand_windows, midnight, minutes_after, open_minutes
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
    PastError,
    PreviousStart,
    Problem,
    Resource,
    Station,
    Weights,
    Work,
)

MAX_PAST_DAYS = 7
PAST_SECONDS = 6.0
PALLET_LEAVES_AT = "demoulding"


@dataclass(frozen=True)
class BuiltProblem:
    """A problem, the loads it plans, and the running loads (by number) it had to leave out."""

    problem: Problem
    forming: Forming
    epoch: datetime
    running_left_out: tuple[int, ...] = ()


def epoch_of(situation: Situation) -> datetime:
    """Minute 0: midnight of today, or of the day on which the oldest load now on a line entered it."""
    today = midnight(situation.now, situation.zone)
    oldest = today - timedelta(days=MAX_PAST_DAYS)
    starts = [op.started_at for load in situation.running for op in load.operations if op.started_at is not None]
    return min([today, *(midnight(start, situation.zone) for start in starts if start >= oldest)])


def build_problem(
    situation: Situation,
    rules: PlanningRules,
    nesting_seconds: float,
    should_cancel: Callable[[], bool] | None = None,
) -> BuiltProblem:
    """Form the loads and write the problem."""
    epoch = epoch_of(situation)
    forming = form_loads(situation, rules, epoch, nesting_seconds, should_cancel)
    return problem_for(situation, rules, epoch, forming)


def problem_for(situation: Situation, rules: PlanningRules, epoch: datetime, forming: Forming) -> BuiltProblem:
    """The problem of given loads beside those that run."""
    writer = _Writer(situation, rules, epoch, forming.loads)
    continued = tuple(load for line in situation.lines for load in writer.continued_on(line))
    kept = {load.number for load in continued}
    left_out = tuple(load for load in situation.running if load.number not in kept)
    return BuiltProblem(
        writer.problem(continued, left_out, forming.loads),
        forming,
        epoch,
        tuple(sorted(load.number for load in left_out)),
    )


def running_job_id(load_number: int) -> str:
    """The job id of a load that is on its line already."""
    return f"RUN-{load_number}"


def work_minutes(situation: Situation, line: LineFacts, elements: Sequence[DemandElement]) -> tuple[int, ...]:
    """Minutes of work at each station: base per pallet, and per square metre of elements, rounded up."""
    family = elements[0].family
    area = sum(element.area_m2 for element in elements)
    minutes = []
    for station in line.stations:
        base, per_m2 = situation.routes.get((family, station.kind), (0, 0.0))
        minutes.append(base + math.ceil(round(per_m2 * area, 6)))
    return tuple(minutes)


def calendar_days(rules: PlanningRules, due_minutes: Sequence[int], now_minute: int, load_count: int) -> int:
    """Days of working hours to lay out from the epoch."""
    last_due = max([now_minute, *due_minutes]) // 1440
    return last_due + rules.calendar_spare_days + load_count // rules.loads_per_day


class _Writer:
    """Writes the parts of one problem."""

    def __init__(
        self, situation: Situation, rules: PlanningRules, epoch: datetime, loads: Sequence[FormedLoad]
    ) -> None:
        self.situation, self.rules, self.epoch = situation, rules, epoch
        self.now = -(-int((situation.now - epoch).total_seconds()) // 60)
        count = len(loads) + len(situation.running)
        days = calendar_days(rules, [load.due for load in loads], self.now, count)
        self.windows: dict[str, tuple[Window, ...]] = {
            calendar.code: expand_windows(calendar, epoch, days, situation.zone) for calendar in situation.calendars
        }

    def problem(
        self, continued: Sequence[RunningLoad], left_out: Sequence[RunningLoad], loads: Sequence[FormedLoad]
    ) -> Problem:
        jobs = [self.running_job(load) for load in continued] + [self.job(load) for load in loads]
        rules = self.rules
        return Problem(
            epoch=self.epoch.isoformat(),
            now=self.now,
            calendars=tuple(Calendar(code, windows) for code, windows in sorted(self.windows.items())),
            resources=tuple(self.pallets(line, left_out) for line in self.situation.lines),
            lines=tuple(self.line(line, continued, left_out) for line in self.situation.lines),
            jobs=tuple(jobs),
            objective=Weights(rules.changeover_minute, rules.makespan_minute, rules.line_change, rules.shift_hour),
            fixed=tuple(fixed for load in continued if (fixed := self.fixed(load)) is not None),
            previous=self.previous(loads),
        )

    def pallets(self, line: LineFacts, left_out: Sequence[RunningLoad]) -> Resource:
        gone = sum(load.line == line.code for load in left_out)
        return Resource(f"pallets-{line.code}", max(1, line.pallet_count - gone))

    def line(self, line: LineFacts, continued: Sequence[RunningLoad], left_out: Sequence[RunningLoad]) -> Line:
        initial = self.initial_family(line, continued, left_out)
        return Line(
            line.code,
            tuple(self.station(line, station, initial, left_out) for station in line.stations),
            tuple(MaxWait(*wait) for wait in line.max_waits),
        )

    def station(
        self, line: LineFacts, station: StationFacts, initial: str | None, left_out: Sequence[RunningLoad]
    ) -> Station:
        capacity = station.capacity
        if capacity > 1:
            capacity -= sum(load.line == line.code and load.at() == station.kind for load in left_out)
        changes = station.kind == self.rules.changeover.station and station.capacity == 1
        return Station(
            id=station.kind,
            work=Work(station.work),
            calendar=station.calendar,
            capacity=max(1, capacity),
            buffer_after=station.buffer_after,
            order=Order(station.order),
            changeover=self.changeover(line, initial) if changes and station.work != Work.UNATTENDED else None,
        )

    def changeover(self, line: LineFacts, initial: str | None) -> Changeover:
        minutes = self.rules.changeover.minutes
        families = sorted(line.families)
        table = {first: {then: minutes for then in families if then != first} for first in families}
        return Changeover(table, initial)

    def initial_family(
        self, line: LineFacts, continued: Sequence[RunningLoad], left_out: Sequence[RunningLoad]
    ) -> str | None:
        """What the changeover station was last set for, where only a load that is left out tells."""
        if any(load.line == line.code for load in continued):
            return None
        entered = [(first_start(load), load.family) for load in left_out if load.line == line.code]
        known = [(start, family) for start, family in entered if start is not None]
        return max(known)[1] if known else None

    def job(self, load: FormedLoad) -> Job:
        return Job(
            id=load.id,
            due=load.due,
            options=tuple(self.option(code, load.elements) for code in load.lines),
            family=load.family,
            release=0,
            tardiness_cost=self.rules.tardiness_cost_per_element * len(load.elements),
            earliness_cost=self.rules.earliness_cost,
            holds=tuple(self.pallet_hold(code) for code in load.lines),
        )

    def running_job(self, load: RunningLoad) -> Job:
        due = min(due_minute(element, self.rules, self.situation, self.epoch) for element in load.elements)
        return Job(
            id=running_job_id(load.number),
            due=due,
            options=(self.option(load.line, load.elements),),
            family=load.family,
            tardiness_cost=self.rules.tardiness_cost_per_element * len(load.elements),
            holds=(self.pallet_hold(load.line),),
        )

    def option(self, code: str, elements: Sequence[DemandElement]) -> Option:
        return Option(code, work_minutes(self.situation, self.situation.line(code), elements))

    def pallet_hold(self, code: str) -> Hold:
        kinds = [station.kind for station in self.situation.line(code).stations]
        last = PALLET_LEAVES_AT if PALLET_LEAVES_AT in kinds else kinds[-1]
        return Hold(f"pallets-{code}", code, kinds[0], last)

    def previous(self, loads: Sequence[FormedLoad]) -> tuple[PreviousStart, ...]:
        """Where the published plan had the same elements together on a load."""
        before = {load.serials: load for load in self.situation.waiting}
        found = []
        for load in loads:
            same = before.get(frozenset(element.serial for element in load.elements))
            if same is not None and same.line in load.lines:
                enter = max(0, minutes_after(self.epoch, same.enter))
                found.append(PreviousStart(load.id, same.line, enter))
        return tuple(found)

    def fixed(self, load: RunningLoad) -> FixedJob | None:
        """What has happened to a running load; None where its story is not one the contract can tell."""
        line = self.situation.line(load.line)
        begun = _begun_operations(load, line)
        if begun is None or not all(_in_order(begun, self.epoch, self.situation.now)):
            return None
        minutes = work_minutes(self.situation, line, load.elements)
        starts = [self.minute(operation.started_at) for operation in begun]
        operations = []
        for index, operation in enumerate(begun):
            leave = starts[index + 1] if index + 1 < len(begun) else None
            operations.append(self.fixed_operation(line.stations[index], operation, minutes[index], leave))
        return FixedJob(running_job_id(load.number), load.line, tuple(operations))

    def fixed_operation(
        self, station: StationFacts, operation: OperationFacts, minutes: int, leave: int | None
    ) -> FixedOperation:
        start = self.minute(operation.started_at)
        if operation.finished_at is not None:
            end = self.minute(operation.finished_at)
            return FixedOperation(station.kind, enter=start, start=start, end=end, leave=leave)
        worked = self.now - start
        if station.calendar is not None and station.work != Work.UNATTENDED:
            worked = open_minutes(self.windows[station.calendar], start, self.now)
        return FixedOperation(station.kind, enter=start, start=start, remaining=max(1, minutes - worked))

    def minute(self, moment: datetime | None) -> int:
        if moment is None:
            raise ValueError("an operation that has begun has no start")
        return min(self.now, minutes_after(self.epoch, moment))

    def continued_on(self, line: LineFacts) -> list[RunningLoad]:
        """The line's running loads that a plan can continue: all of them if possible, else as many as go together."""
        told = [load for load in self.situation.running if load.line == line.code and self.fixed(load) is not None]
        told.sort(key=lambda load: (first_start(load) or self.situation.now, load.number))
        if not told or self.can_continue(told, PAST_SECONDS / 2):
            return told
        return self.continued_together(told)

    def continued_together(self, told: Sequence[RunningLoad]) -> list[RunningLoad]:
        """One by one in order of entry, those that go with the ones before; none after the time is up."""
        kept: list[RunningLoad] = []
        until = time.monotonic() + PAST_SECONDS
        for load in told:
            if time.monotonic() < until and self.can_continue([*kept, load], 0.5):
                kept.append(load)
        return kept

    def can_continue(self, loads: Sequence[RunningLoad], seconds: float) -> bool:
        from scheduling import continue_past

        kept = {load.number for load in loads}
        left_out = [load for load in self.situation.running if load.number not in kept]
        try:
            continue_past(self.problem(loads, left_out, ()), seconds)
        except PastError:
            return False
        return True


def first_start(load: RunningLoad) -> datetime | None:
    """When work on the load began."""
    starts = [operation.started_at for operation in load.operations if operation.started_at is not None]
    return min(starts) if starts else None


def _begun_operations(load: RunningLoad, line: LineFacts) -> list[OperationFacts] | None:
    """The operations that have begun, if they are the line's first ones in order and all but the last are done."""
    by_kind = {operation.kind: operation for operation in load.operations}
    ordered = [by_kind.get(station.kind) for station in line.stations]
    begun = [operation for operation in ordered if operation is not None and operation.started_at is not None]
    is_first_ones = all(operation is begun[index] for index, operation in enumerate(ordered[: len(begun)]))
    is_told = is_first_ones and bool(begun) and all(operation.finished_at is not None for operation in begun[:-1])
    return begun if is_told else None


def _in_order(begun: Sequence[OperationFacts], epoch: datetime, now: datetime) -> list[bool]:
    moments = [epoch]
    for operation in begun:
        moments += [moment for moment in (operation.started_at, operation.finished_at) if moment is not None]
    moments.append(now)
    return [before <= after for before, after in pairwise(moments)]
