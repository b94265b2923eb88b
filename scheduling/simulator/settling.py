"""What a change may still reach, and when a line is behind it as it was."""

from __future__ import annotations

import numpy as np

from scheduling.simulator.board import (
    BEGUN,
    CHANGEOVER,
    ENTER,
    FROM_STATION,
    LATE_CHANGEOVER,
    LATEST,
    LEAST_STAY,
    LEAVE,
    LIMIT_REACH,
    LOOK_BACK,
    POOL_REACH,
    POOLS,
    POSITION,
    REACH,
    SEGMENTS,
    SETTLED,
    STATIONS,
    STREAK,
    TO_STATION,
    USE_KIND,
    USE_LIMIT,
    USE_TO,
    VERSION,
)
from scheduling.simulator.compiled import inlined
from scheduling.simulator.pools import is_member
from scheduling.simulator.shared_limits import use_end


@inlined
def note_reach(b, row, job, line):
    """A departure that was, or is no more, may matter to whoever enters before it."""
    lines, pools, use_range, uses, limits = b.lines, b.pools, b.use_range, b.uses, b.limits
    for pool in range(lines[line, POOLS]):
        if is_member(b, job, line, pool):
            end = np.int64(row[pools[line, pool, TO_STATION], LEAVE])
            pools[line, pool, POOL_REACH] = max(pools[line, pool, POOL_REACH], end)
    lines[line, REACH] = max(lines[line, REACH], np.int64(row[lines[line, STATIONS] - 1, LEAVE]))
    for use in range(use_range[job, line, 0], use_range[job, line, 1]):
        limit = uses[use, USE_LIMIT]
        end = use_end(row, uses[use, USE_TO], uses[use, USE_KIND])
        limits[limit, LIMIT_REACH] = max(limits[limit, LIMIT_REACH], end)


@inlined
def has_settled(b, job, line):
    """Whether everything behind this job, which is as it was, is as it was too."""
    jobs, lines, times, pools, segment_firsts, stations, minutes_of, orders = (
        b.jobs,
        b.lines,
        b.times,
        b.pools,
        b.segment_firsts,
        b.stations,
        b.minutes_of,
        b.orders,
    )
    position = jobs[job, POSITION]
    settled = position >= lines[line, SETTLED] and lines[line, STREAK] >= lines[line, LOOK_BACK]
    if settled:
        row = times[jobs[job, VERSION], job]
        for pool in range(lines[line, POOLS]):
            if pools[line, pool, POOL_REACH] >= row[pools[line, pool, FROM_STATION], ENTER]:
                settled = False
        if lines[line, REACH] >= jobs[job, LATEST + jobs[job, VERSION]]:
            settled = False
        if lines[line, SEGMENTS] > 1:
            last = segment_firsts[line, 1] - 1
            if lines[line, REACH] >= row[last, ENTER] + lines[line, LEAST_STAY] or lines[line, LATE_CHANGEOVER]:
                settled = False
            if jobs[job, BEGUN] > 0:
                settled = False
    if settled:
        for station in range(segment_firsts[line, 1]):
            if stations[line, station, CHANGEOVER] >= 0:
                worked = False
                for index in range(position, position - lines[line, STREAK], -1):
                    if minutes_of[orders[line, 0, index], line, station] > 0:
                        worked = True
                        break
                settled = settled and worked
    return settled


@inlined
def is_same(own, was, count):
    """Whether two rows of times are equal over a line's stations."""
    same = True
    for station in range(count - 1, -1, -1):
        if (
            own[station, 0] != was[station, 0]
            or own[station, 1] != was[station, 1]
            or own[station, 2] != was[station, 2]
            or own[station, 3] != was[station, 3]
        ):
            same = False
            break
    return same
