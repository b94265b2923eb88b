"""From a problem to the arrays of a `Board` on which no job stands yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from scheduling.history import fixed_operation
from scheduling.problem import Hold, Job, Line, Option, Order, Problem, Station, Work
from scheduling.simulator import board as b
from scheduling.simulator.board import AT_STATION, BEHIND_STATION, Board
from scheduling.simulator.calendar_search import open_windows
from scheduling.simulator.compiled import Array

_WORK = {Work.PAUSABLE: b.PAUSABLE, Work.UNSPLITTABLE: b.UNSPLITTABLE, Work.UNATTENDED: b.UNATTENDED}
_MAX_POOLS = 60
"""A pool is a bit of a 64-bit number; further limits of a line count as shared."""


@dataclass(frozen=True)
class _Use:
    job: int
    line: int
    from_station: int
    to_station: int
    kind: int


@dataclass(frozen=True)
class _Pool:
    from_station: int
    to_station: int
    limit: int
    jobs: frozenset[int]


class _Limits:
    """Pools and shared limits, told apart."""

    def __init__(self, problem: Problem) -> None:
        self.pools: list[list[_Pool]] = [[] for _ in problem.lines]
        self.limits: list[int] = []
        self.uses: list[list[_Use]] = []
        for index, line in enumerate(problem.lines):
            self._add_stations(problem, index, line)
        self._add_resources(problem)
        self.pools = [sorted(pools, key=lambda pool: pool.from_station) for pools in self.pools]

    def _runs_on(self, problem: Problem, line: Line) -> list[int]:
        return [number for number, job in enumerate(problem.jobs) if job.option(line.id) is not None]

    def _add_stations(self, problem: Problem, index: int, line: Line) -> None:
        """Random access and what is behind it; limits that can never be reached are left out."""
        jobs = self._runs_on(problem, line)
        seen = False
        for position, station in enumerate(line.stations):
            last = position + 1 == len(line.stations)
            if station.order is not Order.ANY:
                continue
            if station.capacity < len(jobs):
                if not seen:
                    self.pools[index].append(_Pool(position, position, station.capacity, frozenset(jobs)))
                else:
                    uses = [_Use(job, index, position, position, AT_STATION) for job in jobs]
                    self._add_shared(station.capacity, uses)
            seen = True
            if not last and 0 < station.buffer_after < len(jobs):
                uses = [_Use(job, index, position, position + 1, BEHIND_STATION) for job in jobs]
                self._add_shared(station.buffer_after, uses)

    def _add_shared(self, limit: int, uses: list[_Use]) -> None:
        self.limits.append(limit)
        self.uses.append(uses)

    def _add_resources(self, problem: Problem) -> None:
        lines = {line.id: index for index, line in enumerate(problem.lines)}
        holds: dict[str, list[tuple[int, Hold]]] = defaultdict(list)
        for number, job in enumerate(problem.jobs):
            for hold in job.holds:
                if job.option(hold.line) is not None:
                    holds[hold.resource].append((number, hold))
        for resource in problem.resources:
            uses = []
            for number, hold in holds[resource.id]:
                index = problem.line_by_id[hold.line].station_index
                uses.append(
                    _Use(number, lines[hold.line], index[hold.from_station], index[hold.to_station], AT_STATION)
                )
            if resource.count < len(uses):
                self._add_resource(problem, resource.count, uses)

    def _add_resource(self, problem: Problem, limit: int, uses: list[_Use]) -> None:
        """A pool where one line fills it in its own order, else a shared limit."""
        first = uses[0]
        route = problem.lines[first.line].stations[: first.from_station]
        in_order = all(station.order is Order.FIFO for station in route)
        alike = all(
            (use.line, use.from_station, use.to_station) == (first.line, first.from_station, first.to_station)
            for use in uses
        )
        jobs = frozenset(use.job for use in uses)
        if in_order and alike and len(jobs) == len(uses) and len(self.pools[first.line]) < _MAX_POOLS:
            self.pools[first.line].append(_Pool(first.from_station, first.to_station, limit, jobs))
        else:
            self._add_shared(limit, uses)


def build_board(problem: Problem, overtime: Iterable[str]) -> Board:
    """The arrays of a problem with these overtime windows open."""
    limits = _Limits(problem)
    jobs, lines, width = len(problem.jobs), len(problem.lines), _widest(problem)
    segment_first = _segment_first(problem)
    segments = segment_first.shape[1] - 1
    pool, member = _pools(problem, limits.pools)
    limit, use_range, use, asker = _shared(problem, limits)
    most_spans = 2 * max(1, len(asker)) + 2
    calendars = _calendars(problem, overtime)
    return Board(
        jobs=_jobs(problem, segments),
        lines=_lines(problem, limits),
        stations=_stations(problem),
        segment_firsts=segment_first,
        changeovers=_changeovers(problem),
        waits=_waits(problem),
        pools=pool,
        members=member,
        limits=limit,
        use_range=use_range,
        uses=use,
        askers=asker,
        minutes_of=_minutes(problem),
        eligible=_eligible(problem),
        past=_past(problem),
        keys=np.zeros(jobs + 1),
        orders=np.zeros((lines, segments, jobs + 1), dtype=np.int32),
        entries=np.zeros((lines, segments, jobs + 1), dtype=np.int32),
        exits=np.zeros((lines, segments, jobs + 1), dtype=np.int32),
        lengths=_zeros(lines, segments),
        times=np.zeros((2, jobs, width, 4), dtype=np.int32),
        pool_ends=_zeros(lines, pool.shape[1], jobs + 1),
        bounds=_zeros(3, width),
        places=_zeros(segments),
        touched=_zeros(jobs + 1, 3),
        log=_zeros(4 * jobs + 64, 4),
        log_keys=np.zeros(4 * jobs + 64),
        spans=_zeros(2, most_spans),
        scalars=_scalars(problem),
        windows=calendars[0],
        buckets=calendars[1],
    )


def with_overtime(board: Board, problem: Problem, overtime: Iterable[str]) -> Board:
    """The same board with other overtime windows open; its times are not yet timed anew."""
    windows, buckets = _calendars(problem, overtime)
    return board._replace(windows=windows, buckets=buckets)


def _calendars(problem: Problem, overtime: Iterable[str]) -> tuple[Array, Array]:
    chosen = set(overtime)
    windows = {calendar.id: list(calendar.windows) for calendar in problem.calendars}
    for entry in problem.overtime:
        if entry.id in chosen:
            windows[entry.calendar].append(entry.window)
    return open_windows(list(windows.values()))


def _zeros(*shape: int) -> Array:
    return np.zeros(shape, dtype=np.int64)


def _widest(problem: Problem) -> int:
    return max(len(line.stations) for line in problem.lines)


def _scalars(problem: Problem) -> Array:
    weights = problem.objective
    scalar = _zeros(9)
    scalar[b.CHANGEOVER_COST] = weights.changeover_minute
    scalar[b.MAKESPAN_COST] = weights.makespan_minute
    scalar[b.LINE_CHANGE_COST] = weights.line_change
    scalar[b.SHIFT_HOUR_COST] = weights.shift_hour
    scalar[b.NOW] = problem.now
    return scalar


def segment_firsts(line: Line) -> list[int]:
    """The first station of every segment of a line: the very first, and each behind one of random access."""
    return [0, *(index + 1 for index, station in enumerate(line.stations[:-1]) if station.order is Order.ANY)]


def _segment_first(problem: Problem) -> Array:
    firsts = [[*segment_firsts(line), len(line.stations)] for line in problem.lines]
    table = _zeros(len(firsts), max(map(len, firsts)))
    for index, row in enumerate(firsts):
        table[index, : len(row)] = row
    return table


def _lines(problem: Problem, limits: _Limits) -> Array:
    table = _zeros(len(problem.lines), b.LINE_COLUMNS)
    jobs = len(problem.jobs)
    shared = {use.line for uses in limits.uses for use in uses}
    for index, line in enumerate(problem.lines):
        ends = [i for i, station in enumerate(line.stations[:-1]) if station.order is Order.ANY]
        first = line.stations[: ends[0] + 1] if ends else line.stations
        table[index, b.STATIONS] = len(line.stations)
        table[index, b.SEGMENTS] = len(ends) + 1
        table[index, b.POOLS] = len(limits.pools[index])
        table[index, b.IS_SHARED] = index in shared
        table[index, b.LOOK_BACK] = max(_looks_back(station, jobs) for station in first)
        table[index, b.LATE_CHANGEOVER] = any(s.changeover is not None for s in line.stations[len(first) :])
        table[index, b.LEAST_STAY] = _least_minutes(problem, line, ends[0]) if ends else 0
    table[:, b.GROUP] = _groups(problem, limits.uses)
    return table


def _looks_back(station: Station, jobs: int) -> int:
    """How many jobs back this station's capacity and buffer matter."""
    if station.order is Order.ANY:
        return 1
    capacity = station.capacity if station.capacity <= jobs else 1
    buffer = station.buffer_after if station.buffer_after <= jobs else 1
    return max(1, capacity, buffer)


def _least_minutes(problem: Problem, line: Line, position: int) -> int:
    """The fewest minutes of work at a station, by the jobs' options."""
    options = (job.option(line.id) for job in problem.jobs)
    return min((option.minutes[position] for option in options if option is not None), default=0)


def _stations(problem: Problem) -> Array:
    table = _zeros(len(problem.lines), _widest(problem), b.STATION_COLUMNS)
    calendars = {calendar.id: index for index, calendar in enumerate(problem.calendars)}
    families, most = _families(problem), len(problem.jobs) + 1
    number = 0
    for index, line in enumerate(problem.lines):
        segment = 0
        for position, station in enumerate(line.stations):
            row: Any = table[index, position]
            row[b.WORK] = _WORK[station.work]
            row[b.CALENDAR] = calendars.get(station.calendar or "", 0)
            row[b.CAPACITY] = min(station.capacity, most)
            row[b.BUFFER_AFTER] = min(station.buffer_after, most)
            row[b.IS_FIFO] = station.order is Order.FIFO
            row[b.SEGMENT] = segment
            row[b.CHANGEOVER] = -1
            row[b.WAITS] = len(_binding_waits(line, position))
            if station.changeover is not None:
                row[b.CHANGEOVER] = number
                row[b.INITIAL_FAMILY] = families.get(station.changeover.initial, 0)
                number += 1
            segment += station.order is Order.ANY
    return table


def _binding_waits(line: Line, position: int) -> list[tuple[int, int]]:
    """Waits that end at a station and begin in front of it; others hold by themselves."""
    index = line.station_index
    return [
        (index[wait.from_station], wait.minutes)
        for wait in line.max_waits
        if index[wait.to_station] == position and index[wait.from_station] < position
    ]


def _waits(problem: Problem) -> Array:
    most = max((len(line.max_waits) for line in problem.lines), default=0) or 1
    table = _zeros(len(problem.lines), _widest(problem), most, 2)
    for index, line in enumerate(problem.lines):
        for position in range(len(line.stations)):
            for place, wait in enumerate(_binding_waits(line, position)):
                table[index, position, place] = wait
    return table


def _families(problem: Problem) -> dict[str | None, int]:
    stations = (station for line in problem.lines for station in line.stations)
    initial = {s.changeover.initial for s in stations if s.changeover is not None}
    names = {name for name in initial | {job.family for job in problem.jobs} if name is not None}
    return {None: 0, **{name: number + 1 for number, name in enumerate(sorted(names))}}


def _changeovers(problem: Problem) -> Array:
    families = _families(problem)
    tables = [s.changeover for line in problem.lines for s in line.stations if s.changeover is not None]
    minutes = _zeros(max(1, len(tables)), len(families), len(families))
    for index, table in enumerate(tables):
        for before, row in table.minutes.items():
            for after, value in row.items():
                if before in families and after in families:
                    minutes[index, families[before], families[after]] = value
    return minutes


def _pools(problem: Problem, pools: list[list[_Pool]]) -> tuple[Array, Array]:
    table = _zeros(len(pools), max(map(len, pools)) or 1, b.POOL_COLUMNS)
    member = _zeros(len(problem.jobs), len(pools))
    for line, entries in enumerate(pools):
        for place, pool in enumerate(entries):
            table[line, place, b.FROM_STATION] = pool.from_station
            table[line, place, b.TO_STATION] = pool.to_station
            table[line, place, b.POOL_LIMIT] = pool.limit
            member[sorted(pool.jobs), line] |= 1 << place
    return table, member


def _shared(problem: Problem, found: _Limits) -> tuple[Array, Array, Array, Array]:
    lines, jobs = len(problem.lines), len(problem.jobs)
    limit = _zeros(max(1, len(found.limits)), 4)
    uses: dict[int, list[tuple[int, int, int, int]]] = defaultdict(list)
    askers: list[tuple[int, int, int, int, int]] = []
    for index, (count, entries) in enumerate(zip(found.limits, found.uses, strict=True)):
        limit[index] = (count, -1, len(askers), len(askers) + len(entries))
        for use in entries:
            uses[use.job * lines + use.line].append((index, use.from_station, use.to_station, use.kind))
            askers.append((use.job, use.line, use.from_station, use.to_station, use.kind))
    ordered = [use for key in range(jobs * lines) for use in uses[key]]
    first = np.cumsum([0] + [len(uses[key]) for key in range(jobs * lines)]).astype(np.int64)
    use_range = np.stack([first[:-1], first[1:]], axis=-1).reshape(jobs, lines, 2)
    return limit, use_range, _table(ordered, 4), _table(askers, 5)


def _table(rows: list[Any], width: int) -> Array:
    return np.array(rows, dtype=np.int64).reshape(len(rows), width)


def _allowed(problem: Problem, job: Job) -> list[Option]:
    """The options of a job; one that has begun keeps its line."""
    fixed = problem.fixed_by_job.get(job.id)
    return [option for option in job.options if fixed is None or option.line == fixed.line]


def _minutes(problem: Problem) -> Array:
    index = {line.id: number for number, line in enumerate(problem.lines)}
    table = np.full((len(problem.jobs), len(problem.lines), _widest(problem)), -1, dtype=np.int32)
    for number, job in enumerate(problem.jobs):
        for option in _allowed(problem, job):
            table[number, index[option.line], : len(option.minutes)] = option.minutes
    return table


def _eligible(problem: Problem) -> Array:
    index = {line.id: number for number, line in enumerate(problem.lines)}
    table = _zeros(len(problem.jobs), len(problem.lines))
    for number, job in enumerate(problem.jobs):
        lines = [index[option.line] for option in _allowed(problem, job)]
        table[number, : len(lines)] = lines
    return table


def _jobs(problem: Problem, segments: int) -> Array:
    families = _families(problem)
    lines = {line.id: number for number, line in enumerate(problem.lines)}
    table = _zeros(len(problem.jobs), b.NOT_BEFORE + segments)
    table[:, [b.LINE, b.DONE, b.PREVIOUS_LINE]] = (b.NOWHERE, -1, -1)
    for row, job in zip(table, problem.jobs, strict=True):
        fixed = problem.fixed_by_job.get(job.id)
        previous = problem.previous_by_job.get(job.id)
        row[b.FAMILY] = families[job.family]
        row[b.RELEASE] = job.release if fixed is None else 0
        row[b.DUE], row[b.TARDINESS_COST], row[b.EARLINESS_COST] = job.due, job.tardiness_cost, job.earliness_cost
        row[b.LINE_COUNT] = len(_allowed(problem, job))
        if previous is not None:
            row[b.PREVIOUS_LINE], row[b.PREVIOUS_ENTER] = lines[previous.line], previous.enter
        if fixed is not None and fixed.operations:
            row[b.BEGUN] = len(fixed.operations)
            row[b.REST_FROM], row[b.REST_MINUTES] = _rest(problem, job)
    return table


def _rest(problem: Problem, job: Job) -> tuple[int, int]:
    """Work under way at the last station that was entered: from when on, and how many minutes it needs."""
    fixed = problem.fixed_by_job[job.id]
    index = len(fixed.operations) - 1
    operation = fixed_operation(problem, job.id, index)
    option = job.option(fixed.line)
    if operation is None or option is None or operation.start is None:
        return 0, 0
    if operation.remaining is not None:
        return problem.now, operation.remaining
    return operation.start, option.minutes[index]


def _past(problem: Problem) -> Array:
    table = np.full((len(problem.jobs), _widest(problem), 4), -1, dtype=np.int64)
    for number, job in enumerate(problem.jobs):
        fixed = problem.fixed_by_job.get(job.id)
        for index in range(len(fixed.operations) if fixed is not None else 0):
            operation = fixed_operation(problem, job.id, index)
            if operation is not None:
                given = (operation.enter, operation.start, operation.end, operation.leave)
                table[number, index] = [-1 if value is None else value for value in given]
    return table


def _groups(problem: Problem, uses: list[list[_Use]]) -> list[int]:
    """Lines joined by a shared limit get the same number: that of their first."""
    group = list(range(len(problem.lines)))
    for entries in uses:
        joined = {group[use.line] for use in entries}
        group = [min(joined) if number in joined else number for number in group]
    return group
