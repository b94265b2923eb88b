"""R5-changeover: how long setting up takes, between neighbours and in gaps."""

from __future__ import annotations

import numpy as np

from scheduling.simulator.board import (
    BEGUN,
    CALENDAR,
    CHANGEOVER,
    FAMILY,
    INITIAL_FAMILY,
    LEAVE,
    NOW,
    SEGMENT,
    START,
    STATIONS,
    VERSION,
)
from scheduling.simulator.calendar_search import NEVER, finish
from scheduling.simulator.compiled import inlined


@inlined
def worked_before(b, line, station, segment, place):
    """The place of the last job with work at the station in front of a place; −1 where there is none."""
    orders, minutes_of = b.orders, b.minutes_of
    place -= 1
    while place >= 0 and minutes_of[orders[line, segment, place], line, station] == 0:
        place -= 1
    return place


@inlined
def worked_behind(b, line, station, segment, place):
    """The place of the first job with work at the station from a place on; the number of jobs where there is none."""
    orders, minutes_of, length = b.orders, b.minutes_of, b.lengths[line, segment]
    while place < length and minutes_of[orders[line, segment, place], line, station] == 0:
        place += 1
    return place


@inlined
def set_up(b, job, line, station):
    """R5-changeover: the first minute at which the station is set up for this job."""
    stations, places, orders, scalars, jobs, times, changeovers, windows, buckets = (
        b.stations,
        b.places,
        b.orders,
        b.scalars,
        b.jobs,
        b.times,
        b.changeovers,
        b.windows,
        b.buckets,
    )
    table = stations[line, station, CHANGEOVER]
    segment = stations[line, station, SEGMENT]
    place = worked_before(b, line, station, segment, places[segment])
    before = stations[line, station, INITIAL_FAMILY]
    free = scalars[NOW]
    if place >= 0:
        other = orders[line, segment, place]
        before = jobs[other, FAMILY]
        free = np.int64(times[jobs[other, VERSION], other, station, LEAVE])
    minutes = changeovers[table, before, jobs[job, FAMILY]]
    if minutes > 0:
        free = finish(windows, buckets, stations[line, station, CALENDAR], free, minutes)
    return free


@inlined
def next_is_set_up(b, own, job, line, station):
    """R5: whether the next job with work at the station keeps the minutes of its changeover behind this job's work."""
    stations, places, lengths, minutes_of, orders, times, jobs, changeovers, windows, buckets = (
        b.stations,
        b.places,
        b.lengths,
        b.minutes_of,
        b.orders,
        b.times,
        b.jobs,
        b.changeovers,
        b.windows,
        b.buckets,
    )
    table = stations[line, station, CHANGEOVER]
    segment = stations[line, station, SEGMENT]
    length = lengths[line, segment] if table >= 0 and minutes_of[job, line, station] > 0 else np.int64(0)
    place = worked_behind(b, line, station, segment, places[segment]) if length > 0 else np.int64(0)
    ready = np.int64(0)
    start = np.int64(NEVER)
    if place < length:
        other = orders[line, segment, place]
        start = np.int64(times[jobs[other, VERSION], other, station, START])
        minutes = changeovers[table, jobs[job, FAMILY], jobs[other, FAMILY]]
        ready = np.int64(own[station, LEAVE])
        if minutes > 0:
            ready = finish(windows, buckets, stations[line, station, CALENDAR], ready, minutes)
    return ready <= start


@inlined
def set_up_minutes(b, job, line):
    """Changeover minutes that a job adds to those in front of it on its line."""
    lines, stations, minutes_of, places, orders, lengths, changeovers, jobs, past = (
        b.lines,
        b.stations,
        b.minutes_of,
        b.places,
        b.orders,
        b.lengths,
        b.changeovers,
        b.jobs,
        b.past,
    )
    total = np.int64(0)
    for station in range(lines[line, STATIONS]):
        table = stations[line, station, CHANGEOVER]
        if table < 0 or minutes_of[job, line, station] == 0:
            continue
        segment = stations[line, station, SEGMENT]
        before = worked_before(b, line, station, segment, places[segment])
        length = lengths[line, segment] if segment > 0 else np.int64(0)
        after = worked_behind(b, line, station, segment, places[segment]) if segment > 0 else np.int64(0)
        minutes = changeovers[table]
        family = jobs[job, FAMILY]
        first = stations[line, station, INITIAL_FAMILY]
        if before >= 0:
            first = jobs[orders[line, segment, before], FAMILY]
        given = station < jobs[job, BEGUN] and past[job, station, START] >= 0
        if before >= 0 or not given:
            total += minutes[first, family]
        if after < length:
            following = orders[line, segment, after]
            paid = before >= 0 or not (station < jobs[following, BEGUN] and past[following, station, START] >= 0)
            total += minutes[family, jobs[following, FAMILY]]
            if paid:
                total -= minutes[first, jobs[following, FAMILY]]
    return total
