"""Limits that may be asked for in any order: moulds of several lines, second chambers, buffers behind chambers."""

from __future__ import annotations

import numpy as np

from scheduling.simulator.board import (
    ASKER_FROM,
    ASKER_JOB,
    ASKER_KIND,
    ASKER_LINE,
    ASKER_TO,
    AT_STATION,
    BEGUN,
    BEHIND_STATION,
    ENTER,
    FIRST_ASKER,
    LAST_ASKER,
    LEAST_STAY,
    LEAVE,
    LIMIT,
    LIMIT_REACH,
    LINE,
    LOW_ENTER,
    LOW_LEAVE,
    NOW,
    POSITION,
    USE_FROM,
    USE_KIND,
    USE_LIMIT,
    USE_TO,
    VERSION,
)
from scheduling.simulator.calendar_search import NEVER
from scheduling.simulator.compiled import inlined


@inlined
def use_start(row, from_station, kind):
    """When a use of a shared limit begins."""
    return np.int64(row[from_station, ENTER] if kind == AT_STATION else row[from_station, LEAVE])


@inlined
def use_end(row, to_station, kind):
    """When a use of a shared limit ends."""
    return np.int64(row[to_station, LEAVE] if kind == AT_STATION else row[to_station, ENTER])


@inlined
def stands_before(b, other, job):
    """Whether another job was placed before this one: in front on its line, or by its key, or on an earlier line."""
    jobs, keys = b.jobs, b.keys
    if jobs[other, LINE] == jobs[job, LINE]:
        before = jobs[other, POSITION] < jobs[job, POSITION]
    else:
        tied = keys[other] == keys[job]
        before = keys[other] < keys[job] or (tied and jobs[other, LINE] < jobs[job, LINE])
    return before


@inlined
def room_from(b, own, job, first_use, use, start, end):
    """R7-resource: −1 where one more use fits in [start, end), otherwise a minute before which it cannot begin.

    Only jobs in front count, and the job's own other uses of the same limit.
    """
    uses, spans, limits, askers, jobs, times = b.uses, b.spans, b.limits, b.askers, b.jobs, b.times
    limit = uses[use, USE_LIMIT]
    count = 0
    for earlier in range(first_use, use):
        if uses[earlier, USE_LIMIT] == limit:
            begins = use_start(own, uses[earlier, USE_FROM], uses[earlier, USE_KIND])
            ends = use_end(own, uses[earlier, USE_TO], uses[earlier, USE_KIND])
            if begins < end and ends > start and ends > begins:
                spans[0, count] = max(begins, start)
                spans[1, count] = ends
                count += 1
    by_itself = count >= limits[limit, LIMIT]
    for asker in range(limits[limit, FIRST_ASKER], limits[limit, LAST_ASKER]):
        other = askers[asker, ASKER_JOB]
        line = askers[asker, ASKER_LINE]
        if jobs[other, LINE] != line or not stands_before(b, other, job):
            continue
        row = times[jobs[other, VERSION], other]
        begins = use_start(row, askers[asker, ASKER_FROM], askers[asker, ASKER_KIND])
        ends = use_end(row, askers[asker, ASKER_TO], askers[asker, ASKER_KIND])
        if begins < end and ends > start and ends > begins:
            spans[0, count] = max(begins, start)
            spans[1, count] = ends
            count += 1
    later = np.int64(-1)
    if by_itself:
        later = np.int64(NEVER)
    elif count >= limits[limit, LIMIT]:
        later = fullest_end(b, count, limits[limit, LIMIT])
    return later


@inlined
def sort_ascending(values, count):
    """Sort the first `count` values in place; they are few and nearly in order."""
    for index in range(1, count):
        value = values[index]
        place = index
        while place > 0 and values[place - 1] > value:
            values[place] = values[place - 1]
            place -= 1
        values[place] = value


@inlined
def fullest_end(b, count, limit):
    """Where spans overlap `limit` times: the first end at which a unit is free; −1 where they never do."""
    spans = b.spans
    starts, ends = spans[0], spans[1]
    sort_ascending(starts, count)
    sort_ascending(ends, count)
    used = 0
    left = 0
    free = np.int64(-1)
    for index in range(count):
        while ends[left] <= starts[index]:
            left += 1
            used -= 1
        used += 1
        if used >= limit:
            free = ends[left + used - limit]
    return free


@inlined
def raise_for_shared(b, own, job, line):
    """Shared limits of a job: the station from which to time again, −1 where there is room, −2 where none can be."""
    use_range, uses, scalars, jobs, past, bounds = (
        b.use_range,
        b.uses,
        b.scalars,
        b.jobs,
        b.past,
        b.bounds,
    )
    begin = use_range[job, line, 0]
    again = np.int64(-1)
    for use in range(begin, use_range[job, line, 1]):
        kind = uses[use, USE_KIND]
        first = uses[use, USE_FROM]
        start = use_start(own, first, kind)
        end = use_end(own, uses[use, USE_TO], kind)
        if start >= scalars[NOW]:
            end = max(end, start + 1)
        start = max(start, scalars[NOW])
        if end <= start:
            continue
        free = room_from(b, own, job, begin, use, start, end)
        if free < 0:
            continue
        column = ENTER if kind == AT_STATION else LEAVE
        if free >= NEVER or (first < jobs[job, BEGUN] and past[job, first, column] >= 0):
            again = np.int64(-2)
        elif again != -2:
            bound = LOW_ENTER if kind == AT_STATION else LOW_LEAVE
            bounds[bound, first] = max(bounds[bound, first], free)
            again = first if again == -1 else min(again, first)
    return again


@inlined
def earliest_use(b, job, line, station, kind):
    """A minute before which a job never asks for a shared limit, whatever else there is: behind the job in front."""
    jobs, orders, times, scalars = b.jobs, b.orders, b.times, b.scalars
    position = jobs[job, POSITION]
    earliest = np.int64(scalars[NOW])
    if position > 0 and jobs[job, BEGUN] == 0:
        ahead = orders[line, 0, position - 1]
        last = b.segment_firsts[line, 1] - 1
        first = min(np.int64(last), station)
        earliest = np.int64(times[jobs[ahead, VERSION], ahead, first, ENTER])
        if station > last or (station == last and kind == BEHIND_STATION):
            earliest += b.lines[line, LEAST_STAY]
    return earliest


@inlined
def is_reached(b, job, line):
    """Whether a changed use of a shared limit may change this job's times."""
    use_range, uses, limits = b.use_range, b.uses, b.limits
    reached = False
    for use in range(use_range[job, line, 0], use_range[job, line, 1]):
        reach = limits[uses[use, USE_LIMIT], LIMIT_REACH]
        if reach >= 0 and reach > earliest_use(b, job, line, uses[use, USE_FROM], uses[use, USE_KIND]):
            reached = True
    return reached
