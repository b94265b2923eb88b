"""A slow and obvious reference of the timing rule: minute by minute, and independent of the solver.

Jobs are placed one after another, each on a given line. A job takes the earliest times that all rules of the contract
allow, given the jobs placed before it, which do not move:

- in the line's first segment it stands behind all that were placed before it (a segment ends at a station of random
  access); in a later segment it takes the earliest gap, behind those that entered the segment in the same minute: gaps
  are tried from the front, each from the beginning;
- it enters no segment before that segment's `not_before`, and leaves the line not before `linger`;
- at an attended first station it enters when its work starts; where an earlier plan had it enter before that, it
  enters then, if it can;
- who takes a place needs room in that minute, even where it gives the place up at once;
- what has happened is taken as given.

Every rule says of some moment that it must be later. Each moment starts at its least value and is moved on by one
minute as long as a rule says so: what is found at last is the least that satisfies all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from scheduling import Job, Operation, Order, PlannedJob, Problem, Work

HORIZON = 4000
"""Minutes at which the reference gives up."""


@dataclass(frozen=True)
class Decision:
    """A job's line, minutes before which it enters no segment, and a minute before which it does not leave."""

    job: str
    line: str
    not_before: tuple[int, ...] = ()
    linger: int = 0


class NoTimesError(Exception):
    """A job finds no times before the horizon, or none that agree with its past."""


class NextGapError(Exception):
    """A job does not fit into the gap that is tried; the next one is behind one more job."""


class Board:
    """Jobs with their times, and what they occupy, minute by minute."""

    def __init__(self, problem: Problem, overtime: Sequence[str]) -> None:
        self.problem = problem
        self.jobs: dict[str, PlannedJob] = {}
        self.used: Counter[tuple[object, int]] = Counter()
        self.open = {calendar.id: [0] * (HORIZON + 1) for calendar in problem.calendars}
        spans = [(calendar.id, window) for calendar in problem.calendars for window in calendar.windows]
        spans += [(entry.calendar, entry.window) for entry in problem.overtime if entry.id in overtime]
        for calendar, (first, last) in spans:
            for minute in range(first, min(last, HORIZON)):
                self.open[calendar][minute] = 1

    def keep(self, job: PlannedJob) -> None:
        """The job now stands in everybody's way."""
        self.jobs[job.id] = job
        for thing, first, last in uses(self.problem, job):
            for minute in range(max(first, self.problem.now), last):
                self.used[thing, minute] += 1

    def segment_order(self, line: str, first: int) -> list[PlannedJob]:
        """Jobs on a line, by their entry at the first station of a segment; ties as they were placed."""
        there = [job for job in self.jobs.values() if job.line == line]
        return sorted(there, key=lambda job: job.operations[first].enter) if first else there


def uses(problem: Problem, planned: PlannedJob) -> list[tuple[object, int, int]]:
    """What a job occupies, each over [first, last): places at stations, places in buffers, units of resources."""
    line = problem.line_by_id[planned.line]
    at = planned.operations
    found: list[tuple[object, int, int]] = []
    for k, operation in enumerate(at):
        found.append((("station", line.id, k), operation.enter, operation.leave))
        if k + 1 < len(at):
            found.append((("buffer", line.id, k), operation.leave, at[k + 1].enter))
    for hold in problem.job_by_id[planned.id].holds:
        if hold.line == line.id:
            first, last = line.station_index[hold.from_station], line.station_index[hold.to_station]
            found.append((("resource", hold.resource), at[first].enter, at[last].leave))
    return found


def reference_times(
    problem: Problem, decisions: Sequence[Decision], overtime: Sequence[str] = ()
) -> dict[str, PlannedJob]:
    """The times of every job that finds any, in the order of the decisions."""
    board = Board(problem, overtime)
    for decision in decisions:
        try:
            board.keep(Placing(board, decision).times())
        except NoTimesError:
            continue
    return board.jobs


class Placing:
    """The moments of one job, and the rules that move them on."""

    def __init__(self, board: Board, decision: Decision) -> None:
        self.board, self.problem, self.decision = board, board.problem, decision
        self.now = self.problem.now
        self.job: Job = self.problem.job_by_id[decision.job]
        self.line = self.problem.line_by_id[decision.line]
        self.stations = self.line.stations
        option = self.job.option(decision.line)
        assert option is not None
        self.minutes = option.minutes
        fixed = self.problem.fixed_by_job.get(self.job.id)
        self.past = fixed.operations if fixed else ()
        self.has_begun = fixed is not None
        self.first_of = self._segments()
        self.place = {first: len(board.segment_order(self.line.id, 0)) if not first else 0 for first in self.first_of}

    def begin(self) -> None:
        """Every moment at its least value."""
        self.at = {name: [self.now] * len(self.stations) for name in ("enter", "start", "end", "leave")}
        for k, operation in enumerate(self.past):
            for name, moments in self.at.items():
                given = getattr(operation, name)
                moments[k] = self.now if given is None else given
        self._hold_back()

    def _segments(self) -> list[int]:
        """The first station of every station's segment."""
        first_of, first = [], 0
        for k, station in enumerate(self.stations):
            first_of.append(first)
            if station.order is Order.ANY:
                first = k + 1
        return first_of

    def _hold_back(self) -> None:
        at = self.at
        if not self.has_begun:
            at["enter"][0] = max(self.now, self.job.release)
        for segment, first in enumerate(sorted(set(self.first_of))):
            held = self.decision.not_before[segment] if segment < len(self.decision.not_before) else 0
            if not self.given("enter", first) and not (self.has_begun and first == 0):
                at["enter"][first] = max(at["enter"][first], held)
        if not self.given("leave", len(self.stations) - 1):
            at["leave"][-1] = max(at["leave"][-1], self.decision.linger)

    def given(self, name: str, k: int) -> bool:
        """Whether a moment has happened."""
        return k < len(self.past) and getattr(self.past[k], name) is not None

    def later(self, name: str, k: int) -> None:
        """Move a moment on by one minute."""
        if self.given(name, k) or self.at[name][k] >= HORIZON:
            raise NoTimesError
        self.at[name][k] += 1
        self.moved = True

    def times(self) -> PlannedJob:
        """Try gaps from the front on."""
        while True:
            try:
                return self.times_in_gap()
            except NextGapError:
                continue

    def times_in_gap(self) -> PlannedJob:
        """Move moments on until no rule asks for it."""
        self.begin()
        self.moved = True
        while self.moved:
            self.moved = False
            for k in range(len(self.stations)):
                self.come(k)
                self.work(k)
                self.go(k)
                self.keep_order(k)
                self.find_room(k)
            self.keep_waits()
            self.find_resources()
        return self.planned()

    def planned(self) -> PlannedJob:
        moments = zip(self.stations, *self.at.values(), strict=True)
        return PlannedJob(self.job.id, self.line.id, tuple(Operation(station.id, *rest) for station, *rest in moments))

    def come(self, k: int) -> None:
        """R3-move, and no idle stay at the first station."""
        enter, leave = self.at["enter"], self.at["leave"]
        if k:
            while enter[k] < leave[k - 1]:
                self.later("enter", k)
            if self.stations[k - 1].buffer_after == 0:
                while leave[k - 1] < enter[k] and not (self.given("leave", k - 1) and self.given("enter", k)):
                    self.later("leave", k - 1)
        elif self.stations[0].attended and not self.has_begun:
            before = self.problem.previous_by_job.get(self.job.id)
            needed = self.at["start"][0] if before is None else min(self.at["start"][0], before.enter)
            while enter[0] < needed:
                self.later("enter", 0)

    def work(self, k: int) -> None:
        """R2-work and R5-changeover."""
        enter, start, end = self.at["enter"], self.at["start"], self.at["end"]
        if self.given("end", k):
            return
        begun, minutes = start, self.minutes[k]
        if self.given("start", k):
            if self.past[k].remaining is not None:
                begun, minutes = [self.now] * len(start), self.past[k].remaining or 0
        else:
            while start[k] < enter[k]:
                self.later("start", k)
        unattended = not self.stations[k].attended
        if unattended:
            while enter[k] < start[k] and not self.given("start", k):
                self.later("enter", k)
        if unattended or minutes == 0 or self.stations[k].work is Work.UNSPLITTABLE:
            while end[k] < begun[k] + minutes:
                self.later("end", k)
            while begun[k] + minutes < end[k]:
                self.later("start", k)
        if unattended or minutes == 0:
            return
        is_open = self.board.open[self.stations[k].calendar or ""]
        if self.stations[k].work is Work.UNSPLITTABLE:
            while not all(is_open[begun[k] : end[k]]):
                self.later("start", k)
                self.later("end", k)
        else:
            while not is_open[start[k]] and not self.given("start", k):
                self.later("start", k)
            while not is_open[end[k] - 1] or sum(is_open[begun[k] : end[k]]) < minutes:
                self.later("end", k)
            while sum(is_open[begun[k] : end[k]]) > minutes:
                self.later("start", k)
        if self.stations[k].changeover is not None and not self.given("start", k):
            self.set_up(k, is_open)

    def set_up(self, k: int, is_open: list[int]) -> None:
        """R5-changeover behind whoever worked before."""
        changeover = self.stations[k].changeover
        worked = [other for other in self.ahead(k) if self.works(other, k)]
        free = worked[-1].operations[k].leave if worked else self.now
        family = self.problem.job_by_id[worked[-1].id].family if worked else changeover.initial
        while sum(is_open[free : self.at["start"][k]]) < changeover.between(family, self.job.family):
            self.later("start", k)

    def works(self, other: PlannedJob, k: int) -> bool:
        option = self.problem.job_by_id[other.id].option(self.line.id)
        return option is not None and option.minutes[k] > 0

    def go(self, k: int) -> None:
        """R1-route: it leaves when the work is done."""
        while self.at["leave"][k] < self.at["end"][k]:
            self.later("leave", k)

    def ahead(self, k: int) -> list[PlannedJob]:
        """Who stands in front in the segment of a station."""
        first = self.first_of[k]
        return self.board.segment_order(self.line.id, first)[: self.place[first]]

    def behind(self, k: int) -> list[PlannedJob]:
        """Who stands behind in the segment of a station."""
        first = self.first_of[k]
        return self.board.segment_order(self.line.id, first)[self.place[first] :]

    def keep_order(self, k: int) -> None:
        """R4-order, and R5-changeover of who comes next: behind those ahead, and in front of the others or not."""
        names = ("enter", "leave") if self.stations[k].order is Order.FIFO else ("enter",)
        for other in self.ahead(k):
            for name in names:
                while self.at[name][k] < getattr(other.operations[k], name) and not self.given(name, k):
                    self.later(name, k)
        for other in self.behind(k):
            overtaken = any(getattr(other.operations[k], name) < self.at[name][k] for name in names)
            tied = k == self.first_of[k] and other.operations[k].enter == self.at["enter"][k]
            if overtaken or tied or not self.leaves_time_for(other, k):
                self.place[self.first_of[k]] += 1
                raise NextGapError

    def leaves_time_for(self, other: PlannedJob, k: int) -> bool:
        """R5-changeover from this job to the next one with work, if that is the other."""
        changeover = self.stations[k].changeover
        working = [entry for entry in self.behind(k) if self.works(entry, k)]
        if changeover is None or self.minutes[k] == 0 or working[:1] != [other]:
            return True
        minutes = changeover.between(self.job.family, self.problem.job_by_id[other.id].family)
        is_open = self.board.open[self.stations[k].calendar or ""]
        return sum(is_open[self.at["leave"][k] : other.operations[k].start]) >= minutes

    def find_room(self, k: int) -> None:
        """R4-capacity and R3-buffer."""
        while self.is_full(("station", self.line.id, k), self.stations[k].capacity, ("enter", k), ("leave", k)):
            self.later("enter", k)
        places = self.stations[k].buffer_after
        if places and k + 1 < len(self.stations):
            while self.is_full(("buffer", self.line.id, k), places, ("leave", k), ("enter", k + 1)):
                self.later("leave", k)

    def is_full(self, thing: object, limit: int, first: tuple[str, int], last: tuple[str, int]) -> bool:
        begin, end = self.at[first[0]][first[1]], self.at[last[0]][last[1]]
        last_minute = max(end, begin + 1) if begin >= self.now else end
        return any(self.board.used[thing, minute] >= limit for minute in range(max(begin, self.now), last_minute))

    def find_resources(self) -> None:
        """R7-resource, the job's own other holds of the same resource included."""
        index = self.line.station_index
        own: list[tuple[str, int, int]] = []
        for hold in self.job.holds:
            if hold.line != self.line.id:
                continue
            first, last = index[hold.from_station], index[hold.to_station]
            count = next(entry.count for entry in self.problem.resources if entry.id == hold.resource)
            while self.lacks_unit(hold.resource, count, first, last, own):
                self.later("enter", first)
            own.append((hold.resource, first, last))

    def lacks_unit(self, name: str, count: int, first: int, last: int, own: list[tuple[str, int, int]]) -> bool:
        enter, leave = self.at["enter"], self.at["leave"]
        last_minute = max(leave[last], enter[first] + 1) if enter[first] >= self.now else leave[last]
        return any(
            self.board.used[("resource", name), minute]
            + sum(other == name and enter[begin] <= minute < leave[until] for other, begin, until in own)
            >= count
            for minute in range(max(enter[first], self.now), last_minute)
        )

    def keep_waits(self) -> None:
        """R6-wait: what is too early is done later."""
        for wait in self.line.max_waits:
            first, last = self.line.station_index[wait.from_station], self.line.station_index[wait.to_station]
            if self.given("end", first) and self.given("start", last):
                continue
            while self.at["start"][last] - self.at["end"][first] > wait.minutes:
                self.later("end", first)
