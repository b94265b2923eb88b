"""The times of one job behind all that stand before it: the earliest that every rule of the contract allows.

Times are found station by station; where a rule asks for something to happen later, a lower bound is raised and
the stations from there on are timed again. Bounds only grow, so that the times found are the least ones.
"""

from __future__ import annotations

import numpy as np

from scheduling.simulator.board import (
    BEGUN,
    BUFFER_AFTER,
    CALENDAR,
    CAPACITY,
    CHANGEOVER,
    END,
    ENTER,
    IS_FIFO,
    LEAVE,
    LINGER,
    LOW_END,
    LOW_ENTER,
    LOW_LEAVE,
    NOT_BEFORE,
    NOW,
    PAUSABLE,
    POSITION,
    PREVIOUS_ENTER,
    PREVIOUS_LINE,
    RELEASE,
    REST_FROM,
    REST_MINUTES,
    SEGMENT,
    SEGMENTS,
    START,
    STATIONS,
    UNATTENDED,
    UNSPLITTABLE,
    VERSION,
    WAITS,
    WORK,
)
from scheduling.simulator.calendar_search import NEVER, finish, pausable_start, unsplittable_start
from scheduling.simulator.changeovers import next_is_set_up, set_up
from scheduling.simulator.compiled import inlined
from scheduling.simulator.gaps import find_gap, gap_holds
from scheduling.simulator.pools import pool_entry
from scheduling.simulator.shared_limits import raise_for_shared

MAX_ROUNDS = 20_000
LAST_MINUTE = 10_000_000
"""No plan may state a later one."""


@inlined
def set_bounds(b, job, line):
    """Lower bounds from now, the release, and the decisions to hold back and to linger."""
    lines, scalars, bounds, jobs, segment_firsts, places = (
        b.lines,
        b.scalars,
        b.bounds,
        b.jobs,
        b.segment_firsts,
        b.places,
    )
    count = lines[line, STATIONS]
    now = scalars[NOW]
    for station in range(count):
        bounds[LOW_ENTER, station] = now
        bounds[LOW_END, station] = 0
        bounds[LOW_LEAVE, station] = now
    if jobs[job, BEGUN] == 0:
        bounds[LOW_ENTER, 0] = max(now, jobs[job, RELEASE], jobs[job, NOT_BEFORE + 0])
    for segment in range(1, lines[line, SEGMENTS]):
        first = segment_firsts[line, segment]
        bounds[LOW_ENTER, first] = max(now, jobs[job, NOT_BEFORE + segment])
        places[segment] = 0
    places[0] = jobs[job, POSITION]
    bounds[LOW_LEAVE, count - 1] = max(now, jobs[job, LINGER])


@inlined
def departure_bound(b, own, job, line, station):
    """R3-buffer, R4-order: when a job may leave a station, as far as those in front are concerned."""
    bounds, stations, places, orders, times, jobs, lines, past = (
        b.bounds,
        b.stations,
        b.places,
        b.orders,
        b.times,
        b.jobs,
        b.lines,
        b.past,
    )
    bound = max(np.int64(own[station, END]), bounds[LOW_LEAVE, station])
    if stations[line, station, IS_FIFO]:
        segment = stations[line, station, SEGMENT]
        place = places[segment]
        if place > 0:
            ahead = orders[line, segment, place - 1]
            bound = max(bound, np.int64(times[jobs[ahead, VERSION], ahead, station, LEAVE]))
        buffer = stations[line, station, BUFFER_AFTER]
        if buffer > 0 and place >= buffer and station + 1 < lines[line, STATIONS]:
            ahead = orders[line, segment, place - buffer]
            bound = max(bound, np.int64(times[jobs[ahead, VERSION], ahead, station + 1, ENTER]))
    if station < jobs[job, BEGUN] and past[job, station, LEAVE] >= 0:
        bound = past[job, station, LEAVE]
    return bound


@inlined
def arrive(b, own, job, line, station):
    """R3, R4: entry behind whoever is in front, where there is room; True unless it contradicts the past."""
    stations, bounds, segment_firsts, places, orders, times, jobs, minutes_of, past = (
        b.stations,
        b.bounds,
        b.segment_firsts,
        b.places,
        b.orders,
        b.times,
        b.jobs,
        b.minutes_of,
        b.past,
    )
    segment = stations[line, station, SEGMENT]
    entry = bounds[LOW_ENTER, station]
    leave = np.int64(0)
    if station > 0:
        leave = departure_bound(b, own, job, line, station - 1)
        entry = max(entry, leave)
    if segment > 0 and station == segment_firsts[line, segment]:
        find_gap(b, job, line, station, segment, entry)
    place = places[segment]
    if place > 0:
        ahead = orders[line, segment, place - 1]
        entry = max(entry, np.int64(times[jobs[ahead, VERSION], ahead, station, ENTER]))
    capacity = stations[line, station, CAPACITY]
    if stations[line, station, IS_FIFO] and place >= capacity:
        ahead = orders[line, segment, place - capacity]
        entry = max(entry, np.int64(times[jobs[ahead, VERSION], ahead, station, LEAVE]))
    if segment == 0:
        entry = pool_entry(b, job, line, station, entry)
    if stations[line, station, WORK] == UNATTENDED:
        entry = max(entry, bounds[LOW_END, station] - minutes_of[job, line, station])
    given = np.int64(-1)
    if station < jobs[job, BEGUN]:
        given = past[job, station, ENTER]
        entry = given
    agrees = True
    if station > 0:
        if stations[line, station - 1, BUFFER_AFTER] == 0:
            was = station - 1 < jobs[job, BEGUN] and past[job, station - 1, LEAVE] >= 0
            agrees = given >= 0 or not was or leave == entry
            own[station - 1, LEAVE] = leave if was else entry
        else:
            own[station - 1, LEAVE] = leave
    own[station, ENTER] = entry
    return agrees


@inlined
def work(b, own, job, line, station):
    """R2-work: start and end, from history as far as it goes; True unless there is no time for it."""
    minutes_of, stations, scalars, jobs, past, bounds, windows, buckets = (
        b.minutes_of,
        b.stations,
        b.scalars,
        b.jobs,
        b.past,
        b.bounds,
        b.windows,
        b.buckets,
    )
    minutes = np.int64(minutes_of[job, line, station])
    kind = stations[line, station, WORK]
    calendar = stations[line, station, CALENDAR]
    now = scalars[NOW]
    start = np.int64(-1)
    end = np.int64(-1)
    if station < jobs[job, BEGUN]:
        start = past[job, station, START]
        end = past[job, station, END]
    possible = True
    if start < 0:
        earliest = max(np.int64(own[station, ENTER]), now)
        end_from = bounds[LOW_END, station]
        if kind == UNATTENDED:
            start = np.int64(own[station, ENTER])
            end = start + minutes
        elif minutes == 0:
            start = max(earliest, end_from)
            end = start
        else:
            if stations[line, station, CHANGEOVER] >= 0:
                earliest = max(earliest, set_up(b, job, line, station))
            if kind == PAUSABLE:
                start = pausable_start(windows, buckets, calendar, earliest, minutes, end_from)
                end = finish(windows, buckets, calendar, start, minutes)
            else:
                start = unsplittable_start(windows, buckets, calendar, earliest, minutes, end_from)
                end = start + minutes
    elif end < 0:
        left = jobs[job, REST_MINUTES]
        end = jobs[job, REST_FROM] + left
        if kind != UNATTENDED and left > 0:
            by_calendar = finish(windows, buckets, calendar, jobs[job, REST_FROM], left)
            possible = kind != UNSPLITTABLE or by_calendar == end
            end = by_calendar
        possible = possible and end >= max(now, bounds[LOW_END, station])
    own[station, START] = min(start, np.int64(NEVER))
    own[station, END] = min(end, np.int64(NEVER))
    return possible and end <= LAST_MINUTE


@inlined
def enter_when_needed(b, own, job, line):
    """No pallet stands at a closed first station for nothing; one that was planned before comes as near to then."""
    jobs, stations = b.jobs, b.stations
    if jobs[job, BEGUN] == 0 and stations[line, 0, WORK] != UNATTENDED:
        entry = np.int64(own[0, START])
        if jobs[job, PREVIOUS_LINE] >= 0:
            entry = min(entry, max(np.int64(own[0, ENTER]), jobs[job, PREVIOUS_ENTER]))
        own[0, ENTER] = entry


@inlined
def raise_for_waits(b, own, job, line, station):
    """R6-wait: the station from which to time again, −1 where every wait is short enough, −2 where none can be."""
    stations, waits, jobs, past, bounds = b.stations, b.waits, b.jobs, b.past, b.bounds
    again = np.int64(-1)
    for place in range(stations[line, station, WAITS]):
        first = waits[line, station, place, 0]
        needed = np.int64(own[station, START]) - waits[line, station, place, 1]
        if own[first, END] < needed:
            begun = jobs[job, BEGUN]
            if first < begun and past[job, first, END] >= 0:
                if not (station < begun and past[job, station, START] >= 0):
                    again = np.int64(-2)
            elif again != -2:
                bounds[LOW_END, first] = max(bounds[LOW_END, first], needed)
                again = first if again == -1 else min(again, first)
    return again


@inlined
def place_job(b, job, line):
    """Write the job's times into its other version; False where it finds none."""
    times, jobs, lines, stations, segment_firsts, places = (
        b.times,
        b.jobs,
        b.lines,
        b.stations,
        b.segment_firsts,
        b.places,
    )
    own = times[1 - jobs[job, VERSION], job]
    count = lines[line, STATIONS]
    set_bounds(b, job, line)
    station = np.int64(0)
    rounds = 0
    possible = True
    while station < count and possible:
        possible = arrive(b, own, job, line, station)
        possible = work(b, own, job, line, station) and possible
        if not possible:
            break
        if station == 0:
            enter_when_needed(b, own, job, line)
        again = np.int64(-1)
        if stations[line, station, WAITS] > 0:
            again = raise_for_waits(b, own, job, line, station)
        if station + 1 == count:
            own[station, LEAVE] = departure_bound(b, own, job, line, station)
        segment = stations[line, station, SEGMENT]
        begins = segment > 1 and station == segment_firsts[line, segment]
        ends = segment > 0 and station + 1 == segment_firsts[line, segment + 1]
        if again == -1 and begins and not next_is_set_up(b, own, job, line, station - 1):
            places[segment - 1] += 1
            again = segment_firsts[line, segment - 1]
        if again == -1 and ends and not gap_holds(b, own, job, line, segment):
            places[segment] += 1
            again = segment_firsts[line, segment]
        if again == -1 and station + 1 == count:
            again = raise_for_shared(b, own, job, line)
        if again == -1:
            station += 1
        else:
            rounds += 1
            possible = again >= 0 and rounds < MAX_ROUNDS
            station = again
    return possible
