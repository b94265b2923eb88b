"""Timing a schedule anew after a change: from the first changed place, until nothing differs any more.

The rule: jobs are placed one after another in the order of their line (lines that share a limit: in the order of
their keys), each as `placing` says, and nobody moves who is already placed. A later job depends on the jobs in front
of it only through a few neighbours and through departures that lie after its own entry; once those are what they
were, so is the rest of the line.
"""

from __future__ import annotations

import numpy as np

from scheduling.simulator.board import (
    ASLEEP,
    BEGUN,
    CHANGEOVER_COST,
    COST,
    CURSOR,
    DONE,
    DUE,
    EARLINESS_COST,
    ENTER,
    FIRST_END,
    FROM_STATION,
    GROUP,
    IS_SHARED,
    LAST_END,
    LATE_CHANGEOVER,
    LATEST,
    LEAVE,
    LINE_CHANGE_COST,
    LOST,
    MAKESPAN_COST,
    MOVED,
    OPENED,
    PLACINGS,
    POOLS,
    POSITION,
    PREVIOUS_ENTER,
    PREVIOUS_LINE,
    SEGMENTS,
    SHIFT_HOUR_COST,
    STATIONS,
    STREAK,
    TARDINESS_COST,
    TO_STATION,
    TOUCHED,
    VERSION,
)
from scheduling.simulator.calendar_search import NEVER
from scheduling.simulator.changeovers import set_up_minutes
from scheduling.simulator.compiled import compiled, inlined
from scheduling.simulator.placing import place_job
from scheduling.simulator.pools import is_member
from scheduling.simulator.settling import has_settled, is_same, note_reach
from scheduling.simulator.shared_limits import is_reached

_EVERYTHING = -NEVER


@inlined
def job_cost(b, own, job, line):
    """R9: tardiness, earliness, changeovers and stability of a job."""
    lines, jobs, scalars = b.lines, b.jobs, b.scalars
    done = np.int64(own[lines[line, STATIONS] - 1, LEAVE])
    late = done - jobs[job, DUE]
    cost = late * jobs[job, TARDINESS_COST] if late > 0 else -late * jobs[job, EARLINESS_COST]
    cost += scalars[CHANGEOVER_COST] * set_up_minutes(b, job, line)
    if jobs[job, PREVIOUS_LINE] >= 0:
        shift = abs(np.int64(own[0, ENTER]) - jobs[job, PREVIOUS_ENTER])
        cost += scalars[SHIFT_HOUR_COST] * shift // 60
        if jobs[job, PREVIOUS_LINE] != line:
            cost += scalars[LINE_CHANGE_COST]
    return cost


@inlined
def stand_behind(b, job, line):
    """Let the placed job stand in the way of those behind it: later segments, and pools."""
    times, jobs, lines, segment_firsts, lengths, orders, entries, exits, pools, pool_ends = (
        b.times,
        b.jobs,
        b.lines,
        b.segment_firsts,
        b.lengths,
        b.orders,
        b.entries,
        b.exits,
        b.pools,
        b.pool_ends,
    )
    row = times[jobs[job, VERSION], job]
    for segment in range(1, lines[line, SEGMENTS]):
        first = segment_firsts[line, segment]
        enter, leave = row[first, ENTER], row[first, LEAVE]
        place = lengths[line, segment]
        lengths[line, segment] += 1
        while place > 0:
            ahead = entries[line, segment, place - 1]
            if ahead < enter or (ahead == enter and exits[line, segment, place - 1] <= leave):
                break
            orders[line, segment, place] = orders[line, segment, place - 1]
            entries[line, segment, place] = ahead
            exits[line, segment, place] = exits[line, segment, place - 1]
            place -= 1
        orders[line, segment, place] = job
        entries[line, segment, place] = enter
        exits[line, segment, place] = leave
    for pool in range(lines[line, POOLS]):
        if is_member(b, job, line, pool):
            end = np.int64(row[pools[line, pool, TO_STATION], LEAVE])
            place = pools[line, pool, LAST_END]
            pools[line, pool, LAST_END] += 1
            while place > pools[line, pool, FIRST_END] and pool_ends[line, pool, place - 1] > end:
                pool_ends[line, pool, place] = pool_ends[line, pool, place - 1]
                place -= 1
            pool_ends[line, pool, place] = end


@inlined
def open_line(b, line, position):
    """Fill the scratch of a line from the jobs in front of a position, as far as they still matter."""
    lines, lengths, pools, orders, jobs, times, segment_firsts = (
        b.lines,
        b.lengths,
        b.pools,
        b.orders,
        b.jobs,
        b.times,
        b.segment_firsts,
    )
    for segment in range(1, lines[line, SEGMENTS]):
        lengths[line, segment] = 0
    for pool in range(lines[line, POOLS]):
        pools[line, pool, FIRST_END] = 0
        pools[line, pool, LAST_END] = 0
    start = position
    if position > 0 and (lines[line, SEGMENTS] > 1 or lines[line, POOLS] > 0):
        ahead = orders[line, 0, position - 1]
        since = np.int64(_EVERYTHING)
        if jobs[ahead, BEGUN] == 0 and not lines[line, LATE_CHANGEOVER]:
            row = times[jobs[ahead, VERSION], ahead]
            since = np.int64(row[segment_firsts[line, 1] - 1, ENTER])
            if lines[line, POOLS] > 0:
                since = min(since, np.int64(row[pools[line, 0, FROM_STATION], ENTER]))
        while start > 0:
            job = orders[line, 0, start - 1]
            if jobs[job, LATEST + jobs[job, VERSION]] < since:
                break
            start -= 1
    for index in range(start, position):
        stand_behind(b, orders[line, 0, index], line)


@inlined
def touch(b, job, turned):
    """Note a job whose version or departure a trial changes, so that it can be undone."""
    scalars, touched, jobs = b.scalars, b.touched, b.jobs
    index = scalars[TOUCHED]
    touched[index, 0] = job
    touched[index, 1] = jobs[job, DONE]
    touched[index, 2] = turned
    scalars[TOUCHED] = index + 1


@inlined
def keep_times(b, job, line):
    """Take the times that were just written, and return what the total changes by."""
    jobs, lines, times, orders = b.jobs, b.lines, b.times, b.orders
    position = jobs[job, POSITION]
    count = lines[line, STATIONS]
    version = jobs[job, VERSION]
    own = times[1 - version, job]
    was = times[version, job]
    cost = job_cost(b, own, job, line)
    latest = np.int64(own[count - 1, LEAVE])
    if position > 0:
        ahead = orders[line, 0, position - 1]
        latest = max(latest, jobs[ahead, LATEST + jobs[ahead, VERSION]])
    old_cost = jobs[job, COST + version] if jobs[job, DONE] >= 0 else np.int64(0)
    same = jobs[job, DONE] >= 0 and not jobs[job, MOVED] and is_same(own, was, count) and cost == old_cost
    if same:
        lines[line, STREAK] += 1
    else:
        lines[line, STREAK] = 0
        note_reach(b, own, job, line)
        if not jobs[job, MOVED] and jobs[job, DONE] >= 0:
            note_reach(b, was, job, line)
    if not same or latest != jobs[job, LATEST + version]:
        touch(b, job, 1)
        jobs[job, VERSION] = 1 - version
        jobs[job, COST + 1 - version] = cost
        jobs[job, LATEST + 1 - version] = latest
        jobs[job, DONE] = own[count - 1, LEAVE]
    return cost - old_cost


@inlined
def next_line(b, group):
    """The line of a group whose next job comes first; −1 where all are through."""
    lines, lengths, keys, orders = b.lines, b.lengths, b.keys, b.orders
    best = np.int64(-1)
    best_key = np.inf
    for line in range(group, lines.shape[0]):
        if lines[line, GROUP] == group and lines[line, CURSOR] < lengths[line, 0]:
            key = keys[orders[line, 0, lines[line, CURSOR]]]
            if best < 0 or key < best_key:
                best = np.int64(line)
                best_key = key
    return best


@inlined
def begin_group(b, group):
    """Set the cursors of a group's lines behind the first change; whether there is any."""
    lines, keys, jobs, lengths, orders = b.lines, b.keys, b.jobs, b.lengths, b.orders
    dirty = False
    floor = keys[jobs.shape[0]]
    for line in range(group, lines.shape[0]):
        if lines[line, GROUP] == group and lines[line, CURSOR] >= 0:
            dirty = True
            if lines[line, CURSOR] < lengths[line, 0]:
                floor = min(floor, keys[orders[line, 0, lines[line, CURSOR]]])
    if dirty and lines[group, IS_SHARED]:
        for line in range(group, lines.shape[0]):
            if lines[line, GROUP] == group:
                lines[line, ASLEEP] = lines[line, CURSOR] < 0
                position = lengths[line, 0] if lines[line, ASLEEP] else lines[line, CURSOR]
                while position > 0 and keys[orders[line, 0, position - 1]] >= floor:
                    position -= 1
                lines[line, CURSOR] = position
    return dirty


@inlined
def retime_next(b, line):
    """Time the job at a line's cursor; the change of its cost. Where nothing can change any more, the line sleeps."""
    lines, orders, scalars = b.lines, b.orders, b.scalars
    position = lines[line, CURSOR]
    lines[line, CURSOR] = position + 1
    job = np.int64(orders[line, 0, position])
    change = np.int64(0)
    if not lines[line, ASLEEP] or is_reached(b, job, line):
        lines[line, ASLEEP] = False
        if not lines[line, OPENED]:
            lines[line, OPENED] = True
            open_line(b, line, position)
        scalars[PLACINGS] += 1
        if place_job(b, job, line):
            change = keep_times(b, job, line)
            stand_behind(b, job, line)
            if has_settled(b, job, line):
                lines[line, ASLEEP] = True
                lines[line, OPENED] = False
                lines[line, STREAK] = 0
        else:
            scalars[LOST] = job
    return change


NO_MATTER = 1 << 62
"""A change of cost that is never reached."""


@compiled
def retime(b, most):
    """Time every line anew from its cursor on; the change of the jobs' costs.

    Where a job finds no times, or the change is more than `most` on the way, `scalars[LOST]` names the job, and the
    trial must be undone.
    """
    lines, scalars, lengths, orders = b.lines, b.scalars, b.lengths, b.orders
    change = np.int64(0)
    for group in range(lines.shape[0]):
        if lines[group, GROUP] != group or not begin_group(b, group):
            continue
        alone = not lines[group, IS_SHARED]
        while scalars[LOST] < 0:
            line = np.int64(group)
            if not alone:
                line = next_line(b, group)
            if line < 0 or lines[line, CURSOR] >= lengths[line, 0] or (alone and lines[line, ASLEEP]):
                break
            change += retime_next(b, line)
            if change > most and scalars[LOST] < 0:
                scalars[LOST] = orders[line, 0, lines[line, CURSOR] - 1]
    return change


@compiled
def undo_times(b):
    """Turn back every job whose times the trial has changed."""
    scalars, touched, jobs = b.scalars, b.touched, b.jobs
    for index in range(scalars[TOUCHED] - 1, -1, -1):
        job = touched[index, 0]
        if touched[index, 2]:
            jobs[job, VERSION] = 1 - jobs[job, VERSION]
        jobs[job, DONE] = touched[index, 1]
    scalars[TOUCHED] = 0


@compiled
def makespan_cost(b):
    """R9: what the last departure of all costs."""
    jobs, scalars = b.jobs, b.scalars
    last = np.int64(0)
    for job in range(jobs.shape[0]):
        last = max(last, jobs[job, DONE])
    return last * scalars[MAKESPAN_COST]
