"""The cheapest way of one job through one line when every minute at every station has a price; compiled.

Times are minutes after `now`. A *candidate* is a job on one of its lines; a *place* is a station of a line. Each
place has a kind of work, a calendar and cumulative prices; a pallet pays the price of every minute in
[enter, leave). One pass over the minutes of each place gives the cheapest cost of every moment of departure.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

SCALE = 1000
"""Prices and costs are counted in thousandths."""
FIRST, COUNT, READY, EARLIEST, AT_ONCE, PREVIOUS, SHIFT_HOUR, DUE, TARDINESS, EARLINESS, CONSTANT, COLUMNS = range(12)
"""The columns of a table of candidates: first place and number of places, the minute at which work under way ends
(or -1), the first minute of entry and whether it is the only one, the entry before and the price of moving it, the
due minute, the costs per minute late and early, and a constant (in `SCALE`)."""

UNATTENDED, PAUSABLE, UNSPLITTABLE = 0, 1, 2
UNREACHABLE = 1 << 61
"""The cost of what cannot be."""


@numba.njit(cache=True)
def _end_of_work(kind: int, start: int, minutes: int, opened: Any, minute_of: Any, window_end: Any) -> int:
    """When work that starts at `start` ends, or -1 where it cannot start then."""
    if minutes == 0 or kind == UNATTENDED:
        return start + minutes
    if opened[start + 1] == opened[start]:
        return -1
    if kind == UNSPLITTABLE:
        return start + minutes if start + minutes <= window_end[start] else -1
    ordinal = opened[start] + minutes - 1
    return minute_of[ordinal] + 1 if ordinal < opened[-1] else -1


@numba.njit(cache=True)
def _pass_place(
    entry: Any, kind: int, minutes: int, ready: int, until: int, price: Any, calendar: Any, trace: Any, done: Any
) -> None:
    """From the cost of entering at each minute to the cost of leaving at each minute, in `done`.

    `ready` ≥ 0 says that the work is under way and ends then. `trace` keeps, for each departure, the end it
    follows, for each end its start, for each start its entry.
    """
    opened, minute_of, window_end = calendar
    ended = np.full(until + 1, UNREACHABLE, np.int64)
    reached = 0
    while reached <= until and ready < 0 and entry[reached] >= UNREACHABLE:
        reached += 1
    done[:reached] = UNREACHABLE
    if ready >= 0:
        if ready <= until:
            ended[ready] = entry[0]
            trace[1, ready] = 0
            trace[0, 0] = 0
    else:
        best, who = UNREACHABLE, 0
        for minute in range(reached, until + 1):
            cost = entry[minute]
            net = cost - price[minute] if cost < UNREACHABLE else UNREACHABLE
            if kind == UNATTENDED or net < best:
                best, who = net, minute
            trace[0, minute] = who
            if best < UNREACHABLE:
                end = _end_of_work(kind, minute, minutes, opened, minute_of, window_end)
                if 0 <= end <= until and best < ended[end]:
                    ended[end] = best
                    trace[1, end] = minute
    best, who = UNREACHABLE, 0
    for minute in range(reached, until + 1):
        if ended[minute] < best:
            best, who = ended[minute], minute
        trace[2, minute] = who
        done[minute] = best + price[minute] if best < UNREACHABLE else UNREACHABLE


@numba.njit(cache=True)
def _entry_costs(row: Any, until: int) -> Any:
    """What entering the first place costs at each minute: the shift against the plan before."""
    costs = np.full(until + 1, UNREACHABLE, np.int64)
    last = min(until, row[EARLIEST]) if row[AT_ONCE] else until
    for minute in range(row[EARLIEST], last + 1):
        moved = abs(minute - row[PREVIOUS])
        costs[minute] = row[CONSTANT] + SCALE * (row[SHIFT_HOUR] * moved // 60)
    return costs


@numba.njit(cache=True)
def _departure_costs(row: Any, minutes: Any, until: int, layout: Any, prices: Any, calendars: Any, traces: Any) -> Any:
    """The cost of leaving the last place at each minute up to `until`, its delay and storage not counted."""
    kinds, places, buffered = layout
    opened, minute_of, window_end = calendars
    cost = _entry_costs(row, until)
    for index in range(row[COUNT]):
        place = row[FIRST] + index
        calendar = places[place]
        done = np.empty(until + 1, np.int64)
        ready = row[READY] if index == 0 else -1
        of_place = (opened[calendar], minute_of[calendar], window_end[calendar])
        _pass_place(cost, kinds[place], minutes[index], ready, until, prices[place], of_place, traces[index], done)
        if buffered[place] and index + 1 < row[COUNT]:
            best, who = UNREACHABLE, 0
            for minute in range(until + 1):
                if done[minute] < best:
                    best, who = done[minute], minute
                done[minute] = best
                traces[index, 3, minute] = who
        cost = done
    return cost


@numba.njit(cache=True)
def _add_due_costs(row: Any, until: int, costs: Any) -> None:
    for minute in range(until + 1):
        if costs[minute] < UNREACHABLE:
            late = minute - row[DUE]
            costs[minute] += SCALE * (row[TARDINESS] * late if late > 0 else -row[EARLINESS] * late)


@numba.njit(cache=True)
def _follow_back(row: Any, leave: int, buffered: Any, traces: Any, path: Any) -> None:
    """The (enter, leave) at every place of the cheapest way that leaves the last place at `leave`."""
    for index in range(row[COUNT] - 1, -1, -1):
        if buffered[row[FIRST] + index] and index + 1 < row[COUNT]:
            leave = traces[index, 3, leave]
        path[index, 1] = leave
        under_way = row[READY] >= 0 and index == 0
        leave = 0 if under_way else traces[index, 0, traces[index, 1, traces[index, 2, leave]]]
        path[index, 0] = leave


@numba.njit(cache=True)
def cheapest_ways(
    table: Any, minutes: Any, until: int, layout: Any, prices: Any, calendars: Any, costs: Any, paths: Any
) -> None:
    """For each candidate the least cost with all done by minute `until`, and its (enter, leave) at every place."""
    traces = np.zeros((minutes.shape[1], 4, until + 1), np.int32)
    for candidate in range(table.shape[0]):
        row = table[candidate]
        departures = _departure_costs(row, minutes[candidate], until, layout, prices, calendars, traces)
        _add_due_costs(row, until, departures)
        leave = int(np.argmin(departures))
        costs[candidate] = departures[leave]
        if departures[leave] < UNREACHABLE:
            _follow_back(row, leave, layout[2], traces, paths[candidate])


@numba.njit(cache=True)
def affordable_departures(
    table: Any, minutes: Any, until: int, layout: Any, prices: Any, calendars: Any, limits: Any, found: Any
) -> None:
    """For each candidate the first and last minute at which it can be done at no more than its limit, or (-1, -1)."""
    traces = np.zeros((minutes.shape[1], 4, until + 1), np.int32)
    for candidate in range(table.shape[0]):
        row = table[candidate]
        departures = _departure_costs(row, minutes[candidate], until, layout, prices, calendars, traces)
        _add_due_costs(row, until, departures)
        found[candidate] = -1
        for minute in range(until + 1):
            if departures[minute] <= limits[candidate]:
                found[candidate, 1] = minute
                if found[candidate, 0] < 0:
                    found[candidate, 0] = minute


@numba.njit(cache=True)
def minutes_held(table: Any, chosen: Any, paths: Any, bucket: int, held: Any) -> None:
    """Add up, by place and bucket of minutes, for how long the chosen candidates hold each place."""
    for candidate in chosen:
        first = table[candidate, FIRST]
        for index in range(table[candidate, COUNT]):
            enter, leave = paths[candidate, index]
            for number in range(enter // bucket, (leave - 1) // bucket + 1):
                held[first + index, number] += min(leave, (number + 1) * bucket) - max(enter, number * bucket)


@numba.njit(cache=True)
def first_arrivals(table: Any, minutes: Any, until: int, layout: Any, no_prices: Any, calendars: Any) -> Any:
    """For each candidate the first minute at which it can enter its last place, alone; after `until` if never."""
    traces = np.zeros((minutes.shape[1], 4, until + 1), np.int32)
    arrivals = np.full(table.shape[0], until + 1, np.int64)
    for candidate in range(table.shape[0]):
        row = table[candidate].copy()
        row[COUNT] -= 1
        costs = _departure_costs(row, minutes[candidate], until, layout, no_prices, calendars, traces)
        for minute in range(until + 1):
            if costs[minute] < UNREACHABLE:
                arrivals[candidate] = minute
                break
    return arrivals
