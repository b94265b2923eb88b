"""List dispatch: loads are appended to a line one after the other, each as early as it can go.

The baselines' own timing, short enough to read and apart from the solver's, so that what the solver is measured against
stays the same while the solver changes. It keeps the contract's rules for problems without a past: blocking,
capacities, breaks, changeovers in open minutes, waits, resources. Loads never overtake, but behind a station of random
access the first gap is taken. A buffer is 0 or ample (places for every job), and no overtime is worked.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from dataclasses import dataclass, field

from scheduling import Job, Line, Operation, Order, PlannedJob, Problem, Work
from scheduling.calendars import NEVER, OpenTime, open_times

MAX_ROUNDS = 500
"""How often waits and resources may push one load back before it counts as impossible."""


class CannotDispatchError(Exception):
    """A problem that dispatch does not understand, or a load that finds no open time on a line."""


@dataclass
class Times:
    """A load's minutes at each station of a line; as bounds: the earliest that are allowed."""

    enter: list[int]
    start: list[int]
    end: list[int]
    leave: list[int]

    @classmethod
    def zeros(cls, stations: int) -> Times:
        """No bound at all."""
        return cls([0] * stations, [0] * stations, [0] * stations, [0] * stations)

    @classmethod
    def of(cls, planned: PlannedJob) -> Times:
        """The times of a planned job, as bounds for timing it anew."""
        rows = planned.operations
        return cls([r.enter for r in rows], [r.start for r in rows], [r.end for r in rows], [r.leave for r in rows])


@dataclass
class Pool:
    """The units of a resource, with the spans in which they are used, in order of their starts, and those' ends."""

    count: int
    spans: list[tuple[int, int]] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def take(self, start: int, end: int) -> None:
        """Use one unit over [start, end)."""
        insort(self.spans, (start, end))
        insort(self.ends, end)

    def free_from(self, start: int, end: int) -> int:
        """The first minute at or after `start` from which a unit is free until `end`, as far as is known."""
        if len(self.ends) - bisect_right(self.ends, start) < self.count:
            return start
        used = [span for span in self.spans if span[1] > start and span[0] < end]
        if len(used) < self.count:
            return start
        for minute in sorted({start, *(span[1] for span in used)}):
            if _most_at_once([(max(first, minute), last) for first, last in used if last > minute]) < self.count:
                return minute
        raise AssertionError("behind the last span a unit is free")


def _most_at_once(spans: list[tuple[int, int]]) -> int:
    most = used = 0
    for _, change in sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans]):
        used += change
        most = max(most, used)
    return most


class LineBoard:
    """One line with the loads that were appended to it."""

    def __init__(self, problem: Problem, line: Line, pools: Mapping[str, Pool]) -> None:
        _refuse_what_is_not_understood(problem, line)
        self.problem, self.line, self.pools = problem, line, pools
        opened = open_times(problem, ())
        self.open: list[OpenTime | None] = [opened[s.calendar] if s.calendar else None for s in line.stations]
        self.leaves: list[list[int]] = [[] for _ in line.stations]
        """Departures from each station, in order."""
        self.busy: list[tuple[int, int]] = []
        """Spans in which the last station is occupied."""
        self.last_worked: list[tuple[int, str | None]] = [
            (problem.now, s.changeover.initial if s.changeover else None) for s in line.stations
        ]

    def times(self, job: Job, bounds: Times | None = None, enter_to_work: bool = False) -> Times:
        """The job's earliest times behind all others. `enter_to_work`: no load waits in a station before its work.

        Raises:
            CannotDispatchError: if a calendar has no time left for it.
        """
        floors = bounds or Times.zeros(len(self.line.stations))
        floors = Times(list(floors.enter), list(floors.start), list(floors.end), list(floors.leave))
        floors.enter[0] = max(floors.enter[0], self.problem.now, job.release)
        for _ in range(MAX_ROUNDS):
            times = self._forward(job, floors, enter_to_work)
            if not self._pushed_by_wait(times, floors) and not self._pushed_by_pool(job, times, floors):
                return times
        raise CannotDispatchError(f"{job.id} on {self.line.id}: waits and resources leave no place")

    def commit(self, job: Job, times: Times) -> PlannedJob:
        """Put the job on the line with these times."""
        option = job.option(self.line.id)
        assert option is not None
        for index, leave in enumerate(times.leave):
            insort(self.leaves[index], leave)
            if option.minutes[index]:
                self.last_worked[index] = (leave, job.family)
        insort(self.busy, (times.enter[-1], times.leave[-1]))
        for hold in job.holds:
            if hold.line == self.line.id:
                place = self.line.station_index
                self.pools[hold.resource].take(
                    times.enter[place[hold.from_station]], times.leave[place[hold.to_station]]
                )
        rows = zip(self.line.stations, times.enter, times.start, times.end, times.leave, strict=True)
        return PlannedJob(job.id, self.line.id, tuple(Operation(s.id, *minutes) for s, *minutes in rows))

    def _forward(self, job: Job, floors: Times, enter_to_work: bool) -> Times:
        times = Times.zeros(len(self.line.stations))
        option = job.option(self.line.id)
        assert option is not None
        ready = floors.enter[0]
        for index, minutes in enumerate(option.minutes):
            enter = self._free_from(index, max(ready, floors.enter[index]))
            while True:
                start, end = self._work(index, job, max(enter, floors.start[index]), minutes)
                if end >= NEVER:
                    raise CannotDispatchError(f"{job.id} on {self.line.id}: no open time at station {index}")
                taken = self._gap_taken(index, start if enter_to_work else enter, max(end, floors.leave[index]))
                if taken is None:
                    break
                enter = taken
            times.enter[index] = start if enter_to_work else enter
            times.start[index], times.end[index] = start, end
            if index:
                buffered = self.line.stations[index - 1].buffer_after > 0
                times.leave[index - 1] = ready if buffered else times.enter[index]
            ready = max(end, self._last_leave(index))
        times.leave[-1] = max(ready, floors.leave[-1])
        return times

    def _work(self, index: int, job: Job, earliest: int, minutes: int) -> tuple[int, int]:
        station, opened = self.line.stations[index], self.open[index]
        if opened is None or minutes == 0:
            return earliest, earliest + minutes
        if station.changeover is not None:
            before, family = self.last_worked[index]
            earliest = max(earliest, opened.after(before, station.changeover.between(family, job.family)))
        if station.work is Work.UNSPLITTABLE:
            return opened.unsplittable(earliest, minutes)
        return opened.pausable(earliest, minutes)

    def _behind_random_access(self, index: int) -> bool:
        return index > 0 and self.line.stations[index - 1].order is Order.ANY

    def _free_from(self, index: int, minute: int) -> int:
        """The first minute with a free place at a station, behind those that are there or to come."""
        leaves, capacity = self.leaves[index], self.line.stations[index].capacity
        if self._behind_random_access(index) or len(leaves) < capacity:
            return minute
        return max(minute, leaves[-capacity])

    def _last_leave(self, index: int) -> int:
        """Nobody leaves a fifo station before those who entered it earlier; behind random access that sorts itself."""
        if self.line.stations[index].order is Order.ANY or self._behind_random_access(index):
            return 0
        if not self.leaves[index]:
            return 0
        return self.leaves[index][-1]

    def _gap_taken(self, index: int, enter: int, leave: int) -> int | None:
        """Behind random access: the end of a load that stands in the way, if one does."""
        if not self._behind_random_access(index):
            return None
        place = bisect_left(self.busy, (leave, 0))
        return self.busy[place - 1][1] if place and self.busy[place - 1][1] > enter else None

    def _pushed_by_wait(self, times: Times, floors: Times) -> bool:
        """Hold the load back before a station from where it would wait too long; whether that was needed."""
        place, pushed = self.line.station_index, False
        for wait in self.line.max_waits:
            first = place[wait.from_station]
            excess = times.start[place[wait.to_station]] - times.end[first] - wait.minutes
            if excess > 0:
                attended = self.line.stations[first].attended
                (floors.start if attended else floors.enter)[first] = times.start[first] + excess
                pushed = True
        return pushed

    def _pushed_by_pool(self, job: Job, times: Times, floors: Times) -> bool:
        """Hold the load back until its resources have a unit free; whether that was needed."""
        place, pushed = self.line.station_index, False
        for hold in job.holds:
            if hold.line != self.line.id:
                continue
            first = place[hold.from_station]
            free = self.pools[hold.resource].free_from(times.enter[first], times.leave[place[hold.to_station]])
            if free > times.enter[first]:
                floors.enter[first] = free
                pushed = True
        return pushed


def boards(problem: Problem) -> dict[str, LineBoard]:
    """An empty board for every line; they share the resources."""
    pools = {resource.id: Pool(resource.count) for resource in problem.resources}
    return {line.id: LineBoard(problem, line, pools) for line in problem.lines}


def _refuse_what_is_not_understood(problem: Problem, line: Line) -> None:
    last = len(line.stations) - 1
    for index, station in enumerate(line.stations):
        if 0 < station.buffer_after < len(problem.jobs):
            raise CannotDispatchError(f"{line.id}/{station.id}: a buffer that may fill up")
        if station.order is Order.ANY and (index != last - 1 or line.stations[last].capacity != 1):
            raise CannotDispatchError(f"{line.id}/{station.id}: random access before more than one last station")
        if station.changeover is not None and index and line.stations[index - 1].order is Order.ANY:
            raise CannotDispatchError(f"{line.id}/{station.id}: changeovers behind random access")
    if problem.fixed:
        raise CannotDispatchError("a problem with a past")
