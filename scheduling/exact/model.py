"""The whole contract as a constraint model for OR-Tools' CP-SAT, for small problems and for proofs.

The model admits every plan of the contract up to a horizon that some best plan keeps, so that its bound is a bound
on the total. One method per family of constraints; each says what it guarantees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

from scheduling.exact.bounds import Narrowed
from scheduling.exact.tails import add_tails
from scheduling.exact.visits import Expression, Value, Visit, VisitModel
from scheduling.problem import Line, Option, Order, Problem

_SAFE = 1 << 60


class TooLargeError(Exception):
    """The costs of this problem do not fit the solver's 64-bit integers."""


class PlanModel(VisitModel):
    """A problem as a CP-SAT model.

    `options` gives each job's lines; a job without any is left out. With `must_schedule`, every other job is
    scheduled; otherwise leaving one out costs more than any total. `worst_total` prunes what cannot be better,
    `narrowed` what `bounds.narrow` has found to be so.
    """

    def __init__(
        self,
        problem: Problem,
        options: Mapping[str, Sequence[Option]],
        must_schedule: bool = True,
        worst_total: int | None = None,
        narrowed: Narrowed | None = None,
    ) -> None:
        super().__init__(problem, options, must_schedule, worst_total, narrowed)
        self.changeover_cost: list[Expression] = []
        self.orders: dict[tuple[int, int, int], Expression] = {}
        self.opened: dict[tuple[str, int], Expression] = {}
        self.number = {id(visit): number for number, visit in enumerate(self.visits)}
        for line in problem.lines:
            self._add_waits(line)
            for index in range(len(line.stations)):
                self._add_capacity(line, index)
                self._add_order(line, index)
                self._add_buffer(line, index)
                self._add_changeover(line, index)
        self._add_resources()
        self._add_objective()

    def _add_waits(self, line: Line) -> None:
        """R6-wait: start at `to` − end at `from` is at most the wait allowed."""
        for wait in line.max_waits:
            first, last = line.station_index[wait.from_station], line.station_index[wait.to_station]
            for visit in self.by_line[line.id]:
                if self._given(visit, first, "end") is None or self._given(visit, last, "start") is None:
                    self._require(visit.start[last] - visit.end[first] <= wait.minutes, visit.present)

    def _interval(self, visit: Visit, start: Expression, end: Expression, name: str) -> Any:
        """What counts of [start, end): the part from now on; None where it is history."""
        if isinstance(end, int) and end <= self.now:
            return None
        if isinstance(start, int):
            start = max(start, self.now)
        size = self.model.new_int_var(0, self.horizon, f"{name} size")
        self.derive(size, lambda value: max(0, value(end) - value(start)) if value(visit.present) else 0)
        if visit.present is True:
            return self.model.new_interval_var(start, size, end, name)
        return self.model.new_optional_interval_var(start, size, end, visit.present, name)

    def _add_limit(self, intervals: Sequence[Any], limit: int) -> None:
        counted = [interval for interval in intervals if interval is not None]
        if len(counted) > limit:
            self.model.add_cumulative(counted, [1] * len(counted), limit)

    def _add_capacity(self, line: Line, index: int) -> None:
        """R4-capacity: from now on no more pallets at a station than it holds."""
        visits = self.by_line[line.id]
        name = line.stations[index].id
        intervals = [self._interval(v, v.enter[index], v.leave[index], name) for v in visits]
        self._add_limit(intervals, line.stations[index].capacity)

    def _add_buffer(self, line: Line, index: int) -> None:
        """R3-buffer: from now on no more pallets between two stations than there are places."""
        places = line.stations[index].buffer_after
        if places and index + 1 < len(line.stations):
            visits = self.by_line[line.id]
            self._add_limit([self._interval(v, v.leave[index], v.enter[index + 1], "buffer") for v in visits], places)

    def _add_resources(self) -> None:
        """R7-resource: from now on no more units held than there are."""
        for resource in self.problem.resources:
            intervals = []
            for visit in self.visits:
                stations = visit.line.station_index
                for hold in visit.job.holds:
                    if hold.line == visit.line.id and hold.resource == resource.id:
                        first, last = stations[hold.from_station], stations[hold.to_station]
                        intervals.append(self._interval(visit, visit.enter[first], visit.leave[last], resource.id))
            self._add_limit(intervals, resource.count)

    def _add_order(self, line: Line, index: int) -> None:
        """R4-order: at a fifo station, who enters first leaves first and enters the next station first."""
        if line.stations[index].order is not Order.FIFO:
            return
        numbered = [(n, visit) for n, visit in enumerate(self.visits) if visit.line.id == line.id]
        for (i, one), (j, other) in combinations(numbered, 2):
            if self._strict(one, other, index):
                self._add_strict_order(i, j, index)
            elif self._enter_apart(i, j, index):
                self.orders[i, j, index] = self.orders[i, j, index - 1]
                self._add_kept_order(i, j, index)
            else:
                self._add_if_before(one, other, index)
                self._add_if_before(other, one, index)

    def _enter_apart(self, i: int, j: int, index: int) -> bool:
        """Whether the order at the station before says who enters here strictly first: blocked there, one at a time."""
        one, other = self.visits[i], self.visits[j]
        given = [self._given(visit, index, "enter") for visit in (one, other)]
        return (
            (i, j, index - 1) in self.orders
            and one.line.stations[index - 1].buffer_after == 0
            and self._strict(one, other, index - 1)
            and given == [None, None]
        )

    def _add_kept_order(self, i: int, j: int, index: int) -> None:
        """Who entered first leaves first, and enters the next station first."""
        one, other, before = self.visits[i], self.visits[j], self.orders[i, j, index]
        moves = [(one.leave[index], other.leave[index])]
        if index + 1 < len(one.line.stations):
            moves.append((one.enter[index + 1], other.enter[index + 1]))
        for first, second in moves:
            self._require(first <= second, before, one.present, other.present)
            self._require(second <= first, before.negated(), one.present, other.present)

    def _strict(self, one: Visit, other: Visit, index: int) -> bool:
        """Whether the two can never enter at the same minute: they exclude each other there, for a while."""
        return (
            one.line.stations[index].capacity == 1
            and min(one.option.minutes[index], other.option.minutes[index]) > 0
            and self._given(one, index, "enter") is None
            and self._given(other, index, "enter") is None
        )

    def _add_strict_order(self, i: int, j: int, index: int) -> None:
        one, other = self.visits[i], self.visits[j]
        before = self.orders.get((i, j, index - 1))
        if before is None or one.line.stations[index - 1].order is not Order.FIFO:
            before = self.model.new_bool_var(f"{one.job.id} before {other.job.id} at {index}")
            self.derive(before, lambda value: value(one.enter[index]) < value(other.enter[index]))
        self.orders[i, j, index] = before
        both = (one.present, other.present)
        self._require(one.leave[index] <= other.enter[index], before, *both)
        self._require(other.leave[index] <= one.enter[index], before.negated(), *both)
        if index + 1 < len(one.line.stations):
            self._require(one.enter[index + 1] <= other.enter[index + 1], before, *both)
            self._require(other.enter[index + 1] <= one.enter[index + 1], before.negated(), *both)

    def _add_if_before(self, one: Visit, other: Visit, index: int) -> None:
        """If `one` enters strictly before `other`, it leaves and moves on no later; waived for history."""
        later = [(index, "leave", one.leave[index], other.leave[index])]
        if index + 1 < len(one.line.stations):
            later.append((index + 1, "enter", one.enter[index + 1], other.enter[index + 1]))
        both = (one.present, other.present)
        known = self._given(one, index, "enter") is not None and self._given(other, index, "enter") is not None
        before: Expression = True
        if known:
            if one.enter[index] >= other.enter[index]:
                return
        else:
            before = self.model.new_bool_var(f"{one.job.id} enters before {other.job.id} at {index}")
            self.derive(before, lambda value: value(one.enter[index]) < value(other.enter[index]))
            self._require(one.enter[index] >= other.enter[index], before.negated(), *both)
        for place, name, first, second in later:
            history = self._given(one, place, name) is not None and self._given(other, place, name) is not None
            if not (known and history):
                self._require(first <= second, before, *both)

    def _add_changeover(self, line: Line, index: int) -> None:
        """R5-changeover: one sequence of the pallets worked on, with open minutes enough between neighbours."""
        changeover = line.stations[index].changeover
        if changeover is None or not any(any(row.values()) for row in changeover.minutes.values()):
            return
        worked = [visit for visit in self.by_line[line.id] if visit.option.minutes[index]]
        arcs: list[tuple[int, int, Expression]] = [(0, 0, self.model.new_bool_var("nobody"))]
        for position, visit in enumerate(worked, start=1):
            first = self.model.new_bool_var(f"{visit.job.id} first at {index}")
            arcs += [(0, position, first), (position, 0, self.model.new_bool_var(f"{visit.job.id} last"))]
            if visit.present is not True:
                arcs.append((position, position, visit.present.negated()))
            self._add_setup(None, visit, index, first)
            for other_position, other in enumerate(worked, start=1):
                if other is not visit and self._may_follow(visit, other, index):
                    arc = self.model.new_bool_var(f"{visit.job.id} then {other.job.id} at {index}")
                    arcs.append((position, other_position, arc))
                    self._link_to_order(visit, other, index, arc)
                    self._add_setup(visit, other, index, arc)
        self.model.add_circuit(arcs)
        self._derive_arcs(worked, index, arcs)

    def _link_to_order(self, visit: Visit, other: Visit, index: int, arc: Expression) -> None:
        """Who follows comes later."""
        i, j = self.number[id(visit)], self.number[id(other)]
        if (i, j, index) in self.orders:
            self.model.add_implication(arc, self.orders[i, j, index])
        elif (j, i, index) in self.orders:
            self.model.add_implication(arc, self.orders[j, i, index].negated())

    def _derive_arcs(self, worked: Sequence[Visit], index: int, arcs: Sequence[tuple[int, int, Expression]]) -> None:
        """Which pallet follows which, from their times."""

        def followers(value: Value) -> set[tuple[int, int]]:
            here = [position for position, visit in enumerate(worked, start=1) if value(visit.present)]

            def times(position: int) -> tuple[int, int, int]:
                visit = worked[position - 1]
                return value(visit.enter[index]), value(visit.leave[index]), value(visit.start[index])

            ordered = [0, *sorted(here, key=times), 0]
            return set(pairwise(ordered))

        for tail, head, literal in arcs:
            if tail == head and tail > 0:
                continue
            self.derive(literal, lambda value, arc=(tail, head): arc in followers(value))  # type: ignore[misc]

    def _may_follow(self, visit: Visit, other: Visit, index: int) -> bool:
        """History fixes who came first."""
        entered, followed = self._given(visit, index, "enter"), self._given(other, index, "enter")
        if followed is None:
            return True
        return entered is not None and (entered, visit.job.id) < (followed, other.job.id)

    def _add_setup(self, visit: Visit | None, other: Visit, index: int, arc: Expression) -> None:
        """`other` follows `visit` (None: it is the first): its set-up is paid, and fits in open minutes."""
        station = other.line.stations[index]
        if station.changeover is None:
            return
        before = station.changeover.initial if visit is None else visit.job.family
        minutes = station.changeover.between(before, other.job.family)
        started = self._given(other, index, "start") is not None
        if visit is None and started:
            return
        if visit is not None and self._given(other, index, "enter") is None:
            self._require(other.enter[index] >= visit.leave[index], arc)
        if minutes == 0:
            return
        self.changeover_cost.append(minutes * arc)
        if visit is not None and started and self._given(visit, index, "leave") is not None:
            return
        calendar = station.calendar or ""
        free = self.now if visit is None else visit.leave[index]
        opened = self._opened(calendar, other.start[index]) - self._opened(calendar, free)
        self._require(opened >= minutes, arc)

    def _opened(self, calendar: str, minute: Expression) -> Expression:
        """The open minutes of a calendar before a minute, with the overtime chosen."""
        key = (calendar, minute if isinstance(minute, int) else -1 - minute.index)
        if key in self.opened:
            return self.opened[key]
        count = self.model.new_int_var(0, self.horizon, "open minutes")
        self.derive(count, lambda value: self._count_open(calendar, value(minute), value))
        base: Expression = 0
        position = 0
        literals = []
        for segment in self.tables[calendar].segments:
            shut, within = self.model.new_bool_var("shut"), self.model.new_bool_var("within")
            literals += [shut, within]
            self._region(minute, position, segment.start, shut)
            self._require(count == base, shut)
            self._region(minute, segment.start, segment.end, within)
            if segment.overtime is None:
                self._require(count == base + minute - segment.start, within)
                base = base + segment.end - segment.start
            else:
                chosen = self.chosen[segment.overtime]
                self._require(count == base + minute - segment.start, within, chosen)
                self._require(count == base, within, chosen.negated())
                base = base + (segment.end - segment.start) * chosen
            position = segment.end
        after = self.model.new_bool_var("after")
        self._region(minute, position, self.horizon, after)
        self._require(count == base, after)
        self.model.add_exactly_one([*literals, after])
        self.opened[key] = count
        return count

    def _region(self, minute: Expression, first: int, last: int, literal: Expression) -> None:
        self._require(minute >= first, literal)
        self._require(minute <= last, literal)
        self.derive(literal, lambda value: first <= value(minute) < last)

    def _count_open(self, calendar: str, minute: int, value: Value) -> int:
        return sum(
            max(0, min(minute, segment.end) - segment.start)
            for segment in self.tables[calendar].segments
            if segment.overtime is None or value(self.chosen[segment.overtime])
        )

    def _add_objective(self) -> None:
        """R9: the exact total; a job left out costs more than any total."""
        weights = self.problem.objective
        if self.narrowed is not None and self.changeover_cost:
            self.model.add(sum(self.changeover_cost) >= self.narrowed.changeover_minutes)
        terms: list[Expression] = [weights.changeover_minute * cost for cost in self.changeover_cost]
        largest = weights.changeover_minute * self._most_changeover_minutes()
        for entry in self.problem.overtime:
            terms.append(entry.cost * (1 if entry.id in self.worked else self.chosen[entry.id]))
            largest += entry.cost
        first, last = (self.narrowed.makespan if self.narrowed else None) or (0, self.horizon)
        makespan = self.model.new_int_var(first, last, "makespan")
        self.derive(makespan, self._last_done)
        for visit in self.visits:
            self._require(makespan >= visit.leave[-1], visit.present)
            largest += self._add_job_costs(visit, terms)
        add_tails(self, makespan)
        terms.append(weights.makespan_minute * makespan)
        largest += weights.makespan_minute * self.horizon
        if self.scheduled:
            penalty = largest + 1
            largest += penalty * len(self.scheduled)
            terms += [penalty - penalty * literal for literal in self.scheduled.values()]
        if largest > _SAFE:
            raise TooLargeError
        self.model.minimize(sum(terms))

    def _last_done(self, value: Value) -> int:
        return max((value(visit.leave[-1]) for visit in self.visits if value(visit.present)), default=0)

    def _derive_excess(self, minutes: Expression, over: Expression, present: Expression) -> None:
        self.derive(minutes, lambda value: max(0, value(over)) if value(present) else 0)

    def _most_changeover_minutes(self) -> int:
        longest = [
            max((minutes for row in station.changeover.minutes.values() for minutes in row.values()), default=0)
            for line in self.problem.lines
            for station in line.stations
            if station.changeover is not None
        ]
        return sum(longest) * len(self.problem.jobs)

    def _add_job_costs(self, visit: Visit, terms: list[Expression]) -> int:
        """Tardiness, earliness and stability of one visit; returns the most that they can be."""
        job, weights, present = visit.job, self.problem.objective, visit.present
        done, largest = visit.leave[-1], 0
        for cost, over in ((job.tardiness_cost, done - job.due), (job.earliness_cost, job.due - done)):
            if cost:
                minutes = self.model.new_int_var(0, self.horizon, f"{job.id} off its due time")
                self._require(minutes >= over, present)
                self._derive_excess(minutes, over, present)
                terms.append(cost * minutes)
                largest += cost * self.horizon
        previous = self.problem.previous_by_job.get(job.id)
        if previous is None:
            return largest
        if previous.line != visit.line.id:
            terms.append(weights.line_change * (1 if present is True else present))
        if weights.shift_hour:
            shift = self.model.new_int_var(0, weights.shift_hour * self.horizon // 60, f"{job.id} shift")
            for moved in (visit.enter[0] - previous.enter, previous.enter - visit.enter[0]):
                self._require(60 * shift + 59 >= weights.shift_hour * moved, present)
            moved_by = self.problem.objective.shift_hour
            self.derive(
                shift,
                lambda value: moved_by * abs(value(visit.enter[0]) - previous.enter) // 60 if value(present) else 0,
            )
            terms.append(shift)
        return largest + weights.line_change + weights.shift_hour * self.horizon // 60
