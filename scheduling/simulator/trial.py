"""Trials: change decisions, time the schedule anew, then keep the change or undo it.

begin_trial → relocate / hold_back / let_linger … → retime → keep_trial or undo_trial
"""

from __future__ import annotations

import numpy as np

from scheduling.simulator.board import (
    ASLEEP,
    CURSOR,
    DONE,
    LIMIT_REACH,
    LINE,
    LINGER,
    LOGGED,
    LOST,
    MOVED,
    NOT_BEFORE,
    NOWHERE,
    OPENED,
    POOL_REACH,
    POOLS,
    POSITION,
    REACH,
    SETTLED,
    STREAK,
    TOUCHED,
    VERSION,
    Board,
)
from scheduling.simulator.compiled import compiled, inlined
from scheduling.simulator.settling import note_reach
from scheduling.simulator.timing import undo_times

_PLACE, _HOLD, _LINGER = 0, 1, 2
_KEY_GAP = 1e-6
"""Keys closer than this are dealt out anew."""


@inlined
def take_out(b, job):
    """Remove a job from its line's sequence."""
    jobs, lengths, orders = b.jobs, b.lengths, b.orders
    line = jobs[job, LINE]
    length = lengths[line, 0] - 1
    for index in range(jobs[job, POSITION], length):
        other = orders[line, 0, index + 1]
        orders[line, 0, index] = other
        jobs[other, POSITION] = index
    lengths[line, 0] = length
    jobs[job, LINE] = NOWHERE


@inlined
def put_in(b, job, line, position):
    """Insert a job into a line's sequence."""
    lengths, orders, jobs = b.lengths, b.orders, b.jobs
    length = lengths[line, 0]
    for index in range(length, position, -1):
        other = orders[line, 0, index - 1]
        orders[line, 0, index] = other
        jobs[other, POSITION] = index
    orders[line, 0, position] = job
    lengths[line, 0] = length + 1
    jobs[job, LINE] = line
    jobs[job, POSITION] = position


@inlined
def key_between(b, line, position):
    """A key for a job at this position: between its neighbours'."""
    lengths, keys, orders = b.lengths, b.keys, b.orders
    length = lengths[line, 0]
    key = 0.0
    if position > 0 and position + 1 < length:
        before = keys[orders[line, 0, position - 1]]
        key = before + (keys[orders[line, 0, position + 1]] - before) / 2.0
    elif position > 0:
        key = keys[orders[line, 0, position - 1]] + 1.0
    elif length > 1:
        key = keys[orders[line, 0, 1]] - 1.0
    return key


@compiled
def begin_trial(b):
    """Forget what the last trial noted."""
    scalars, keys, jobs, lines, pools, limits = b.scalars, b.keys, b.jobs, b.lines, b.pools, b.limits
    scalars[TOUCHED] = 0
    scalars[LOST] = -1
    scalars[LOGGED] = 0
    keys[jobs.shape[0]] = np.inf
    for line in range(lines.shape[0]):
        lines[line, CURSOR] = -1
        lines[line, SETTLED] = 0
        lines[line, REACH] = -1
        lines[line, STREAK] = 0
        lines[line, ASLEEP] = False
        lines[line, OPENED] = False
        for pool in range(lines[line, POOLS]):
            pools[line, pool, POOL_REACH] = -1
    for limit in range(limits.shape[0]):
        limits[limit, LIMIT_REACH] = -1


@inlined
def mark(b, line, first, settled):
    """Note that a line is to be timed anew from a position on, and from where on its sequence is as it was."""
    lines = b.lines
    if lines[line, CURSOR] < 0 or first < lines[line, CURSOR]:
        lines[line, CURSOR] = first
    lines[line, SETTLED] = max(lines[line, SETTLED], settled)


@inlined
def log_change(b, kind, job, first, second, key):
    """Remember what was."""
    scalars, log, log_keys = b.scalars, b.log, b.log_keys
    index = scalars[LOGGED]
    log[index, 0] = kind
    log[index, 1] = job
    log[index, 2] = first
    log[index, 3] = second
    log_keys[index] = key
    scalars[LOGGED] = index + 1


@compiled
def relocate(b, job, line, position):
    """Give a job another place: `position` counts the line's sequence without the job. Line NOWHERE: on none."""
    jobs, keys, times, lines = b.jobs, b.keys, b.times, b.lines
    was_line, was_position = jobs[job, LINE], jobs[job, POSITION]
    log_change(b, _PLACE, job, was_line, was_position, keys[job])
    jobs[job, MOVED] = True
    if was_line >= 0:
        row = times[jobs[job, VERSION], job]
        if jobs[job, DONE] >= 0:
            note_reach(b, row, job, was_line)
        keys[jobs.shape[0]] = min(keys[jobs.shape[0]], keys[job])
        take_out(b, job)
        settled = lines[was_line, SETTLED]
        if settled > was_position:
            lines[was_line, SETTLED] = settled - 1
        mark(b, was_line, was_position, was_position)
    if line >= 0:
        if lines[line, CURSOR] >= 0 and lines[line, SETTLED] > position:
            lines[line, SETTLED] += 1
        put_in(b, job, line, position)
        keys[job] = key_between(b, line, position)
        mark(b, line, position, position + 1)


@compiled
def hold_back(b, job, segment, minute):
    """Let a job enter a segment not before this minute."""
    jobs = b.jobs
    log_change(b, _HOLD, job, segment, jobs[job, NOT_BEFORE + segment], 0.0)
    jobs[job, NOT_BEFORE + segment] = minute
    position = jobs[job, POSITION]
    mark(b, jobs[job, LINE], position, position + 1)


@compiled
def let_linger(b, job, minute):
    """Let a job leave its line not before this minute."""
    jobs = b.jobs
    log_change(b, _LINGER, job, jobs[job, LINGER], 0, 0.0)
    jobs[job, LINGER] = minute
    position = jobs[job, POSITION]
    mark(b, jobs[job, LINE], position, position + 1)


@compiled
def keep_trial(b):
    """Keep what was decided; true where keys have come so close that they should be dealt out anew."""
    scalars, log, jobs, keys, orders, lengths = b.scalars, b.log, b.jobs, b.keys, b.orders, b.lengths
    close = False
    for index in range(scalars[LOGGED]):
        if log[index, 0] == _PLACE:
            job = log[index, 1]
            jobs[job, MOVED] = False
            line, position = jobs[job, LINE], jobs[job, POSITION]
            if line >= 0:
                if position > 0 and keys[job] - keys[orders[line, 0, position - 1]] < _KEY_GAP:
                    close = True
                if position + 1 < lengths[line, 0]:
                    close = close or keys[orders[line, 0, position + 1]] - keys[job] < _KEY_GAP
            else:
                jobs[job, DONE] = -1
    return close


def deal_keys(b: Board) -> None:
    """Give the jobs whole numbers as keys, in the order of the keys that they have; among equal keys, as they stand."""
    keys = b.keys
    ranks = np.lexsort((b.jobs[:, POSITION], b.jobs[:, LINE], keys[:-1]))
    keys[ranks] = np.arange(len(ranks), dtype=np.float64)


@compiled
def undo_trial(b):
    """Turn back every decision and every time that the trial has changed."""
    scalars, log, jobs, keys, log_keys = b.scalars, b.log, b.jobs, b.keys, b.log_keys
    undo_times(b)
    for index in range(scalars[LOGGED] - 1, -1, -1):
        job = log[index, 1]
        if log[index, 0] == _PLACE:
            if jobs[job, LINE] >= 0:
                take_out(b, job)
            if log[index, 2] >= 0:
                put_in(b, job, log[index, 2], log[index, 3])
            keys[job] = log_keys[index]
            jobs[job, MOVED] = False
        elif log[index, 0] == _HOLD:
            jobs[job, NOT_BEFORE + log[index, 2]] = log[index, 3]
        else:
            jobs[job, LINGER] = log[index, 2]
    scalars[LOGGED] = 0
