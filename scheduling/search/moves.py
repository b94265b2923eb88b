"""Moves of the local search: each changes decisions of a running trial, and says whether it changed any."""

from __future__ import annotations

import numpy as np

from scheduling.simulator.board import (
    BEGUN,
    DONE,
    DUE,
    ENTER,
    FAMILY,
    LEAVE,
    LINE,
    LINE_COUNT,
    LINGER,
    NOT_BEFORE,
    NOWHERE,
    POSITION,
    SEGMENTS,
    STATIONS,
    VERSION,
)
from scheduling.simulator.compiled import compiled, inlined
from scheduling.simulator.trial import hold_back, let_linger, relocate

DAY_MINUTES = 1440
_NEAR = 12
_WINDOW = 40


@inlined
def draw(random):
    """A number in [0, 1) from a state of one 64-bit number (xorshift)."""
    state = random[0]
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    state ^= state << np.uint64(17)
    random[0] = state
    return float(state >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@inlined
def draw_below(random, count):
    """A whole number in [0, count)."""
    return np.int64(draw(random) * count)


@inlined
def draw_distance(random, longest):
    """A step to either side, short ones more often; never 0."""
    reach = np.int64(1 + (_NEAR if draw(random) < 0.8 else longest) * draw(random) ** 2)
    return reach if draw(random) < 0.5 else -reach


@inlined
def place_at_minute(b, first_free, line, minute):
    """The position on a line of the first job that enters at or after a minute."""
    orders, times, jobs = b.orders, b.times, b.jobs
    low = first_free[line]
    high = b.lengths[line, 0]
    while low < high:
        middle = (low + high) // 2
        job = orders[line, 0, middle]
        if times[jobs[job, VERSION], job, 0, ENTER] < minute:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def put(b, job, line, position):
    """Give a job another place. Where the line waited for it, it then waits for the one behind it."""
    jobs = b.jobs
    was = jobs[job, LINE]
    pause = jobs[job, NOT_BEFORE]
    if was >= 0 and pause > 0:
        place = jobs[job, POSITION] + 1
        if place < b.lengths[was, 0]:
            behind = b.orders[was, 0, place]
            if jobs[behind, NOT_BEFORE] < pause:
                hold_back(b, behind, 0, pause)
        hold_back(b, job, 0, 0)
    relocate(b, job, line, position)


@compiled
def move_in_line(b, random, first_free, job):
    """Elsewhere on its line, mostly near."""
    line = b.jobs[job, LINE]
    length = b.lengths[line, 0]
    position = b.jobs[job, POSITION]
    target = min(length - 1, max(first_free[line], position + draw_distance(random, _WINDOW)))
    if target == position:
        return False
    put(b, job, line, target)
    return True


@compiled
def swap_in_line(b, random, first_free, job):
    """Change places with another job of the line."""
    line = b.jobs[job, LINE]
    position = b.jobs[job, POSITION]
    target = min(b.lengths[line, 0] - 1, max(first_free[line], position + draw_distance(random, _WINDOW)))
    if target == position:
        return False
    other = b.orders[line, 0, target]
    low, high = min(position, target), max(position, target)
    first, second = (job, other) if position < target else (other, job)
    put(b, second, line, low)
    put(b, first, line, high)
    return True


@compiled
def move_block(b, random, first_free, job):
    """Move a few neighbours together, on their line or to another that takes them all."""
    line = b.jobs[job, LINE]
    position = b.jobs[job, POSITION]
    size = min(2 + draw_below(random, 6), b.lengths[line, 0] - position)
    target_line = b.eligible[job, draw_below(random, b.jobs[job, LINE_COUNT])] if draw(random) < 0.4 else line
    for index in range(position, position + size):
        if b.minutes_of[b.orders[line, 0, index], target_line, 0] < 0:
            return False
    rest = b.lengths[line, 0] - size
    if target_line == line:
        target = min(rest, max(first_free[line], position + draw_distance(random, _WINDOW)))
    else:
        enter = np.int64(b.times[b.jobs[job, VERSION], job, 0, ENTER])
        target = place_at_minute(b, first_free, target_line, enter)
    if target_line == line and target == position:
        return False
    for index in range(size):
        if target_line != line:
            put(b, np.int64(b.orders[line, 0, position]), target_line, target + index)
        elif target < position:
            put(b, np.int64(b.orders[line, 0, position + index]), line, target + index)
        else:
            put(b, np.int64(b.orders[line, 0, position]), line, target + size - 1)
    return True


@compiled
def move_to_line(b, random, first_free, job):
    """To another line that takes it, about when it enters now."""
    target_line = b.eligible[job, draw_below(random, b.jobs[job, LINE_COUNT])]
    if target_line == b.jobs[job, LINE]:
        return False
    enter = np.int64(b.times[b.jobs[job, VERSION], job, 0, ENTER])
    target = place_at_minute(b, first_free, target_line, enter) + draw_distance(random, _WINDOW)
    put(b, job, target_line, min(b.lengths[target_line, 0], max(first_free[target_line], target)))
    return True


@compiled
def swap_lines(b, random, first_free, job):
    """Change places with a job of another line that enters at about the same time."""
    line = b.jobs[job, LINE]
    target_line = b.eligible[job, draw_below(random, b.jobs[job, LINE_COUNT])]
    if target_line == line or b.lengths[target_line, 0] <= first_free[target_line]:
        return False
    enter = np.int64(b.times[b.jobs[job, VERSION], job, 0, ENTER])
    target = place_at_minute(b, first_free, target_line, enter) + draw_distance(random, _WINDOW)
    target = min(b.lengths[target_line, 0] - 1, max(first_free[target_line], target))
    other = np.int64(b.orders[target_line, 0, target])
    if b.minutes_of[other, line, 0] < 0:
        return False
    position = b.jobs[job, POSITION]
    put(b, job, target_line, target)
    put(b, other, line, position)
    return True


@compiled
def join_family(b, random, first_free, job):
    """Beside a job of the same family near by, on its line or another."""
    jobs = b.jobs
    line = b.eligible[job, draw_below(random, jobs[job, LINE_COUNT])]
    enter = np.int64(b.times[jobs[job, VERSION], job, 0, ENTER])
    start = place_at_minute(b, first_free, line, enter)
    step = 1 if draw(random) < 0.5 else -1
    place = start + step * draw_below(random, 5)
    for _ in range(_WINDOW):
        place += step
        if place < first_free[line] or place >= b.lengths[line, 0]:
            return False
        other = b.orders[line, 0, place]
        if other != job and jobs[other, FAMILY] == jobs[job, FAMILY]:
            break
    else:
        return False
    target = place + (1 if draw(random) < 0.5 else 0)
    if line == jobs[job, LINE]:
        if jobs[job, POSITION] < target:
            target -= 1
        if target == jobs[job, POSITION]:
            return False
    put(b, job, line, target)
    return True


@compiled
def change_hold(b, random, job):
    """Hold a job back before its last segment: until it is just in time, a little less, or not at all."""
    jobs = b.jobs
    line = jobs[job, LINE]
    segment = b.lines[line, SEGMENTS] - 1
    first = b.segment_firsts[line, segment]
    if segment == 0 or first < jobs[job, BEGUN]:
        return False
    row = b.times[jobs[job, VERSION], job]
    early = jobs[job, DUE] - jobs[job, DONE]
    enter = np.int64(row[first, ENTER])
    kind = draw(random)
    if kind < 0.15:
        minute = np.int64(0)
    elif kind < 0.5:
        minute = enter + early
    elif kind < 0.65:
        minute = enter + early - draw_below(random, 600)
    elif kind < 0.75:
        minute = enter - draw_below(random, DAY_MINUTES)
    elif kind < 0.85:
        minute = enter + draw_below(random, 61) - 30
    else:
        minute = enter + draw_below(random, 241) - 120
    minute = max(minute, np.int64(0))
    if minute == jobs[job, NOT_BEFORE + segment]:
        return False
    hold_back(b, job, segment, minute)
    return True


@compiled
def swap_holds(b, random, first_free, job):
    """Exchange the times of two jobs of a line at its last segment: each is held back until the other's entry."""
    jobs = b.jobs
    line = jobs[job, LINE]
    segment = b.lines[line, SEGMENTS] - 1
    first = b.segment_firsts[line, segment]
    if segment == 0 or first < jobs[job, BEGUN]:
        return False
    place = jobs[job, POSITION] + draw_distance(random, _WINDOW)
    if place < 0 or place >= b.lengths[line, 0]:
        return False
    other = np.int64(b.orders[line, 0, place])
    if first < jobs[other, BEGUN]:
        return False
    enter = np.int64(b.times[jobs[job, VERSION], job, first, ENTER])
    others = np.int64(b.times[jobs[other, VERSION], other, first, ENTER])
    hold_back(b, job, segment, others)
    hold_back(b, other, segment, enter)
    return True


@compiled
def change_release(b, random, job):
    """Let a line wait before a job enters it, longer, shorter or not at all."""
    jobs = b.jobs
    if jobs[job, BEGUN] > 0:
        return False
    row = b.times[jobs[job, VERSION], job]
    enter = np.int64(row[0, ENTER])
    kind = draw(random)
    if kind < 0.35:
        minute = np.int64(0)
    elif kind < 0.6:
        minute = enter + jobs[job, DUE] - jobs[job, DONE]
    elif kind < 0.8:
        minute = enter + draw_below(random, 2 * DAY_MINUTES) - DAY_MINUTES
    else:
        minute = enter + draw_below(random, 241) - 120
    minute = max(minute, np.int64(0))
    if minute == jobs[job, NOT_BEFORE]:
        return False
    hold_back(b, job, 0, minute)
    return True


@compiled
def change_linger(b, random, job):
    """Let a job wait at the line's end until it is due, or until another leaves, or not."""
    jobs = b.jobs
    line = jobs[job, LINE]
    row = b.times[jobs[job, VERSION], job]
    minute = np.int64(0)
    if jobs[job, LINGER] == 0 and jobs[job, DONE] < jobs[job, DUE]:
        minute = jobs[job, DUE]
        if draw(random) < 0.3:
            minute = np.int64(row[b.lines[line, STATIONS] - 1, LEAVE]) + draw_below(random, 120)
    if minute == jobs[job, LINGER]:
        return False
    let_linger(b, job, minute)
    return True


@compiled
def bring_in(b, random, first_free, job):
    """Try a job that is on no line at some place of a line that takes it."""
    line = b.eligible[job, draw_below(random, b.jobs[job, LINE_COUNT])]
    free = b.lengths[line, 0] - first_free[line]
    hold_back_nothing(b, job)
    relocate(b, job, line, first_free[line] + draw_below(random, free + 1))
    return b.jobs[job, LINE] != NOWHERE


@inlined
def hold_back_nothing(b, job):
    """Forget what held a job back while it was on no line."""
    for column in range(NOT_BEFORE, b.jobs.shape[1]):
        b.jobs[job, column] = 0
    b.jobs[job, LINGER] = 0
