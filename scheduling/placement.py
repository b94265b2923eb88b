"""Times for one job after another: each takes the earliest times that every rule allows, and moves nobody.

A job enters a line behind all that were placed before it. After a station of random access it may slip in
front of pallets that are not ready earlier, where the gap holds it. All lower bounds only ever grow, so that the
times found are the least ones for the chosen positions; the search for them ends because the calendars do.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from scheduling.calendars import NEVER, OpenTime, open_times
from scheduling.history import fixed_operation
from scheduling.layout import Placed, given_operations, segments_of
from scheduling.occupancy import Occupancy
from scheduling.problem import FixedOperation, Job, Line, Option, Order, Problem, Work

_MAX_ROUNDS = 20_000


class CannotPlaceError(Exception):
    """A job finds no times; `station` is the index of the station where it failed."""

    def __init__(self, station: int) -> None:
        super().__init__(f"no times at station {station}")
        self.station = station


class LineState:
    """One line while it fills: the order of each segment, and what limits random access and buffers."""

    def __init__(self, line: Line, now: int, calendars: Mapping[str, OpenTime]) -> None:
        self.line = line
        self.segments = segments_of(line)
        self.orders: list[list[Placed]] = [[] for _ in self.segments.first_station]
        self.open = [calendars[s.calendar] if s.calendar and s.attended else OpenTime(()) for s in line.stations]
        self.slots = [Occupancy(s.capacity, now) if s.order is Order.ANY else None for s in line.stations]
        self.buffers = [Occupancy(s.buffer_after, now) if s.buffer_after else None for s in line.stations]
        index = line.station_index
        self.waits = [(index[w.from_station], index[w.to_station], w.minutes) for w in line.max_waits]


class Board:
    """All lines and resources of a problem while jobs are placed on them."""

    def __init__(self, problem: Problem, overtime: Sequence[str] | frozenset[str]) -> None:
        self.problem = problem
        self.overtime = frozenset(overtime)
        calendars = open_times(problem, overtime)
        self.lines = {line.id: LineState(line, problem.now, calendars) for line in problem.lines}
        self.resources = {entry.id: Occupancy(entry.count, problem.now) for entry in problem.resources}

    def times(self, job: Job, option: Option, not_before: int = 0) -> Placed:
        """The earliest times of a job on a line, last in its first segment; raises `CannotPlaceError`.

        `not_before` holds the pallet back before the line's last segment.
        """
        return _Timing(self, job, option, not_before).run()

    def commit(self, placed: Placed) -> None:
        """Take the times as given, at the positions found; the job now stands in everybody's way."""
        state = self.lines[placed.line.id]
        for order, position in zip(state.orders, placed.positions, strict=True):
            order.insert(position, placed)
        self._occupy(placed, state, present=True)

    def remove(self, placed: Placed) -> None:
        """Undo the latest `commit` on its line."""
        state = self.lines[placed.line.id]
        for order, position in zip(state.orders, placed.positions, strict=True):
            del order[position]
        self._occupy(placed, state, present=False)

    def history_start(self, placed: Placed, index: int) -> int | None:
        """The start of an operation, where it is history."""
        operation = fixed_operation(self.problem, placed.job.id, index)
        return None if operation is None else operation.start

    def adopt(self, placed: Placed) -> None:
        """Commit times that were found elsewhere, each segment ordered by entry at its first station."""
        state = self.lines[placed.line.id]
        placed.positions = [
            bisect_right([other.enter[first] for other in order], placed.enter[first])
            for order, first in zip(state.orders, state.segments.first_station, strict=True)
        ]
        self.commit(placed)

    def _occupy(self, placed: Placed, state: LineState, present: bool) -> None:
        act = Occupancy.add if present else Occupancy.remove
        for index, slots in enumerate(state.slots):
            if slots is not None:
                act(slots, placed.enter[index], placed.leave[index])
        for index, buffer in enumerate(state.buffers[:-1]):
            if buffer is not None:
                act(buffer, placed.leave[index], placed.enter[index + 1])
        stations = placed.line.station_index
        for hold in placed.job.holds:
            if hold.line == placed.line.id:
                first, last = stations[hold.from_station], stations[hold.to_station]
                act(self.resources[hold.resource], placed.enter[first], placed.leave[last])


class _Timing:
    """Finds the times of one job: lower bounds, a forward pass, and a repair of what is still broken."""

    def __init__(self, board: Board, job: Job, option: Option, not_before: int) -> None:
        self.board = board
        self.state = board.lines[option.line]
        self.job = job
        self.now = board.problem.now
        line = self.state.line
        count = len(line.stations)
        self.given: Sequence[FixedOperation | None] = given_operations(board.problem, job, line)
        self.placed = Placed(job, line, option.minutes, [0] * count, [0] * count, [0] * count, [0] * count)
        self.low_enter = [self.now] * count
        self.low_end = [0] * count
        self.low_leave = [self.now] * count
        if job.id not in board.problem.fixed_by_job:
            self.low_enter[0] = max(self.now, job.release)
        hold = self.state.segments.hold_station
        self.low_enter[hold] = max(self.low_enter[hold], not_before)
        self.placed.positions = [0] * len(self.state.orders)
        self.placed.positions[0] = len(self.state.orders[0])

    def run(self) -> Placed:
        """Forward passes until nothing is broken."""
        for _ in range(_MAX_ROUNDS):
            self._forward()
            if not (self._repair_waits() or self._repair_occupancy() or self._repair_positions()):
                self._enter_when_needed()
                return self.placed
        raise CannotPlaceError(len(self.placed.minutes) - 1)

    def _enter_when_needed(self) -> None:
        """No pallet stands at a closed first station for nothing, unless its entry is compared to an earlier plan."""
        attended = self.state.line.stations[0].attended
        if attended and self._given(0, "enter") is None and self.job.id not in self.board.problem.previous_by_job:
            self.placed.enter[0] = self.placed.start[0]

    def _forward(self) -> None:
        for index in range(len(self.placed.minutes)):
            self._enter(index)
            self._work(index)
        self._leave(len(self.placed.minutes) - 1)

    def _given(self, index: int, name: str) -> int | None:
        operation = self.given[index]
        return None if operation is None else getattr(operation, name)

    def _enter(self, index: int) -> None:
        """Entry: after the station before, behind whoever is in front, and where there is room."""
        placed, state = self.placed, self.state
        earliest = self.low_enter[index]
        if index:
            self._leave(index - 1)
            earliest = max(earliest, placed.leave[index - 1])
        segment = state.segments.of_station[index]
        order = state.orders[segment]
        if segment and index == state.segments.first_station[segment]:
            ahead = bisect_right(order, earliest, key=lambda other: other.enter[index])
            placed.positions[segment] = max(placed.positions[segment], ahead)
        position = placed.positions[segment]
        if position:
            earliest = max(earliest, order[position - 1].enter[index])
        capacity = state.line.stations[index].capacity
        if state.slots[index] is None and position >= capacity:
            earliest = max(earliest, order[position - capacity].leave[index])
        if state.line.stations[index].work is Work.UNATTENDED:
            earliest = max(earliest, self.low_end[index] - placed.minutes[index])
        given = self._given(index, "enter")
        placed.enter[index] = earliest if given is None else given
        if index and state.line.stations[index - 1].buffer_after == 0:
            if self._given(index - 1, "leave") is None:
                placed.leave[index - 1] = placed.enter[index]
            elif given is None and placed.leave[index - 1] != placed.enter[index]:
                raise CannotPlaceError(index)

    def _leave(self, index: int) -> None:
        """Departure: not before the work is done, nor before whoever is in front."""
        placed, state = self.placed, self.state
        given = self._given(index, "leave")
        if given is not None:
            placed.leave[index] = given
            return
        earliest = max(placed.end[index], self.low_leave[index])
        segment = state.segments.of_station[index]
        position = placed.positions[segment]
        if position and state.slots[index] is None:
            earliest = max(earliest, state.orders[segment][position - 1].leave[index])
        placed.leave[index] = earliest

    def _work(self, index: int) -> None:
        """Start and end, from history as far as it goes, otherwise as early as the calendar allows."""
        placed = self.placed
        start, end = self._given(index, "start"), self._given(index, "end")
        if start is None:
            start, end = self._new_work(index)
        elif end is None:
            end = self._rest_of_work(index, start)
            if end < max(self.now, self.low_end[index]):
                raise CannotPlaceError(index)
        if start >= NEVER or end is None or end >= NEVER:
            raise CannotPlaceError(index)
        placed.start[index], placed.end[index] = start, end

    def _new_work(self, index: int) -> tuple[int, int]:
        placed, minutes = self.placed, self.placed.minutes[index]
        work = self.state.line.stations[index].work
        earliest = max(placed.enter[index], self.now)
        if work is Work.UNATTENDED:
            return placed.enter[index], placed.enter[index] + minutes
        if minutes == 0:
            at = max(earliest, self.low_end[index])
            return at, at
        earliest = max(earliest, self._after_changeover(index))
        calendar = self.state.open[index]
        if work is Work.PAUSABLE:
            return calendar.pausable(earliest, minutes, self.low_end[index])
        return calendar.unsplittable(earliest, minutes, self.low_end[index])

    def _rest_of_work(self, index: int, start: int) -> int:
        """The end of work that is under way: its remaining minutes from now, or its nominal ones from its start."""
        operation = self.given[index]
        remaining = None if operation is None else operation.remaining
        base, minutes = (start, self.placed.minutes[index]) if remaining is None else (self.now, remaining)
        work = self.state.line.stations[index].work
        calendar = self.state.open[index]
        if work is Work.UNATTENDED or minutes == 0:
            return base + minutes
        if work is Work.PAUSABLE:
            return calendar.finish(base, minutes)
        if calendar.open_before(base + minutes) - calendar.open_before(base) != minutes:
            raise CannotPlaceError(index)
        return base + minutes

    def _after_changeover(self, index: int) -> int:
        """The first minute at which the station is set up for this job."""
        changeover = self.state.line.stations[index].changeover
        if changeover is None:
            return 0
        segment = self.state.segments.of_station[index]
        order = self.state.orders[segment]
        for position in range(self.placed.positions[segment] - 1, -1, -1):
            other = order[position]
            if other.minutes[index]:
                minutes = changeover.between(other.job.family, self.job.family)
                return self.state.open[index].after(other.leave[index], minutes)
        return self.state.open[index].after(self.now, changeover.between(changeover.initial, self.job.family))

    def _repair_waits(self) -> bool:
        """R6: finish later at `from` where the wait would be too long."""
        changed = False
        for first, last, minutes in self.state.waits:
            needed = self.placed.start[last] - minutes
            if self.placed.end[first] >= needed:
                continue
            if self._given(first, "end") is not None:
                if self._given(last, "start") is None:
                    raise CannotPlaceError(last)
                continue
            self.low_end[first] = max(self.low_end[first], needed)
            changed = True
        return changed

    def _repair_occupancy(self) -> bool:
        """R7, R3-buffer and the capacity of random access: come later where there is no room."""
        placed, state = self.placed, self.state
        changed = False
        for index, slots in enumerate(state.slots):
            if slots is not None:
                room = slots.conflict(placed.enter[index], placed.leave[index])
                changed |= self._raise(self.low_enter, index, "enter", room)
        for index, buffer in enumerate(state.buffers[:-1]):
            if buffer is not None:
                room = buffer.conflict(placed.leave[index], placed.enter[index + 1])
                changed |= self._raise(self.low_leave, index, "leave", room)
        return changed or self._repair_holds()

    def _raise(self, bounds: list[int], index: int, name: str, minute: int | None) -> bool:
        if minute is None:
            return False
        if self._given(index, name) is not None:
            raise CannotPlaceError(index)
        bounds[index] = max(bounds[index], minute)
        return True

    def _repair_holds(self) -> bool:
        placed = self.placed
        stations = placed.line.station_index
        held: list[tuple[Occupancy, int, int]] = []
        changed = False
        for hold in self.job.holds:
            if hold.line != placed.line.id:
                continue
            first, last = stations[hold.from_station], stations[hold.to_station]
            pool = self.board.resources[hold.resource]
            start, end = placed.enter[first], placed.leave[last]
            changed |= self._raise(self.low_enter, first, "enter", pool.conflict(start, end))
            pool.add(start, end)
            held.append((pool, start, end))
        for pool, start, end in held:
            pool.remove(start, end)
        return changed

    def _repair_positions(self) -> bool:
        """R4 and R5 against whoever comes next: give way where the gap in front does not hold this job."""
        changed = False
        for segment, order in enumerate(self.state.orders):
            if self.placed.positions[segment] < len(order) and not self._fits(segment, order):
                self.placed.positions[segment] += 1
                changed = True
        return changed

    def _fits(self, segment: int, order: list[Placed]) -> bool:
        stations = self.state.segments.of_station
        return all(
            self._fits_at(index, order, self.placed.positions[segment])
            for index in range(len(stations))
            if stations[index] == segment
        )

    def _fits_at(self, index: int, order: list[Placed], position: int) -> bool:
        placed, station = self.placed, self.state.line.stations[index]
        following = order[position]
        if following.enter[index] < placed.enter[index]:
            return False
        if self.state.slots[index] is None:
            if following.leave[index] < placed.leave[index]:
                return False
            last = position + station.capacity - 1
            for other in range(position, min(last, len(order))):
                before = other + 1 - station.capacity
                if before >= 0 and order[other].enter[index] < order[before].leave[index]:
                    return False
            if last < len(order) and order[last].enter[index] < placed.leave[index]:
                return False
        if station.changeover is None or placed.minutes[index] == 0:
            return True
        worked = next((other for other in order[position:] if other.minutes[index]), None)
        if worked is None:
            return True
        minutes = station.changeover.between(self.job.family, worked.job.family)
        return self.state.open[index].after(placed.leave[index], minutes) <= worked.start[index]
