"""One problem and one schedule of it as arrays: what the compiled simulator reads and writes.

N jobs, L lines, K stations, S segments, Q pools, G shared limits. Few arrays with named columns, because compiling
takes time with every array that a function is given.

Stations of a line fall into *segments*, each ending at a station of random access: within a segment pallets keep
their order. A *pool* is a limit that a line fills in its own order, so that one count at the entry tells whether
there is room: the first chamber, the pallets of a line. A *shared limit* may be asked for in any order: a mould that
two lines use, a second chamber, a buffer behind a chamber.

Decisions of a job: its line, its place in the line's order, minutes before which it must not enter each segment
(held back), and a minute before which it must not leave the line (lingering). Every job has two versions of its
times; a trial writes the other one, and is undone by turning back.
"""

from __future__ import annotations

from typing import NamedTuple

from scheduling.simulator.compiled import Array

NOWHERE = -1
"""The line of a job that is on none."""
PAUSABLE, UNSPLITTABLE, UNATTENDED = 0, 1, 2
ENTER, START, END, LEAVE = 0, 1, 2, 3
"""Columns of an operation's times."""
AT_STATION, BEHIND_STATION = 0, 1
"""A shared limit counts pallets from `enter` to `leave`, or between a station and the next."""

FAMILY, RELEASE, DUE, TARDINESS_COST, EARLINESS_COST = 0, 1, 2, 3, 4
PREVIOUS_LINE, PREVIOUS_ENTER, BEGUN, REST_FROM, REST_MINUTES, LINE_COUNT = 5, 6, 7, 8, 9, 10
LINE, POSITION, VERSION, DONE, MOVED, LINGER = 11, 12, 13, 14, 15, 16
COST, LATEST = 17, 19
"""Of either version: cost, and the last departure of this job and of all before it on its line, or later."""
NOT_BEFORE = 21
"""Columns of `jobs`; `NOT_BEFORE + s` for segment s. `DONE` is −1 on no line; `BEGUN` counts operations."""

STATIONS, SEGMENTS, POOLS, GROUP, IS_SHARED, LOOK_BACK, LATE_CHANGEOVER, LEAST_STAY = 0, 1, 2, 3, 4, 5, 6, 7
CURSOR, SETTLED, REACH, STREAK, ASLEEP, OPENED = 8, 9, 10, 11, 12, 13
LINE_COLUMNS = 14
"""Columns of `lines`. Lines of one group share a limit. A job's times in the first segment look `LOOK_BACK` jobs back;
`LEAST_STAY`: the fewest minutes any job needs at the end of the first segment. From `CURSOR` on a trial times anew
(−1: nothing); from `SETTLED` on the sequence is as it was; `REACH`: the last minute of a changed departure."""

WORK, CALENDAR, CAPACITY, BUFFER_AFTER, IS_FIFO, SEGMENT, CHANGEOVER, INITIAL_FAMILY, WAITS = 0, 1, 2, 3, 4, 5, 6, 7, 8
STATION_COLUMNS = 9
"""Columns of `stations`. `CHANGEOVER` is −1 without one; `WAITS` counts the waits that end there."""

FROM_STATION, TO_STATION, POOL_LIMIT, FIRST_END, LAST_END, POOL_REACH = 0, 1, 2, 3, 4, 5
POOL_COLUMNS = 6
LIMIT, LIMIT_REACH, FIRST_ASKER, LAST_ASKER = 0, 1, 2, 3
USE_LIMIT, USE_FROM, USE_TO, USE_KIND = 0, 1, 2, 3
ASKER_JOB, ASKER_LINE, ASKER_FROM, ASKER_TO, ASKER_KIND = 0, 1, 2, 3, 4

LOW_ENTER, LOW_END, LOW_LEAVE = 0, 1, 2
"""Rows of `bounds`: lower bounds of the job that is being placed."""

CHANGEOVER_COST, MAKESPAN_COST, LINE_CHANGE_COST, SHIFT_HOUR_COST, NOW = 0, 1, 2, 3, 4
TOUCHED, LOST, LOGGED, PLACINGS = 5, 6, 7, 8
"""`scalars`: weights; now; jobs whose times a trial has changed; the job that found no times, or −1; decisions that
it has changed; how often a job was placed."""


class Board(NamedTuple):
    """The arrays."""

    jobs: Array
    lines: Array
    stations: Array
    segment_firsts: Array
    """(L, S + 1): first station of each segment, then the number of stations."""
    changeovers: Array
    """(X, F, F): minutes from family to family; family 0 is none."""
    waits: Array
    """(L, K, W, 2): where a wait that ends at the station begins, and its minutes."""
    pools: Array
    members: Array
    """(N, L): bit q says whether the job takes part in pool q on that line."""
    limits: Array
    use_range: Array
    """(N, L, 2): where a job's uses of shared limits on a line begin and end in `uses`."""
    uses: Array
    askers: Array
    minutes_of: Array
    """(N, L, K): −1 where the job cannot run on the line."""
    eligible: Array
    """(N, L): the lines a job can run on, `LINE_COUNT` of them."""
    past: Array
    """(N, K, 4): given times, −1 where absent."""
    keys: Array
    """(N + 1): order among the lines of a group; then the least key of what a trial changed."""
    orders: Array
    """(L, S, N + 1): segment 0 holds the line's sequence; the others are scratch, sorted by entry."""
    entries: Array
    """(L, S, N + 1): when each of a later segment's `orders` enters its first station, and when it leaves that."""
    exits: Array
    lengths: Array
    """(L, S): how many of `order` count."""
    times: Array
    """(2, N, K, 4)."""
    pool_ends: Array
    """(L, Q, N + 1): departures of who is in a pool, ascending from `FIRST_END` to `LAST_END`."""
    bounds: Array
    places: Array
    touched: Array
    log: Array
    log_keys: Array
    spans: Array
    scalars: Array
    windows: Array
    """(C, W, 2): windows of every calendar, touching ones merged, then sentinels."""
    buckets: Array
    """(C, B): for every `1 << BUCKET_BITS` minutes the first window that ends after the bucket begins."""
