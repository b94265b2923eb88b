"""Gaps in a later segment, where pallets may overtake: finding one, and whether it holds a job."""

from __future__ import annotations

import numpy as np

from scheduling.simulator.board import BEGUN, BUFFER_AFTER, CAPACITY, ENTER, IS_FIFO, LEAVE, NOW, STATIONS, VERSION
from scheduling.simulator.changeovers import next_is_set_up
from scheduling.simulator.compiled import inlined


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
