"""Starts and finishes of work in open time, compiled: constant time for work that spans a few windows.

`windows[c]` are a calendar's windows, touching ones merged, then sentinels at `NEVER`; `buckets[c]` names, for every
`1 << BUCKET_BITS` minutes, the first window that ends after the bucket begins.
"""

from __future__ import annotations

import numpy as np

from scheduling.simulator.compiled import Array, inlined

NEVER = 1 << 30
"""A minute that no plan reaches."""
BUCKET_BITS = 6


def open_windows(calendars: list[list[tuple[int, int]]]) -> tuple[Array, Array]:
    """`windows` and `buckets` of calendars whose windows stand in any order and do not overlap."""
    merged = [_merged(entries) for entries in calendars]
    width = max((len(entries) for entries in merged), default=0) + 1
    last = max((entries[-1][1] for entries in merged if entries), default=0)
    windows = np.full((max(1, len(merged)), width, 2), NEVER, dtype=np.int64)
    windows[:, :, 1] = NEVER + 1
    first_minutes = np.arange((last >> BUCKET_BITS) + 2, dtype=np.int64) << BUCKET_BITS
    buckets = np.zeros((len(windows), len(first_minutes)), dtype=np.int64)
    for index, entries in enumerate(merged):
        if entries:
            windows[index, : len(entries)] = entries
        buckets[index] = np.searchsorted(windows[index, : len(entries), 1], first_minutes, side="right")
    return windows, buckets


def _merged(windows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    result: list[tuple[int, int]] = []
    for start, end in sorted(windows):
        if result and result[-1][1] == start:
            result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return result


@inlined
def window_at(windows, buckets, calendar, minute):
    """Index of the first window that ends after `minute`; a sentinel's where there is none."""
    bucket = minute >> BUCKET_BITS
    index = np.int64(windows.shape[1] - 1)
    if bucket < buckets.shape[1]:
        index = buckets[calendar, bucket]
        while windows[calendar, index, 1] <= minute:
            index += 1
    return index


@inlined
def finish(windows, buckets, calendar, earliest, minutes):
    """The minute at which `minutes` > 0 of open time after `earliest` have passed, or NEVER."""
    index = window_at(windows, buckets, calendar, earliest)
    start = max(earliest, windows[calendar, index, 0])
    left = minutes
    while start < NEVER and left > windows[calendar, index, 1] - start:
        left -= windows[calendar, index, 1] - start
        index += 1
        start = windows[calendar, index, 0]
    return min(start + left, np.int64(NEVER))


@inlined
def next_open(windows, buckets, calendar, minute):
    """The first open minute at or after `minute`, or NEVER."""
    return max(minute, windows[calendar, window_at(windows, buckets, calendar, minute), 0])


@inlined
def start_before(windows, buckets, calendar, last, minutes):
    """The start of pausable work whose last minute is the open minute `last`; −1 where the calendar begins later."""
    index = window_at(windows, buckets, calendar, last)
    minute = last
    left = minutes - 1
    while index >= 0 and left > minute - windows[calendar, index, 0]:
        left -= minute - windows[calendar, index, 0]
        index -= 1
        if index >= 0:
            minute = windows[calendar, index, 1]
    return minute - left if index >= 0 else np.int64(-1)


@inlined
def pausable_start(windows, buckets, calendar, earliest, minutes, end_from):
    """The first start at or after `earliest` of pausable work that ends at or after `end_from`, or NEVER."""
    start = next_open(windows, buckets, calendar, earliest)
    if end_from > start + minutes and start < NEVER:
        last = next_open(windows, buckets, calendar, end_from - 1)
        latest = start_before(windows, buckets, calendar, last, minutes)
        start = max(start, latest) if last < NEVER else np.int64(NEVER)
    return start


@inlined
def unsplittable_start(windows, buckets, calendar, earliest, minutes, end_from):
    """The first start of work that lies in one window, with the same bounds as `pausable_start`."""
    bound = max(earliest, end_from - minutes)
    index = window_at(windows, buckets, calendar, bound)
    start = max(bound, windows[calendar, index, 0])
    while start < NEVER and start + minutes > windows[calendar, index, 1]:
        index += 1
        start = windows[calendar, index, 0]
    return min(start, np.int64(NEVER))


@inlined
def latest_start(windows, buckets, calendar, end_by, minutes):
    """The latest start of pausable work that ends at or before `end_by`; −1 where there is none."""
    start = np.int64(-1)
    if end_by > 0:
        index = window_at(windows, buckets, calendar, end_by - 1)
        if windows[calendar, index, 0] >= end_by:
            index -= 1
        if index >= 0:
            last = min(end_by, windows[calendar, index, 1]) - 1
            start = start_before(windows, buckets, calendar, last, minutes)
    return start
