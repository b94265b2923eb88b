"""Limits that a line fills in its own order: its first chamber, its pallets."""

from __future__ import annotations

from scheduling.simulator.board import FIRST_END, FROM_STATION, LAST_END, POOL_LIMIT, POOLS
from scheduling.simulator.compiled import inlined


@inlined
def is_member(b, job, line, pool):
    """Whether a job takes part in a pool of its line."""
    members = b.members
    return (members[job, line] >> pool) & 1 == 1


@inlined
def pool_entry(b, job, line, station, earliest):
    """R4-capacity of random access and R7-resource, where the line fills them in its own order."""
    lines, pools, pool_ends = b.lines, b.pools, b.pool_ends
    entry = earliest
    for pool in range(lines[line, POOLS]):
        if pools[line, pool, FROM_STATION] == station and is_member(b, job, line, pool):
            first = pools[line, pool, FIRST_END]
            last = pools[line, pool, LAST_END]
            while first < last and pool_ends[line, pool, first] <= entry:
                first += 1
            pools[line, pool, FIRST_END] = first
            limit = pools[line, pool, POOL_LIMIT]
            if last - first >= limit:
                entry = max(entry, pool_ends[line, pool, last - limit])
    return entry
