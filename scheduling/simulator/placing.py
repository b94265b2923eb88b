"""The times of one job behind all that stand before it: the earliest that every rule of the contract allows.

Times are found station by station; where a rule asks for something to happen later, a lower bound is raised and
the stations from there on are timed again. Bounds only grow, so that the times found are the least ones.
"""

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
    BUFFER_AFTER,
    CALENDAR,
    CAPACITY,
    CHANGEOVER,
    END,
    ENTER,
    FAMILY,
    FIRST_ASKER,
    FIRST_END,
    FROM_STATION,
    INITIAL_FAMILY,
    IS_FIFO,
    LAST_ASKER,
    LAST_END,
    LEAVE,
    LIMIT,
    LINE,
    LINGER,
    NOT_BEFORE,
    NOW,
    PAUSABLE,
    POOL_LIMIT,
    POOLS,
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
    USE_FROM,
    USE_KIND,
    USE_LIMIT,
    USE_TO,
    VERSION,
    WAITS,
    WORK,
)
from scheduling.simulator.calendar_search import NEVER, finish, pausable_start, unsplittable_start
from scheduling.simulator.compiled import inlined

MAX_ROUNDS = 20_000
LAST_MINUTE = 10_000_000
"""No plan may state a later one."""
_LOW_ENTER, _LOW_END, _LOW_LEAVE = 0, 1, 2


@inlined
def is_member(b, job, line, pool):
    """Whether a job takes part in a pool of its line."""
    members = b.members
    return (members[job, line] >> pool) & 1 == 1


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
        bounds[_LOW_ENTER, station] = now
        bounds[_LOW_END, station] = 0
        bounds[_LOW_LEAVE, station] = now
    if jobs[job, BEGUN] == 0:
        bounds[_LOW_ENTER, 0] = max(now, jobs[job, RELEASE], jobs[job, NOT_BEFORE + 0])
    for segment in range(1, lines[line, SEGMENTS]):
        first = segment_firsts[line, segment]
        bounds[_LOW_ENTER, first] = max(now, jobs[job, NOT_BEFORE + segment])
        places[segment] = 0
    places[0] = jobs[job, POSITION]
    bounds[_LOW_LEAVE, count - 1] = max(now, jobs[job, LINGER])


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
    bound = max(np.int64(own[station, END]), bounds[_LOW_LEAVE, station])
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


@inlined
def find_gap(b, job, line, station, segment, earliest):
    """Set the job's place in a later segment: behind all that enter by then, in a gap that is not plainly too short."""
    entries, exits, lengths, places = b.entries, b.exits, b.lengths, b.places
    length = lengths[line, segment]
    place = length
    while place > places[segment] and entries[line, segment, place - 1] > earliest:
        place -= 1
    if b.stations[line, station, CAPACITY] == 1 and job_is_free(b, job, station):
        minutes = b.minutes_of[job, line, station]
        while place < length:
            entry = earliest if place == 0 else max(earliest, np.int64(exits[line, segment, place - 1]))
            passes = exits[line, segment, place] == entries[line, segment, place]
            if passes or entry + minutes <= entries[line, segment, place]:
                break
            place += 1
    places[segment] = place


@inlined
def job_is_free(b, job, station):
    """Whether nothing has happened of a job at a station."""
    return station >= b.jobs[job, BEGUN]


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
    entry = bounds[_LOW_ENTER, station]
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
        entry = max(entry, bounds[_LOW_END, station] - minutes_of[job, line, station])
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
def set_up(b, job, line, station):
    """R5-changeover: the first minute at which the station is set up for this job."""
    stations, places, minutes_of, orders, scalars, jobs, times, changeovers, windows, buckets = (
        b.stations,
        b.places,
        b.minutes_of,
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
    place = places[segment] - 1
    while place >= 0 and minutes_of[orders[line, segment, place], line, station] == 0:
        place -= 1
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
        end_from = bounds[_LOW_END, station]
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
        possible = possible and end >= max(now, bounds[_LOW_END, station])
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
                bounds[_LOW_END, first] = max(bounds[_LOW_END, first], needed)
                again = first if again == -1 else min(again, first)
    return again


@inlined
def gap_holds(b, own, job, line, segment):
    """R4, R5 in a later segment: whether the job fits in front of those that stand behind its place.

    When it leaves the segment's last station is known only behind that, unless the line ends there.
    """
    places, lengths, segment_firsts, orders, times, jobs, stations, lines = (
        b.places,
        b.lengths,
        b.segment_firsts,
        b.orders,
        b.times,
        b.jobs,
        b.stations,
        b.lines,
    )
    place = places[segment]
    length = lengths[line, segment]
    fits = True
    if place < length:
        for station in range(segment_firsts[line, segment], segment_firsts[line, segment + 1]):
            following = orders[line, segment, place]
            behind = times[jobs[following, VERSION], following]
            if behind[station, ENTER] < own[station, ENTER]:
                fits = False
            if stations[line, station, IS_FIFO]:
                if behind[station, LEAVE] < own[station, LEAVE]:
                    fits = False
                fits = fits and shift_holds(b, own, line, segment, station, stations[line, station, CAPACITY], 0)
                buffer = stations[line, station, BUFFER_AFTER]
                if buffer > 0 and station + 1 < lines[line, STATIONS]:
                    fits = fits and shift_holds(b, own, line, segment, station, buffer, 1)
            is_left = station + 1 < segment_firsts[line, segment + 1] or station + 1 == lines[line, STATIONS]
            if fits and is_left:
                fits = next_is_set_up(b, own, job, line, station)
            if not fits:
                break
    return fits


@inlined
def shift_holds(b, own, line, segment, station, limit, behind):
    """Whether those behind the place still find room when each has one more in front of it.

    With `behind` 0 the limit counts pallets at the station, with 1 those between it and the next. Even where the job
    gives its place up at once, it needs room in that minute.
    """
    places, lengths, orders, times, jobs = b.places, b.lengths, b.orders, b.times, b.jobs
    place = places[segment]
    length = lengths[line, segment]
    fits = True
    for index in range(place, min(place + limit, length)):
        job = orders[line, segment, index]
        follows = times[jobs[job, VERSION], job]
        comes = follows[station, LEAVE if behind else ENTER]
        ahead = index + 1 - limit
        if ahead == place:
            comes_itself = own[station, LEAVE] if behind else own[station, ENTER]
            goes = own[station + 1, ENTER] if behind else own[station, LEAVE]
            stays = (follows[station + 1, ENTER] if behind else follows[station, LEAVE]) > comes
            if stays and comes_itself >= b.scalars[NOW]:
                goes = max(goes, comes_itself + 1)
        elif ahead >= 0:
            other = orders[line, segment, ahead if ahead < place else ahead - 1]
            row = times[jobs[other, VERSION], other]
            goes = row[station + 1, ENTER] if behind else row[station, LEAVE]
        else:
            continue
        if comes < goes:
            fits = False
            break
    return fits


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
    place = places[segment]
    length = lengths[line, segment] if table >= 0 and minutes_of[job, line, station] > 0 else np.int64(0)
    while place < length and minutes_of[orders[line, segment, place], line, station] == 0:
        place += 1
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
            bound = _LOW_ENTER if kind == AT_STATION else _LOW_LEAVE
            bounds[bound, first] = max(bounds[bound, first], free)
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
